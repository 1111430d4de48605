"""The surface of a triangle mesh."""

import numpy as np


def vertex_normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Unit normals (V, 3) of vertices (V, 3): the mean of those of the faces (F, 3) around each, by area."""
    a, b, c = vertices[faces].transpose(1, 0, 2).astype(float)
    of_face = np.cross(b - a, c - a)
    normals = np.stack([np.bincount(faces.ravel(), np.repeat(of_face[:, i], 3), len(vertices)) for i in range(3)], axis=1)
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
