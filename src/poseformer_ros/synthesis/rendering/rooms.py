"""Rehab rooms of boxes and balls: floor, walls, ceiling and furniture as one triangle mesh with a paint for each face.

Frame: y up, floor at y = 0, the person's place at the origin, the back wall towards -z, the camera towards +z.
"""

from dataclasses import dataclass

import numpy as np

PATTERNS = ('plain', 'plaster', 'planks', 'tiles', 'speckled', 'window')
WALL_COLORS = ((215, 222, 226), (196, 214, 222), (205, 220, 208), (226, 222, 206), (190, 205, 214))       # BGR
WOOD_FLOORS = ((96, 138, 176), (120, 160, 190), (80, 115, 150), (135, 165, 185))
SMOOTH_FLOORS = ((150, 150, 148), (140, 152, 130), (160, 140, 120), (150, 170, 185), (120, 125, 150))
FURNITURE_COLORS = ((150, 110, 50), (70, 90, 40), (110, 150, 190), (60, 60, 70), (170, 170, 175), (60, 70, 150))
WOOD, METAL, WHITE = (100, 150, 190), (165, 168, 170), (232, 234, 235)


@dataclass(frozen=True)
class Room:
    """A room's mesh.

    vertices: (V, 3) float32 metres. faces: (F, 3) uint32.
    paint: (F, 3) float32 BGR in 0..255. pattern: (F,) uint8, index into PATTERNS.
    lamp: (3,) metres, where the light comes from. seed: of the patterns' grain.
    """

    vertices: np.ndarray
    faces: np.ndarray
    paint: np.ndarray
    pattern: np.ndarray
    lamp: np.ndarray
    seed: int


def rehab_room(seed: int, back: tuple[float, float] = (1.3, 2.4)) -> Room:
    """A room drawn from a seed; `back` is the range of the back wall's distance behind the person in metres."""
    rng = np.random.default_rng((seed, 1))
    wall_z, half, front, height = -rng.uniform(*back), rng.uniform(1.9, 2.8), 4.5, rng.uniform(2.5, 3.0)
    floor_pattern = rng.choice(['planks', 'tiles', 'speckled'])
    floor = rng.choice(WOOD_FLOORS if floor_pattern == 'planks' else SMOOTH_FLOORS)
    wall = rng.choice(WALL_COLORS)
    parts = [*_shell(wall_z, half, front, height, floor, floor_pattern, wall)]
    parts += _back_wall(rng, wall_z, half, height)
    parts += _furniture(rng, wall_z, half)
    lamp = np.array([rng.uniform(-1.0, 1.0), height - 0.05, rng.uniform(0.3, 2.0)])
    return _joined(parts, lamp, seed)


def hall(seed: int) -> Room:
    """A larger room, up to seven metres to either end, with furniture along its sides."""
    rng = np.random.default_rng((seed, 2))
    wall_z, half, front, height = -rng.uniform(1.5, 6.5), rng.uniform(2.0, 5.0), 7.0, rng.uniform(2.4, 3.6)
    parts = _shell(wall_z, half, front, height, SMOOTH_FLOORS[0], 'plain', WALL_COLORS[0])
    parts = [*parts, *_back_wall(rng, wall_z, half, height)]
    parts += _furniture(rng, wall_z, half)
    return _joined(parts, np.array([0.0, height - 0.05, 1.0]), seed)


def bare_room(back: float = 1.6) -> Room:
    """Floor and walls alone."""
    return _joined([*_shell(-back, 2.5, 4.5, 2.7, SMOOTH_FLOORS[0], 'plain', WALL_COLORS[0])],
                   np.array([0.5, 2.6, 1.0]), 0)


Paint = np.ndarray | tuple[int, ...]
Part = tuple[np.ndarray, np.ndarray, Paint, str]    # vertices, faces, paint, pattern


