"""The station's stages on one retargeted sequence, rendered as it goes: joints and recognition beside the truth.

Each image is a record of plain numbers, from which every table is made.
"""

from dataclasses import dataclass

import numpy as np

from poseformer_ros.body.model import BodyModel
from poseformer_ros.evaluation.evaluate_pose import mask_overlap
from poseformer_ros.evaluation.real_motion.retargeted import RealMotion
from poseformer_ros.options import check, option
from poseformer_ros.pipeline import Answer, Pipeline
from poseformer_ros.recognition.layout import of_the_body
from poseformer_ros.recognition.shipped_model import chosen_model
from poseformer_ros.skeleton.joints import JOINT_COUNT, JointState
from poseformer_ros.stage_options import STAGES, StageOptions
from poseformer_ros.synthesis.rendered_recording import FrameTruth, RecordingPlan, RenderedRecording
from poseformer_ros.synthesis.rendering.cameras import SENSORS, RigOptions
from poseformer_ros.synthesis.rendering.sensor_noise import NOISE_KINDS, NoiseModel

# One image. exercise: what is done in the sequence. repetition: marked by hand, 0 outside. published: the classifier's label.
# true, learned, fitted: joints in the room, metres, y up; NaN where MISSING, or nothing is fitted. quality: as stated, NaN without.
# overlap: intersection over union of the silhouette with the person.
ROW = np.dtype([('name', 'U32'), ('person', 'U16'), ('exercise', 'U16'), ('patient', bool), ('sound', bool),
                ('stamp_s', np.float32), ('repetition', np.int32), ('published', 'U32'),
                *((of, np.float32, (JOINT_COUNT, 3)) for of in ('true', 'learned', 'fitted')),
                ('quality', np.float32), ('overlap', np.float32)])


@dataclass(frozen=True)
class MotionRunOptions:
    """How much of a sequence is rendered, and before which camera; each field is an argument of the command."""

    rate_hz: float = option(10.0, 5.0, 30.0, 'images a second', unit='Hz')
    duration_s: float = option(20.0, 1.0, 600.0, 'of each sequence, from its beginning; all of it where it is shorter', unit='s')
    sensor: str = option('kinect_v2', choices=tuple(SENSORS), text='camera model')
    noise: str = option('time_of_flight', choices=tuple(NOISE_KINDS), text='what the sensor does to the depth')
    height_m: float = option(1.1, 0.3, 3.0, 'of the camera over the floor', unit='m')
    distance_m: float = option(2.8, 1.0, 6.0, 'from the camera to the person along the floor', unit='m')
    tilt_rad: float = option(0.05, -0.5, 0.8, 'how far the camera looks down', unit='rad')

    def __post_init__(self) -> None:
        check(self)


def judge_motion(motion: RealMotion, body: BodyModel, options: MotionRunOptions, stages: StageOptions) -> np.ndarray:
    """(T,) records of ROW: the images one after the other, from a cold start. Raises BadInput where Open3D is not installed.

    body: what the motion is of; the stages fit the one that their options name.
    """
    rig = RigOptions(height_m=options.height_m, distance_m=options.distance_m, tilt_rad=options.tilt_rad)
    plan = RecordingPlan(name=motion.name, clip=motion.clip, sensor=options.sensor, rig=rig, noise=NoiseModel(options.noise),
                         room=motion.seed % 100_000, rate_hz=options.rate_hz, seconds=options.duration_s, seed=motion.seed,
                         person=motion.person)
    recording, pipeline = RenderedRecording(plan, body), Pipeline(stages, stages_that_count(stages))
    rows = np.zeros(len(recording), ROW)
    for index, row in enumerate(rows):
        frame, truth = recording.frame(index)
        answer = pipeline(frame, truth.depth_stamp_s)
        row['name'], row['person'], row['exercise'] = motion.name, motion.person, motion.exercise
        row['patient'], row['sound'] = motion.patient, motion.sound
        row['stamp_s'], row['repetition'] = truth.depth_stamp_s, truth.repetition
        _judge(row, answer, truth)
    return rows


def stages_that_count(stages: StageOptions) -> tuple[str, ...]:
    """All stages but those of which neither the joints nor this exercise model know anything, a third of the time."""
    parts = chosen_model(stages['classifier']['model']).model.facts.parts
    return tuple(name for name in STAGES if not (of_the_body(parts) and name in ('keypoints', 'body_parts')))


def _judge(row: np.void, answer: Answer, truth: FrameTruth) -> None:
    assert answer.skeleton is not None and answer.fit is not None and answer.exercise is not None, 'all stages run'
    there = (answer.skeleton.state != JointState.MISSING)[:, None]
    row['true'] = in_room(truth.positions, truth)
    row['learned'] = in_room(np.where(there, answer.skeleton.positions, np.nan), truth)
    row['fitted'] = in_room(answer.fit.joints, truth) if answer.fit.fitted else np.nan
    row['quality'], row['overlap'] = answer.fit.quality, mask_overlap(answer.person, truth.mask)
    row['published'] = answer.exercise.label


def in_room(joints: np.ndarray, truth: FrameTruth) -> np.ndarray:
    """Joints (24, 3) of the optical frame in the room of the rendering."""
    return joints @ truth.camera.rotation + truth.camera.centre
