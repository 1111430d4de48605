"""The assessment's evaluation: its recipe, its judging of what is right and wrong, its command."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers.acted_sets import acted_clip, acted_movement

from poseformer_ros.assessment.body_series import body_series
from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.cli.main import main
from poseformer_ros.errors import BadInput
from poseformer_ros.evaluation.assessment.acted_joints import FOLLOWED, acted_sets, with_errors
from poseformer_ros.evaluation.assessment.judged_sets import exercise_table, fault_table, judged, true_edges
from poseformer_ros.evaluation.assessment.set_recipe import RIGHT, set_plans
from poseformer_ros.synthesis.motion.exercise_library import EXERCISES

RECIPE = Path(__file__).parents[3] / 'studio' / 'assessment_v1.yaml'


def test_the_recipe_has_every_exercise_right_and_with_each_of_its_faults():
    plans = set_plans(RECIPE)
    assert plans == set_plans(RECIPE) and len({plan.name for plan in plans}) == len(plans)
    for exercise in {plan.exercise for plan in plans}:
        acted = [plan.fault for plan in plans if plan.exercise == exercise]
        assert sorted(set(acted)) == sorted({RIGHT, *EXERCISES[exercise].faults}) and acted.count(RIGHT) == 2


def test_nobody_whom_bands_were_set_on_judges_them():
    people = {name: {plan.person for plan in set_plans(RECIPE.with_name(f'assessment_{name}.yaml'))} for name in
              ('dev', 'bands', 'v1', 'v2')}
    assert not people['bands'] & (people['v1'] | people['v2']) and not people['dev'] & (people['v1'] | people['v2'])
    assert sum(plan.fault == RIGHT for plan in set_plans(RECIPE.with_name('assessment_v2.yaml'))) == 100


def test_drawn_errors_leave_out_most_of_a_pulled_up_shoulder():
    model = load_body_model(default_body_path())
    right, wrong = (acted_movement(acted_clip('kimore_es1', 62013, model, faults), model, noise=False)
                    for faults in ((), ('shoulder_hike',)))
    far = slice(len(wrong) // 4, -len(wrong) // 4)
    rise = [np.median(body_series(one.joints)['left_shoulder_hike'][far]) for one in
            (right, wrong, with_errors(right, 1), with_errors(wrong, 1))]
    assert rise[1] - rise[0] > 1.0
    assert (rise[3] - rise[2]) / (rise[1] - rise[0]) == pytest.approx(FOLLOWED, abs=0.15)


def test_a_wrong_recipe_is_said(tmp_path):
    wrong = tmp_path / 'wrong.yaml'
    wrong.write_text(RECIPE.read_text().replace('kimore_es1', 'juggling'))
    with pytest.raises(BadInput, match='juggling'):
        set_plans(wrong)


def test_a_set_that_is_told_truly_has_no_error_and_one_that_is_shifted_has():
    plan = next(plan for plan in set_plans(RECIPE) if plan.exercise == 'kimore_es5' and plan.fault == RIGHT)
    known = next(acted_sets([plan]))
    true = replace(known, movement=replace(known.movement, joints=known.joints))
    found = judged(true)
    assert found.counted == plan.repetitions and found.centre_m < 1e-9 and found.angles_deg < 0.5
    late = replace(true, repetition=np.roll(true.repetition, -15))
    assert np.median(judged(late).edges_s) > 0.6
    lines = (exercise_table([found]) + fault_table({'joints': [found]})).splitlines()
    assert any('1 of 1' in line for line in lines)


def test_edges_are_where_repetitions_begin_and_end():
    repetition = np.array([0, 1, 1, 1, 0, 2, 2])
    np.testing.assert_allclose(true_edges(repetition, np.arange(7) / 10), [[0.1, 0.4], [0.5, 0.7]])


def test_command_writes_its_tables(tmp_path, capsys):
    assert main(['evaluate', 'assessment', str(RECIPE), '--joints', '--first', '1', '--out', str(tmp_path)]) == 0
    assert 'kimore_es1' in (tmp_path / 'joints.md').read_text()
    assert main(['evaluate', 'assessment', '--kimore', str(tmp_path)]) == 2
    assert 'give the folder of KIMORE' in capsys.readouterr().err
