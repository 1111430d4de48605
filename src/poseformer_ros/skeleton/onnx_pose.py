"""24 joints by a 2-D pose network of the user's on colour, lifted by depth: RTMPose's SimCC or YOLO-pose, from an ONNX file."""

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from poseformer_ros.errors import BadInput
from poseformer_ros.onnx_scan import scan
from poseformer_ros.onnx_session import PROVIDERS, open_session
from poseformer_ros.options import check, option
from poseformer_ros.silhouette.person import Silhouette
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT, JointState, Skeleton, no_skeleton
from poseformer_ros.skeleton.lift import LiftOptions, lift

REMEDY = 'give an RTMPose (SimCC) or YOLO-pose network with COCO-17 or Halpe-26 points, exported to ONNX without custom operators'
MOST_BYTES = 400_000_000
LEAST_SIDE_PX, MOST_SIDE_PX = 32, 1280
COCO, HALPE = 17, 26
# What the two families' exports are made of: arithmetic on tensors. Loops and branches are not among them.
OPERATORS = frozenset('''Add And AveragePool BatchNormalization Cast Clip Concat Constant ConstantOfShape Conv ConvTranspose Div
    Einsum Equal Erf Exp Expand Flatten Floor Gather GatherElements Gelu Gemm GlobalAveragePool HardSigmoid HardSwish Identity
    InstanceNormalization LayerNormalization LeakyRelu Log MatMul Max MaxPool Min Mod Mul Neg Not Pad Pow PRelu Range Reciprocal
    ReduceL2 ReduceMax ReduceMean ReduceSum Relu Reshape Resize ScatterND Shape Sigmoid SiLU Slice Softmax Softplus Split Sqrt
    Squeeze Sub Sum Tanh Tile TopK Transpose Unsqueeze Where'''.split())

NORMALISATIONS = {      # mean and deviation of RGB, 0 to 255, and the grey around the image: as each family is trained
    'imagenet': ((123.675, 116.28, 103.53), (58.395, 57.12, 57.375), 0),
    'unit': ((0.0, 0.0, 0.0), (255.0, 255.0, 255.0), 114),
}
OF_FAMILY = {'simcc': 'imagenet', 'yolo': 'unit'}
AROUND = 1.1            # of the crop, that the network is shown
YOLO_BELIEVED = 0.25    # score of a row that is somebody

NOSE, EYES, EARS = 0, (1, 2), (3, 4)
# Points of COCO that are our joints.
SAME = {'left_shoulder': 5, 'right_shoulder': 6, 'left_elbow': 7, 'right_elbow': 8, 'left_wrist': 9, 'right_wrist': 10,
        'left_hip': 11, 'right_hip': 12, 'left_knee': 13, 'right_knee': 14, 'left_ankle': 15, 'right_ankle': 16}
TOES = {'left': (20, 22), 'right': (21, 23)}    # of Halpe-26: big and small
# Proportions of the shipped adult body at rest: place of each joint between the hips' middle (0) and the shoulders' (1), of the
# collarbone from there to the shoulder, of the hand beyond the wrist by forearms, of the foot's joint from ankle to toes or,
# where no toes are told, beyond the ankle by shins.
SPINE = {'pelvis': 0.19, 'lower_spine': 0.33, 'spine_centre': 0.51, 'upper_spine': 0.76, 'neck': 1.14}
COLLARBONE, HAND, FOOT_TO_TOES, FOOT_BELOW = 0.36, 0.44, 0.75, 0.13
# Metres from the surface to the joint: half the thickness of the same body there, mean of front and back.
BENEATH_M = {'pelvis': 0.117, 'hip': 0.111, 'lower_spine': 0.108, 'knee': 0.064, 'spine_centre': 0.110, 'ankle': 0.050,
             'upper_spine': 0.110, 'heel': 0.050, 'neck': 0.078, 'collarbone': 0.081, 'head': 0.101, 'shoulder': 0.068,
             'elbow': 0.038, 'wrist': 0.035, 'hand': 0.044}
BENEATH = np.array([BENEATH_M[name.removeprefix('left_').removeprefix('right_')] for name in JOINT])
BENEATH_SIGMA_M = 0.02      # people and views differ


