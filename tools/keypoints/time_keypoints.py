"""Print CPU time and number of points of each keypoint detector on one core, as in docs/keypoints.md."""

import argparse
import time

import cv2
import numpy as np
from people import images, recordings

from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.keypoints.keypoint_options import KeypointOptions
from poseformer_ros.keypoints.layout import Detector
from poseformer_ros.keypoints.stage import KeypointStage
from poseformer_ros.silhouette.person import Silhouette
from poseformer_ros.silhouette.stage import SilhouetteStage

REPEATS = 5     # of which the quickest counts: other jobs share the caches
ALL_OFF = {detector.name.lower(): False for detector in Detector}


def only(*detectors: Detector, grey: bool = False) -> KeypointStage:
    return KeypointStage(KeypointOptions(**{**ALL_OFF, **{d.name.lower(): True for d in detectors}, 'grey': grey}))


def own_silhouettes(noise: str) -> list[Silhouette]:
    model, people = load_body_model(default_body_path()), []
    for recording in recordings(model, noise, rate_hz=2.0, seconds=6.0):
        stage = SilhouetteStage()
        people += [stage(frame) for frame, _ in images(recording)]
    return [person for person in people if person.found]


def cpu_ms(stage: KeypointStage, person: Silhouette) -> float:
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        stage(person)
        times.append(time.process_time() - start)
    return 1e3 * min(times)


def row(name: str, stage: KeypointStage, people: list[Silhouette]) -> str:
    times = [cpu_ms(stage, person) for person in people]
    counts = [[len(points) for points in stage(person).sets] for person in people]
    return f'| {name} | {np.median(np.sum(counts, axis=1)):.0f} | {np.median(times):.2f} | {np.max(times):.2f} |'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--noise', default='time_of_flight', choices=('clean', 'kinect_v1', 'time_of_flight'))
    people = own_silhouettes(parser.parse_args().noise)
    cv2.setNumThreads(1)
    print(f'{len(people)} images\n\n| stage with | points | median ms | slowest image ms |\n|---|---|---|---|')
    print(row('no detector', only(), people))
    for detector in Detector:
        print(row(detector.name.lower(), only(detector), people), flush=True)
    print(row('both skeleton points', only(Detector.SKELETON_END, Detector.SKELETON_BRANCH), people))
    print(row('all', only(*Detector), people))
    print(row('all, on masked grey', only(*Detector, grey=True), people))


if __name__ == '__main__':
    main()
