"""Things that stand about in rooms, so that a detector learns what no person is: each a mesh on the floor, at the origin, by lot.

Frame: y up, floor y = 0, metres; the front, where there is one, is +z.
"""

from collections.abc import Callable

import numpy as np

from poseformer_ros.synthesis.rendering.cameras import about_x, about_z
from poseformer_ros.synthesis.rendering.solids import (
    Mesh,
    cuboid,
    ellipsoid,
    joined,
    placed,
    rod,
    turned_body,
    wavy_sheet,
)

Rng = np.random.Generator


def table(rng: Rng) -> Mesh:
    """A table or desk, perhaps with things on it."""
    w, d, h = rng.uniform(0.6, 1.8), rng.uniform(0.5, 0.9), rng.uniform(0.45, 1.05)
    legs = [cuboid((sx * (w / 2 - 0.05), h / 2, sz * (d / 2 - 0.05)), (0.05, h, 0.05)) for sx in (-1, 1) for sz in (-1, 1)]
    parts = [cuboid((0, h, 0), (w, 0.04, d)), *legs]
    if rng.random() < 0.3:
        parts.append(cuboid((0, h / 2, -d / 2 + 0.03), (w, h * 0.8, 0.02)))
    for _ in range(rng.integers(0, 5)):
        size = rng.uniform((0.05, 0.05, 0.05), (0.5, 0.5, 0.35))
        parts.append(cuboid((rng.uniform(-w / 2, w / 2) * 0.8, h + size[1] / 2, rng.uniform(-d / 2, d / 2) * 0.6), size))
    return joined(parts)


def chair(rng: Rng, seat: float | None = None) -> Mesh:
    """A chair with or without arms, or an office chair on a foot; perhaps with a coat over its back. seat: metres, its top."""
    seat = rng.uniform(0.40, 0.52) if seat is None else seat
    w, back = rng.uniform(0.40, 0.58), rng.uniform(0.35, 0.65)
    lean = about_x(-rng.uniform(0.0, 0.3))
    panel, faces = cuboid((0, back / 2, 0), (w * rng.uniform(0.7, 1.0), back, 0.05))
    parts = [cuboid((0, seat - 0.03, 0), (w, 0.06, w)),
             ((panel @ lean.T + [0, seat + rng.uniform(0.0, 0.15), -w / 2]).astype(np.float32), faces)]
    if rng.random() < 0.5:
        parts += [cuboid((sx * w * 0.45, seat / 2, sz * w * 0.45), (0.035, seat, 0.035)) for sx in (-1, 1) for sz in (-1, 1)]
    else:
        parts += [rod((0, 0.08, 0), (0, seat, 0), 0.03)]
        parts += [rod((0, 0.08, 0), (0.3 * np.cos(a), 0.04, 0.3 * np.sin(a)), 0.025) for a in np.arange(5) * 2 * np.pi / 5]
    if rng.random() < 0.4:
        parts += [cuboid((s * w / 2, seat + 0.22, 0), (0.05, 0.04, w * 0.7)) for s in (-1, 1)]
        parts += [cuboid((s * w / 2, seat + 0.1, w * 0.3), (0.04, 0.22, 0.04)) for s in (-1, 1)]
    if rng.random() < 0.35:
        parts.append(placed(_draped(rng, rng.uniform(0.4, 0.7), w * 0.6), np.array([0, seat + back - 0.55, -w / 2])))
    return joined(parts)


def coat_stand(rng: Rng) -> Mesh:
    """A stand with a coat, perhaps with a hat: the thing most like a person."""
    h = rng.uniform(1.2, 1.9)
    length = rng.uniform(0.6, min(1.2, h - 0.2))
    parts = [rod((0, 0, 0), (0, h, 0), 0.02), cuboid((0, 0.02, 0), (0.4, 0.04, 0.4)),
             placed(_draped(rng, length, rng.uniform(0.22, 0.5)), np.array([0, h - length - rng.uniform(0.0, 0.2), 0]))]
    if rng.random() < 0.5:
        parts.append(ellipsoid((0, h + 0.02, 0), rng.uniform((0.07, 0.06, 0.07), (0.2, 0.15, 0.2))))
    if rng.random() < 0.5:
        parts += [rod((0, h - 0.05, 0), (0.22 * np.cos(a), h + 0.05, 0.22 * np.sin(a)), 0.012) for a in np.arange(4) * np.pi / 2]
    return joined(parts)


def _draped(rng: Rng, length: float, width: float) -> Mesh:
    """Cloth that hangs from shoulders: narrow above, uneven below."""
    heights = np.linspace(0.0, length, 8)
    shape = np.interp(heights / length, [0, 0.7, 0.92, 1], [rng.uniform(0.7, 1.4), 1.0, 0.8, 0.2])
    lobes = 1 + 0.25 * np.sin(np.arange(20) / 20 * 2 * np.pi * rng.integers(2, 6) + rng.uniform(0, 6)) * rng.random((8, 1))
    vertices, faces = turned_body(heights, width / 2 * shape, lobes)
    return (vertices * [1.0, 1.0, rng.uniform(0.35, 0.9)]).astype(np.float32), faces


