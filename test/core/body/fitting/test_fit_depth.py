"""The surface pulled to rendered depth: what joints alone cannot tell."""

from dataclasses import replace

import numpy as np
import pytest
from helpers.cut_silhouette import silhouette
from helpers.fit_motion import NOISE_M, RATE_HZ, skeleton

from poseformer_ros.body.fitting.fast_fit import BodyFitter
from poseformer_ros.body.fitting.fit_options import FitOptions
from poseformer_ros.body.fitting.jacobian import pose_body
from poseformer_ros.body.fitting.quadratic import SHAPE, UNKNOWNS
from poseformer_ros.body.fitting.result import FitState
from poseformer_ros.body.fitting.surface.depth_term import Surface, depth_points
from poseformer_ros.body.kinematics import shaped_body
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.silhouette.person import Silhouette, nobody
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT
from poseformer_ros.synthesis.motion.exercises import make_motion
from poseformer_ros.synthesis.motion.motion_style import sample_style
from poseformer_ros.synthesis.rendered_recording import RecordingPlan, RenderedRecording
from poseformer_ros.synthesis.rendering.clothing import Outfit

pytest.importorskip('open3d', reason='the studio casts rays with Open3D; pip install -r requirements/studio.txt')

FRAMES = 45


@pytest.fixture(scope='module')
def rendered(model):
    """Silhouettes of a bare body with clean depth, true joints (T, 24, 3), true vertices (T, 6890, 3), its shape."""
    clip = make_motion('kimore_es5', sample_style(3), 3, repetitions=1, model=model)
    recording = RenderedRecording(RecordingPlan('fit', clip, outfit=Outfit(), seconds=FRAMES / RATE_HZ, start_s=0.7), model)
    body = shaped_body(model, clip.betas)
    takes = [recording.take(index) for index in range(FRAMES)]
    return ([silhouette(take.truth.mask, take.clean_depth, recording.intrinsics) for take in takes],
            np.stack([take.truth.positions for take in takes]),
            np.stack([take.truth.camera.to_optical(body.posed_vertices(take.truth.pose, take.truth.translation))
                      for take in takes]), clip.betas)


def run(model, rendered, sigma, depth):
    """Mean errors of joints and vertices in metres, over all frames, and the last result."""
    people, joints, vertices, _ = rendered
    fitter, rng = BodyFitter(model, FitOptions(depth=depth)), np.random.default_rng(0)
    away = []
    for index, person in enumerate(people):
        measured = joints[index] + rng.normal(scale=max(sigma, 1e-9), size=(24, 3))
        result = fitter(skeleton(measured, sigma), index / RATE_HZ, person)
        assert result.state == FitState.FITTED
        surface = shaped_body(model, result.betas).posed_vertices(result.pose, result.translation)
        away.append([np.linalg.norm(result.joints - joints[index], axis=1).mean(),
                     np.linalg.norm(surface - vertices[index], axis=1).mean()])
    return *np.mean(away, axis=0), result


def test_exact_joints_and_depth(model, rendered):
    joint, vertex, result = run(model, rendered, 0.0, depth=True)
    assert joint < 1e-3
    assert vertex < 5e-3
    assert result.surface_residual < 0.01


def test_depth_mends_noisy_joints(model, rendered):
    joint, vertex, result = run(model, rendered, NOISE_M, depth=True)
    joint_without, vertex_without, without = run(model, rendered, NOISE_M, depth=False)
    assert joint < 0.75 * joint_without
    assert vertex < 0.75 * vertex_without
    assert np.linalg.norm(result.betas - rendered[3]) < np.linalg.norm(without.betas - rendered[3])
    assert np.isnan(without.surface_residual)


def test_pairs_lie_on_the_visible_surface(model, rendered):
    """With the true body every pair is of one place, and its normal looks to the camera."""
    people, joints, _, betas = rendered
    result = BodyFitter(model)(skeleton(joints[0]), 0.0, people[0])
    unknowns = np.zeros(UNKNOWNS)
    unknowns[:72], unknowns[SHAPE], unknowns[-3:] = result.pose.ravel(), result.betas, result.translation
    points = depth_points(people[0], 300)
    target = Surface(model).pair(pose_body(model, unknowns), result.betas, points, 300)
    assert len(points) == 300
    assert len(target.points) > 200
    assert (np.sum(target.normals * target.points, axis=1) < 0).all()
    vertices = shaped_body(model, result.betas).posed_vertices(result.pose, result.translation)
    nearest = np.linalg.norm(vertices[None] - target.points[:, None], axis=2).min(axis=1)
    assert np.percentile(nearest, 90) < 0.02


