"""Time the body's kinematics on one thread: OMP_NUM_THREADS=1 python tools/body/time_body.py."""

import time
from collections.abc import Callable

import numpy as np

from poseformer_ros.body.kinematics import posed_joints, rest_joints, shaped_body
from poseformer_ros.body.model import SHAPE_COUNT, default_body_path, load_body_model
from poseformer_ros.skeleton.joints import JOINT_COUNT

WARM_UP, REPEATS = 50, 1000


def main() -> None:
    model = load_body_model(default_body_path())
    rng = np.random.default_rng(0)
    betas, pose, shift = rng.normal(size=SHAPE_COUNT), rng.normal(scale=0.3, size=(JOINT_COUNT, 3)), np.zeros(3)
    body = shaped_body(model, betas)
    tasks: dict[str, Callable[[], object]] = {
        '24 joints, shape kept': lambda: body.posed_joints(pose, shift),
        '24 joints from shape and pose': lambda: posed_joints(rest_joints(model, betas), pose, shift),
        '6,890 vertices, shape kept': lambda: body.posed_vertices(pose, shift),
        '6,890 vertices from shape and pose': lambda: shaped_body(model, betas).posed_vertices(pose, shift),
    }
    print('| task | median ms | 95th percentile ms |\n|---|---|---|')
    for name, task in tasks.items():
        times = _times_ms(task)
        print(f'| {name} | {np.median(times):.3f} | {np.percentile(times, 95):.3f} |')


def _times_ms(task: Callable[[], object]) -> np.ndarray:
    times = []
    for _ in range(WARM_UP + REPEATS):
        start = time.perf_counter()
        task()
        times.append(time.perf_counter() - start)
    return np.array(times[WARM_UP:]) * 1000


if __name__ == '__main__':
    main()
