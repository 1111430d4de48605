"""What a repetition is measured by: peaks, ranges and changes of the body's series, times, likeness of sides, smoothness."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from poseformer_ros.assessment.balance import centre_of_mass, margin_of_stability, sway_speed
from poseformer_ros.assessment.body_series import NAMES, PERCENT, TURNS, body_series, unit_of
from poseformer_ros.assessment.exercise_spec import ExerciseSpec
from poseformer_ros.assessment.movement import Movement
from poseformer_ros.assessment.repetitions.repetition import Repetition
from poseformer_ros.assessment.repetitions.segmentation import gaussian, smoothed
from poseformer_ros.assessment.repetitions.signals import SIGNALS, continuous_degrees, leg_length, without_leaps
from poseformer_ros.assessment.series_errors import inferred, series_errors
from poseformer_ros.assessment.smoothness import log_dimensionless_jerk, spectral_arc_length
from poseformer_ros.errors import BadInput

SECONDS, METRES, METRES_A_SECOND, NONE = 's', 'm', 'm/s', ''
REST_S = 0.8                # from the set's beginning, while the person stands
AROUND_S = 0.15             # of a moment whose mean is taken
FAR_S = 0.3                 # the same of the far end, where the body moves little
SHAKE_S = 0.1               # of the Gaussian whose remainder is shaking
INDICATIVE = ('margin', 'sway', 'sparc', 'ldlj', 'shake')      # a depth camera's word is no measurement there


@dataclass(frozen=True)
class Measure:
    """name: 'peak:left_knee' and so on, see `measured`. error: standard error, NaN where unknown. stamp_s: the moment it stands
    for.

    seen: whether the joints it rests on were seen then.
    """

    name: str
    value: float
    error: float
    unit: str
    stamp_s: float
    seen: bool

    @property
    def indicative(self) -> bool:
        """Whether it may only be read as a hint."""
        return self.name.partition(':')[0] in INDICATIVE


@dataclass(frozen=True)
class SetSeries:
    """A set's movement as measured: stamps (T,), and each series (T,) smooth, its standard error, and whether its joints were not
    seen.

    signal: (T,) of the repetitions, as it is. moving: (T, 3) path that tells how smooth the exercise is done. centre: (T, 3) of
    mass. steady: (T, 24, 3) joints. All three smooth, metres. leg_m: length of the leg. rate_hz: of the moments.
    """

    stamps_s: np.ndarray
    values: dict[str, np.ndarray]
    errors: dict[str, np.ndarray]
    unseen: dict[str, np.ndarray]
    signal: np.ndarray
    moving: np.ndarray
    centre: np.ndarray
    steady: np.ndarray
    leg_m: float
    rate_hz: float

    def rest(self, series: str) -> float:
        """The series' level when the set began."""
        return float(np.nanmedian(self.values[series][self.stamps_s <= self.stamps_s[0] + REST_S]))


def set_series(movement: Movement, spec: ExerciseSpec, errors: bool = True) -> SetSeries:
    """Series of a set's moments at which there is a body; errors: whether standard errors are wanted, the dear part. Raises
    BadInput where there are too few."""
    movement = movement[movement.known]
    if len(movement) < 10:
        raise BadInput(f'set of {spec.name}: a body in {len(movement)} moments only; is the person in view?')
    stamps = movement.stamps_s
    raw = body_series(movement.joints)
    raw |= {name: without_leaps(continuous_degrees(raw[name])) for name in TURNS}
    values = {name: smoothed(stamps, raw[name]) if np.isfinite(raw[name]).all() else raw[name] for name in NAMES}
    centre = _smooth_points(stamps, centre_of_mass(movement.joints))
    steady = np.stack([_smooth_points(stamps, movement.joints[:, joint]) for joint in range(movement.joints.shape[1])], axis=1)
    moving = np.mean([steady[:, joint] for joint in _moving_joints(spec)], axis=0)
    unknown = dict.fromkeys(NAMES, np.full(len(stamps), np.nan))
    known_errors = series_errors(movement.joints, movement.covariance) if errors else unknown
    return SetSeries(stamps, values, known_errors, inferred(movement.state),
                     SIGNALS[spec.signal](movement.joints), moving, centre, steady, leg_length(movement.joints),
                     float(1.0 / np.median(np.diff(stamps))))


