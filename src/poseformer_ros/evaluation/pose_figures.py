"""What the plots of `poseformer evaluate pose` show."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from poseformer_ros.drawing.pose_plots import write_pose_plots
from poseformer_ros.evaluation.evaluate_pose import PoseErrors


def write_plots(results: Sequence[PoseErrors], folder: Path) -> list[Path]:
    """Median error of each joint, and the share of joints within a distance by noise. Raises BadInput without matplotlib."""
    by_noise = ('noise',) if len({r.method for r in results}) == 1 else ()      # more lines than that cannot be told apart
    return write_pose_plots(_rows(results), _rows(results, *by_noise), folder)


def _rows(results: Sequence[PoseErrors], *also: str) -> dict[str, np.ndarray]:
    """Errors (T, 24) in millimetres of each method and silhouette, and of each value of the facts named."""
    found: dict[str, list[np.ndarray]] = {}
    for r in results:
        name = ', '.join([f'{r.method}, {r.silhouette} silhouette', *(r.facts[fact] for fact in also)])
        found.setdefault(name, []).append(r.error * 1000.0)
    return {name: np.concatenate(errors) for name, errors in sorted(found.items())}
