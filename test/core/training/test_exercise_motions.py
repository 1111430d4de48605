"""Features of motions that nobody rendered: without acted errors those of the true body, with them as large as said."""

import numpy as np
import pytest

from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.recognition.fusion import body_axes
from poseformer_ros.recognition.layout import FUSED
from poseformer_ros.recordings.feature_sequences import check_sequence, load_feature_sequence
from poseformer_ros.skeleton.joints import JOINT, MIRROR
from poseformer_ros.synthesis.motion.motion_clip import REST
from poseformer_ros.synthesis.motions import motion
from poseformer_ros.synthesis.studio_recipe import load_recipe, sequence_plans
from poseformer_ros.training.exercise import motions as exercise_motions
from poseformer_ros.training.exercise.motions import PARTS, found_joints, motion_features, write_motion_features

MODEL = load_body_model(default_body_path())
FACTS = {'name': 'a', 'person': 'b', 'layout': FUSED.version}
ERRORS = {'VIEW_RAD': 0.0, 'SIZE': (1.0, 1.0), 'TILT_RAD': 0.0, 'OFFSET_M': 0.0, 'NOISE_M': (0.0, 0.0), 'LOST_LIMB_PER_S': 0.0,
          'SWAPPED_PER_S': 0.0, 'STILL_SHARE': 0.0}


@pytest.fixture
def without_errors(monkeypatch):
    for name, value in ERRORS.items():
        monkeypatch.setattr(exercise_motions, name, value)
    return monkeypatch


@pytest.fixture(scope='module')
def clip():
    return motion('session/kimore_ways', 7, 7, MODEL)


def test_without_errors_the_joints_are_those_that_a_camera_sees(without_errors):
    """Against the truth of a rendered recording, in fusion's own axes."""
    pytest.importorskip('open3d', reason='rendering needs open3d; pip install -r requirements/studio.txt')
    from poseformer_ros.synthesis.rendered_recording import RecordingPlan, RenderedRecording
    clip = motion('kimore_es5', 3, 3, MODEL)
    recording = RenderedRecording(RecordingPlan('a', clip, seconds=3.0), MODEL)
    joints = found_joints(clip, MODEL, np.random.default_rng(0))
    for index in (5, 60):
        _, truth = recording.frame(index)
        seen = (truth.positions - truth.positions[0]) @ body_axes(truth.floor)
        assert joints[index, 0, 2] == pytest.approx(float(truth.floor.height(truth.positions[:1])[0]), abs=1e-3)
        np.testing.assert_allclose(joints[index] - joints[index, 0], seen, atol=2e-3)


def test_features_hold_the_body_and_nothing_else(clip):
    sequence = motion_features(clip, MODEL, np.random.default_rng(1), FACTS)
    check_sequence(sequence, FUSED, 'a')
    present = [name for index, name in enumerate(FUSED.names) if sequence.present[:, index].any()]
    assert tuple(present) == PARTS and sequence.present[:, [FUSED.names.index(part) for part in PARTS]].all()
    joints = sequence.values[:, FUSED.part('mesh/joints')].reshape(len(clip), -1, 3)
    assert not joints[:, 0].any()       # from the pelvis
    assert set(sequence.labels.tolist()) == set(clip.labels.tolist())


def test_errors_are_as_large_as_said(without_errors, clip):
    truth = found_joints(clip, MODEL, np.random.default_rng(2))
    without_errors.setattr(exercise_motions, 'NOISE_M', (0.01, 0.01))
    error = found_joints(clip, MODEL, np.random.default_rng(2)) - truth
    assert error[:, JOINT['pelvis']].std() == pytest.approx(0.01, rel=0.3)
    assert error[:, JOINT['left_hand']].std() == pytest.approx(0.025, rel=0.3)
    without_errors.setattr(exercise_motions, 'NOISE_M', (0.0, 0.0))
    without_errors.setattr(exercise_motions, 'SWAPPED_PER_S', 0.5)
    found = found_joints(clip, MODEL, np.random.default_rng(2))
    swapped = np.abs(found - truth[:, list(MIRROR)]).max((1, 2)) < 1e-9
    assert 0.02 < swapped.mean() < 0.6 and np.allclose(found[~swapped], truth[~swapped])


def test_who_stands_still_is_at_rest_in_any_posture(without_errors, tmp_path):
    without_errors.setattr(exercise_motions, 'STILL_SHARE', 1.0)
    plan = sequence_plans(load_recipe('studio/exercises_v5.yaml'))[0]
    assert not plan.rendered
    write_motion_features(plan, MODEL, tmp_path / 'a.npz')
    sequence = load_feature_sequence(tmp_path / 'a.npz', FUSED)
    still = (np.diff(sequence.values[:, FUSED.part('mesh/joints')], axis=0) == 0).all(1)
    begun = int(np.argmin(still))
    assert 4 * 15 <= begun + 1 <= 12 * 15 + 1 and set(sequence.labels[:begun].tolist()) == {REST}
    again = tmp_path / 'b.npz'
    write_motion_features(plan, MODEL, again)
    assert np.array_equal(load_feature_sequence(again, FUSED).values, sequence.values)
