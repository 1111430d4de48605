"""A recipe (YAML) of sets of exercises, done right and with faults: who does what before which camera."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import yaml

from poseformer_ros.body.model import BodyModel
from poseformer_ros.errors import BadInput
from poseformer_ros.synthesis.motion.exercise_library import EXERCISES
from poseformer_ros.synthesis.motion.exercises import make_motion
from poseformer_ros.synthesis.motion.motion_style import sample_style
from poseformer_ros.synthesis.rendered_recording import RecordingPlan
from poseformer_ros.synthesis.rendering.cameras import RigOptions
from poseformer_ros.synthesis.rendering.sensor_noise import NoiseModel

LONGEST_S = 120.0
RIGHT = 'right'     # a set without an acted fault


@dataclass(frozen=True)
class SetPlan:
    """One set. fault: acted in every repetition, or RIGHT. person: seed of body and style. seed: of performance, room, noise."""

    name: str
    exercise: str
    fault: str
    person: int
    camera: str
    sensor: str
    rig: RigOptions
    noise: NoiseModel
    repetitions: int
    rate_hz: float
    seed: int

    @property
    def faults(self) -> tuple[str, ...]:
        """As `make_motion` takes them."""
        return () if self.fault == RIGHT else (self.fault,)


class _People(msgspec.Struct, forbid_unknown_fields=True):
    first: int = msgspec.field(name='from')
    count: int


class _Noise(msgspec.Struct, forbid_unknown_fields=True):
    kind: str
    strength: float = 1.0


class _Recipe(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    seed: int
    rate_hz: float
    repetitions: int
    right: int
    people: _People
    exercises: tuple[str, ...]
    cameras: dict[str, dict[str, Any]]
    noises: tuple[_Noise, ...]
    acted: int = 1


def set_plans(path: Path) -> list[SetPlan]:
    """All sets of a recipe, the same each time. Raises BadInput that names the file and the entry."""
    try:
        recipe = msgspec.convert(yaml.safe_load(path.read_text()), _Recipe)
        unknown = [name for name in recipe.exercises if name not in EXERCISES]
        if unknown:
            raise BadInput(f'exercises: {unknown[0]!r} is not known')
        rigs = {name: (str(camera.pop('sensor')), RigOptions(**camera)) for name, camera in recipe.cameras.items()}
        noises = [NoiseModel(noise.kind, noise.strength) for noise in recipe.noises]
    except (OSError, yaml.YAMLError, msgspec.ValidationError, BadInput, KeyError, TypeError) as error:
        raise BadInput(f'{path}: {error}; compare with studio/assessment_v1.yaml') from error
    rng = np.random.default_rng(recipe.seed)
    plans = []
    # Fault by fault, so that a part of the recipe has every exercise.
    most = max(len(EXERCISES[name].faults) for name in recipe.exercises)
    rounds = [(name, RIGHT) for _ in range(recipe.right) for name in recipe.exercises]
    rounds += [(name, EXERCISES[name].faults[k]) for k in range(most) for _ in range(recipe.acted) for name in recipe.exercises
               if k < len(EXERCISES[name].faults)]
    for number, (exercise, fault) in enumerate(rounds):
        camera = str(rng.choice(list(rigs)))
        kind, rig = rigs[camera]
        person = int(recipe.people.first + rng.integers(recipe.people.count))
        plans.append(SetPlan(name=f'{number:03d}_{exercise}_{fault}', exercise=exercise, fault=fault, person=person, camera=camera,
                             sensor=kind, rig=rig, noise=noises[int(rng.integers(len(noises)))], repetitions=recipe.repetitions,
                             rate_hz=recipe.rate_hz, seed=int(rng.integers(2**31))))
    return plans


def recording_of(plan: SetPlan, model: BodyModel) -> RecordingPlan:
    """What is rendered of a set: from standing before it to standing after it."""
    clip = make_motion(plan.exercise, sample_style(plan.person), plan.seed, repetitions=plan.repetitions, faults=plan.faults,
                       model=model)
    return RecordingPlan(name=plan.name, clip=clip, sensor=plan.sensor, rig=plan.rig, noise=plan.noise, room=plan.seed % 100000,
                         rate_hz=plan.rate_hz, seconds=LONGEST_S, seed=plan.seed, person=f'person_{plan.person}',
                         camera=plan.camera)