@dataclass(frozen=True)
class OnnxPoseOptions:
    """A pose network of the user's; each field becomes a ROS parameter `onnx_pose.<name>`."""

    model: str = option('', live=False, text='ONNX file of a 2-D pose network: RTMPose (SimCC) or YOLO-pose, COCO-17 or Halpe-26')
    normalisation: str = option('auto', choices=('auto', *NORMALISATIONS), live=False,
                                text="of the image: as RTMPose's (imagenet) or YOLO's (unit, 0 to 1); auto goes by the outputs")
    channels: str = option('rgb', choices=('rgb', 'bgr'), live=False, text='order of colours that the network was trained with')
    width_px: int = option(0, 0, MOST_SIDE_PX, 'width of the input where the file leaves it open; 0 is as the file says',
                           unit='px', live=False)
    height_px: int = option(0, 0, MOST_SIDE_PX, 'height of the input where the file leaves it open; 0 is as the file says',
                            unit='px', live=False)
    believed: float = option(0.3, 0.0, 1.0, 'score from which a point is taken')
    device: str = option('cpu', choices=tuple(PROVIDERS), live=False, text='where the network runs')

    def __post_init__(self) -> None:
        check(self)


class OnnxPose:
    """The user's network on the crop's colour. Stateless."""

    def __init__(self, options: OnnxPoseOptions = OnnxPoseOptions(), lift_options: LiftOptions = LiftOptions()) -> None:
        """Raises BadInput when the file is missing, holds anything but a plain network, or has another layout."""
        self._options, self._lift_options = options, lift_options
        self._network = PoseNetwork(options)

    def reset(self) -> None:
        """Nothing is kept."""

    def __call__(self, person: Silhouette) -> Skeleton:
        """Find the joints; all MISSING when nobody is there or the network sees nobody."""
        nothing = replace(no_skeleton(), track_id=person.track_id, doubt=person.doubt, detector='onnx_pose')
        if not person.found:
            return nothing
        points, scores = self._network(person.color, person.mask)
        points = np.where((scores >= self._options.believed)[:, None], points, np.nan)
        joints, state = joints_of(points)
        if not np.isfinite(joints).any():
            return nothing
        rows = np.flatnonzero(person.mask.any(axis=1))
        surface = lift(joints, state, float(rows[-1] - rows[0] + 1), person, self._lift_options)
        angle, sigma = _facing(surface.positions)
        return replace(_beneath(surface), confidence=surface.confidence * _confidence(scores), detector='onnx_pose',
                       facing_rad=angle, facing_sigma_rad=sigma)


