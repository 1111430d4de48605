"""The rim of the body and the silhouette's outline, on rendered people."""

from dataclasses import replace

import numpy as np
import pytest
from helpers.cut_silhouette import silhouette
from helpers.fit_motion import skeleton

from poseformer_ros.body.fitting.fast_fit import BodyFitter
from poseformer_ros.body.fitting.fit_options import FitOptions
from poseformer_ros.body.fitting.jacobian import pose_body
from poseformer_ros.body.fitting.quadratic import SHAPE, UNKNOWNS
from poseformer_ros.body.fitting.surface.depth_term import Surface, surface_rows
from poseformer_ros.body.fitting.surface.outline import BESIDE_PX, PAIRED, outline_of
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.skeleton.joints import JOINT
from poseformer_ros.synthesis.motion.exercises import make_motion
from poseformer_ros.synthesis.motion.motion_style import plain_style
from poseformer_ros.synthesis.rendered_recording import RecordingPlan, RenderedRecording
from poseformer_ros.synthesis.rendering.clothing import Outfit

pytest.importorskip('open3d', reason='the studio casts rays with Open3D; pip install -r requirements/studio.txt')

COUNT, MARGIN_PX = 200, 20      # pixels of the outline; of the crop's margin
FAR_END = 3                     # the image in which the arms are up


def rendered(model, faults=()):
    """Images of a bare body that lifts its arms, with clean depth: silhouettes and truths."""
    clip = make_motion('kimore_es1', plain_style(), 3, repetitions=1, faults=faults, model=model)
    recording = RenderedRecording(RecordingPlan('outline', clip, outfit=Outfit(), rate_hz=1.0, seconds=5.0), model)
    takes = [recording.take(index) for index in range(5)]
    people = [silhouette(take.truth.mask, take.clean_depth, recording.intrinsics, MARGIN_PX) for take in takes]
    return people, [take.truth for take in takes]


@pytest.fixture(scope='module')
def images(model):
    return rendered(model)


def true_body(model, truth, betas):
    """Unknowns (85,) of the rendered body in the optical frame."""
    fitter = BodyFitter(model, FitOptions(depth=False, iterations=30), betas=betas)
    result = fitter(skeleton(truth.positions), 0.0)
    unknowns = np.zeros(UNKNOWNS)
    unknowns[:72], unknowns[SHAPE], unknowns[-3:] = result.pose.ravel(), result.betas, result.translation
    return unknowns


def pairs(model, person, unknowns, count=COUNT):
    """Of the outline alone: how far each wants its vertex out of the outline, metres, and in which direction."""
    target = Surface(model).pair(pose_body(model, unknowns), unknowns[SHAPE], np.zeros((0, 3)), 0, None, outline_of(person, count))
    residuals, _ = surface_rows(model, pose_body(model, unknowns), unknowns[SHAPE], target)
    assert target.of_outline == len(residuals)
    return -residuals, target.normals


@pytest.mark.parametrize('index', [0, FAR_END])
def test_the_true_body_ends_where_the_outline_is(model, images, index):
    people, truths = images
    wanted, _ = pairs(model, people[index], true_body(model, truths[index], np.zeros(10)))
    assert len(wanted) > 0.4 * COUNT
    assert abs(np.mean(wanted)) < 0.004 and np.median(np.abs(wanted)) < 0.006      # pixels are 6 mm wide there


def test_a_body_that_stands_beside_is_wanted_back(model, images):
    people, truths = images
    unknowns = true_body(model, truths[0], np.zeros(10))
    unknowns[-3] += 0.02
    wanted, ways = pairs(model, people[0], unknowns)
    assert np.linalg.lstsq(ways, wanted, rcond=None)[0][0] == pytest.approx(-0.02, abs=0.003)


def test_outlines_look_out_of_the_person_and_have_somebody_beside(images):
    person = images[0][0]
    outline = outline_of(person, COUNT)
    pixels = person.intrinsics.project(np.column_stack([outline.rays, np.ones(len(outline.rays))]))
    for step, there in ((-2.0, True), (2.0, False)):
        columns, rows = np.rint(pixels + step * outline.outwards).astype(int).T
        assert np.mean(person.mask[rows, columns] == there) > 0.97
    np.testing.assert_allclose(np.linalg.norm(outline.outwards, axis=1), 1.0, atol=1e-6)
    assert np.all(np.abs(outline.depth - np.nanmedian(person.depth[person.mask])) < 0.5)


def test_an_outline_has_no_steps_of_whole_pixels():
    rows, columns = np.mgrid[:120, :120]
    disc = np.hypot(rows - 59.5, columns - 59.5) < 45.0
    person = silhouette(disc, np.where(disc, 2.0, 3.0).astype(np.float32), Intrinsics(120, 120, 300.0, 300.0, 59.5, 59.5), 10)
    radius = 300.0 * np.linalg.norm(outline_of(person, 10_000).rays, axis=1)
    assert np.abs(radius.mean() - 45.0) < 0.25 and radius.std() < 0.2


def test_what_hides_the_person_and_the_images_border_are_no_outline(images):
    person = images[0][0]

    def columns_of(these):
        rays = outline_of(these, 10_000).rays
        return person.intrinsics.project(np.column_stack([rays, np.ones(len(rays))]))[:, 0]
    every = columns_of(person)
    middle = person.mask.shape[1] // 2
    depth = person.depth.copy()
    depth[:, :middle][~person.mask[:, :middle]] = 1.0       # a board before the left half of the background
    right = columns_of(replace(person, depth=depth))
    assert np.mean(right > middle - 2 * BESIDE_PX) > 0.97 and np.isclose(len(right), (every > middle).sum(), rtol=0.1)
    cut = replace(person, image_size=(person.roi.x + middle, person.image_size[1]))
    assert columns_of(cut).max() < middle - BESIDE_PX + 1
    assert outline_of(replace(person, mask=np.zeros_like(person.mask)), 10) is None


def test_heads_hands_and_feet_are_not_paired():
    assert not PAIRED[[JOINT['head'], JOINT['left_hand'], JOINT['right_wrist'], JOINT['left_heel']]].any()
    assert PAIRED[[JOINT['neck'], JOINT['left_elbow'], JOINT['left_shoulder'], JOINT['right_knee']]].all()


def test_shoulders_that_the_joints_do_not_pull_up_follow_the_outline(model):
    """Joints as without the fault, of 3 cm; what the image alone shows is how far the shoulders are pulled up."""
    (_, plain), (people, truths) = rendered(model), rendered(model, ('shoulder_hike',))
    shoulders = [JOINT['left_shoulder'], JOINT['right_shoulder']]
    up = np.array([0.0, -1.0, 0.0])
    pulled = (truths[FAR_END].positions - plain[FAR_END].positions)[shoulders] @ up
    assert pulled.min() > 0.015
    followed = []
    for count in (0, 100):
        fitter = BodyFitter(model, FitOptions(outline_points=count))
        result = fitter(skeleton(plain[FAR_END].positions, 0.03), 0.0, people[FAR_END])
        followed.append(np.mean((result.joints - plain[FAR_END].positions)[shoulders] @ up) / pulled.mean())
    without, with_outline = followed
    assert with_outline > without + 0.15 and with_outline > 0.4
