"""Recorded sequences of a data set as clips of the body, and whether the recorded legs can be trusted."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from poseformer_ros.body.model import BodyModel
from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.joint_track import JointTrack
from poseformer_ros.recordings.labelled.labelled_motion import JOINTS, PATIENTS, LabelledMotion
from poseformer_ros.synthesis.motion.motion_clip import REST, MotionClip
from poseformer_ros.synthesis.motion.retarget import KINECT, RetargetReport, retarget

# Data set, and what its classes are called by the recogniser.
CLASS_OF = {'kimore': {f'Es{number}': f'kimore_es{number}' for number in range(1, 6)}}
IN_TURN = 'Es5'     # its rows of marks hold start and end of each squat in turn, those of the others boundaries
# Beyond these the retargeted body floats or crouches where the person did not.
MOST_ERROR_M, LEAST_CONTACT = 0.1, 0.6


@dataclass(frozen=True)
class RealMotion:
    """A recorded sequence on the body.

    clip: with the recogniser's class in the marked repetitions, else REST. sound: whether the recorded legs are good.
    """

    name: str
    person: str
    exercise: str
    patient: bool
    sound: bool
    clip: MotionClip

    @property
    def seed(self) -> int:
        """Of clothes, room and noise: the sequence's own."""
        return zlib.crc32(self.name.encode())


def brought_onto(motion: LabelledMotion, classes: dict[str, str], body: BodyModel) -> RealMotion:
    """A sequence in which one exercise is done, with its truth. Raises BadInput where a joint was never seen."""
    track = JointTrack({name: motion.positions[:, index] for index, name in enumerate(JOINTS)}, motion.rate_hz, motion.name)
    clip, report = retarget(track, KINECT, None, body)
    exercise = classes[motion.exercise]
    repetition = _repetitions(motion, len(clip), clip.rate_hz)
    clip = replace(clip, exercise=exercise, labels=np.where(repetition > 0, exercise, REST), repetition=repetition)
    return RealMotion(motion.name, motion.person, exercise, motion.group == PATIENTS, is_sound(report), clip)


def is_sound(report: RetargetReport) -> bool:
    """Whether the legs of a recording are good enough for its body to be the truth."""
    return report.mean_error_m <= MOST_ERROR_M and min(report.contact_share) >= LEAST_CONTACT


def chosen(motions: Sequence[LabelledMotion], subjects: int | None, every: int) -> list[LabelledMotion]:
    """All sequences of so many people, taken evenly from the list of their names, or of all; and of those every so many."""
    people = sorted({motion.person for motion in motions})
    if subjects is not None and not 1 <= subjects <= len(people):
        raise BadInput(f'--subjects {subjects}: the data set has {len(people)} people; give a number from 1 to that')
    if every < 1:
        raise BadInput(f'--every {every}: give 1 for all sequences, 2 for every second')
    wanted = {people[round(at)] for at in np.linspace(0, len(people) - 1, subjects or len(people))}
    return [motion for motion in motions if motion.person in wanted][::every]


def _repetitions(motion: LabelledMotion, count: int, rate_hz: float) -> np.ndarray:
    """(T,) the repetition at each frame of the clip, 0 outside those that are marked."""
    at = np.minimum(np.rint(np.arange(count) * motion.rate_hz / rate_hz).astype(int), len(motion) - 1)
    repetition = motion.repetition[at]
    return np.where(repetition % 2 == 1, (repetition + 1) // 2, 0) if motion.exercise == IN_TURN else repetition
