"""Arrays to messages and back. Nothing else in the package touches a message's fields.

Every function that reads a message raises BadInput with the topic, the value found and the remedy.
"""

from array import array
from collections import deque
from collections.abc import Iterable

import cv2
import numpy as np
from builtin_interfaces.msg import Time
from cv_bridge import CvBridge, CvBridgeError
from geometry_msgs.msg import Point, Quaternion, TransformStamped
from sensor_msgs.msg import CameraInfo, CompressedImage, Image, RegionOfInterest
from shape_msgs.msg import Plane
from std_msgs.msg import Header

from poseformer_ros import msg
from poseformer_ros.body.fitting.result import BodyFitResult, FitState
from poseformer_ros.body.model import BodyModel
from poseformer_ros.camera.compressed_depth import metres_from_compressed
from poseformer_ros.camera.depth import metres_from_float, metres_from_millimetres, millimetres_from_metres
from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.camera.frame_tree import Placement
from poseformer_ros.camera.half_chroma import CONVERSIONS, bgr_from_half_chroma
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.errors import BadInput
from poseformer_ros.geometry.rotations import rotation_vectors
from poseformer_ros.keypoints.body_parts import BodyParts
from poseformer_ros.keypoints.layout import FEATURE_COUNT, Detector
from poseformer_ros.keypoints.points import Keypoints, KeypointSet
from poseformer_ros.recognition.decision import ExerciseEstimate
from poseformer_ros.recognition.fusion import FusedFeatures
from poseformer_ros.recognition.layout import FUSED, FeatureLayout
from poseformer_ros.recognition.shipped_model import NamedModel
from poseformer_ros.ros.answer_messages import answers, answers_message
from poseformer_ros.silhouette.person import Floor, Roi, Silhouette
from poseformer_ros.skeleton.joints import JOINT_COUNT, PARENT, ArmTable, Skeleton

NANO = 1_000_000_000
KEPT = 4        # silhouettes that were read last: several nodes of a process are handed the same message
# What cv_bridge and OpenCV raise for an image that they cannot read.
UNREADABLE = (CvBridgeError, KeyError, ValueError, cv2.error)
# cv_bridge calls these no colour; drivers that name no order mean OpenCV's.
_PLAIN_COLOR = {'8UC1': 'mono8', '8UC3': 'bgr8', '8UC4': 'bgra8', '16UC1': 'mono16'}
_bridge = CvBridge()
_silhouettes: deque[tuple[msg.Silhouette, Silhouette]] = deque(maxlen=KEPT)


def stamp_ns(header: Header) -> int:
    """Acquisition stamp in nanoseconds."""
    return header.stamp.sec * NANO + header.stamp.nanosec


# --- images

def color_image(message: Image | CompressedImage, topic: str) -> np.ndarray:
    """A colour message to (H, W, 3) uint8 BGR."""
    try:
        if isinstance(message, CompressedImage):
            return np.asarray(_bridge.compressed_imgmsg_to_cv2(message, 'bgr8'))
        if message.encoding in CONVERSIONS:
            return bgr_from_half_chroma(np.frombuffer(message.data, np.uint8), message.encoding, message.width, message.height,
                                        message.step)
        return np.asarray(_bridge.imgmsg_to_cv2(_with_named_order(message), 'bgr8'))
    except UNREADABLE as error:
        found = message.format if isinstance(message, CompressedImage) else message.encoding
        raise BadInput(f'{topic}: {found!r} cannot be read as colour ({_line(error)}); '
                       'set the camera preset or republish as bgr8 or rgb8') from error


def _with_named_order(message: Image) -> Image:
    """The same bytes under a name that cv_bridge takes for colour."""
    if message.encoding not in _PLAIN_COLOR:
        return message
    named = Image(header=message.header, height=message.height, width=message.width, step=message.step,
                  encoding=_PLAIN_COLOR[message.encoding], is_bigendian=message.is_bigendian)
    named.data = message.data
    return named


