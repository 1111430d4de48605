"""Learn how far depth points lie outside the body, on rendered people in their clothes, and write `usual_clothes.npz`."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from poseformer_ros.body.fitting.jacobian import pose_body
from poseformer_ros.body.fitting.surface.depth_term import Surface, depth_points, surface_rows
from poseformer_ros.body.kinematics import rest_joints
from poseformer_ros.body.model import BodyModel, default_body_path, load_body_model
from poseformer_ros.evaluation.evaluate_pose import rendered_silhouette
from poseformer_ros.geometry.rotations import rotation_matrices, rotation_vectors
from poseformer_ros.skeleton.joints import JOINT_COUNT, JOINT_NAMES, MIRROR
from poseformer_ros.synthesis.motions import motion
from poseformer_ros.synthesis.rendered_recording import FrameTruth, RecordingPlan, RenderedRecording
from poseformer_ros.synthesis.rendering.cameras import RigOptions
from poseformer_ros.synthesis.rendering.sensor_noise import NOISE_KINDS, NoiseModel

EXERCISES = ('kimore_es1', 'kimore_es2', 'kimore_es3', 'kimore_es4', 'kimore_es5')
VIEWS_RAD = (-0.6, 0.0, 0.6)
FIRST_PERSON = 90_000       # seeds of bodies, motions, rooms and clothes that no benchmark uses
RATE_HZ, SECONDS = 0.5, 8.0
LOOKED_AT, PAIRED = 1000, 400       # depth points of an image


def truths(model: BodyModel, people: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Parts and distances of depth points outside the true body, of each image."""
    surface = Surface(model)
    for number, person in enumerate(range(FIRST_PERSON, FIRST_PERSON + people)):
        clip = motion(EXERCISES[number % len(EXERCISES)], person, person, model)
        rig = RigOptions(view_rad=VIEWS_RAD[number % len(VIEWS_RAD)])
        noise = NoiseModel(sorted(NOISE_KINDS)[number % len(NOISE_KINDS)])
        recording = RenderedRecording(RecordingPlan(str(person), clip, rig=rig, noise=noise, rate_hz=RATE_HZ, seconds=SECONDS,
                                                    room=person, seed=person), model)
        for index in range(len(recording)):
            frame, truth = recording.frame(index)
            points = depth_points(rendered_silhouette(frame, truth), LOOKED_AT)
            body = pose_body(model, unknowns(model, truth))
            pairs = surface.pair(body, truth.betas, points, PAIRED)
            yield pairs.weights.argmax(axis=1), -surface_rows(model, body, truth.betas, pairs)[0]


def unknowns(model: BodyModel, truth: FrameTruth) -> np.ndarray:
    """(85,) of the true body in the camera's frame."""
    pose = truth.pose.copy()
    pose[0] = rotation_vectors(truth.camera.rotation @ rotation_matrices(pose[0]))
    return np.concatenate([pose.ravel(), truth.betas, truth.positions[0] - rest_joints(model, truth.betas)[0]])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--people', type=int, default=60)
    parser.add_argument('--out', type=Path, default=default_body_path().parent / 'usual_clothes.npz')
    arguments = parser.parse_args()
    parts, outside = (np.concatenate(both) for both in zip(*truths(load_body_model(default_body_path()), arguments.people)))
    thickness = np.zeros(JOINT_COUNT)
    for joint, name in enumerate(JOINT_NAMES):
        own = outside[(parts == joint) | (parts == MIRROR[joint])]
        thickness[joint] = np.median(own) if len(own) else 0.0       # hands are not paired
        print(f'{name:18} {len(own):6} points, median {1e3 * thickness[joint]:5.1f} mm')
    np.savez(arguments.out, thickness_m=thickness.astype(np.float32))


if __name__ == '__main__':
    main()
