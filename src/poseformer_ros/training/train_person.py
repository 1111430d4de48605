"""Training of the person network on rendered crops: seeded, resumable after every epoch, the same network from the same seed."""

import math
from collections.abc import Sequence
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
from poseformer_ros.training.person_augmentation import augmented_example
from poseformer_ros.training.person_checkpoint import TrainingState, load_checkpoint, save_checkpoint, start_from
from poseformer_ros.training.person_loss import person_loss
from poseformer_ros.training.person_network import PersonNetwork
from poseformer_ros.training.person_options import PersonTrainingOptions

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
    state = _fresh_state(options)
    done = load_checkpoint(out / CHECKPOINT, state, options, recipe_sha256) if resume else 0
    for epoch in range(done, options.epochs):
        late = epoch >= options.clutter_from
        examples = Examples([*shards, *clutter] if late else shards, options.seed, epoch)
        losses = _one_epoch(state, _batches(examples, options, epoch), options, epoch)
        save_checkpoint(out / CHECKPOINT, state, options, recipe_sha256, epoch + 1)
        said = ', '.join(f'{name} {value:.4f}' for name, value in losses.items())
        print(f'epoch {epoch + 1} of {options.epochs}: {said}', flush=True)
    return state.average.module.eval().cpu()


def _fresh_state(options: PersonTrainingOptions) -> TrainingState:
    network = PersonNetwork()
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


def _batches(examples: Examples, options: PersonTrainingOptions, epoch: int) -> DataLoader:
    order = np.random.default_rng((options.seed, 0xE90C, epoch)).permutation(len(examples)).tolist()
    return DataLoader(examples, options.batch, sampler=order, num_workers=options.readers, drop_last=True,
                      multiprocessing_context='spawn' if options.readers else None,
                      prefetch_factor=BATCHES_AHEAD if options.readers else None)


def _one_epoch(state: TrainingState, batches: DataLoader, options: PersonTrainingOptions, epoch: int) -> dict[str, float]:
    """Mean losses by name."""
    state.network.train()
    device = next(state.network.parameters()).device
    sums: dict[str, float] = {}
    facing_weight = options.late_facing_weight if epoch >= options.clutter_from else options.facing_weight
    for step, batch in enumerate(tqdm(batches, desc='steps', leave=False, mininterval=5.0)):
        for group in state.optimiser.param_groups:
            group['lr'] = options.learning_rate * learning_rate_share((epoch + step / len(batches)) / options.epochs)
        batch = {name: tensor.to(device) for name, tensor in batch.items()}
        losses = person_loss(_answers(state.network, batch['square'], options.half_precision), batch, facing_weight)
        state.optimiser.zero_grad(set_to_none=True)
        sum(losses.values()).backward()
        nn.utils.clip_grad_norm_(state.network.parameters(), MOST_GRADIENT)
        state.optimiser.step()
        state.average.update_parameters(state.network)
        for name, value in losses.items():
            sums[name] = sums.get(name, 0.0) + float(value.detach()) / len(batches)
    return sums


def learning_rate_share(way: float) -> float:
    """Of the highest rate, after a share of the training: a linear warm-up, then half a cosine down to zero."""
    if way < WARM_UP_SHARE:
        return max(way, 1e-3) / WARM_UP_SHARE
    return 0.5 * (1.0 + math.cos(math.pi * (way - WARM_UP_SHARE) / (1.0 - WARM_UP_SHARE)))


def _answers(network: PersonNetwork, squares: torch.Tensor, half_precision: bool) -> tuple[torch.Tensor, ...]:
    with torch.autocast(squares.device.type, dtype=torch.bfloat16, enabled=half_precision):
        return network(squares.to(memory_format=torch.channels_last))
