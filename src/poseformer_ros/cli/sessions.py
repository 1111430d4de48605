"""`poseformer sessions list|export|delete`: the sessions that are kept."""

import argparse
import shutil
from pathlib import Path

from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.session_file import NAME, read_session

FOLDER = Path('sessions')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do with which sessions."""
    tasks = parser.add_subparsers(dest='task', required=True, metavar='TASK')
    for name, text in (('list', 'patients, days, sets'), ('export', 'copy what belongs to a patient into a .zip'),
                       ('delete', 'remove what belongs to a patient, for good')):
        task = tasks.add_parser(name, help=text)
        task.add_argument('--folder', type=Path, default=FOLDER, help='folder of all sessions (assessment.folder)')
        if name != 'list':
            task.add_argument('patient', help='pseudonym')
            task.add_argument('--day', help='only this day, such as 2026-11-26')
        if name == 'export':
            task.add_argument('--out', type=Path, default=Path('.'), help='folder for the .zip')
        if name == 'delete':
            task.add_argument('--yes', action='store_true', help='do it; otherwise only say what would go')


def run(arguments: argparse.Namespace) -> int:
    """Do it."""
    return {'list': _list, 'export': _export, 'delete': _delete}[arguments.task](arguments)


def _list(arguments: argparse.Namespace) -> int:
    for path in sorted(arguments.folder.glob(f'*/*/{NAME}')):
        try:
            session = read_session(path)
        except BadInput as error:
            print(error)
            continue
        sets = ', '.join(f'{one.exercise or "unnamed"}{"" if one.ended else " (not ended)"}' for one in session.sets)
        damaged = f'  {session.damaged} lines damaged' if session.damaged else ''
        print(f'{session.patient}  {session.day}  {sets or "no set"}{damaged}')
    return 0


def _chosen(arguments: argparse.Namespace) -> Path:
    chosen = arguments.folder / arguments.patient / (arguments.day or '')
    # A name such as '..' must not reach what lies beside the sessions.
    inside = chosen.resolve().is_relative_to(arguments.folder.resolve()) and chosen.resolve() != arguments.folder.resolve()
    if not inside or not any(chosen.glob(f'**/{NAME}')):
        raise BadInput(f'{chosen}: no session there; `poseformer sessions list` tells what is kept')
    return chosen


def _export(arguments: argparse.Namespace) -> int:
    chosen = _chosen(arguments)
    arguments.out.mkdir(parents=True, exist_ok=True)
    name = '_'.join(part for part in (arguments.patient, arguments.day) if part)
    print(shutil.make_archive(str(arguments.out / name), 'zip', arguments.folder, str(chosen.relative_to(arguments.folder))))
    return 0


def _delete(arguments: argparse.Namespace) -> int:
    chosen = _chosen(arguments)
    if not arguments.yes:
        print(f'{chosen} would be removed for good; add --yes')
        return 1
    shutil.rmtree(chosen)
    print(f'{chosen} is removed')
    return 0
