"""Body parts against drawn shapes, a figure of capsules and rendered bodies whose parts are known."""

from dataclasses import replace

import numpy as np
import pytest
from helpers.capsule_silhouette import drawn

from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.drawing.keypoint_drawing import draw_parts
from poseformer_ros.errors import BadInput
from poseformer_ros.evaluation.evaluate_pose import rendered_silhouette
from poseformer_ros.keypoints.body_parts import (
    FOUND_PARTS,
    LIP_CLASS,
    LIP_CLASSES,
    LIP_COLORS,
    label_colors,
    no_parts,
    outlined,
    part_mask,
    resampled,
)
from poseformer_ros.keypoints.bone_lines import JOINT_CLASS, along_and_away, bone_lines, places_along
from poseformer_ros.keypoints.geometry_parts import GeometryParts, GeometryPartsOptions
from poseformer_ros.keypoints.methods import BodyPartsOptions
from poseformer_ros.keypoints.part_stage import OPTIONS, BodyPartStage
from poseformer_ros.options import defaults
from poseformer_ros.silhouette.person import Roi, Silhouette, nobody
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT
from poseformer_ros.synthesis.capsule.figure_pose import RAISED, SIDEWAYS, FigurePose
from poseformer_ros.synthesis.motions import motion
from poseformer_ros.synthesis.rendered_recording import RecordingPlan, RenderedRecording
from poseformer_ros.synthesis.rendering.cameras import RigOptions

CAMERA = Intrinsics(640, 480, 525.0, 525.0, 319.5, 239.5)
GEOMETRY = defaults(OPTIONS, body_parts=BodyPartsOptions(method='geometry'))
LEFT_OF, RIGHT_OF = ('left_arm', 'left_leg', 'left_shoe'), ('right_arm', 'right_leg', 'right_shoe')


def flat_person(mask: np.ndarray) -> Silhouette:
    height, width = mask.shape
    return Silhouette(True, mask, np.full(mask.shape, 2.0, np.float32), np.zeros((*mask.shape, 3), np.uint8),
                      Roi(100, 40, width, height), CAMERA.crop(100, 40, width, height), (640, 480), None, 3, False)


def label(name: str) -> np.uint8:
    return np.uint8(LIP_CLASS[name])


# The class list and its colours.

def test_classes_are_those_of_look_into_person_in_its_order():
    assert len(LIP_CLASSES) == 20 and LIP_CLASSES[0] == 'background'
    known = {1: 'hat', 2: 'hair', 5: 'upper_clothes', 9: 'pants', 12: 'skirt', 13: 'face', 14: 'left_arm', 15: 'right_arm',
             16: 'left_leg', 17: 'right_leg', 18: 'left_shoe', 19: 'right_shoe'}
    assert {index: LIP_CLASSES[index] for index in known} == known
    assert list(FOUND_PARTS) == sorted(FOUND_PARTS) and 0 not in FOUND_PARTS


def test_colours_tell_all_classes_apart():
    assert len({tuple(color) for color in LIP_COLORS.tolist()}) == 20
    colors = LIP_COLORS[list(FOUND_PARTS)].astype(int)
    apart = np.linalg.norm(colors[:, None] - colors[None], axis=2) + 1000 * np.eye(len(colors))
    assert apart.min() > 60
    image = label_colors(np.array([[0, 14]], np.uint8))
    np.testing.assert_array_equal(image[0, 1, ::-1], LIP_COLORS[14])


# Contours.

def test_contour_points_of_a_rectangle_are_evenly_along_its_border():
    labels = np.zeros((60, 80), np.uint8)
    labels[10:31, 20:61] = label('pants')       # its border runs 40 and 20 pixels: 120 in all
    parts = outlined(flat_person(labels > 0), labels, 24, 1)
    assert parts.part_ids.tolist() == [LIP_CLASS['pants']] and parts.contours.shape == (1, 24, 2)
    found = parts.contours[0] - (100, 40)       # in the crop
    np.testing.assert_allclose(found[0], [40, 10])      # above the centroid
    np.testing.assert_allclose(found[1], [45, 10])      # and on clockwise as seen, in steps of 120 / 24
    np.testing.assert_allclose(found[4:7], [[60, 10], [60, 15], [60, 20]])
    np.testing.assert_allclose(np.linalg.norm(np.diff(np.vstack([found, found[:1]]), axis=0), axis=1), 5.0)