def plant(rng: Rng) -> Mesh:
    """A pot and leaves."""
    h, pot = rng.uniform(0.5, 1.9), rng.uniform(0.15, 0.45)
    vessel = turned_body(np.array([0.0, pot]), np.array([0.1, 0.16]) * rng.uniform(0.8, 1.8))
    parts = [vessel, rod((0, 0, 0), (0, h * 0.8, 0), 0.015)]
    spread = rng.uniform(0.15, 0.45)
    for _ in range(rng.integers(15, 50)):
        at = np.array([0, rng.uniform(pot, h), 0]) + rng.normal(0, spread / 2, 3) * [1, 0.3, 1]
        tip = at + rng.normal(0, 0.2, 3)
        side = np.cross(tip - at, rng.normal(0, 1, 3))
        side *= rng.uniform(0.02, 0.08) / max(float(np.linalg.norm(side)), 1e-6)
        leaf = np.array([at, (at + tip) / 2 + side, tip, (at + tip) / 2 - side], np.float32)
        parts.append((leaf, np.array([(0, 1, 2), (0, 2, 3)])))
    return joined(parts)


def cupboard(rng: Rng) -> Mesh:
    """A cupboard, locker, fridge or pillar, perhaps with an open door or things on top."""
    w, h, d = rng.uniform((0.2, 0.5, 0.2), (1.2, 2.2, 0.7))
    parts = [cuboid((0, h / 2, 0), (w, h, d))]
    if rng.random() < 0.3:
        door = cuboid((w / 4, h / 2, 0), (w / 2, h * 0.95, 0.02))
        parts.append(placed(door, np.array([-w / 2, 0, d / 2]), -rng.uniform(0.3, 2.0)))
    for _ in range(rng.integers(0, 3)):
        size = rng.uniform((0.1, 0.1, 0.1), (0.5, 0.4, 0.4))
        parts.append(cuboid((rng.uniform(-w / 2, w / 2) * 0.6, h + size[1] / 2, 0), size))
    return joined(parts)


def open_shelf(rng: Rng) -> Mesh:
    """Boards with boxes on them."""
    w, h, d = rng.uniform((0.4, 0.8, 0.25), (1.2, 2.1, 0.5))
    parts = [cuboid((s * w / 2, h / 2, 0), (0.03, h, d)) for s in (-1, 1)]
    for y in np.arange(0.1, h, rng.uniform(0.25, 0.45)):
        parts.append(cuboid((0, y, 0), (w, 0.025, d)))
        for _ in range(rng.integers(0, 5)):
            size = rng.uniform((0.04, 0.08, 0.1), (0.3, 0.3, d))
            parts.append(cuboid((rng.uniform(-w / 2, w / 2) * 0.85, y + size[1] / 2, 0), size))
    return joined(parts)


def curtain(rng: Rng) -> Mesh:
    """A curtain or a folding screen."""
    return wavy_sheet(rng.uniform(0.3, 1.6), rng.uniform(1.2, 2.4), rng.uniform(0.02, 0.12), rng.uniform(1, 7), rng)


def lamp(rng: Rng) -> Mesh:
    """A standing lamp, a drip stand, a loudspeaker on a tripod."""
    h, shade = rng.uniform(1.0, 1.9), rng.uniform(0.05, 0.25)
    angles = np.arange(3) * 2 * np.pi / 3 + rng.uniform(0, 2)
    foot = [rod((0, 0.35, 0), (0.35 * np.cos(a), 0, 0.35 * np.sin(a)), 0.015) for a in angles]
    top = (turned_body(np.array([0.0, 0.3]), np.array([shade, shade * rng.uniform(0.4, 1.0)])) if rng.random() < 0.5
           else cuboid((0, 0.15, 0), rng.uniform((0.1, 0.2, 0.1), (0.35, 0.6, 0.35))))
    return joined([rod((0, 0, 0), (0, h, 0), 0.015), *foot, placed(top, np.array([0, h - 0.1, 0]))])


def monitor(rng: Rng) -> Mesh:
    """A screen on a stand or trolley, a whiteboard on legs."""
    w, h, y = rng.uniform((0.4, 0.3, 0.7), (1.4, 0.9, 1.3))
    return joined([cuboid((0, y + h / 2, 0), (w, h, 0.05)), cuboid((0, 0.03, 0), (0.5, 0.06, 0.5)),
                   *[rod((s * w * 0.3, 0, 0), (s * w * 0.3, y, 0), 0.02) for s in ((-1, 1) if rng.random() < 0.5 else (0,))]])


