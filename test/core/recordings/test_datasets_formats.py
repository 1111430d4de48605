"""Readers of recordings, on small files written by hand."""

import numpy as np
import pytest

from poseformer_ros.errors import BadInput
from poseformer_ros.recordings import cmu, kimore, mars, utkinect

UNIT = 0.0254 / 0.45

ASF = """:version 1.10
:units
  length 0.45
:root
   order TX TY TZ RX RY RZ
:bonedata
  begin
     id 1
     name thigh
     direction 0 -1 0
     length 10
     axis 0 0 20 XYZ
    dof rx ry rz
    limits (-160.0 20.0)
           (-70.0 70.0)
           (-60.0 70.0)
  end
  begin
     id 2
     name shank
     direction 0 -1 0
     length 8
     axis 0 0 0 XYZ
    dof rx
    limits (-10.0 170.0)
  end
:hierarchy
  begin
    root thigh
    thigh shank
  end
"""
AMC = """#!OML
:FULLY-SPECIFIED
:DEGREES
1
root 1 20 3 0 0 0
thigh 0 0 0
shank 0
2
root 1 20 3 0 90 0
thigh -90 0 0
shank 90
"""


@pytest.fixture
def pair(tmp_path):
    (tmp_path / 'a.asf').write_text(ASF)
    (tmp_path / 'a.amc').write_text(AMC)
    return tmp_path / 'a.asf', tmp_path / 'a.amc'


def test_asf_and_amc_give_the_places_worked_out_by_hand(pair):
    """Frame 2: the root looks to +x; the thigh is lifted level about its axes, which are 20 degrees turned about z."""
    bones = cmu.read_asf(pair[0])
    ends = cmu.joint_places(bones, *cmu.read_amc(pair[1], bones))
    root = np.array([1, 20, 3]) * UNIT
    assert np.allclose(ends['thigh'][0], root + [0, -10 * UNIT, 0])
    assert np.allclose(ends['shank'][0], root + [0, -18 * UNIT, 0])
    # About the axis (cos 20, sin 20, 0) by -90 degrees: v = (0, -1, 0) has -sin 20 along it and keeps that part.
    c, s = np.cos(np.radians(20)), np.sin(np.radians(20))
    axis, down = np.array([c, s, 0]), np.array([0.0, -1.0, 0.0])
    along = -s * axis
    lifted = along - np.cross(axis, down - along)
    turned = np.array([[0, 0, 1], [0, 1, 0], [-1, 0, 0]])       # 90 degrees about y
    assert np.allclose(ends['thigh'][1], root + 10 * UNIT * turned @ lifted)
    assert np.linalg.norm(ends['shank'][1] - ends['thigh'][1]) == pytest.approx(8 * UNIT)


@pytest.mark.parametrize('text, bad, name', [
    (AMC.replace('shank 90', 'shank 90 1'), 'shank', 'line 11'), (AMC.replace('shank 90', 'shank x'), "'x'", 'line 11'),
    (AMC.replace('shank 90\n', ''), 'shank', 'frame 2'), ('#!OML\n', 'no frame', 'a.amc')])
def test_damaged_amc_is_refused_with_its_line(pair, text, bad, name):
    pair[1].write_text(text)
    with pytest.raises(BadInput, match=bad) as error:
        cmu.read_amc(pair[1], cmu.read_asf(pair[0]))
    assert name in str(error.value) and 'a.amc' in str(error.value)


def test_asf_without_bones_is_refused(tmp_path):
    (tmp_path / 'b.asf').write_text(':version 1.10\n')
    with pytest.raises(BadInput, match='bonedata'):
        cmu.read_asf(tmp_path / 'b.asf')
    with pytest.raises(BadInput, match='no such file'):
        cmu.read_asf(tmp_path / 'absent.asf')


def kinect_v2(frames: int = 4) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(frames, 25, 3)).astype(np.float32)


