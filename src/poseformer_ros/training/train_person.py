"""Training of the person network on rendered crops: seeded, resumable after every epoch, the same file from the same seed."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm

from poseformer_ros.errors import BadInput
from poseformer_ros.training.person_loss import person_loss
from poseformer_ros.training.person_network import PersonNetwork
from poseformer_ros.training.person_options import PersonTrainingOptions
from poseformer_ros.training.person_squares import Asked, asked

CHECKPOINT = 'checkpoint.pt'
MOST_GRADIENT = 1.0          # norm; larger ones are scaled down
WARM_UP_SHARE = 0.05
REMEDY = 'train into another folder, or without resuming'


class Squares(Dataset):
    """Examples of an epoch: the same for the same seed, epoch and index, whichever process makes them."""

    def __init__(self, shards: Sequence[Path], seed: int, disturbed: bool, epoch: int = 0) -> None:
        self._shards = [np.load(path, mmap_mode='r') for path in shards]
        self._starts = np.cumsum([0, *(len(shard) for shard in self._shards)])
        self._seed, self._disturbed, self._epoch = seed, disturbed, epoch

    def __len__(self) -> int:
        return int(self._starts[-1])

    def __getitem__(self, index: int) -> dict[str, np.ndarray]:
        shard = int(np.searchsorted(self._starts, index, side='right')) - 1
        rng = np.random.default_rng((self._seed, 0x50A8, self._epoch, index))
        example = asked(self._shards[shard][index - self._starts[shard]], rng, self._disturbed)
        return {f.name: np.asarray(getattr(example, f.name)) for f in fields(Asked)}


def train(shards: Sequence[Path], clutter: Sequence[Path], options: PersonTrainingOptions, out: Path,
          resume: bool = False) -> PersonNetwork:
    """Train on crops in shards (files of `synthesis.person_crops`); returns the network with averaged weights.

    clutter: further shards, shown from epoch `options.clutter_from` on: crowded rooms are learned when people are known.

    Writes `checkpoint.pt` into out after every epoch. Raises BadInput for a checkpoint of another training.
    """
    out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    network = PersonNetwork().to(memory_format=torch.channels_last)
    average = torch.optim.swa_utils.AveragedModel(network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(options.average),
                                                  use_buffers=True)
    optimiser = torch.optim.AdamW(network.parameters(), lr=options.learning_rate, weight_decay=options.weight_decay)
    state = {'network': network, 'average': average, 'optimiser': optimiser}
    done = load_checkpoint(out / CHECKPOINT, state, options) if resume else 0
    for epoch in range(done, options.epochs):
        shown = [*shards, *clutter] if epoch >= options.clutter_from else shards
        squares = Squares(shown, options.seed, disturbed=True, epoch=epoch)
        losses = _one_epoch(network, average, optimiser, _batches(squares, options, epoch), options, epoch)
        print(f'epoch {epoch + 1} of {options.epochs}: ' + ', '.join(f'{name} {value:.4f}' for name, value in losses.items()), flush=True)
        save_checkpoint(out / CHECKPOINT, state, options, epoch + 1)
    return average.module.eval()


def _batches(squares: Squares, options: PersonTrainingOptions, epoch: int) -> DataLoader:
    order = np.random.default_rng((options.seed, 0xE90C, epoch)).permutation(len(squares)).tolist()
    return DataLoader(squares, options.batch, sampler=order, num_workers=options.readers, drop_last=True,
                      multiprocessing_context='spawn' if options.readers else None, prefetch_factor=6 if options.readers else None)


def _one_epoch(network: PersonNetwork, average, optimiser, batches: DataLoader, options: PersonTrainingOptions,
               epoch: int) -> dict[str, float]:
    """Mean losses by name."""
    network.train()
    sums: dict[str, float] = {}
    for step, batch in enumerate(tqdm(batches, desc='steps', leave=False, mininterval=5.0)):
        for group in optimiser.param_groups:
            group['lr'] = options.learning_rate * learning_rate_share((epoch + step / len(batches)) / options.epochs)
        losses = person_loss(_answers(network, batch['square'], options.half_precision), batch,
                             options.late_facing_weight if epoch >= options.clutter_from else options.facing_weight)
        optimiser.zero_grad(set_to_none=True)
        sum(losses.values()).backward()
        nn.utils.clip_grad_norm_(network.parameters(), MOST_GRADIENT)
        optimiser.step()
        average.update_parameters(network)
        for name, value in losses.items():
            sums[name] = sums.get(name, 0.0) + float(value) / len(batches)
    return sums


def learning_rate_share(way: float) -> float:
    """Of the highest rate, after a share of the training: a linear warm-up, then half a cosine down to zero."""
    if way < WARM_UP_SHARE:
        return max(way, 1e-3) / WARM_UP_SHARE
    return 0.5 * (1.0 + math.cos(math.pi * (way - WARM_UP_SHARE) / (1.0 - WARM_UP_SHARE)))


def _answers(network: PersonNetwork, squares: torch.Tensor, half_precision: bool) -> tuple[torch.Tensor, ...]:
    with torch.autocast('cpu', dtype=torch.bfloat16, enabled=half_precision):
        return network(squares.to(memory_format=torch.channels_last))


def answers_of(network: PersonNetwork, shards: Sequence[Path], batch: int = 128) -> Iterator[tuple[tuple[torch.Tensor, ...], dict]]:
    """Answers and what was asked, batch by batch, of undisturbed crops."""
    with torch.inference_mode():
        for asked_of in DataLoader(Squares(shards, 0, disturbed=False), batch):
            yield _answers(network, asked_of['square'], False), asked_of


def save_checkpoint(path: Path, state: dict, options: PersonTrainingOptions, epochs: int) -> None:
    """Write the state after so many epochs; a file that is there is replaced only when the new one is whole."""
    partial = path.with_suffix('.part')
    torch.save({'settings': _settings(options), 'epochs': epochs,
                **{name: part.state_dict() for name, part in state.items()}}, partial)
    partial.replace(path)


def load_checkpoint(path: Path, state: dict, options: PersonTrainingOptions) -> int:
    """Put a state back; returns its epochs, 0 where there is no file. Raises BadInput for another training's file."""
    if not path.is_file():
        return 0
    try:
        stored = torch.load(path, map_location='cpu', weights_only=True)
        settings, epochs = json.loads(stored['settings']), int(stored['epochs'])
        different = [name for name, value in json.loads(_settings(options)).items() if settings.get(name) != value]
        if not different:
            for name, part in state.items():
                part.load_state_dict(stored[name])
    except Exception as error:      # torch raises many kinds, down to those of pickle and zip
        raise BadInput(f'{path}: no checkpoint of a training ({type(error).__name__}); {REMEDY}') from error
    if different:
        raise BadInput(f"{path}: of another training ('{different[0]}' is {settings.get(different[0])}); {REMEDY}")
    return epochs


def _settings(options: PersonTrainingOptions) -> str:
    """What must be the same to go on; how many processes and threads need not be."""
    return json.dumps({name: value for name, value in asdict(options).items() if name not in ('threads', 'readers')})
