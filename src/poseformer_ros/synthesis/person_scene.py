"""One moment of a person as people are, in a furnished room, seen by one camera: what the crops and `bench_v2` are rendered from.

Room frame: y up, floor y = 0; the person is at the origin. Everything is drawn by lot from one generator; the same state gives the
same scene.
"""

from dataclasses import dataclass, replace

import numpy as np

from poseformer_ros.body.kinematics import ShapedBody, shaped_body, world_transforms
from poseformer_ros.body.model import BodyModel
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.skeleton.joints import JOINT
from poseformer_ros.synthesis.motion.everyday_poses import EverydayPose, draw_pose
from poseformer_ros.synthesis.motion.motion_style import sample_style
from poseformer_ros.synthesis.rendering import things, worn
from poseformer_ros.synthesis.rendering.cameras import CameraPose, about_x, about_y, about_z
from poseformer_ros.synthesis.rendering.clothing import dressed, random_outfit
from poseformer_ros.synthesis.rendering.renderer import PartLabels
from poseformer_ros.synthesis.rendering.rooms import hall, rehab_room, turned
from poseformer_ros.synthesis.rendering.solids import Mesh, cuboid, placed

ROOM, SOMEBODY_ELSE = 0, 25         # labels of a pixel; 1 to 24 are the person's parts, joint + 1
NEAREST_M = 0.25                    # a scene whose person comes nearer to the camera is drawn again
FRONT_WALL_M = 4.3                  # of a rehab room; cameras farther off stand in a hall

KIND_SHARES = {'exercise': 0.30, 'recorded': 0.19, 'probable': 0.05, 'standing': 0.14, 'bending': 0.06, 'crouching': 0.04,
               'sitting': 0.10, 'kneeling': 0.03, 'on_all_fours': 0.01, 'lying': 0.05, 'with_frame': 0.03}


@dataclass(frozen=True)
class Layer:
    """A mesh of the scene. label: of its pixels, or -1 for the parts of the person's body."""

    mesh: Mesh
    label: int


@dataclass(frozen=True)
class Person:
    """Who is looked at. joints: (24, 3) room metres. front: (3,) unit vector out of the chest.
    layers: what is to be cast. vertices: (6890, 3) of the bare body."""

    kind: str
    joints: np.ndarray
    front: np.ndarray
    betas: np.ndarray
    stature_m: float
    layers: list[Layer]
    vertices: np.ndarray


@dataclass(frozen=True)
class Cast:
    """depth: (H, W) float32 metres, exact, NaN where nothing is. label: (H, W) uint8."""

    depth: np.ndarray
    label: np.ndarray


class SceneCaster:
    """Ray casting of layers; one acceleration structure for all of them. `layer` (H, W): which one the last cast met, -1 none."""

    def __init__(self, layers: list[Layer], labels: PartLabels) -> None:
        import open3d
        self._o3d, self._part_labels = open3d, labels
        self._scene = open3d.t.geometry.RaycastingScene(nthreads=1)
        self._label = []
        for layer in layers:
            vertices, faces = layer.mesh
            self._scene.add_triangles(open3d.core.Tensor(np.ascontiguousarray(vertices, np.float32)),
                                      open3d.core.Tensor(np.ascontiguousarray(faces, np.uint32)))
            self._label.append(layer.label)

    def __call__(self, camera: CameraPose, window: Intrinsics) -> Cast:
        """Cast every pixel of a window of the camera's image."""
        rays = np.empty((window.height, window.width, 6), np.float32)
        directions = np.ones((window.height, window.width, 3), np.float32)
        directions[..., 0] = (np.arange(window.width) - window.cx) / window.fx
        directions[..., 1] = ((np.arange(window.height) - window.cy) / window.fy)[:, None]
        rays[..., :3], rays[..., 3:] = camera.centre, directions @ camera.rotation.astype(np.float32)
        found = self._scene.cast_rays(self._o3d.core.Tensor(rays), nthreads=1)
        depth, geometry = found['t_hit'].numpy(), found['geometry_ids'].numpy()
        hit = np.isfinite(depth)
        self.layer = np.where(hit, geometry.astype(np.int64), -1)
        label = np.zeros(depth.shape, np.uint8)
        label[hit] = np.maximum(self._label, 0)[geometry[hit]]
        bare = hit & np.isin(geometry, np.flatnonzero(np.array(self._label) < 0))
        if bare.any():
            u, v = found['primitive_uvs'].numpy()[bare].T
            weights = np.stack([1 - u - v, u, v], axis=1)
            label[bare] = self._part_labels(found['primitive_ids'].numpy()[bare].astype(np.intp), weights) + 1
        return Cast(np.where(hit, depth, np.nan).astype(np.float32), label)


