"""Training of the person network on rendered crops: seeded, resumable after every epoch, the same network from the same seed."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm

from poseformer_ros.errors import BadInput
from poseformer_ros.synthesis.person_crops import open_shard
from poseformer_ros.synthesis.person_examples import Example
from poseformer_ros.training.checkpoint import TrainingState, fresh_state, load_checkpoint, save_checkpoint
from poseformer_ros.training.person_augmentation import augmented_example
from poseformer_ros.training.person_loss import person_loss
from poseformer_ros.training.person_network import PersonNetwork
from poseformer_ros.training.person_options import DepthTrainingOptions, PersonTrainingOptions

CHECKPOINT = 'checkpoint.pt'
MOST_GRADIENT = 1.0         # norm; larger ones are scaled down
BATCHES_AHEAD = 6           # of each reader
WARM_UP_SHARE = 0.05        # of the training, in which the learning rate grows


class Examples(Dataset):
    """Examples of an epoch: the same for the same seed, epoch and index, whichever process makes them."""

    def __init__(self, shards: Sequence[Path], seed: int, epoch: int) -> None:
        self._shards = [open_shard(path) for path in shards]
        self._starts = np.cumsum([0, *(len(shard) for shard in self._shards)])
        self._seed, self._epoch = seed, epoch

    def __len__(self) -> int:
        return int(self._starts[-1])

    def __getitem__(self, index: int) -> dict[str, np.ndarray]:
        shard = int(np.searchsorted(self._starts, index, side='right')) - 1
        rng = np.random.default_rng((self._seed, 0x50A8, self._epoch, index))
        example = augmented_example(self._shards[shard][index - self._starts[shard]], rng)
        return {f.name: np.asarray(getattr(example, f.name)) for f in fields(Example)}


def train(shards: Sequence[Path], clutter: Sequence[Path], options: PersonTrainingOptions, out: Path, *, recipe_sha256: str = '',
          resume: bool = False) -> PersonNetwork:
    """Train on crops in shards (files of `synthesis.person_crops`); returns the network with averaged weights, on the CPU.

    clutter: further shards, shown from epoch `options.clutter_from` on: crowded rooms are learned when people are known.
    recipe_sha256: of the recipe that the shards come from. resume: go on from out's checkpoint. Writes `checkpoint.pt` into out
    after every epoch. Raises BadInput for too few crops, a device that is not there, or a checkpoint of another training.
    """
    out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    count = len(Examples(shards, options.seed, 0))
    if count < options.batch:
        raise BadInput(f'{count} crops, fewer than one batch of {options.batch}; render more, or choose a smaller batch')
    state = fresh_state(PersonNetwork(), options)
    done = load_checkpoint(out / CHECKPOINT, state, options, recipe_sha256) if resume else 0
    for epoch in range(done, options.epochs):
        late = epoch >= options.clutter_from
        examples = Examples([*shards, *clutter] if late else shards, options.seed, epoch)
        losses = _one_epoch(state, _batches(examples, options, epoch), options, epoch)
        save_checkpoint(out / CHECKPOINT, state, options, recipe_sha256, epoch + 1)
        said = ', '.join(f'{name} {value:.4f}' for name, value in losses.items())
        print(f'epoch {epoch + 1} of {options.epochs}: {said}', flush=True)
    return average_network(state)


def _batches(examples: Examples, options: PersonTrainingOptions, epoch: int) -> DataLoader:
    order = np.random.default_rng((options.seed, 0xE90C, epoch)).permutation(len(examples)).tolist()
    return DataLoader(examples, options.batch, sampler=order, num_workers=options.readers, drop_last=True,
                      multiprocessing_context='spawn' if options.readers else None,
                      prefetch_factor=BATCHES_AHEAD if options.readers else None)


def average_network(state: TrainingState) -> nn.Module:
    """The network with averaged weights, on the CPU."""
    return state.average.module.eval().cpu()


def _one_epoch(state: TrainingState, batches: DataLoader, options: PersonTrainingOptions, epoch: int) -> dict[str, float]:
    """Mean losses by name."""
    state.network.train()
    device = next(state.network.parameters()).device
    sums: dict[str, float] = {}
    facing_weight = options.late_facing_weight if epoch >= options.clutter_from else options.facing_weight
    for step, batch in enumerate(tqdm(batches, desc='steps', leave=False, mininterval=5.0)):
        set_learning_rate(state, options, (epoch + step / len(batches)) / options.epochs)
        batch = {name: tensor.to(device) for name, tensor in batch.items()}
        losses = person_loss(_answers(state.network, batch['square'], options.half_precision), batch, facing_weight)
        take_step(state, losses)
        for name, value in losses.items():
            sums[name] = sums.get(name, 0.0) + float(value.detach()) / len(batches)
    return sums


def set_learning_rate(state: TrainingState, options: DepthTrainingOptions, way: float) -> None:
    """Of the next step, after a share of the training."""
    for group in state.optimiser.param_groups:
        group['lr'] = options.learning_rate * learning_rate_share(way)


def take_step(state: TrainingState, losses: Mapping[str, torch.Tensor]) -> None:
    """One step down the sum of the losses; the averaged weights follow."""
    state.optimiser.zero_grad(set_to_none=True)
    torch.stack(list(losses.values())).sum().backward()
    nn.utils.clip_grad_norm_(state.network.parameters(), MOST_GRADIENT)
    state.optimiser.step()
    state.average.update_parameters(state.network)


def learning_rate_share(way: float) -> float:
    """Of the highest rate, after a share of the training: a linear warm-up, then half a cosine down to zero."""
    if way < WARM_UP_SHARE:
        return max(way, 1e-3) / WARM_UP_SHARE
    return 0.5 * (1.0 + math.cos(math.pi * (way - WARM_UP_SHARE) / (1.0 - WARM_UP_SHARE)))


def _answers(network: nn.Module, squares: torch.Tensor, half_precision: bool) -> tuple[torch.Tensor, ...]:
    with torch.autocast(squares.device.type, dtype=torch.bfloat16, enabled=half_precision):
        return network(squares.to(memory_format=torch.channels_last))