def _shell(wall_z: float, half: float, front: float, height: float, floor: Paint, floor_pattern: str,
           wall: Paint) -> list[Part]:
    t = 0.1
    side_low, side_high = (-t, wall_z - t), (height, front + t)
    return [box((-half, -t, wall_z), (half, 0.0, front), floor, floor_pattern),
            box((-half, height, wall_z), (half, height + t, front), WHITE, 'plain'),
            box((-half, -t, wall_z - t), (half, height, wall_z), wall, 'plaster'),
            box((-half, -t, front), (half, height, front + t), wall, 'plaster'),
            box((-half - t, side_low[0], side_low[1]), (-half, side_high[0], side_high[1]), wall, 'plaster'),
            box((half, side_low[0], side_low[1]), (half + t, side_high[0], side_high[1]), wall, 'plaster'),
            box((-half, 0.0, wall_z), (half, 0.09, wall_z + 0.015), WHITE, 'plain')]     # skirting board


def _back_wall(rng: np.random.Generator, wall_z: float, half: float, height: float) -> list[Part]:
    """What hangs on the back wall: wall bars, a window, a poster or a door."""
    parts, places = [], list(rng.permutation(np.linspace(-half + 0.7, half - 0.7, 3)))
    for thing in rng.permutation(['bars', 'window', 'poster', 'door', 'nothing'])[:3]:
        x = places.pop()
        if thing == 'bars':
            parts += _wall_bars(x, wall_z)
        elif thing == 'window':
            parts += [box((x - 0.55, 0.95, wall_z), (x + 0.55, 2.05, wall_z + 0.02), WHITE, 'plain'),
                      box((x - 0.48, 1.02, wall_z), (x + 0.48, 1.98, wall_z + 0.025), (245, 238, 225), 'window')]
        elif thing == 'poster':
            parts.append(box((x - 0.3, 1.15, wall_z), (x + 0.3, 1.95, wall_z + 0.01), rng.choice(FURNITURE_COLORS),
                             'speckled'))
        elif thing == 'door':
            parts += [box((x - 0.45, 0.0, wall_z), (x + 0.45, 2.05, wall_z + 0.03), WOOD, 'planks'),
                      box((x + 0.33, 1.0, wall_z), (x + 0.40, 1.06, wall_z + 0.09), METAL, 'plain')]
    return parts


def _wall_bars(x: float, wall_z: float) -> list[Part]:
    posts = [box((x + s * 0.45 - 0.03, 0.0, wall_z), (x + s * 0.45 + 0.03, 2.3, wall_z + 0.12), WOOD, 'plain')
             for s in (-1, 1)]
    return posts + [box((x - 0.45, y - 0.018, wall_z + 0.07), (x + 0.45, y + 0.018, wall_z + 0.105), WOOD, 'plain')
                    for y in np.arange(0.25, 2.3, 0.17)]


def _furniture(rng: np.random.Generator, wall_z: float, half: float) -> list[Part]:
    """Two to four pieces along the side walls, clear of the person's reach."""
    makers = {'couch': _couch, 'shelf': _shelf, 'ball': _ball, 'chair': _chair, 'stack': _stack}
    sides = [(-1, wall_z + 0.7), (1, wall_z + 0.7), (-1, 0.6), (1, 0.6)]
    parts = []
    for (side, z), name in zip(sides[:rng.integers(2, 5)], rng.permutation(list(makers))):
        x = side * (half - 0.42)
        if abs(x) > 1.35 or z < -0.5:
            parts += makers[name](x, z, rng.choice(FURNITURE_COLORS))
    return parts


def _couch(x: float, z: float, paint: np.ndarray) -> list[Part]:
    """A treatment couch along the side wall."""
    legs = [box((x + sx * 0.26 - 0.03, 0.0, z + sz * 0.5 - 0.03), (x + sx * 0.26 + 0.03, 0.6, z + sz * 0.5 + 0.03),
                METAL, 'plain') for sx in (-1, 1) for sz in (-1, 1)]
    return [box((x - 0.32, 0.6, z - 0.65), (x + 0.32, 0.72, z + 0.65), paint, 'plain'),
            box((x - 0.24, 0.72, z - 0.6), (x + 0.24, 0.80, z - 0.3), WHITE, 'plain'), *legs]


