"""Time of a streaming step beside recomputing the whole window, one thread each."""

import time
from collections.abc import Callable

import numpy as np

from poseformer_ros.recognition.encoder_size import encoder_size
from poseformer_ros.recognition.layout import FUSED
from poseformer_ros.recognition.model_file import ExerciseModel, random_model
from poseformer_ros.recognition.random_weights import random_weights
from poseformer_ros.recognition.streaming import StreamingEncoder

TIMES_HEAD = ('encoder', 'what', 'median ms', 'p95 ms', 'CPU ms')
WARM_UP = 20            # calls
LATER_FRAMES = 2000     # frames before the second measurement, which shows whether a step grows with time
CLASSES = ('rest', 'one', 'two', 'three', 'four', 'five')


def streaming_times(size: str, repeats: int) -> list[tuple[str, ...]]:
    """Rows under TIMES_HEAD for an encoder of random weights and all features: a step, a step later, the window at once.

    The window's row needs torch and is left out where it is not installed.
    """
    model = random_model(FUSED, CLASSES, size)
    window = model.facts.size.window
    rows = [(size, 'streaming step', *_measured(_step(model), repeats)),
            (size, f'streaming step after {LATER_FRAMES} frames', *_measured(_step(model, LATER_FRAMES), repeats))]
    whole = _whole_window(size)
    return rows + ([(size, f'whole window of {window} frames at once (torch)', *_measured(whole, max(repeats // 10, 5)))]
                   if whole else [])


def _step(model: ExerciseModel, before: int = 0) -> Callable[[], object]:
    stream, rng = StreamingEncoder(model), np.random.default_rng(0)
    values, present = rng.standard_normal(FUSED.size).astype(np.float32), np.ones(len(FUSED.names), bool)
    for _ in range(before):
        stream(values, present)
    return lambda: stream(values, present)


def _whole_window(name: str) -> Callable[[], object] | None:
    """The same encoder over its whole window."""
    try:
        import torch

        from poseformer_ros.recognition.encoder import CausalEncoder
    except ImportError:
        return None
    torch.set_num_threads(1)
    size, part_sizes = encoder_size(name), FUSED.sizes
    encoder = CausalEncoder(size, part_sizes, len(CLASSES)).eval()
    weights = random_weights(size, part_sizes, len(CLASSES), 0)
    encoder.load_state_dict({key: torch.from_numpy(array) for key, array in weights.items()})
    values, present = torch.randn(1, size.window, FUSED.size), torch.ones(1, size.window, len(FUSED.names))

    def at_once() -> object:
        with torch.inference_mode():
            return encoder(values, present)
    return at_once


def _measured(call: Callable[[], object], repeats: int) -> tuple[str, ...]:
    """Median and 95th percentile of the wall clock and median CPU time of the thread, milliseconds."""
    wall, cpu = [], []
    for index in range(repeats + WARM_UP):
        begin, busy = time.perf_counter(), time.thread_time()
        call()
        if index >= WARM_UP:
            wall.append(1e3 * (time.perf_counter() - begin))
            cpu.append(1e3 * (time.thread_time() - busy))
    return tuple(f'{number:.2f}' for number in (np.median(wall), np.percentile(wall, 95), np.median(cpu)))
