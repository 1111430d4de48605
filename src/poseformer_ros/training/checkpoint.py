"""The state of a depth network's training between epochs, in a file from which nothing but tensors and plain data is taken."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import nn

from poseformer_ros.errors import BadInput
from poseformer_ros.training.person_options import DepthTrainingOptions

REMEDY = 'train into another folder, or without resuming'
FREE = ('threads', 'readers', 'device')     # options that may change while a training goes on


@dataclass(frozen=True)
class TrainingState:
    """All that an epoch changes. average: of the weights, what is shipped."""

    network: nn.Module
    average: torch.optim.swa_utils.AveragedModel
    optimiser: torch.optim.Optimizer


def fresh_state(network: nn.Module, options: DepthTrainingOptions) -> TrainingState:
    """A network's state before the first epoch, on the device that the options name. Raises BadInput for a device that is not
    there, or for another file than a checkpoint to start from."""
    if options.start_from:
        start_from(Path(options.start_from), network)
    network = network.to(chosen_device(options.device), memory_format=torch.channels_last)
    moving = torch.optim.swa_utils.get_ema_multi_avg_fn(options.average)
    average = torch.optim.swa_utils.AveragedModel(network, multi_avg_fn=moving, use_buffers=True)
    optimiser = torch.optim.AdamW(network.parameters(), lr=options.learning_rate, weight_decay=options.weight_decay)
    return TrainingState(network, average, optimiser)


def chosen_device(name: str) -> torch.device:
    """The device that an option names. Raises BadInput for 'cuda' where torch sees no GPU."""
    there = torch.cuda.is_available()
    if name == 'cuda' and not there:
        raise BadInput("device 'cuda': torch sees no GPU here; take 'auto' or 'cpu', or install a torch with CUDA")
    return torch.device('cuda' if there and name != 'cpu' else 'cpu')


def save_checkpoint(path: Path, state: TrainingState, options: DepthTrainingOptions, recipe_sha256: str, epochs: int) -> None:
    """Write the state after so many epochs; a file that is there is replaced only when the new one is whole."""
    partial = path.with_suffix('.part')
    torch.save({'settings': _settings(options, recipe_sha256), 'epochs': epochs, 'network': state.network.state_dict(),
                'average': state.average.state_dict(), 'optimiser': state.optimiser.state_dict()}, partial)
    partial.replace(path)


def load_checkpoint(path: Path, state: TrainingState, options: DepthTrainingOptions, recipe_sha256: str) -> int:
    """Put a state back; returns its epochs, 0 where there is no file. Raises BadInput for another training's file."""
    if not path.is_file():
        return 0
    stored, settings, epochs = _read(path)
    wanted = json.loads(_settings(options, recipe_sha256))
    different = [name for name, value in wanted.items() if settings.get(name, value) != value]
    if different:
        raise BadInput(f"{path}: of another training ('{different[0]}' is {settings[different[0]]}, wanted "
                       f'{wanted[different[0]]}); {REMEDY}')
    for name in ('network', 'average', 'optimiser'):
        _put(path, getattr(state, name), stored[name])
    return epochs


def start_from(path: Path, network: nn.Module) -> None:
    """Give a network the averaged weights in a checkpoint of an earlier training. Raises BadInput for another file."""
    stored, _, _ = _read(path)
    prefix = 'module.'      # torch's AveragedModel keeps the network under this name
    average = {name.removeprefix(prefix): tensor for name, tensor in stored['average'].items() if name.startswith(prefix)}
    _put(path, network, average)


def _read(path: Path) -> tuple[dict, dict, int]:
    """What is stored, the settings and the epochs."""
    try:
        stored = torch.load(path, map_location='cpu', weights_only=True)
        return stored, dict(json.loads(stored['settings'])), int(stored['epochs'])
    except Exception as error:      # torch raises many kinds, down to those of pickle and zip
        raise BadInput(f'{path}: no checkpoint of a training ({type(error).__name__}); {REMEDY}') from error


def _put(path: Path, holder: torch.nn.Module | torch.optim.Optimizer, tensors: dict[str, torch.Tensor]) -> None:
    try:
        holder.load_state_dict(tensors)
    except (RuntimeError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(f'{path}: its tensors are of another size ({str(error)[:200]}); {REMEDY}') from error


def _settings(options: DepthTrainingOptions, recipe_sha256: str) -> str:
    """What must be the same to go on."""
    known = {**asdict(options), 'recipe_sha256': recipe_sha256}
    return json.dumps({name: value for name, value in known.items() if name not in FREE})

