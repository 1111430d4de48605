"""Joints in other axes and units than a camera's: the same motion in forms worked out by hand, and real people."""

import numpy as np
import pytest
from helpers.fit_motion import RATE_HZ, exercise

from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.loaders import recordings_at
from poseformer_ros.recordings.own_joints.joint_file import read_joint_file
from poseformer_ros.recordings.own_joints.joint_form import JointForm, doubt_words
from poseformer_ros.skeleton.joints import JOINT

MOMENTS = 10


@pytest.fixture(scope='module')
def joints():
    """Somebody who squats 3 m before a camera: x right, y down, z forward."""
    return exercise(load_body_model(default_body_path()), 'kimore_es5').joints[30:30 + MOMENTS]


def in_axes(joints, axes):
    x, y, z = np.moveaxis(joints, -1, 0)
    return {'camera': joints, 'kinect': np.stack([-x, -y, z], axis=-1), 'y_up': np.stack([x, -y, -z], axis=-1),
            'z_up': np.stack([x, z, 1.0 - y], axis=-1)}[axes]       # the room's floor is a metre below the camera


def written(path, joints, stamps=None, **more):
    np.savez(path, positions=joints, stamps_s=np.arange(len(joints)) / RATE_HZ if stamps is None else stamps, **more)
    return path


@pytest.mark.parametrize('axes', ['kinect', 'y_up', 'z_up'])
def test_other_axes_are_noticed_and_mended_by_the_argument_that_is_named(tmp_path, joints, axes):
    path = written(tmp_path / 'joints.npz', in_axes(joints, axes))
    with pytest.raises(BadInput, match=f'joints.npz: the person .*; give --axes {axes}, or --axes camera if that is so'):
        read_joint_file(path)
    found = np.array([skeleton.positions for skeleton in read_joint_file(path, JointForm(axes))[1]])
    np.testing.assert_allclose(found, joints + ([0.0, -1.0, 0.0] if axes == 'z_up' else 0.0), atol=1e-12)


@pytest.mark.parametrize('unit, each', [('ms', 1e3), ('us', 1e6), ('ns', 1e9)])
def test_stamps_in_another_unit_are_noticed_and_mended(tmp_path, joints, unit, each):
    stamps = np.arange(MOMENTS) / RATE_HZ
    path = written(tmp_path / 'joints.npz', joints, np.rint(stamps * each))
    with pytest.raises(BadInput, match=rf'a moment comes each \S+ s; give --stamps {unit}, or --stamps s'):
        read_joint_file(path)
    np.testing.assert_allclose(read_joint_file(path, JointForm(stamps=unit))[0], stamps, atol=0.5 / each)
    assert read_joint_file(path, JointForm(stamps='s'))[0][1] == pytest.approx(each / RATE_HZ, rel=0.02)


@pytest.mark.parametrize('unit, each', [('cm', 100.0), ('mm', 1000.0)])
def test_positions_in_another_unit_are_noticed_and_mended_with_their_covariance(tmp_path, joints, unit, each):
    """Along the camera's view a joint is known to 5 cm, across to 1 and 2."""
    sigmas = np.array([0.01, 0.02, 0.05])
    path = written(tmp_path / 'joints.npz', each * in_axes(joints, 'z_up'),
                   covariance=np.tile(np.diag((each * sigmas[[0, 2, 1]])**2), (*joints.shape[:2], 1, 1)))
    with pytest.raises(BadInput, match=rf'; give --lengths {unit} --axes z_up, or --lengths m --axes camera'):
        read_joint_file(path)
    skeleton = read_joint_file(path, JointForm('z_up', lengths=unit))[1][0]
    np.testing.assert_allclose(skeleton.positions, joints[0] + [0.0, -1.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(skeleton.covariance, np.tile(np.diag(sigmas**2), (24, 1, 1)), atol=1e-12)


def test_nothing_is_doubted_that_can_be(tmp_path, joints):
    """Somebody lies with the feet to the camera, 2 m away; one image a second; legs that are hidden; a glitch of metres."""
    x, y, z = np.moveaxis(joints - joints[:, :1], -1, 0)
    lying = np.stack([x, 0.5 + z, 3.0 - y], axis=-1)
    assert lying[0, JOINT['head'], 2] > 3.2 > 2.8 > lying[0, JOINT['left_ankle'], 2]
    legs = [JOINT[f'{side}_{name}'] for side in ('left', 'right') for name in ('hip', 'knee', 'ankle', 'heel')]
    glitch = joints.copy()
    glitch[2] += 5.0
    glitch[3, JOINT['head']] += 50.0
    for places in (lying, np.where(np.isin(np.arange(24), legs)[:, None], np.nan, joints), glitch, np.full_like(joints, np.nan)):
        read_joint_file(written(tmp_path / 'joints.npz', places))
    read_joint_file(written(tmp_path / 'joints.npz', joints, np.arange(MOMENTS)))
    read_joint_file(written(tmp_path / 'joints.npz', joints[:1]))


def test_real_people_are_not_doubted_and_other_axes_of_them_are(shared_data):
    for folder, count in (('mars', 80), ('utkinect_action3d', 12)):
        sequences = recordings_at(shared_data / folder)
        assert len(sequences) == count
        for sequence in sequences:
            seen = list(sequence.open())
            stamps, positions = np.array([one.stamp_s for one in seen]), np.array([one.skeleton.positions for one in seen])
            assert doubt_words(stamps, positions, JointForm()) == '', sequence.name
            assert '--axes kinect,' in doubt_words(stamps, in_axes(positions, 'kinect'), JointForm()), sequence.name
