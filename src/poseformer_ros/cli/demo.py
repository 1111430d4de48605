"""`poseformer demo`: station and pictures over real DDS; leaves a contact sheet, a time line of exercises and a table of times."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from poseformer_ros.cli.contact_sheet import contact_sheet
from poseformer_ros.cli.tables import markdown_table, percentile_row, stage_rows
from poseformer_ros.cli.time_line import draw_time_line, stretches
from poseformer_ros.errors import BadInput
from poseformer_ros.ros import graph
from poseformer_ros.ros.recorder import Moment, Recording
from poseformer_ros.ros.rehearsal import Source, capsule_source, folder_source, rehearse, rendered_source
from poseformer_ros.synthesis.scene import SHOWN

# Answers rest on what came before; the first second of a stretch is left to them.
SETTLING_S = 1.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the pictures come from and where the result goes."""
    parser.add_argument('--pictures', type=Path, help='folder of recorded pictures instead of the rendered person')
    parser.add_argument('--drawn', action='store_true', help='the figure of capsules instead, which needs no Open3D')
    parser.add_argument('--exercise', default='session/kimore_two', choices=list(SHOWN), help='what the rendered person does')
    parser.add_argument('--seconds', type=float, default=45.0, help='of the rendered person or the figure')
    parser.add_argument('--rate', type=float, default=10.0, help='pictures a second; each waits for its answer')
    parser.add_argument('--out', type=Path, default=Path('out/demo'), help='folder for pictures and table')
    parser.add_argument('--tiles', type=int, default=12, help='pictures on the contact sheet')


def _source(arguments: argparse.Namespace) -> Source:
    pace = {'rate_hz': arguments.rate, 'wait_for_station': True, 'loop': False}
    if arguments.pictures:
        return folder_source(arguments.pictures.resolve(), **pace)
    if arguments.drawn:
        return capsule_source(**pace, frames=round(arguments.seconds * arguments.rate))
    return rendered_source(arguments.exercise, arguments.seconds, **pace)


def run(arguments: argparse.Namespace) -> int:
    """Play, record, write, say where."""
    source = _source(arguments)
    with tqdm(desc='pictures through the station', unit='picture', mininterval=1.0) as bar:
        with rehearse(source, until=lambda rehearsal: False, progress=lambda count: bar.update(count - bar.n)) as rehearsal:
            recording = rehearsal.recording
    complete = [moment for moment in recording.answered().values() if moment.color is not None and moment.silhouette is not None]
    if not complete:
        raise BadInput('demo: no picture came through the station; run `poseformer station` and look at /diagnostics')
    arguments.out.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(arguments.out / 'contact_sheet.png'), contact_sheet(_spread(complete, arguments.tiles)))
    table = _times(recording, complete)
    (arguments.out / 'times.md').write_text(table)
    print(table)
    _name_exercises(recording, arguments.out)
    print(f'colour, mask and skeleton: {arguments.out / "contact_sheet.png"}\ntimes: {arguments.out / "times.md"}')
    return 0


def _spread(moments: Sequence[Moment], tiles: int) -> list[Moment]:
    count = min(tiles, len(moments))
    return [moments[round(i * (len(moments) - 1) / max(count - 1, 1))] for i in range(count)]


def _times(recording: Recording, complete: Sequence[Moment]) -> str:
    answered, named = recording.answered().values(), recording.named().values()
    rows = stage_rows(recording.health, (spec.name for spec in graph.STATION))
    rows.append(percentile_row('stamp to skeleton (latency)', [moment.latency_ms for moment in answered]))
    if named:
        rows.append(percentile_row('stamp to exercise (latency)', [moment.exercise_latency_ms for moment in named]))
    seen = sum(moment.silhouette.found for moment in complete)
    return (f'{len(answered)} pictures, somebody seen in {seen}\n\n'
            + markdown_table(('stage', 'p50 ms', 'p95 ms', 'p99 ms'), rows))


def _name_exercises(recording: Recording, out: Path) -> None:
    """Say what was done when; with known truth also as a picture and how often the two agree."""
    named = recording.named()
    if not named or recording.model is None:
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
                   recording.model.class_names)
    print(f'{right} of {len(settled)} answers are the truth where that has stood for {SETTLING_S:g} s '
          f'(model {recording.model.name})\ntruth and answers over time: {path}')
