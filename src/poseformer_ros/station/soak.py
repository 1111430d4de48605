"""What is watched while the station runs for long with a recorder beside it."""

import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from poseformer_ros.evaluation.soak import Course
from poseformer_ros.ros.conversions import NANO
from poseformer_ros.station.recorded_run import RecordedRun
from poseformer_ros.station.recorder import StationRecord

LOOK_S = 5.0        # between two looks at the memory
# Of the bag's finished files so much is removed at a time, so often: a whole one, a gigabyte, would hold the station up for 0.3 s.
PIECE_BYTES, PIECE_S = 16 * 1024 * 1024, 0.1
SETTLED_S = 60.0    # from when on memory is compared: caches and queues have filled
# Of the recorder: what rests unless somebody reads it is left at rest, and what is only measured need not stay on the disk.
RECORDING: dict[str, object] = {'recorder.exclude': '/(keypoints|body_parts|features)$', 'writer.split_mb': 1000.0}


@dataclass
class Soak:
    """Memory of station and recorder by the time since the beginning; the recorder's processor time; bytes removed of the bag's
    finished files, and when last."""

    times_s: list[float] = field(default_factory=list)
    station_mb: list[float] = field(default_factory=list)
    recorder_mb: list[float] = field(default_factory=list)
    recorder_cpu_s: float = 0.0
    removed_bytes: int = 0
    removed_s: float = 0.0

    def look(self, run: RecordedRun, bag: Path, now_s: float) -> None:
        """Note the memory, and keep the disk from filling: an hour has 170 GB."""
        if now_s - self.removed_s >= PIECE_S:
            self.removed_s = now_s
            self._remove_piece(bag)
        if self.times_s and now_s - self.times_s[-1] < LOOK_S:
            return
        self.times_s.append(now_s)
        self.station_mb.append(run.resident_mb())
        self.recorder_mb.append(run.bag_resident_mb())
        self.recorder_cpu_s = run.bag_cpu_s()

    def _remove_piece(self, bag: Path) -> None:
        finished = sorted(bag.glob('*.mcap'), key=lambda file: int(file.stem.rpartition('_')[2]))[:-1]
        if not finished:
            return
        path, size = finished[0], finished[0].stat().st_size
        left = max(0, size - PIECE_BYTES)
        self.removed_bytes += size - left
        if left:
            os.truncate(path, left)
        else:
            path.unlink()

    def courses(self, record: StationRecord, warm_up_s: float) -> dict[str, Course]:
        """Memory from when it has settled on, and latency after the warm-up."""
        times_s = np.array(self.times_s)
        settled = times_s >= min(SETTLED_S, times_s[-1] / 3.0)
        after_ns = min(record.named()) + round(warm_up_s * NANO)
        late = {'stamp to skeleton, ms': {stamp: moment.latency_ms for stamp, moment in record.answered().items()},
                'stamp to exercise, ms': {stamp: moment.exercise_latency_ms for stamp, moment in record.named().items()}}
        return {'memory of the station, MB': Course(times_s[settled], np.array(self.station_mb)[settled]),
                'memory of the recorder, MB': Course(times_s[settled], np.array(self.recorder_mb)[settled]),
                **{what: _course({stamp - after_ns: ms for stamp, ms in values.items() if stamp > after_ns})
                   for what, values in late.items()}}


def _course(values: dict[int, float]) -> Course:
    """Of values by nanoseconds."""
    return Course(np.array(list(values)) / NANO, np.array(list(values.values())))
