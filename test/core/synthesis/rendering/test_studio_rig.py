"""The silhouette stage before a rig that rolls, turns and drives slowly: floor and person against rendered truth."""

import numpy as np
import pytest

from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.evaluation.evaluate_pose import floor_errors, mask_overlap
from poseformer_ros.silhouette.stage import SilhouetteStage
from poseformer_ros.synthesis.motion.exercises import make_motion
from poseformer_ros.synthesis.motion.motion_style import sample_style
from poseformer_ros.synthesis.rendered_recording import RecordingPlan, RenderedRecording
from poseformer_ros.synthesis.rendering.cameras import RigOptions
from poseformer_ros.synthesis.rendering.sensor_noise import NoiseModel

pytest.importorskip('open3d', reason='the studio casts rays with Open3D; pip install -r requirements/studio.txt')

ROLLING = RigOptions(height_m=1.1, distance_m=3.0, tilt_rad=0.1, roll_rad=0.10, turn_rad=0.10, nod_rad=0.04, drive_m=0.2,
                     period_s=12.0)


@pytest.mark.slow
@pytest.mark.parametrize('sensor, noise, exercise', [('kinect_v2', 'clean', 'kimore_es1'),
                                                     ('kinect_v2', 'time_of_flight', 'kimore_es5'),
                                                     ('kinect_v1', 'kinect_v1', 'kimore_es3')])
def test_floor_and_person_are_kept_while_the_rig_rolls_and_turns(sensor, noise, exercise):
    """Within 2 degrees and 3 cm in every image; always the same person."""
    model = load_body_model(default_body_path())
    clip = make_motion(exercise, sample_style(12), 3, model=model)
    recording = RenderedRecording(RecordingPlan('rolling', clip, sensor, ROLLING, NoiseModel(noise), rate_hz=10, seconds=6,
                                                start_s=1.0, room=7, seed=4), model)
    stage = SilhouetteStage()
    angles, offsets, overlaps, numbers = [], [], [], set()
    for index in range(len(recording)):
        frame, truth = recording.frame(index)
        person = stage(frame)
        angle, offset = floor_errors(person, truth)
        angles.append(angle)
        offsets.append(offset)
        overlaps.append(mask_overlap(person, truth.mask))
        numbers.add(person.track_id)
    assert max(np.degrees(angles)) < 2.0
    assert max(offsets) < 0.03
    assert min(overlaps) > 0.6
    assert len(numbers) == 1
