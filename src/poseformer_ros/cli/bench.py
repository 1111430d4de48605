"""`poseformer bench`: times, latency and losses of the station, a camera in a process of its own."""

import argparse
import importlib.util
import json
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from poseformer_ros.body.model import default_body_path, load_body_model
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
from poseformer_ros.station.soak import RECORDING, Soak
from poseformer_ros.synthesis.motions import motion
from poseformer_ros.synthesis.rendering.sensor_noise import NoiseModel

WARM_UP_S = 2.0         # left out: discovery, first floor, caches
RATE_HZ = 30.0
STEP_REPEATS = 300     # of a streaming step
STAGES = ('rgbd_sync', 'silhouette', 'joints', 'smpl_fit', 'keypoints', 'body_parts', 'fusion', 'classifier')
REAL_IMAGES, RENDERED = 'rgbd_xtion_room', 'rendered, somebody always there'
EXERCISE, RENDERED_S, SENSOR = 'kimore_es1', 10.0, 'kinect_v1'
NOTHING = 'bench: no image came through the whole station; run `poseformer station` and look at /diagnostics'


@dataclass(frozen=True)
class Run:
    """Figures of one repeat, after the warm-up; milliseconds. all_cpu_ms: of all the station's processes, for each image that was
    answered; with what DDS and Python take."""

    images: int
    dropped: int
    unnamed: int
    cpu_ms: dict[str, float]
    all_cpu_ms: float
    latency_ms: np.ndarray
    exercise_latency_ms: np.ndarray


