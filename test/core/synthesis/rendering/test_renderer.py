"""Rendered depth, labels and truth against the posed mesh, by arithmetic that shares nothing with the ray caster."""

import cv2
import numpy as np
import pytest
from helpers.studio_scene import ROUNDED, arms_out, nearest_on_triangles, scene, still_clip

from poseformer_ros.body.kinematics import shaped_body
from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.skeleton.joints import JOINT
from poseformer_ros.synthesis.rendered_recording import RecordingPlan, RenderedRecording
from poseformer_ros.synthesis.rendering.cameras import SENSORS, RigOptions, camera_pose, sensor
from poseformer_ros.synthesis.rendering.clothing import Outfit, dressed
from poseformer_ros.synthesis.rendering.renderer import NOBODY, Actor, Renderer
from poseformer_ros.synthesis.rendering.rooms import bare_room
from poseformer_ros.synthesis.rendering.sensor_noise import NoiseModel

pytest.importorskip('open3d', reason='the studio casts rays with Open3D; pip install -r requirements/studio.txt')

ROLLING = RigOptions(height_m=1.3, tilt_rad=0.1, view_rad=0.5, roll_rad=0.2, turn_rad=0.1, nod_rad=0.05, drive_m=0.2)


@pytest.fixture(scope='module')
def model():
    return load_body_model(default_body_path())


def _room_points(drawn, pixels):
    rows, columns = pixels
    k = sensor('kinect_v2')
    optical = k.deproject(np.stack([columns, rows], axis=-1).astype(float), drawn.geometry.depth[rows, columns].astype(float))
    return optical @ drawn.camera.rotation + drawn.camera.centre


def _some(mask, count, seed=0):
    rows, columns = np.nonzero(mask)
    chosen = np.random.default_rng(seed).choice(len(rows), count, replace=False)
    return rows[chosen], columns[chosen]


@pytest.mark.parametrize('rig', [RigOptions(), ROLLING], ids=['still', 'rolling'])
def test_clean_depth_lies_on_the_posed_mesh_and_labels_on_their_part(model, rig):
    drawn = scene(model, rig=rig, seconds=2.0)
    pixels = _some(drawn.geometry.person == 0, 250)
    off, face, weights = nearest_on_triangles(_room_points(drawn, pixels), drawn.vertices[model.f])
    assert off.max() < 0.002
    pull = np.einsum('nk,nkj->nj', weights, model.weights[model.f[face]])
    label = drawn.geometry.part[pixels]
    # Where two joints pull alike, which label is right hangs on the last digits.
    assert (pull[np.arange(len(label)), label] > pull.max(axis=1) - 1e-3).all()


def test_every_part_of_a_facing_body_is_labelled(model):
    drawn = scene(model)
    assert set(np.unique(drawn.geometry.part)) == set(range(-1, 24))


def test_no_pixel_of_the_body_is_lost(model):
    """Rays are cast only near vertices: the silhouette must be that of every triangle drawn by itself."""
    drawn = scene(model, rig=ROLLING)
    k = sensor('kinect_v2')
    corners = k.project((drawn.vertices - drawn.camera.centre) @ drawn.camera.rotation.T)[model.f]
    covered = np.zeros((k.height, k.width), bool)
    for triangle in corners:
        (x0, y0), (x1, y1) = np.ceil(triangle.min(axis=0)).astype(int), np.floor(triangle.max(axis=0)).astype(int) + 1
        x, y = np.arange(x0, x1), np.arange(y0, y1)[:, None]
        sides = [(b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]) for a, b in zip(triangle, np.roll(triangle, -1, 0))]
        covered[y0:y1, x0:x1] |= (np.array(sides) >= 0).all(axis=0) | (np.array(sides) <= 0).all(axis=0)
    differing = covered != (drawn.geometry.person == 0)
    assert differing.sum() <= 3     # of ten thousand: a pixel's middle on an edge


@pytest.mark.parametrize('name', SENSORS)
def test_floor_points_have_no_height_while_the_rig_rolls_and_drives(model, name):
    for seconds in (0.0, 3.0, 7.0):
        camera = camera_pose(ROLLING, seconds)
        depth = Renderer(sensor(name), bare_room(), model).geometry(camera, []).depth
        points = sensor(name).deproject_image(depth.astype(float))
        height = camera.floor.height(points)
        assert (np.abs(height) < 1e-4).mean() > 0.15
        assert np.nanmin(height) > -1e-4


def test_a_view_from_the_left_shows_the_left_side(model):
    drawn = scene(model, rig=RigOptions(view_rad=np.pi / 2))
    joints = drawn.camera.to_optical(drawn.actor.dressed.body.posed_joints(drawn.actor.pose, drawn.actor.translation))
    assert joints[JOINT['left_shoulder'], 2] < joints[JOINT['right_shoulder'], 2] - 0.2
    assert not (drawn.geometry.part == JOINT['right_elbow']).any()