@pytest.mark.parametrize('direction', [1, -1])
def test_contour_points_do_not_depend_on_where_a_traced_outline_begins_or_which_way_it_goes(direction):
    angle = np.linspace(0, 2 * np.pi, 300, endpoint=False) * direction + 1.3
    points = resampled(np.stack([40 + 20 * np.cos(angle), 50 + 30 * np.sin(angle)], axis=1), 40)
    np.testing.assert_allclose(points[0], [40, 20], atol=0.7)
    assert points[10, 0] > 55 and points[30, 0] < 25
    np.testing.assert_allclose(((points - (40, 50)) / (20, 30)) ** 2 @ [1, 1], 1.0, atol=0.01)


@pytest.mark.parametrize('shape', [(1, 1), (1, 30), (30, 1), (2, 2)])
def test_thin_parts_have_contour_points_too(shape):
    labels = np.zeros((40, 40), np.uint8)
    labels[3:3 + shape[0], 4:4 + shape[1]] = label('face')
    contours = outlined(flat_person(labels > 0), labels, 16, 1).contours - (100, 40)
    assert np.isfinite(contours).all()
    assert (contours >= (4, 3)).all() and (contours <= (3 + shape[1], 2 + shape[0])).all()


def test_the_largest_piece_is_traced_and_small_parts_are_not_found():
    labels = np.zeros((60, 80), np.uint8)
    labels[5:8, 5:8] = labels[20:50, 30:60] = label('left_arm')
    labels[0:2, 0:2] = label('face')
    parts = outlined(flat_person(labels > 0), labels, 16, 5)
    assert parts.part_ids.tolist() == [LIP_CLASS['left_arm']]
    assert (parts.contours[0] >= (130, 60)).all()
    assert part_mask(parts, LIP_CLASS['face']).sum() == 4      # it stays in the label image


# The bones' lines.

def test_line_distances_are_those_of_dense_samples():
    rng = np.random.default_rng(0)
    points, start, end = rng.normal(size=(20, 3)), rng.normal(size=(5, 3)), rng.normal(size=(5, 3))
    along, away = along_and_away(points, start, end)
    share = np.linspace(0, 1, 2001)
    samples = start[:, None] + share[:, None] * (end - start)[:, None]
    distance = np.linalg.norm(points[:, None, None] - samples[None], axis=3)
    np.testing.assert_allclose(away, distance.min(axis=2), atol=1e-3)
    np.testing.assert_allclose(along, share[distance.argmin(axis=2)], atol=2e-3)


def test_lines_label_the_free_bodys_own_surface():
    """Each vertex by the line nearest in space, against the joint that moves it most."""
    model, lines = load_body_model(default_body_path()), bone_lines()
    joints = model.joint_template
    along, away = along_and_away(model.v_template, lines.start @ joints, lines.end @ joints)
    off = np.abs(away - lines.radius[:, 0] - along * (lines.radius[:, 1] - lines.radius[:, 0]))
    nearest = off.argmin(axis=1)
    found = lines.part[nearest, places_along(along[np.arange(len(along)), nearest])]
    assert (found == JOINT_CLASS[model.part]).mean() > 0.94
    assert (lines.radius > 0.01).all() and (lines.radius < 0.2).all()


# The method `geometry`.

