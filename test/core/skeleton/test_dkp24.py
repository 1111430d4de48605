"""DKP-Net-24 against the capsule figure's known joints and against the tables read by hand."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from helpers.capsule_silhouette import drawn, silhouette
from helpers.paper_bounds import ERROR_MM, POSE_COLUMN

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.silhouette.person import nobody
from poseformer_ros.skeleton.dkp24 import Dkp24, Dkp24Options
from poseformer_ros.skeleton.joints import JOINT, JOINT_NAMES, MIRROR, ArmTable, JointState
from poseformer_ros.skeleton.outline import BODY_SHARE, HEAD_ROW
from poseformer_ros.synthesis.capsule.capsule_figure import CapsuleStudio, StudioCamera
from poseformer_ros.synthesis.capsule.figure_pose import BEHIND_BACK, POSES, STANDING, ArmPose
from poseformer_ros.synthesis.rendering.sensor_noise import add_noise

LEFT_ARM = [JOINT[f'left_{part}'] for part in ('elbow', 'wrist', 'hand')]
RIGHT_ARM = [JOINT[f'right_{part}'] for part in ('elbow', 'wrist', 'hand')]
KINECT_V2 = Intrinsics(512, 424, 365.0, 365.0, 255.5, 211.5)



@pytest.mark.parametrize('pose', POSE_COLUMN)
def test_error_of_every_joint(pose):
    person, truth = drawn(POSES[pose])
    found = Dkp24()(person)
    error_mm = 1e3 * np.linalg.norm(found.positions - truth.positions, axis=1)
    for name, error in zip(JOINT_NAMES, error_mm):
        assert error < ERROR_MM[name.removeprefix('left_').removeprefix('right_')][POSE_COLUMN[pose]], name


@pytest.mark.parametrize('pose', ['standing', 'both_raised'])
def test_lines_of_the_tables(pose):
    """Rows and columns computed by hand from the printed lines; 1.5 pixels for rounding and smoothing."""
    lines, raised = _hand_read(POSES[pose]), pose == 'both_raised'
    found = Dkp24()(lines.person).pixels - [lines.person.roi.x, lines.person.roi.y]
    neck_y = lines.top + lines.h * (1 / 12 if raised else 1 / 8)
    shoulders = lines.left(neck_y) + lines.px(5), lines.right(neck_y) - lines.px(5)
    hip_start, hip_end = lines.row(3 / 5), lines.row(2 / 3)
    pelvis_y = (hip_start + hip_end) / 2
    spine_y = (neck_y + pelvis_y) / 2
    heel = 1 / 30 if raised else 1 / 40
    expected = {     # person's left is the image's right
        'right_shoulder': (shoulders[0], neck_y), 'left_shoulder': (shoulders[1], neck_y),
        'right_collarbone': (shoulders[0] + lines.px(15), neck_y),
        'left_collarbone': (shoulders[1] - lines.px(15), neck_y),
        'right_knee': (lines.left(lines.row(3 / 4)) + lines.px(7), lines.row(3 / 4)),
        'left_knee': (lines.right(lines.row(3 / 4)) - lines.px(7), lines.row(3 / 4)),
        'right_heel': (lines.left(lines.bottom), lines.bottom), 'left_heel': (lines.right(lines.bottom), lines.bottom),
        'right_ankle': (lines.left(lines.bottom - heel * lines.h), lines.bottom - heel * lines.h),
        'pelvis': (np.nan, pelvis_y), 'right_hip': (np.nan, pelvis_y), 'spine_centre': (np.nan, spine_y),
        'upper_spine': (np.nan, (neck_y + spine_y) / 2), 'lower_spine': (np.nan, (pelvis_y + spine_y) / 2),
        'neck': ((shoulders[0] + shoulders[1]) / 2, neck_y), 'head': (np.nan, lines.top),
    }
    if raised:
        extreme = np.flatnonzero(lines.mask.any(axis=0))
        expected |= {'right_hand': (extreme[0], np.nan), 'left_hand': (extreme[-1], np.nan)}
    else:
        expected |= {'right_elbow': (lines.first[round(neck_y):round(spine_y)].min(), np.nan),
                     'left_wrist': (lines.last[round(spine_y):round(pelvis_y)].max(), np.nan)}
    for name, place in expected.items():
        # An extreme column may be read where the outline still is within 0.02 of body height of it; toes are round.
        slack = {'hand': 7.5, 'elbow': 7.5, 'wrist': 7.5, 'heel': 3.0}.get(name.split('_')[-1], 1.5)
        assert np.nanmax(np.abs(found[JOINT[name]] - place)) <= slack, name
    for side in ('left', 'right'):      # 10 pixels along the arm, in both tables
        hand, wrist = found[JOINT[f'{side}_hand']], found[JOINT[f'{side}_wrist']]
        assert np.hypot(*(hand - wrist)) == pytest.approx(lines.px(10), abs=0.2)


class _hand_read:
    """A silhouette's rows and columns, read as the tables say."""

    def __init__(self, pose):
        self.person, truth = drawn(pose)
        self.mask = self.person.mask
        head_x = round(self.person.intrinsics.project(truth.positions[JOINT['head']])[0])
        self.top = float(np.argmax(self.mask[:, head_x]))
        self.bottom = float(np.flatnonzero(self.mask.any(axis=1))[-1])
        self.body = self.bottom - self.top
        self.h = self.body / BODY_SHARE
        self.first = np.where(self.mask.any(axis=1), self.mask.argmax(axis=1), 9999)
        self.last = np.where(self.mask.any(axis=1), self.mask.shape[1] - 1 - self.mask[:, ::-1].argmax(axis=1), -1)

    def row(self, share):
        return self.top + (share - HEAD_ROW) * self.h

    def px(self, pixels):
        return pixels / 424 * self.h

    def left(self, row):
        return float(self.first[round(row)])

    def right(self, row):
        return float(self.last[round(row)])


