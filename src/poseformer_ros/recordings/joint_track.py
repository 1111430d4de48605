"""A recorded motion as joints over time, whatever recorded it."""

from dataclasses import dataclass

import numpy as np

from poseformer_ros.errors import BadInput

# Every track has these; others such as hands, head and balls of the feet ('left_heel' in SMPL's naming) may be missing.
NEEDED = ('pelvis', 'spine_centre', 'neck', *(f'{side}_{joint}' for side in ('left', 'right') for joint in
                                               ('hip', 'knee', 'ankle', 'shoulder', 'elbow', 'wrist')))


@dataclass(frozen=True)
class JointTrack:
    """Joints of one person over time.

    joints: name (as in `skeleton.joints`) to (T, 3) metres, right-handed, y up; NaN where unknown.
    rate_hz: frames a second.
    name: of the recording.
    rest: the same joints (3,) of the recorded person standing upright in a T-pose and facing +z, where known.
    """

    joints: dict[str, np.ndarray]
    rate_hz: float
    name: str
    rest: dict[str, np.ndarray] | None = None

    def __post_init__(self) -> None:
        missing = [joint for joint in NEEDED if joint not in self.joints]
        if missing:
            raise BadInput(f"{self.name}: has no joint '{missing[0]}'; give a recording of the whole body")

    def __len__(self) -> int:
        return len(self.joints['pelvis'])
