"""`poseformer report SESSION`: what was done and how, as a page, a PDF and tables."""

import argparse
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np

from poseformer_ros.assessment.exercise_spec import ExerciseSpec, exercise_specs
from poseformer_ros.assessment.movement import Movement, movement_of_fit
from poseformer_ros.assessment.outcome_features import outcome_features
from poseformer_ros.assessment.score_model import Score, ScoreModel, scores_of_sets
from poseformer_ros.assessment.set_assessment import AssessedSet, assess_set
from poseformer_ros.drawing.report.content import AssessedSession, KnownSet
from poseformer_ros.drawing.report.write import write_report
from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.bags.reader import is_bag
from poseformer_ros.recordings.fitted_sequence import load_fitted
from poseformer_ros.recordings.live_session import TAUGHT
from poseformer_ros.recordings.score_file import load_score_model
from poseformer_ros.recordings.session_file import NAME, Session, read_session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Session, exercises, place."""
    parser.add_argument('session', type=Path,
                        help='folder of a session, its session.jsonl, a result of `poseformer fit` (.npz), or a bag of a station')
    parser.add_argument('--exercise', help='what a fitted file or bag shows, such as kimore_es5; of a bag the sets that were begun '
                                           'when left out')
    parser.add_argument('--exercises', type=Path, help='YAML file of exercises and bands of your own')
    parser.add_argument('--score', type=Path, help='score model of `poseformer train score`; without it the report gives no score')
    parser.add_argument('--out', type=Path, help='folder for the report (the session; beside a fitted file or bag)')


def run(arguments: argparse.Namespace) -> int:
    """Assess and write."""
    specs, model = exercise_specs(arguments.exercises), load_score_model(arguments.score) if arguments.score else None
    earlier: list[AssessedSession] = []
    if arguments.session.suffix == '.npz':
        session = _of_fit(arguments.session, arguments.exercise, specs, model)
        out = arguments.out or arguments.session.with_suffix('')
    elif is_bag(arguments.session):
        session = _of_bag(arguments.session, arguments.exercise, specs, model)
        out = arguments.out or arguments.session.parent / f'{arguments.session.stem}_report'
    else:
        path = arguments.session / NAME if arguments.session.is_dir() else arguments.session
        taught = path.parent.parent.parent / TAUGHT
        specs = (exercise_specs(taught) if taught.is_file() else {}) | specs
        session = _assessed(read_session(path), specs, model)
        others = sorted(path.parent.parent.glob(f'*/{NAME}'))
        earlier = [_assessed(read_session(other), specs, None) for other in others if other.parent.name < path.parent.name]
        out = arguments.out or path.parent
    for path in write_report(session, earlier, out):
        print(path)
    return 0


def _assessed(session: Session, specs: dict[str, ExerciseSpec], model: ScoreModel | None) -> AssessedSession:
    sets, movements = [], []
    for number, one in enumerate(session.sets, start=1):
        if one.exercise not in specs:
            print(f'set {number}: exercise {one.exercise!r} is not known and left out')
            continue
        try:
            found = assess_set(one.movement, specs[one.exercise])
        except BadInput as error:
            print(f'set {number}: {error}')
            found = AssessedSet(one.exercise, (), 0.0, 0.0, np.empty(0))
        sets.append((specs[one.exercise], found, one.marks, one.ended))
        movements.append(one.movement)
    made_by = ', '.join(f'{key} {value}' for key, value in session.facts.items())
    return AssessedSession(session.patient, session.day, tuple(sets), made_by, *_scored(sets, movements, model))


def _scored(sets: Sequence[KnownSet], movements: Sequence[Movement], model: ScoreModel | None
            ) -> tuple[tuple[Score | None, ...], str]:
    """Scores of a session's sets, and what they were learned from."""
    if model is None:
        return (None,) * len(sets), ''
    done = [index for index, (_, found, *_) in enumerate(sets) if found.repetitions]
    features = [(sets[index][0].name, _features(movements[index], sets[index][1])) for index in done]
    told = dict(zip(done, scores_of_sets(model, features)))
    return tuple(told.get(index) for index in range(len(sets))), model.source


def _features(movement: Movement, found: AssessedSet) -> np.ndarray:
    movement = movement[movement.known]
    spans = [(one.repetition.start_s, one.repetition.end_s) for one in found.repetitions]
    return outcome_features(movement.stamps_s, movement.joints, spans)


def _of_bag(path: Path, exercise: str | None, specs: dict[str, ExerciseSpec], model: ScoreModel | None) -> AssessedSession:
    from poseformer_ros.station.bag_sets import sets_of_bag  # brings ROS
    sets = sets_of_bag(path, exercise)
    day = datetime.fromtimestamp(float(sets[0][1].stamps_s[0])).date().isoformat()
    return _of_movements(path.stem, day, sets, 'the station that was recorded', specs, model)


def _of_fit(path: Path, exercise: str | None, specs: dict[str, ExerciseSpec], model: ScoreModel | None) -> AssessedSession:
    fit = load_fitted(path)
    facts = fit.facts
    made_by = f'poseformer_ros {facts.version}, body {facts.model}, joints {facts.detector or "as recorded"}, fit {facts.method}'
    sets = [(exercise or facts.group, movement_of_fit(fit.stamps_s, fit, fit.ground))]
    return _of_movements(path.stem, 'unknown day', sets, made_by, specs, model)


def _of_movements(name: str, day: str, sets: Sequence[tuple[str, Movement]], made_by: str, specs: dict[str, ExerciseSpec],
                  model: ScoreModel | None) -> AssessedSession:
    """Whole sets that were recorded outside a session."""
    for exercise, _ in sets:
        if exercise not in specs:
            raise BadInput(f'--exercise {exercise!r}: not known; choose one of {", ".join(specs)}')
    assessed: list[KnownSet] = [(specs[exercise], assess_set(movement, specs[exercise]), (), True) for exercise, movement in sets]
    return AssessedSession(name, day, tuple(assessed), made_by, *_scored(assessed, [movement for _, movement in sets], model))
