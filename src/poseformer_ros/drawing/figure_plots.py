"""Plots of recognition figures as PNG: confusion, ROC curves, accuracy against seconds, methods with their intervals."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from poseformer_ros.errors import BadInput

DPI = 90
Curve = tuple[np.ndarray, np.ndarray]


def confusion_plot(classes: Sequence[str], counts: Sequence[Sequence[int]]) -> bytes:
    """Counts by true class (rows) and answer; the shade is the share of the row."""
    figure, axes = _figure(1.5 + 0.75 * len(classes), 1.2 + 0.5 * len(classes))
    table = np.array(counts, float)
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1.0)
    axes.imshow(shares, cmap='Blues', vmin=0.0, vmax=1.0, aspect='auto')
    for (row, column), count in np.ndenumerate(table):
        axes.text(column, row, f'{count:.0f}', ha='center', va='center', fontsize=8,
                  color='white' if shares[row, column] > 0.5 else 'black')
    axes.set_xticks(range(len(classes)), classes, rotation=30)
    axes.set_yticks(range(len(classes)), classes)
    axes.set_xlabel('answer')
    axes.set_ylabel('truth')
    return _png(figure)


def roc_plot(curves: Mapping[str, Curve]) -> bytes:
    """ROC curves: name to shares of false and of true ones."""
    figure, axes = _figure(5.0, 4.5)
    for name, (false_share, true_share) in curves.items():
        axes.plot(false_share, true_share, label=name)
    axes.plot([0, 1], [0, 1], color='grey', linestyle=':')
    axes.set_xlabel('share of others that are called so')
    axes.set_ylabel('share of its own that are called so')
    axes.legend(fontsize=8)
    return _png(figure)


def seconds_plot(seconds: Sequence[float], right: Sequence[float], low: Sequence[float], high: Sequence[float]) -> bytes:
    """Share right against seconds seen, with its interval."""
    figure, axes = _figure(5.0, 3.5)
    axes.fill_between(seconds, low, high, alpha=0.25)
    axes.plot(seconds, right, marker='o')
    axes.set_xlabel('seconds seen')
    axes.set_ylabel('share right')
    return _png(figure)


def interval_plot(rows: Mapping[str, tuple[float, float, float]], line: float | None) -> bytes:
    """Share right with its interval, a row for each name; line: the paper's figure."""
    figure, axes = _figure(6.0, 0.8 + 0.3 * len(rows))
    for place, (share, low, high) in enumerate(rows.values()):
        axes.errorbar(share, place, xerr=[[max(share - low, 0.0)], [max(high - share, 0.0)]], fmt='o', color='tab:blue', capsize=3)
    if line is not None:
        axes.axvline(line, color='tab:red', linestyle=':', label='the paper')
        axes.legend(fontsize=8)
    axes.set_yticks(range(len(rows)), list(rows))
    axes.invert_yaxis()
    axes.set_xlabel('share right, 95 % interval by person')
    return _png(figure)


def _figure(width: float, height: float) -> tuple[Any, Any]:
    try:
        import matplotlib
        matplotlib.use('Agg')
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise BadInput(f'reproduce: {error}; pip install -r requirements/studio.txt') from error
    return plt.subplots(figsize=(width, height), layout='constrained')


def _png(figure: Any) -> bytes:
    import matplotlib.pyplot as plt
    file = io.BytesIO()
    figure.savefig(file, format='png', dpi=DPI, metadata={'Software': None})
    plt.close(figure)
    return file.getvalue()
