"""Learn what the fit's covariance lacks with the station's own joints, and print how honest it then is, on other people."""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
from learn_offsets import EXERCISES, VIEWS_RAD

from poseformer_ros.body.fitting.joint_offsets import body_size, load_joint_offsets
from poseformer_ros.body.kinematics import rest_joints
from poseformer_ros.body.model import BodyModel, default_body_path, load_body_model
from poseformer_ros.pipeline import Pipeline
from poseformer_ros.skeleton.joints import JOINT_COUNT, JOINT_NAMES, MIRROR
from poseformer_ros.synthesis.motions import motion
from poseformer_ros.synthesis.rendered_recording import RecordingPlan, RenderedRecording
from poseformer_ros.synthesis.rendering.cameras import RigOptions
from poseformer_ros.synthesis.rendering.sensor_noise import NoiseModel

LEARNED_FROM, SHOWN_ON = 92_500, 91_500     # seeds of the first person of each; no benchmark uses them
NOISES = ('clean', 'time_of_flight')
RATE_HZ, SECONDS = 10.0, 5.0
# Share of errors inside the ellipsoid of a normal distribution in three dimensions, and the squared Mahalanobis distance.
ELLIPSOIDS = {0.50: 2.366, 0.90: 6.251, 0.95: 7.815}
LEARNED_SHARE = 0.90
WIDEST = 0.5        # of the body's size


@dataclass(frozen=True)
class Errors:
    """Of T fitted frames of one exercise: error (T, 24, 3) and covariance (T, 24, 3, 3) in metres, body size (T,)."""

    exercise: str
    error: np.ndarray
    covariance: np.ndarray
    size: np.ndarray


def recordings(model: BodyModel, first: int, people: int) -> Iterator[RenderedRecording]:
    for number in range(people):
        person, exercise = first + number, EXERCISES[number % len(EXERCISES)]
        yield RenderedRecording(RecordingPlan(exercise, motion(exercise, person, person, model),
                                              rig=RigOptions(view_rad=VIEWS_RAD[number % len(VIEWS_RAD)]),
                                              noise=NoiseModel(kind=NOISES[number % len(NOISES)]), rate_hz=RATE_HZ, seconds=SECONDS,
                                              start_s=0.5, room=person, seed=person), model)


def fitted(model: BodyModel, recording: RenderedRecording) -> Errors:
    """A recording through the station's own silhouette, joints and fit."""
    pipeline, rows = Pipeline(stages=('silhouette', 'joints', 'smpl_fit'), model=model), []
    for index in range(len(recording)):
        frame, truth = recording.frame(index)
        result = pipeline(frame, index / RATE_HZ).fit
        if result.fitted:
            rows.append((result.joints - truth.positions, result.joint_covariance, body_size(rest_joints(model, result.betas))))
    return Errors(recording.plan.name, *(np.array(column) for column in zip(*rows)))


def without(scatter: np.ndarray, run: Errors) -> Errors:
    """The same as the fit alone would tell it, without the scatter (24,) that was learned before."""
    known = (run.size[:, None] * scatter) ** 2
    return replace(run, covariance=run.covariance - known[..., None, None] * np.eye(3))


def inside(error: np.ndarray, covariance: np.ndarray, square: float) -> float:
    """Share of the errors (..., 3) inside the ellipsoid."""
    return float(np.mean(np.einsum('...i,...ij,...j->...', error, np.linalg.inv(covariance), error) < square))


def lacking(runs: list[Errors]) -> np.ndarray:
    """(24,): the least scatter per axis, as a share of the body's size, that brings each joint's errors inside."""
    error, covariance, size = (np.concatenate([getattr(run, name) for run in runs]) for name in ('error', 'covariance', 'size'))
    found = np.zeros(JOINT_COUNT)
    for joint in range(JOINT_COUNT):
        both = [joint, MIRROR[joint]]
        low, high = 0.0, WIDEST
        for _ in range(20):
            middle = 0.5 * (low + high)
            grown = covariance[:, both] + ((middle * size) ** 2)[:, None, None, None] * np.eye(3)
            enough = inside(error[:, both], grown, ELLIPSOIDS[LEARNED_SHARE]) >= LEARNED_SHARE
            low, high = (low, middle) if enough else (middle, high)
        found[joint] = high
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--learn', type=int, metavar='PEOPLE', default=0, help='learn from so many people and write the file')
    parser.add_argument('--show', type=int, metavar='PEOPLE', default=10, help='show on so many others')
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    model = load_body_model(default_body_path())
    if arguments.learn:
        offsets, path = load_joint_offsets('dkp24'), default_body_path().parent / 'joint_offsets_dkp24.npz'
        arrays = {name: getattr(offsets, name).astype(np.float32) for name in ('offset', 'scatter')}
        scatter = lacking([without(offsets.fit_scatter, fitted(model, recording))
                           for recording in recordings(model, LEARNED_FROM, arguments.learn)])
        np.savez(path, **arrays, fit_scatter=scatter.astype(np.float32))
        print('millimetres on the mean body:', *(f'{name} {1e3 * body_size(model.joint_template) * share:.0f}'
                                                 for name, share in zip(JOINT_NAMES, scatter)))
    print('| people not learned from | joint mm | inside 50 % | 90 % | 95 % | squared error / covariance |')
    print('|---|---|---|---|---|---|')
    runs = [fitted(model, recording) for recording in recordings(model, SHOWN_ON, arguments.show)]
    for name in (*EXERCISES, 'all'):
        chosen = [run for run in runs if name in (run.exercise, 'all')]
        if not chosen:
            continue
        error, covariance = (np.concatenate([getattr(run, what) for run in chosen]) for what in ('error', 'covariance'))
        square = np.einsum('tki,tkij,tkj->tk', error, np.linalg.inv(covariance), error) / 3.0
        print(f'| {name} | {1e3 * np.linalg.norm(error, axis=2).mean():.1f} | '
              + ' | '.join(f'{100 * inside(error, covariance, limit):.0f} %' for limit in ELLIPSOIDS.values())
              + f' | {square.mean():.2f} |')


if __name__ == '__main__':
    main()
