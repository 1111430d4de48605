"""What can be measured of fits without truth: residual, constancy of the bones, jitter, losses; a table over recordings."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from poseformer_ros.body.fitting.result import FitState
from poseformer_ros.evaluation.tables import markdown_table
from poseformer_ros.recordings.fitted_sequence import FittedSequence
from poseformer_ros.skeleton.joints import BONES

DIVERGED_M = 0.25       # a body whose joints lie on median further than this from the measured ones is somewhere else
SETTLED_S = 3.0         # the person's shape is learned in the first seconds
HEAD = ('group', 'sequences', 'frames', 'fitted %', 'lost %', 'not finite', 'diverged frames', 'residual mm', 'p95', 'bones mm',
        'worst', 'bones measured mm', 'jitter mm', 'jitter measured mm')


@dataclass(frozen=True)
class FitMeasures:
    """Of one sequence; lengths in metres.

    frames, fitted, lost: numbers of moments. broken: values of fitted moments that are not finite.
    diverged: fitted moments whose measured joints lie on median over DIVERGED_M from the body's.
    residual: (F,) root mean square distance of the joints that were believed, of each fitted moment.
    bones, bones_measured: standard deviation over time of the length of the least steady bone, after SETTLED_S; of the body, and of
        what went in, where it has both ends. NaN for a short sequence.
    jitter, jitter_measured: median over moments and joints of the second difference of a joint's place.
    """

    group: str
    frames: int
    fitted: int
    lost: int
    broken: int
    diverged: int
    residual: np.ndarray
    bones: float
    bones_measured: float
    jitter: float
    jitter_measured: float


def measured_fit(sequence: FittedSequence) -> FitMeasures:
    """The measures of a sequence."""
    fitted = sequence.fitted
    values = (sequence.pose, sequence.betas, sequence.translation, sequence.joints, sequence.joint_covariance)
    broken = sum(int((~np.isfinite(array[fitted])).sum()) for array in values)
    away = np.linalg.norm(sequence.measured[fitted] - sequence.joints[fitted], axis=2)
    settled = fitted & (sequence.stamps_s >= sequence.stamps_s[0] + SETTLED_S)
    both = np.where(np.isfinite(sequence.measured), sequence.joints, np.nan)      # of the same joints
    return FitMeasures(group=sequence.facts.group, frames=len(sequence), fitted=int(fitted.sum()),
                       broken=broken, lost=int((sequence.state == FitState.LOST).sum()),
                       diverged=int((np.nanmedian(away, axis=1) > DIVERGED_M).sum()),
                       residual=sequence.joint_residual[fitted], bones=_least_steady(sequence.joints[settled]),
                       bones_measured=_least_steady(sequence.measured[settled]), jitter=_jitter(both),
                       jitter_measured=_jitter(sequence.measured))


def fit_table(measures: Sequence[FitMeasures]) -> str:
    """Markdown: a line for each group and one for all. Residuals over moments; bones and jitter are medians over sequences."""
    groups = [list(some) for _, some in groupby(sorted(measures, key=lambda m: m.group), lambda m: m.group)]
    rows = [_row(some[0].group, some) for some in groups]
    return markdown_table(HEAD, rows if len(groups) == 1 else [*rows, _row('all', measures)])


def _row(name: str, some: Sequence[FitMeasures]) -> tuple[str, ...]:
    frames = sum(m.frames for m in some)
    residual = np.concatenate([m.residual for m in some])
    bones = [m.bones for m in some]
    return (name, str(len(some)), str(frames), f'{100.0 * sum(m.fitted for m in some) / frames:.2f}',
            f'{100.0 * sum(m.lost for m in some) / frames:.2f}', str(sum(m.broken for m in some)),
            str(sum(m.diverged for m in some)), _millimetres(residual, 50), _millimetres(residual, 95),
            _millimetres(bones, 50), _millimetres(bones, 100), _millimetres([m.bones_measured for m in some], 50),
            _millimetres([m.jitter for m in some], 50), _millimetres([m.jitter_measured for m in some], 50))


def _millimetres(values: Sequence[float] | np.ndarray, percentile: float) -> str:
    known = np.asarray(values)[np.isfinite(values)]
    return f'{np.percentile(known, percentile) * 1000.0:.1f}' if len(known) else '-'


def _least_steady(joints: np.ndarray) -> float:
    """Metres: the largest standard deviation over time of a bone's length; NaN without two moments."""
    lengths = np.stack([np.linalg.norm(joints[:, a] - joints[:, b], axis=1) for a, b in BONES], axis=1)
    lengths = lengths[:, np.isfinite(lengths).sum(axis=0) >= 2]
    return float(np.nanstd(lengths, axis=0).max()) if lengths.size else np.nan


def _jitter(joints: np.ndarray) -> float:
    """Metres: median size of the second difference over time of joints (T, 24, 3), which steady movement does not have."""
    bend = np.linalg.norm(joints[2:] - 2.0 * joints[1:-1] + joints[:-2], axis=2)
    return float(np.median(bend[np.isfinite(bend)])) if np.isfinite(bend).any() else np.nan
