"""A small plan from motions to the report: the same twice, also when cut off; and a report without training."""

import json
import shutil

import pytest
from helpers.labelled_motions import EXERCISES, labelled_motions

from poseformer_ros.errors import BadInput
from poseformer_ros.evaluation.protocol.report import write_report
from poseformer_ros.training.figures.clinical_score import run_scores
from poseformer_ros.training.figures.plan import GROUPED, LEAKY, ONE_OUT, PREDICTIONS, TO_PATIENTS, Planned, run_plan

PLAN = (Planned('sequence', ONE_OUT, ('majority', 'linear', 'trees')), Planned('sequence', LEAKY, ('linear',)),
        Planned('rest_1s', GROUPED, ('linear',)), Planned('sequence', TO_PATIENTS, ('linear',)),
        Planned('seen_1s', GROUPED, ('linear',)), Planned('seen_2s', GROUPED, ('linear',)))
SCORES = {f'{score}_{exercise}': {f'P{number}': number + 10.0 for number in range(5)} for score in ('TS', 'PO', 'CF')
          for exercise in EXERCISES}


def report(out) -> dict[str, bytes]:
    """Run what is missing; the report's files by name."""
    motions = labelled_motions(5)
    run_plan('kimore', motions, EXERCISES, out, PLAN)
    run_scores(motions, SCORES, out / 'scores')
    write_report('kimore', out / PREDICTIONS, out, {'majority': 'most common', 'linear': 'linear', 'trees': 'trees'})
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in sorted(out.rglob('*'))
            if path.is_file() and 'cache' not in path.parts}


@pytest.fixture(scope='module')
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp('whole')
    return out, report(out)


@pytest.mark.slow
def test_a_run_that_was_cut_off_ends_as_the_whole_one(made, tmp_path):
    out, files = made
    shutil.copytree(out, tmp_path / 'cut')
    for name in (f'{PREDICTIONS}/sequence/{ONE_OUT}/linear/P2.csv', 'scores/TS/ridge.csv', 'report.md'):
        (tmp_path / 'cut' / name).unlink()
    shutil.rmtree(tmp_path / 'cut' / PREDICTIONS / 'rest_1s')
    assert report(tmp_path / 'cut') == files


@pytest.mark.slow
def test_what_the_report_holds(made):
    out, files = made
    figures = json.loads(files['figures.json'])
    assert figures[f'sequence {ONE_OUT} linear']['right'] >= 0.9 and figures[f'sequence {ONE_OUT} majority']['right'] <= 0.4
    assert figures[f'sequence {GROUPED} windows']['n'] == 15 and figures[f'sequence {TO_PATIENTS} linear']['n'] == 6
    text = files['report.md'].decode()
    for words in ('LEAKY', '94.73', 'Es5', 'rest', 'Accuracy against seconds', 'needs RGB-D images', 'support vectors', 'worst'):
        assert words in text
    page = files['report.html'].decode()
    assert page.count('data:image/png;base64,') == sum(name.endswith('.png') for name in files) and 'src="plots' not in page


@pytest.mark.slow
def test_other_motions_are_refused_in_the_same_folder(made):
    out, _ = made
    with pytest.raises(BadInput, match='empty --out'):
        run_plan('kimore', labelled_motions(4), EXERCISES, out, PLAN)


def test_a_report_of_nothing_is_refused(tmp_path):
    with pytest.raises(BadInput, match='no predictions'):
        write_report('kimore', tmp_path / PREDICTIONS, tmp_path, {'linear': ''})
