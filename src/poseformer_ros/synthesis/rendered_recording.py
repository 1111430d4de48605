"""A rendered recording: image `index` with its truth, the same whenever it is asked for."""

from dataclasses import dataclass, field

import cv2
import numpy as np

from poseformer_ros.body.kinematics import shaped_body
from poseformer_ros.body.model import BodyModel
from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.geometry.rotations import about_y
from poseformer_ros.silhouette.person import Floor
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT, PARENT
from poseformer_ros.synthesis.motion.motion_clip import MotionClip
from poseformer_ros.synthesis.rendering.cameras import CameraPose, RigOptions, camera_pose, sensor
from poseformer_ros.synthesis.rendering.clothing import Outfit, dressed, random_outfit
from poseformer_ros.synthesis.rendering.passer_by import passer_by
from poseformer_ros.synthesis.rendering.renderer import NOBODY, Actor, Geometry, Renderer
from poseformer_ros.synthesis.rendering.rooms import rehab_room, turned
from poseformer_ros.synthesis.rendering.sensor_noise import NoiseModel

COLOR_SIGMA = 2.5       # grey levels, of a colour camera indoors
DEEPEST_JOINT_M = 0.22  # behind the surface before it; half a trunk's depth with clothes, and some
TRUNK = [JOINT[name] for name in ('pelvis', 'left_hip', 'right_hip', 'lower_spine', 'spine_centre', 'upper_spine', 'neck',
                                  'left_collarbone', 'right_collarbone', 'left_shoulder', 'right_shoulder')]


@dataclass(frozen=True)
class RecordingPlan:
    """Everything that a recording is made of.

    clip: the person's motion. start_s: where in the clip the recording begins. sensor: name of the camera model.
    passer_by: whether somebody else walks through the room.
    color_delay_s: how much later than the depth image the colour image is taken.
    room: seed of the room. seed: of clothes, the other person and noise.
    """

    name: str
    clip: MotionClip
    sensor: str = 'kinect_v2'
    rig: RigOptions = RigOptions()
    noise: NoiseModel = NoiseModel()
    outfit: Outfit | None = None
    passer_by: bool = False
    room: int = 0
    rate_hz: float = 30.0
    seconds: float = 4.0
    start_s: float = 0.0
    color_delay_s: float = 0.0
    seed: int = 0
    person: str = ''
    camera: str = ''


@dataclass(frozen=True)
class FrameTruth:
    """What is known of one image pair. Joints are centres inside the bare body, in SMPL's order.

    positions: (24, 3) metres, optical frame of the depth image. pixels: (24, 2).
    visible: (24,) bool: inside the image, the nearest surface there belongs to the joint, and it is at most
        DEEPEST_JOINT_M behind it.
    pose: (24, 3) rotation vectors, the pelvis' in the room. translation: (3,) metres. betas: (10,).
    mask: (H, W) bool, the person. parts: (H, W) int8, joint that moves the surface most, NOBODY elsewhere.
    others: (H, W) bool, other people.
    floor: the floor plane in the optical frame. camera: where the camera is in the room.
    exercise, label, repetition, phase: as in MotionClip.
    depth_stamp_s, color_stamp_s: seconds from the recording's beginning.
    """

    positions: np.ndarray
    pixels: np.ndarray
    visible: np.ndarray
    pose: np.ndarray
    translation: np.ndarray
    betas: np.ndarray
    mask: np.ndarray
    parts: np.ndarray
    others: np.ndarray
    floor: Floor
    camera: CameraPose
    exercise: str
    label: str
    repetition: int
    phase: float
    depth_stamp_s: float
    color_stamp_s: float


@dataclass(frozen=True)
class Take:
    """One rendered moment.

    frame: what the station gets, with the sensor's noise. truth: what is known. clean_depth: (H, W) before the noise.
    """

    frame: RgbdFrame
    truth: FrameTruth
    clean_depth: np.ndarray = field(repr=False)


