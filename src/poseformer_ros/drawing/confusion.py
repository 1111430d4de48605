"""The confusion matrix as an image."""

from pathlib import Path

import numpy as np

from poseformer_ros.errors import BadInput

DPI = 90


def write_confusion(confusion: dict, path: Path) -> None:
    """Counts of frames with the share of each row as the shade. Raises BadInput without matplotlib."""
    try:
        import matplotlib
        matplotlib.use('Agg')
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise BadInput(f'evaluate: {error}; pip install -r requirements/studio.txt') from error
    counts = np.array(confusion['counts'], float).reshape(len(confusion['truth']), len(confusion['published']))
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1.0)
    figure, axes = plt.subplots(figsize=(2.5 + 0.9 * counts.shape[1], 1.8 + 0.5 * counts.shape[0]), layout='constrained')
    axes.imshow(shares, cmap='Blues', vmin=0.0, vmax=1.0, aspect='auto')
    for (row, column), count in np.ndenumerate(counts):
        axes.text(column, row, f'{count:.0f}\n{100 * shares[row, column]:.1f} %', ha='center', va='center', fontsize=8,
                  color='white' if shares[row, column] > 0.5 else 'black')
    for ticks, kind in ((axes.set_xticks, 'published'), (axes.set_yticks, 'truth')):
        ticks(range(len(confusion[kind])), [name.replace('_', ' ') for name in confusion[kind]])
    axes.tick_params(axis='x', rotation=30)
    axes.set_xlabel('published')
    axes.set_ylabel('truth')
    axes.set_title('frames')
    figure.savefig(path, dpi=DPI, metadata={'Software': None})
    plt.close(figure)
