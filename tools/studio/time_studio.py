"""Times the studio on one core: depth with labels, colour, noise; medians and the process's memory.

    OMP_NUM_THREADS=1 python tools/studio/time_studio.py
"""

import resource
import time

import cv2
import numpy as np

from poseformer_ros.body.kinematics import shaped_body
from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.evaluation.tables import markdown_table
from poseformer_ros.geometry.rotations import about_y
from poseformer_ros.synthesis.motion.exercises import make_motion
from poseformer_ros.synthesis.motion.motion_style import sample_style
from poseformer_ros.synthesis.rendering.cameras import SENSORS, RigOptions, camera_pose
from poseformer_ros.synthesis.rendering.clothing import dressed, random_outfit
from poseformer_ros.synthesis.rendering.renderer import Actor, Renderer
from poseformer_ros.synthesis.rendering.rooms import rehab_room, turned
from poseformer_ros.synthesis.rendering.sensor_noise import NoiseModel

FRAMES, WARM_UP = 60, 5
ROLLING = RigOptions(roll_rad=0.1, turn_rad=0.1, drive_m=0.2)


def main() -> None:
    cv2.setNumThreads(1)
    model = load_body_model(default_body_path())
    clip = make_motion('kimore_es5', sample_style(1), 1, model=model)
    body = dressed(shaped_body(model, clip.betas), random_outfit(np.random.default_rng(0)))
    rows = []
    for name, k in SENSORS.items():
        for rig, rig_name in ((RigOptions(), 'still'), (ROLLING, 'moving')):
            renderer = Renderer(k, turned(rehab_room(3), about_y(rig.view_rad)), model)
            times = np.array([_timed(renderer, rig, body, clip, i) for i in range(FRAMES + WARM_UP)])[WARM_UP:]
            rows.append((name, f'{k.width} x {k.height}', rig_name, *(f'{t:.1f}' for t in np.median(times, axis=0))))
    print(markdown_table(('camera', 'pixels', 'rig', 'depth with labels', 'colour', 'Kinect v1 noise', 'time of flight noise'),
                         rows))
    print(f'milliseconds, medians of {FRAMES}; largest memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB')


def _timed(renderer: Renderer, rig: RigOptions, body, clip, index: int) -> list[float]:
    at = 40 + 2 * index
    actors = [Actor(body, clip.poses[at], clip.translations[at])]
    camera = camera_pose(rig, index / 10)
    stamps = [time.perf_counter()]
    geometry = renderer.geometry(camera, actors)
    stamps.append(time.perf_counter())
    renderer.color(camera, actors, geometry)
    stamps.append(time.perf_counter())
    for kind in ('kinect_v1', 'time_of_flight'):
        NoiseModel(kind)(geometry.depth, renderer.intrinsics, np.random.default_rng(index))
        stamps.append(time.perf_counter())
    return list(1000.0 * np.diff(stamps))


if __name__ == '__main__':
    main()
