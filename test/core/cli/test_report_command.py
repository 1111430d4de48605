"""The report of a session with an acted fault: fault, side and repetition are there, and every figure is in the table."""

import csv
import re

import numpy as np
import pytest
from helpers.acted_sets import acted_clip, acted_movement

from poseformer_ros.assessment.outcome_features import outcome_features
from poseformer_ros.assessment.repetitions.excursions import RepetitionOptions
from poseformer_ros.assessment.score_model import ScoreModel
from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.cli.main import main
from poseformer_ros.recordings.live_session import LiveSession, SessionOptions
from poseformer_ros.recordings.score_file import save_score_model

FIRST_DAY_S = 1_700_000_000.0


@pytest.fixture(scope='module')
def sessions(tmp_path_factory):
    """Two days of one patient: arms lifted, the second time one less than the other."""
    folder, model = tmp_path_factory.mktemp('sessions'), load_body_model(default_body_path())
    live = LiveSession(SessionOptions(folder=str(folder)), RepetitionOptions(), {'software': 'test 1'})
    for begun_s, faults in ((FIRST_DAY_S, ()), (FIRST_DAY_S + 7 * 86400, ('asymmetry',))):
        movement = acted_movement(acted_clip('kimore_es1', 62011, model, faults), model)
        live.start('kimore_es1', 'p7', begun_s)
        for index in range(len(movement)):
            live(begun_s + float(movement.stamps_s[index]), movement[index:index + 1])
        live.mark('a <b>note</b>')
        live.end()
    return folder


def test_report_names_the_fault_and_every_figure_is_in_the_table(sessions, tmp_path, capsys):
    pytest.importorskip('fpdf')
    last = sorted(sessions.glob('p7/*'))[-1]
    assert main(['report', str(last), '--out', str(tmp_path)]) == 0
    page = (tmp_path / 'report.html').read_text()
    side = re.search(r'The (left|right) side moved \d+ % less', page)[1]
    assert 'Sides unlike in 3 of 3 (repetitions 1, 2, 3)' in page and page.count('<svg') == 3
    assert 'Since earlier sessions' in page and sorted(sessions.glob('p7/*'))[0].name in page
    assert '&lt;b&gt;note' in page and '<b>note' not in page and 'http' not in page.replace('http://www.w3.org/2000/svg', '')
    assert (tmp_path / 'report.pdf').read_bytes().startswith(b'%PDF')
    with open(tmp_path / 'figures.csv', newline='') as file:
        rows = list(csv.DictReader(file))
    assert {row['repetition'] for row in rows if row['fault'] == 'asymmetry'} == {'1', '2', '3'}
    assert all(f'The {side} side' in row['sentence'] for row in rows if row['fault'] == 'asymmetry')
    values = {f'{float(row["value"]):.{places}f}' for row in rows for places in (0, 1, 2)}
    cells = [figure for cell in re.findall(r'<td>\(?(-?[\d.]+(?: / -?[\d.]+)?)', page) for figure in cell.split(' / ')]
    assert len(cells) > 70 and all(cell in values or cell in '123' for cell in cells)


def test_a_score_is_told_with_its_error_and_what_it_was_validated_on_or_not_at_all(sessions, tmp_path):
    last = sorted(sessions.glob('p7/*'))[-1]
    assert main(['report', str(last), '--out', str(tmp_path / 'without')]) == 0
    assert 'No total score' in (tmp_path / 'without' / 'report.html').read_text()
    count = len(outcome_features(np.arange(9) / 30.0, np.random.default_rng(0).normal(size=(9, 24, 3)), ()))
    for exercise, said in (('kimore_es1', 'Total score 31 ± 4 of 50*, learned from nobody'), ('kimore_es2', 'none was validated')):
        model = ScoreModel((exercise,), np.array([31.0]), np.zeros((1, count)), np.full((1, count), np.inf), np.zeros(2 * count),
                           np.array([4.0]), 50.0, 'nobody')
        save_score_model(tmp_path / 'score.npz', model)
        assert main(['report', str(last), '--out', str(tmp_path / exercise), '--score', str(tmp_path / 'score.npz')]) == 0
        assert said in (tmp_path / exercise / 'report.html').read_text()
    with open(tmp_path / 'kimore_es1' / 'figures.csv', newline='') as file:
        told = [(row['value'], row['standard_error']) for row in csv.DictReader(file) if row['measure'] == 'total_score']
    assert told == [('31.0', '4.0')]


def test_a_hospital_reads_the_same_figures_as_fhir_observations(sessions, tmp_path):
    pytest.importorskip('fhir.resources')
    from fhir.resources.R4B.bundle import Bundle
    assert main(['report', str(sorted(sessions.glob('p7/*'))[-1]), '--out', str(tmp_path)]) == 0
    bundle = Bundle.model_validate_json((tmp_path / 'observations.json').read_text())
    with open(tmp_path / 'figures.csv', newline='') as file:
        rows = list(csv.DictReader(file))
    repetitions = [entry.resource for entry in bundle.entry]
    assert [one.code.text for one in repetitions] == [f'kimore_es1: set 1, repetition {number}' for number in (1, 2, 3)]
    assert {one.subject.identifier.value for one in repetitions} == {'p7'}
    assert {one.effectiveDateTime.isoformat() for one in repetitions} == {rows[0]['day']}
    told = [(part.code.coding[0].code, float(part.valueQuantity.value), part.valueQuantity.code)
            for one in repetitions for part in one.component if part.valueQuantity and not part.code.text]
    assert told == [(row['measure'], float(row['value']), row['unit'] or '1') for row in rows if row['value'] != 'nan']
    assert all(any('moved' in note.text and '% less' in note.text for note in one.note) for one in repetitions)


def test_a_fitted_file_is_asked_for_its_exercise_and_a_wrong_session_is_said(sessions, tmp_path, capsys):
    assert main(['report', str(tmp_path / 'nothing')]) == 2
    (tmp_path / 'session.jsonl').write_text('{"kind":"session","version":7}\n')
    assert main(['report', str(tmp_path)]) == 2
    assert 'version 7' in capsys.readouterr().err


def test_sessions_are_listed_exported_and_deleted_within_their_folder_alone(sessions, tmp_path, capsys):
    folder = ['--folder', str(sessions)]
    assert main(['sessions', 'list', *folder]) == 0
    assert capsys.readouterr().out.count('kimore_es1') == 2
    assert main(['sessions', 'export', 'p7', *folder, '--out', str(tmp_path)]) == 0 and (tmp_path / 'p7.zip').is_file()
    beside = sessions.parent / 'other' / 'p1'
    beside.mkdir(parents=True)
    (beside / 'session.jsonl').write_text('')
    assert main(['sessions', 'delete', '../other', *folder, '--yes']) == 2 and beside.is_dir()
    first = sorted(sessions.glob('p7/*'))[0].name
    assert main(['sessions', 'delete', 'p7', '--day', first, *folder]) == 1 and (sessions / 'p7' / first).is_dir()
    assert main(['sessions', 'delete', 'p7', '--day', first, *folder, '--yes']) == 0
    assert len(list(sessions.glob('p7/*'))) == 1
