"""Rotation vectors (axis times angle, radians) and rotation matrices (3, 3) that turn column vectors."""

import numpy as np

SMALL_ANGLE_RAD = 1e-8      # below it sin(a) / a and (1 - cos(a)) / a^2 are 1 and 1/2 to machine precision


def rotation_matrices(vectors: np.ndarray) -> np.ndarray:
    """Rotation vectors (..., 3) to matrices (..., 3, 3) by Rodrigues' formula; exact at and near zero."""
    vectors = np.asarray(vectors, np.float64)
    x, y, z = vectors[..., 0], vectors[..., 1], vectors[..., 2]
    square = x * x + y * y + z * z
    angle = np.sqrt(square)
    small = angle < SMALL_ANGLE_RAD
    safe = np.where(small, 1.0, angle)
    half_sine = np.sin(safe / 2) / safe
    a = np.where(small, 1.0, np.sin(safe) / safe)       # sin(angle) / angle
    b = np.where(small, 0.5, 2 * half_sine * half_sine)     # (1 - cos(angle)) / angle^2, without cancellation
    matrices = np.empty((*vectors.shape, 3))
    matrices[..., 0, 0] = 1 - b * (square - x * x)
    matrices[..., 1, 1] = 1 - b * (square - y * y)
    matrices[..., 2, 2] = 1 - b * (square - z * z)
    for row, column, product, other in ((0, 1, x * y, z), (1, 2, y * z, x), (2, 0, z * x, y)):
        matrices[..., row, column] = b * product - a * other
        matrices[..., column, row] = b * product + a * other
    return matrices


def rotation_vectors(matrices: np.ndarray) -> np.ndarray:
    """Rotation matrices (..., 3, 3) to vectors (..., 3) of length at most pi.

    Goes by the largest of the four quaternion components (Shepperd, J. Guidance and Control 1978), so that it is exact
    near zero and near pi. At pi itself either sign of the axis is right, and one of them is returned.
    """
    quaternions = _quaternions(np.asarray(matrices, np.float64))
    quaternions = np.where(quaternions[..., :1] < 0, -quaternions, quaternions)
    axis = quaternions[..., 1:]
    sine = np.linalg.norm(axis, axis=-1, keepdims=True)
    small = sine < SMALL_ANGLE_RAD
    angle = 2 * np.arctan2(sine, quaternions[..., :1])
    return axis * np.where(small, 2.0, angle / np.where(small, 1.0, sine))


def _quaternions(m: np.ndarray) -> np.ndarray:
    """Unit quaternions (..., 4), w first, of either sign."""
    trace = np.trace(m, axis1=-2, axis2=-1)
    w = np.stack([1 + trace, m[..., 2, 1] - m[..., 1, 2], m[..., 0, 2] - m[..., 2, 0], m[..., 1, 0] - m[..., 0, 1]], -1)
    symmetric = m + np.swapaxes(m, -1, -2)
    rows = [w]
    for i in range(3):
        row = np.concatenate([w[..., i + 1, None], symmetric[..., i, :]], -1)
        row[..., i + 1] = 1 + 2 * m[..., i, i] - trace
        rows.append(row)
    candidates = np.stack(rows, axis=-2)        # row k is 4 q_k (w, x, y, z)
    largest = np.argmax(np.diagonal(candidates, axis1=-2, axis2=-1), axis=-1)
    chosen = np.take_along_axis(candidates, largest[..., None, None], axis=-2)[..., 0, :]
    return chosen / np.linalg.norm(chosen, axis=-1, keepdims=True)


def part_way(start: np.ndarray, end: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Rotations a share of the short way from some to others, matrices (..., 3, 3); share (...) from 0 to 1."""
    way = rotation_vectors(np.swapaxes(start, -1, -2) @ end)
    return start @ rotation_matrices(share[..., None] * way)


def about_x(angle: float) -> np.ndarray:
    """Rotation (3, 3) about x for column vectors; angle in radians."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])


def about_y(angle: float) -> np.ndarray:
    """Rotation (3, 3) about y for column vectors; angle in radians."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])


def about_z(angle: float) -> np.ndarray:
    """Rotation (3, 3) about z for column vectors; angle in radians."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
