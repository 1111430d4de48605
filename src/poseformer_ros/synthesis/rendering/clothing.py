"""Clothes, skin and hair: paint of the body's vertices, and loose cloth as an offset along the normals of the rest pose.

The joints stay those of the bare body; only the surface that the camera sees is moved.
"""

from dataclasses import dataclass, replace

import numpy as np

from poseformer_ros.body.kinematics import ShapedBody
from poseformer_ros.geometry.mesh import vertex_normals
from poseformer_ros.skeleton.joints import JOINT

SKIN_COLORS = ((190, 205, 235), (150, 180, 220), (120, 155, 205), (90, 125, 175), (60, 85, 130), (40, 55, 85))     # BGR
HAIR_COLORS = ((25, 25, 28), (35, 45, 65), (55, 80, 120), (110, 150, 185), (150, 152, 155), (210, 212, 215))
CLOTH_COLORS = ((60, 60, 160), (140, 90, 40), (70, 110, 60), (190, 185, 180), (60, 60, 64), (150, 70, 110),
                (40, 120, 190), (110, 110, 115), (120, 60, 40), (215, 215, 212))
TROUSER_COLORS = ((50, 48, 46), (90, 70, 50), (110, 108, 105), (60, 75, 85), (120, 90, 60), (40, 40, 60))
SHOE_COLORS = ((40, 40, 42), (220, 220, 222), (60, 60, 150), (130, 100, 60))

LEFT_EYE, RIGHT_EYE = 2800, 6260    # vertices of SMPL's layout that smplx names as eyes
ARMS = (('left_shoulder', 'left_elbow', 'left_wrist'), ('right_shoulder', 'right_elbow', 'right_wrist'))


@dataclass(frozen=True)
class Outfit:
    """What one person wears; colours are BGR.

    sleeve: 0 ends at the shoulder, 1 at the elbow, 2 at the wrist. leg: 1 ends at the knee, 2 at the ankle.
    shirt_looseness, trouser_looseness: metres that the cloth stands off the body, on average.
    hair_m: thickness of the hair in metres; 0 is bald.
    stripe_m: width of the shirt's stripes in metres; 0 is plain.
    """

    skin: tuple = SKIN_COLORS[1]
    hair: tuple = HAIR_COLORS[1]
    shirt: tuple = CLOTH_COLORS[1]
    trousers: tuple = TROUSER_COLORS[0]
    shoes: tuple = SHOE_COLORS[0]
    sleeve: float = 0.7
    leg: float = 1.95
    shirt_looseness: float = 0.0
    trouser_looseness: float = 0.0
    hair_m: float = 0.0
    stripe_m: float = 0.0


def random_outfit(rng: np.random.Generator, looseness: float = 1.0) -> Outfit:
    """An outfit at random; `looseness` scales how far the cloth stands off."""
    pick = lambda colors: tuple(colors[rng.integers(len(colors))])     # noqa: E731
    return Outfit(skin=pick(SKIN_COLORS), hair=pick(HAIR_COLORS), shirt=pick(CLOTH_COLORS),
                  trousers=pick(TROUSER_COLORS), shoes=pick(SHOE_COLORS), sleeve=float(rng.choice([0.5, 0.7, 1.9])),
                  leg=float(rng.choice([0.9, 1.95, 1.95])), shirt_looseness=looseness * float(rng.uniform(0.004, 0.025)),
                  trouser_looseness=looseness * float(rng.uniform(0.003, 0.02)),
                  hair_m=looseness * float(rng.choice([0.008, 0.015, 0.03])),
                  stripe_m=float(rng.choice([0.0, 0.0, 0.08])))


@dataclass(frozen=True)
class DressedBody:
    """A body as the camera sees it.

    body: the bare body, whose joints are the truth. surface: the same with its vertices moved outwards by the clothes.
    paint: (6890, 3) float32 BGR.
    """

    body: ShapedBody
    surface: ShapedBody
    paint: np.ndarray


