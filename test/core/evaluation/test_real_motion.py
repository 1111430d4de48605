"""Motions of a data set through the station: figures worked out by hand, and a small set run, cut off and resumed."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip('open3d', reason='rendering needs open3d; pip install -r requirements/studio.txt')

from helpers.tiny_kimore import joints_of, write_tiny_kimore  # noqa: E402

from poseformer_ros.body.model import default_body_path, load_body_model  # noqa: E402
from poseformer_ros.cli import main  # noqa: E402
from poseformer_ros.errors import BadInput  # noqa: E402
from poseformer_ros.evaluation.real_motion.figures import LEFT_OUT, motion_figures  # noqa: E402
from poseformer_ros.evaluation.real_motion.judge_motion import ROW, stages_that_count  # noqa: E402
from poseformer_ros.evaluation.real_motion.retargeted import CLASS_OF, brought_onto, chosen  # noqa: E402
from poseformer_ros.evaluation.real_motion.tables import motion_report  # noqa: E402
from poseformer_ros.geometry.vectors import unit  # noqa: E402
from poseformer_ros.recordings.labelled.motion_sets import motions_of  # noqa: E402
from poseformer_ros.skeleton.joints import JOINT  # noqa: E402
from poseformer_ros.stage_options import stage_options  # noqa: E402
from poseformer_ros.synthesis.motion.motion_clip import REST  # noqa: E402
from poseformer_ros.synthesis.motions import motion  # noqa: E402

MODEL = load_body_model(default_body_path())
FRAMES, FIRST = 90, 30      # of each sequence, from this frame of the made motion
MARKS = [5, 40, 85]
SEQUENCES = {'E_ID1_Es1': 'kimore_es1', 'E_ID1_Es5': 'kimore_es5', 'P_ID2_Es1': 'kimore_es1'}
QUICK = ['--rate-hz', '5', '--duration-s', '2']


def standing() -> np.ndarray:
    """(24, 3) a plain body: legs and trunk on the y axis, arms hanging 20 cm aside."""
    joints = np.zeros((24, 3))
    heights = {'hip': 0.9, 'knee': 0.5, 'ankle': 0.1, 'heel': 0.0, 'collarbone': 1.4, 'shoulder': 1.4, 'elbow': 1.1, 'wrist': 0.85,
               'hand': 0.75}
    for name, index in JOINT.items():
        side, _, part = name.partition('_')
        if side in ('left', 'right'):
            aside = 0.2 if part in ('shoulder', 'elbow', 'wrist', 'hand') else 0.1
            joints[index] = aside if side == 'left' else -aside, heights[part], 0.0
    for name, height in (('pelvis', 0.95), ('lower_spine', 1.05), ('spine_centre', 1.2), ('upper_spine', 1.3), ('neck', 1.5),
                         ('head', 1.6)):
        joints[JOINT[name]] = 0.0, height, 0.0
    return joints


def rows_by_hand() -> np.ndarray:
    """Two healthy sequences of four images and a patient's with bad legs: the fit is 30 mm too high, and bends the knees."""
    rows = np.zeros(12, ROW)
    rows['name'] = np.repeat(['E_ID1_Es1', 'E_ID1_Es5', 'P_ID2_Es1'], 4)
    rows['person'], rows['exercise'] = np.repeat(['E_ID1', 'E_ID1', 'P_ID2'], 4), np.repeat(['es1', 'es5', 'es1'], 4)
    rows['patient'], rows['sound'] = np.arange(12) >= 8, np.arange(12) < 8
    rows['repetition'] = [0, 1, 1, 2, 1, 1, 1, 1, 0, 0, 0, 0]
    rows['published'] = ['es1', 'es1', 'rest', 'rest', 'es5', 'es5', 'es1', 'es5', 'rest', 'rest', 'rest', 'rest']
    rows['overlap'] = 0.9
    rows['true'] = standing()
    rows['learned'] = rows['true'] + np.float32([0.0, 0.04, 0.0])
    rows['learned'][:, JOINT['left_hand']] = np.nan
    rows['fitted'] = rows['true'] + np.float32([0.0, 0.03, 0.0])
    for side in ('left', 'right'):
        ahead = rows['fitted'][:, JOINT[f'{side}_knee']]
        ahead[:, 2] = 0.04      # thigh and shank of 40 cm: bent by twice the arc tangent of a tenth
        rows['fitted'][:, JOINT[f'{side}_knee']] = ahead
    rows['true'][5, JOINT['left_wrist']] = rows['true'][5, JOINT['left_elbow']] + np.float32([0.25, 0.0, 0.0])
    return rows