def ball(rng: Rng) -> Mesh:
    """A gym ball, perhaps on a box, perhaps with another on it."""
    r = rng.uniform(0.15, 0.4)
    base = rng.choice([0.0, rng.uniform(0.2, 0.9)])
    parts = [ellipsoid((0, base + r, 0), (r, r, r))] + ([cuboid((0, base / 2, 0), (0.5, base, 0.5))] if base else [])
    if rng.random() < 0.25:
        s = rng.uniform(0.08, 0.2)
        parts.append(ellipsoid((0, base + 2 * r + s * 0.9, 0), (s, s, s)))
    return joined(parts)


def bags(rng: Rng) -> Mesh:
    """Sacks, bags or crumpled clothes in a heap."""
    parts, y = [], 0.0
    for _ in range(rng.integers(1, 5)):
        radii = rng.uniform((0.12, 0.08, 0.12), (0.4, 0.3, 0.35))
        parts.append(ellipsoid((rng.normal(0, 0.12), y + radii[1], rng.normal(0, 0.12)), radii, 7, 10))
        y += 1.4 * radii[1] * (rng.random() < 0.7)
    return joined(parts)


def railing(rng: Rng) -> Mesh:
    """Parallel bars, a bed rail, a walking frame, a clothes rack."""
    w, h, d = rng.uniform((0.4, 0.7, 0.3), (1.6, 1.2, 0.7))
    r = rng.uniform(0.012, 0.03)
    parts = []
    for z in (-d / 2, d / 2):
        parts += [rod((-w / 2, y, z), (w / 2, y, z), r) for y in np.linspace(h, h * rng.uniform(0.2, 0.9), rng.integers(1, 4))]
        parts += [rod((x, 0, z), (x, h, z), r) for x in np.linspace(-w / 2, w / 2, rng.integers(2, 5))]
    return joined(parts)


def couch(rng: Rng) -> Mesh:
    """A treatment couch, bed or sofa, perhaps with a pillow and a blanket in a heap."""
    w, h, d = rng.uniform((0.6, 0.35, 1.4), (1.0, 0.85, 2.1))
    parts = [cuboid((0, h - 0.06, 0), (w, 0.12, d)), cuboid((0, h * 0.4, 0), (w * 0.6, h * 0.8, d * 0.6))]
    if rng.random() < 0.5:
        parts.append(cuboid((0, h + 0.25, -d / 2), (w, 0.5, 0.12)))
    if rng.random() < 0.6:
        parts.append(ellipsoid((0, h + 0.06, d * 0.35), (0.3, 0.08, 0.2)))
    for _ in range(rng.integers(0, 4)):
        at = (rng.normal(0, w / 5), h + 0.03, rng.normal(0, d / 5))
        parts.append(ellipsoid(at, rng.uniform((0.1, 0.05, 0.15), (0.35, 0.2, 0.6)), 7, 10))
    return joined(parts)


def wheelchair(rng: Rng, seat: float | None = None) -> Mesh:
    """A wheelchair. seat: metres, its top."""
    seat = rng.uniform(0.45, 0.53) if seat is None else seat
    w = rng.uniform(0.42, 0.55)
    parts = [cuboid((0, seat - 0.02, 0), (w, 0.04, 0.42)), cuboid((0, seat + 0.22, -0.22), (w, 0.42, 0.03))]
    for s in (-1, 1):
        x = s * (w / 2 + 0.04)
        vertices, faces = turned_body(np.array([-0.012, 0.012]), np.array([0.3, 0.3]), points=24)
        parts.append(((vertices @ about_z(np.pi / 2).T + [x, 0.3, -0.1]).astype(np.float32), faces))
        parts += [cuboid((x, seat + 0.2, 0), (0.05, 0.03, 0.35)), rod((s * w * 0.4, seat, 0.2), (s * w * 0.35, 0.1, 0.45), 0.015),
                  cuboid((s * w * 0.25, 0.1, 0.5), (0.15, 0.02, 0.15)),
                  rod((s * w * 0.45, seat + 0.4, -0.22), (s * w * 0.45, seat + 0.45, -0.35), 0.015)]
    return joined(parts)


def mannequin_like(rng: Rng) -> Mesh:
    """A torso-like heap of random lumps, for whatever nobody thought of."""
    parts, y = [], rng.uniform(0.0, 0.6)
    for _ in range(rng.integers(2, 7)):
        size = rng.uniform((0.05, 0.06, 0.05), (0.3, 0.3, 0.25))
        at = (rng.normal(0, 0.1), y + size[1], rng.normal(0, 0.1))
        parts.append(ellipsoid(at, size, 7, 12) if rng.random() < 0.5 else cuboid(at, 2 * size))
        y += size[1] * rng.uniform(0.8, 2.0)
    return joined(parts)


THINGS: dict[str, Callable[[Rng], Mesh]] = {
    f.__name__: f for f in (table, chair, coat_stand, plant, cupboard, open_shelf, curtain, lamp, monitor, ball, bags, railing,
                            couch, wheelchair, mannequin_like)}