def draw_person(model: BodyModel, betas: np.ndarray, kind: str, test: bool, rng: np.random.Generator,
                label: int = -1) -> Person:
    """A dressed person in a pose of a kind, turned anyhow, on what the pose needs: floor, chair, couch, frame."""
    style = replace(sample_style(int(rng.integers(2**31))), betas=betas)
    body = shaped_body(model, betas)
    everyday = draw_pose(kind, body, style, test, rng)
    pose = everyday.pose.copy()
    vertices, joints, translation = _on_floor(body, pose, everyday, rng)
    support = _support(everyday, joints, vertices, body, rng)
    surface = dressed(body, random_outfit(rng, rng.uniform(0.5, 1.8))).surface
    layers = [Layer((surface.posed_vertices(pose, translation), model.f), label), *support]
    layers += _worn(everyday, body, pose, translation, joints, label, rng)
    front = _front(body, pose)
    return Person(kind, joints, front, betas, float(np.ptp(body.vertices[:, 1])), layers, vertices)


def _on_floor(body: ShapedBody, pose: np.ndarray, everyday: EverydayPose, rng: np.random.Generator):
    """Put the posed body onto the floor, or what it lies on, with the trunk over the origin."""
    height = rng.choice([0.02, rng.uniform(0.3, 0.9)]) if everyday.lies else 0.0
    vertices = body.posed_vertices(pose)
    joints = body.posed_joints(pose)
    shift = np.array([-joints[0, 0], height - vertices[:, 1].min(), -joints[0, 2]])
    return vertices + shift.astype(np.float32), joints + shift, shift


def _front(body: ShapedBody, pose: np.ndarray) -> np.ndarray:
    """(3,) unit vector that chest and pelvis face."""
    place = world_transforms(body.joints, pose)
    front = place[JOINT['upper_spine'], :3, 2] + place[JOINT['pelvis'], :3, 2]
    return front / np.linalg.norm(front)


def _support(everyday: EverydayPose, joints: np.ndarray, vertices: np.ndarray, body: ShapedBody,
             rng: np.random.Generator) -> list[Layer]:
    """The chair, couch, mat or walking frame that a pose needs."""
    if everyday.kind == 'sitting' and rng.random() < 0.85:
        under = np.isin(body.model.part, [JOINT['pelvis'], JOINT['left_hip'], JOINT['right_hip']])
        seat = float(np.percentile(vertices[under, 1], 3))
        if seat > 0.12:
            make = things.wheelchair if rng.random() < 0.3 else things.chair
            mesh = make(rng, seat) if rng.random() < 0.85 else cuboid((0, seat / 2, 0), (0.5, seat, 0.5))
            return [Layer(placed(mesh, np.array([0, 0, joints[0, 2] + rng.uniform(0.0, 0.12)])), ROOM)]
    if everyday.lies:
        top = float(vertices[:, 1].min())
        width, length = rng.uniform(0.6, 1.1), rng.uniform(1.6, 2.2)
        middle = (vertices[:, 2].max() + vertices[:, 2].min()) / 2
        couch = cuboid((0, top - 0.05, middle), (width, 0.1, length))
        block = cuboid((0, (top - 0.1) / 2, middle), (0.8 * width, max(top - 0.1, 0.01), 0.7 * length))
        return [Layer(couch, ROOM), Layer(block, ROOM)]
    if everyday.kind == 'with_frame' and rng.random() < 0.8:
        hands = joints[[JOINT['left_hand'], JOINT['right_hand']]]
        mesh = things.railing(rng)
        scale = np.array([0.65 / np.ptp(mesh[0][:, 0]), max(hands[:, 1].mean() - 0.03, 0.3) / mesh[0][:, 1].max(), 0.8])
        return [Layer(placed(((mesh[0] * scale).astype(np.float32), mesh[1]), np.array([0, 0, hands[:, 2].mean() + 0.1])), ROOM)]
    return []


def _worn(everyday: EverydayPose, body: ShapedBody, pose: np.ndarray, translation: np.ndarray, joints: np.ndarray, label: int,
          rng: np.random.Generator) -> list[Layer]:
    own = lambda joint: JOINT[joint] + 1 if label < 0 else label      # noqa: E731
    layers = []
    if rng.random() < 0.12 and everyday.kind not in ('lying', 'on_all_fours', 'kneeling'):
        front = world_transforms(body.joints, pose)[0, :3, 2]
        hips = float(np.ptp(body.vertices[body.model.part == JOINT['pelvis'], 0])) / 2
        mesh = worn.skirt(joints, rng.uniform(0.6, 1.9), rng.uniform(0.0, 0.2), front, hips * rng.uniform(0.75, 0.95))
        # Its two halves belong to the thigh on their side.
        side = np.linalg.norm(mesh[0][mesh[1]].mean(1)[:, None] - joints[[JOINT['left_knee'], JOINT['right_knee']]], axis=-1).argmin(1)
        layers += [Layer((mesh[0], mesh[1][side == i]), own(f'{name}_hip')) for i, name in enumerate(('left', 'right'))]
    if rng.random() < 0.18:
        layers.append(Layer(worn.long_hair(body, pose, translation, rng.uniform(0.05, 0.45), rng.uniform(0.0, 0.04)), own('head')))
    if rng.random() < 0.05:
        layers.append(Layer(worn.backpack(body, pose, translation, rng.uniform((0.2, 0.3, 0.1), (0.35, 0.5, 0.25))), ROOM))
    if rng.random() < 0.05:
        layers.append(Layer(worn.held_bag(joints, str(rng.choice(['left', 'right'])), rng), ROOM))
    if rng.random() < 0.05:
        layers.append(Layer(worn.stick(joints, str(rng.choice(['left', 'right']))), ROOM))
    return layers


