"""Short recordings of rooms that people enter and pass through, with whose pixels are whose: who is followed, and for how long.

The camera stands still; every image has its own noise. Room frame: y up, floor y = 0; the patient's place is the origin. Ways and
poses are made before a camera at azimuth 0 and turned to where it is.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from poseformer_ros.body.kinematics import ShapedBody, shaped_body
from poseformer_ros.body.people import random_person
from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.skeleton.joints import JOINT
from poseformer_ros.synthesis.motion.exercise_library import EXERCISES
from poseformer_ros.synthesis.motion.exercises import make_motion
from poseformer_ros.synthesis.motion.motion_clip import REST, MotionClip
from poseformer_ros.synthesis.motion.motion_style import MotionStyle, sample_style
from poseformer_ros.synthesis.motion.posture import body_poses, puppet, standing
from poseformer_ros.synthesis.motion.resting import resting
from poseformer_ros.synthesis.person_crops import draw_stature
from poseformer_ros.synthesis.person_views import View, draw_room
from poseformer_ros.synthesis.rendering.cameras import SENSORS, RigOptions, about_y, camera_pose
from poseformer_ros.synthesis.rendering.clothing import dressed, random_outfit
from poseformer_ros.synthesis.rendering.passer_by import STRIDE_M, step_pose
from poseformer_ros.synthesis.scene_caster import OWN_PARTS, Layer, SceneCaster
from poseformer_ros.synthesis.whole_images import World, depth_frame

ENTRY, PASSER_BY, BESIDE, TOUCHING = 'entry', 'passer_by', 'helper_beside', 'helper_touching'
SCENARIOS = (ENTRY, PASSER_BY, BESIDE, TOUCHING)
EMPTY_S, ALONE_S = 2.0, 1.5     # before the patient enters; before somebody else does
SECONDS = 6.5                   # of a recording
WALK_M_S = 1.2                  # at ease
FROM_ASIDE_M = 2.6              # where somebody enters
BEHIND_M, BEFORE_M = (-1.2, -0.7), (0.6, 0.9)       # the way of a passer-by, towards the camera from the patient
BESIDE_M, TOUCHING_M = (0.65, 0.9), (0.38, 0.48)    # from middle to middle of the two
HANDS_AHEAD = np.array([0.15, 0.35, 0.45])          # of who touches: aside, up, ahead of the pelvis; lengths of the leg
CLEAR_M = 0.45                  # around where somebody walks or stands nothing else stands
OVERHEAD_M = 2.2
HEIGHT_M, DISTANCE_M, AIMED_AT_M = (0.8, 1.8), (2.4, 3.8), 0.9      # of the camera
EXERCISING_SHARE = 0.5          # of the patients; the others stand about
CLIP_HZ = 30.0
PATIENT, OTHER = 0, 1

# Seconds to the vertices (6890, 3) of a dressed body; None while it is not there.
Moving = Callable[[float], np.ndarray | None]


@dataclass(frozen=True)
class SequenceImage:
    """patient, other: (H, W) bool, their pixels. shown: share of the patient that is in the image and uncovered."""

    frame: RgbdFrame
    seconds: float
    patient: np.ndarray
    other: np.ndarray
    shown: float


@dataclass(frozen=True)
class _Way:
    """A walk from one place (x, z) to another from a time on; afterwards somebody stays, or has gone."""

    start: np.ndarray
    end: np.ndarray
    begins_s: float
    stays: bool = True

    @property
    def ends_s(self) -> float:
        return self.begins_s + float(np.linalg.norm(self.end - self.start)) / WALK_M_S


class PeopleSequence:
    """Recording `index` of a scenario; image by image, the same bytes whenever one is asked for.

    begins_s: when the patient enters, or somebody else does.
    """

    def __init__(self, world: World, scenario: str, seed: tuple[int, ...], index: int, rate_hz: float) -> None:
        self._key, self._rate_hz = (*seed, SCENARIOS.index(scenario), index), rate_hz
        self._labels, self._faces = world.labels, world.model.f
        rng = np.random.default_rng(self._key)
        self.sensor, self.noise = str(rng.choice(world.split.sensors)), world.split.noises[rng.integers(len(world.split.noises))]
        self.begins_s = EMPTY_S if scenario == ENTRY else ALONE_S
        ways = _ways(scenario, index, rng)
        self._people = [_person(world, way, scenario == TOUCHING and who == OTHER, rng) for who, way in enumerate(ways)]
        self._intrinsics, self._view = SENSORS[self.sensor], _view(rng)
        self._turn = about_y(self._view.azimuth_rad)
        room = _cleared(draw_room(self._view, rng), self._turn, ways)
        self._room = SceneCaster(room, world.labels)(self._view.pose, self._intrinsics).depth

    def __len__(self) -> int:
        return round(SECONDS * self._rate_hz)

    def image(self, at: int) -> SequenceImage:
        """Image `at` of the recording."""
        seconds = at / self._rate_hz
        placed = {who: vertices @ self._turn.T for who, moving in enumerate(self._people)
                  if (vertices := moving(seconds)) is not None}
        depths = {who: self._cast(vertices) for who, vertices in placed.items()}
        depth = np.fmin.reduce([self._room, *depths.values()])
        none = np.zeros(depth.shape, bool)
        masks = {who: np.isfinite(own) & (own <= depth) for who, own in depths.items()}
        shown = (self._inside(placed[PATIENT]) * masks[PATIENT].sum() / max(1, int(np.isfinite(depths[PATIENT]).sum()))
                 if PATIENT in placed else 0.0)
        noisy = self.noise(depth, self._intrinsics, np.random.default_rng((*self._key, 1 + at)))
        return SequenceImage(depth_frame(noisy, self._intrinsics), seconds, masks.get(PATIENT, none), masks.get(OTHER, none),
                             float(shown))

    def _cast(self, vertices: np.ndarray) -> np.ndarray:
        layer = Layer((vertices.astype(np.float32), self._faces), OWN_PARTS)
        return SceneCaster([layer], self._labels)(self._view.pose, self._intrinsics).depth

    def _inside(self, vertices: np.ndarray) -> float:
        """Share of the vertices that the image holds."""
        optical = self._view.pose.to_optical(vertices)
        pixels = self._intrinsics.project(optical)
        within = np.all((pixels >= 0) & (pixels < [self._intrinsics.width, self._intrinsics.height]), axis=1)
        return float((within & (optical[:, 2] > 0)).mean())


def _view(rng: np.random.Generator) -> View:
    """A camera that looks at the patient's place from anywhere around it."""
    height, distance, azimuth = rng.uniform(*HEIGHT_M), rng.uniform(*DISTANCE_M), float(rng.uniform(-np.pi, np.pi))
    tilt = np.arctan2(height - AIMED_AT_M, distance) + rng.normal(0.0, 0.03)
    rig = RigOptions(height_m=height, distance_m=distance, tilt_rad=tilt, view_rad=azimuth, aim_rad=rng.normal(0.0, 0.05))
    return View(camera_pose(rig, 0.0), azimuth, distance)


