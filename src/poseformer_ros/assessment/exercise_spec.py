"""What the assessment knows of each exercise: the signal of its repetitions and the bands of its measures, from YAML."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from poseformer_ros.assessment.body_series import NAMES
from poseformer_ros.assessment.repetitions.excursions import KINDS
from poseformer_ros.assessment.repetitions.signals import SIGNALS
from poseformer_ros.errors import BadInput

DATA = Path(__file__).parent / 'data' / 'exercises.yaml'


@dataclass(frozen=True)
class Band:
    """Where a measure ought to lie, in its own unit; None for no bound. fault: its name when it does not.

    sentence: for people; may hold {value}, {bound}, {unit}, {side}. joints: which to mark on the body.
    """

    measure: str
    fault: str
    sentence: str
    low: float | None = None
    high: float | None = None
    joints: tuple[str, ...] = ()


@dataclass(frozen=True)
class ExerciseSpec:
    """title: for people. signal: name in SIGNALS, or TAUGHT. kind: of `excursions.KINDS`. usual: its range in its unit.
    outcomes: measures that stand for the exercise, the first one first. bands: targets of a repetition. controls: series that tell
    how the rest of the body is held; of each its mean and its range within a repetition.
    """

    name: str
    title: str
    signal: str
    kind: str
    usual: float
    unit: str
    outcomes: tuple[str, ...]
    bands: tuple[Band, ...]
    controls: tuple[str, ...] = ()


def exercise_specs(own: Path | None = None) -> dict[str, ExerciseSpec]:
    """All exercises by name; `own` may add exercises and replace bands, such as a patient's. Raises BadInput for another file."""
    specs = dict(_specs_in(DATA))
    if own is not None:
        specs.update(_read(own, specs))
    return specs


@lru_cache(maxsize=4)
def _specs_in(path: Path) -> dict[str, ExerciseSpec]:
    return _read(path, {})


def _read(path: Path, known: Mapping[str, ExerciseSpec]) -> dict[str, ExerciseSpec]:
    try:
        content = yaml.safe_load(path.read_text())
        shared = content.pop('bands', {})
        return {name: _spec(name, entry, shared, known.get(name)) for name, entry in content.items()}
    except (OSError, UnicodeDecodeError, yaml.YAMLError, AttributeError, KeyError, TypeError, BadInput) as error:
        said = f'{type(error).__name__} {error}' if isinstance(error, (KeyError, TypeError, AttributeError)) else str(error)
        raise BadInput(f'{path}: {said}; compare with src/poseformer_ros/assessment/data/exercises.yaml') from error


def _spec(name: str, entry: Mapping[str, Any], shared: Mapping[str, Mapping[str, Any]], known: ExerciseSpec | None) -> ExerciseSpec:
    """entry: its own bands replace or add to those known of the exercise; a band may name a shared one and change it."""
    said = dict(entry)
    bands = {band.fault: band for band in known.bands} if known else {}
    for fault, given in (said.pop('bands', None) or {}).items():
        if given is None and fault in bands:
            del bands[fault]
            continue
        before = {f.name: getattr(bands[fault], f.name) for f in fields(Band)} if fault in bands else dict(shared.get(fault, {}))
        bands[fault] = _band(f'{name}.bands.{fault}', {**before, **(given or {}), 'fault': fault})
    values = {f.name: getattr(known, f.name) for f in fields(ExerciseSpec)} if known else {}
    values |= said | {'name': name, 'bands': tuple(bands.values())}
    wrong = set(values) - {f.name for f in fields(ExerciseSpec)}
    if wrong:
        raise BadInput(f'{name}: entry {sorted(wrong)[0]!r} is not known')
    values |= {key: tuple(values.get(key, ())) for key in ('outcomes', 'controls')}
    unknown = [series for series in values['controls'] if series not in NAMES]
    if unknown:
        raise BadInput(f'{name}: controls: {unknown[0]!r} is no series; choose among {", ".join(NAMES)}')
    spec = ExerciseSpec(**values)
    if spec.signal not in SIGNALS or spec.kind not in KINDS:
        raise BadInput(f'{name}: signal {spec.signal!r}, kind {spec.kind!r}; choose among {", ".join(SIGNALS)} and '
                       f'{", ".join(KINDS)}')
    return spec


def _band(place: str, given: Mapping[str, Any]) -> Band:
    wrong = set(given) - {f.name for f in fields(Band)}
    if wrong:
        raise BadInput(f'{place}: entry {sorted(wrong)[0]!r} is not known')
    if given.get('low') is None and given.get('high') is None:
        raise BadInput(f'{place}: has neither low nor high')
    return Band(**{**given, 'joints': tuple(given.get('joints', ()))})
