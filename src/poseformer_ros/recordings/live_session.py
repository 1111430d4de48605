"""A session as it happens: sets are begun and ended, moments written and assessed; goes on after a restart."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from poseformer_ros.assessment.exercise_spec import ExerciseSpec, exercise_specs
from poseformer_ros.assessment.live_set import LiveSet, LiveState, Phase
from poseformer_ros.assessment.movement import Movement, joined
from poseformer_ros.assessment.repetitions.excursions import RepetitionOptions
from poseformer_ros.assessment.set_assessment import AssessedRepetition, AssessedSet, assess_repetition, assess_set
from poseformer_ros.assessment.teaching import exercise_text, taught_exercise
from poseformer_ros.errors import BadInput
from poseformer_ros.options import check, option
from poseformer_ros.recordings.session_file import NAME, SessionWriter, moment_entry, movement_of, read_session

TAUGHT = 'taught_exercises.yaml'    # in the folder of all sessions
NOTHING = ''                        # exercise of a set that is only recorded


@dataclass(frozen=True)
class SessionOptions:
    """Where sessions are kept; each field becomes a ROS parameter `assessment.<name>`."""

    folder: str = option('sessions', text='folder of all sessions: a folder for each patient and day', live=False)
    patient: str = option('nobody', text='pseudonym of the patient until start_set says another')
    exercises: str = option('', text='YAML file of exercises and bands of your own, such as for a patient', live=False)
    resume_s: float = option(900.0, 0.0, 86400.0, 'a set that a restart cut goes on when its file is no older', unit='s')

    def __post_init__(self) -> None:
        check(self)


@dataclass
class _Set:
    """The set that lasts: its moments as they are in the file, and who counts where the exercise is known."""

    exercise: str
    moments: list[Movement]
    live: LiveSet | None

    @property
    def movement(self) -> Movement:
        """All moments in one, which is kept: they are asked for at every repetition."""
        self.moments = [joined(self.moments) if self.moments else movement_of([])]
        return self.moments[0]


class LiveSession:
    """Sets of one patient after another, each moment written before it is answered."""

    def __init__(self, options: SessionOptions, repetitions: RepetitionOptions, facts: Mapping[str, Any]) -> None:
        """facts: what makes the session, for its file. Raises BadInput for a file of exercises that cannot be used."""
        self.options, self.repetitions, self._facts = options, repetitions, facts
        self._folder = Path(options.folder).expanduser()
        self._patient = options.patient
        self._writer: SessionWriter | None = None
        self._set: _Set | None = None
        self._last_s, self._shift_s = -np.inf, 0.0
        self.specs = self._known_exercises()
        self._resume()

    @property
    def exercise(self) -> str:
        """Of the set that lasts; empty without one."""
        return self._set.exercise if self._set else ''

    @property
    def outcome_series(self) -> tuple[str, ...]:
        """Names of the series that the set's exercise is judged by; none of an unnamed movement."""
        if self._set is None or self._set.live is None:
            return ()
        outcomes = self._set.live.spec.outcomes
        return tuple(dict.fromkeys(series for name in outcomes for series in [name.partition(':')[2]] if series))

    @property
    def begun_s(self) -> float:
        """When the set that lasts began."""
        return float(self._set.moments[0].stamps_s[0]) if self._set and self._set.moments else self._last_s

    def start(self, exercise: str, patient: str, stamp_s: float) -> str:
        """Begin a set, ending the one that lasts. Returns words for people; raises BadInput for an unknown exercise or patient."""
        if exercise != NOTHING and exercise not in self.specs:
            raise BadInput(f'start_set: exercise {exercise!r} is not known; choose one of {", ".join(self.specs)}, or teach it')
        patient = patient or self._patient
        writer = SessionWriter(self._folder, patient, datetime.fromtimestamp(stamp_s).date().isoformat(), self._facts)
        if self._set is not None:
            self.end()
        self._writer, self._patient = writer, patient
        self._last_s, self._shift_s = stamp_s, 0.0
        self._set = self._new_set(exercise)
        self._write({'kind': 'set', 'exercise': exercise, 't': round(stamp_s, 6)}, lasting=True)
        title = self.specs[exercise].title if exercise else 'a movement without a name'
        return f'{patient}: {title} begins; stand still for a moment'

    def end(self) -> AssessedSet | None:
        """End the set that lasts; its assessment where its exercise is known. Raises BadInput without a set, or where nobody was in
        view."""
        ended = self._lasting('end_set')
        self._set = None
        self._write({'kind': 'end', 't': round(self._last_s, 6)}, lasting=True)
        if ended.exercise == NOTHING:
            return None
        return assess_set(ended.movement, self.specs[ended.exercise], self.repetitions)

    def mark(self, text: str) -> str:
        """Note a text at the newest moment; returns words for people. Raises BadInput without a set."""
        self._lasting('mark')
        self._write({'kind': 'mark', 't': round(self._last_s, 6), 'text': text}, lasting=True)
        return 'noted'

    def teach(self, name: str) -> ExerciseSpec:
        """End the set and make an exercise of what was shown. Raises BadInput where that cannot be."""
        if not name.replace('_', '').isalnum():
            raise BadInput(f'teach: name {name!r}; give letters, digits and _')
        shown = self._lasting('teach')
        spec = taught_exercise(name, shown.movement)
        self._set = None
        self._write({'kind': 'end', 't': round(self._last_s, 6)}, lasting=True)
        path = self._folder / TAUGHT
        known = (yaml.safe_load(path.read_text()) or {}) if path.is_file() else {}
        path.write_text(yaml.safe_dump(known | exercise_text(spec), sort_keys=False))
        self.specs = self._known_exercises()
        return self.specs[name]

    def __call__(self, stamp_s: float, moment: Movement) -> tuple[LiveState, AssessedRepetition | None]:
        """Take a movement of one moment; the repetition that it completed, as far as it can be told now.

        Stamps that go back go on where they were. Raises BadInput where the moment cannot be written; it is not lost.
        """
        if self._set is None:
            return LiveState(0, Phase.NO_SET, False), None
        if stamp_s + self._shift_s <= self._last_s:
            self._shift_s = self._last_s - stamp_s + STEP_S
        self._last_s = stamp_s + self._shift_s
        entry = moment_entry(self._last_s, moment)
        state, finished = self._followed(self._set, movement_of([entry]))
        self._write(entry)
        return state, finished

    def _followed(self, lasting: _Set, moment: Movement) -> tuple[LiveState, AssessedRepetition | None]:
        """moment: from its entry, so that what is told live is what is read from the file afterwards."""
        lasting.moments.append(moment)
        if lasting.live is None:
            return LiveState(0, Phase.REST, False), None
        state = lasting.live(moment)
        if not state.finished:
            return state, None
        newest = assess_repetition(lasting.movement, lasting.live.spec, state.count, self.repetitions)
        return state, None if newest is None else replace(newest, repetition=replace(newest.repetition, number=state.count))

    def _write(self, entry: Mapping[str, Any], lasting: bool = False) -> None:
        assert self._writer is not None, 'a set was begun'
        self._writer.write(entry, lasting)

    def _lasting(self, service: str) -> _Set:
        if self._set is None:
            raise BadInput(f'{service}: no set was begun; call start_set first')
        return self._set

    def _new_set(self, exercise: str) -> _Set:
        return _Set(exercise, [], LiveSet(self.specs[exercise], self.repetitions) if exercise else None)

    def _known_exercises(self) -> dict[str, ExerciseSpec]:
        taught = self._folder / TAUGHT
        specs = exercise_specs(Path(self.options.exercises).expanduser() if self.options.exercises else None)
        return specs | (exercise_specs(taught) if taught.is_file() else {}) | specs

    def _resume(self) -> None:
        """Go on with a set that a restart cut."""
        files = sorted(self._folder.glob(f'*/*/{NAME}'), key=lambda path: path.stat().st_mtime)
        if not files or time.time() - files[-1].stat().st_mtime > self.options.resume_s:
            return
        session = read_session(files[-1])
        if not session.sets or session.sets[-1].ended or session.sets[-1].exercise not in {NOTHING, *self.specs}:
            return
        cut = session.sets[-1]
        self._patient = session.patient
        self._writer = SessionWriter(self._folder, session.patient, session.day, self._facts)
        self._set = self._new_set(cut.exercise)
        for index in range(len(cut.movement)):
            moment = cut.movement[index:index + 1]
            self._last_s = float(moment.stamps_s[0])
            self._set.moments.append(moment)
            if self._set.live is not None:
                self._set.live(moment)


STEP_S = 1 / 30     # between the last moment before stamps went back and the first after
