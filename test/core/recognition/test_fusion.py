"""One image's feature vector: what stands where, in which frame, and what is missing."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from helpers.capsule_silhouette import drawn

from poseformer_ros.body.fitting.result import BodyFitResult, FitState, no_fit
from poseformer_ros.body.kinematics import shaped_body
from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.errors import BadInput
from poseformer_ros.evaluation.ablation import READINGS, ROWS, kept_values
from poseformer_ros.geometry.rotations import rotation_matrices, rotation_vectors
from poseformer_ros.keypoints.body_parts import LIP_CLASS, BodyParts
from poseformer_ros.keypoints.stage import KeypointStage
from poseformer_ros.recognition.fusion import Fusion, spread_vertices
from poseformer_ros.recognition.layout import CONTOUR_POINTS, FUSED, VERTEX_COUNT
from poseformer_ros.silhouette.person import nobody
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT, JointState, Skeleton, no_skeleton
from poseformer_ros.synthesis.capsule.figure_pose import FigurePose
from poseformer_ros.synthesis.motions import motion
from poseformer_ros.synthesis.rendering.cameras import RigOptions, camera_pose

MODEL = load_body_model(default_body_path())
FUSE = Fusion(MODEL)
CLIP = motion('kimore_es2', 77, 1, MODEL)
AT = 150    # a frame of the exercise, arms overhead
PERSON, _ = drawn(FigurePose())
MESH = [name for name in FUSED.names if name.startswith('mesh/')]


def _fit(rig: RigOptions) -> tuple[BodyFitResult, object]:
    """The exact fit of the clip's frame as a camera of this rig would have it, and the floor there."""
    camera, body = camera_pose(rig, 0.0), shaped_body(MODEL, CLIP.betas)
    pose, root = CLIP.poses[AT].copy(), body.joints[0]
    pose[0] = rotation_vectors(camera.rotation @ rotation_matrices(pose[0]))
    translation = camera.to_optical(root + CLIP.translations[AT]) - root
    joints = body.posed_joints(pose, translation)
    np.testing.assert_allclose(joints, camera.to_optical(body.posed_joints(CLIP.poses[AT], CLIP.translations[AT])), atol=1e-9)
    return replace(no_fit(FitState.FITTED, 1), pose=pose, betas=CLIP.betas, translation=translation, joints=joints,
                   joint_state=np.full(JOINT_COUNT, JointState.OBSERVED, np.uint8)), camera.floor


def _skeleton(joints: np.ndarray) -> Skeleton:
    return replace(no_skeleton(), positions=joints, confidence=np.ones(JOINT_COUNT), track_id=1,
                   state=np.full(JOINT_COUNT, JointState.OBSERVED, np.uint8))


def _part(fused, name: str) -> np.ndarray:
    assert fused.present[FUSED.names.index(name)]
    return fused.values[FUSED.part(name)]


def test_the_layout_is_the_one_that_models_were_trained_on():
    """A change of names, sizes or order needs a new VERSION; then this digest too."""
    digest = hashlib.sha256(repr((FUSED.version, FUSED.names, FUSED.sizes)).encode()).hexdigest()
    assert digest[:16] == '3ce3615a3dc11fcc'
    assert FUSED.offsets == tuple(np.concatenate([[0], np.cumsum(FUSED.sizes)[:-1]]))
    np.testing.assert_array_equal(np.bincount(FUSED.owner()), FUSED.sizes)


def test_camera_height_distance_and_tilt_do_not_enter():
    """The same moment before two cameras that differ in everything but the side they see: one vector."""
    vectors = []
    for rig in (RigOptions(height_m=0.9, distance_m=2.2, tilt_rad=0.0), RigOptions(height_m=1.9, distance_m=3.7, tilt_rad=0.3)):
        fit, floor = _fit(rig)
        vectors.append(FUSE(replace(PERSON, floor=floor), skeleton=_skeleton(fit.joints), fit=fit))
    np.testing.assert_array_equal(vectors[0].present, vectors[1].present)
    np.testing.assert_allclose(vectors[0].values, vectors[1].values, atol=2e-6)


