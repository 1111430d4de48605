"""Depth points pull only at the parts of the body that the person network says they are of."""

from dataclasses import replace

import numpy as np
import pytest

from poseformer_ros.body.fitting.fast_fit import BodyFitter
from poseformer_ros.body.fitting.fit_options import FitOptions
from poseformer_ros.body.fitting.surface.point_parts import part_chances
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.person.answers import ANSWER_SHAPES, PersonAnswers
from poseformer_ros.person.square import Square
from poseformer_ros.person.view import NO_PARTS, WHOLE
from poseformer_ros.pipeline import Pipeline
from poseformer_ros.silhouette.person import Roi, Silhouette
from poseformer_ros.skeleton.joints import JOINT
from poseformer_ros.synthesis.motion.exercises import make_motion
from poseformer_ros.synthesis.motion.motion_style import sample_style
from poseformer_ros.synthesis.rendered_recording import RecordingPlan, RenderedRecording

pytest.importorskip('open3d', reason='the studio casts rays with Open3D; pip install -r requirements/studio.txt')

HANDS = [JOINT[f'{side}_{name}'] for side in ('left', 'right') for name in ('wrist', 'hand')]


def person_of(parts: np.ndarray) -> Silhouette:
    """Someone in a crop of 40 x 40 pixels at column 100, row 50 of the full image; the network's square is the crop."""
    nothing = {name: np.zeros(shape, np.float32) for name, shape in ANSWER_SHAPES.items() if name != 'parts'}
    said = PersonAnswers('', Square(np.array([119.5, 69.5]), 40.0, 2.0, 0.5), **nothing, parts=parts)
    return Silhouette(found=True, mask=np.ones((40, 40), bool), depth=np.full((40, 40), 2.0, np.float32),
                      color=np.zeros((40, 40, 3), np.uint8), roi=Roi(100, 50, 40, 40),
                      intrinsics=Intrinsics(40, 40, 80.0, 80.0, 19.5, 19.5), image_size=(320, 240), floor=None, track_id=1,
                      cut=False, answers=said)


def test_a_point_is_of_the_part_of_its_pixel_or_one_beside_it_on_either_side():
    parts = np.zeros(ANSWER_SHAPES['parts'], np.uint8)
    parts[1 + JOINT['left_wrist'], :, :24] = WHOLE              # the left half is a wrist's, the right half a hip's
    parts[1 + JOINT['right_hip'], :, 24:] = WHOLE
    person = person_of(parts)
    points = person.intrinsics.deproject(np.array([[5.0, 20.0], [35.0, 20.0]]), np.array([2.0, 2.0]))
    chances = part_chances(person, points)
    likely = {name: tuple(chances[JOINT[name]]) for name in ('left_wrist', 'right_hand', 'left_elbow', 'left_shoulder', 'left_hip',
                                                             'right_knee', 'pelvis', 'spine_centre')}
    assert likely == {'left_wrist': (1, 0), 'right_hand': (1, 0), 'left_elbow': (1, 0), 'left_shoulder': (0, 0), 'left_hip': (0, 1),
                      'right_knee': (0, 1), 'pelvis': (0, 1), 'spine_centre': (0, 0)}


def test_without_parts_nothing_is_known():
    assert part_chances(person_of(NO_PARTS), np.zeros((3, 3))) is None


def test_hands_on_the_hips_stay_there(model):
    """The trunk's depth beside them pulled them off by 5 cm while any point on a ray was a vertex's, and hands were paired too. The
    outline, which holds the arms as well, is left out here."""
    away = []
    for someone in (3, 6):
        clip = make_motion('kimore_es4', sample_style(someone), someone, repetitions=1, model=model)
        recording = RenderedRecording(RecordingPlan('hips', clip, rate_hz=2.0, seconds=3.0), model)
        fitters = [BodyFitter(model, FitOptions(outline_points=0)) for _ in range(2)]
        pipeline = Pipeline(stages=('silhouette', 'joints'))
        for index in range(len(recording)):
            frame, truth = recording.frame(index)
            answer = pipeline(frame, truth.depth_stamp_s)
            people = answer.person, replace(answer.person, answers=replace(answer.person.answers, parts=NO_PARTS))
            fits = [fitter(answer.skeleton, truth.depth_stamp_s, person) for fitter, person in zip(fitters, people)]
            away.append([np.linalg.norm(fit.joints - truth.positions, axis=1)[HANDS].mean() for fit in fits])
    by_parts, by_all = np.mean(away, axis=0)
    assert by_parts < 0.03 and by_parts < by_all