class RenderedRecording:
    """Renders a plan; asking for the same image again gives the same bytes."""

    def __init__(self, plan: RecordingPlan, model: BodyModel) -> None:
        """Raises BadInput for an unknown sensor, or when Open3D is not installed."""
        self.plan = plan
        rng = np.random.default_rng((plan.seed, 0xC107))
        self.intrinsics: Intrinsics = sensor(plan.sensor)
        self._body = shaped_body(model, plan.clip.betas)
        outfit = random_outfit(rng)
        self._dressed = dressed(self._body, plan.outfit or outfit)
        self._other = dressed(shaped_body(model, np.clip(rng.standard_normal(10), -1.5, 1.5)), random_outfit(rng))
        self._other_start = float(rng.uniform(0, 2 * np.pi))
        room = turned(rehab_room(plan.room), about_y(plan.rig.view_rad))
        self._renderer = Renderer(self.intrinsics, room, model)

    def __len__(self) -> int:
        in_clip = (len(self.plan.clip) / self.plan.clip.rate_hz - self.plan.start_s) * self.plan.rate_hz
        return int(min(round(self.plan.seconds * self.plan.rate_hz), in_clip))

    def frame(self, index: int) -> tuple[RgbdFrame, FrameTruth]:
        """Image `index`, from 0 to below the recording's length, with its truth."""
        take = self.take(index)
        return take.frame, take.truth

    def take(self, index: int) -> Take:
        """The same with the depth before noise."""
        plan = self.plan
        seconds = index / plan.rate_hz
        rng = np.random.default_rng((plan.seed, 0xF7A3, index))
        camera, actors = camera_pose(plan.rig, seconds), self._actors(seconds)
        geometry = self._renderer.geometry(camera, actors)
        depth = plan.noise(geometry.depth, self.intrinsics, rng)
        color = self._color(seconds + plan.color_delay_s, camera, actors, geometry, rng)
        frame = RgbdFrame(color, depth, self.intrinsics)
        return Take(frame, self._truth(seconds, camera, geometry), geometry.depth)

    def _clip_frame(self, seconds: float) -> int:
        clip = self.plan.clip
        return min(len(clip) - 1, round((self.plan.start_s + seconds) * clip.rate_hz))

    def _actors(self, seconds: float) -> list[Actor]:
        clip, at = self.plan.clip, self._clip_frame(seconds)
        actors = [Actor(self._dressed, clip.poses[at], clip.translations[at])]
        if self.plan.passer_by:
            pose, translation = passer_by(self._other.body, seconds, self._other_start)
            heading = about_y(self.plan.rig.view_rad)       # behind the person as the camera sees it
            pose[0] += [0.0, self.plan.rig.view_rad, 0.0]
            actors.append(Actor(self._other, pose, heading @ translation))
        return actors

    def _color(self, seconds: float, camera: CameraPose, actors: list[Actor], geometry: Geometry,
               rng: np.random.Generator) -> np.ndarray:
        """The colour image of its own moment, slightly soft and grainy."""
        if self.plan.color_delay_s:
            camera, actors = camera_pose(self.plan.rig, seconds), self._actors(seconds)
            geometry = self._renderer.geometry(camera, actors)
        image = self._renderer.color(camera, actors, geometry)
        image = cv2.GaussianBlur(image, (3, 3), 0.6)
        grain = rng.standard_normal(image.shape[:2], dtype=np.float32) * COLOR_SIGMA
        return np.clip(image + grain[..., None], 0, 255).astype(np.uint8)

    def _truth(self, seconds: float, camera: CameraPose, geometry: Geometry) -> FrameTruth:
        clip, at = self.plan.clip, self._clip_frame(seconds)
        positions = camera.to_optical(self._body.posed_joints(clip.poses[at], clip.translations[at]))
        mask = geometry.person == 0
        parts = np.where(mask, geometry.part, np.int8(NOBODY))
        pixels = self.intrinsics.project(positions)
        return FrameTruth(positions=positions, pixels=pixels, visible=visible_joints(positions, pixels, parts, geometry.depth),
                          pose=clip.poses[at], translation=clip.translations[at], betas=clip.betas, mask=mask, parts=parts,
                          others=geometry.person > 0, floor=camera.floor, camera=camera, exercise=clip.exercise,
                          label=str(clip.labels[at]), repetition=int(clip.repetition[at]), phase=float(clip.phase[at]),
                          depth_stamp_s=seconds, color_stamp_s=seconds + self.plan.color_delay_s)


def _kin() -> np.ndarray:
    """(25, 24) bool: whether a surface of part p may stand before joint j that still counts as seen; row 24 is nobody."""
    kin = np.eye(JOINT_COUNT + 1, JOINT_COUNT, dtype=bool)
    for joint, parent in enumerate(PARENT):
        if parent >= 0:
            kin[joint, parent] = kin[parent, joint] = True
    kin[np.ix_(TRUNK, TRUNK)] = True
    return kin


_KIN = _kin()


def visible_joints(positions: np.ndarray, pixels: np.ndarray, parts: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """(24,) bool, see FrameTruth; depth (H, W) without noise."""
    height, width = parts.shape
    column, row = np.rint(np.where(positions[:, 2:] > 0, pixels, -1)).astype(int).T
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    column, row = np.clip(column, 0, width - 1), np.clip(row, 0, height - 1)
    near = positions[:, 2] - depth[row, column] < DEEPEST_JOINT_M
    return inside & near & _KIN[parts[row, column], np.arange(JOINT_COUNT)]
