"""Each message of the station as entities of Rerun: the only place that knows both.

`world` is the floor's frame, z up, below the camera (`poseformer_floor` in RViz); `world/camera` is the camera's optical frame, in
which every result of the station stands; `world/camera/image` is its pinhole camera, in pixels of the full image.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import rerun as rr
from diagnostic_msgs.msg import DiagnosticArray
from sensor_msgs.msg import JointState as JointAngles

from poseformer_ros import msg
from poseformer_ros.assessment.body_series import DEGREE, unit_of
from poseformer_ros.body.fitting.result import FitState
from poseformer_ros.body.kinematics import shaped_body
from poseformer_ros.body.model import BodyModel
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.drawing.overlay import BODY_COLOR, BONE_COLOR, DOUBTFUL_COLOR, FIT_BONE_COLOR, STATE_COLORS
from poseformer_ros.errors import BadInput
from poseformer_ros.geometry.mesh import vertex_normals
from poseformer_ros.geometry.rotations import rotation_vectors
from poseformer_ros.ros import conversions
from poseformer_ros.silhouette.person import LEVEL_CAMERA, Floor, Silhouette
from poseformer_ros.skeleton.joints import BONES, JOINT_NAMES, JointState, Skeleton

WORLD = 'world'
FLOOR = f'{WORLD}/floor'
CAMERA = f'{WORLD}/camera'
IMAGE = f'{CAMERA}/image'
COLOR, MASK, PARTS = f'{IMAGE}/color', f'{IMAGE}/mask', f'{IMAGE}/parts'
ROOM_CLOUD = f'{CAMERA}/room'
PERSON = f'{CAMERA}/person'
CLOUD, JOINTS, BONES_SEEN, SPREAD = (f'{PERSON}/{name}' for name in ('cloud', 'joints', 'bones', 'uncertainty'))
FIT = f'{CAMERA}/fit'
MESH, FIT_BONES = f'{FIT}/mesh', f'{FIT}/bones'
EXERCISE = 'exercise'
LABEL, COURSE, PROBABILITIES = (f'{EXERCISE}/{name}' for name in ('label', 'course', 'probabilities'))
LATENCY = 'latency_ms'
ANGLES = 'angles_deg'
SET = 'set'
SET_TEXT, SET_ANGLES, COUNT = f'{SET}/text', f'{SET}/angles_deg', f'{SET}/repetitions'

JPEG_QUALITY = 80
ROOM_STRIDE_PX = 4          # of the whole image's points, for a page in a browser
PERSON_STRIDE_PX = 2
CLOUD_RADIUS_M, JOINT_RADIUS_M, BONE_RADIUS_M = 0.006, 0.02, 0.008
SIGMAS = 2.0                # half axes of an ellipsoid, in standard deviations
MASK_ID, MASK_RGB, MASK_OPACITY = 255, (240, 228, 66), 0.35
MESH_OPACITY = 0.6          # the measured joints show through
FLOOR_RGB = (70, 75, 82)
FLOOR_SIDE_M, FLOOR_THICKNESS_M = 3.0, 0.01
NO_SET = 'No set is being done.'
LATENCY_KEY = 'latency p50 [ms]'    # of a node's diagnostics


@dataclass(frozen=True)
class Entity:
    """What is shown at a path of Rerun's tree. static: of no time, as what a node says once."""

    path: str
    what: Any
    static: bool = False