@dataclass(frozen=True)
class Begun:
    """When a run's first image had come through, by the steady clock; the station's processor time and answers until then."""

    at_s: float
    cpu_s: float
    answered: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How long, how often, on which images."""
    parser.add_argument('--repeats', type=int, default=10, help='runs of the station alone; with 0 only the long run (default 10)')
    parser.add_argument('--seconds', type=float, default=12.0, help='of each run')
    parser.add_argument('--soak', type=float, default=10.0, metavar='MINUTES',
                        help='a long run with a recorder beside the station, everything but keypoints, body parts and features '
                             'into a bag: losses, memory and latency over time; 0 for none (default 10)')
    parser.add_argument('--images', type=Path, help=f'folder of images; otherwise {REAL_IMAGES} of the shared data where '
                                                      'it is, and a rendered person')
    parser.add_argument('--out', type=Path, default=Path('out/bench'), help='folder for the table')


def run(arguments: argparse.Namespace) -> int:
    """Run, print and write the table."""
    arguments.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix='poseformer_bench_') as folder:
        sources = _sources(arguments.images, Path(folder))
        if arguments.repeats:
            _write(_stage_report(), arguments.out / 'stages.md')
            reports = [_station_report(source, name, arguments.repeats, arguments.seconds) for name, source in sources.items()]
            _write('\n'.join(reports), arguments.out / 'station.md')
        if arguments.soak:
            name, source = list(sources.items())[-1]
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


def _sources(images: Path | None, folder: Path) -> dict[str, CameraSource]:
    """By name: the images that are given; else real ones, half of which show nobody, and rendered ones with somebody always there,
    written into a folder; the drawn figure where there are neither."""
    if images is not None:
        return {images.name: folder_source(images.resolve(), in_memory=True, rate_hz=RATE_HZ)}
    shared = Path(os.environ.get('POSEFORMER_DATA', '../shared/data')) / REAL_IMAGES
    found = {REAL_IMAGES: folder_source(shared.resolve(), in_memory=True, rate_hz=RATE_HZ)} if shared.is_dir() else {}
    if importlib.util.find_spec('open3d'):
        _render(folder / RENDERED)
        found[RENDERED] = folder_source(folder / RENDERED, in_memory=True, rate_hz=RATE_HZ)
    return found or {'drawn figure': capsule_source(rate_hz=RATE_HZ)}


def _render(folder: Path) -> None:
    """A person who lifts the arms before a camera of 640 x 480."""
    from poseformer_ros.synthesis.data_set import write_sequence  # brings Open3D
    from poseformer_ros.synthesis.rendered_recording import RecordingPlan, RenderedRecording
    print(f'rendering {RENDERED_S:g} s of images', flush=True)
    model = load_body_model(default_body_path())
    plan = RecordingPlan(RENDERED, motion(EXERCISE, 1, 0, model), SENSOR, noise=NoiseModel(SENSOR), seconds=RENDERED_S)
    write_sequence(RenderedRecording(plan, model), folder)


def _station_report(source: CameraSource, name: str, repeats: int, seconds: float) -> str:
    runs = [_measure(source, seconds, f'{name} {i + 1}/{repeats}') for i in range(repeats)]
    return _report(runs, name, seconds)


def _measure(source: CameraSource, seconds: float, name: str) -> Run:
    started: list[Begun] = []
    with (tqdm(desc=name, unit='image', mininterval=1.0) as bar,
          recorded_run(source, lambda run: _over(run, started, seconds), images=False, results=False,
                       progress=lambda count: bar.update(count - bar.n)) as run):
        if not started:
            raise BadInput(NOTHING)
        return _figures(run, started[0])


def _over(run: RecordedRun, started: list[Begun], seconds: float) -> bool:
    """Whether a run has lasted so long after its warm-up; started: empty until its first image has come through."""
    if not started and run.record.named():
        started.append(Begun(time.monotonic(), run.cpu_s(), len(run.record.answered())))
    return bool(started) and time.monotonic() - started[0].at_s > WARM_UP_S + seconds


def _soak_report(source: CameraSource, name: str, seconds: float) -> str:
    """The station with a recorder beside it: what was lost, what the recorder cost, how late results were, and what grew."""
    soak, started = Soak(), list[Begun]()
    with tempfile.TemporaryDirectory(prefix='poseformer_bench_') as folder:
        bag = Path(folder) / 'bag'

        def over(run: RecordedRun) -> bool:
            done = _over(run, started, seconds)
            if started:
                soak.look(run, bag, time.monotonic() - started[0].at_s)
            return done

        with (tqdm(desc=f'{name} soak', unit='image', mininterval=1.0) as bar,
              recorded_run(source, over, images=False, results=False, progress=lambda count: bar.update(count - bar.n), bag=bag,
                           **RECORDING) as run):
            if not started:
                raise BadInput(NOTHING)
            figures, record = _figures(run, started[0]), run.record
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


def _figures(run: RecordedRun, begun: Begun) -> Run:
    recording = run.record
    answered, named = recording.answered(), recording.named()
    after_ns = min(named) + round(WARM_UP_S * 1e9)
    latency = np.array([moment.latency_ms for stamp, moment in answered.items() if stamp > after_ns])
    to_exercise = np.array([moment.exercise_latency_ms for stamp, moment in named.items() if stamp > after_ns])
    cpu = {stage: float(recording.health[stage].get('cpu p50 [ms]', 0.0)) for stage in STAGES}      # some rest
    all_cpu_ms = 1000.0 * (run.cpu_s() - begun.cpu_s) / max(len(answered) - begun.answered, 1)
    return Run(len(latency), recording.dropped(answered, after_ns), recording.dropped(named, after_ns), cpu, all_cpu_ms, latency,
               to_exercise)


def _report(runs: list[Run], name: str, seconds: float) -> str:
    rows = [(stage + ', processor time', *_spread([run.cpu_ms[stage] for run in runs])) for stage in STAGES]
    both = [run.cpu_ms['silhouette'] + run.cpu_ms['joints'] for run in runs]
    rows += [('silhouette + skeleton, processor time', *_spread(both)),
             ('all processes, processor time', *_spread([run.all_cpu_ms for run in runs]))]
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
