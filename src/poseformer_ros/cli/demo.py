"""`poseformer demo`: station and images over real DDS; leaves a contact sheet, a time line of exercises and a table of times."""

import argparse
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from poseformer_ros.drawing.contact_sheet import SheetMoment, contact_sheet
from poseformer_ros.drawing.time_line import draw_time_line, stretches
from poseformer_ros.errors import BadInput
from poseformer_ros.evaluation.tables import markdown_table, percentile_row, stage_rows
from poseformer_ros.ros import conversions
from poseformer_ros.station import graph
from poseformer_ros.station.recorded_run import CameraSource, capsule_source, folder_source, recorded_run, rendered_source
from poseformer_ros.station.recorder import Moment, StationRecord
from poseformer_ros.synthesis.scene_options import SHOWN

# Answers rest on what came before; the first second of a stretch is left to them.
SETTLING_S = 1.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the images come from and where the result goes."""
    parser.add_argument('--images', type=Path, help='folder of recorded images instead of the rendered person')
    parser.add_argument('--drawn', action='store_true', help='the figure of capsules instead, which needs no Open3D')
    parser.add_argument('--exercise', default='session/kimore_two', choices=list(SHOWN), help='what the rendered person does')
    parser.add_argument('--seconds', type=float, default=45.0, help='of the rendered person or the figure')
    parser.add_argument('--rate', type=float, default=10.0, help='images a second; each waits for its answer')
    parser.add_argument('--out', type=Path, default=Path('out/demo'), help='folder for images and table')
    parser.add_argument('--tiles', type=int, default=12, help='images on the contact sheet')


def _source(arguments: argparse.Namespace) -> CameraSource:
    pace = {'rate_hz': arguments.rate, 'wait_for_station': True, 'loop': False}
    if arguments.images:
        return folder_source(arguments.images.resolve(), **pace)
    if arguments.drawn:
        return capsule_source(**pace, frames=round(arguments.seconds * arguments.rate))
    return rendered_source(arguments.exercise, arguments.seconds, **pace)


def run(arguments: argparse.Namespace) -> int:
    """Play, record, write, say where."""
    source = _source(arguments)
    with closing(_Progress()) as progress, recorded_run(source, until=lambda _: False, progress=progress) as recorded:
        record = recorded.record
    complete = [moment for moment in record.answered().values() if moment.color is not None and moment.silhouette is not None]
    if not complete:
        raise BadInput('demo: no image came through the station; run `poseformer station` and look at /diagnostics')
    arguments.out.mkdir(parents=True, exist_ok=True)
    sheet = contact_sheet([_shown(moment) for moment in _spread(complete, arguments.tiles)])
    cv2.imwrite(str(arguments.out / 'contact_sheet.png'), sheet)
    table = _times(record, complete)
    (arguments.out / 'times.md').write_text(table)
    print(table)
    _name_exercises(record, arguments.out)
    print(f'colour, mask and skeleton: {arguments.out / "contact_sheet.png"}\ntimes: {arguments.out / "times.md"}')
    print('to look on while it runs: `. scripts/env.sh view`, `ROS_DOMAIN_ID=7 poseformer view --serve`, and in another terminal '
          '`ROS_DOMAIN_ID=7 poseformer demo` (docs/view.md)')
    return 0


class _Progress:
    """A bar that comes with the first image: until then a source that renders shows its own."""

    _bar: tqdm | None = None

    def __call__(self, count: int) -> None:
        if count and self._bar is None:
            self._bar = tqdm(desc='images through the station', unit='image', mininterval=1.0)
        if self._bar is not None:
            self._bar.update(count - self._bar.n)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


def _shown(moment: Moment) -> SheetMoment:
    return SheetMoment(conversions.color_image(moment.color, 'color/image'), moment.silhouette, moment.skeleton, moment.truth)


def _spread(moments: Sequence[Moment], tiles: int) -> list[Moment]:
    count = min(tiles, len(moments))
    return [moments[round(i * (len(moments) - 1) / max(count - 1, 1))] for i in range(count)]


def _times(record: StationRecord, complete: Sequence[Moment]) -> str:
    answered, named = record.answered().values(), record.named().values()
    rows = stage_rows(record.health, (spec.name for spec in graph.STATION))
    rows.append(percentile_row('stamp to skeleton (latency)', [moment.latency_ms for moment in answered]))
    if named:
        rows.append(percentile_row('stamp to exercise (latency)', [moment.exercise_latency_ms for moment in named]))
    seen = sum(moment.silhouette.found for moment in complete)
    return (f'{len(answered)} images, somebody seen in {seen}\n\n'
            + markdown_table(('stage', 'p50 ms', 'p95 ms', 'p99 ms'), rows))


def _name_exercises(record: StationRecord, out: Path) -> None:
    """Say what was done when; with known truth also as an image and how often the two agree."""
    named = record.named()
    if not named or record.model is None:
        return
    begin_ns = min(named)
    seconds = np.array([(stamp_ns - begin_ns) / 1e9 for stamp_ns in named])
    answers = [moment.exercise.label for moment in named.values()]
    for begin, end in stretches(answers):
        print(f'{seconds[begin]:6.1f} s to {seconds[end - 1]:6.1f} s: {answers[begin]}')
    truth = [moment.true_exercise for moment in named.values()]
    if None in truth:
        return
    settled = [i for i in range(len(truth)) if truth[max(0, int(np.searchsorted(seconds, seconds[i] - SETTLING_S)))] == truth[i]]
    right = sum(answers[i] == truth[i] for i in settled)
    path = out / 'exercises.png'
    draw_time_line(path, seconds, truth, answers, np.array([moment.exercise.probabilities for moment in named.values()]),
                   record.model.class_names)
    print(f'{right} of {len(settled)} answers are the truth where that has stood for {SETTLING_S:g} s '
          f'(model {record.model.name})\ntruth and answers over time: {path}')
