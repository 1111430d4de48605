"""What `poseformer reproduce` runs for each data set: units, schemes of folds, methods."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from poseformer_ros.errors import BadInput
from poseformer_ros.evaluation.protocol import folds
from poseformer_ros.evaluation.protocol.folds import Fold
from poseformer_ros.evaluation.protocol.samples import SECONDS_SEEN, UNITS, Sample
from poseformer_ros.recordings.labelled.labelled_motion import REST, LabelledMotion
from poseformer_ros.recordings.whole_file import read_json, write_json
from poseformer_ros.training.classifiers.methods import METHODS
from poseformer_ros.training.figures.motion_inputs import MotionInputs, digest_of
from poseformer_ros.training.figures.outer_folds import SEED, Inputs, Run, run_folds
from poseformer_ros.training.figures.set_inputs import RecordingInputs

ONE_OUT, GROUPED, TO_PATIENTS, LEAKY = 'one_out', 'grouped', 'healthy_to_patients', 'leaky'
GROUPED_FOLDS = 10
FOLD_FILE, SETTINGS, CACHE, PREDICTIONS = 'folds.json', 'settings.json', 'cache', 'predictions'
# What methods see: joints, all fused features, both, or the whole recording that a window is part of.
OF_JOINTS, OF_FEATURES, OF_BOTH, OF_RECORDING = 'joints', 'features', 'both', 'recording'
# Those that are asked everywhere, one where no answer has a side and joints are what is seen, one that sees whole recordings,
# and the whole comparison.
QUICK, WITHOUT_SIDES, WITH_RECORDING = ('majority', 'linear'), ('both_ways',), ('in_set',)
ALL = tuple(method for method in METHODS if method not in WITHOUT_SIDES + WITH_RECORDING)


@dataclass(frozen=True)
class Planned:
    """One line of a plan: these methods on a unit under a scheme of folds, from one kind of inputs."""

    unit: str
    scheme: str
    methods: tuple[str, ...]
    inputs: str = OF_JOINTS

    def name(self, method: str) -> str:
        """Of the folder and in tables."""
        return method if self.inputs == OF_JOINTS else f'{self.inputs}_{method}'


@dataclass(frozen=True)
class Source:
    """Motions, of which samples are cut, and what methods see of these."""

    motions: Sequence[LabelledMotion]
    inputs: Inputs


PLANS: Mapping[str, tuple[Planned, ...]] = {
    'kimore': (
        Planned('sequence', ONE_OUT, QUICK), Planned('window_2s', GROUPED, QUICK), Planned('window_1s', GROUPED, QUICK),
        Planned('rest_1s', GROUPED, QUICK), Planned('rest_1s', TO_PATIENTS, QUICK), Planned('sequence', TO_PATIENTS, QUICK),
        Planned('repetition', GROUPED, QUICK),
        *(Planned(unit, LEAKY, ('linear',)) for unit in ('sequence', 'repetition', 'window_1s', 'window_2s', 'rest_1s')),
        *(Planned(f'seen_{seconds:g}s', GROUPED, ('linear',)) for seconds in SECONDS_SEEN),
        Planned('sequence', TO_PATIENTS, ALL), Planned('sequence', ONE_OUT, ('trees', 'vote')), Planned('sequence', GROUPED, ALL),
        *(Planned(unit, GROUPED, ('trees', 'vote', 'moving')) for unit in ('window_2s', 'window_1s')),
        Planned('sequence', ONE_OUT, ('moving',)), Planned('repetition', GROUPED, ('moving',)),
        *(Planned(unit, scheme, WITHOUT_SIDES) for unit, scheme in (
            ('sequence', ONE_OUT), ('sequence', GROUPED), ('sequence', TO_PATIENTS), ('rest_1s', GROUPED), ('rest_1s', TO_PATIENTS),
            ('repetition', GROUPED), ('window_2s', GROUPED), ('window_1s', GROUPED))),
        Planned('rest_1s', GROUPED, ('moving',)), Planned('rest_1s', GROUPED, WITH_RECORDING, OF_RECORDING),
        Planned('rest_2s', GROUPED, QUICK), Planned('rest_2s', LEAKY, ('linear',)), Planned('moment', GROUPED, QUICK)),
    'utkinect': (
        Planned('sequence', ONE_OUT, QUICK), Planned('sequence', LEAKY, ('linear', 'trees')),
        *(Planned(f'seen_{seconds:g}s', ONE_OUT, ('linear',)) for seconds in SECONDS_SEEN), Planned('sequence', ONE_OUT, ALL)),
    'mars': (
        *(Planned(unit, ONE_OUT, QUICK) for unit in ('window_60', 'window_20', 'window_10', 'sequence')),
        *(Planned(unit, LEAKY, ('linear',)) for unit in ('window_60', 'window_20', 'window_10')),
        Planned('window_60', ONE_OUT, ALL)),
    'synthetic': (
        *(Planned(unit, GROUPED, QUICK, inputs) for inputs in (OF_FEATURES, OF_JOINTS) for unit in ('sequence', 'window_1s')),
        *(Planned('window_2s', GROUPED, ALL, inputs) for inputs in (OF_FEATURES, OF_JOINTS)),
        *(Planned('window_2s', LEAKY, ('linear',), inputs) for inputs in (OF_FEATURES, OF_JOINTS))),
    'mri': (
        *(Planned(unit, ONE_OUT, QUICK) for unit in ('sequence', 'window_1s', 'window_2s')),
        *(Planned(unit, LEAKY, ('linear',)) for unit in ('window_1s', 'window_2s')), Planned('sequence', ONE_OUT, ALL)),
}


# Where features of a data set's skeletons are given. Extra Trees and both inputs are the best on inner folds of KIMORE.
FEATURED = tuple(Planned(unit, GROUPED, ('trees',), inputs) for inputs in (OF_FEATURES, OF_BOTH)
                 for unit in ('sequence', 'window_2s', 'window_1s'))


def run_plan(data_set: str, motions: Sequence[LabelledMotion], classes: tuple[str, ...], out: Path,
             plan: Sequence[Planned], featured: Source | None = None) -> None:
    """Everything that a plan names and that is not there yet. featured: what its lines of OF_FEATURES and OF_BOTH are made from.

    Raises BadInput where `out` holds another run.
    """
    settle(out, {'data set': data_set, 'seed': SEED, 'motions': digest_of(motions)})
    sources = {OF_JOINTS: Source(motions, MotionInputs(motions, out / CACHE)),
               OF_RECORDING: Source(motions, RecordingInputs(motions))}
    if featured is not None:
        joints = MotionInputs(featured.motions, out / CACHE)
        sources |= {OF_FEATURES: featured, OF_BOTH: Source(featured.motions, beside(joints, featured.inputs))}
    schemes = folds_in(out, motions)
    for line in plan:
        source = sources[line.inputs]
        samples = list(UNITS[line.unit].samples(source.motions))
        names = (*classes, REST) if UNITS[line.unit].rest else classes
        for method in line.methods:
            run = Run(f'{line.unit} {line.scheme} {line.name(method)}', METHODS[method], samples,
                      _folds(line.scheme, samples, schemes), names, out / PREDICTIONS / line.unit / line.scheme / line.name(method))
            run_folds(run, source.inputs)


def beside(one: Inputs, other: Inputs) -> Inputs:
    """Both inputs' values of a sample, or of a moment, as one vector."""
    return lambda samples, kind: np.concatenate([one(samples, kind), other(samples, kind)], axis=-1)


