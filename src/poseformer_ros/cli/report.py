"""`poseformer report SESSION`: what was done and how, as a page, a PDF and tables."""

import argparse
from pathlib import Path

from poseformer_ros.assessment.exercise_spec import ExerciseSpec, exercise_specs
from poseformer_ros.assessment.movement import Movement, covariance_in_room, in_room
from poseformer_ros.assessment.set_assessment import AssessedSet, assess_set
from poseformer_ros.drawing.report.content import AssessedSession
from poseformer_ros.drawing.report.write import write_report
from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.fitted_sequence import FittedSequence, load_fitted
from poseformer_ros.recordings.live_session import TAUGHT
from poseformer_ros.recordings.session_file import NAME, Session, read_session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Session, exercises, place."""
    parser.add_argument('session', type=Path, help='folder of a session, its session.jsonl, or a result of `poseformer fit` (.npz)')
    parser.add_argument('--exercise', help='what a fitted file shows, such as kimore_es5')
    parser.add_argument('--exercises', type=Path, help='YAML file of exercises and bands of your own')
    parser.add_argument('--out', type=Path, help='folder for the report (the session; beside a fitted file)')


def run(arguments: argparse.Namespace) -> int:
    """Assess and write."""
    specs = exercise_specs(arguments.exercises)
    if arguments.session.suffix == '.npz':
        session, earlier = _of_fit(arguments.session, arguments.exercise, specs), []
        out = arguments.out or arguments.session.with_suffix('')
    else:
        path = arguments.session / NAME if arguments.session.is_dir() else arguments.session
        taught = path.parent.parent.parent / TAUGHT
        specs = (exercise_specs(taught) if taught.is_file() else {}) | specs
        session = _assessed(read_session(path), specs)
        others = sorted(path.parent.parent.glob(f'*/{NAME}'))
        earlier = [_assessed(read_session(other), specs) for other in others if other.parent.name < path.parent.name]
        out = arguments.out or path.parent
    for path in write_report(session, earlier, out):
        print(path)
    return 0


def _assessed(session: Session, specs: dict[str, ExerciseSpec]) -> AssessedSession:
    sets = []
    for number, one in enumerate(session.sets, start=1):
        if one.exercise not in specs:
            print(f'set {number}: exercise {one.exercise!r} is not known and left out')
            continue
        try:
            sets.append((specs[one.exercise], assess_set(one.movement, specs[one.exercise]), one.marks, one.ended))
        except BadInput as error:
            print(f'set {number}: {error}')
            sets.append((specs[one.exercise], AssessedSet(one.exercise, (), 0.0, 0.0, 0.0), one.marks, one.ended))
    made_by = ', '.join(f'{key} {value}' for key, value in session.facts.items())
    return AssessedSession(session.patient, session.day, tuple(sets), made_by)


def _of_fit(path: Path, exercise: str | None, specs: dict[str, ExerciseSpec]) -> AssessedSession:
    fit = load_fitted(path)
    name = exercise or fit.facts.group
    if name not in specs:
        raise BadInput(f'--exercise {name!r}: not known; choose one of {", ".join(specs)}')
    facts = fit.facts
    made_by = f'poseformer_ros {facts.version}, body {facts.model}, joints {facts.detector or "as recorded"}, fit {facts.method}'
    found = assess_set(movement_of_fit(fit), specs[name])
    return AssessedSession(path.stem, 'unknown day', ((specs[name], found, (), True),), made_by)


def movement_of_fit(fit: FittedSequence) -> Movement:
    """A fitted recording in its room."""
    covariance = covariance_in_room(fit.joint_covariance, fit.ground)
    return Movement(fit.stamps_s, in_room(fit.joints, fit.ground), fit.joint_state, covariance, fit.quality)
