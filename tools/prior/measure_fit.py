"""Print the figures of docs/fitting.md: errors and processor times of the body fits on bodies of known pose and shape."""

import argparse
import time
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
from learn_offsets import EXERCISES

from poseformer_ros.body.fitting.fast_fit import BodyFitter
from poseformer_ros.body.fitting.fit_options import FitOptions, StationFitOptions
from poseformer_ros.body.fitting.result import BodyFitResult
from poseformer_ros.body.kinematics import shaped_body
from poseformer_ros.body.model import BodyModel, default_body_path, load_body_model
from poseformer_ros.evaluation.evaluate_pose import rendered_silhouette
from poseformer_ros.skeleton.dkp24 import Dkp24
from poseformer_ros.skeleton.joints import JOINT_COUNT, JointState, Skeleton, no_skeleton
from poseformer_ros.synthesis.motions import motion
from poseformer_ros.synthesis.rendered_recording import RecordingPlan, RenderedRecording
from poseformer_ros.synthesis.rendering.cameras import RigOptions
from poseformer_ros.synthesis.rendering.clothing import Outfit

FIRST_PERSON = 91_000       # seeds that nothing was learned from, and no benchmark uses
RATE_HZ = 10.0
NOISE_M = 0.02
ASTRAY_M = 0.25
BAD_SHARE = 0.1
VIEWS_RAD = (0.0, 0.3, -0.25)


def as_skeleton(joints: np.ndarray, sigma: float, gone: np.ndarray) -> Skeleton:
    return replace(no_skeleton(), positions=np.where(gone[:, None], np.nan, joints), confidence=1.0 - gone,
                   covariance=np.broadcast_to(sigma ** 2 * np.eye(3), (JOINT_COUNT, 3, 3)),
                   state=np.where(gone, JointState.MISSING, JointState.OBSERVED).astype(np.uint8), track_id=1)


class Tally:
    """What one way of fitting comes to over all frames."""

    def __init__(self, name: str) -> None:
        self.name, self.joint, self.vertex, self.honesty, self.times_ms, self.firsts_ms = name, [], [], [], [], []
        self.lost = 0

    def add(self, result: BodyFitResult, joints: np.ndarray, vertices: np.ndarray, bad: np.ndarray, model: BodyModel) -> None:
        if not result.fitted:
            self.lost += 1
            return
        away = result.joints - joints
        self.joint.append(np.linalg.norm(away, axis=1)[~bad].mean())
        surface = shaped_body(model, result.betas).posed_vertices(result.pose, result.translation)
        self.vertex.append(np.linalg.norm(surface - vertices, axis=1).mean())
        if np.isfinite(result.joint_covariance).all():
            self.honesty.append(np.einsum('ki,kij,kj->k', away, np.linalg.inv(result.joint_covariance), away).mean() / 3.0)

    def row(self) -> str:
        return (f'| {self.name} | {1e3 * np.mean(self.joint):.1f} | {1e3 * np.mean(self.vertex):.1f} '
                f'| {np.mean(self.honesty) if self.honesty else np.nan:.2f} | {self.lost} | {np.percentile(self.times_ms, 10):.1f} '
                f'| {np.median(self.times_ms):.1f} | {np.median(self.firsts_ms):.1f} |')


def measure(name: str, model: BodyModel, recordings: list, make: Callable, input_of: Callable) -> None:
    """Fit every recording with a fresh fitter and print a line."""
    tally = Tally(name)
    for frames in recordings:
        fitter, rng = make(), np.random.default_rng(1)
        for index, (person, joints, vertices, detected) in enumerate(frames):
            skeleton, bad = input_of(joints, detected, rng)
            begin = time.thread_time()
            result = fitter(skeleton, index / RATE_HZ, person)
            (tally.times_ms if index else tally.firsts_ms).append(1e3 * (time.thread_time() - begin))
            tally.add(result, joints, vertices, bad, model)
    print(tally.row(), flush=True)


def exact_joints(joints, detected, rng):
    return as_skeleton(joints, 0.0, np.zeros(JOINT_COUNT, bool)), np.zeros(JOINT_COUNT, bool)


