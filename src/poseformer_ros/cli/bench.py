"""`poseformer bench`: times, latency and losses of the single-process station, its camera in a process of its own."""

import argparse
import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from poseformer_ros.cli.tables import markdown_table
from poseformer_ros.errors import BadInput
from poseformer_ros.ros.rehearsal import Source, capsule_source, folder_source, rehearse

WARM_UP_S = 2.0         # left out: discovery, first floor, caches
RATE_HZ = 30.0
STAGES = ('rgbd_sync', 'silhouette', 'dkp24', 'smpl_fit')
REAL_PICTURES = 'rgbd_xtion_room'


@dataclass(frozen=True)
class Run:
    """Figures of one repeat, after the warm-up; milliseconds."""

    pictures: int
    dropped: int
    cpu_ms: dict[str, float]
    latency_ms: np.ndarray
    resident_mb: list[float]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How long, how often, on which pictures."""
    parser.add_argument('--repeats', type=int, default=10, help='runs')
    parser.add_argument('--seconds', type=float, default=12.0, help='of each run')
    parser.add_argument('--soak', type=float, default=0.0, metavar='MINUTES', help='one long run, to watch memory and losses')
    parser.add_argument('--pictures', type=Path, help=f'folder of pictures; otherwise {REAL_PICTURES} of the shared data where '
                                                      'it is, else the drawn figure')
    parser.add_argument('--out', type=Path, default=Path('out/bench'), help='folder for the table')


def run(arguments: argparse.Namespace) -> int:
    """Run, print and write the table."""
    source, name = _source(arguments.pictures)
    repeats, seconds = (1, arguments.soak * 60.0) if arguments.soak else (arguments.repeats, arguments.seconds)
    runs = [_measure(source, seconds, f'{name} {i + 1}/{repeats}') for i in range(repeats)]
    text = _report(runs, name, seconds)
    arguments.out.mkdir(parents=True, exist_ok=True)
    path = arguments.out / ('soak.md' if arguments.soak else 'station.md')
    path.write_text(text)
    print(text + f'\nwritten to {path}')
    return 0


def _source(pictures: Path | None) -> tuple[Source, str]:
    shared = Path(os.environ.get('POSEFORMER_DATA', '../shared/data')) / REAL_PICTURES
    folder = pictures or (shared if shared.is_dir() else None)
    if folder is None:
        return capsule_source(rate_hz=RATE_HZ), 'drawn figure'
    return folder_source(folder.resolve(), rate_hz=RATE_HZ), folder.name


def _measure(source: Source, seconds: float, name: str) -> Run:
    started: list[float] = []
    resident: list[float] = []

    def over(recording) -> bool:
        if recording.moments and not started:
            started.append(time.monotonic())
        if started and time.monotonic() - started[0] > 60.0 * len(resident):
            resident.append(_resident_mb())
        return bool(started) and time.monotonic() - started[0] > WARM_UP_S + seconds

    with tqdm(desc=name, unit='picture', mininterval=1.0) as bar:
        with rehearse(source, over, pictures=False, skeletons=False, progress=lambda count: bar.update(count - bar.n)) as rehearsal:
            resident.append(_resident_mb())
            return _figures(rehearsal, resident)


def _figures(rehearsal, resident: list[float]) -> Run:
    answered = rehearsal.recording.answered()
    if not answered:
        raise BadInput('bench: no picture came through the station; run `poseformer station` and look at /diagnostics')
    after_ns = min(answered) + round(WARM_UP_S * 1e9)
    latency = np.array([moment.latency_ms for stamp, moment in answered.items() if stamp > after_ns])
    cpu = {node.get_name(): float(np.median(node.health.cpu_ms)) for node in rehearsal.nodes if node.get_name() in STAGES}
    return Run(len(latency), rehearsal.recording.dropped(after_ns), cpu, latency, resident)


def _resident_mb() -> float:
    """Memory of this process that is in use."""
    pages = int(Path('/proc/self/statm').read_text().split()[1])
    return pages * os.sysconf('SC_PAGE_SIZE') / 2**20


def _report(runs: list[Run], name: str, seconds: float) -> str:
    rows = [(stage + ', processor time', *_spread([run.cpu_ms[stage] for run in runs])) for stage in STAGES]
    both = [run.cpu_ms['silhouette'] + run.cpu_ms['dkp24'] for run in runs]
    rows.append(('silhouette + skeleton, processor time', *_spread(both)))
    rows += [(f'stamp to skeleton, p{p}', *_spread([float(np.percentile(run.latency_ms, p)) for run in runs]))
             for p in (50, 95, 99)]
    pictures, dropped = sum(run.pictures for run in runs), sum(run.dropped for run in runs)
    memory = ', '.join(f'{mb:.0f}' for mb in runs[-1].resident_mb)
    return (f'{name}, {RATE_HZ:g} Hz, {len(runs)} runs of {seconds:g} s after {WARM_UP_S:g} s of warm-up, '
            f'{os.cpu_count()} cores; {pictures} pictures answered, {dropped} dropped; '
            f'memory of the last run minute by minute: {memory} MB\n\n'
            + markdown_table(('of each run, milliseconds', 'median of runs', 'best', 'worst'), rows))


def _spread(values: list[float]) -> tuple[str, str, str]:
    return tuple(f'{value:.1f}' for value in (np.median(values), min(values), max(values)))
