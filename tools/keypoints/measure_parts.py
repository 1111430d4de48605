"""Print how well the body parts of rendered people are labelled, as in docs/keypoints.md."""

import argparse
import time
from collections.abc import Iterator

import cv2
import numpy as np
from people import images, recordings

from poseformer_ros.body.model import BodyModel, default_body_path, load_body_model
from poseformer_ros.evaluation.evaluate_pose import rendered_silhouette
from poseformer_ros.keypoints.body_parts import LIP_CLASS, LIP_CLASSES
from poseformer_ros.keypoints.bone_lines import JOINT_CLASS
from poseformer_ros.keypoints.methods import METHODS, BodyPartsOptions
from poseformer_ros.keypoints.part_stage import OPTIONS, BodyPartStage, joints_for_parts
from poseformer_ros.options import defaults
from poseformer_ros.pipeline import Pipeline
from poseformer_ros.silhouette.person import Silhouette
from poseformer_ros.synthesis.rendered_recording import FrameTruth

RATE_HZ = 5.0
REPEATS = 3     # of which the quickest counts: other jobs share the caches
NOISES = ('clean', 'kinect_v1', 'time_of_flight')
# Hair and face are one class here: the rendered truth knows the head, not the hairline.
MEASURED = [name for name in LIP_CLASSES if LIP_CLASS[name] in JOINT_CLASS]


def with_true_joints(model: BodyModel, noise: str, seconds: float) -> Iterator[tuple[Silhouette, np.ndarray, FrameTruth]]:
    """Perfect silhouettes and joints."""
    for recording in recordings(model, noise, RATE_HZ, seconds):
        for frame, truth in images(recording):
            yield rendered_silhouette(frame, truth), truth.positions, truth


def with_own_joints(model: BodyModel, noise: str, seconds: float) -> Iterator[tuple[Silhouette, np.ndarray, FrameTruth]]:
    """The station's silhouette and joints."""
    for recording in recordings(model, noise, RATE_HZ, seconds):
        pipeline = Pipeline(stages=('silhouette', 'joints', 'smpl_fit'), model=model)
        for index, (frame, truth) in enumerate(images(recording)):
            answer = pipeline(frame, index / RATE_HZ)
            yield answer.person, joints_for_parts(answer.skeleton, answer.fit), truth


def cpu_ms(stage: BodyPartStage, person: Silhouette, joints: np.ndarray) -> float:
    start = time.process_time()
    stage(person, joints)
    return 1e3 * (time.process_time() - start)


class Confusion:
    """Pixels by true and found class."""

    def __init__(self) -> None:
        self.pixels = np.zeros((len(LIP_CLASSES),) * 2)
        self.times_ms, self.images, self.nobody = [], 0, 0

    def add(self, stage: BodyPartStage, person: Silhouette, joints: np.ndarray, truth: FrameTruth) -> None:
        self.images += 1
        if not person.found:
            self.nobody += 1
            return
        found = stage(person, joints).labels
        self.times_ms.append(min(cpu_ms(stage, person, joints) for _ in range(REPEATS)))
        both = person.mask & truth.mask[person.roi.slices]
        wanted = JOINT_CLASS[truth.parts[person.roi.slices][both]]
        got = np.where(found == LIP_CLASS['hair'], LIP_CLASS['face'], found)[both]
        np.add.at(self.pixels, (wanted, got), 1)

    def row(self, name: str) -> str:
        right = np.diag(self.pixels)
        overlap = right / np.maximum(self.pixels.sum(axis=0) + self.pixels.sum(axis=1) - right, 1)
        by_class = [overlap[LIP_CLASS[part]] for part in MEASURED]
        values = [f'{self.images}', f'{self.nobody}', f'{100 * right.sum() / self.pixels.sum():.1f}',
                  f'{100 * np.mean(by_class):.1f}', *(f'{100 * value:.0f}' for value in by_class),
                  f'{np.median(self.times_ms):.1f}', f'{np.percentile(self.times_ms, 95):.1f}']
        return f'| {name} | ' + ' | '.join(values) + ' |'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--seconds', type=float, default=6.0, help=f'of each of five exercises, {RATE_HZ:.0f} images a second')
    parser.add_argument('--method', choices=METHODS, default=BodyPartsOptions().method, help='of body_parts.method')
    chosen = parser.parse_args()
    options = defaults(OPTIONS) | {'body_parts': BodyPartsOptions(method=chosen.method)}
    cv2.setNumThreads(1)
    model = load_body_model(default_body_path())
    print('| joints, depth | images | nobody found | right % | mean IoU % | ' + ' | '.join(MEASURED) + ' | ms median | ms p95 |')
    print('|' + '---|' * (7 + len(MEASURED)))
    for name, source in (('true', with_true_joints), ("the station's", with_own_joints)):
        for noise in NOISES:
            tally, stage = Confusion(), BodyPartStage(options)
            for person, joints, truth in source(model, noise, chosen.seconds):
                tally.add(stage, person, joints, truth)
            print(tally.row(f'{name}, {noise}'), flush=True)


if __name__ == '__main__':
    main()
