"""Quadric edge collapse that moves no vertex: those that stay are a subset of those that were.

Garland and Heckbert, Surface simplification using quadric error metrics, SIGGRAPH 1997; here each collapse draws a
vertex onto a neighbour, and a vertex of the midline only along the midline, where the mirrored half's quadric counts.
"""

import heapq

import numpy as np
from tqdm import tqdm

LONGEST_EDGE_M = 0.045
LARGEST_TURN_COS = 0.3          # a face's normal may turn by about 70 degrees in a collapse
SMALLEST_QUALITY = 0.12         # 4 sqrt(3) area / sum of squared edges; 1 is equilateral
MOST_NEIGHBOURS = 9
EDGE_COST = 1e-7                # per square metre of edge, so that flat regions thin out evenly

MIRROR = np.diag([-1.0, 1.0, 1.0, 1.0])


def decimate(points: np.ndarray, faces: np.ndarray, midline: np.ndarray, wanted: int) -> tuple[np.ndarray, np.ndarray]:
    """Collapse to exactly `wanted` faces. Returns the surviving vertices' indices and the faces into them."""
    mesh = _Mesh(points, faces, midline)
    bar = tqdm(total=len(faces) - wanted, desc='decimating', unit='face')
    while mesh.face_count > wanted:
        before = mesh.face_count
        mesh.collapse_cheapest(midline_only=before - wanted == 1)
        bar.update(before - mesh.face_count)
    bar.close()
    left = np.array([face for face in mesh.faces if face is not None])
    used, left = np.unique(left, return_inverse=True)
    return used, left.reshape(-1, 3)


class _Mesh:
    def __init__(self, points: np.ndarray, faces: np.ndarray, midline: np.ndarray) -> None:
        self.points, self.midline = points, midline
        self.faces: list[tuple[int, int, int] | None] = [tuple(face) for face in faces.tolist()]
        self.face_count = len(faces)
        self.around = [set() for _ in points]
        for index, face in enumerate(self.faces):
            for vertex in face:
                self.around[vertex].add(index)
        self.quadrics = _quadrics(points, faces)
        self.quadrics[midline] += MIRROR @ self.quadrics[midline] @ MIRROR
        self.heap: list[tuple[float, int, int, int]] = []
        self.age = [0] * len(points)
        for vertex in range(len(points)):
            self._offer(vertex)

    def collapse_cheapest(self, midline_only: bool) -> None:
        """Do the cheapest allowed collapse; with `midline_only` the cheapest that takes one face, not two."""
        aside = []
        while True:
            entry = heapq.heappop(self.heap)
            _, gone, kept, age = entry
            if age != self.age[gone] or not self.around[gone] or kept not in self._neighbours(gone):
                continue
            if midline_only and not self.midline[gone]:
                aside.append(entry)
                continue
            if self._allowed(gone, kept):
                break
        for entry in aside:
            heapq.heappush(self.heap, entry)
        self._collapse(gone, kept)

    def _offer(self, gone: int) -> None:
        self.age[gone] += 1
        for kept in self._neighbours(gone):
            if self.midline[gone] and not self._on_rim(gone, kept):
                continue
            place = np.append(self.points[kept], 1.0)
            length = np.sum((self.points[kept] - self.points[gone]) ** 2)
            cost = place @ (self.quadrics[gone] + self.quadrics[kept]) @ place + EDGE_COST * length
            heapq.heappush(self.heap, (float(cost), gone, kept, self.age[gone]))

    def _neighbours(self, vertex: int) -> set[int]:
        return {other for face in self.around[vertex] for other in self.faces[face]} - {vertex}

    def _on_rim(self, a: int, b: int) -> bool:
        return bool(self.midline[b]) and len(self.around[a] & self.around[b]) == 1

    def _allowed(self, gone: int, kept: int) -> bool:
        shared = self.around[gone] & self.around[kept]
        common = self._neighbours(gone) & self._neighbours(kept)
        merged = (self._neighbours(gone) | self._neighbours(kept)) - {gone, kept}
        if len(common) != len(shared) or len(merged) > MOST_NEIGHBOURS:
            return False                            # the link condition keeps the surface a manifold
        if self.midline[gone] and any(self.midline[v] for v in common):
            return False
        return all(self._face_stays_good(face, gone, kept) for face in self.around[gone] - shared)

    def _face_stays_good(self, face: int, gone: int, kept: int) -> bool:
        before = self.points[list(self.faces[face])]
        after = self.points[[kept if v == gone else v for v in self.faces[face]]]
        edges = after - np.roll(after, 1, axis=0)
        squares = np.sum(edges ** 2, axis=1)
        was, now = _normal(before), _normal(after)
        area = np.sqrt(now @ now)
        return (squares.max() < LONGEST_EDGE_M ** 2
                and was @ now > LARGEST_TURN_COS * np.sqrt(was @ was) * area
                and 2 * np.sqrt(3) * area > SMALLEST_QUALITY * squares.sum())

    def _collapse(self, gone: int, kept: int) -> None:
        touched = self._neighbours(gone) | self._neighbours(kept)
        for face in list(self.around[gone]):
            if kept in self.faces[face]:
                for vertex in self.faces[face]:
                    self.around[vertex].discard(face)
                self.faces[face] = None
                self.face_count -= 1
            else:
                self.faces[face] = tuple(kept if v == gone else v for v in self.faces[face])
                self.around[kept].add(face)
        self.around[gone].clear()
        self.quadrics[kept] += self.quadrics[gone]
        for vertex in touched - {gone}:
            self._offer(vertex)


def _normal(triangle: np.ndarray) -> np.ndarray:
    a, b = triangle[1] - triangle[0], triangle[2] - triangle[0]
    return np.array([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


def _quadrics(points: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """(n, 4, 4): squared distance to the faces around each vertex, each face weighted by a third of its area."""
    normals = np.cross(points[faces[:, 1]] - points[faces[:, 0]], points[faces[:, 2]] - points[faces[:, 0]])
    areas = np.linalg.norm(normals, axis=1) / 2
    normals /= np.maximum(2 * areas, 1e-18)[:, None]
    planes = np.concatenate([normals, -np.sum(normals * points[faces[:, 0]], axis=1, keepdims=True)], axis=1)
    each = areas[:, None, None] / 3 * planes[:, :, None] * planes[:, None, :]
    quadrics = np.zeros((len(points), 4, 4))
    for corner in range(3):
        np.add.at(quadrics, faces[:, corner], each)
    return quadrics