class PoseNetwork:
    """A file's network with what goes in and comes out in pixels of the image."""

    def __init__(self, options: OnnxPoseOptions) -> None:
        """Raises BadInput naming the file and the remedy."""
        self._name = f'onnx_pose.model {options.model!r}'
        self._session = open_session(self._content(options.model), self._name, REMEDY, options.device)
        self._width, self._height = self._input_size(options)
        self._family, self._points = self._layout()
        mean, deviation, self._grey = NORMALISATIONS[OF_FAMILY[self._family] if options.normalisation == 'auto'
                                                     else options.normalisation]
        self._mean, self._deviation = np.array(mean, np.float32), np.array(deviation, np.float32)
        self._reversed = options.channels == 'rgb'      # images are BGR

    def __call__(self, color: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Points (COCO or HALPE, 2), column and row of an image (h, w, 3) uint8 BGR, and their scores, 0 to 1.

        mask: (h, w) bool, of the person who is meant. NaN and 0 where the network sees nobody.
        """
        to_input = self._to_input(*mask.shape)
        shown = cv2.warpAffine(color, to_input, (self._width, self._height), borderValue=(self._grey,) * 3)
        pixels = (shown[..., ::-1] if self._reversed else shown).astype(np.float32)
        outputs = self._run(((pixels - self._mean) / self._deviation).transpose(2, 0, 1)[None])
        scale, start = to_input[0, 0], to_input[:, 2]
        if self._family == 'simcc':
            points, scores = self._simcc(*outputs)
            return (points - start) / scale, scores
        people, scores, sure = self._yolo(outputs[0])
        people = (people - start) / scale
        if not len(sure) or sure.max() < YOLO_BELIEVED:
            return np.full((self._points, 2), np.nan), np.zeros(self._points)
        best = int(np.argmax(sure * _share_on(people, scores, mask)))
        return people[best], scores[best]

    def _content(self, file: str) -> bytes:
        path = Path(file)
        if not file or not path.is_file():
            raise BadInput(f'{self._name}: no such file; {REMEDY}')
        if path.stat().st_size > MOST_BYTES:
            raise BadInput(f'{self._name}: {path.stat().st_size / 1e6:.0f} MB, wanted at most {MOST_BYTES / 1e6:.0f}; {REMEDY}')
        content = path.read_bytes()
        try:
            scan(content, OPERATORS, constants=True)
        except ValueError as error:
            raise BadInput(f'{self._name}: holds {error}, which is not taken; {REMEDY}') from error
        return content

    def _input_size(self, options: OnnxPoseOptions) -> tuple[int, int]:
        """Width and height; the file's own where it tells them."""
        inputs = self._session.get_inputs()
        if len(inputs) != 1 or inputs[0].type != 'tensor(float)' or len(inputs[0].shape) != 4 or inputs[0].shape[1] != 3 \
                or inputs[0].shape[0] not in (1, None) and not isinstance(inputs[0].shape[0], str):
            said = ', '.join(f'{value.type} {value.shape}' for value in inputs)
            raise BadInput(f'{self._name}: its input is {said}, wanted one tensor(float) [1, 3, height, width]; {REMEDY}')
        height, width = (side if isinstance(side, int) else wanted for side, wanted in
                         zip(inputs[0].shape[2:], (options.height_px, options.width_px)))
        if not all(LEAST_SIDE_PX <= side <= MOST_SIDE_PX for side in (width, height)):
            raise BadInput(f'{self._name}: input of {width} x {height} px, wanted {LEAST_SIDE_PX} to {MOST_SIDE_PX}; set '
                           'onnx_pose.width_px and height_px where the file leaves the size open')
        return width, height

    def _layout(self) -> tuple[str, int]:
        """Family and number of points, from the shapes of the answers to an empty image."""
        outputs = self._run(np.zeros((1, 3, self._height, self._width), np.float32))
        shapes = [output.shape for output in outputs]
        if len(shapes) == 2 and all(len(shape) == 3 and shape[0] == 1 for shape in shapes):
            (_, points, across), (_, other, down) = shapes
            same_parts = across * self._height == down * self._width and across >= self._width
            if points == other and points in (COCO, HALPE) and same_parts:
                return 'simcc', points
        if len(shapes) == 1 and len(shapes[0]) == 3 and shapes[0][0] == 1:
            known = [points for points in (COCO, HALPE) if {5 + 3 * points, 6 + 3 * points} & set(shapes[0][1:])]
            if known:
                return 'yolo', known[0]
        raise BadInput(f'{self._name}: its outputs are {", ".join(map(str, shapes))}, wanted SimCC (1, 17 or 26, width) and '
                       f'(1, 17 or 26, height) in parts of a pixel of {self._width} x {self._height}, or YOLO-pose (1, 56 or 83, '
                       f'n); {REMEDY}')

    def _run(self, image: np.ndarray) -> list[np.ndarray]:
        try:
            outputs = self._session.run(None, {self._session.get_inputs()[0].name: np.ascontiguousarray(image)})
        except Exception as error:      # onnxruntime raises kinds of its own, derived from Exception alone
            raise BadInput(f'{self._name}: its graph cannot run ({str(error)[:200]}); {REMEDY}') from error
        if not all(getattr(output, 'dtype', None) == np.float32 and np.isfinite(output).all() for output in outputs):
            raise BadInput(f'{self._name}: its outputs are not finite float32 numbers; {REMEDY}')
        return outputs

    def _to_input(self, height: int, width: int) -> np.ndarray:
        """(2, 3) map from the image to the input: as large as it fits, with a margin, in the middle."""
        scale = min(self._width / width, self._height / height) / AROUND
        return np.array([[scale, 0.0, (self._width - 1 - scale * (width - 1)) / 2],
                         [0.0, scale, (self._height - 1 - scale * (height - 1)) / 2]])

    def _simcc(self, across: np.ndarray, down: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Points of the input and scores: the largest bin of each axis, and the smaller of their two heights."""
        bins = across.shape[2] / self._width
        places = np.stack([across[0].argmax(axis=1), down[0].argmax(axis=1)], axis=1) / bins
        return places, np.clip(np.minimum(across[0].max(axis=1), down[0].max(axis=1)), 0.0, 1.0)

    def _yolo(self, output: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Points (n, k, 2) of the input, their scores (n, k), and how surely each row is a person (n,)."""
        wanted = {5 + 3 * self._points, 6 + 3 * self._points}
        rows = output[0] if output.shape[2] in wanted else output[0].T
        triples = rows[:, -3 * self._points:].reshape(-1, self._points, 3)
        return triples[..., :2], np.clip(triples[..., 2], 0.0, 1.0), rows[:, 4]


def _share_on(people: np.ndarray, scores: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """(n,) share of each one's score that lies on the mask."""
    column, row = np.rint(np.moveaxis(people, -1, 0)).astype(int)
    inside = (row >= 0) & (row < mask.shape[0]) & (column >= 0) & (column < mask.shape[1])
    on = inside & mask[np.clip(row, 0, mask.shape[0] - 1), np.clip(column, 0, mask.shape[1] - 1)]
    return (scores * on).sum(axis=1) / np.maximum(scores.sum(axis=1), 1e-6)


def joints_of(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Our joints (24, 2) from points (COCO or HALPE, 2), NaN where not told, and their states (24,)."""
    joints = np.full((JOINT_COUNT, 2), np.nan)
    state = np.full(JOINT_COUNT, JointState.INFERRED, np.uint8)
    for name, point in SAME.items():
        joints[JOINT[name]], state[JOINT[name]] = points[point], JointState.OBSERVED
    hips, shoulders = ((joints[JOINT[f'left_{name}']] + joints[JOINT[f'right_{name}']]) / 2 for name in ('hip', 'shoulder'))
    for name, share in SPINE.items():
        joints[JOINT[name]] = hips + share * (shoulders - hips)
    joints[JOINT['head']], state[JOINT['head']] = _head(points), JointState.OBSERVED
    for side in ('left', 'right'):
        shoulder, elbow, wrist, knee, ankle = (joints[JOINT[f'{side}_{name}']] for name in
                                               ('shoulder', 'elbow', 'wrist', 'knee', 'ankle'))
        joints[JOINT[f'{side}_collarbone']] = shoulders + COLLARBONE * (shoulder - shoulders)
        joints[JOINT[f'{side}_hand']] = wrist + HAND * (wrist - elbow)
        heel = JOINT[f'{side}_heel']
        joints[heel] = ankle + FOOT_BELOW * (ankle - knee)
        toes = points[list(TOES[side])].mean(axis=0) if len(points) == HALPE else np.full(2, np.nan)
        if np.isfinite(toes).all():
            joints[heel], state[heel] = ankle + FOOT_TO_TOES * (toes - ankle), JointState.OBSERVED
    state[~np.isfinite(joints).all(axis=1)] = JointState.MISSING
    return joints, state


def _head(points: np.ndarray) -> np.ndarray:
    """Between the ears; else the middle of what is told of the face."""
    ears = points[list(EARS)]
    told = ears if np.isfinite(ears).all() else points[[NOSE, *EYES, *EARS]]
    told = told[np.isfinite(told).all(axis=1)]
    return told.mean(axis=0) if len(told) else np.full(2, np.nan)


def _confidence(scores: np.ndarray) -> np.ndarray:
    """(24,) of the network for each joint; the mean of all points for those that it does not know itself."""
    confidence = np.full(JOINT_COUNT, float(scores.mean()))
    for name, point in SAME.items():
        confidence[JOINT[name]] = scores[point]
    return confidence


def _beneath(surface: Skeleton) -> Skeleton:
    """Joints where the surface was read, put as deep into the body as they lie."""
    rays = surface.positions / np.linalg.norm(surface.positions, axis=1, keepdims=True)
    spread = BENEATH_SIGMA_M ** 2 * rays[:, :, None] * rays[:, None, :]
    return replace(surface, positions=surface.positions + BENEATH[:, None] * rays, covariance=surface.covariance + spread)


def _facing(positions: np.ndarray) -> tuple[float, float]:
    """Angle of the chest from the left and right shoulders and hips, and a standard deviation; NaN where none are told."""
    across = [positions[JOINT[f'right_{name}']] - positions[JOINT[f'left_{name}']] for name in ('shoulder', 'hip')]
    known = [pair for pair in across if np.isfinite(pair).all()]
    if not known:
        return np.nan, np.nan
    x, _, z = np.sum(known, axis=0)
    # Depth of either end is good to about 3 cm.
    return float(np.arctan2(-z, -x)), float(min(np.pi, 0.03 * np.sqrt(2.0) / max(np.hypot(x, z) / len(known), 1e-3)))

