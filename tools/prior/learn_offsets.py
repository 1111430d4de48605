"""Learn where DKP-24's points lie from the model's joints, on rendered bodies, and write `joint_offsets_dkp24.npz`."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from poseformer_ros.body.fitting.joint_offsets import body_size
from poseformer_ros.body.kinematics import rest_joints
from poseformer_ros.body.model import BodyModel, default_body_path, load_body_model
from poseformer_ros.evaluation.evaluate_pose import rendered_silhouette
from poseformer_ros.geometry.rotations import rotation_matrices
from poseformer_ros.skeleton.dkp24 import Dkp24
from poseformer_ros.skeleton.joints import JOINT_NAMES, MIRROR, JointState, Skeleton
from poseformer_ros.synthesis.motions import motion
from poseformer_ros.synthesis.rendered_recording import FrameTruth, RecordingPlan, RenderedRecording
from poseformer_ros.synthesis.rendering.cameras import RigOptions

EXERCISES = ('kimore_es1', 'kimore_es2', 'kimore_es3', 'kimore_es4', 'kimore_es5')
VIEWS_RAD = (-0.3, 0.0, 0.3)
FIRST_PERSON = 90_000       # seeds of bodies, motions, rooms and clothes that no benchmark uses
RATE_HZ = 2.0
MIRROR_AXES = np.array([-1.0, 1.0, 1.0])


def detections(model: BodyModel, people: int) -> Iterator[tuple[Skeleton, FrameTruth]]:
    """What DKP-24 finds in perfect silhouettes, with the truth."""
    detect = Dkp24()
    for person in range(FIRST_PERSON, FIRST_PERSON + people):
        for number, exercise in enumerate(EXERCISES):
            clip = motion(exercise, person, person, model)
            rig = RigOptions(view_rad=VIEWS_RAD[(person + number) % len(VIEWS_RAD)])
            plan = RecordingPlan(exercise, clip, rig=rig, rate_hz=RATE_HZ, seconds=8.0, room=person, seed=person)
            recording = RenderedRecording(plan, model)
            for index in range(len(recording)):
                frame, truth = recording.frame(index)
                yield detect(rendered_silhouette(frame, truth)), truth


def in_body_axes(model: BodyModel, skeleton: Skeleton, truth: FrameTruth) -> np.ndarray:
    """Point less joint (24, 3) in the pelvis' axes by body size; NaN of what is missing or hidden."""
    turn = truth.camera.rotation @ rotation_matrices(truth.pose[0])
    known = (skeleton.state == JointState.OBSERVED) | (skeleton.state == JointState.INFERRED)
    away = np.where(known[:, None], skeleton.positions - truth.positions, np.nan)
    return away @ turn / body_size(rest_joints(model, truth.betas))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--people', type=int, default=6)
    parser.add_argument('--out', type=Path,
                        default=default_body_path().parent / 'joint_offsets_dkp24.npz')
    arguments = parser.parse_args()
    model = load_body_model(default_body_path())
    shares = np.stack([in_body_axes(model, *pair) for pair in detections(model, arguments.people)])
    shares = np.concatenate([shares, shares[:, list(MIRROR)] * MIRROR_AXES])
    offset = np.nanmedian(shares, axis=0)
    scatter = np.sqrt(np.nanmean((shares - offset) ** 2, axis=0))
    # `calibrate_fit.py --learn` fills in the last.
    np.savez(arguments.out, offset=offset.astype(np.float32), scatter=scatter.astype(np.float32),
             fit_scatter=np.zeros(len(JOINT_NAMES), np.float32))
    size = body_size(model.joint_template)
    print(f'{len(shares) // 2} images; millimetres on the mean body: left, up, ahead; scatter of each')
    for name, o, s in zip(JOINT_NAMES, 1e3 * size * offset, 1e3 * size * scatter):
        print(f'{name:18}', *(f'{value:6.0f}' for value in (*o, *s)))


if __name__ == '__main__':
    main()
