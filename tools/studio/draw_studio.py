"""Draws the contact sheets of docs/studio.md: colour, depth, labels and error over cameras, noises and rooms.

    python tools/studio/draw_studio.py docs/images
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.synthesis.motion.exercises import make_motion
from poseformer_ros.synthesis.motion.motion_style import sample_style
from poseformer_ros.synthesis.rendered_recording import RecordingPlan, RenderedRecording, Take
from poseformer_ros.synthesis.rendering.cameras import RigOptions
from poseformer_ros.synthesis.rendering.sensor_noise import NoiseModel

TILE = (300, 225)
DEPTH_SPAN_M = (0.8, 5.5)
ERROR_SPAN_M = 0.05
ROLLING = RigOptions(height_m=1.0, distance_m=3.1, tilt_rad=0.05, roll_rad=0.12, turn_rad=0.08, drive_m=0.15)
# exercise, person, second, sensor, rig, noise, room, passer-by
ROWS = (
    ('kimore_es1', 1, 3.4, 'kinect_v2', RigOptions(distance_m=3.0), 'time_of_flight', 3, True),
    ('kimore_es2', 2, 5.0, 'kinect_v1', RigOptions(height_m=1.3, distance_m=3.4, view_rad=0.4, tilt_rad=0.05),
     'kinect_v1', 11, False),
    ('kimore_es3', 3, 4.5, 'azure_nfov', RigOptions(height_m=1.6, distance_m=2.8, tilt_rad=0.2, view_rad=-0.3),
     'time_of_flight', 5, False),
    ('kimore_es4', 4, 4.0, 'realsense_848', RigOptions(distance_m=2.4), 'clean', 8, True),
    ('kimore_es5', 5, 3.6, 'kinect_v2', ROLLING, 'kinect_v1', 13, False),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('out', type=Path)
    out = parser.parse_args().out
    model = load_body_model(default_body_path())
    rows = []
    for index, (exercise, person, second, sensor, rig, noise, room, passer_by) in enumerate(ROWS):
        clip = make_motion(exercise, sample_style(person), index, model=model)
        plan = RecordingPlan('sheet', clip, sensor, rig, NoiseModel(noise), passer_by=passer_by, room=room, seed=index,
                             rate_hz=10, seconds=60)
        recording = RenderedRecording(plan, model)
        rows.append(_row(recording.take(min(len(recording) - 1, round(second * 10))), f'{sensor}, {noise}'))
    cv2.imwrite(str(out / 'studio_sheet.jpg'), np.vstack(rows), [cv2.IMWRITE_JPEG_QUALITY, 82])


def _row(take: Take, text: str) -> np.ndarray:
    tiles = [_with_joints(take), _depth(take.frame.depth), _labels(take), _error(take)]
    tiles = [_tile(tile) for tile in tiles]
    cv2.putText(tiles[0], text, (6, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (20, 20, 20), 3, cv2.LINE_AA)
    cv2.putText(tiles[0], text, (6, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255, 255, 255), 1, cv2.LINE_AA)
    return np.hstack(tiles)


def _tile(image: np.ndarray) -> np.ndarray:
    """Cut to 4:3 around the middle, then made small."""
    height, width = image.shape[:2]
    w, h = min(width, round(height * TILE[0] / TILE[1])), min(height, round(width * TILE[1] / TILE[0]))
    x, y = (width - w) // 2, (height - h) // 2
    return cv2.resize(image[y:y + h, x:x + w], TILE, interpolation=cv2.INTER_AREA)


def _with_joints(take: Take) -> np.ndarray:
    image = take.frame.color.copy()
    for pixel, visible in zip(take.truth.pixels, take.truth.visible):
        cv2.circle(image, tuple(int(round(v)) for v in pixel), 3, (80, 230, 80) if visible else (60, 60, 230), -1, cv2.LINE_AA)
    return image


def _depth(depth: np.ndarray) -> np.ndarray:
    low, high = DEPTH_SPAN_M
    image = cv2.applyColorMap((255 * np.clip((high - np.nan_to_num(depth, nan=high)) / (high - low), 0, 1)).astype(np.uint8),
                              cv2.COLORMAP_VIRIDIS)
    image[np.isnan(depth)] = 0
    return image


def _labels(take: Take) -> np.ndarray:
    hue = ((take.truth.parts.astype(int) + 1) * 67 % 180).astype(np.uint8)
    image = cv2.cvtColor(np.dstack([hue, np.full_like(hue, 190), np.full_like(hue, 235)]), cv2.COLOR_HSV2BGR)
    image[~take.truth.mask] = 30
    image[take.truth.others] = 110
    return image


def _error(take: Take) -> np.ndarray:
    """Noise: blue too near, red too far, grey none, black no reading."""
    error = np.clip((take.frame.depth - take.clean_depth) / ERROR_SPAN_M, -1, 1)
    image = np.full((*error.shape, 3), 210.0)
    image[..., :2] -= 200 * np.clip(np.nan_to_num(error), 0, 1)[..., None]
    image[..., 1:] -= 200 * np.clip(-np.nan_to_num(error), 0, 1)[..., None]
    image[np.isnan(error)] = 0
    return image.clip(0, 255).astype(np.uint8)


if __name__ == '__main__':
    main()