def _ways(scenario: str, index: int, rng: np.random.Generator) -> list[_Way]:
    """The patient's way, and the other's where there is one."""
    side, place = float(rng.choice([-1.0, 1.0])), np.zeros(2)
    aside = np.array([side * FROM_ASIDE_M, 0.0])
    if scenario == ENTRY:
        return [_Way(aside + [0.0, rng.uniform(-0.4, 0.4)], place, EMPTY_S)]
    patient = _Way(place, place, 0.0)
    if scenario == PASSER_BY:
        ahead = np.array([0.0, rng.uniform(*(BEHIND_M if index % 2 else BEFORE_M))])
        return [patient, _Way(aside + ahead, ahead - aside, ALONE_S, stays=False)]
    apart = rng.uniform(*(BESIDE_M if scenario == BESIDE else TOUCHING_M))
    end = np.array([side * apart, rng.uniform(-0.1, 0.1)])
    return [patient, _Way(aside, end, ALONE_S)]


def _person(world: World, way: _Way, touches: bool, rng: np.random.Generator) -> Moving:
    """Somebody who goes a way and stays at its end: who touches faces the origin, hands ahead; all others face the camera."""
    betas = random_person(world.model, world.crowd, draw_stature(rng), rng)
    style = replace(sample_style(int(rng.integers(2**31))), betas=betas)
    body = shaped_body(world.model, betas)
    surface = dressed(body, random_outfit(rng)).surface
    stay = _touching(body, style) if touches else _staying(body, style, way.start is way.end, rng)
    walked = way.end - way.start
    heading = float(np.arctan2(*walked))
    turned = about_y(heading if touches else 0.0)
    end = np.array([way.end[0], 0.0, way.end[1]])

    def moving(seconds: float) -> np.ndarray | None:
        if seconds < way.begins_s or (seconds >= way.ends_s and not way.stays):
            return None
        if seconds >= way.ends_s:
            at = min(len(stay) - 1, round((seconds - way.ends_s) * stay.rate_hz))
            return surface.posed_vertices(stay.poses[at], stay.translations[at]) @ turned.T + end
        along = (seconds - way.begins_s) * WALK_M_S
        vertices = surface.posed_vertices(step_pose(2 * np.pi * along / STRIDE_M)) @ about_y(heading).T
        at = way.start + along * walked / np.linalg.norm(walked)
        return vertices + [at[0], -vertices[:, 1].min(), at[1]]
    return moving