def wall(depth, mask=None):
    """A silhouette of a whole crop (or of a mask) with that depth (H, W)."""
    height, width = depth.shape
    return silhouette(np.ones(depth.shape, bool) if mask is None else mask, depth.astype(np.float32),
                      Intrinsics(width, height, 300.0, 300.0, width / 2, height / 2))


def pixels_of(person, count):
    """(N, 2) columns and rows of the depth points, in their order."""
    return np.rint(person.intrinsics.project(depth_points(person, count))).astype(int)


def test_depth_points_lie_evenly_and_so_do_the_first_of_them():
    person = wall(np.full((80, 120), 2.0))
    for pixels, block in ((pixels_of(person, 960), 10), (pixels_of(person, 960)[:240], 20)):
        counts = np.histogram2d(*pixels.T, [np.arange(0, 121, block), np.arange(0, 81, block)])[0]
        assert counts.mean() == pytest.approx(10.0, rel=0.05) and counts.std() < 1.6     # by lot it is the root of ten


def test_a_pixel_that_was_chosen_is_chosen_while_it_is_seen():
    """Else a person who keeps still would be told by other points in each image."""
    depth, mask = np.full((80, 120), 2.0), np.random.default_rng(0).random((80, 120)) < 0.95
    before, after = (set(map(tuple, pixels_of(wall(depth, seen), 960))) for seen in (None, mask))
    assert {(column, row) for column, row in before if mask[row, column]} <= after and len(after) == pytest.approx(960, rel=0.05)


def test_depth_points_have_less_noise_than_the_sensor_and_steps_stay():
    depth = np.full((80, 120), 2.0)
    depth[:, 60:] = 2.2
    points = depth_points(wall(depth + np.random.default_rng(0).normal(scale=0.004, size=depth.shape)), 960)
    off = np.where(points[:, 2] > 2.1, points[:, 2] - 2.2, points[:, 2] - 2.0)
    at_step = np.isin(np.rint(300.0 * points[:, 0] / points[:, 2] + 60.0), (59, 60))
    assert off[~at_step].std() == pytest.approx(0.004 / 3.0, rel=0.15)      # the mean of nine
    assert at_step.sum() >= 10 and np.abs(off[at_step]).max() < 0.016


def test_few_pairs_come_from_every_part(model, rendered):
    """Of many points a few: each part that is seen has its share, however small it is in the image."""
    people, joints, _, betas = rendered
    result = BodyFitter(model)(skeleton(joints[0]), 0.0, people[0])
    unknowns = np.zeros(UNKNOWNS)
    unknowns[:72], unknowns[SHAPE], unknowns[-3:] = result.pose.ravel(), result.betas, result.translation
    pairs = [Surface(model).pair(pose_body(model, unknowns), result.betas, depth_points(people[0], 1500), count)
             for count in (1500, 100)]
    counts = [np.bincount(np.argmax(target.weights, axis=1), minlength=24) for target in pairs]
    assert counts[1].sum() == 100
    assert (counts[1][counts[0] >= 10] >= 3).all()
    assert counts[1].max() <= 10
    assert pairs[1].unpaired == pytest.approx(pairs[0].unpaired / 15.0)


def test_bodies_and_images_that_do_not_meet(model, rendered):
    """A silhouette elsewhere, an empty one, one without depth and nobody at all change nothing."""
    people, joints, *_ = rendered
    person = people[0]
    blind = Silhouette(**{**person.__dict__, 'depth': np.full_like(person.depth, np.nan)})
    far = Silhouette(**{**person.__dict__, 'depth': person.depth + 3.0})
    alone = BodyFitter(model)(skeleton(joints[0]), 0.0)
    for other in (blind, far, nobody(Intrinsics(64, 48, 50.0, 50.0, 32.0, 24.0), None)):
        result = BodyFitter(model)(skeleton(joints[0]), 0.0, other)
        assert np.allclose(result.joints, alone.joints, atol=1e-9)
        assert np.isnan(result.surface_residual)


def test_a_body_that_the_image_cuts_teaches_no_shape(model, rendered):
    """Legs that end at the image's border, as DKP-24 reports them, must not make the person short."""
    people, joints, _, _ = rendered
    legs = [JOINT[f'{side}_{name}'] for side in ('left', 'right') for name in ('knee', 'ankle', 'heel')]
    learned = {}
    for cut in (True, False):
        fitter = BodyFitter(model, FitOptions(depth=False))
        for index in range(15):
            short = joints[index].copy()
            short[legs] += 0.5 * (joints[index][0] - joints[index][legs])
            fitter(skeleton(short), index / RATE_HZ, replace(people[index], cut=cut))
        gone = fitter(skeleton(joints[15], gone=np.ones(JOINT_COUNT, bool)), 15 / RATE_HZ)
        learned[cut] = np.abs(gone.betas).max()
    assert learned[True] == 0.0
    assert learned[False] > 0.5
