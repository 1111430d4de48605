"""`poseformer bench`: times, latency and losses of the station, a camera in a process of its own."""

import argparse
import json
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from poseformer_ros.errors import BadInput
from poseformer_ros.evaluation.soak import HEAD as SOAK_HEAD
from poseformer_ros.evaluation.soak import soak_rows
from poseformer_ros.evaluation.stage_times import HEAD, stage_times
from poseformer_ros.evaluation.streaming_times import TIMES_HEAD, streaming_times
from poseformer_ros.evaluation.tables import markdown_table, percentile_row
from poseformer_ros.recognition.encoder_size import SIZES
from poseformer_ros.recordings.bags.metadata import read_metadata
from poseformer_ros.recordings.bags.writer import COUNTS_KEY
from poseformer_ros.station.recorded_run import CameraSource, RecordedRun, capsule_source, folder_source, recorded_run
from poseformer_ros.station.recorder import StationRecord
from poseformer_ros.station.soak import SPLIT, Soak

WARM_UP_S = 2.0         # left out: discovery, first floor, caches
RATE_HZ = 30.0
STEP_REPEATS = 300     # of a streaming step
STAGES = ('rgbd_sync', 'silhouette', 'joints', 'smpl_fit', 'keypoints', 'body_parts', 'fusion', 'classifier')
REAL_IMAGES = 'rgbd_xtion_room'


@dataclass(frozen=True)
class Run:
    """Figures of one repeat, after the warm-up; milliseconds."""

    images: int
    dropped: int
    unnamed: int
    cpu_ms: dict[str, float]
    latency_ms: np.ndarray
    exercise_latency_ms: np.ndarray


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How long, how often, on which images."""
    parser.add_argument('--repeats', type=int, default=10, help='runs of the station alone; with 0 only the long run (default 10)')
    parser.add_argument('--seconds', type=float, default=12.0, help='of each run')
    parser.add_argument('--soak', type=float, default=10.0, metavar='MINUTES',
                        help='a long run with a recorder beside the station, everything into a bag: losses, memory and latency '
                             'over time; 0 for none (default 10)')
    parser.add_argument('--images', type=Path, help=f'folder of images; otherwise {REAL_IMAGES} of the shared data where '
                                                      'it is, else the drawn figure')
    parser.add_argument('--out', type=Path, default=Path('out/bench'), help='folder for the table')


def run(arguments: argparse.Namespace) -> int:
    """Run, print and write the table."""
    source, name = _source(arguments.images)
    arguments.out.mkdir(parents=True, exist_ok=True)
    if arguments.repeats:
        _write(_stage_report(), arguments.out / 'stages.md')
        runs = [_measure(source, arguments.seconds, f'{name} {i + 1}/{arguments.repeats}') for i in range(arguments.repeats)]
        _write(_report(runs, name, arguments.seconds), arguments.out / 'station.md')
    if arguments.soak:
        _write(_soak_report(source, name, arguments.soak * 60.0), arguments.out / 'soak.md')
    return 0


def _write(text: str, path: Path) -> None:
    path.write_text(text)
    print(f'{text}\nwritten to {path}\n')


def _stage_report() -> str:
    """Every stage beside the paper's table, and the transformer one frame at a time beside its whole window."""
    encoders = [row for size in SIZES for row in streaming_times(size, STEP_REPEATS)]
    return ('Processor time of one thread, rendered arm lifting, time-of-flight noise\n\n' + markdown_table(HEAD, stage_times())
            + '\nThe transformer, random weights\n\n' + markdown_table(TIMES_HEAD, encoders))


def _source(images: Path | None) -> tuple[CameraSource, str]:
    shared = Path(os.environ.get('POSEFORMER_DATA', '../shared/data')) / REAL_IMAGES
    folder = images or (shared if shared.is_dir() else None)
    if folder is None:
        return capsule_source(rate_hz=RATE_HZ), 'drawn figure'
    return folder_source(folder.resolve(), in_memory=True, rate_hz=RATE_HZ), folder.name


def _measure(source: CameraSource, seconds: float, name: str) -> Run:
    started: list[float] = []
    with (tqdm(desc=name, unit='image', mininterval=1.0) as bar,
          recorded_run(source, lambda run: _over(run, started, seconds), images=False, results=False,
                       progress=lambda count: bar.update(count - bar.n)) as run):
        return _figures(run.record)