def depth_image(message: Image | CompressedImage, topic: str) -> np.ndarray:
    """A depth message to (H, W) float32 metres, NaN where unknown; the unit follows from the encoding (REP 118)."""
    if isinstance(message, CompressedImage):
        try:
            return metres_from_compressed(np.frombuffer(message.data, np.uint8), message.format)
        except BadInput as error:
            raise BadInput(f'{topic}: {error}') from error
    if message.encoding not in ('16UC1', 'mono16', '32FC1'):
        raise BadInput(f'{topic}: encoding {message.encoding!r}, wanted 16UC1 or 32FC1; '
                       'set the camera preset or republish')
    try:
        raw = np.asarray(_bridge.imgmsg_to_cv2(message))
    except UNREADABLE as error:
        raise BadInput(f'{topic}: {_line(error)}; the driver sends broken images') from error
    return metres_from_float(raw) if message.encoding == '32FC1' else metres_from_millimetres(raw)


def mask_image(message: Image, topic: str) -> np.ndarray:
    """A mono8 message to (H, W) bool."""
    try:
        return np.asarray(_bridge.imgmsg_to_cv2(message, 'mono8')) > 0
    except UNREADABLE as error:
        raise BadInput(f'{topic}: {message.encoding!r} cannot be read as a mask ({_line(error)}); publish mono8') from error


def color_message(color: np.ndarray, header: Header) -> Image:
    """(H, W, 3) uint8 BGR to bgr8."""
    return _image(color, 'bgr8', header)


def depth_message(depth: np.ndarray, header: Header) -> Image:
    """(H, W) float32 metres with NaN to 16UC1 millimetres."""
    return _image(millimetres_from_metres(depth), '16UC1', header)


def mask_message(mask: np.ndarray, header: Header) -> Image:
    """(H, W) bool to mono8, 255 where set."""
    return _image(mask.view(np.uint8) * np.uint8(255), 'mono8', header)


def _image(pixels: np.ndarray, encoding: str, header: Header) -> Image:
    message = Image(header=header, height=pixels.shape[0], width=pixels.shape[1], encoding=encoding,
                    step=pixels.shape[1] * pixels.itemsize * (pixels.shape[2] if pixels.ndim == 3 else 1))
    # A byte array is taken over as it is; an ndarray or a list would be copied number by number.
    message.data = array('B', pixels.tobytes())
    return message


def _line(error: Exception) -> str:
    """An error's text on one line; OpenCV writes several."""
    return ' '.join(str(error).split())


# --- camera

def intrinsics(message: CameraInfo, topic: str) -> Intrinsics:
    """Calibration of an image without distortion."""
    fx, fy, cx, cy = message.k[0], message.k[4], message.k[2], message.k[5]
    if not (fx > 0 and fy > 0):
        raise BadInput(f'{topic}: K has focal lengths ({fx:g}, {fy:g}): the camera is not calibrated; '
                       'calibrate it or give its intrinsics to the driver')
    return Intrinsics(message.width, message.height, fx, fy, cx, cy)


def camera_info_message(camera: Intrinsics, header: Header) -> CameraInfo:
    """Intrinsics to a calibration message without distortion."""
    k = camera.matrix
    return CameraInfo(header=header, width=camera.width, height=camera.height, distortion_model='plumb_bob',
                      d=[0.0] * 5, k=k.ravel(), r=np.eye(3).ravel(), p=np.hstack([k, np.zeros((3, 1))]).ravel())


def rgbd_frame_message(frame: RgbdFrame, header: Header, stamp_gap_s: float) -> msg.RgbdFrame:
    """A synchronized pair to its message."""
    return msg.RgbdFrame(header=header, camera_info=camera_info_message(frame.intrinsics, header),
                         color=color_message(frame.color, header), depth=depth_message(frame.depth, header),
                         stamp_gap=stamp_gap_s)


