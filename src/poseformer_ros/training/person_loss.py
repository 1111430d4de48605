"""What the person network is asked to get right: joints with their scale, sight, facing, person or not, parts."""

import torch
from torch.nn import functional

from poseformer_ros.training.person_squares import UNTOLD

JOINT_BETA = 0.02               # half sides; below it the loss of a joint is quadratic: two centimetres in a square of two metres
LEAST_LOG_SCALE, MOST_LOG_SCALE = -6.0, 1.0
SCALE_WEIGHT, SIGHT_WEIGHT, PERSON_WEIGHT, PARTS_WEIGHT = 0.05, 0.05, 0.25, 0.25
JOINTS_WEIGHT = 6.0


def person_loss(answers: tuple[torch.Tensor, ...], asked: dict[str, torch.Tensor], facing_weight: float) -> dict[str, torch.Tensor]:
    """Weighted losses by name, to be summed; answers as of `PersonNetwork`, asked as of `Asked`, stacked."""
    joints, log_scale, sight, facing, person, parts = answers
    weight = asked['joint_weight']
    share = weight / weight.sum().clamp(min=1.0)
    error = joints - asked['joints'][:, None]
    size = functional.smooth_l1_loss(error, torch.zeros_like(error), beta=JOINT_BETA, reduction='none').mean(-1)
    # The scale follows the error and does not move the joint (Laplace distribution, negative logarithm).
    log_scale = log_scale.clamp(LEAST_LOG_SCALE, MOST_LOG_SCALE)
    surprise = (error.detach().abs() * torch.exp(-log_scale) + log_scale).mean(-1)
    told = (asked['sight'] != UNTOLD)[:, None].expand(weight.shape) & (weight > 0)
    sight_loss = functional.cross_entropy(sight[told], asked['sight'][:, None].expand(weight.shape)[told]) if told.any() else 0.0
    seen = asked['facing'].sum(1) > 0
    facing_loss = -(asked['facing'] * facing.log_softmax(-1)).sum(1)[seen].mean() if seen.any() else 0.0
    person_loss = functional.cross_entropy(person, asked['person'], ignore_index=UNTOLD) if (asked['person'] != UNTOLD).any() else 0.0
    return {'joints': JOINTS_WEIGHT * (size * share).sum(), 'scale': SCALE_WEIGHT * (surprise * share).sum(),
            'sight': SIGHT_WEIGHT * sight_loss, 'facing': facing_weight * facing_loss, 'person': PERSON_WEIGHT * person_loss,
            'parts': PARTS_WEIGHT * functional.cross_entropy(parts, asked['parts'])}
