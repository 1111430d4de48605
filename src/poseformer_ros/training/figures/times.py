"""What recognition from joints costs, measured where it runs: for the report's table of stages."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from poseformer_ros.recognition.motion_channels import channels, cleaned, statistics
from poseformer_ros.recordings.labelled.labelled_motion import PLACE, LabelledMotion
from poseformer_ros.recordings.whole_file import write_json

REPEATS = 30


def write_times(motions: Sequence[LabelledMotion], path: Path) -> None:
    """Milliseconds of processor time of each stage on a window of 1 s, the median of REPEATS; kept where it is there already."""
    if path.is_file():
        return
    longest = max(motions, key=len)
    window = longest.positions[:max(4, round(longest.rate_hz))]
    smooth = cleaned(window)
    course = channels(smooth[None], PLACE)[0]
    write_json(path, {'gaps and jumps': _median_ms(lambda: cleaned(window)),
                      'channels': _median_ms(lambda: channels(smooth[None], PLACE)),
                      'statistics': _median_ms(lambda: statistics(course))})


def _median_ms(stage: Callable[[], object]) -> float:
    stage()     # warm-up
    found = []
    for _ in range(REPEATS):
        before = time.process_time()
        stage()
        found.append(time.process_time() - before)
    return 1000.0 * float(np.median(found))
