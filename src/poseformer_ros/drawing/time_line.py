"""Truth and answers of the classifier over time, as an image."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

UNKNOWN_COLOR = '0.8'
SIZE_IN, DPI = (11.0, 4.2), 100


def draw_time_line(path: Path, seconds: np.ndarray, truth: Sequence[str], answers: Sequence[str], probabilities: np.ndarray,
                   class_names: Sequence[str]) -> None:
    """Write an image: the true labels above, the published labels below them, and the probabilities of every class.

    seconds: (T,). truth, answers: (T,) labels; one that is no class is grey. probabilities: (T, C).
    """
    import matplotlib
    matplotlib.use('Agg')
    import matplotlib.pyplot as plt

    colors = dict(zip(class_names, plt.get_cmap('tab10').colors))
    figure, (bars, curves) = plt.subplots(2, 1, figsize=SIZE_IN, sharex=True, layout='constrained', height_ratios=(1, 1.6))
    for row, labels in ((1, truth), (0, answers)):
        for begin, end in stretches(labels):
            label = labels[begin]
            until = seconds[min(end, len(seconds) - 1)]
            bars.barh(row, until - seconds[begin], left=seconds[begin], height=0.8, color=colors.get(label, UNKNOWN_COLOR))
            if until - seconds[begin] > 0.06 * (seconds[-1] - seconds[0]):
                bars.text((seconds[begin] + until) / 2, row, _title(label), ha='center', va='center', fontsize=8)
    bars.set_yticks((1, 0), ('truth', 'published'))
    for index, name in enumerate(class_names):
        curves.plot(seconds, probabilities[:, index], color=colors[name], label=_title(name))
    curves.set_ylim(0, 1.02)
    curves.set_ylabel('probability')
    curves.set_xlabel('seconds')
    curves.legend(loc='upper center', bbox_to_anchor=(0.5, -0.22), ncols=len(class_names), frameon=False)
    figure.savefig(path, dpi=DPI, metadata={'Software': None})
    plt.close(figure)


def stretches(labels: Sequence[str]) -> list[tuple[int, int]]:
    """Begin and end of each stretch of one label."""
    cuts = [0, *(i for i in range(1, len(labels)) if labels[i] != labels[i - 1]), len(labels)]
    return list(zip(cuts, cuts[1:]))


def _title(label: str) -> str:
    return label.replace('_', ' ')
