"""Sessions of exercises as they are kept: one file of JSON lines for a patient and a day, written as it happens, skeleton only.

The first line says what made the file; every later line is an entry: a set's beginning or end, a mark, or a moment of the body.
Lines are only ever appended, so that a cut costs the last line alone. Joints in tenths of a millimetre in the room, covariances in
square millimetres.
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from poseformer_ros.assessment.movement import Movement
from poseformer_ros.errors import BadInput
from poseformer_ros.skeleton.joints import JOINT_COUNT

VERSION = 1
NAME = 'session.jsonl'
JOINT_UNIT_M, COVARIANCE_UNIT_M2 = 1e-4, 1e-6
UPPER = np.triu_indices(3)
PSEUDONYM = re.compile(r'[A-Za-z0-9][A-Za-z0-9_-]{0,39}')
DAY = re.compile(r'\d{4}-\d{2}-\d{2}')


@dataclass(frozen=True)
class StoredSet:
    """A set of a session: moments in order, and marks as (stamp_s, text). ended: False where the file ends before the set."""

    exercise: str
    movement: Movement
    marks: tuple[tuple[float, str], ...]
    ended: bool


@dataclass(frozen=True)
class Session:
    """patient: a pseudonym. day: ISO. facts: what made it. sets: in order. damaged: lines that could not be read."""

    patient: str
    day: str
    facts: dict[str, Any]
    sets: tuple[StoredSet, ...]
    damaged: int = field(default=0)


class SessionWriter:
    """Appends to a session's file; what cannot be written waits and is written when there is room again."""

    def __init__(self, folder: Path, patient: str, day: str, facts: Mapping[str, Any]) -> None:
        """folder: of all sessions. Raises BadInput for a name that is no pseudonym, and for a file of another version."""
        self.path = session_path(folder, patient, day)
        self._waiting: list[str] = []
        self._broken = False
        if self.path.exists():
            read_session(self.path)
            self._broken = not self.path.read_bytes().endswith(b'\n')
        else:
            self.write({'kind': 'session', 'version': VERSION, 'patient': patient, 'day': day, 'facts': dict(facts)}, lasting=True)

    def write(self, entry: Mapping[str, Any], lasting: bool = False) -> None:
        """Append an entry; lasting: it must survive a loss of power, too.

        Raises BadInput where the disk is full or the folder cannot be written; the entry waits for the next call.
        """
        self._waiting.append(json.dumps(entry, separators=(',', ':'), allow_nan=False))
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with open(self.path, 'a') as file:
                # After a line that was cut: it must not swallow the next one.
                text = ('\n' if self._broken else '') + '\n'.join(self._waiting) + '\n'
                self._broken = True
                file.write(text)
                file.flush()
                if lasting:
                    os.fsync(file.fileno())
        except OSError as error:
            raise BadInput(f'{self.path}: cannot be written ({error.strerror}), {len(self._waiting)} entries wait; '
                           'free some space') from error
        self._broken = False
        self._waiting.clear()


def session_path(folder: Path, patient: str, day: str) -> Path:
    """Where a patient's session of a day is. Raises BadInput for a name that is no pseudonym or a day that is none."""
    if not PSEUDONYM.fullmatch(patient):
        raise BadInput(f'patient {patient!r}: wanted a pseudonym of letters, digits, - and _, at most 40; '
                       'keep names in your own list')
    if not DAY.fullmatch(day):
        raise BadInput(f'day {day!r}: wanted one like 2026-11-26')
    return folder / patient / day / NAME


def moment_entry(stamp_s: float, moment: Movement) -> dict[str, Any]:
    """A movement of one moment as an entry; without a body only the stamp."""
    if not moment.known[0]:
        return {'kind': 'moment', 't': round(stamp_s, 6)}
    covariance = np.nan_to_num(moment.covariance[0][:, UPPER[0], UPPER[1]] / COVARIANCE_UNIT_M2, nan=-1.0, posinf=-1.0)
    quality = float(moment.quality[0])
    joints = np.rint(moment.joints[0] / JOINT_UNIT_M).astype(int)
    return {'kind': 'moment', 't': round(stamp_s, 6), 'joints': joints.ravel().tolist(),
            'state': moment.state[0].tolist(), 'cov': np.round(covariance, 1).ravel().tolist(),
            **({'quality': round(quality, 3)} if np.isfinite(quality) else {})}


def movement_of(entries: list[dict[str, Any]]) -> Movement:
    """The moments of entries, as they were."""
    count = len(entries)
    joints, state = np.full((count, JOINT_COUNT, 3), np.nan), np.zeros((count, JOINT_COUNT), np.uint8)
    covariance, quality = np.full((count, JOINT_COUNT, 3, 3), np.nan), np.full(count, np.nan)
    for index, entry in enumerate(entries):
        if 'joints' in entry:
            joints[index] = np.array(entry['joints']).reshape(JOINT_COUNT, 3) * JOINT_UNIT_M
            state[index] = entry['state']
            upper = np.array(entry['cov'], np.float64).reshape(JOINT_COUNT, 6) * COVARIANCE_UNIT_M2
            covariance[index][:, UPPER[0], UPPER[1]] = covariance[index][:, UPPER[1], UPPER[0]] = upper
            covariance[index][upper[:, 0] < 0] = np.nan
            quality[index] = entry.get('quality', np.nan)
    return Movement(np.array([entry['t'] for entry in entries], np.float64), joints, state, covariance, quality)


def read_session(path: Path) -> Session:
    """Read a session; a line that was cut is left out and counted. Raises BadInput for another file or version."""
    try:
        lines = path.read_text(errors='replace').splitlines()
    except OSError as error:
        raise BadInput(f'{path}: {error.strerror}; give a session.jsonl or the folder that holds it') from error
    entries = [entry for entry in map(_entry, lines) if entry is not None]
    head = entries[0] if entries else {}
    if head.get('kind') != 'session':
        raise BadInput(f'{path}: does not begin with a session; give a session.jsonl that `assessment` wrote')
    if head.get('version') != VERSION:
        raise BadInput(f'{path}: version {head.get("version")}, this software reads {VERSION}; use the software that wrote it')
    return Session(str(head['patient']), str(head['day']), dict(head['facts']), _sets(entries[1:]), len(lines) - len(entries))


def _entry(line: str) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) and 'kind' in entry else None


def _sets(entries: list[dict[str, Any]]) -> tuple[StoredSet, ...]:
    sets: list[StoredSet] = []
    begun: dict[str, Any] | None = None
    moments: list[dict[str, Any]] = []
    marks: list[tuple[float, str]] = []
    for entry in [*entries, {'kind': 'file_end'}]:
        kind = entry['kind']
        if begun is not None and kind in ('set', 'end', 'file_end'):
            sets.append(StoredSet(str(begun['exercise']), movement_of(moments), tuple(marks), kind != 'file_end'))
            begun, moments, marks = None, [], []
        if kind == 'set':
            begun = entry
        elif kind == 'moment' and begun is not None:
            moments.append(entry)
        elif kind == 'mark' and begun is not None:
            marks.append((float(entry['t']), str(entry['text'])))
    return tuple(sets)