def test_joints_stand_in_the_body_frame_in_metres():
    fit, floor = _fit(RigOptions(tilt_rad=0.2))
    fused = FUSE(replace(PERSON, floor=floor), skeleton=_skeleton(fit.joints), fit=fit)
    room = shaped_body(MODEL, CLIP.betas).posed_joints(CLIP.poses[AT], CLIP.translations[AT])
    x, y, z = (room[JOINT['left_wrist']] - room[0])         # room: x left of the person, y up, z towards the camera
    np.testing.assert_allclose(_part(fused, 'joint/left_wrist'), [-z, -x, y], atol=1e-5)
    np.testing.assert_allclose(_part(fused, 'mesh/joints').reshape(24, 3)[JOINT['left_wrist']], [-z, -x, y], atol=1e-5)
    np.testing.assert_allclose(_part(fused, 'mesh/height'), room[0, 1], atol=1e-5)
    assert z > -1 and y > 0.3       # the arms are up


def test_pose_holds_rotations_that_come_back():
    fit, floor = _fit(RigOptions(tilt_rad=0.2, view_rad=0.3))
    columns = _part(FUSE(replace(PERSON, floor=floor), fit=fit), 'mesh/pose').reshape(JOINT_COUNT, 2, 3).astype(float)
    third = np.cross(columns[:, 0], columns[:, 1])
    rotations = np.stack([columns[:, 0], columns[:, 1], third], axis=2)
    np.testing.assert_allclose(rotations[1:], rotation_matrices(fit.pose)[1:], atol=1e-6)
    np.testing.assert_allclose(rotations[0], floor.axes.T @ rotation_matrices(fit.pose)[0], atol=1e-6)


def test_vertices_lie_on_the_body_far_from_one_another():
    chosen = spread_vertices(MODEL.v_template, VERTEX_COUNT)
    assert len(set(chosen.tolist())) == VERTEX_COUNT
    apart = np.linalg.norm(MODEL.v_template[chosen][:, None] - MODEL.v_template[chosen], axis=2)
    nearest = np.where(np.eye(VERTEX_COUNT, dtype=bool), np.inf, apart).min(axis=1)
    to_chosen = np.linalg.norm(MODEL.v_template[:, None] - MODEL.v_template[chosen], axis=2).min(axis=1)
    assert nearest.min() >= to_chosen.max()     # what farthest-point sampling promises


def test_what_is_missing_is_flagged_and_zero():
    fit, floor = _fit(RigOptions())
    joints = fit.joints.copy()
    joints[JOINT['right_hand']] = np.nan
    gone = _skeleton(joints)
    gone.state[JOINT['right_hand']] = JointState.MISSING
    fused = FUSE(replace(PERSON, floor=None), skeleton=gone)
    absent = {name for name, there in zip(FUSED.names, fused.present) if not there}
    assert absent == {name for name in FUSED.names if not name.startswith('joint/')} | {'joint/right_hand'}
    assert not fused.values[np.isin(FUSED.owner(), [FUSED.names.index(name) for name in absent])].any()
    assert not FUSE(replace(PERSON, floor=None), fit=fit).present[FUSED.names.index('mesh/height')]


@pytest.mark.parametrize('state', [FitState.NONE, FitState.LOST])
def test_a_fit_that_failed_is_no_mesh(state):
    fused = FUSE(PERSON, fit=no_fit(state, 1))
    assert not fused.present[[FUSED.names.index(name) for name in MESH]].any()


def test_nobody_has_no_features():
    empty = nobody(PERSON.intrinsics, None)
    fused = FUSE(empty, KeypointStage()(empty), None, no_skeleton(), no_fit(FitState.NONE, 0))
    assert not fused.present.any() and not fused.values.any() and fused.track_id == 0