def _over(run: RecordedRun, started: list[float], seconds: float) -> bool:
    """Whether a run has lasted so long after its warm-up; started: empty, then when its first image had come through."""
    if not started and run.record.named():
        started.append(time.monotonic())
    return bool(started) and time.monotonic() - started[0] > WARM_UP_S + seconds


def _soak_report(source: CameraSource, name: str, seconds: float) -> str:
    """The station with a recorder beside it: what was lost, what the recorder cost, how late results were, and what grew."""
    soak, started = Soak(), []
    with tempfile.TemporaryDirectory(prefix='poseformer_bench_') as folder:
        bag = Path(folder) / 'bag'

        def over(run: RecordedRun) -> bool:
            done = _over(run, started, seconds)
            if started:
                soak.look(run, bag, time.monotonic() - started[0])
            return done

        with (tqdm(desc=f'{name} soak', unit='image', mininterval=1.0) as bar,
              recorded_run(source, over, images=False, results=False, progress=lambda count: bar.update(count - bar.n), bag=bag,
                           **SPLIT) as run):
            figures, record = _figures(run.record), run.record
        information = read_metadata(bag)      # the files that it speaks of are removed by and by
        size_mb = (soak.removed_bytes + sum(path.stat().st_size for path in bag.glob('*.mcap'))) / 1e6
    counts = json.loads(information['custom_data'][COUNTS_KEY])
    lost = {topic: numbers['lost'] for topic, numbers in counts.items() if numbers['lost']}
    lasted_s = information['duration']['nanoseconds'] / 1e9
    late = markdown_table(('stamp to', 'p50 ms', 'p95 ms', 'p99 ms'), [
        percentile_row('skeleton', figures.latency_ms), percentile_row('exercise', figures.exercise_latency_ms)])
    return (f'{name}, {RATE_HZ:g} Hz, {seconds:g} s with a recorder beside the station, {os.cpu_count()} cores: '
            f'{figures.images} images answered, {figures.dropped} without a skeleton, {figures.unnamed} without an exercise; '
            f'{information["message_count"]} messages of {len(counts)} topics recorded, {size_mb / lasted_s:.1f} MB/s, '
            f'{sum(lost.values())} lost{"".join(f" ({topic}: {count})" for topic, count in lost.items())}; '
            f'the recorder used {100 * soak.recorder_cpu_s / lasted_s:.0f} % of a core\n\n{late}\n'
            + markdown_table(SOAK_HEAD, soak_rows(soak.courses(record, WARM_UP_S))))


def _figures(recording: StationRecord) -> Run:
    answered, named = recording.answered(), recording.named()
    if not named:
        raise BadInput('bench: no image came through the whole station; run `poseformer station` and look at /diagnostics')
    after_ns = min(named) + round(WARM_UP_S * 1e9)
    latency = np.array([moment.latency_ms for stamp, moment in answered.items() if stamp > after_ns])
    to_exercise = np.array([moment.exercise_latency_ms for stamp, moment in named.items() if stamp > after_ns])
    cpu = {stage: float(recording.health[stage]['cpu p50 [ms]']) for stage in STAGES}
    return Run(len(latency), recording.dropped(answered, after_ns), recording.dropped(named, after_ns), cpu, latency, to_exercise)


def _report(runs: list[Run], name: str, seconds: float) -> str:
    rows = [(stage + ', processor time', *_spread([run.cpu_ms[stage] for run in runs])) for stage in STAGES]
    both = [run.cpu_ms['silhouette'] + run.cpu_ms['joints'] for run in runs]
    rows.append(('silhouette + skeleton, processor time', *_spread(both)))
    by_answer = {'skeleton': [run.latency_ms for run in runs], 'exercise': [run.exercise_latency_ms for run in runs]}
    for what, latencies in by_answer.items():
        rows += [(f'stamp to {what}, p{p}', *_spread([float(np.percentile(latency, p)) for latency in latencies]))
                 for p in (50, 95, 99)]
    images, dropped, unnamed = (sum(getattr(run, what) for run in runs) for what in ('images', 'dropped', 'unnamed'))
    return (f'{name}, {RATE_HZ:g} Hz, {len(runs)} runs of {seconds:g} s after {WARM_UP_S:g} s of warm-up, '
            f'{os.cpu_count()} cores; {images} images answered, {dropped} without a skeleton, {unnamed} without an exercise\n\n'
            + markdown_table(('of each run, milliseconds', 'median of runs', 'best', 'worst'), rows))


def _spread(values: list[float]) -> tuple[str, str, str]:
    return tuple(f'{value:.1f}' for value in (np.median(values), min(values), max(values)))