def test_place_of_the_body_in_the_papers_image():
    """BODY_SHARE and HEAD_ROW solve hips, knee and both shoulder rows for Drillis and Contini's body."""
    rows = np.array([[1, 1 - 0.530], [1, 1 - 0.285], [0, 1 - 0.818], [0, 1 - 0.818]])
    (head_row, body_share), *_ = np.linalg.lstsq(rows, [(3 / 5 + 2 / 3) / 2, 3 / 4, 1 / 8, 1 / 12], rcond=None)
    assert (HEAD_ROW, BODY_SHARE) == (round(head_row, 3), round(body_share, 3))


@pytest.mark.parametrize(('pose', 'tables'), [
    ('standing', (ArmTable.LOWERED, ArmTable.LOWERED)), ('squat', (ArmTable.LOWERED, ArmTable.LOWERED)),
    ('left_arm_raised', (ArmTable.RAISED, ArmTable.LOWERED)), ('right_arm_raised', (ArmTable.LOWERED, ArmTable.RAISED)),
    ('both_raised', (ArmTable.RAISED, ArmTable.RAISED)), ('arms_sideways', (ArmTable.RAISED, ArmTable.RAISED)),
])
def test_each_arm_has_its_table(pose, tables):
    assert Dkp24()(drawn(POSES[pose])[0]).arm_tables == tables


def test_raised_arm_leaves_the_other_and_the_legs_alone():
    standing, raised = (Dkp24()(drawn(POSES[pose])[0]).positions for pose in ('standing', 'left_arm_raised'))
    legs = [JOINT[f'{side}_{part}'] for side in ('left', 'right') for part in ('hip', 'knee', 'ankle', 'heel')]
    np.testing.assert_allclose(raised[RIGHT_ARM + legs], standing[RIGHT_ARM + legs], atol=0.005)
    assert (raised[LEFT_ARM, 1] < standing[LEFT_ARM, 1] - 0.3).all()


@pytest.mark.parametrize('side', ['left', 'right'])
def test_hidden_forearm_is_missing(side):
    person, truth = drawn(POSES[f'{side}_forearm_hidden'])
    hidden, other = [JOINT[f'{side}_wrist'], JOINT[f'{side}_hand']], RIGHT_ARM if side == 'left' else LEFT_ARM
    assert not truth.visible[hidden].any()
    found = Dkp24()(person)
    assert (found.state[hidden] == JointState.MISSING).all() and np.isnan(found.positions[hidden]).all()
    assert (found.confidence[hidden] == 0).all()
    assert (found.state[other] != JointState.MISSING).all()
    assert found.state[JOINT[f'{side}_elbow']] == JointState.OBSERVED