@pytest.fixture(scope='module')
def rendered():
    """Five images of each of two exercises, perfect silhouettes; people and rooms that no table was made from."""
    pytest.importorskip('open3d')
    model, images = load_body_model(default_body_path()), []
    for person, exercise in ((93_001, 'kimore_es2'), (93_002, 'kimore_es5')):
        plan = RecordingPlan(exercise, motion(exercise, person, person, model), rig=RigOptions(distance_m=3.0, view_rad=0.2),
                             rate_hz=1.0, seconds=5.0, start_s=2.0, room=1, seed=person)
        recording = RenderedRecording(plan, model)
        images += [recording.frame(index) for index in range(len(recording))]
    return [(rendered_silhouette(frame, truth), truth) for frame, truth in images]


def merged(labels: np.ndarray) -> np.ndarray:
    """Hair as face: the rendered truth knows the head, not the hairline."""
    return np.where(labels == LIP_CLASS['hair'], LIP_CLASS['face'], labels)


def shares_right(rendered, change=lambda joints: joints) -> np.ndarray:
    """Share of the person's pixels that are labelled right, by image."""
    geometry = GeometryParts()
    return np.array([(merged(geometry(person, change(truth.positions.copy())))
                      == JOINT_CLASS[truth.parts[person.roi.slices]])[person.mask].mean() for person, truth in rendered])


def test_rendered_bodies_are_labelled_as_they_were_rendered(rendered):
    right = shares_right(rendered)
    assert right.mean() > 0.89 and right.min() > 0.83


def test_a_missing_arm_costs_the_arm_and_nothing_else(rendered):
    def without_left_arm(joints):
        joints[[JOINT[name] for name in ('left_shoulder', 'left_elbow', 'left_wrist', 'left_hand')]] = np.nan
        return joints
    geometry = GeometryParts()
    for person, truth in rendered:
        whole, less = geometry(person, truth.positions), geometry(person, without_left_arm(truth.positions.copy()))
        assert not (less == LIP_CLASS['left_arm']).any()
        elsewhere = person.mask & (whole != LIP_CLASS['left_arm'])
        assert (less == whole)[elsewhere].mean() > 0.97


def test_left_and_right_are_the_persons_own():
    """A figure that faces the camera has its left on the image's right."""
    person, truth = drawn(FigurePose(left=SIDEWAYS, right=RAISED))
    parts = BodyPartStage(GEOMETRY)(person, truth.positions)
    centre = {LIP_CLASSES[part]: contour.mean(axis=0) for part, contour in zip(parts.part_ids, parts.contours, strict=True)}
    for left, right in zip(LEFT_OF, RIGHT_OF, strict=True):
        assert centre[left][0] > centre[right][0] + 5
    assert centre['right_arm'][1] < centre['left_arm'][1] < centre['upper_clothes'][1] + 60
    assert centre['hair'][1] < centre['face'][1] < centre['upper_clothes'][1] < centre['pants'][1] < centre['left_leg'][1]


def test_who_turns_the_back_shows_hair():
    person, truth = drawn(FigurePose())
    mirrored = truth.positions.copy()
    for name in JOINT:
        if name.startswith('left_'):
            pair = [JOINT[name], JOINT[name.replace('left', 'right')]]
            mirrored[pair] = mirrored[pair[::-1]]
    front, back = (GeometryParts()(person, joints) for joints in (truth.positions, mirrored))
    assert (front == LIP_CLASS['face']).sum() > 2 * (front == LIP_CLASS['hair']).sum() > 0
    assert (back == LIP_CLASS['hair']).sum() > (back == LIP_CLASS['face']).sum()
    same = (front == LIP_CLASS['left_arm']) == (back == LIP_CLASS['right_arm'])
    assert same.mean() > 0.998      # but for places that lie as near to the one side as to the other


def test_a_hole_in_the_depth_is_filled_from_its_rim():
    person, truth = drawn(FigurePose())
    whole = GeometryParts()(person, truth.positions)
    depth = person.depth.copy()
    rows, columns = np.nonzero(whole == LIP_CLASS['upper_clothes'])
    y, x = int(np.median(rows)), int(np.median(columns))
    depth[y - 4:y + 5, x - 4:x + 5] = np.nan
    holed = GeometryParts()(replace(person, depth=depth), truth.positions)
    assert (holed == whole)[person.mask].mean() > 0.98
    assert (holed[y - 4:y + 5, x - 4:x + 5] == LIP_CLASS['upper_clothes']).all()