def rgbd_frame(message: msg.RgbdFrame) -> RgbdFrame:
    """The way back of `rgbd_frame_message`; depth returns in whole millimetres."""
    color, depth = color_image(message.color, 'rgbd color'), depth_image(message.depth, 'rgbd depth')
    camera = intrinsics(message.camera_info, 'rgbd camera_info')
    sizes = {'color': color.shape[:2], 'depth': depth.shape, 'camera_info': (camera.height, camera.width)}
    if len(set(sizes.values())) > 1:
        said = ', '.join(f'{name} {width} x {height}' for name, (height, width) in sizes.items())
        raise BadInput(f'rgbd: {said} pixels; give a pair that is registered pixel on pixel')
    return RgbdFrame(color, depth, camera)


# --- silhouette

def silhouette_message(person: Silhouette, header: Header) -> msg.Silhouette:
    """One person's crop to its message."""
    message = msg.Silhouette(header=header, person_found=person.found, track_id=person.track_id, cut=person.cut, doubt=person.doubt,
                             roi=_roi_message(person.roi),
                             image_width=person.image_size[0], image_height=person.image_size[1],
                             k=person.intrinsics.matrix.ravel(), floor_found=person.floor is not None)
    if person.found:
        message.mask = mask_message(person.mask, header)
        message.depth = depth_message(person.depth, header)
        message.color = color_message(person.color, header)
    if person.floor is not None:
        message.floor = Plane(coef=np.append(person.floor.normal, person.floor.offset))
    if person.answers is not None:
        message.answers = answers_message(person.answers)
    return message


def silhouette(message: msg.Silhouette) -> Silhouette:
    """The way back of `silhouette_message`; depth returns in whole millimetres. Of the same message again the same silhouette."""
    read = next((person for known, person in tuple(_silhouettes) if known is message), None)
    if read is None:
        read = _silhouette(message)
        _silhouettes.append((message, read))
    return read


def _silhouette(message: msg.Silhouette) -> Silhouette:
    roi = Roi(message.roi.x_offset, message.roi.y_offset, message.roi.width, message.roi.height)
    width, height = (roi.width, roi.height) if message.person_found else (message.image_width, message.image_height)
    camera = Intrinsics(width, height, message.k[0], message.k[4], message.k[2], message.k[5])
    if message.person_found:
        mask = mask_image(message.mask, 'silhouette mask')
        depth = depth_image(message.depth, 'silhouette depth')
        color = color_image(message.color, 'silhouette color')
        if not mask.shape == depth.shape == color.shape[:2] == (roi.height, roi.width):
            raise BadInput(f'silhouette: mask {mask.shape}, depth {depth.shape} and color {color.shape} differ from the roi '
                           f'({roi.height}, {roi.width}); publish crops of one size')
    else:
        mask, depth, color = np.zeros((0, 0), bool), np.zeros((0, 0), np.float32), np.zeros((0, 0, 3), np.uint8)
    return Silhouette(found=message.person_found, mask=mask, depth=depth, color=color, roi=roi, intrinsics=camera,
                      image_size=(message.image_width, message.image_height), floor=floor_of(message),
                      track_id=message.track_id, cut=message.cut, doubt=message.doubt, answers=answers(message.answers))


def floor_of(message: msg.Silhouette) -> Floor | None:
    """The floor that a silhouette tells of; the crop is not read."""
    return Floor(np.array(message.floor.coef[:3]), float(message.floor.coef[3])) if message.floor_found else None


# --- skeleton

def skeleton_message(skeleton: Skeleton, header: Header) -> msg.Skeleton24:
    """24 joints to their message."""
    left, right = skeleton.arm_tables
    return msg.Skeleton24(header=header, track_id=skeleton.track_id, doubt=skeleton.doubt, positions=skeleton.positions.ravel(),
                          confidence=skeleton.confidence, covariance=skeleton.covariance.ravel(),
                          state=skeleton.state, pixels=skeleton.pixels.ravel(),
                          left_arm_table=int(left), right_arm_table=int(right), facing_rad=skeleton.facing_rad,
                          facing_sigma_rad=skeleton.facing_sigma_rad, detector=skeleton.detector)


