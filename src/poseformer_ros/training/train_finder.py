"""Training of the finder network on rendered views of rooms: seeded, resumable after every epoch."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from poseformer_ros.errors import BadInput
from poseformer_ros.synthesis.person_crops import open_shard
from poseformer_ros.synthesis.room_views import VIEW
from poseformer_ros.training.checkpoint import TrainingState, fresh_state, load_checkpoint, save_checkpoint
from poseformer_ros.training.finder_augmentation import Lot, Views, augmented, network_input
from poseformer_ros.training.finder_loss import finder_loss
from poseformer_ros.training.finder_network import FinderNetwork
from poseformer_ros.training.finder_options import FinderTrainingOptions
from poseformer_ros.training.train_person import CHECKPOINT, average_network, set_learning_rate, take_step

VOTES_WEIGHT = 0.3          # of the votes in the loss


def train(shards: Sequence[Path], options: FinderTrainingOptions, out: Path, *, recipe_sha256: str = '',
          resume: bool = False) -> nn.Module:
    """Train on views in shards (files of `synthesis.room_views`); returns the network with averaged weights, on the CPU.

    recipe_sha256: of the recipe that the shards come from. resume: go on from out's checkpoint. Writes `checkpoint.pt` into out
    after every epoch. Raises BadInput for too few views, a device that is not there, or a checkpoint of another training.
    """
    out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    views = [open_shard(path, records=VIEW) for path in shards]
    count = sum(len(shard) for shard in views)
    if count < options.batch:
        raise BadInput(f'{count} views, fewer than one batch of {options.batch}; render more, or choose a smaller batch')
    state = fresh_state(FinderNetwork(), options)
    done = load_checkpoint(out / CHECKPOINT, state, options, recipe_sha256) if resume else 0
    for epoch in range(done, options.epochs):
        losses = _one_epoch(state, views, options, epoch)
        save_checkpoint(out / CHECKPOINT, state, options, recipe_sha256, epoch + 1)
        said = ', '.join(f'{name} {value:.4f}' for name, value in losses.items())
        print(f'epoch {epoch + 1} of {options.epochs}: {said}', flush=True)
    return average_network(state)


def _one_epoch(state: TrainingState, shards: list[np.ndarray], options: FinderTrainingOptions, epoch: int) -> dict[str, float]:
    """Mean losses by name."""
    state.network.train()
    device = next(state.network.parameters()).device
    lot = Lot(torch.Generator(device).manual_seed(_seed(options.seed, epoch)))
    places = np.array([(shard, index) for shard, views in enumerate(shards) for index in range(len(views))])
    order = np.random.default_rng((options.seed, 0xF14D, epoch)).permutation(len(places))
    steps = len(places) // options.batch
    sums: dict[str, float] = {}
    for step in tqdm(range(steps), desc='steps', leave=False, mininterval=5.0):
        set_learning_rate(state, options, (epoch + step / steps) / options.epochs)
        taken = places[order[step * options.batch:(step + 1) * options.batch]]
        views, size = views_of([shards[shard][index] for shard, index in taken], device)
        views = augmented(views, size, lot)
        losses = finder_loss(_answers(state.network, network_input(views), options.half_precision), views)
        losses['votes'] = VOTES_WEIGHT * losses['votes']
        take_step(state, losses)
        for name, value in losses.items():
            sums[name] = sums.get(name, 0.0) + float(value.detach()) / steps
    return sums


def views_of(records: Sequence[np.ndarray], device: torch.device) -> tuple[Views, torch.Tensor]:
    """Records of VIEW as tensors, and their sizes (N, 2)."""
    together = np.stack(records)
    depth = torch.from_numpy(together['depth'].astype(np.float32) / 1000)
    views = Views(*(tensor.to(device) for tensor in (depth, torch.from_numpy(together['person']),
                                                     torch.from_numpy(together['focal_px']), torch.from_numpy(together['middle']))))
    return views, torch.from_numpy(together['size'].astype(np.int64)).to(device)


def _seed(seed: int, epoch: int) -> int:
    """Of an epoch's disturbances."""
    return int(np.random.SeedSequence((seed, epoch)).generate_state(1, np.uint64)[0] >> np.uint64(1))


def _answers(network: nn.Module, images: torch.Tensor, half_precision: bool) -> torch.Tensor:
    with torch.autocast(images.device.type, dtype=torch.bfloat16, enabled=half_precision):
        return network(images.to(memory_format=torch.channels_last))
