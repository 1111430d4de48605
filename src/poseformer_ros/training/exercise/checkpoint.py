"""The state of a training between epochs, in a file from which nothing but tensors and plain data is taken."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from poseformer_ros.errors import BadInput
from poseformer_ros.recognition.encoder import CausalEncoder
from poseformer_ros.recognition.model_file import ModelFacts
from poseformer_ros.training.exercise.options import ExerciseTrainingOptions

REMEDY = 'train into another folder, or without resuming'


def save_checkpoint(path: Path, encoder: CausalEncoder, optimiser: Any, schedule: Any, facts: ModelFacts,
                    options: ExerciseTrainingOptions, epochs: int) -> None:
    """Write the state after so many epochs; a file that is there is replaced only when the new one is whole."""
    partial = path.with_suffix('.part')
    torch.save({'settings': _settings(facts, options), 'epochs': epochs, 'encoder': encoder.state_dict(),
                'optimiser': optimiser.state_dict(), 'schedule': _plain(schedule.state_dict())}, partial)
    partial.replace(path)


def load_checkpoint(path: Path, encoder: CausalEncoder, optimiser: Any, schedule: Any, facts: ModelFacts,
                    options: ExerciseTrainingOptions) -> int:
    """Put a state back; returns its epochs, 0 where there is no file.

    Raises BadInput for a file that is no checkpoint, or one of another training: another size, classes, parts or options.
    """
    if not path.is_file():
        return 0
    try:
        state = torch.load(path, map_location='cpu', weights_only=True)
        settings, epochs = dict(json.loads(state['settings'])), int(state['epochs'])
    except Exception as error:      # torch raises many kinds, down to those of pickle and zip
        raise BadInput(f'{path}: no checkpoint of a training ({type(error).__name__}); {REMEDY}') from error
    wanted = json.loads(_settings(facts, options))
    different = [name for name in wanted if settings.get(name) != wanted[name]]
    if different:
        raise BadInput(f"{path}: of another training ('{different[0]}' is {settings.get(different[0])}, wanted "
                       f'{wanted[different[0]]}); {REMEDY}')
    try:
        encoder.load_state_dict(state['encoder'])
        optimiser.load_state_dict(state['optimiser'])
        schedule.load_state_dict(state['schedule'])
    except (RuntimeError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(f'{path}: its tensors are of another size ({str(error)[:200]}); {REMEDY}') from error
    return epochs


def _settings(facts: ModelFacts, options: ExerciseTrainingOptions) -> str:
    """What must be the same to go on; the number of threads and the text for people need not be."""
    known = {**asdict(facts), **asdict(options)}
    return json.dumps({name: value for name, value in known.items() if name not in ('threads', 'training')})


def _plain(state: dict) -> dict:
    return {name: value for name, value in state.items() if isinstance(value, (int, float, list, bool))}