class Entities:
    """Entities of a message by its topic; keeps the floor and the image's size, which later results need.

    Args:
        model: the body that is posed as the fit says. model_sha256: of its file.
        namespace: whose nodes' diagnostics are shown.
    """

    def __init__(self, model: BodyModel, model_sha256: str, namespace: str) -> None:
        self._model, self._model_sha256, self._same_model = model, model_sha256, True
        self._namespace = namespace.strip('/')
        self._floor: Floor = LEVEL_CAMERA
        self._camera: Intrinsics | None = None
        self._whole_images = False
        self._doing = ''
        self._set_angles: frozenset[str] = frozenset()      # that the exercise of the set is judged by
        self._made: dict[str, Callable[[Any], list[Entity]]] = {
            'rgbd': self._rgbd, 'silhouette': self._silhouette, 'skeleton': self._skeleton, 'body/fit': self._body_fit,
            'body/model': self._body_model, 'body_parts': self._body_parts, 'body_parts/legend': _legend,
            'exercise': self._exercise, 'exercise/model': _classes, 'assessment/angles': self._angles,
            'assessment/live': self._live, '/diagnostics': self._diagnostics}

    def __call__(self, topic: str, message: Any) -> list[Entity]:
        """Entities of a message. Raises BadInput for one that cannot be read."""
        return self._made[topic](message)

    def always(self) -> list[Entity]:
        """What no message tells: axes, and what the mask's numbers mean."""
        return [Entity(WORLD, rr.ViewCoordinates.RIGHT_HAND_Z_UP, static=True),
                Entity(MASK, rr.AnnotationContext([(0, 'background', (0, 0, 0, 0)), (MASK_ID, 'person', MASK_RGB)]), static=True),
                Entity(MESH, rr.Mesh3D.from_fields(triangle_indices=self._model.f.astype(np.uint32)), static=True)]

    def _rgbd(self, message: msg.RgbdFrame) -> list[Entity]:
        frame = conversions.rgbd_frame(message)
        self._whole_images, self._camera = True, frame.intrinsics
        return [Entity(IMAGE, _pinhole(frame.intrinsics)), Entity(COLOR, _jpeg(frame.color)),
                Entity(ROOM_CLOUD, _cloud(frame.depth, frame.color, frame.intrinsics, ROOM_STRIDE_PX))]

    def _silhouette(self, message: msg.Silhouette) -> list[Entity]:
        person = conversions.silhouette(message)
        self._floor = person.floor or self._floor
        self._camera = _whole(person)
        entities = [Entity(CAMERA, _placed(self._floor)), Entity(IMAGE, _pinhole(self._camera)),
                    Entity(MASK, rr.SegmentationImage(_in_image(person, person.mask * np.uint8(MASK_ID)), opacity=MASK_OPACITY)),
                    Entity(CLOUD, _cloud(np.where(person.mask, person.depth, np.nan), person.color, person.intrinsics,
                                         PERSON_STRIDE_PX))]
        if person.floor is not None:
            entities.append(Entity(FLOOR, _patch(person)))
        if not self._whole_images:
            entities.append(Entity(COLOR, _jpeg(_in_image(person, person.color))))
        return entities

    def _skeleton(self, message: msg.Skeleton24) -> list[Entity]:
        skeleton = conversions.skeleton(message)
        found = np.isfinite(skeleton.positions).all(axis=1)
        colors = [STATE_COLORS[JointState(int(state))][::-1] for state in skeleton.state[found]]
        names = [f'{name}, {confidence:.2f}' for name, confidence in zip(np.array(JOINT_NAMES)[found], skeleton.confidence[found])]
        # A bag of results alone has no silhouette to tell the floor.
        placed = [Entity(CAMERA, _placed(self._floor))] if self._camera is None else []
        return [*placed,
                Entity(JOINTS, rr.Points3D(skeleton.positions[found], colors=colors, radii=JOINT_RADIUS_M, labels=names,
                                           show_labels=False)),
                Entity(BONES_SEEN, _bones(skeleton.positions, BONE_COLOR)), Entity(SPREAD, _ellipsoids(skeleton))]

    def _body_fit(self, message: msg.BodyFit) -> list[Entity]:
        result = conversions.body_fit(message)
        if not result.fitted:
            return [Entity(FIT, rr.Clear(recursive=True))]
        entities = [Entity(FIT_BONES, _bones(result.joints, FIT_BONE_COLOR))]
        if self._same_model:
            vertices = shaped_body(self._model, result.betas).posed_vertices(result.pose, result.translation)
            color = DOUBTFUL_COLOR if result.state == FitState.DOUBTFUL else BODY_COLOR
            entities.append(Entity(MESH, rr.Mesh3D.from_fields(
                vertex_positions=vertices.astype(np.float32), albedo_factor=(*color[::-1], round(255 * MESH_OPACITY)),
                vertex_normals=vertex_normals(vertices, self._model.f).astype(np.float32))))
        return entities

    def _body_model(self, message: msg.BodyModelInfo) -> list[Entity]:
        self._same_model = message.file_sha256 == self._model_sha256
        if not self._same_model:
            raise BadInput(f'body/model: the station fits {message.name}, which is not the body of this view, so its mesh is not '
                           'shown; give the same with --model-file')
        return []

    def _body_parts(self, message: msg.BodyParts) -> list[Entity]:
        parts = conversions.body_parts(message)
        if self._camera is None:
            return []
        labels = np.zeros((self._camera.height, self._camera.width), np.uint8)
        if parts.labels.size:
            labels[parts.roi.slices] = parts.labels
        return [Entity(PARTS, rr.SegmentationImage(labels))]

    def _exercise(self, message: msg.ExerciseState) -> list[Entity]:
        name = message.label.replace('_', ' ')
        entities = [Entity(LABEL, rr.TextDocument(f'# {name}\n\nscore {message.score:.2f}, since {message.settled_for:.1f} s',
                                                  media_type=rr.MediaType.MARKDOWN))]
        if name != self._doing:
            entities.append(Entity(COURSE, rr.StateChange(state=name)))
            self._doing = name
        if len(message.probabilities):
            entities.append(Entity(PROBABILITIES, rr.Scalars(np.array(message.probabilities))))
        return entities

    def _angles(self, message: JointAngles) -> list[Entity]:
        told = {name: float(np.degrees(angle)) for name, angle in zip(message.name, message.position) if unit_of(name) == DEGREE}
        return [Entity(f'{origin}/{name}', rr.Scalars(angle)) for name, angle in told.items()
                for origin in (ANGLES, *([SET_ANGLES] if name in self._set_angles else []))]

    def _live(self, message: msg.AssessmentLive) -> list[Entity]:
        if message.phase == msg.AssessmentLive.NO_SET:
            self._set_angles = frozenset()
            return [Entity(SET_TEXT, rr.TextDocument(NO_SET, media_type=rr.MediaType.MARKDOWN))]
        self._set_angles = frozenset(message.angles)
        text = f'# {message.exercise.replace("_", " ")}: {message.count}\n\n{message.fault}'
        return [Entity(SET_TEXT, rr.TextDocument(text, media_type=rr.MediaType.MARKDOWN)),
                Entity(COUNT, rr.Scalars(float(message.count)))]

    def _diagnostics(self, message: DiagnosticArray) -> list[Entity]:
        ages = {status.name: pair.value for status in message.status for pair in status.values if pair.key == LATENCY_KEY}
        return [Entity(f'{LATENCY}/{node}', rr.Scalars(float(value))) for name, value in ages.items()
                for namespace, _, node in [name.rpartition('/')] if namespace == self._namespace]


