"""Measures of a fit without truth, against closed forms."""

import numpy as np
import pytest

from poseformer_ros.body.fitting.result import FitState
from poseformer_ros.body.kinematics import shaped_body
from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.drawing.fit_drawing import draw_over
from poseformer_ros.evaluation.fit_tables import fit_table, measured_fit
from poseformer_ros.geometry.mesh_mask import mesh_mask
from poseformer_ros.recordings.fitted_sequence import FitFacts, FittedSequence
from poseformer_ros.silhouette.person import nobody
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT

COUNT, RATE_HZ = 240, 30.0


def sequence(joints: np.ndarray, measured: np.ndarray, state: np.ndarray | None = None) -> FittedSequence:
    count = len(joints)
    state = np.full(count, FitState.FITTED) if state is None else state
    return FittedSequence(stamps_s=np.arange(count) / RATE_HZ, state=state, track_id=np.ones(count, int), joints=joints,
                          pose=np.zeros((count, 24, 3)), betas=np.zeros((count, 10)), translation=np.zeros((count, 3)),
                          measured=measured,
                          joint_state=np.ones((count, JOINT_COUNT)), joint_covariance=np.zeros((count, 24, 3, 3)),
                          joint_residual=np.full(count, 0.04), surface_residual=np.full(count, np.nan), floor=np.full(4, np.nan),
                          silhouette_overlap=np.full(count, np.nan), quality=np.full(count, np.nan),
                          facts=FitFacts('', 'Es1', '', 'fast', True, '', '', '', RATE_HZ))


@pytest.fixture
def moving() -> np.ndarray:
    """A body that glides by 2 cm a moment."""
    rest = shaped_body(load_body_model(default_body_path()), np.zeros(10)).joints
    return rest + np.arange(COUNT)[:, None, None] * [0.02, 0.0, 0.0]


def test_a_gliding_body_has_no_jitter_and_steady_bones(moving):
    found = measured_fit(sequence(moving, moving))
    assert (found.bones, found.jitter) == pytest.approx((0.0, 0.0), abs=1e-12)
    assert (found.frames, found.fitted, found.broken, found.diverged) == (COUNT, COUNT, 0, 0)


def test_a_shaking_hand_is_told_by_bone_and_jitter(moving):
    """A wrist to and fro along the forearm by d about its place: the bone's standard deviation is d, its second difference 4 d."""
    d, shaken = 0.003, moving.copy()
    way = moving[0, JOINT['left_wrist']] - moving[0, JOINT['left_elbow']]
    to_and_fro = d * np.where(np.arange(COUNT) % 2, 1.0, -1.0)[:, None] * way / np.linalg.norm(way)
    shaken[:, JOINT['left_wrist']] += to_and_fro
    shaken[:, JOINT['left_hand']] += to_and_fro
    assert measured_fit(sequence(moving, shaken)).bones_measured == pytest.approx(d)
    only = np.full_like(shaken, np.nan)
    only[:, JOINT['left_wrist']] = shaken[:, JOINT['left_wrist']]
    assert measured_fit(sequence(shaken, only)).jitter == pytest.approx(4.0 * d)
    assert measured_fit(sequence(moving, only)).jitter_measured == pytest.approx(4.0 * d)


def test_broken_lost_and_diverged_moments_are_counted(moving):
    state, joints, measured = np.full(COUNT, FitState.FITTED), moving.copy(), moving.copy()
    state[10:16], joints[10:16] = FitState.LOST, np.nan
    joints[20, 3, 1] = np.nan
    measured[30:33] += [0.0, 0.3, 0.0]
    found = measured_fit(sequence(joints, measured, state))
    assert (found.fitted, found.lost, found.broken, found.diverged) == (COUNT - 6, 6, 1, 3)
    row = fit_table([found]).splitlines()[2]
    assert [cell.strip() for cell in row.split('|')[1:9]] == ['Es1', '1', '240', '97.50', '2.50', '1', '3', '40.0']


def test_the_mesh_over_a_image_changes_what_it_covers_and_nothing_else():
    model, k = load_body_model(default_body_path()), Intrinsics(160, 200, 150.0, 150.0, 79.5, 99.5)
    vertices = shaped_body(model, np.zeros(10)).posed_vertices(np.zeros((24, 3))) * [1.0, -1.0, -1.0] + [0.0, 0.0, 2.5]
    color = np.full((200, 160, 3), 255, np.uint8)
    image = draw_over(color, k, vertices, model.f, nobody(k, None))
    np.testing.assert_array_equal((image != color).any(axis=2), mesh_mask(vertices, model.f, k))
    assert (color == 255).all()
