"""The fast correlation-based filter (Yu and Liu, ICML 2003): features that tell of the class and not of one another."""

import numpy as np

BINS = 8            # of about equal counts; symmetrical uncertainty wants discrete values


def fcbf(features: np.ndarray, targets: np.ndarray, threshold: float) -> np.ndarray:
    """Indices of the chosen features, the most telling first.

    features: (n, F). targets: (n,) int.
    threshold: least symmetrical uncertainty with the class; where none has it, the best is taken.
    """
    binned = np.stack([_binned(column) for column in features.T])
    with_class = symmetrical_uncertainty(binned, targets)
    left = np.argsort(-with_class, kind='stable')
    left = left[with_class[left] >= min(threshold, with_class.max())]
    chosen = []
    while len(left):
        best, left = left[0], left[1:]
        chosen.append(int(best))
        left = left[symmetrical_uncertainty(binned[left], binned[best]) < with_class[left]]
    return np.array(chosen)


def symmetrical_uncertainty(columns: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(F,), 2 I(X, Y) / (H(X) + H(Y)): 0 where one tells nothing of the other, 1 where all.

    columns: (F, n), other: (n,), of small whole numbers.
    """
    if not len(columns):
        return np.zeros(0)
    rows, across = int(columns.max()) + 1, int(other.max()) + 1
    place = (np.arange(len(columns))[:, None] * rows + columns) * across + other
    counts = np.bincount(place.ravel(), minlength=len(columns) * rows * across).reshape(len(columns), rows, across)
    alone = entropy(counts.sum(axis=2)) + entropy(counts.sum(axis=1))
    return np.where(alone > 0, 2.0 * (alone - entropy(counts.reshape(len(columns), -1))) / np.maximum(alone, 1e-12), 0.0)


def entropy(counts: np.ndarray) -> np.ndarray:
    """(F,) bits of each row of counts (F, k)."""
    share = counts / counts.sum(axis=1, keepdims=True)
    return -(share * np.log2(np.where(share > 0, share, 1.0))).sum(axis=1)


def _binned(column: np.ndarray) -> np.ndarray:
    edges = np.unique(np.quantile(column, np.linspace(0, 1, BINS + 1)[1:-1]))
    return np.searchsorted(edges, column, side='right')