def skeleton(message: msg.Skeleton24) -> Skeleton:
    """The way back of `skeleton_message`."""
    return Skeleton(positions=np.array(message.positions).reshape(JOINT_COUNT, 3), confidence=np.array(message.confidence),
                    covariance=np.array(message.covariance).reshape(JOINT_COUNT, 3, 3), state=np.array(message.state),
                    pixels=np.array(message.pixels).reshape(JOINT_COUNT, 2),
                    arm_tables=(ArmTable(message.left_arm_table), ArmTable(message.right_arm_table)),
                    track_id=message.track_id, doubt=message.doubt, facing_rad=message.facing_rad,
                    facing_sigma_rad=message.facing_sigma_rad, detector=message.detector)


# --- body

def body_fit_message(result: BodyFitResult, header: Header) -> msg.BodyFit:
    """A fitted body to its message."""
    return msg.BodyFit(header=header, state=int(result.state), track_id=result.track_id, pose=result.pose.ravel(),
                       shape=result.betas, translation=result.translation, joints=result.joints.ravel(),
                       joint_state=result.joint_state, joint_covariance=result.joint_covariance.ravel(),
                       joint_residual=float(result.joint_residual), surface_residual=float(result.surface_residual),
                       silhouette_overlap=float(result.silhouette_overlap), quality=float(result.quality))


def body_fit(message: msg.BodyFit) -> BodyFitResult:
    """The way back of `body_fit_message`."""
    return BodyFitResult(pose=np.array(message.pose).reshape(JOINT_COUNT, 3), betas=np.array(message.shape),
                         translation=np.array(message.translation), joints=np.array(message.joints).reshape(JOINT_COUNT, 3),
                         joint_state=np.array(message.joint_state),
                         joint_covariance=np.array(message.joint_covariance).reshape(JOINT_COUNT, 3, 3),
                         joint_residual=message.joint_residual, surface_residual=message.surface_residual,
                         state=FitState(message.state), track_id=message.track_id, silhouette_overlap=message.silhouette_overlap,
                         quality=message.quality)


def body_model_message(model: BodyModel, name: str, gender: str, method: str, sha256: str) -> msg.BodyModelInfo:
    """The model's topology, and how it is fitted; `gender` is empty where the file tells none."""
    return msg.BodyModelInfo(name=name, gender=gender, method=method, file_sha256=sha256, parents=np.array(PARENT, np.int32),
                             faces=array('I', model.f.astype(np.uint32).tobytes()))


# --- keypoints and body parts

def keypoints_message(keypoints: Keypoints, header: Header) -> msg.Keypoints2D:
    """Points of every detector and what they come to."""
    sets = [msg.KeypointSet(detector=int(found.detector), x=_floats(found.x), y=_floats(found.y), size=_floats(found.size),
                            angle=_floats(found.angle), response=_floats(found.response)) for found in keypoints.sets]
    return msg.Keypoints2D(header=header, track_id=keypoints.track_id, sets=sets, features=_floats(keypoints.features))


def keypoints(message: msg.Keypoints2D) -> Keypoints:
    """The way back of `keypoints_message`."""
    features = np.array(message.features, np.float32)
    if features.size != len(Detector) * FEATURE_COUNT:
        raise BadInput(f'keypoints: {features.size} features, wanted {len(Detector)} detectors x {FEATURE_COUNT}; '
                       'run keypoints and fusion of the same version')
    sets = tuple(KeypointSet(Detector(found.detector), *(np.array(values, np.float32) for values in
                 (found.x, found.y, found.size, found.angle, found.response))) for found in message.sets)
    return Keypoints(sets, features.reshape(len(Detector), FEATURE_COUNT), message.track_id)


