"""What the person network is asked to get right: joints with their scale, sight, facing, person or not, parts."""

import torch
from torch.nn import functional

from poseformer_ros.person.answers import LEAST_LOG_SCALE, MOST_LOG_SCALE, PARTS
from poseformer_ros.synthesis.person_examples import UNTOLD

JOINT_BETA = 0.02               # half sides; below it the loss of a joint is quadratic: two centimetres in a square of two metres
JOINTS_WEIGHT = 6.0
SCALE_WEIGHT, SIGHT_WEIGHT, PERSON_WEIGHT, PARTS_WEIGHT = 0.05, 0.05, 0.25, 0.25


def person_loss(answers: tuple[torch.Tensor, ...], targets: dict[str, torch.Tensor],
                facing_weight: float) -> dict[str, torch.Tensor]:
    """Weighted losses by name, to be summed; answers as of `PersonNetwork`, targets as of `Example`, stacked."""
    joints, log_scale, sight, facing, person, parts = answers
    weight = targets['joint_weight']
    share = weight / weight.sum().clamp(min=1.0)
    error = joints - targets['joints'][:, None]
    size = functional.smooth_l1_loss(error, torch.zeros_like(error), beta=JOINT_BETA, reduction='none').mean(-1)
    return {'joints': JOINTS_WEIGHT * (size * share).sum(), 'scale': SCALE_WEIGHT * (_surprise(error, log_scale) * share).sum(),
            'sight': SIGHT_WEIGHT * _sight_loss(sight, targets['sight'][:, None].expand(weight.shape), weight),
            'facing': facing_weight * _facing_loss(facing, targets['facing']),
            'person': PERSON_WEIGHT * _person_loss(person, targets['person']),
            'parts': PARTS_WEIGHT * functional.cross_entropy(parts, targets['parts'], part_weights(targets['parts']))}


def part_weights(parts: torch.Tensor) -> torch.Tensor:
    """(25,): weight of a pixel of each part, falling with the root of the part's pixels, so that a hand is learned beside a trunk.

    parts: (N, H, W) labels. Nobody's pixels weigh 1, and the body's on average too: where the person ends stays as it is.
    """
    counts = torch.bincount(parts.flatten(), minlength=PARTS).float()
    rarity = counts.clamp(min=1.0).rsqrt()
    body = counts[1:].sum().clamp(min=1.0) / (counts[1:] * rarity[1:]).sum().clamp(min=1.0)
    return torch.cat([rarity.new_ones(1), rarity[1:] * body])


def _surprise(error: torch.Tensor, log_scale: torch.Tensor) -> torch.Tensor:
    """(N, 2, 24): negative logarithm of the errors' Laplace density; the scale follows the error and does not move the joint."""
    log_scale = log_scale.clamp(LEAST_LOG_SCALE, MOST_LOG_SCALE)
    return (error.detach().abs() * torch.exp(-log_scale) + log_scale).mean(-1)


def _sight_loss(sight: torch.Tensor, wanted: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    told = (wanted != UNTOLD) & (weight > 0)
    return functional.cross_entropy(sight[told], wanted[told]) if told.any() else sight.new_zeros(())


def _facing_loss(facing: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    known = wanted.sum(1) > 0
    return -(wanted * facing.log_softmax(-1)).sum(1)[known].mean() if known.any() else facing.new_zeros(())


def _person_loss(person: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    if not (wanted != UNTOLD).any():
        return person.new_zeros(())
    return functional.cross_entropy(person, wanted, ignore_index=UNTOLD)
