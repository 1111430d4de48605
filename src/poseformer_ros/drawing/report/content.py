"""What a report says: texts and figures of a session, plain, for page, paper and tables alike."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from poseformer_ros.assessment.body_series import DEGREE, PERCENT, unit_of
from poseformer_ros.assessment.exercise_spec import ExerciseSpec
from poseformer_ros.assessment.measures import Measure
from poseformer_ros.assessment.score_model import Score
from poseformer_ros.assessment.set_assessment import CONTROL, AssessedRepetition, AssessedSet
from poseformer_ros.body.fitting.fit_options import FitOptions
from poseformer_ros.drawing.report.body_figure import body_svg

MOST_DRAWINGS = 6
SMALLEST_CHANGE_DEG = 10.0      # of trunk range by inertial sensors 5 to 15 degrees (PMC5034504)
NAMES = {'incomplete_range': 'range not reached', 'trunk_lean': 'trunk leaned', 'asymmetry': 'sides unlike',
         'shoulder_hike': 'shoulder pulled up', 'knees_inward': 'knee inwards', 'jerk': 'shaky', 'too_fast': 'too fast'}
NO_SCORE = ("No total score like a clinician's is given: none ships with this software (`poseformer train score` learns one from "
            'recordings that were scored).')
SCORE = 'total_score'
SIDE = {1: 'left', -1: 'right', 0: ''}
CAUTIONS = (
    'Angles and times come from a body model fitted to a depth camera; ± is one standard error of a single image, as the fit says.',
    f'A change of less than {SMALLEST_CHANGE_DEG:.0f} degrees between sessions is not called a change here: the smallest that can '
    'be told of trunk range is 5 to 15 degrees even with sensors on the body (PMC5034504).',
    'Figures marked * are indicative: smoothness, shaking and the margin of stability were not checked against a laboratory, and '
    'sway from depth cameras agrees poorly with force plates (PMC5759879). They support no decision by themselves.',
    'Margin of stability: least distance of the extrapolated centre of mass, CoM + v sqrt(l / g), from the edge of the convex hull '
    'of the feet, positive inside (Hof 2005).',
    'Target bands were set on rendered people, not on patients; a therapist may set them for each patient.')


@dataclass(frozen=True)
class Drawing:
    """A fault's moment: repetition, sentence, and the body as SVG."""

    title: str
    sentence: str
    svg: str


@dataclass(frozen=True)
class Section:
    """One set. head, rows: the table of its repetitions, rows with a flag for a fault. held_head, held: the table of how the rest
    of the body was held. trend: lines about earlier sessions."""

    title: str
    summary: tuple[str, ...]
    head: tuple[str, ...]
    rows: tuple[tuple[bool, tuple[str, ...]], ...]
    held_head: tuple[str, ...]
    held: tuple[tuple[str, ...], ...]
    drawings: tuple[Drawing, ...]
    marks: tuple[str, ...]
    trend: tuple[str, ...]


KnownSet = tuple[ExerciseSpec, AssessedSet, tuple[tuple[float, str], ...], bool]


@dataclass(frozen=True)
class AssessedSession:
    """Sets of a session as (what is known of the exercise, assessment, marks, whether it was ended). scores: of each set, None
    where none was validated. score_source: what the scores were learned from; empty without a score model."""

    patient: str
    day: str
    sets: tuple[KnownSet, ...]
    made_by: str
    scores: tuple[Score | None, ...] = ()
    score_source: str = ''


def sections_of(session: AssessedSession, earlier: Sequence[AssessedSession]) -> list[Section]:
    """What is said of each set."""
    scores = session.scores or (None,) * len(session.sets)
    return [_section(*one, earlier, _score_line(score, session.score_source)) for one, score in zip(session.sets, scores)]


def _score_line(score: Score | None, source: str) -> str:
    if not source:
        return NO_SCORE
    if score is None:
        return 'No total score: none was validated for this exercise.'
    return (f'Total score {score.value:.0f} ± {score.error:.0f} of {score.highest:.0f}*, learned from {source}. Validated on their '
            "sensor's joints, not on this camera and this person.")


