"""Plots beside the tables of `poseformer evaluate pose`."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from poseformer_ros.errors import BadInput
from poseformer_ros.skeleton.joints import JOINT_NAMES
from poseformer_ros.training.evaluate_pose import PoseErrors


def write_plots(results: Sequence[PoseErrors], folder: Path) -> list[Path]:
    """Median error of each joint, and the share of joints within a distance by noise. Raises BadInput without matplotlib."""
    try:
        import matplotlib
        matplotlib.use('Agg')
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise BadInput(f'evaluate: {error}; pip install -r requirements/studio.txt') from error
    paths = [folder / 'pose_by_joint.png', folder / 'pose_within.png']
    for path, draw in zip(paths, (_by_joint, _within)):
        figure, axes = plt.subplots(figsize=(9, 4.5), layout='constrained')
        draw(results, axes)
        figure.savefig(path, dpi=80, metadata={'Software': None})
        plt.close(figure)
    return paths


def _rows(results: Sequence[PoseErrors], *also: str) -> dict[str, np.ndarray]:
    """Errors (T, 24) in millimetres of each method and silhouette, and of each value of the facts named."""
    found: dict[str, list[np.ndarray]] = {}
    for r in results:
        name = ', '.join([f'{r.method}, {r.silhouette} silhouette', *(r.facts[fact] for fact in also)])
        found.setdefault(name, []).append(r.error * 1000.0)
    return {name: np.concatenate(errors) for name, errors in sorted(found.items())}


def _by_joint(results: Sequence[PoseErrors], axes) -> None:
    rows = _rows(results)
    for index, (name, error) in enumerate(rows.items()):
        median = [np.median(e[np.isfinite(e)]) if np.isfinite(e).any() else 0.0 for e in error.T]
        axes.bar(np.arange(len(JOINT_NAMES)) + (index - 0.5 * (len(rows) - 1)) * 0.8 / len(rows), median, 0.8 / len(rows),
                 label=name)
    axes.set_xticks(range(len(JOINT_NAMES)), [name.replace('_', ' ') for name in JOINT_NAMES], rotation=60, ha='right')
    axes.set_ylabel('median error, mm')
    axes.legend()


def _within(results: Sequence[PoseErrors], axes) -> None:
    limits = np.arange(0, 301, 5)
    also = ('noise',) if len({r.method for r in results}) == 1 else ()      # more lines than that cannot be told apart
    for name, error in _rows(results, *also).items():
        share = [100.0 * np.mean(error <= limit) for limit in limits]      # a missing joint is within no distance
        axes.plot(limits, share, '--' if 'own' in name else '-', label=name)
    axes.set_xlabel('distance from the true joint, mm')
    axes.set_ylabel('share of all joints, %')
    axes.set_ylim(0, 100)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