def test_arm_hidden_to_the_shoulder_is_missing():
    """The upper arm points backwards: only the trunk's outline is left on that side."""
    behind = replace(BEHIND_BACK, abduction=np.radians(-4.0), flexion=np.radians(-75.0), elbow=np.radians(60.0))
    found = Dkp24()(drawn(replace(STANDING, left=behind))[0])
    assert (found.state[LEFT_ARM] == JointState.MISSING).all()
    assert (found.state[RIGHT_ARM] != JointState.MISSING).all()


def test_forearm_before_the_trunk_occludes_the_spine():
    before = ArmPose(np.radians(15.0), np.radians(25.0), np.radians(100.0), np.radians(45.0))
    person, truth = drawn(replace(STANDING, left=before))
    found = Dkp24()(person)
    spine = [JOINT[name] for name in ('pelvis', 'lower_spine', 'spine_centre', 'upper_spine', 'neck')]
    column, row = np.rint(found.pixels[spine] - [person.roi.x, person.roi.y]).astype(int).T
    surface = Dkp24()(drawn(STANDING)[0]).positions[spine, 2]
    covered = person.depth[row, column] < surface - 0.10
    assert covered.any()
    np.testing.assert_array_equal(found.state[spine] == JointState.OCCLUDED, covered)
    assert np.abs(found.positions[spine, 2] - surface).max() < 0.06     # the trunk's depth, not the forearm's


def test_averaged_points_are_inferred():
    found = Dkp24()(drawn(STANDING)[0])
    inferred = {JOINT_NAMES[j] for j in np.flatnonzero(found.state == JointState.INFERRED)}
    assert inferred == {'neck', 'pelvis', 'lower_spine', 'spine_centre', 'upper_spine', 'left_hand', 'right_hand'}
    assert (found.state != JointState.MISSING).all()


def test_twice_as_far_gives_the_same_body():
    """Metric joints relative to the pelvis; a pixel is 10 mm at 5.2 m."""
    above_feet = [j for j, name in enumerate(JOINT_NAMES) if 'ankle' not in name and 'heel' not in name]
    near, far = (Dkp24()(drawn(STANDING, StudioCamera(distance=d))[0]).positions for d in (2.6, 5.2))
    difference = (far - far[0]) - (near - near[0])
    assert np.abs(difference[above_feet, :2]).max() < 0.025
    assert np.abs(difference[above_feet, 2]).max() < 0.03
    assert np.median(far[:, 2] - near[:, 2]) == pytest.approx(2.6, abs=0.03)


def test_mirrored_image_gives_the_mirrored_person():
    frame, truth = CapsuleStudio()(POSES['left_arm_raised'])
    flipped = RgbdFrame(frame.color[:, ::-1].copy(), frame.depth[:, ::-1].copy(), frame.intrinsics)
    plain = Dkp24()(silhouette(frame, truth.mask))
    mirrored = Dkp24(Dkp24Options(mirrored=True))(silhouette(flipped, truth.mask[:, ::-1]))
    assert mirrored.arm_tables == plain.arm_tables == (ArmTable.RAISED, ArmTable.LOWERED)
    np.testing.assert_allclose(mirrored.positions, plain.positions * [-1, 1, 1], atol=0.012)
    unaware = Dkp24()(silhouette(flipped, truth.mask[:, ::-1]))
    np.testing.assert_array_equal(unaware.positions, mirrored.positions[list(MIRROR)])


def test_nobody():
    found = Dkp24()(nobody(KINECT_V2, None))
    assert (found.state == JointState.MISSING).all() and np.isnan(found.positions).all() and found.track_id == 0
    assert found.arm_tables == (ArmTable.NONE, ArmTable.NONE)


