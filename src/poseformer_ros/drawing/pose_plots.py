"""Plots beside the tables of `poseformer evaluate pose`."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from poseformer_ros.errors import BadInput
from poseformer_ros.skeleton.joints import JOINT_NAMES


def write_pose_plots(by_joint: Mapping[str, np.ndarray], within: Mapping[str, np.ndarray], folder: Path) -> list[Path]:
    """Median error of each joint, and the share of joints within a distance, by name of errors (T, 24) in millimetres.

    Raises BadInput without matplotlib.
    """
    try:
        import matplotlib
        matplotlib.use('Agg')
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise BadInput(f'evaluate: {error}; pip install -r requirements/studio.txt') from error
    paths = [folder / 'pose_by_joint.png', folder / 'pose_within.png']
    for path, draw, errors in zip(paths, (_by_joint, _within), (by_joint, within)):
        figure, axes = plt.subplots(figsize=(9, 4.5), layout='constrained')
        draw(errors, axes)
        figure.savefig(path, dpi=80, metadata={'Software': None})
        plt.close(figure)
    return paths


def _by_joint(errors: Mapping[str, np.ndarray], axes) -> None:
    for index, (name, error) in enumerate(errors.items()):
        median = [np.median(e[np.isfinite(e)]) if np.isfinite(e).any() else 0.0 for e in error.T]
        axes.bar(np.arange(len(JOINT_NAMES)) + (index - 0.5 * (len(errors) - 1)) * 0.8 / len(errors), median, 0.8 / len(errors),
                 label=name)
    axes.set_xticks(range(len(JOINT_NAMES)), [name.replace('_', ' ') for name in JOINT_NAMES], rotation=60, ha='right')
    axes.set_ylabel('median error, mm')
    axes.legend()


def _within(errors: Mapping[str, np.ndarray], axes) -> None:
    limits = np.arange(0, 301, 5)
    for name, error in errors.items():
        share = [100.0 * np.mean(error <= limit) for limit in limits]      # a missing joint is within no distance
        axes.plot(limits, share, '--' if 'own' in name else '-', label=name)
    axes.set_xlabel('distance from the true joint, mm')
    axes.set_ylabel('share of all joints, %')
    axes.set_ylim(0, 100)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