def test_figures_are_those_worked_out_by_hand():
    groups = motion_figures(rows_by_hand())['groups']
    everybody = groups['all']
    assert (everybody['people'], everybody['sequences'], everybody['images']) == (1, 2, 8)
    assert list(groups) == ['es1', 'es5', 'healthy', 'all', LEFT_OUT] and groups[LEFT_OUT]['sequences'] == 1
    learned, fitted = groups['es1']['joints']['learned'], groups['es1']['joints']['fitted']
    assert learned == pytest.approx({'mean': 40.0, 'median': 40.0, 'p95': 40.0, 'arms p95': 40.0, 'missing': 1 / 24}, abs=1e-3)
    assert fitted['mean'] == pytest.approx((22 * 30.0 + 2 * 50.0) / 24, abs=1e-3) and fitted['missing'] == 0.0
    by_joint = groups['es1']['by joint']
    assert by_joint['learned']['hip'] == pytest.approx({'mean': 40.0, 'up': 40.0, 'ahead': 0.0}, abs=1e-3)
    assert by_joint['fitted']['knee'] == pytest.approx({'mean': 50.0, 'up': 30.0, 'ahead': 40.0}, abs=1e-3)
    assert by_joint['learned']['hand']['mean'] == pytest.approx(40.0, abs=1e-3) and len(by_joint['fitted']) == 15
    bent = 2 * math.degrees(math.atan(0.1))
    knees = groups['es1']['angles']['fitted']['knee flexion']
    assert knees == pytest.approx({'median': bent, 'bias': bent, 'median with sign': bent}, abs=1e-3)
    assert groups['es1']['angles']['learned']['knee flexion']['bias'] == pytest.approx(0.0, abs=1e-3)
    # One of eight elbows is truly bent by a right angle and found straight: a bias of an eighth of that, and its whole range.
    elbows = groups['es5']['angles']['fitted']['elbow flexion']
    assert elbows == pytest.approx({'median': 0.0, 'bias': -90 / 8, 'median with sign': 0.0}, abs=0.05)
    assert groups['es5']['range of motion']['fitted']['elbow flexion'] == pytest.approx({'median': 45.0, 'bias': -45.0}, abs=0.1)


def test_recognition_is_counted_inside_the_marked_repetitions():
    groups = motion_figures(rows_by_hand())['groups']
    assert groups['es1']['recognition'] == {'images': [1, 3], 'repetitions': [1, 2], 'sequences': [0, 1]}
    assert groups['es5']['recognition'] == {'images': [3, 4], 'repetitions': [1, 1], 'sequences': [1, 1]}
    assert groups['all']['recognition'] == {'images': [4, 7], 'repetitions': [2, 3], 'sequences': [1, 2]}
    assert groups[LEFT_OUT]['recognition'] == {'images': [0, 0], 'repetitions': [0, 0], 'sequences': [0, 0]}


def test_nothing_found_is_a_dash():
    rows = rows_by_hand()
    rows['fitted'] = np.nan
    report = motion_report(motion_figures(rows), 'nothing')
    line = next(line for line in report[report.index('Angles, fitted'):].splitlines() if line.startswith('| all'))
    assert {cell.strip() for cell in line.split('|')[2:-1]} == {'-'}


@pytest.fixture(scope='module')
def data_set(tmp_path_factory):
    sequences = {name: (joints_of(motion(exercise, 3, 3, MODEL), MODEL)[FIRST:FIRST + FRAMES], MARKS)
                 for name, exercise in SEQUENCES.items()}
    return write_tiny_kimore(tmp_path_factory.mktemp('kimore'), sequences)


@pytest.fixture(scope='module')
def whole(data_set, tmp_path_factory):
    """The folder of a run at once."""
    out = tmp_path_factory.mktemp('out')
    assert main.main(['evaluate', 'pose', '--motions', 'kimore', '--root', str(data_set), *QUICK, '--out', str(out)]) == 0
    return out


def test_a_recorded_motion_is_brought_onto_the_body(data_set):
    motions = motions_of('kimore', data_set)
    real = brought_onto(motions[0], CLASS_OF['kimore'], MODEL)
    assert (real.name, real.person, real.exercise, real.patient, real.sound) == ('E_ID1_Es1', 'E_ID1', 'kimore_es1', False, True)
    assert np.flatnonzero(np.diff(real.clip.repetition)).tolist() == [4, 39, 84]
    assert set(real.clip.labels[5:85]) == {'kimore_es1'} and set(real.clip.labels[:5]) == {REST}
    known = joints_of(motion('kimore_es1', 3, 3, MODEL), MODEL)[FIRST:FIRST + FRAMES]
    found = joints_of(real.clip, MODEL)
    true, told = (unit(joints[:, JOINT['left_elbow']] - joints[:, JOINT['left_shoulder']]) for joints in (known, found))
    assert np.degrees(np.arccos(np.clip(np.sum(true * told, axis=1), -1.0, 1.0))).max() < 12.0
    squat = brought_onto(motions[1], CLASS_OF['kimore'], MODEL)      # its marks are start and end in turn: the pause is none
    assert np.flatnonzero(squat.clip.repetition).tolist() == list(range(5, 40))
    assert brought_onto(motions[2], CLASS_OF['kimore'], MODEL).patient


def test_bad_legs_are_told(data_set):
    good = motions_of('kimore', data_set)[0]
    legs = good.positions.copy()
    legs[:, 14:] += [0.0, 0.0, 0.6]
    assert not brought_onto(replace(good, positions=legs), CLASS_OF['kimore'], MODEL).sound