def _section(spec: ExerciseSpec, found: AssessedSet, marks: Sequence[tuple[float, str]], ended: bool,
             earlier: Sequence[AssessedSession], score: str) -> Section:
    head = ('rep', *(['side'] if spec.kind == 'both_ways' else []), 'range %', *map(heading, spec.outcomes), 'out s',
            'hold s', 'back s', 'smooth*', 'margin m*', 'what was found')
    rows = tuple((bool(one.faults), _row(spec, one)) for one in found.repetitions)
    faulty = [one for one in found.repetitions if one.faults]
    drawings = tuple(Drawing(f'Repetition {one.repetition.number}{_sided(one)}', one.faults[0].sentence,
                             body_svg(one.posture, one.faults[0].joints)) for one in faulty[:MOST_DRAWINGS])
    begun = found.repetitions[0].repetition.start_s if found.repetitions else 0.0
    notes = tuple(f'{timedelta(seconds=round(max(0.0, at - begun)))} after the first movement: {text}' for at, text in marks)
    summary = (*_summary(spec, found, ended), *([score] if found.repetitions else []))
    held_head = ('mean / range', *(str(one.repetition.number) for one in found.repetitions))
    return Section(spec.title, summary, head, rows, held_head, _held(spec, found), drawings, notes, _trend(spec, found, earlier))


def _held(spec: ExerciseSpec, found: AssessedSet) -> tuple[tuple[str, ...], ...]:
    """Of each control factor its mean and range in every repetition."""
    if not found.repetitions:
        return ()
    return tuple((f'{series.replace("_", " ")} {"°" if unit_of(series) == DEGREE else "%"}',
                  *(' / '.join(f'{one.measure(f"{kind}:{series}").value:.0f}' for kind in CONTROL) for one in found.repetitions))
                 for series in spec.controls)


def _summary(spec: ExerciseSpec, found: AssessedSet, ended: bool) -> tuple[str, ...]:
    count = len(found.repetitions)
    if not count:
        return ('No repetition was found.',)
    counted = Counter(fault.name for one in found.repetitions for fault in one.faults)
    lines = [f'{count} repetitions, {sum(not one.faults for one in found.repetitions)} without a fault.']
    for name, times in counted.most_common():
        numbers = [str(one.repetition.number) for one in found.repetitions if any(fault.name == name for fault in one.faults)]
        first = next(fault for one in found.repetitions for fault in one.faults if fault.name == name)
        which = f'repetition{"s" if len(numbers) > 1 else ""} {", ".join(numbers)}'
        lines.append(f'{NAMES.get(name, name).capitalize()} in {times} of {count} ({which}). {first.sentence}')
    sides = {side: [one.measure('extent').value for one in found.repetitions if one.repetition.side == side] for side in (1, -1)}
    if spec.kind == 'both_ways' and all(sides.values()):
        reached = [np.mean(extents) for extents in sides.values()]
        lines.append(f'On average {reached[0]:.0f} % of the usual range to the left, {reached[1]:.0f} % to the right.')
    for left in (name for name in spec.outcomes if ':left_' in name and name.replace('left', 'right') in spec.outcomes):
        means = [_mean(found, name) for name in (left, left.replace('left', 'right'))]
        lines.append(f'{heading(left).replace("left ", "").capitalize()}: left {means[0]:.0f}, right {means[1]:.0f} on average.')
    duration = [one.measure('duration').value for one in found.repetitions]
    lines.append(f'A repetition took {np.mean(duration):.1f} s, from {min(duration):.1f} to {max(duration):.1f} s.')
    doubtful = found.doubtful(FitOptions().doubtful_below)
    lines.append(f'The body was found in {100 * found.fitted:.0f} % of the moments; in {100 * found.seen:.0f} % of them every '
                 f'joint that figures rest on was seen, in {100 * doubtful:.0f} % the fit was doubtful.')
    if not ended:
        lines.append('The set was not ended: the recording stops within it.')
    return tuple(lines)