def _shelf(x: float, z: float, paint: np.ndarray) -> list[Part]:
    boards = [box((x - 0.3, y, z - 0.4), (x + 0.3, y + 0.03, z + 0.4), WOOD, 'plain') for y in np.arange(0.1, 1.6, 0.36)]
    ends = [box((x - 0.3, 0.0, z + s * 0.4 - 0.02), (x + 0.3, 1.6, z + s * 0.4 + 0.02), WOOD, 'plain') for s in (-1, 1)]
    things = [box((x - 0.2, y + 0.03, z - 0.25 + 0.1 * i), (x + 0.2, y + 0.2, z + 0.02 + 0.1 * i), paint * (0.8 + 0.1 * i),
                  'plain') for i, y in enumerate(np.arange(0.1, 1.3, 0.36))]
    return boards + ends + things


def _chair(x: float, z: float, paint: np.ndarray) -> list[Part]:
    legs = [box((x + sx * 0.2 - 0.015, 0.0, z + sz * 0.2 - 0.015), (x + sx * 0.2 + 0.015, 0.45, z + sz * 0.2 + 0.015),
                METAL, 'plain') for sx in (-1, 1) for sz in (-1, 1)]
    return [box((x - 0.23, 0.44, z - 0.23), (x + 0.23, 0.49, z + 0.23), paint, 'plain'),
            box((x - 0.23, 0.6, z - 0.25), (x + 0.23, 0.95, z - 0.21), paint, 'plain'), *legs]


def _stack(x: float, z: float, paint: np.ndarray) -> list[Part]:
    """Folded exercise mats and a step board."""
    return [box((x - 0.3, 0.06 * i, z - 0.45), (x + 0.3, 0.06 * i + 0.055, z + 0.45), paint * (0.75 + 0.07 * (i % 4)),
                'plain') for i in range(6)]


def _ball(x: float, z: float, paint: np.ndarray, radius: float = 0.32) -> list[Part]:
    """A gym ball: an octahedron, refined four times onto the sphere."""
    vertices = np.array([(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)], float)
    faces = np.array([(0, 2, 4), (2, 1, 4), (1, 3, 4), (3, 0, 4), (2, 0, 5), (1, 2, 5), (3, 1, 5), (0, 3, 5)])
    for _ in range(4):
        corners = vertices[faces]
        middle = corners + np.roll(corners, -1, axis=1)     # of edges 01, 12, 20
        middle /= np.linalg.norm(middle, axis=-1, keepdims=True)
        (a, b, c), (ab, bc, ca) = corners.transpose(1, 0, 2), middle.transpose(1, 0, 2)
        vertices = np.stack([a, ab, ca, ab, b, bc, ca, bc, c, ab, bc, ca], axis=1).reshape(-1, 3)
        faces = np.arange(len(vertices)).reshape(-1, 3)
    return [((vertices * radius + [x, radius, z]).astype(np.float32), faces, tuple(paint), 'plain')]


def box(low: tuple[float, ...], high: tuple[float, ...], paint: Paint, pattern: str) -> Part:
    """Twelve triangles between two corners."""
    corners = np.array([(x, y, z) for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])],
                       np.float32)
    quads = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))
    faces = np.array([t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))])
    return corners, faces, tuple(paint), pattern


def _joined(parts: list[Part], lamp: np.ndarray, seed: int) -> Room:
    starts = np.cumsum([0, *(len(vertices) for vertices, *_ in parts)])
    return Room(vertices=np.concatenate([p[0] for p in parts]).astype(np.float32),
                faces=np.concatenate([p[1] + start for p, start in zip(parts, starts)]).astype(np.uint32),
                paint=np.concatenate([np.tile(np.asarray(p[2], np.float32), (len(p[1]), 1)) for p in parts]),
                pattern=np.concatenate([np.full(len(p[1]), PATTERNS.index(p[3]), np.uint8) for p in parts]),
                lamp=lamp, seed=seed)