# --- messages that need nothing else

def _classes(message: msg.ClassifierInfo) -> list[Entity]:
    names = [name.replace('_', ' ') for name in message.class_names]
    return [Entity(PROBABILITIES, rr.SeriesLines(names=names), static=True)]


def _legend(message: msg.LabelLegend) -> list[Entity]:
    colors = np.array(message.rgb, np.uint8).reshape(-1, 3)
    known = [(number, name, tuple(map(int, color))) for number, name, color in zip(message.ids, message.names, colors)]
    return [Entity(PARTS, rr.AnnotationContext([(0, 'background', (0, 0, 0, 0)), *(k for k in known if k[0] != 0)]), static=True)]


# --- arrays to what Rerun draws

def _placed(floor: Floor) -> rr.Transform3D:
    """The optical frame in the floor's."""
    turned = floor.axes.T
    return rr.Transform3D(mat3x3=turned, translation=-turned @ floor.below_camera)


def _pinhole(camera: Intrinsics) -> rr.Pinhole:
    # Rerun counts from a pixel's corner, we from its middle.
    return rr.Pinhole(focal_length=(camera.fx, camera.fy), principal_point=(camera.cx + 0.5, camera.cy + 0.5),
                      resolution=(camera.width, camera.height), camera_xyz=rr.ViewCoordinates.RDF, image_plane_distance=0.3)


