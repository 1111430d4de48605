"""Draws the image of docs/keypoints.md: detectors and body parts on rendered people.

    python tools/keypoints/draw_keypoints.py docs/images
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
from people import recordings

from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.drawing.keypoint_drawing import draw_keypoints, draw_parts
from poseformer_ros.evaluation.evaluate_pose import rendered_silhouette
from poseformer_ros.keypoints.body_parts import FOUND_PARTS, LIP_CLASSES, LIP_COLORS
from poseformer_ros.keypoints.layout import Detector
from poseformer_ros.keypoints.part_stage import BodyPartStage
from poseformer_ros.keypoints.stage import KeypointStage
from poseformer_ros.synthesis.rendered_recording import RenderedRecording

NOISE = 'time_of_flight'
MOMENTS = {'kimore_es1': 1.0, 'kimore_es2': 2.5, 'kimore_es5': 4.5}        # seconds at which each shows best
TILE = (170, 300)                       # pixels
SHOWN = (('contour, skeleton', (Detector.CONTOUR, Detector.SKELETON_END, Detector.SKELETON_BRANCH)),
         ('Harris', (Detector.HARRIS,)), ('Shi-Tomasi', (Detector.SHI_TOMASI,)), ('ORB', (Detector.ORB,)),
         ('BRISK', (Detector.BRISK,)), ('SIFT', (Detector.SIFT,)), ('AKAZE', (Detector.AKAZE,)))
WITHOUT_SIZES = (Detector.ORB,)          # 31 pixels around a hundred points hide the person


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('out', type=Path)
    out = parser.parse_args().out
    model = load_body_model(default_body_path())
    rows = [row(recording, MOMENTS[recording.plan.name]) for recording in recordings(model, NOISE, rate_hz=2.0, seconds=6.0)
            if recording.plan.name in MOMENTS]
    image = np.vstack([titles(), *rows, legend(rows[0].shape[1])])
    cv2.imwrite(str(out / 'keypoints.jpg'), image, [cv2.IMWRITE_JPEG_QUALITY, 88])


def row(recording: RenderedRecording, second: float) -> np.ndarray:
    frame, truth = recording.frame(round(second * 2.0))
    person = rendered_silhouette(frame, truth)
    found = {points.detector: points for points in KeypointStage()(person).sets}
    tiles = [draw_keypoints(person, tuple(found[detector] for detector in detectors), sizes=detectors[0] not in WITHOUT_SIZES)
             for _, detectors in SHOWN]
    tiles.append(draw_parts(person, BodyPartStage()(person, truth.positions)))
    return np.hstack([tile(image) for image in tiles])


def tile(image: np.ndarray) -> np.ndarray:
    """Made to fit, on the background of the drawings."""
    ratio = min(TILE[0] / image.shape[1], TILE[1] / image.shape[0])
    small = cv2.resize(image, None, fx=ratio, fy=ratio, interpolation=cv2.INTER_AREA)
    whole = np.full((TILE[1], TILE[0], 3), 20, np.uint8)
    x, y = (TILE[0] - small.shape[1]) // 2, TILE[1] - small.shape[0]
    whole[y:y + small.shape[0], x:x + small.shape[1]] = small
    return whole


def titles() -> np.ndarray:
    strip = np.full((24, TILE[0] * (len(SHOWN) + 1), 3), 20, np.uint8)
    for index, name in enumerate([*(name for name, _ in SHOWN), 'body parts']):
        text(strip, name, (index * TILE[0] + 8, 16))
    return strip


def legend(width: int) -> np.ndarray:
    strip = np.full((26, width, 3), 20, np.uint8)
    for index, part in enumerate(FOUND_PARTS):
        x = 8 + index * (width - 16) // len(FOUND_PARTS)
        cv2.rectangle(strip, (x, 7), (x + 12, 19), tuple(int(v) for v in LIP_COLORS[part, ::-1]), cv2.FILLED)
        text(strip, LIP_CLASSES[part].replace('_', ' '), (x + 18, 17))
    return strip


def text(image: np.ndarray, words: str, at: tuple[int, int]) -> None:
    cv2.putText(image, words, at, cv2.FONT_HERSHEY_SIMPLEX, 0.4, (230, 230, 230), 1, cv2.LINE_AA)


if __name__ == '__main__':
    main()
