"""Data sets in their published layouts, written here from motions that are known."""

import json
import pickle

import numpy as np
import pytest
from helpers.labelled_motions import EXERCISES, labelled_motion
from scipy.io import savemat

from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.kinect_joints import KINECT_V2
from poseformer_ros.recordings.labelled.labelled_motion import HEALTHY, JOINTS, PATIENTS, PLACE, REST, LabelledMotion
from poseformer_ros.recordings.labelled.motion_sets import BOUNDARIES, motions_of
from poseformer_ros.recordings.loaders import recordings_at
from poseformer_ros.skeleton.joints import JOINT

COCO = ('nose', 'left_eye', 'right_eye', 'left_ear', 'right_ear', 'left_shoulder', 'right_shoulder', 'left_elbow', 'right_elbow',
        'left_wrist', 'right_wrist', 'left_hip', 'right_hip', 'left_knee', 'right_knee', 'left_ankle', 'right_ankle')


def kinect_places(motion: LabelledMotion) -> np.ndarray:
    """(T, 25, 3) in Kinect camera space: x to the sensor's left, y up, z forward."""
    places = np.zeros((len(motion), 25, 3))
    for name in JOINTS:
        places[:, KINECT_V2[name]] = motion.positions[:, PLACE[name]] * [-1, 1, -1]
    return places


def write_kimore(root, motions, states=None):
    for motion in motions:
        group = 'CG/Expert' if motion.group == HEALTHY else 'GPP/Stroke'
        raw = root / group / motion.person / motion.exercise / 'Raw'
        raw.mkdir(parents=True)
        table = np.concatenate([kinect_places(motion), np.full((len(motion), 25, 1), 2.0) if states is None else states], axis=2)
        lines = [','.join(f'{value:.6f}' for value in row.ravel()) + ',' for row in table]
        (raw / 'JointPosition240914_1200.csv').write_text('\n\n'.join(lines) + '\n')
        (raw / 'TimeStamp240914_1200.csv').write_text('1\n')


@pytest.fixture
def people():
    return [labelled_motion(person, exercise, number, group=group) for number, (person, group) in enumerate(
        (('E_ID1', HEALTHY), ('S_ID2', PATIENTS))) for exercise in EXERCISES]


def test_kimore_folders_give_the_motions_back(tmp_path, people):
    write_kimore(tmp_path, people)
    (tmp_path / BOUNDARIES).mkdir()
    for number in range(1, 6):
        (tmp_path / BOUNDARIES / f'Es{number}_labels.csv').write_text('CG/Expert/E_ID1,10,30,50,70,\n')
    found = {motion.name: motion for motion in motions_of('kimore', tmp_path)}
    assert set(found) == {motion.name for motion in people}
    for motion in people:
        assert np.allclose(found[motion.name].positions, motion.positions, atol=1e-5)
        assert found[motion.name].group == motion.group
    assert np.array_equal(found['E_ID1_Es2'].repetition, people[1].repetition)
    assert np.array_equal(found['E_ID1_Es2'].labels, people[1].labels) and found['E_ID1_Es2'].labels[0] == REST
    assert not found['S_ID2_Es1'].repetition.any() and found['S_ID2_Es1'].exercise == 'Es1'


def test_kimore_folders_without_marks_and_with_joints_that_were_not_tracked(tmp_path, people):
    states = np.full((len(people[0]), 25, 1), 2.0)
    states[3, KINECT_V2['left_wrist']] = 0
    write_kimore(tmp_path, people[:1], states)
    motion = motions_of('kimore', tmp_path)[0]
    assert np.isnan(motion.positions[3, PLACE['left_wrist']]).all() and np.isfinite(motion.positions[4]).all()


@pytest.mark.parametrize('damage, bad', [
    (lambda text: text[:-200], 'wanted 100'), (lambda text: text.replace('2.000000', 'two', 1), 'line 1'),
    (lambda text: '', 'JointPosition')])
def test_a_damaged_kimore_file_is_named(tmp_path, people, damage, bad):
    write_kimore(tmp_path, people[:1])
    path = next(tmp_path.rglob('JointPosition*.csv'))
    path.write_text(damage(path.read_text()))
    with pytest.raises(BadInput, match=bad) as error:
        motions_of('kimore', tmp_path)
    assert 'JointPosition' in str(error.value)


def test_a_kimore_folder_without_joints_is_named(tmp_path, people):
    write_kimore(tmp_path, people[:1])
    next(tmp_path.rglob('JointPosition*.csv')).unlink()
    with pytest.raises(BadInput, match='holds 0 files'):
        motions_of('kimore', tmp_path)
    with pytest.raises(BadInput, match='CG and GPP'):
        motions_of('kimore', tmp_path / 'nowhere')


def write_mars(root, subject, movement, motion):
    """Columns as in the data set's tables: x of all joints, mirrored; depth; height."""
    places = kinect_places(motion)
    folder = root / 'synced_data' / 'wooutlier' / f'subject{subject}'
    folder.mkdir(parents=True, exist_ok=True)
    table = np.concatenate([-places[..., 0], places[..., 2], places[..., 1]], axis=1)
    savemat(folder / f'kinect_data{movement}.mat', {'kinect': table})


