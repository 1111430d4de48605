"""The body's closed skin, its left half, and a mirrored whole made of such a half."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix, csr_matrix, vstack
from scipy.sparse.csgraph import connected_components

MIDLINE_M = 1e-6


@dataclass(frozen=True)
class Half:
    """The left half (x >= 0) of a mirror-symmetric closed surface; its rim is the midline.

    blend: (n, V) sparse; row i gives vertex i as a mean of the whole mesh's vertices, so `blend @ q` carries over every
        quantity that is linear in them: positions, shapes, skinning weights.
    faces: (m, 3) into the n vertices.
    midline: (n,) bool.
    """

    blend: csr_matrix
    faces: np.ndarray
    midline: np.ndarray


def left_half(points: np.ndarray, faces: np.ndarray, inside: np.ndarray) -> Half:
    """Drop eyeballs, tongue and cavities, close the three rims and keep the left half.

    points: (V, 3), x to the left; faces: (F, 3); inside: (F,) bool, faces of the cavities.
    """
    pieces = _pieces(faces, len(points))
    skin = pieces == np.argmax(np.bincount(pieces))
    kept = faces[skin[faces[:, 0]] & ~inside]
    blend, closed = _capped(points, kept, eyeballs=~skin)
    place = blend @ points
    left = closed[(place[closed, 0] > -MIDLINE_M).all(1)]
    used, faces = np.unique(left, return_inverse=True)
    return Half(blend[used], faces.reshape(-1, 3), np.abs(place[used, 0]) < MIDLINE_M)


def mirrored(count: int, midline: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A whole from a left half.

    Returns for the whole's vertices the half's vertex (W,), whether it is the mirror image (W,) bool, and the faces.
    The left half comes first, the midline at its own place in it.
    """
    others = np.flatnonzero(~midline)
    image = np.arange(count)
    image[others] = count + np.arange(len(others))
    source = np.concatenate([np.arange(count), others])
    is_image = np.arange(len(source)) >= count
    return source, is_image, np.concatenate([faces, image[faces][:, ::-1]])


def rims(faces: np.ndarray) -> list[np.ndarray]:
    """Closed loops of directed rim edges (k, 2), each edge as its own face runs along it."""
    edges = faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    known = set(map(tuple, edges))
    rim = np.array([edge for edge in map(tuple, edges) if edge[::-1] not in known])
    if len(rim) == 0:
        return []
    pieces = _pieces(np.stack([rim[:, 0], rim[:, 1], rim[:, 1]], 1), faces.max() + 1)
    return [rim[pieces[rim[:, 0]] == piece] for piece in np.unique(pieces[rim[:, 0]])]


def _capped(points: np.ndarray, faces: np.ndarray, eyeballs: np.ndarray) -> tuple[csr_matrix, np.ndarray]:
    """Close each rim by a fan: around the foremost point of the eye where it is an eye's, else around its own mean."""
    count = len(points)
    rows, fans = [], []
    for loop in rims(faces):
        centre = points[loop[:, 0]].mean(0)
        eye = np.flatnonzero(eyeballs & (np.sign(points[:, 0]) == np.sign(centre[0])))
        is_eye = abs(centre[0]) > MIDLINE_M
        members = eye[[np.argmax(points[eye, 2])]] if is_eye else loop[:, 0]
        mean = np.full(len(members), 1 / len(members))
        rows.append(csr_matrix((mean, (np.zeros_like(members), members)), (1, count)))
        hub = count + len(rows) - 1
        fans.append(np.stack([loop[:, 1], loop[:, 0], np.full(len(loop), hub)], 1))
    identity = csr_matrix((np.ones(count), (np.arange(count), np.arange(count))))
    return vstack([identity, *rows]).tocsr(), np.concatenate([faces, *fans])


def _pieces(faces: np.ndarray, count: int) -> np.ndarray:
    edges = np.concatenate([faces[:, :2], faces[:, 1:]])
    graph = coo_matrix((np.ones(len(edges)), edges.T), (count, count))
    return connected_components(graph, directed=False)[1]