def dressed(body: ShapedBody, outfit: Outfit = Outfit()) -> DressedBody:
    """Put an outfit on a body."""
    regions = _regions(body, outfit)
    offset = np.zeros(len(body.vertices))
    for name, amount in (('shirt', outfit.shirt_looseness), ('trousers', outfit.trouser_looseness),
                         ('hair', outfit.hair_m)):
        offset[regions[name]] = amount * _folds(body, name)[regions[name]]
    vertices = (body.vertices + offset[:, None] * vertex_normals(body.vertices, body.model.f)).astype(np.float32)
    columns = np.concatenate([vertices.T, np.ones((1, len(vertices)), np.float32)])
    return DressedBody(body, replace(body, vertices=vertices, columns=columns), _paint(body, outfit, regions))


def _regions(body: ShapedBody, outfit: Outfit) -> dict[str, np.ndarray]:
    """Which vertices (6890,) each garment covers; the later cover the earlier."""
    at = {name: body.joints[index] for name, index in JOINT.items()}
    x, y, z = body.vertices.T
    part = body.model.part
    waist = at['pelvis'][1] + 0.03
    hip = 0.5 * (at['left_hip'][1] + at['right_hip'][1])
    knee, ankle = (0.5 * (at[f'left_{n}'][1] + at[f'right_{n}'][1]) for n in ('knee', 'ankle'))
    hem = np.interp(outfit.leg, [0, 1, 2], [hip, knee, ankle])
    shoulder, elbow, wrist = (0.5 * (abs(at[f'left_{n}'][0]) + abs(at[f'right_{n}'][0]))
                              for n in ('shoulder', 'elbow', 'wrist'))
    cuff = np.interp(outfit.sleeve, [0, 1, 2], [shoulder, elbow, wrist])
    collar = at['neck'][1] + 0.02
    head = part == JOINT['head']
    skull = at['head'][1] + 0.5 * (y[head].max() - at['head'][1])
    above_brow = y > skull + 0.035 + 0.25 * np.clip(z - at['head'][2], -0.06, 0.06)
    behind = (y > skull - 0.06) & (z < at['head'][2] - 0.005)
    foot = np.isin(part, [JOINT[n] for n in ('left_ankle', 'right_ankle', 'left_heel', 'right_heel')])
    return {'trousers': (y < waist) & (y > hem) & (np.abs(x) < shoulder + 0.1) & ~foot,
            'shirt': (y > waist - 0.10) & (y < collar) & (np.abs(x) < cuff) & ~head & (y > hip),
            'shoes': foot & (y < ankle + 0.02), 'hair': head & (above_brow | behind)}


def _folds(body: ShapedBody, name: str) -> np.ndarray:
    """How far each vertex stands off, 1 on average: shallow folds, deeper towards the hem; hair is even."""
    if name == 'hair':
        return np.ones(len(body.vertices))
    x, y, z = body.vertices.T
    around = np.arctan2(x, z + 0.02)
    return 1.0 + 0.35 * np.sin(5 * around + 9 * y) + 0.2 * np.sin(23 * y + 7 * x)


def _paint(body: ShapedBody, outfit: Outfit, regions: dict[str, np.ndarray]) -> np.ndarray:
    paint = np.tile(np.asarray(outfit.skin, np.float32), (len(body.vertices), 1))
    for name in ('trousers', 'shirt', 'shoes', 'hair'):
        paint[regions[name]] = getattr(outfit, name)
    if outfit.stripe_m:
        stripe = np.floor(body.vertices[:, 1] / outfit.stripe_m) % 2 == 0
        paint[regions['shirt'] & stripe] *= 0.6
    for eye in (LEFT_EYE, RIGHT_EYE):
        near = np.linalg.norm(body.vertices - body.vertices[eye], axis=1) < 0.014
        paint[near] *= 0.45
    return paint
