"""Time person networks on one thread: python tools/person/time_person.py MODEL..., processor time of squares of noise."""

import sys
import time
from pathlib import Path

import numpy as np

from poseformer_ros.person.answers import INPUT_SHAPE
from poseformer_ros.person.model_file import PersonModel, load_person_model

BATCHES, WARM_UP, REPEATS = (1, 2, 4), 10, 100


def main() -> None:
    print('| model | squares in a batch | median ms | 95th percentile ms |\n|---|---|---|---|')
    for path in map(Path, sys.argv[1:]):
        model = load_person_model(path)
        for count in BATCHES:
            times = _times_ms(model, np.random.default_rng(0).normal(size=(count, *INPUT_SHAPE)).astype(np.float32))
            print(f'| {path.name} | {count} | {np.median(times):.2f} | {np.percentile(times, 95):.2f} |')


def _times_ms(model: PersonModel, squares: np.ndarray) -> np.ndarray:
    times = []
    for _ in range(WARM_UP + REPEATS):
        start = time.process_time()
        model(squares)
        times.append(time.process_time() - start)
    return np.array(times[WARM_UP:]) * 1000


if __name__ == '__main__':
    main()
