"""How numbers in a file of joints of one's own are meant: axes and unit of the positions, unit of the stamps.

What the user says is taken at its word. What nobody says is the usual, and is doubted where nobody's joints can be like that.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

import numpy as np

from poseformer_ros.geometry.vectors import unit
from poseformer_ros.skeleton.joints import JOINT

# Each axis of the optical frame (x right, y down, z forward) in the file's axes.
AXES = {
    'camera': np.eye(3),
    'kinect': np.diag([-1.0, -1.0, 1.0]),                                       # x left, y up, z forward
    'y_up': np.diag([1.0, -1.0, -1.0]),                                         # x right, y up, z to the camera
    'z_up': np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]]),     # x right, y forward, z up
}
SECONDS = {'s': 1.0, 'ms': 1e-3, 'us': 1e-6, 'ns': 1e-9}
METRES = {'m': 1.0, 'cm': 1e-2, 'mm': 1e-3}
LIKELY_STEPS_S = (0.002, 2.0)       # from moment to moment, of a motion that was recorded
DOUBTED_STEPS_S = (0.0005, 5.0)
LIKELY_SIZES_M = (0.2, 4.0)         # between the joints of a person that are farthest apart along an axis
UPPER = [JOINT[name] for name in ('head', 'neck', 'left_shoulder', 'right_shoulder')]
LOWER = [JOINT[f'{side}_{name}'] for side in ('left', 'right') for name in ('hip', 'knee', 'ankle')]
UPSIDE_DOWN = LYING = 0.7           # cosine
AT_CAMERA = 0.2                     # of the person's size: no camera sees a joint so near


@dataclass(frozen=True)
class JointForm:
    """One of AXES, SECONDS and METRES each; '' where it is not said."""

    axes: str = ''
    stamps: str = ''
    lengths: str = ''

    def __str__(self) -> str:
        return ', '.join(f'{name} {value}' for name, value in asdict(self).items() if value)


USUAL = JointForm('camera', 's', 'm')


@dataclass(frozen=True)
class Doubt:
    """what: is strange, in words. about: a field of JointForm. likely: what it may be; '' where nothing fits."""

    what: str
    about: str
    likely: str


def converted(arrays: Mapping[str, np.ndarray], form: JointForm) -> dict[str, np.ndarray]:
    """Arrays of a joint file in the optical frame, metres and seconds."""
    if form == JointForm():
        return dict(arrays)
    turn = AXES[form.axes or USUAL.axes] * METRES[form.lengths or USUAL.lengths]
    found = dict(arrays) | {'stamps_s': arrays['stamps_s'] * SECONDS[form.stamps or USUAL.stamps],
                            'positions': arrays['positions'] @ turn.T}
    if 'covariance' in arrays:
        found['covariance'] = turn @ arrays['covariance'] @ turn.T
    return found


def doubt_words(stamps_s: np.ndarray, positions: np.ndarray, form: JointForm) -> str:
    """What cannot be meant so, and the arguments that mend it; empty when nothing is. Only what the form does not say is doubted.

    stamps_s: (T,) growing. positions: (T, 24, 3), converted.
    """
    doubts = [doubt for doubt in _doubts(stamps_s, positions) if not getattr(form, doubt.about)]
    if not doubts:
        return ''
    likely = ' '.join(f'--{doubt.about} {doubt.likely}' for doubt in doubts if doubt.likely)
    usual = ' '.join(f'--{doubt.about} {getattr(USUAL, doubt.about)}' for doubt in doubts)
    return f'{", ".join(doubt.what for doubt in doubts)}; give {likely or "another unit"}, or {usual} if that is so'


def _doubts(stamps_s: np.ndarray, positions: np.ndarray) -> Iterator[Doubt]:
    if len(stamps_s) > 1:
        step_s = float(np.median(np.diff(stamps_s)))
        if not DOUBTED_STEPS_S[0] < step_s < DOUBTED_STEPS_S[1]:
            yield Doubt(f'a moment comes each {step_s:g} s', 'stamps', _fitting(step_s, SECONDS, LIKELY_STEPS_S))
    known = positions[np.isfinite(positions).all(axis=2).sum(axis=1) > 1]
    if not len(known):
        return
    size = float(np.median(np.max(np.nanmax(known, axis=1) - np.nanmin(known, axis=1), axis=1)))
    if not LIKELY_SIZES_M[0] < size < LIKELY_SIZES_M[1]:
        yield Doubt(f'the person is {size:.3g} m large', 'lengths', _fitting(size, METRES, LIKELY_SIZES_M))
    up = _up(known)
    if up[1] > UPSIDE_DOWN:
        behind = np.nanmedian(known[..., 2]) < 0
        yield Doubt('the person stands upside down', 'axes', 'y_up' if behind else 'kinect')
    elif up[2] > LYING and np.median(np.nanmin(known[..., 2], axis=1)) < AT_CAMERA * size:
        yield Doubt('the person lies with the feet in the camera', 'axes', 'z_up')


def _up(positions: np.ndarray) -> np.ndarray:
    """The usual direction (3,) from the legs to the shoulders; NaN where they are nowhere seen."""
    there = positions[np.isfinite(positions[:, UPPER, 0]).any(axis=1) & np.isfinite(positions[:, LOWER, 0]).any(axis=1)]
    if not len(there):
        return np.full(3, np.nan)
    return np.median(unit(np.nanmean(there[:, UPPER], axis=1) - np.nanmean(there[:, LOWER], axis=1)), axis=0)


def _fitting(value: float, units: Mapping[str, float], likely: tuple[float, float]) -> str:
    """The unit in which a value is likely; '' without one."""
    return next((name for name, factor in units.items() if likely[0] <= value * factor <= likely[1]), '')