def noisy(joints, detected, rng):
    return as_skeleton(joints + rng.normal(scale=NOISE_M, size=joints.shape), NOISE_M, np.zeros(JOINT_COUNT, bool)), \
        np.zeros(JOINT_COUNT, bool)


def gone(joints, detected, rng):
    skeleton, _ = noisy(joints, detected, rng)
    bad = rng.random(JOINT_COUNT) < BAD_SHARE
    return as_skeleton(skeleton.positions, NOISE_M, bad), bad


def astray(joints, detected, rng):
    skeleton, _ = noisy(joints, detected, rng)
    bad, way = rng.random(JOINT_COUNT) < BAD_SHARE, rng.normal(size=joints.shape)
    way *= ASTRAY_M / np.linalg.norm(way, axis=1, keepdims=True)
    return replace(skeleton, positions=skeleton.positions + bad[:, None] * way), bad


def detector(joints, detected, rng):
    return detected, np.zeros(JOINT_COUNT, bool)


def recorded(model: BodyModel, seconds: float, outfit: Outfit | None) -> list:
    """Silhouettes with true joints, vertices and DKP-24's points, for each exercise another person and view."""
    recordings, detect = [], Dkp24()
    for number, exercise in enumerate(EXERCISES):
        person = FIRST_PERSON + number
        clip = motion(exercise, person, person, model)
        rig = RigOptions(view_rad=VIEWS_RAD[number % len(VIEWS_RAD)], distance_m=3.0)
        plan = RecordingPlan(exercise, clip, rig=rig, rate_hz=RATE_HZ, seconds=seconds, start_s=2.0, room=number, seed=person,
                             outfit=outfit)
        recording = RenderedRecording(plan, model)
        body, frames = shaped_body(model, clip.betas), []
        for index in range(len(recording)):
            frame, truth = recording.frame(index)
            silhouette = rendered_silhouette(frame, truth)
            vertices = truth.camera.to_optical(body.posed_vertices(truth.pose, truth.translation))
            frames.append((silhouette, truth.positions, vertices, detect(silhouette)))
        recordings.append(frames)
    return recordings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--seconds', type=float, default=4.0, help='of each of the five exercises, at 10 frames a second')
    parser.add_argument('--paper-frames', type=int, default=0, help='frames that the method paper is tried on')
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    model = load_body_model(default_body_path())
    bare, clothed = (recorded(model, arguments.seconds, outfit) for outfit in (Outfit(), None))
    print('| input, method | joint mm | vertex mm | squared error / covariance | lost | ms p10 | ms median | first ms |')
    print('|---|---|---|---|---|---|---|---|')

    def fast(depth: bool, offsets: str = 'none') -> Callable:
        return lambda: BodyFitter(model, FitOptions(depth=depth, joint_offsets=offsets))

    for name, recordings, depth in (('joints', bare, False), ('with depth, bare body', bare, True),
                                    ('with depth, clothed', clothed, True)):
        for label, input_of in (('exact', exact_joints), ('20 mm noise', noisy), ('10 % gone', gone), ('10 % wrong', astray)):
            measure(f'{label}, {name}', model, recordings, fast(depth), input_of)
    raw = [np.nanmean(np.linalg.norm(detected.positions - joints, axis=1)) for frames in clothed
           for _, joints, _, detected in frames]
    print(f'| DKP-24 as it is, clothed | {1e3 * np.mean(raw):.1f} | | | | | | |')

    def station(**changes: object) -> Callable:
        return lambda: BodyFitter(model, StationFitOptions(**changes))

    for offsets in ('none', 'dkp24'):
        for depth in (False, True):
            measure(f'DKP-24, offsets {offsets}, depth {depth}', model, clothed,
                    station(joint_offsets=offsets, depth=depth), detector)
    measure('the same, no limb sought anew', model, clothed, station(limb_search=False), detector)
    if arguments.paper_frames:
        import torch

        from poseformer_ros.body.fitting.paper_fit import PaperFitter
        torch.set_num_threads(1)
        few = [bare[-1][:arguments.paper_frames]]
        for label, input_of in (('exact', exact_joints), ('20 mm noise', noisy)):
            measure(f'{label}, fast, few frames', model, few, fast(False), input_of)
            measure(f'{label}, paper, few frames', model, few, lambda: PaperFitter(model), input_of)


if __name__ == '__main__':
    main()