def test_kimore_turns_the_person_round_and_drops_untracked_joints(tmp_path):
    positions, state = kinect_v2(), np.full((4, 25), 2, np.uint8)
    state[1, 5] = 0
    np.savez(tmp_path / kimore.POSITIONS, **{'E_ID1_Es1/xyz': positions, 'E_ID1_Es1/state': state})
    assert kimore.sequence_names(tmp_path) == ['E_ID1_Es1']
    track = kimore.read_track(tmp_path, 'E_ID1_Es1')
    assert np.allclose(track.joints['left_knee'][0], positions[0, 13] * [-1, 1, -1])
    assert np.isnan(track.joints['left_elbow'][1]).all() and np.isfinite(track.joints['left_elbow'][0]).all()
    with pytest.raises(BadInput, match='E_ID9'):
        kimore.read_track(tmp_path, 'E_ID9_Es1')
    with pytest.raises(BadInput, match='no such file'):
        kimore.sequence_names(tmp_path / 'nowhere')


def test_mars_is_mirrored_back(tmp_path):
    positions = kinect_v2()
    np.savez(tmp_path / mars.POSITIONS, s1_m06_test=positions)
    track = mars.read_track(tmp_path, 's1_m06_test')
    assert np.allclose(track.joints['left_wrist'][2], positions[2, 6] * [1, 1, -1])


def test_wrong_joint_count_is_refused(tmp_path):
    np.savez(tmp_path / mars.POSITIONS, s1_m06_test=np.zeros((5, 17, 3)))
    with pytest.raises(BadInput, match=r'17, 3'):
        mars.read_track(tmp_path, 's1_m06_test')


def test_file_that_is_no_npz_is_refused(tmp_path):
    (tmp_path / mars.POSITIONS).write_text('not numbers')
    with pytest.raises(BadInput, match='get it again'):
        mars.sequence_names(tmp_path)


def test_kimore_boundaries_leave_the_side_flags_out(tmp_path):
    path = tmp_path / 'Es4_labels.csv'
    path.write_text('CG/Expert/E_ID1,0,49,167,1,742,,\n')
    assert kimore.read_boundaries(path) == {'E_ID1': [49, 167, 742]}
    path.write_text('CG/Expert/E_ID1,12,many\n')
    with pytest.raises(BadInput, match='line 1'):
        kimore.read_boundaries(path)


def test_utkinect_files(tmp_path):
    rows = np.arange(3 * 60, dtype=float).reshape(3, 60) / 100
    lines = [f'{frame} ' + ' '.join(f'{value:.6f}' for value in row) for frame, row in zip((10, 10, 12), rows)]
    (tmp_path / 'joints_s01_e01.txt').write_text('\n'.join(lines + [lines[-1].replace('12', '14', 1)]) + '\n')
    (tmp_path / 'actionLabel.txt').write_text('s01_e01\nwalk: 10 12\ncarry: NaN NaN\n')
    frames, positions = utkinect.read_joints(tmp_path / 'joints_s01_e01.txt')
    assert frames.tolist() == [10, 12, 14] and positions.shape == (3, 20, 3)
    assert np.allclose(positions[0, 1], rows[0, 3:6])
    assert utkinect.read_labels(tmp_path / 'actionLabel.txt') == {'s01_e01': {'walk': (10, 12)}}
    track = utkinect.read_track(tmp_path, 's01_e01', 'walk')
    assert len(track) == 2 and np.allclose(track.joints['head'][0], rows[0, 9:12] * [-1, 1, -1])
    with pytest.raises(BadInput, match='carry'):
        utkinect.read_track(tmp_path, 's01_e01', 'carry')


@pytest.mark.parametrize('line, bad', [('10 1 2 3', '4 numbers'), ('10 ' + 'a ' * 60, 'no number'), ('', 'empty')])
def test_damaged_utkinect_joints_are_refused(tmp_path, line, bad):
    (tmp_path / 'joints_s01_e01.txt').write_text(line + '\n')
    with pytest.raises(BadInput, match=bad):
        utkinect.read_joints(tmp_path / 'joints_s01_e01.txt')