def test_a_coarse_grid_labels_like_a_fine_one():
    person, truth = drawn(FigurePose(left=SIDEWAYS))
    fine, coarse = (GeometryParts(GeometryPartsOptions(pixels=pixels))(person, truth.positions) for pixels in (100000, 1500))
    assert (fine == coarse)[person.mask].mean() > 0.93
    np.testing.assert_array_equal(fine == 0, ~person.mask)


@pytest.mark.parametrize('change', ['no joint', 'two joints', 'no depth', 'all in one place', 'far away', 'infinite'])
def test_what_cannot_be_told_is_background(change):
    person, truth = drawn(FigurePose())
    joints = truth.positions.copy()
    if change == 'no joint':
        joints[:] = np.nan
    if change == 'two joints':
        joints[2:] = np.nan
    if change == 'no depth':
        person = replace(person, depth=np.full_like(person.depth, np.nan))
    if change == 'far away':
        joints += (5.0, 0.0, 0.0)
    if change == 'infinite':
        joints[:] = np.inf
    if change == 'all in one place':
        joints[:] = (0.0, 0.0, 40.0)
    parts = BodyPartStage(GEOMETRY)(person, joints)
    assert not parts.labels.any() and parts.labels.shape == person.mask.shape
    assert len(parts.part_ids) == 0 and parts.contours.shape == (0, 16, 2)


# The stage.

def test_parts_come_in_rising_order_inside_the_image():
    person, truth = drawn(FigurePose())
    options = defaults(OPTIONS, body_parts=BodyPartsOptions(method='geometry', contour_points=20))
    parts = BodyPartStage(options)(person, truth.positions)
    assert parts.part_ids.tolist() == sorted(FOUND_PARTS) and parts.part_ids.dtype == np.uint8
    assert parts.contours.shape == (len(FOUND_PARTS), 20, 2) and parts.contours.dtype == np.float32
    assert parts.track_id == person.track_id and parts.roi == person.roi
    for part, contour in zip(parts.part_ids, parts.contours, strict=True):
        column, row = np.rint(contour - (person.roi.x, person.roi.y)).astype(int).T
        window = np.stack([part_mask(parts, part)[np.clip(row + dy, 0, person.roi.height - 1), np.clip(column + dx, 0, None)]
                           for dy in (-1, 0, 1) for dx in (-1, 0, 1) if (column + dx < person.roi.width).all()])
        assert window.any(axis=0).all()     # each point lies on its part's rim
    assert not parts.labels[~person.mask].any()


@pytest.mark.parametrize('person', [nobody(CAMERA, None), flat_person(np.zeros((20, 10), bool))])
def test_nobody_has_no_parts(person):
    parts = BodyPartStage()(person, np.full((JOINT_COUNT, 3), np.nan))
    assert parts.labels.shape == (0, 0) and len(parts.part_ids) == 0 and parts.track_id == 0
    assert parts.contours.shape == no_parts(16).contours.shape


def test_the_drawing_shows_each_part_in_its_colour():
    person, truth = drawn(FigurePose())
    parts = BodyPartStage(GEOMETRY)(person, truth.positions)
    image = draw_parts(replace(person, color=np.zeros_like(person.color)), parts, scale=1)
    assert image.shape == person.color.shape
    inner = parts.labels == LIP_CLASS['upper_clothes']
    shown = np.median(image[inner], axis=0)[::-1]
    np.testing.assert_allclose(shown, 0.65 * LIP_COLORS[LIP_CLASS['upper_clothes']], atol=2)


@pytest.mark.parametrize('wrong', [{'method': 'magic'}, {'contour_points': 2}, {'smallest_part': 0.5}])
def test_options_out_of_range_are_refused(wrong):
    with pytest.raises(BadInput, match=next(iter(wrong))):
        BodyPartsOptions(**wrong)