def test_mars_folders_give_the_motions_back(tmp_path):
    motion = labelled_motion('s2', 'Es1', 3)
    write_mars(tmp_path, 2, 10, motion)
    write_mars(tmp_path, 2, 4, motion)
    found = motions_of('mars', tmp_path)
    assert [(one.name, one.person, one.exercise) for one in found] == [('s2_m04', 's2', 'm04'), ('s2_m10', 's2', 'm10')]
    assert np.allclose(found[0].positions, motion.positions)


def test_a_damaged_mars_file_is_named(tmp_path):
    write_mars(tmp_path, 1, 3, labelled_motion('s1', 'Es1', 3))
    path = next(tmp_path.rglob('*.mat'))
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(BadInput, match='kinect_data3.mat'):
        motions_of('mars', tmp_path)
    savemat(path, {'kinect': np.zeros((4, 57))})
    with pytest.raises(BadInput, match='75 columns'):
        motions_of('mars', tmp_path)


def write_mri(root, motion, first=40):
    """Millimetres in the camera's optical frame; the camera's frame `first` is the first pose."""
    places = np.zeros((len(motion), 17, 3))
    for index, name in enumerate(COCO):
        places[:, index] = motion.positions[:, PLACE[name] if name in PLACE else PLACE['head']] * [1, -1, -1]
    poses, labels = root / 'aligned_data' / 'pose_labels', root / 'raw_data' / 'videolabels'
    poses.mkdir(parents=True)
    labels.mkdir(parents=True)
    content = {'pose_3d_refined': 1000.0 * places.transpose(0, 2, 1), 'frame_list_inter': list(range(first, first + len(motion)))}
    (poses / 'subject3.cpl').write_bytes(pickle.dumps(content))
    (labels / 'subject3.json').write_text(json.dumps({'labels': {'T pose': [40, 44], 'pose_2': [45, 64], 'walk': [70, 99]}}))


def test_mri_gives_the_motions_back(tmp_path):
    motion = labelled_motion('a', 'Es1', 3)
    write_mri(tmp_path, motion)
    found = motions_of('mri', tmp_path)
    assert [(one.exercise, one.person, len(one)) for one in found] == [('pose_2', 'subject3', 20), ('walk', 'subject3', 30)]
    for name in ('left_wrist', 'right_ankle', 'head', 'left_hip'):
        assert np.allclose(found[0].positions[:, PLACE[name]], motion.positions[5:25, PLACE[name]], atol=1e-9)
    assert np.isnan(found[0].positions[:, PLACE['left_hand']]).all()


def test_damaged_mri_files_are_named(tmp_path):
    write_mri(tmp_path, labelled_motion('a', 'Es1', 3))
    labels = next(tmp_path.rglob('subject3.json'))
    labels.write_text(json.dumps({'labels': {'walk': [70, 400]}}))
    with pytest.raises(BadInput, match=r"subject3.json: 'walk' is frames 70 to 400"):
        motions_of('mri', tmp_path)
    labels.write_text('{"labels": ')
    with pytest.raises(BadInput, match='subject3.json'):
        motions_of('mri', tmp_path)
    next(tmp_path.rglob('subject3.cpl')).write_bytes(b'\x80\x04cut')
    with pytest.raises(BadInput, match='subject3.cpl'):
        motions_of('mri', tmp_path)
    with pytest.raises(BadInput, match=r'subject1.cpl'):
        motions_of('mri', tmp_path / 'nowhere')


def test_kimore_that_a_spreadsheet_saved_is_the_same(tmp_path, people):
    write_kimore(tmp_path, people[:1])
    path = next(tmp_path.rglob('JointPosition*.csv'))
    as_published = motions_of('kimore', tmp_path)[0].positions
    path.write_bytes(('\ufeff' + path.read_text().replace(',', ';').replace('.', ',').replace('\n', '\r\n')).encode())
    assert np.array_equal(motions_of('kimore', tmp_path)[0].positions, as_published)


@pytest.mark.parametrize('inside', ['', 'CG/Expert/E_ID1', 'CG/Expert/E_ID1/Es2/Raw'])
def test_kimore_folders_are_recordings_at_any_depth(tmp_path, people, inside):
    write_kimore(tmp_path, people)
    found = {one.name: one for one in recordings_at(tmp_path / inside)}
    wanted = {motion.name for motion in people if f'{motion.person}/{motion.exercise}'.startswith('E_ID1/Es2'[:len(inside[10:])])}
    assert set(found) == wanted
    stored, motion = found['E_ID1_Es2'], people[1]
    assert (stored.person, stored.group, stored.rate_hz, stored.images) == ('E_ID1', 'Es2', 30.0, False)
    seen = list(stored.open())
    assert len(seen) == len(motion)
    for joint in ('left_wrist', 'right_knee'):      # the camera looks at who faces it
        places = np.array([one.skeleton.positions[JOINT[joint]] for one in seen])
        assert np.allclose(places, motion.positions[:, PLACE[joint]] * [1, -1, -1], atol=1e-5)


def test_a_kimore_file_by_itself_has_its_own_name(tmp_path, people):
    write_kimore(tmp_path, people[:1])
    path = next(tmp_path.rglob('JointPosition*.csv')).rename(tmp_path / 'JointPosition1.csv')
    one, = recordings_at(path)
    assert (one.name, one.person) == ('JointPosition1', '') and len(list(one.open())) == len(people[0])