def test_people_are_taken_evenly(data_set):
    motions = motions_of('kimore', data_set)
    assert {one.person for one in chosen(motions, 1, 1)} == {'E_ID1'}
    assert [one.name for one in chosen(motions, 2, 2)] == ['E_ID1_Es1', 'P_ID2_Es1']
    for subjects, every in ((3, 1), (0, 1), (None, 0)):
        with pytest.raises(BadInput, match='give'):
            chosen(motions, subjects, every)


def test_the_table_agrees_with_the_records(whole):
    figures = json.loads((whole / 'motions.json').read_text())
    rows = np.concatenate([np.load(path) for path in sorted((whole / 'pieces').glob('*.npy'))])
    assert len(rows) == 30 and rows['sound'].all() and np.isfinite(rows['true']).all()
    assert np.isfinite(rows['fitted']).all() and rows['overlap'].min() > 0.6
    distances = [1e3 * math.dist(found, true) for row in rows for found, true in zip(row['fitted'].tolist(), row['true'].tolist())]
    assert figures['groups']['all']['joints']['fitted']['mean'] == pytest.approx(sum(distances) / len(distances), rel=1e-4)
    assert sum(distances) / len(distances) < 60.0
    squats = rows[rows['exercise'] == 'kimore_es5']
    errors = [_bent(row['fitted'], side) - _bent(row['true'], side) for row in squats for side in ('left', 'right')]
    knees = figures['groups']['kimore_es5']['angles']['fitted']['knee flexion']
    assert knees['median'] == pytest.approx(np.median(np.abs(errors)), abs=0.05) and knees['median'] < 25.0
    assert knees['bias'] == pytest.approx(np.mean(errors), abs=0.05)
    right_named = sum(row['published'] == row['exercise'] for row in rows if row['repetition'])
    assert figures['groups']['all']['recognition']['images'] == [right_named, int((rows['repetition'] > 0).sum())]
    assert list(figures['groups']) == ['kimore_es1', 'kimore_es5', 'healthy', 'patients', 'all']
    assert figures['groups']['patients']['people'] == 1 and set(figures['people']) == {'E_ID1', 'P_ID2'}


def _bent(joints: np.ndarray, side: str) -> float:
    """Degrees that a knee is bent, by the law of cosines."""
    hip, knee, ankle = (joints[JOINT[f'{side}_{joint}']].tolist() for joint in ('hip', 'knee', 'ankle'))
    thigh, shank, across = math.dist(hip, knee), math.dist(knee, ankle), math.dist(hip, ankle)
    return 180 - math.degrees(math.acos(max(-1.0, (thigh ** 2 + shank ** 2 - across ** 2) / (2 * thigh * shank))))


def test_interrupted_and_resumed_gives_the_same(whole, data_set):
    before = {path.name: path.read_bytes() for path in (whole / 'pieces').glob('*.npy')}
    table, kept = (whole / 'motions.md').read_text(), (whole / 'pieces' / 'E_ID1_Es1.npy').stat().st_mtime_ns
    (whole / 'pieces' / 'P_ID2_Es1.npy').unlink()
    (whole / 'pieces' / 'P_ID2_Es1.part.npy').write_bytes(b'half of a')
    assert main.main(['evaluate', 'pose', '--motions', 'kimore', '--root', str(data_set), *QUICK, '--out', str(whole)]) == 0
    assert {path.name: path.read_bytes() for path in (whole / 'pieces').glob('*.npy')} == before
    assert (whole / 'motions.md').read_text() == table
    assert (whole / 'pieces' / 'E_ID1_Es1.npy').stat().st_mtime_ns == kept


@pytest.mark.parametrize('said, told', [
    (['--duration-s', '3'], "another 'duration_s'"), (['--fit', 'fast'], '--fit: is for images'),
    (['--subjects', '7'], '--subjects 7'),
    (['--root', 'nowhere'], 'nowhere'), (['studio/bench_v1.yaml'], 'give images, or --motions'),
    (['--rate-hz', '100'], 'rate_hz'), (['--every', '0'], '--every 0')])
def test_bad_input_is_named(whole, data_set, said, told, capsys):
    command = ['evaluate', 'pose', '--motions', 'kimore', '--root', str(data_set), *QUICK, '--out', str(whole), *said]
    assert main.main(command) == 2
    assert told in capsys.readouterr().err


def test_a_damaged_piece_is_named(whole, data_set, capsys):
    piece = whole / 'pieces' / 'E_ID1_Es5.npy'
    good = piece.read_bytes()
    piece.write_bytes(good[:200])
    assert main.main(['evaluate', 'pose', '--motions', 'kimore', '--root', str(data_set), *QUICK, '--out', str(whole)]) == 2
    assert 'E_ID1_Es5.npy: cannot be read' in capsys.readouterr().err
    piece.write_bytes(good)


def test_stages_that_no_figure_needs_are_left_out():
    """The model that ships looks at the body alone; random weights look at everything."""
    assert stages_that_count(stage_options()) == ('silhouette', 'joints', 'smpl_fit', 'fusion', 'classifier')
    everything = stage_options({'classifier': {'model.file': 'random:small'}})
    assert {'keypoints', 'body_parts'} <= set(stages_that_count(everything))
