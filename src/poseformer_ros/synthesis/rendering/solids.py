"""Triangle meshes of simple solids, as (vertices (V, 3) float32 metres, faces (F, 3) int) pairs."""

import numpy as np
from numpy.typing import ArrayLike

from poseformer_ros.synthesis.rendering.cameras import about_y

Mesh = tuple[np.ndarray, np.ndarray]

_CUBE = np.array([(x, y, z) for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
_QUADS = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))
_CUBE_FACES = np.array([t for a, b, c, d in _QUADS for t in ((a, b, c), (a, c, d))])


def cuboid(centre: ArrayLike, size: ArrayLike) -> Mesh:
    """A box with its edges along the axes."""
    return (_CUBE * np.asarray(size) + np.asarray(centre)).astype(np.float32), _CUBE_FACES


def tube(rings: np.ndarray) -> Mesh:
    """A closed surface through rings (R, P, 3) of points, each joined to the next; both ends are closed."""
    count, points = rings.shape[:2]
    at = np.arange(points)
    after = (at + 1) % points
    side = np.concatenate([np.stack([at, after, after + points], 1), np.stack([at, after + points, at + points], 1)])
    faces = [side + points * ring for ring in range(count - 1)]
    ends = count * points + np.arange(2)
    faces.append(np.stack([np.full(points, ends[0]), after, at], 1))
    faces.append(np.stack([np.full(points, ends[1]), at + points * (count - 1), after + points * (count - 1)], 1))
    vertices = np.concatenate([rings.reshape(-1, 3), rings[[0, -1]].mean(axis=1)])
    return vertices.astype(np.float32), np.concatenate(faces)


def rod(start: ArrayLike, end: ArrayLike, radius: float, points: int = 8) -> Mesh:
    """A round bar between two places (3,)."""
    start, end = np.asarray(start, float), np.asarray(end, float)
    along = (end - start) / np.linalg.norm(end - start)
    across = np.cross(along, [1.0, 0.0, 0.0] if abs(along[0]) < 0.9 else [0.0, 1.0, 0.0])
    across /= np.linalg.norm(across)
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)[:, None]
    ring = radius * (np.cos(angle) * across + np.sin(angle) * np.cross(along, across))
    return tube(np.stack([start + ring, end + ring]))


def turned_body(heights: np.ndarray, radii: np.ndarray, lobes: np.ndarray | None = None, points: int = 20) -> Mesh:
    """A vertical body of revolution: radii (R,) at heights (R,); `lobes` (R, points) multiplies them around."""
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    radius = radii[:, None] * (np.ones((1, points)) if lobes is None else lobes)
    return tube(np.stack([radius * np.cos(angle), np.broadcast_to(heights[:, None], radius.shape), radius * np.sin(angle)], -1))


def ellipsoid(centre: ArrayLike, radii: ArrayLike, rings: int = 10, points: int = 16) -> Mesh:
    """An ellipsoid with its axes along the room's."""
    latitude = np.linspace(-0.499 * np.pi, 0.499 * np.pi, rings)
    vertices, faces = turned_body(np.sin(latitude), np.cos(latitude), points=points)
    return (vertices * np.asarray(radii) + np.asarray(centre)).astype(np.float32), faces


def wavy_sheet(width: float, height: float, depth: float, waves: float, rng: np.random.Generator) -> Mesh:
    """A hanging cloth in the plane z = 0 from the floor upwards, folded into waves."""
    columns = 40
    x = np.linspace(-width / 2, width / 2, columns)
    fold = depth * np.sin(2 * np.pi * waves * x / width + rng.uniform(0, 6)) * rng.uniform(0.6, 1.4, columns)
    low, high = (np.stack([x, np.full(columns, y), fold * share], 1) for y, share in ((0.0, 1.0), (height, 0.7)))
    at = np.arange(columns - 1)
    faces = np.concatenate([np.stack([at, at + 1, at + 1 + columns], 1), np.stack([at, at + 1 + columns, at + columns], 1)])
    return np.concatenate([low, high]).astype(np.float32), faces


def joined(meshes: list[Mesh]) -> Mesh:
    """Several meshes as one."""
    starts = np.cumsum([0, *(len(vertices) for vertices, _ in meshes)])
    return (np.concatenate([vertices for vertices, _ in meshes]).astype(np.float32),
            np.concatenate([faces + start for (_, faces), start in zip(meshes, starts)]))


def placed(mesh: Mesh, place: ArrayLike, turn_rad: float = 0.0) -> Mesh:
    """A mesh turned about the vertical and moved to `place` (3,)."""
    vertices, faces = mesh
    return (vertices @ about_y(turn_rad).T + np.asarray(place)).astype(np.float32), faces