def test_tilt_looks_down():
    level, down = (camera_pose(RigOptions(tilt_rad=tilt), 0.0) for tilt in (0.0, 0.3))
    feet = np.zeros(3)
    assert down.to_optical(feet)[1] < level.to_optical(feet)[1]


def test_the_nearer_person_hides_the_farther(model):
    body = dressed(shaped_body(model, np.zeros(10)))
    near, far = (Actor(body, arms_out(), np.array([0.0, 0.9, z])) for z in (0.3, -0.8))
    drawn = Renderer(sensor('kinect_v2'), bare_room(), model).geometry(camera_pose(RigOptions(), 0.0), [far, near])
    alone = Renderer(sensor('kinect_v2'), bare_room(), model).geometry(camera_pose(RigOptions(), 0.0), [near])
    assert np.array_equal(drawn.person == 1, alone.person == 0)
    assert (drawn.person == 0).any()
    assert (drawn.person[drawn.depth > 3.0] != 1).all()


def test_loose_clothes_move_the_surface_but_not_the_joints(model):
    bare = shaped_body(model, np.zeros(10))
    loose = dressed(bare, Outfit(shirt_looseness=0.02, trouser_looseness=0.02))
    moved = np.linalg.norm(loose.surface.vertices - bare.vertices, axis=1)
    assert 0.015 < moved[moved > 0].mean() < 0.025
    assert moved.max() < 0.035
    assert (moved[np.isin(model.part, [JOINT['head'], JOINT['left_hand'], JOINT['right_hand']])] == 0).all()
    assert np.array_equal(loose.body.posed_joints(arms_out()), bare.posed_joints(arms_out()))


@pytest.fixture(scope='module')
def recording(model):
    pose = arms_out()
    height = -shaped_body(model, ROUNDED).posed_vertices(pose)[:, 1].min()
    plan = RecordingPlan('still', still_clip(pose, height), noise=NoiseModel('kinect_v1'), rate_hz=10, seconds=1,
                         passer_by=True, seed=5, outfit=Outfit())
    return RenderedRecording(plan, model)


def test_truth_of_a_frame_agrees_with_its_images(recording):
    take = recording.take(3)
    truth = take.truth
    k = recording.intrinsics
    assert np.array_equal(truth.mask, truth.parts != NOBODY)
    assert not (truth.mask & truth.others).any()
    assert truth.visible.all()
    column, row = np.rint(truth.pixels).astype(int).T
    assert truth.mask[row, column].all()
    # A joint lies inside the body: behind the surface before it, by less than half a trunk.
    behind = truth.positions[:, 2] - take.clean_depth[row, column]
    assert (behind > 0).all() and (behind < 0.22).all()
    assert np.allclose(k.deproject(truth.pixels, truth.positions[:, 2]), truth.positions)


def test_a_hand_behind_the_trunk_is_hidden(model):
    pose = arms_out(lift=1.35)      # arms hang
    pose[[JOINT['left_elbow'], JOINT['right_elbow']]] = 0.0
    left, right = (RenderedRecording(RecordingPlan('hidden', still_clip(pose, 1.0), rig=RigOptions(view_rad=view), outfit=Outfit()),
                                     model).take(0).truth.visible for view in (1.5, -1.5))
    assert left[JOINT['left_wrist']] and not left[JOINT['right_wrist']]
    assert right[JOINT['right_wrist']] and not right[JOINT['left_wrist']]


def test_the_same_frame_is_the_same_bytes(recording, model):
    again = RenderedRecording(recording.plan, model)
    again.take(0)
    one, other = recording.take(4), again.take(4)
    assert np.array_equal(one.frame.color, other.frame.color)
    assert np.array_equal(one.frame.depth, other.frame.depth, equal_nan=True)


def test_a_late_colour_image_shows_a_later_moment(model):
    poses = np.stack([arms_out(lift) for lift in np.linspace(0.0, 1.0, 30)])
    clip = still_clip(poses[0], 1.0)
    moving = type(clip)(**{**clip.__dict__, 'poses': poses})
    plans = [RecordingPlan('late', moving, outfit=Outfit(), color_delay_s=delay, rate_hz=30.0) for delay in (0.0, 0.2)]
    on_time, late = (RenderedRecording(plan, model) for plan in plans)
    assert np.array_equal(on_time.take(6).frame.depth, late.take(6).frame.depth, equal_nan=True)
    small = [cv2.resize(take.frame.color, (64, 53), interpolation=cv2.INTER_AREA).astype(int)      # without the grain
             for take in (late.take(6), on_time.take(6), on_time.take(12))]
    assert np.abs(small[0] - small[1]).max() > 30
    assert np.abs(small[0] - small[2]).max() < 6
    assert late.take(6).truth.color_stamp_s == pytest.approx(0.4)