def _moving_joints(spec: ExerciseSpec) -> tuple[int, ...]:
    """Joints whose path tells how smooth the exercise is done."""
    if spec.signal in ('shoulders', 'left_shoulder', 'right_shoulder', 'elbows', 'shoulders_turn'):
        return (20, 21) if not spec.signal.startswith(('left', 'right')) else ((20,) if spec.signal.startswith('left') else (21,))
    return (12,) if spec.signal in ('trunk_left', 'upper_body_left') else (0,)


def _smooth_points(stamps_s: np.ndarray, points: np.ndarray) -> np.ndarray:
    return np.stack([smoothed(stamps_s, points[:, axis]) for axis in range(3)], axis=1)


def measured(name: str, of: SetSeries, spec: ExerciseSpec, repetitions: Sequence[Repetition], index: int) -> Measure:
    """One measure of one repetition.

    `peak:S`, `low:S`: extreme of a series. `range:S`: between its extremes. `level:S`: its mean. `rise:S`, `fall:S`, `away:S`:
    greatest distance above, below, or to either side of where the series was when the repetition began. `mean:S`, `far:S`: its
    mean, and that around the far end, above where it was when the set began, with the person standing. `shift:S`: how far it goes
    from a repetition's ends to its far end, the mean over the set, for once is no more than sway. `unlike:P`: difference of the
    ranges of left and right P, percent of the greater. `sides:S`: the same of repetitions to the left and to the right, at their
    far ends. `extent`: percent of the exercise's usual range. `duration`, `out`, `hold`, `back`: seconds. `shake`: rapid part of
    the signal, percent of the usual range. `sparc`, `ldlj`: smoothness of the moving limb. `margin`: least margin of stability.
    `sway`: mean speed of the centre of mass along the floor.
    Raises BadInput for another name.
    """
    kind, _, series = name.partition(':')
    one = repetitions[index]
    inside = np.flatnonzero((of.stamps_s >= one.start_s) & (of.stamps_s <= one.end_s))
    if kind in EXTREMES and series in of.values:
        return _extreme(name, of, inside)
    if kind == 'unlike':
        return _unlike(name, of, inside)
    if kind in AT_FAR_ENDS and series in of.values:
        return _at_far_end(name, of, repetitions, one)
    plain = {'extent': (100.0 * one.extent / spec.usual, PERCENT), 'duration': (one.end_s - one.start_s, SECONDS),
             'out': (one.out_s, SECONDS), 'hold': (one.hold_s, SECONDS), 'back': (one.back_s, SECONDS)}
    if name in plain:
        return Measure(name, *_with_error(*plain[name]), one.far_s, True)
    if name == 'shake':
        return Measure(name, _shake(of, inside, spec.usual), np.nan, PERCENT, one.far_s, True)
    if name in ('sparc', 'ldlj'):
        velocity = np.gradient(of.moving, of.stamps_s, axis=0)[inside]
        value = (spectral_arc_length(np.linalg.norm(velocity, axis=1), of.rate_hz) if name == 'sparc'
                 else log_dimensionless_jerk(velocity, of.rate_hz))
        return Measure(name, value, np.nan, NONE, one.far_s, True)
    if name == 'sway':
        return Measure(name, sway_speed(of.centre[inside], of.stamps_s[inside]), np.nan, METRES_A_SECOND, one.far_s, True)
    if name == 'margin':
        return _least_margin(of, inside)
    raise BadInput(f'measure {name!r} is not known; see assessment/measures.py')


def _least_margin(of: SetSeries, inside: np.ndarray) -> Measure:
    first = max(0, inside[0] - 1)       # for the speed at the first moment, as at the last
    around = slice(first, inside[-1] + 2)
    margin = margin_of_stability(of.steady[around], of.stamps_s[around], of.leg_m)[inside - first]
    at = int(np.argmin(margin))
    return Measure('margin', float(margin[at]), np.nan, METRES, float(of.stamps_s[inside[at]]), True)


def _with_error(value: float, unit: str) -> tuple[float, float, str]:
    return float(value), np.nan, unit


EXTREMES = ('peak', 'low', 'range', 'rise', 'fall', 'away', 'mean', 'level')
AT_FAR_ENDS = ('far', 'shift', 'sides')


