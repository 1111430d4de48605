"""From a detector's points to the model's joints."""

import numpy as np
import pytest
from helpers.fit_motion import exercise, skeleton

from poseformer_ros.body.fitting.fast_fit import BodyFitter
from poseformer_ros.body.fitting.fit_options import FitOptions
from poseformer_ros.body.fitting.joint_offsets import JointOffsets, body_size, load_joint_offsets
from poseformer_ros.body.kinematics import rest_joints
from poseformer_ros.errors import BadInput
from poseformer_ros.geometry.rotations import rotation_matrices
from poseformer_ros.skeleton.joints import MIRROR


def test_known_offsets_are_taken_out(model):
    """Points moved by known shares of the body, in the axes of a pelvis turned anyhow."""
    rng = np.random.default_rng(0)
    joints, turn, size = rng.normal(size=(24, 3)), rotation_matrices(rng.normal(size=3)), 1.4
    offset, scatter = rng.normal(scale=0.05, size=(24, 3)), rng.uniform(0.01, 0.1, size=(24, 3))
    points = joints + np.stack([turn @ (size * share) for share in offset])
    corrected = JointOffsets(offset, scatter, np.zeros(24)).corrected(skeleton(points, 0.02), turn, size)
    assert np.abs(corrected.positions - joints).max() < 1e-12
    for index in range(24):
        grown = turn @ np.diag((size * scatter[index]) ** 2) @ turn.T + 0.02 ** 2 * np.eye(3)
        assert np.allclose(corrected.covariance[index], grown)


def test_shipped_offsets_are_those_of_a_body(model):
    """Mirror-symmetric, and no point further from its joint than a head is high."""
    offsets = load_joint_offsets('dkp24')
    assert np.allclose(offsets.offset, offsets.offset[list(MIRROR)] * [-1, 1, 1], atol=1e-6)
    assert np.allclose(offsets.scatter, offsets.scatter[list(MIRROR)], atol=1e-6)
    size = body_size(model.joint_template)
    assert 1.2 < size < 1.6
    assert np.linalg.norm(size * offsets.offset, axis=1).max() < 0.25
    assert (offsets.scatter > 0).all()
    assert np.allclose(offsets.fit_scatter, offsets.fit_scatter[list(MIRROR)], atol=1e-6)
    assert (size * offsets.fit_scatter < 0.15).all() and (offsets.fit_scatter >= 0).all() and offsets.fit_scatter.any()


def test_fit_of_points_with_the_shipped_offsets(model):
    """Points exactly that far from the joints bring the joints back, nearer than without the mapping."""
    motion = exercise(model, 'kimore_es5')
    offsets, size = load_joint_offsets('dkp24'), body_size(rest_joints(model, motion.betas))
    flip = np.diag([1.0, -1.0, -1.0])       # from the room to the optical frame, as in fit_motion
    error = {}
    for name in ('none', 'dkp24'):
        fitter = BodyFitter(model, FitOptions(joint_offsets=name))
        for index, joints in enumerate(motion.joints[:40]):
            turn = flip @ rotation_matrices(motion.poses[index, 0])
            result = fitter(skeleton(joints + size * offsets.offset @ turn.T, 0.02), index / 30.0)
        error[name] = np.linalg.norm(result.joints - joints, axis=1).mean()
    assert error['dkp24'] < 0.035
    assert error['dkp24'] < 0.3 * error['none']


def test_unknown_detector_and_missing_file(model):
    with pytest.raises(BadInput, match='joint_offsets'):
        FitOptions(joint_offsets='kinect')
    with pytest.raises(BadInput, match='learn_offsets'):
        load_joint_offsets('kinect')


def test_a_missing_joint_stays_missing(model):
    gone = np.zeros(24, bool)
    gone[5] = True
    joints = skeleton(exercise(model, 'kimore_es5').joints[0], 0.02, gone)
    corrected = load_joint_offsets('dkp24').corrected(joints, np.eye(3), 1.4)
    assert np.isnan(corrected.positions[5]).all() and np.isnan(corrected.covariance[5]).all()
    assert np.isfinite(np.delete(corrected.positions, 5, axis=0)).all()