def body_parts_message(parts: BodyParts, header: Header) -> msg.BodyParts:
    """Labels and contours to their message."""
    message = msg.BodyParts(header=header, track_id=parts.track_id, roi=_roi_message(parts.roi),
                            part_ids=array('B', parts.part_ids.astype(np.uint8).tobytes()),
                            points_per_part=parts.contours.shape[1], contour_x=_floats(parts.contours[..., 0]),
                            contour_y=_floats(parts.contours[..., 1]))
    if parts.labels.size:
        message.labels = _image(parts.labels, 'mono8', header)
    return message


def body_parts(message: msg.BodyParts) -> BodyParts:
    """The way back of `body_parts_message`."""
    count, points = len(message.part_ids), message.points_per_part
    if not len(message.contour_x) == len(message.contour_y) == count * points:
        raise BadInput(f'body_parts: {len(message.contour_x)} and {len(message.contour_y)} contour coordinates, wanted '
                       f'{count} parts x {points} points; publish as many for each part')
    contours = np.stack([np.array(message.contour_x, np.float32), np.array(message.contour_y, np.float32)], axis=-1)
    labels = (np.frombuffer(message.labels.data, np.uint8).reshape(message.labels.height, message.labels.width)
              if message.labels.data else np.zeros((0, 0), np.uint8))
    roi = Roi(message.roi.x_offset, message.roi.y_offset, message.roi.width, message.roi.height)
    return BodyParts(labels, np.array(message.part_ids, np.uint8), contours.reshape(count, points, 2), roi, message.track_id)


def legend_message(ids: Iterable[int], names: tuple[str, ...], colors: np.ndarray) -> msg.LabelLegend:
    """Names and colours (classes, 3) uint8 RGB of the labels that may occur."""
    ids = list(ids)
    return msg.LabelLegend(ids=ids, names=[names[i] for i in ids], rgb=array('B', colors[ids].tobytes()))


def _roi_message(roi: Roi) -> RegionOfInterest:
    return RegionOfInterest(x_offset=roi.x, y_offset=roi.y, width=roi.width, height=roi.height)


def _floats(values: np.ndarray) -> array:
    """A float32 sequence as messages take it without a copy number by number."""
    return array('f', np.ascontiguousarray(values, np.float32).tobytes())


# --- features

def layout_message(layout: FeatureLayout) -> msg.FeatureLayout:
    """What stands where."""
    return msg.FeatureLayout(version=layout.version, names=list(layout.names), offsets=list(layout.offsets),
                             sizes=list(layout.sizes))


def features_message(fused: FusedFeatures, header: Header) -> msg.FusedFeatures:
    """One image's vector to its message."""
    return msg.FusedFeatures(header=header, track_id=fused.track_id, layout_version=FUSED.version, values=_floats(fused.values),
                             present=array('B', fused.present.astype(np.uint8).tobytes()))


def features(message: msg.FusedFeatures) -> FusedFeatures:
    """The way back of `features_message`."""
    found, wanted = ((message.layout_version, len(message.values), len(message.present)),
                     (FUSED.version, FUSED.size, len(FUSED.names)))
    if found != wanted:
        raise BadInput(f'features: layout, values and flags are {found}, wanted {wanted}; run fusion and classifier of one version')
    return FusedFeatures(np.array(message.values, np.float32), np.array(message.present, bool), message.track_id)


# --- exercise

