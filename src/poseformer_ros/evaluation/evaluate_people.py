"""The stages on whole images of people as they are, on empty rooms and on rooms that people enter, against rendered truth.

Each judgement is a record of plain numbers, so that many can be kept on disk and counted together.
"""

from dataclasses import dataclass

import numpy as np

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.evaluation.evaluate_person import PAIRED
from poseformer_ros.evaluation.pose_methods import PoseMethod, PoseWay, pose_method
from poseformer_ros.silhouette.person import Silhouette
from poseformer_ros.silhouette.stage import SilhouetteStage
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT, MIRROR, JointState, Skeleton
from poseformer_ros.stage_options import Parameters, stage_options
from poseformer_ros.synthesis.people_sequences import PeopleSequence
from poseformer_ros.synthesis.person_examples import facing_angle
from poseformer_ros.synthesis.whole_images import TAGS, TruePerson, WholeImage

TRUNK = ('left_shoulder', 'right_shoulder', 'left_hip', 'right_hip', 'neck', 'pelvis')

_WHERE = [('index', np.int32), ('sensor', 'U24'), ('noise', 'U24')]

# An empty room. crowded: as drawn. found: whether somebody is found; median depth of what was, metres.
EMPTY_ROW = np.dtype([*_WHERE, ('crowded', bool), ('found', bool), ('depth_m', np.float32)])

# One image of a recording. at: its number. since_s: since somebody entered, negative before. shown: of the patient. number: of who
# is followed, 0 for nobody. overlap: intersection over union of mask and patient. of_patient, of_other: share of the mask.
# reason: whether the stage said why it found nobody.
SEQUENCE_ROW = np.dtype([*_WHERE, ('at', np.int32), ('since_s', np.float32), ('shown', np.float32), ('number', np.int32),
                         ('overlap', np.float32), ('of_patient', np.float32), ('of_other', np.float32), ('reason', bool)])


def image_row_type(ways: int) -> np.dtype:
    """A record of one image of people.

    tags: which of TAGS hold. found: whether somebody is followed. overlap: of the mask with the person it overlaps most, who is the
    truth of all that follows; 0 where nobody is found. helper: whether that is not the one the image was drawn for. sight: (24,).
    Of each way: error (24,) metres, NaN where MISSING; facing_error in radians, NaN where nobody faces anywhere; swapped 1 where
    the joints fit better with left and right exchanged, 0 where not, NaN where too few joints are there; quality of the fit, NaN
    where nothing is fitted.
    """
    return np.dtype([*_WHERE, ('tags', bool, len(TAGS)), ('found', bool), ('overlap', np.float32), ('helper', bool),
                     ('sight', np.uint8, JOINT_COUNT), ('error', np.float32, (ways, JOINT_COUNT)),
                     ('facing_error', np.float32, ways), ('swapped', np.float32, ways), ('quality', np.float32, ways)])


@dataclass(frozen=True)
class Judges:
    """The stages that are judged: who finds the person, and each way to the joints."""

    silhouette: SilhouetteStage
    ways: list[PoseMethod]


def judges(ways: list[PoseWay], parameters: Parameters) -> Judges:
    """Fresh stages with these parameters. Raises BadInput when a method or file cannot be had."""
    stage = SilhouetteStage(stage_options(parameters)['silhouette'])
    return Judges(stage, [pose_method(way, None, parameters) for way in ways])


def judge_image(judge: Judges, image: WholeImage, index: int, looks: int) -> np.ndarray:
    """A record of `image_row_type`: the image shown to stages that start cold."""
    row = np.zeros((), image_row_type(len(judge.ways)))
    row['index'], row['sensor'], row['noise'] = index, image.sensor, image.noise
    row['tags'] = [tag in image.tags for tag in TAGS]
    person = from_cold(judge.silhouette, image.frame, looks)
    overlaps = [overlap(person, true.mask) for true in image.people]
    who = int(np.argmax(overlaps))
    true = image.people[who]
    row['found'], row['overlap'], row['helper'], row['sight'] = person.found, overlaps[who], who > 0, true.sight
    for place, way in enumerate(judge.ways):
        way.reset()
        answer = way(person, 0.0)
        row['error'][place], row['facing_error'][place], row['swapped'][place] = _errors(answer.skeleton, true)
        row['quality'][place] = np.nan if answer.fit is None else answer.fit.quality
    return row


def judge_empty(judge: Judges, image: WholeImage, index: int, looks: int, crowded: bool) -> np.ndarray:
    """A record of EMPTY_ROW."""
    person = from_cold(judge.silhouette, image.frame, looks)
    depth = float(np.nanmedian(person.depth[person.mask])) if person.found else np.nan
    return np.array((index, image.sensor, image.noise, crowded, person.found, depth), EMPTY_ROW)


def judge_sequence(judge: Judges, sequence: PeopleSequence, index: int) -> np.ndarray:
    """(T,) records of SEQUENCE_ROW: the images one after the other, from a cold start."""
    judge.silhouette.reset()
    rows = np.zeros(len(sequence), SEQUENCE_ROW)
    for at in range(len(rows)):
        image = sequence.image(at)
        person = judge.silhouette(image.frame)
        pixels = max(1, int(person.mask.sum()))
        rows[at] = (index, sequence.sensor, sequence.noise.name, at, image.seconds - sequence.begins_s, image.shown,
                    person.track_id, overlap(person, image.patient), _common(person, image.patient) / pixels,
                    _common(person, image.other) / pixels, bool(judge.silhouette.reason))
    return rows


def from_cold(stage: SilhouetteStage, frame: RgbdFrame, looks: int) -> Silhouette:
    """What a stage that knows nothing says of an image that it is shown until it finds somebody, at most so often."""
    stage.reset()
    person = stage(frame)
    for _ in range(looks - 1):
        if person.found:
            break
        person = stage(frame)
    return person


def overlap(person: Silhouette, true: np.ndarray) -> float:
    """Intersection over union of a silhouette with a mask (H, W); 0 for nobody."""
    both = _common(person, true)
    return both / max(1, int(person.mask.sum()) + int(true.sum()) - both)


def _common(person: Silhouette, true: np.ndarray) -> int:
    return int((person.mask & true[person.roi.slices]).sum()) if person.found else 0


def _errors(found: Skeleton, true: TruePerson) -> tuple[np.ndarray, float, float]:
    """Distances (24,) metres, error of the facing angle in radians, and whether left and right are swapped."""
    positions = np.where((found.state != JointState.MISSING)[:, None], found.positions, np.nan)
    error = np.linalg.norm(positions - true.joints, axis=1)
    angle, _ = facing_angle(true.front, true.joints.mean(0))
    away = abs(np.angle(np.exp(1j * (faced(found) - angle)))) if np.isfinite(faced(found)) else np.nan
    exchanged = np.linalg.norm(positions - true.joints[list(MIRROR)], axis=1)
    told = PAIRED & np.isfinite(error)
    return error, float(away), float(exchanged[told].mean() < error[told].mean()) if told.any() else np.nan


def faced(found: Skeleton) -> float:
    """The facing angle that a skeleton states, else that of its trunk; NaN where the trunk is not there."""
    if np.isfinite(found.facing_rad):
        return found.facing_rad
    at = {name: found.positions[JOINT[name]] for name in TRUNK}
    left = at['left_shoulder'] + at['left_hip'] - at['right_shoulder'] - at['right_hip']
    front = np.cross(left, at['neck'] - at['pelvis'])
    length = np.linalg.norm(front)
    return facing_angle(front / length, at['pelvis'])[0] if length > 0 else np.nan