def test_person_without_any_depth_is_missing():
    person, _ = drawn(STANDING)
    found = Dkp24()(replace(person, depth=np.full_like(person.depth, np.nan)))
    assert (found.state == JointState.MISSING).all() and found.track_id == person.track_id


def test_cut_at_the_knees_keeps_what_the_image_shows():
    """The floor tells how tall the body is, so that the rows stay where they are on a whole body."""
    frame, truth = CapsuleStudio()(STANDING)
    row = round(frame.intrinsics.project(truth.positions[JOINT['left_knee']])[1]) - 25
    k = frame.intrinsics
    shown = RgbdFrame(frame.color[:row], frame.depth[:row], Intrinsics(k.width, row, k.fx, k.fy, k.cx, k.cy))
    whole = Dkp24()(silhouette(frame, truth.mask, truth.floor))
    found = Dkp24()(silhouette(shown, truth.mask[:row], truth.floor))
    gone = [JOINT[f'{side}_{part}'] for side in ('left', 'right') for part in ('knee', 'ankle', 'heel')]
    rest = np.setdiff1d(np.arange(24), gone)
    assert (found.state[gone] == JointState.MISSING).all() and np.isnan(found.positions[gone]).all()
    np.testing.assert_allclose(found.positions[rest], whole.positions[rest], atol=0.045)
    unknown = Dkp24()(silhouette(shown, truth.mask[:row], None))
    assert (unknown.state == JointState.MISSING).all()      # no floor, no height: nothing is guessed


def test_legs_behind_a_desk_are_missing():
    frame, truth = CapsuleStudio()(STANDING)
    row = round(frame.intrinsics.project(truth.positions[JOINT['left_knee']])[1])
    seen = truth.mask.copy()
    seen[row - 10:] = False
    found, whole = (Dkp24()(silhouette(frame, mask, truth.floor)) for mask in (seen, truth.mask))
    gone = [JOINT[f'{side}_{part}'] for side in ('left', 'right') for part in ('knee', 'ankle', 'heel')]
    rest = np.setdiff1d(np.arange(24), gone)
    assert (found.state[gone] == JointState.MISSING).all()
    np.testing.assert_allclose(found.positions[rest], whole.positions[rest], atol=0.045)


@pytest.mark.parametrize('joint', ['left_elbow', 'left_wrist'])
def test_arm_outside_the_image_is_missing(joint):
    found = _cut_at_column('arms_sideways', joint)
    assert (found.state[LEFT_ARM] == JointState.MISSING).all()
    assert (found.state[RIGHT_ARM] != JointState.MISSING).all()


def test_half_a_person_has_no_joints_outside_the_image():
    found = _cut_at_column('standing', 'left_hip')
    gone = LEFT_ARM + [JOINT[f'left_{part}'] for part in ('shoulder', 'collarbone', 'hip', 'knee')]
    assert (found.state[gone] == JointState.MISSING).all()
    # What is the mean of both sides is gone with one of them.
    assert (found.state[[JOINT['pelvis'], JOINT['spine_centre'], JOINT['neck']]] == JointState.MISSING).all()
    assert (found.state[RIGHT_ARM + [JOINT['right_hip'], JOINT['right_knee']]] == JointState.OBSERVED).sum() >= 4


def _cut_at_column(pose, joint):
    frame, truth = CapsuleStudio()(POSES[pose])
    column = round(frame.intrinsics.project(truth.positions[JOINT[joint]])[0])
    k = frame.intrinsics
    camera = Intrinsics(column, k.height, k.fx, k.fy, k.cx, k.cy)
    shown = RgbdFrame(frame.color[:, :column], frame.depth[:, :column], camera)
    return Dkp24()(silhouette(shown, truth.mask[:, :column], truth.floor))


def test_hand_above_the_image_is_missing():
    frame, truth = CapsuleStudio()(POSES['left_arm_raised'])
    row = round(frame.intrinsics.project(truth.positions[JOINT['left_wrist']])[1])
    k = frame.intrinsics
    shown = RgbdFrame(frame.color[row:], frame.depth[row:], k.crop(0, row, k.width, k.height - row))
    found = Dkp24()(silhouette(shown, truth.mask[row:], truth.floor))
    assert (found.state[[JOINT['left_wrist'], JOINT['left_hand']]] == JointState.MISSING).all()
    assert found.state[JOINT['head']] == JointState.OBSERVED