def test_keypoints_are_taken_over_and_a_detector_without_points_is_missing():
    keypoints = KeypointStage()(PERSON)
    features = keypoints.features.copy()
    features[6] = np.nan
    fused = FUSE(PERSON, replace(keypoints, features=features))
    np.testing.assert_array_equal(_part(fused, 'keypoints/harris'), features[1])
    assert not fused.present[FUSED.names.index('keypoints/akaze')]
    assert np.isfinite(fused.values).all()


def _square_part(part_id: int, points: int) -> BodyParts:
    """A part whose contour is a known square in the full image."""
    along = np.linspace(0, 4, points, endpoint=False)
    contour = np.array([[300.0 + 10 * t, 200.0 + 20 * t] for t in along])
    return BodyParts(np.zeros(PERSON.mask.shape, np.uint8), np.array([part_id], np.uint8), contour[None].astype(np.float32),
                     PERSON.roi, 1)


def test_contours_are_measured_from_the_middle_of_the_person_by_its_height():
    parts = _square_part(LIP_CLASS['left_arm'], CONTOUR_POINTS)
    found = _part(FUSE(PERSON, parts=parts), 'contour/left_arm').reshape(CONTOUR_POINTS, 2)
    rows, columns = np.nonzero(PERSON.mask)
    height = rows.max() - rows.min() + 1
    middle = PERSON.roi.x + (columns.min() + columns.max()) / 2, PERSON.roi.y + (rows.min() + rows.max()) / 2
    np.testing.assert_allclose(found * height + middle, parts.contours[0], atol=1e-3)
    assert not FUSE(PERSON, parts=parts).present[FUSED.names.index('contour/right_arm')]


def test_contours_of_another_number_of_points_are_refused_with_the_remedy():
    with pytest.raises(BadInput, match='body_parts: 9 contour points for each part.*set the parameter body_parts.contour_points'):
        FUSE(PERSON, parts=_square_part(LIP_CLASS['left_arm'], 9))


def test_parts_of_the_network_back_end_that_the_layout_lacks_are_left_out():
    fused = FUSE(PERSON, parts=_square_part(LIP_CLASS['scarf'], CONTOUR_POINTS))
    assert not fused.present.any()


def test_ablation_rows_hold_what_the_paper_names():
    owner, names = FUSED.owner(), np.array(FUSED.names)
    groups = np.array([name.split('/')[0] for name in names])[owner]
    only = {row: kept_values(FUSED, row, 'only') for row in ROWS}
    assert set(names[owner[only['sift']]]) == {'keypoints/sift'}
    np.testing.assert_array_equal(only['keypoints'], groups == 'keypoints')
    np.testing.assert_array_equal(only['contour_points'], groups == 'contour')
    half = only['half_contour_points']
    assert half[groups == 'contour'].mean() == 0.5 and not half[groups != 'contour'].any()
    for name in {name for name in names if name.startswith('contour/')}:
        points = half[FUSED.part(name)].reshape(CONTOUR_POINTS, 2)
        assert (points[:, 0] == points[:, 1]).all() and points[:, 0].sum() == CONTOUR_POINTS / 2
    for row, share in (('mesh_25', 0.25), ('mesh_50', 0.5), ('mesh_100', 1.0)):
        assert only[row][FUSED.part('mesh/vertices')].mean() == share and only[row].sum() == share * 3 * VERTEX_COUNT


@pytest.mark.parametrize('row', [row for row in ROWS if ROWS[row].preprocessing])
def test_the_two_readings_of_a_row_divide_the_vector(row):
    without, only = (kept_values(FUSED, row, reading) for reading in READINGS)
    np.testing.assert_array_equal(without, ~only)
    assert only.any()


def test_an_unknown_row_is_named():
    with pytest.raises(BadInput, match="ablation 'surf', 'only': the rows are akaze"):
        kept_values(FUSED, 'surf', 'only')