def turned_person(person: Person, angle: float, place: np.ndarray) -> Person:
    """The same person with all that belongs to the pose, turned about the vertical and moved to `place` (3,)."""
    rotation = about_y(angle)
    return Person(person.kind, person.joints @ rotation.T + place, rotation @ person.front, person.betas, person.stature_m,
                  [Layer(placed(layer.mesh, place, angle), layer.label) for layer in person.layers],
                  (person.vertices @ rotation.T + place).astype(np.float32))


@dataclass(frozen=True)
class View:
    """Where a camera is. azimuth_rad: from where the origin is seen, 0 from +z; distance_m along the floor."""

    pose: CameraPose
    azimuth_rad: float
    distance_m: float


def draw_view(target_height_m: float, height_range: tuple[float, float], rng: np.random.Generator) -> View:
    """A camera that looks at the origin from anywhere, more or less well aimed, sometimes rolled."""
    distance = float(rng.triangular(0.8, 2.6, 5.0)) if rng.random() < 0.9 else float(rng.uniform(0.6, 1.4))
    height = float(rng.triangular(height_range[0], 1.1, height_range[1]))
    azimuth = float(rng.uniform(-np.pi, np.pi))
    aim = rng.normal(0.0, 0.10) if rng.random() < 0.8 else rng.uniform(-0.6, 0.6)
    tilt = np.arctan2(height - target_height_m * rng.uniform(0.7, 1.3), distance) + rng.normal(0.0, 0.08)
    if rng.random() < 0.1:
        tilt += rng.uniform(-0.5, 0.5)
    roll = rng.normal(0.0, 0.05) if rng.random() < 0.9 else rng.normal(0.0, 0.3)
    facing = np.array([[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, -1.0]])
    rotation = about_z(roll) @ about_x(tilt) @ about_y(aim) @ facing @ about_y(-azimuth)
    return View(CameraPose(rotation, about_y(azimuth) @ np.array([0.0, height, distance])), azimuth, distance)


def draw_room(view: View, rng: np.random.Generator) -> list[Layer]:
    """Walls and furniture around the origin as that camera sees them; nothing stands on the person's place."""
    seed = int(rng.integers(2**31))
    if view.distance_m < FRONT_WALL_M - 0.3 and rng.random() < 0.6:
        room = rehab_room(seed, (0.4, 2.6))
    else:
        room = hall(seed)
    room = turned(room, about_y(view.azimuth_rad))
    layers = [Layer((room.vertices, room.faces), ROOM)]
    for _ in range(rng.integers(0, 9)):
        aside = float(rng.uniform(-2.2, 2.2))
        behind = float(rng.uniform(-3.5, 1.5))
        if np.hypot(aside, behind) < 0.55 or _in_sight(aside, behind, view.distance_m):
            continue
        layers.append(_thing(list(things.THINGS), np.array([aside, 0.0, behind]), view, rng))
    if rng.random() < 0.2:      # leant on or stood against
        angle, distance = rng.uniform(0, 2 * np.pi), rng.uniform(0.3, 0.55)
        layers.append(_thing(list(things.THINGS), np.array([distance * np.sin(angle), 0, distance * np.cos(angle)]), view, rng))
    return layers


def draw_occluder(view: View, rng: np.random.Generator) -> Layer:
    """A thing between the camera and the person."""
    share = rng.uniform(0.25, 0.8)
    at = np.array([rng.normal(0, 0.35), 0.0, share * view.distance_m])
    return _thing(['table', 'chair', 'railing', 'couch', 'bags', 'monitor', 'plant', 'open_shelf'], at, view, rng)


def _in_sight(aside: float, ahead: float, distance: float) -> bool:
    """Whether a thing would stand between the camera and the person."""
    return ahead > 0 and abs(aside) < 0.45 + 0.3 * ahead / distance


def _thing(names: list[str], at: np.ndarray, view: View, rng: np.random.Generator) -> Layer:
    mesh = things.THINGS[str(rng.choice(names))](rng)
    return Layer(placed(mesh, about_y(view.azimuth_rad) @ at, float(rng.uniform(-np.pi, np.pi))), ROOM)
