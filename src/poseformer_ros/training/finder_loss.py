"""What the finder network's answers cost."""

import torch
from torch.nn.functional import avg_pool2d, binary_cross_entropy_with_logits, smooth_l1_loss

from poseformer_ros.training.finder_augmentation import Views

USUAL_PX = 500.0            # of a person at half size; who shows less counts as much as that
MOST_WEIGHT = 8.0           # of a pixel of somebody who shows little
VOTE_M = 0.1                # error of a vote up to which it costs with its square


def finder_loss(said: torch.Tensor, views: Views) -> dict[str, torch.Tensor]:
    """Mean losses by name. said: (N, SAID, h / 2, w / 2). views: (N, h, w), what was shown and is true."""
    known = avg_pool2d((views.depth > 0).float()[:, None], 2)[:, 0]
    share = avg_pool2d((views.person > 0).float()[:, None], 2)[:, 0]
    person = views.person[:, ::2, ::2].long()
    weight = (known > 0) * _weight(person, views.middle.shape[1])
    pixels = binary_cross_entropy_with_logits(said[:, 0], share, weight=weight, reduction='sum') / weight.sum().clamp_min(1.0)
    wanted, asked = _wanted_votes(views, person)
    votes = smooth_l1_loss(said[:, 1:], wanted, reduction='none', beta=VOTE_M).sum(1)
    return {'pixels': pixels, 'votes': (votes * asked * weight).sum() / (asked * weight).sum().clamp_min(1.0)}


def _weight(person: torch.Tensor, people: int) -> torch.Tensor:
    """(N, h, w): of each pixel; more of people who show little."""
    area = torch.stack([(person == number).sum((1, 2)) for number in range(people + 1)], 1).float()
    weight = (USUAL_PX / area.clamp_min(1.0)).sqrt().clamp(1.0, MOST_WEIGHT)
    weight[:, 0] = 1.0
    return weight.gather(1, person.flatten(1)).reshape(person.shape)


def _wanted_votes(views: Views, person: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(N, 2, h, w) metres to the middle of each pixel's person, at half size, and (N, h, w) where that is asked."""
    depth = views.depth[:, ::2, ::2]
    rows, columns = depth.shape[1:]
    y, x = torch.meshgrid(2.0 * torch.arange(rows, device=depth.device), 2.0 * torch.arange(columns, device=depth.device),
                          indexing='ij')
    middle = views.middle.nan_to_num()
    at = (person - 1).clamp_min(0).flatten(1)
    to_x, to_y = (middle[..., axis].gather(1, at).reshape(person.shape) for axis in (0, 1))
    metres = depth / views.focal_px[:, None, None]
    return torch.stack([(to_x - x) * metres, (to_y - y) * metres], 1), ((person > 0) & (depth > 0)).float()