def _staying(body: ShapedBody, style: MotionStyle, may_exercise: bool, rng: np.random.Generator) -> MotionClip:
    """Standing about, or one of the exercises."""
    if may_exercise and rng.random() < EXERCISING_SHARE:
        name = str(rng.choice(list(EXERCISES)))
        return make_motion(name, style, int(rng.integers(2**31)), rate_hz=CLIP_HZ, model=body.model)
    return resting(body, style, SECONDS, rng, CLIP_HZ)


def _touching(body: ShapedBody, style: MotionStyle) -> MotionClip:
    """One posture: standing, both hands ahead."""
    posture = standing(1, body, style)
    leg = body.joints[JOINT['left_hip'], 1] - body.joints[JOINT['left_ankle'], 1]
    for index, side in enumerate((1.0, -1.0)):
        posture.hand_held[:, index] = 1.0
        posture.hand_place[:, index] = HANDS_AHEAD * [side, 1.0, 1.0] * leg
    poses, translations = body_poses(posture, puppet(body))
    return MotionClip(poses=poses, translations=translations, betas=style.betas, rate_hz=CLIP_HZ, exercise=REST,
                      labels=np.array([REST]), repetition=np.zeros(1, int), phase=np.full(1, np.nan))


def _cleared(layers: list[Layer], turn: np.ndarray, ways: list[_Way]) -> list[Layer]:
    """The room without the things, all but the first layer, that stand where somebody walks or stands."""
    return [layers[0], *(layer for layer in layers[1:] if not any(_stands_on(layer, turn, way) for way in ways))]


def _stands_on(layer: Layer, turn: np.ndarray, way: _Way) -> bool:
    vertices = layer.mesh[0] @ turn
    ground = vertices[vertices[:, 1] < OVERHEAD_M][:, [0, 2]]
    walked = way.end - way.start
    share = np.clip((ground - way.start) @ walked / max(float(walked @ walked), 1e-9), 0.0, 1.0)
    return bool((np.linalg.norm(way.start + share[:, None] * walked - ground, axis=1) < CLEAR_M).any())
