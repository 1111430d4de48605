"""A person as people are, at one moment, with what the pose needs and what is worn or carried; all by lot.

Room frame: y up, floor y = 0; the person is at the origin. The same generator state gives the same person.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from poseformer_ros.body.kinematics import ShapedBody, shaped_body, world_transforms
from poseformer_ros.body.model import BodyModel
from poseformer_ros.skeleton.joints import JOINT
from poseformer_ros.synthesis.motion.everyday_poses import EverydayPose, draw_pose
from poseformer_ros.synthesis.motion.motion_style import sample_style
from poseformer_ros.synthesis.rendering import things, worn
from poseformer_ros.synthesis.rendering.cameras import about_y
from poseformer_ros.synthesis.rendering.clothing import dressed, random_outfit
from poseformer_ros.synthesis.rendering.solids import cuboid, placed
from poseformer_ros.synthesis.scene_caster import OWN_PARTS, ROOM, Layer

KIND_SHARES = {'exercise': 0.30, 'recorded': 0.19, 'probable': 0.05, 'standing': 0.14, 'bending': 0.06, 'crouching': 0.04,
               'sitting': 0.10, 'kneeling': 0.03, 'on_all_fours': 0.01, 'lying': 0.05, 'with_frame': 0.03}
FLAT_M, COUCH_M = 0.02, (0.3, 0.9)      # how high somebody lies: on a mat, on a couch
CHAIR_SHARE, FRAME_SHARE = 0.85, 0.8    # of those who sit or walk with a frame, who show it
LEAST_SEAT_M = 0.12
SKIRT_SHARE, LONG_HAIR_SHARE, BACKPACK_SHARE, BAG_SHARE, STICK_SHARE = 0.12, 0.18, 0.05, 0.05, 0.05
WITHOUT_SKIRT = ('lying', 'on_all_fours', 'kneeling')


@dataclass(frozen=True)
class Person:
    """Who is looked at. joints: (24, 3) room metres. front: (3,) unit vector out of the chest. betas: (10,) shape.

    layers: what is to be cast. vertices: (6890, 3) of the bare body. worn: names of what is worn or carried beyond clothes.
    """

    kind: str
    joints: np.ndarray
    front: np.ndarray
    betas: np.ndarray
    stature_m: float
    layers: list[Layer]
    vertices: np.ndarray
    worn: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Posed:
    """A body in its pose and place. pose: (24, 3) rotation vectors. translation: (3,); joints and vertices include it."""

    kind: str
    body: ShapedBody
    pose: np.ndarray
    translation: np.ndarray
    joints: np.ndarray
    vertices: np.ndarray
    lies: bool


def draw_person(model: BodyModel, betas: np.ndarray, kind: str, test: bool, rng: np.random.Generator,
                label: int = OWN_PARTS) -> Person:
    """A dressed person in a pose of a kind, on what the pose needs: floor, chair, couch, frame.

    test: whether recorded poses are those kept for tests. label: of the person's pixels.
    """
    style = replace(sample_style(int(rng.integers(2**31))), betas=betas)
    body = shaped_body(model, betas)
    posed = _on_floor(body, draw_pose(kind, body, style, test, rng), rng)
    support = _support(posed, rng)
    surface = dressed(body, random_outfit(rng, rng.uniform(0.5, 1.8))).surface
    worn_layers = _worn(posed, label, rng)
    layers = [Layer((surface.posed_vertices(posed.pose, posed.translation), model.f), label), *support,
              *(layer for some in worn_layers.values() for layer in some)]
    return Person(kind, posed.joints, _front(body, posed.pose), betas, float(np.ptp(body.vertices[:, 1])), layers, posed.vertices,
                  tuple(worn_layers))


def turned_person(person: Person, angle: float, place: np.ndarray) -> Person:
    """The same person with all that belongs to the pose, turned about the vertical and moved to `place` (3,)."""
    rotation = about_y(angle)
    return replace(person, joints=person.joints @ rotation.T + place, front=rotation @ person.front,
                   layers=[Layer(placed(layer.mesh, place, angle), layer.label) for layer in person.layers],
                   vertices=(person.vertices @ rotation.T + place).astype(np.float32))


def _on_floor(body: ShapedBody, everyday: EverydayPose, rng: np.random.Generator) -> _Posed:
    """The posed body on the floor, or on what it lies on, with the pelvis over the origin."""
    height = rng.choice([FLAT_M, rng.uniform(*COUCH_M)]) if everyday.lies else 0.0
    vertices, joints = body.posed_vertices(everyday.pose), body.posed_joints(everyday.pose)
    shift = np.array([-joints[0, 0], height - vertices[:, 1].min(), -joints[0, 2]])
    return _Posed(everyday.kind, body, everyday.pose, shift, joints + shift, vertices + shift.astype(np.float32), everyday.lies)


def _front(body: ShapedBody, pose: np.ndarray) -> np.ndarray:
    """(3,) unit vector that chest and pelvis face."""
    place = world_transforms(body.joints, pose)
    front = place[JOINT['upper_spine'], :3, 2] + place[JOINT['pelvis'], :3, 2]
    return front / np.linalg.norm(front)


def _support(posed: _Posed, rng: np.random.Generator) -> list[Layer]:
    """The chair, couch, mat or walking frame that a pose needs."""
    if posed.kind == 'sitting':
        return _seat(posed, rng) if rng.random() < CHAIR_SHARE else []
    if posed.lies:
        return _couch(posed.vertices, rng)
    if posed.kind == 'with_frame':
        return [_frame(posed.joints, rng)] if rng.random() < FRAME_SHARE else []
    return []


def _seat(posed: _Posed, rng: np.random.Generator) -> list[Layer]:
    """A chair, wheelchair or box under the hips; nothing where they are nearly on the floor."""
    under = np.isin(posed.body.model.part, [JOINT['pelvis'], JOINT['left_hip'], JOINT['right_hip']])
    seat = float(np.percentile(posed.vertices[under, 1], 3))
    if seat <= LEAST_SEAT_M:
        return []
    make = things.wheelchair if rng.random() < 0.3 else things.chair
    mesh = make(rng, seat) if rng.random() < 0.85 else cuboid((0, seat / 2, 0), (0.5, seat, 0.5))
    return [Layer(placed(mesh, np.array([0, 0, posed.joints[0, 2] + rng.uniform(0.0, 0.12)])), ROOM)]


def _couch(vertices: np.ndarray, rng: np.random.Generator) -> list[Layer]:
    """A couch on a block, or a mat, under the vertices (V, 3)."""
    top = float(vertices[:, 1].min())
    width, length = rng.uniform(0.6, 1.1), rng.uniform(1.6, 2.2)
    middle = (vertices[:, 2].max() + vertices[:, 2].min()) / 2
    couch = cuboid((0, top - 0.05, middle), (width, 0.1, length))
    block = cuboid((0, (top - 0.1) / 2, middle), (0.8 * width, max(top - 0.1, 0.01), 0.7 * length))
    return [Layer(couch, ROOM), Layer(block, ROOM)]


def _frame(joints: np.ndarray, rng: np.random.Generator) -> Layer:
    """A walking frame under the hands of joints (24, 3)."""
    hands = joints[[JOINT['left_hand'], JOINT['right_hand']]]
    vertices, faces = things.railing(rng)
    scale = np.array([0.65 / np.ptp(vertices[:, 0]), max(hands[:, 1].mean() - 0.03, 0.3) / vertices[:, 1].max(), 0.8])
    return Layer(placed(((vertices * scale).astype(np.float32), faces), np.array([0, 0, hands[:, 2].mean() + 0.1])), ROOM)


def _worn(posed: _Posed, label: int, rng: np.random.Generator) -> dict[str, list[Layer]]:
    """Skirt, long hair, backpack, bag and stick by name, each by its share."""
    def own(joint: str) -> int:
        return JOINT[joint] + 1 if label == OWN_PARTS else label
    body, pose, translation, joints = posed.body, posed.pose, posed.translation, posed.joints
    layers = {}
    if rng.random() < SKIRT_SHARE and posed.kind not in WITHOUT_SKIRT:
        layers['skirt'] = _skirt(posed, own, rng)
    if rng.random() < LONG_HAIR_SHARE:
        hair = worn.long_hair(body, pose, translation, rng.uniform(0.05, 0.45), rng.uniform(0.0, 0.04))
        layers['long_hair'] = [Layer(hair, own('head'))]
    if rng.random() < BACKPACK_SHARE:
        bag = worn.backpack(body, pose, translation, rng.uniform((0.2, 0.3, 0.1), (0.35, 0.5, 0.25)))
        layers['backpack'] = [Layer(bag, ROOM)]
    if rng.random() < BAG_SHARE:
        layers['bag'] = [Layer(worn.held_bag(joints, str(rng.choice(['left', 'right'])), rng), ROOM)]
    if rng.random() < STICK_SHARE:
        layers['stick'] = [Layer(worn.stick(joints, str(rng.choice(['left', 'right']))), ROOM)]
    return layers


def _skirt(posed: _Posed, own: Callable[[str], int], rng: np.random.Generator) -> list[Layer]:
    """The skirt's two halves, each labelled as the thigh on its side."""
    front = world_transforms(posed.body.joints, posed.pose)[0, :3, 2]
    hips = float(np.ptp(posed.body.vertices[posed.body.model.part == JOINT['pelvis'], 0])) / 2
    vertices, faces = worn.skirt(posed.joints, rng.uniform(0.6, 1.9), rng.uniform(0.0, 0.2), front, hips * rng.uniform(0.75, 0.95))
    knees = posed.joints[[JOINT['left_knee'], JOINT['right_knee']]]
    nearer = np.linalg.norm(vertices[faces].mean(1)[:, None] - knees, axis=-1).argmin(1)
    return [Layer((vertices, faces[nearer == index]), own(f'{side}_hip')) for index, side in enumerate(('left', 'right'))]