def _row(spec: ExerciseSpec, one: AssessedRepetition) -> tuple[str, ...]:
    side = [SIDE[one.repetition.side]] if spec.kind == 'both_ways' else []
    said = [NAMES.get(fault.name, fault.name) + ('' if fault.sure else ' (not sure)') for fault in one.faults]
    return (str(one.repetition.number), *side, f'{one.measure("extent").value:.0f}',
            *(told(one.measure(name)) for name in spec.outcomes),
            *(f'{one.measure(name).value:.1f}' for name in ('out', 'hold', 'back')), f'{one.measure("sparc").value:.2f}',
            f'{one.measure("margin").value:.2f}', ('half; ' if one.repetition.half else '') + (', '.join(said) or 'nothing'))


def told(measure: Measure) -> str:
    """A figure with its error; in brackets where it rests on a joint that was not seen."""
    if not np.isfinite(measure.value):
        return '-'
    text = f'{measure.value:.0f}' + (f' ± {measure.error:.0f}' if np.isfinite(measure.error) else '')
    return text if measure.seen else f'({text})'


def heading(measure: str) -> str:
    """A measure's name for people."""
    kind, _, series = measure.partition(':')
    unit = '%' if unit_of(series) == PERCENT else '°'
    words = {'peak': '', 'low': 'least ', 'range': 'range of ', 'rise': 'gain of ', 'away': 'change of '}
    return f'{words.get(kind, kind + " ")}{series.replace("_", " ")} {unit}'


def _sided(one: AssessedRepetition) -> str:
    return f', to the {SIDE[one.repetition.side]}' if one.repetition.side else ''


def _trend(spec: ExerciseSpec, found: AssessedSet, earlier: Sequence[AssessedSession]) -> tuple[str, ...]:
    lines = []
    for name in spec.outcomes:
        now = _mean(found, name)
        before = [(session.day, _mean(one, name)) for session in earlier for known, one, _, _ in session.sets
                  if known.name == spec.name]
        before = [(day, value) for day, value in before if np.isfinite(value)]
        if before and np.isfinite(now):
            change = now - before[-1][1]
            word = 'no change that can be told' if abs(change) < SMALLEST_CHANGE_DEG else f'changed by {change:+.0f}'
            so_far = ', '.join(f'{day} {value:.0f}' for day, value in before)
            lines.append(f'{heading(name)}: {so_far}, now {now:.0f}: {word}.')
    return tuple(lines)


def _mean(found: AssessedSet, name: str) -> float:
    values = [one.measure(name).value for one in found.repetitions]
    return float(np.nanmean(values)) if np.isfinite(values).any() else np.nan


FIGURE_COLUMNS = ('patient', 'day', 'set', 'exercise', 'repetition', 'side', 'measure', 'value', 'standard_error', 'unit',
                  'moment_s', 'seen', 'indicative', 'fault', 'sentence')


def figures(session: AssessedSession) -> list[tuple]:
    """Every figure of a report, a row each, in FIGURE_COLUMNS; moments in seconds of the recording; repetition 0: the whole set."""
    rows: list[tuple] = []
    for number, (spec, found, _, _) in enumerate(session.sets, start=1):
        for one in found.repetitions:
            faults = {fault.measure: fault for fault in one.faults}
            for measure in one.measures:
                fault = faults.get(measure.name)
                rows.append((session.patient, session.day, number, spec.name, one.repetition.number, SIDE[one.repetition.side],
                             measure.name, measure.value, measure.error, measure.unit, measure.stamp_s, measure.seen,
                             measure.indicative,
                             fault.name if fault else '', fault.sentence if fault else ''))
    scored = enumerate(zip(session.sets, session.scores), start=1)
    told = [(number, spec.name, score) for number, ((spec, *_), score) in scored if score]
    rows += [(session.patient, session.day, number, name, 0, '', SCORE, score.value, score.error, f'of {score.highest:.0f}', np.nan,
              True, True, '', '') for number, name, score in told]
    return rows
