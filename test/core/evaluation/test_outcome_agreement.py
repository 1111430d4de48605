"""Agreement of two ways to an outcome: a published example, and differences that are known."""

import numpy as np
import pytest

from poseformer_ros.assessment.exercise_spec import exercise_specs
from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.evaluation.assessment.acted_joints import true_movement
from poseformer_ros.evaluation.real_motion.agreement import intraclass_correlation, outcome_agreement
from poseformer_ros.evaluation.real_motion.judge_motion import ROW
from poseformer_ros.synthesis.motion.exercises import make_motion
from poseformer_ros.synthesis.motion.motion_style import sample_style

MODEL = load_body_model(default_body_path())


def test_intraclass_correlation_of_the_published_example():
    """Six targets, four judges: Shrout and Fleiss 1979, tables 2 and 4."""
    ratings = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float)
    assert intraclass_correlation(ratings) == pytest.approx(0.29, abs=0.005)
    assert intraclass_correlation(np.repeat(ratings[:, :1], 2, axis=1)) == pytest.approx(1.0)


def performed(exercise: str, people: int, repetitions: int) -> np.ndarray:
    """Rows of people who do an exercise, fitted where they are."""
    found = []
    for person in range(people):
        clip = make_motion(exercise, sample_style(person), person, repetitions=repetitions, rate_hz=10.0, model=MODEL)
        rows = np.zeros(len(clip), ROW)
        rows['name'], rows['exercise'], rows['stamp_s'] = f'p{person}', exercise, np.arange(len(clip)) / 10.0
        rows['repetition'] = clip.repetition
        rows['true'] = rows['fitted'] = true_movement(clip, MODEL).joints
        found.append(rows)
    return np.concatenate(found)


def test_what_is_fitted_truly_agrees_and_a_constant_difference_is_the_bias():
    rows = performed('kimore_es5', 3, 3)
    same = outcome_agreement(rows)['kimore_es5']
    assert set(same) == set(exercise_specs()['kimore_es5'].outcomes)
    for one in same.values():
        assert one['repetitions'] == 9 and one['bias'] == pytest.approx(0, abs=1e-9) and one['icc'] == pytest.approx(1)
    # A hip that lies ahead makes every knee read more.
    rows['fitted'][:, [1, 2], 2] += 0.03
    knee = outcome_agreement(rows)['kimore_es5']['peak:left_knee']
    assert abs(knee['bias']) > 1.0 and knee['limits'][0] < knee['bias'] < knee['limits'][1] and knee['icc'] < 1.0


def test_repetitions_that_are_cut_and_images_without_a_fit_are_left_out():
    rows = performed('kimore_es1', 2, 3)
    cut = rows[(rows['name'] != 'p1') | (rows['repetition'] > 0) & (rows['repetition'] < 3) | (rows['stamp_s'] < 1)]
    assert outcome_agreement(cut)['kimore_es1']['peak:left_elbow']['repetitions'] == 3 + 1
    rows['fitted'][rows['name'] == 'p1'] = np.nan
    assert outcome_agreement(rows)['kimore_es1']['peak:left_elbow']['repetitions'] == 3
