"""A recorded motion with what is done in it: what recognition from skeletons is trained and judged on."""

from dataclasses import dataclass

import numpy as np

from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.joint_track import JointTrack
from poseformer_ros.skeleton.joints import JOINT, JOINT_NAMES, MIRROR

REST = 'rest'
HEALTHY, PATIENTS = 'healthy', 'patients'
# What Kinect v1 and v2 both have, in the names of `skeleton.joints`.
JOINTS = ('pelvis', 'spine_centre', 'neck', 'head', *(f'{side}_{joint}' for side in ('left', 'right') for joint in (
    'shoulder', 'elbow', 'wrist', 'hand', 'hip', 'knee', 'ankle', 'heel')))
PLACE = {name: index for index, name in enumerate(JOINTS)}
_MIRRORED = [PLACE[JOINT_NAMES[MIRROR[JOINT[name]]]] for name in JOINTS]


@dataclass(frozen=True)
class LabelledMotion:
    """One recording of one person.

    name: unique in its data set. person: who is held out together. group: HEALTHY, PATIENTS, or '' where it is not told.
    positions: (T, 20, 3) metres by JOINTS, y up, who faces the sensor faces +z; NaN where unknown. rate_hz: frames a second.
    labels: (T,) str, what is done, or REST. repetition: (T,) int from 1, 0 outside the repetitions.
    """

    name: str
    person: str
    group: str
    positions: np.ndarray
    rate_hz: float
    labels: np.ndarray
    repetition: np.ndarray

    def __len__(self) -> int:
        return len(self.positions)

    @property
    def exercise(self) -> str:
        """The one thing that is done in it beside resting. Raises BadInput where there are none or several."""
        done = sorted(set(self.labels.tolist()) - {REST})
        if len(done) != 1:
            raise BadInput(f'{self.name}: holds {", ".join(done) or "no exercise"}, wanted one exercise; cut it apart')
        return str(done[0])


def positions_of(track: JointTrack) -> np.ndarray:
    """(T, 20, 3) by JOINTS; NaN for joints that the track does not have."""
    nowhere = np.full((len(track), 3), np.nan)
    return np.stack([track.joints.get(name, nowhere) for name in JOINTS], axis=1)


def whole(track: JointTrack, name: str, person: str, group: str, label: str) -> LabelledMotion:
    """A recording in which one thing is done from its first to its last frame, as one repetition."""
    return LabelledMotion(name, person, group, positions_of(track), track.rate_hz, np.full(len(track), label),
                          np.ones(len(track), int))


def mirrored(positions: np.ndarray) -> np.ndarray:
    """The mirror image (T, 20, 3) of positions by JOINTS: left is right, and x changes its sign."""
    return positions[:, _MIRRORED] * [-1.0, 1.0, 1.0]