@pytest.mark.parametrize('pose', POSE_COLUMN)
def test_ragged_silhouette_with_noise_and_holes(pose):
    """A third of the outer two pixels gone, holes of up to 6 cm, depth noise: joints stay near the clean ones."""
    frame, truth = CapsuleStudio()(POSES[pose])
    clean = Dkp24()(silhouette(frame, truth.mask))
    for seed in range(4):
        rng = np.random.default_rng(seed)
        mask = _ragged(truth.mask, rng)
        noisy = RgbdFrame(frame.color, add_noise(frame.depth, rng), frame.intrinsics)
        found = Dkp24()(silhouette(noisy, mask))
        np.testing.assert_array_equal(found.state == JointState.MISSING, clean.state == JointState.MISSING)
        moved = np.linalg.norm(found.positions - clean.positions, axis=1)
        assert moved.max() < 0.10 and np.median(moved) < 0.02


def test_hole_in_the_face_does_not_lower_the_head():
    frame, truth = CapsuleStudio()(STANDING)
    clean = Dkp24()(silhouette(frame, truth.mask))
    face = clean.pixels[JOINT['head']] + [0, 525.0 / 2.8 * 0.10]
    column, row = np.meshgrid(np.arange(640), np.arange(480))
    hole = np.hypot(column - face[0], row - face[1]) < 525.0 / 2.8 * 0.05
    found = Dkp24()(silhouette(frame, truth.mask & ~hole))
    np.testing.assert_allclose(found.pixels, clean.pixels, atol=1.0)


def _ragged(mask, rng):
    inner = cv2.erode(mask.astype(np.uint8), np.ones((5, 5), np.uint8))
    ragged = (mask & ~((inner == 0) & (rng.random(mask.shape) < 0.33))).astype(np.uint8)
    rows, columns = np.nonzero(inner)
    for at in rng.integers(len(rows), size=10):
        cv2.circle(ragged, (int(columns[at]), int(rows[at])), int(rng.integers(1, 6)), 0, cv2.FILLED)
    return ragged.astype(bool)


def test_pixels_are_of_the_full_image_and_covariance_is_one():
    person, _ = drawn(STANDING, StudioCamera(KINECT_V2, distance=2.3))
    found = Dkp24()(person)
    np.testing.assert_allclose(KINECT_V2.project(found.positions), found.pixels, atol=1e-6)
    assert (np.linalg.eigvalsh(found.covariance) > 0).all()
    deviation = np.sqrt(found.covariance[:, 2, 2])
    assert (deviation > 0.005).all() and (deviation < 0.06).all()


def test_real_person_from_the_front(shared_data):
    """One real image: every joint but a hand is found, on the body, in the order of a standing person."""
    folder = shared_data / 'rgbd_kinect2_front'
    depth = cv2.imread(str(folder / 'depth' / '01.png'), cv2.IMREAD_UNCHANGED).astype(np.float32) / 1000.0
    mask = depth > 0
    depth[~mask] = np.nan
    frame = RgbdFrame(cv2.imread(str(folder / 'color' / '01.png')), depth,
                      Intrinsics(512, 424, 364.276, 364.276, 256.512, 207.939))
    found = Dkp24()(silhouette(frame, mask))
    body = [j for j in range(24) if JOINT_NAMES[j] not in ('left_hand', 'right_hand')]
    assert (found.state[body] != JointState.MISSING).all()
    order = ['head', 'neck', 'upper_spine', 'spine_centre', 'lower_spine', 'pelvis', 'left_knee', 'left_ankle',
             'left_heel']
    assert (np.diff(found.positions[[JOINT[name] for name in order], 1]) > 0).all()
    for part in ('shoulder', 'elbow', 'wrist', 'hip', 'knee', 'ankle'):
        assert found.positions[JOINT[f'left_{part}'], 0] > found.positions[JOINT[f'right_{part}'], 0]
    assert np.ptp(found.positions[body, 2]) < 0.25
