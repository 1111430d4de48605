"""Clothes: depth points lie on them, and the body within."""

import numpy as np
import pytest

from poseformer_ros.body.fitting.fast_fit import BodyFitter
from poseformer_ros.body.fitting.fit_options import StationFitOptions
from poseformer_ros.body.fitting.jacobian import pose_body
from poseformer_ros.body.fitting.surface.clothes import usual_clothes
from poseformer_ros.body.fitting.surface.depth_term import Surface
from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.errors import BadInput
from poseformer_ros.evaluation.evaluate_pose import rendered_silhouette
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT, MIRROR, JointState, Skeleton
from poseformer_ros.synthesis.motion.exercises import make_motion
from poseformer_ros.synthesis.motion.motion_style import sample_style
from poseformer_ros.synthesis.rendered_recording import RecordingPlan, RenderedRecording

pytest.importorskip('open3d', reason='the studio casts rays with Open3D; pip install -r requirements/studio.txt')

DRESSED = [JOINT[name] for name in ('pelvis', 'spine_centre', 'upper_spine', 'left_hip', 'right_hip', 'left_knee', 'right_knee')]


@pytest.fixture(scope='module')
def model():
    return load_body_model(default_body_path())


def test_the_dressed_surface_is_as_thick_as_its_clothes(model):
    unknowns = np.zeros(85)
    unknowns[84] = 3.0
    body = pose_body(model, unknowns)
    bare, dressed = (Surface(model, clothes)._posed(body, np.zeros(10))[0]
                     for clothes in (np.zeros(JOINT_COUNT), np.full(JOINT_COUNT, 0.02)))
    np.testing.assert_allclose(np.linalg.norm(dressed - bare, axis=1), 0.02, atol=1e-5)


def test_what_ships_is_cloth_on_the_trunk_and_none_on_head_and_hands():
    clothes = usual_clothes()
    assert 0.005 < clothes[JOINT['spine_centre']] < 0.025       # the studio's shirts stand 4 to 25 mm off
    for name in ('head', 'left_hand', 'right_hand', 'left_ankle'):
        assert abs(clothes[JOINT[name]]) < 0.004
    np.testing.assert_array_equal(clothes, clothes[list(MIRROR)])


def test_another_file_is_refused(tmp_path):
    np.savez(tmp_path / 'short.npz', thickness_m=np.zeros(3))
    with pytest.raises(BadInput, match='learn_clothes'):
        usual_clothes(tmp_path / 'short.npz')
    with pytest.raises(BadInput, match='learn_clothes'):
        usual_clothes(tmp_path / 'nothing.npz')


def test_people_in_their_clothes_are_not_fitted_ahead_of_where_they_are(model):
    """Joints that are right but hardly sure, and the depth of rendered shirts and trousers: trunk and knees of the bare body come
    out nearer than they are."""
    ahead: dict[float, list[np.ndarray]] = {0.0: [], 1.0: []}
    for someone in range(6):
        clip = make_motion('kimore_es1', sample_style(someone), someone, repetitions=1, model=model)
        recording = RenderedRecording(RecordingPlan('dressed', clip, rate_hz=1.0, seconds=1.0, room=someone, seed=someone), model)
        frame, truth = recording.frame(0)
        skeleton = Skeleton(truth.positions, np.ones(JOINT_COUNT), np.tile(0.05 ** 2 * np.eye(3), (JOINT_COUNT, 1, 1)),
                            np.full(JOINT_COUNT, JointState.OBSERVED, np.uint8), np.full((JOINT_COUNT, 2), np.nan), track_id=1)
        for clothes, nearer in ahead.items():
            options = StationFitOptions(clothes=clothes, outline_points=0)
            fit = BodyFitter(model, options)(skeleton, 0.0, rendered_silhouette(frame, truth))
            nearer.append((truth.positions - fit.joints)[DRESSED, 2])
    bare, dressed = (float(np.mean(nearer)) for nearer in ahead.values())
    assert bare > 0.005
    assert abs(dressed) < 0.003