def _extreme(name: str, of: SetSeries, inside: np.ndarray) -> Measure:
    kind, _, series = name.partition(':')
    values, errors = of.values[series][inside], of.errors[series][inside]
    if not np.isfinite(values).any():
        return Measure(name, np.nan, np.nan, unit_of(series), float(of.stamps_s[inside[0]]), False)
    away = values - values[0]
    high, low = int(np.nanargmax(values)), int(np.nanargmin(values))
    at, value = {'peak': (high, values[high]), 'low': (low, values[low]), 'range': (high, values[high] - values[low]),
                 'mean': (high, float(np.nanmean(values)) - of.rest(series)), 'level': (high, float(np.nanmean(values))),
                 'rise': (high, away[high]), 'fall': (low, -away[low]),
                 'away': max(((high, away[high]), (low, -away[low])), key=lambda pair: pair[1])}[kind]
    error = errors[at] if kind in ('peak', 'low', 'level') else np.hypot(errors[at], errors[low if kind == 'range' else 0])
    seen = not of.unseen[series][inside[at]]
    return Measure(name, float(value), float(error), unit_of(series), float(of.stamps_s[inside[at]]), seen)


def _at_far_end(name: str, of: SetSeries, repetitions: Sequence[Repetition], one: Repetition) -> Measure:
    kind, _, series = name.partition(':')
    at = int(np.argmin(np.abs(of.stamps_s - one.far_s)))
    error, unit = float(of.errors[series][at]), unit_of(series)
    if kind == 'far':
        value = _mean_around(of, series, one.far_s, one.leave_s, FAR_S) - of.rest(series)
        error = float(np.hypot(error, of.errors[series][0]))
    elif kind == 'shift':
        value = float(np.mean([_way_out(of, series, each) for each in repetitions]))
        error /= float(np.sqrt(len(repetitions)))
    else:
        to_left, to_right = (_usual_reach(of, series, repetitions, side) for side in (1, -1))
        share = 100.0 / max(to_left, to_right, 1e-9)
        value, error, unit = share * (to_left - to_right), share * error, PERCENT
    return Measure(name, value, error, unit, one.far_s, not of.unseen[series][at])


def _way_out(of: SetSeries, series: str, one: Repetition) -> float:
    """From both ends of a repetition to its far end, so that who drifts all the time goes nowhere."""
    ends = [_mean_around(of, series, end_s, end_s) for end_s in (one.start_s, one.end_s)]
    return _mean_around(of, series, one.far_s, one.leave_s) - float(np.mean(ends))


def _usual_reach(of: SetSeries, series: str, repetitions: Sequence[Repetition], side: int) -> float:
    """How far the whole repetitions to a side go from the median, on the whole; NaN without any."""
    middle = float(np.nanmedian(of.values[series]))
    reached = [side * (_mean_around(of, series, each.far_s, each.leave_s) - middle) for each in repetitions
               if each.side == side and not each.half]
    return float(np.mean(reached)) if reached else np.nan


def _mean_around(of: SetSeries, series: str, first_s: float, last_s: float, around_s: float = AROUND_S) -> float:
    """Mean of what is known from a moment to another, and a little around; NaN where nothing is."""
    near = of.values[series][(of.stamps_s >= first_s - around_s) & (of.stamps_s <= last_s + around_s)]
    return float(np.nanmean(near)) if np.isfinite(near).any() else np.nan


def _unlike(name: str, of: SetSeries, inside: np.ndarray) -> Measure:
    pair = name.partition(':')[2]
    left, right = (_extreme(f'range:{side}_{pair}', of, inside) for side in ('left', 'right'))
    greater = max(left.value, right.value, 1e-9)
    error = 100.0 * float(np.hypot(left.error, right.error)) / greater
    moment_s = max(left, right, key=lambda measure: measure.value).stamp_s
    return Measure(name, 100.0 * (left.value - right.value) / greater, error, PERCENT, moment_s, left.seen and right.seen)


def _shake(of: SetSeries, inside: np.ndarray, usual: float) -> float:
    """Root mean square of what a Gaussian takes off the signal, and once more off that, for the first takes off some of a swift
    movement too; percent of the exercise's usual range."""
    rest = np.stack([of.signal.real, of.signal.imag])
    for _ in range(2):
        rest = rest - np.stack([gaussian(of.stamps_s, part, SHAKE_S) for part in rest])
    return float(100.0 * np.sqrt(np.mean(np.sum(rest[:, inside] ** 2, axis=0))) / usual)