def turned(room: Room, rotation: np.ndarray) -> Room:
    """The room turned about the person by a rotation (3, 3), as when the camera sees the person from the side."""
    return Room((room.vertices @ rotation.T).astype(np.float32), room.faces, room.paint, room.pattern,
                rotation @ room.lamp, room.seed)


def painted(room: Room, face: np.ndarray, points: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """Paint (n, 3) float32 BGR of the points (n, 3), room metres, on the given faces (n,); normals (n, 3)."""
    paint = room.paint[face]
    pattern = room.pattern[face]
    across, along = _plane(points, normals)
    for index, name in enumerate(PATTERNS):
        if name == 'plain':
            continue
        chosen = np.flatnonzero(pattern == index)
        if len(chosen):
            paint[chosen] *= _GRAIN[name](across[chosen], along[chosen], room.seed)[:, None]
    return paint


def _plane(points: np.ndarray, normals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two coordinates (n,) in the surface: x and z on a floor, the horizontal one and y on a wall."""
    level = np.abs(normals[:, 1]) > 0.7
    sideways = np.abs(normals[:, 0]) > np.abs(normals[:, 2])
    return (np.where(level | ~sideways, points[:, 0], points[:, 2]), np.where(level, points[:, 2], points[:, 1]))


def _planks(u: np.ndarray, v: np.ndarray, seed: int) -> np.ndarray:
    row = np.floor(u / 0.14)
    end = np.floor(v / 1.2 + 0.37 * row)
    seam = (np.mod(u, 0.14) < 0.006) | (np.mod(v + 0.444 * row, 1.2) < 0.006)
    return (0.9 + 0.14 * _hash(row, end, seed) + 0.04 * np.sin(90 * u + 3 * np.sin(5 * v))) * np.where(seam, 0.72, 1.0)


def _tiles(u: np.ndarray, v: np.ndarray, seed: int) -> np.ndarray:
    seam = (np.mod(u, 0.4) < 0.008) | (np.mod(v, 0.4) < 0.008)
    return (0.95 + 0.07 * _hash(np.floor(u / 0.4), np.floor(v / 0.4), seed)) * np.where(seam, 0.75, 1.0)


def _speckled(u: np.ndarray, v: np.ndarray, seed: int) -> np.ndarray:
    return 0.93 + 0.12 * _hash(np.floor(u / 0.02), np.floor(v / 0.02), seed)


def _plaster(u: np.ndarray, v: np.ndarray, seed: int) -> np.ndarray:
    return 0.97 + 0.03 * np.sin(1.3 * u + seed) * np.sin(0.9 * v) + 0.02 * _hash(np.floor(u / 0.03), np.floor(v / 0.03), seed)


def _window(u: np.ndarray, v: np.ndarray, seed: int) -> np.ndarray:
    """Bright, with glazing bars."""
    return np.where((np.mod(u, 0.48) < 0.03) | (np.mod(v, 0.48) < 0.03), 0.8, 1.7)


_GRAIN = {'planks': _planks, 'tiles': _tiles, 'speckled': _speckled, 'plaster': _plaster, 'window': _window}


def _hash(i: np.ndarray, j: np.ndarray, seed: int) -> np.ndarray:
    """A number in [0, 1) that looks random for each pair of whole numbers."""
    mixed = (i.astype(np.int64) * 374761393 + j.astype(np.int64) * 668265263 + seed * 974711) & 0xFFFFFFFF
    mixed = ((mixed ^ (mixed >> 13)) * 1274126177) & 0xFFFFFFFF
    return ((mixed ^ (mixed >> 16)) & 0xFFFF) / 65536.0
