"""`poseformer demo`: station and pictures over real DDS; leaves a contact sheet and a table of times."""

import argparse
from pathlib import Path

import cv2
from tqdm import tqdm

from poseformer_ros.cli.contact_sheet import contact_sheet
from poseformer_ros.cli.tables import markdown_table, percentile_row, stage_rows
from poseformer_ros.errors import BadInput
from poseformer_ros.ros.rehearsal import Rehearsal, Source, capsule_source, folder_source, rehearse, rendered_source
from poseformer_ros.synthesis.exercise_library import EXERCISES


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the pictures come from and where the result goes."""
    parser.add_argument('--pictures', type=Path, help='folder of recorded pictures instead of the rendered person')
    parser.add_argument('--drawn', action='store_true', help='the figure of capsules instead, which needs no Open3D')
    parser.add_argument('--exercise', default='kimore_es1', choices=list(EXERCISES), help='what the rendered person does')
    parser.add_argument('--seconds', type=float, default=20.0, help='of the rendered person or the figure')
    parser.add_argument('--rate', type=float, default=10.0, help='pictures a second; each waits for its skeleton')
    parser.add_argument('--out', type=Path, default=Path('out/demo'), help='folder for the sheet and the table')
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
        with rehearse(source, until=lambda recording: False,
                      progress=lambda count: bar.update(count - bar.n)) as rehearsal:
            sheet, table = _results(rehearsal, arguments.tiles)
    arguments.out.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(arguments.out / 'contact_sheet.png'), sheet)
    (arguments.out / 'times.md').write_text(table)
    print(table)
    print(f'colour, mask and skeleton: {arguments.out / "contact_sheet.png"}\ntimes: {arguments.out / "times.md"}')
    return 0


def _results(rehearsal: Rehearsal, tiles: int):
    answered = list(rehearsal.recording.answered().values())
    complete = [moment for moment in answered if moment.color is not None and moment.silhouette is not None]
    if not complete:
        raise BadInput('demo: no picture came through the station; run `poseformer station` and look at /diagnostics')
    steps = [complete[round(i * (len(complete) - 1) / max(tiles - 1, 1))] for i in range(min(tiles, len(complete)))]
    rows = stage_rows(rehearsal.nodes) + [percentile_row('stamp to skeleton (latency)',
                                                         [moment.latency_ms for moment in answered])]
    seen = sum(moment.silhouette.found for moment in complete)
    return contact_sheet(steps), (f'{len(answered)} pictures, somebody seen in {seen}\n\n'
                                  + markdown_table(('stage', 'p50 ms', 'p95 ms', 'p99 ms'), rows))