def folds_in(out: Path, motions: Sequence[LabelledMotion]) -> dict[str, dict[str, list[str]]]:
    """Scheme to fold to test people, written into `out`. Raises BadInput where folds of other people are there."""
    return folds.load_or_write_folds(out / FOLD_FILE, _people_folds(motions))


def _people_folds(motions: Sequence[LabelledMotion]) -> dict[str, dict[str, list[str]]]:
    groups = {motion.person: motion.group for motion in motions}
    people = sorted(groups)
    found = {ONE_OUT: folds.one_out(people), GROUPED: folds.grouped(people, GROUPED_FOLDS, groups)}
    return found | {TO_PATIENTS: folds.healthy_to_patients(groups)} if any(groups.values()) else found


def _folds(scheme: str, samples: Sequence[Sample], schemes: Mapping[str, Mapping[str, Sequence[str]]]) -> list[Fold]:
    return folds.leaky(len(samples)) if scheme == LEAKY else folds.folds_of(samples, schemes[scheme])


def settle(out: Path, settings: dict[str, Any]) -> None:
    """Keep with results what they are made from. Raises BadInput where those in `out` are made from something else."""
    path, said = out / SETTINGS, json.loads(json.dumps(settings))
    if path.is_file() and read_json(path) != said:
        raise BadInput(f'{path}: another data set, seed, recipe or version of the data was run here; give an empty --out')
    write_json(path, settings)