def exercise_message(estimate: ExerciseEstimate, track_id: int, header: Header) -> msg.ExerciseState:
    """The answer at one image to its message."""
    names = estimate.class_names
    window_ns = stamp_ns(header) - round((estimate.stamp_s - estimate.window_start_s) * NANO)
    return msg.ExerciseState(header=header, track_id=track_id, label=estimate.label, score=estimate.score, entropy=estimate.entropy,
                             class_id=names.index(estimate.label) if estimate.label in names else msg.ExerciseState.UNKNOWN,
                             probabilities=_floats(estimate.probabilities), settled_for=estimate.settled_s,
                             window_start=Time(sec=window_ns // NANO, nanosec=window_ns % NANO))


def classifier_info_message(chosen: NamedModel) -> msg.ClassifierInfo:
    """Which model runs."""
    facts = chosen.model.facts
    return msg.ClassifierInfo(name=chosen.name, class_names=list(facts.classes), feature_layout_version=facts.layout_version,
                              training_data=facts.training, trained=facts.trained, file_sha256=chosen.sha256)


# --- frames and points

def joint_transforms(skeleton: Skeleton, names: tuple[str, ...], header: Header) -> list[TransformStamped]:
    """Joint positions as transforms from the optical frame; joints without a position are left out."""
    transforms = []
    for name, position in zip(names, skeleton.positions, strict=True):
        if np.isnan(position).any():
            continue
        transform = TransformStamped(header=header, child_frame_id=f'person_{skeleton.track_id}_{name}')
        (transform.transform.translation.x, transform.transform.translation.y,
         transform.transform.translation.z) = map(float, position)
        transforms.append(transform)
    return transforms


def optical_transform(body_frame: str, optical_frame: str, stamp: Time) -> TransformStamped:
    """A camera's body frame (x forward, y left, z up) to its optical frame (x right, y down, z forward), as REP 103 says."""
    transform = TransformStamped(header=Header(stamp=stamp, frame_id=body_frame), child_frame_id=optical_frame)
    transform.transform.rotation = quaternion(np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]]))
    return transform


def placement(transform: TransformStamped) -> Placement:
    """Where a transform's child frame is in its parent."""
    q, t = transform.transform.rotation, transform.transform.translation
    x, y, z, w = np.array([q.x, q.y, q.z, q.w]) / (np.linalg.norm([q.x, q.y, q.z, q.w]) or 1.0)
    rotation = np.array([[1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
                         [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
                         [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)]])
    return Placement(transform.header.frame_id, rotation, np.array([t.x, t.y, t.z]))


def turned_transform(frame: str, turned_frame: str, axes: np.ndarray, stamp: Time) -> TransformStamped:
    """An optical frame to one turned about its axis; axes (3, 3) are the turned ones in columns."""
    transform = TransformStamped(header=Header(stamp=stamp, frame_id=frame), child_frame_id=turned_frame)
    transform.transform.rotation = quaternion(axes)
    return transform


def true_exercise_message(label: str, header: Header) -> msg.ExerciseState:
    """The known label of a rendered moment; class numbers belong to a classifier, so it has none."""
    return msg.ExerciseState(header=header, track_id=1, class_id=msg.ExerciseState.UNKNOWN, label=label, score=1.0)


def floor_transform(floor: Floor, frame: str, header: Header) -> TransformStamped:
    """The floor below the camera as a frame: x away from the camera, y left, z up."""
    transform = TransformStamped(header=header, child_frame_id=frame)
    (transform.transform.translation.x, transform.transform.translation.y,
     transform.transform.translation.z) = map(float, floor.below_camera)
    transform.transform.rotation = quaternion(floor.axes)
    return transform


def quaternion(rotation: np.ndarray) -> Quaternion:
    """(3, 3) rotation matrix to a quaternion."""
    vector = rotation_vectors(rotation)
    angle = float(np.linalg.norm(vector))
    x, y, z = (float(v) for v in vector * (np.sin(angle / 2) / angle if angle else 0.5))
    return Quaternion(x=x, y=y, z=z, w=float(np.cos(angle / 2)))


def point(position: np.ndarray) -> Point:
    """(3,) metres to a point."""
    return Point(x=float(position[0]), y=float(position[1]), z=float(position[2]))