def _whole(person: Silhouette) -> Intrinsics:
    """Of the full image."""
    return person.intrinsics.crop(-person.roi.x, -person.roi.y, *person.image_size) if person.found else person.intrinsics


def _in_image(person: Silhouette, crop: np.ndarray) -> np.ndarray:
    """A crop where it lies in an image that is black elsewhere."""
    image = np.zeros((person.image_size[1], person.image_size[0], *crop.shape[2:]), np.uint8)
    if person.found:
        image[person.roi.slices] = crop
    return image


def _jpeg(bgr: np.ndarray) -> rr.EncodedImage:
    _, data = cv2.imencode('.jpg', bgr, (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY))
    return rr.EncodedImage(contents=data.tobytes(), media_type='image/jpeg')


def _cloud(depth: np.ndarray, bgr: np.ndarray, camera: Intrinsics, stride_px: int) -> rr.Points3D:
    """Depth (h, w) metres with NaN where unknown to coloured points, of every `stride_px`-th row and column."""
    if not depth.size:
        return rr.Points3D(np.zeros((0, 3), np.float32))
    points = camera.deproject_image(depth)[::stride_px, ::stride_px].reshape(-1, 3)
    known = np.isfinite(points[:, 2])
    colors = bgr[::stride_px, ::stride_px, ::-1].reshape(-1, 3)
    return rr.Points3D(points[known], colors=colors[known], radii=CLOUD_RADIUS_M)


def _bones(positions: np.ndarray, bgr: tuple[int, int, int]) -> rr.LineStrips3D:
    """Lines between joints (24, 3) that are known."""
    known = np.isfinite(positions).all(axis=1)
    strips = [positions[list(bone)] for bone in BONES if known[list(bone)].all()]
    return rr.LineStrips3D(strips, colors=bgr[::-1], radii=BONE_RADIUS_M)


def _ellipsoids(skeleton: Skeleton) -> rr.Ellipsoids3D:
    """Where each joint is with its covariance: half axes of SIGMAS standard deviations, in the colour of its state."""
    known = np.isfinite(skeleton.covariance).all(axis=(1, 2)) & np.isfinite(skeleton.positions).all(axis=1)
    variances, axes = np.linalg.eigh(skeleton.covariance[known])
    axes[..., 0] *= np.sign(np.linalg.det(axes))[:, None]      # right-handed
    vectors = rotation_vectors(axes)
    angles = np.linalg.norm(vectors, axis=1, keepdims=True)
    quaternions = np.hstack([vectors * np.sinc(angles / (2 * np.pi)) / 2, np.cos(angles / 2)])      # x, y, z, w
    return rr.Ellipsoids3D(centers=skeleton.positions[known], half_sizes=SIGMAS * np.sqrt(np.maximum(variances, 0.0)),
                           quaternions=quaternions, fill_mode='majorwireframe',
                           colors=[STATE_COLORS[JointState(int(state))][::-1] for state in skeleton.state[known]])


def _patch(person: Silhouette) -> rr.Boxes3D:
    """A thin square on the floor below the person, in the world; nobody there: in front of the camera."""
    ahead_m, left_m = FLOOR_SIDE_M, 0.0
    if person.found and person.floor is not None and np.isfinite(person.depth[person.mask]).any():
        points = person.intrinsics.deproject_image(person.depth)[person.mask]
        ahead_m, left_m, _ = (np.nanmedian(points, axis=0) - person.floor.below_camera) @ person.floor.axes
    return rr.Boxes3D(centers=[(ahead_m, left_m, -FLOOR_THICKNESS_M)], fill_mode='solid', colors=FLOOR_RGB,
                      half_sizes=[(FLOOR_SIDE_M / 2, FLOOR_SIDE_M / 2, FLOOR_THICKNESS_M / 2)])
