"""The person network in PyTorch: a small residual network with one look at 12 x 12 places of a square.

Every joint is answered twice, as if the person showed the front and as if the person showed the back: one depth image often leaves
that open, and a mean of both would lie between left and right. Facing says which of the two is meant; time decides.
"""

import torch
from torch import nn

from poseformer_ros.person.answers import FACING_BINS, JOINTS, PARTS, PERSON_CLASSES, SIDES, SIGHTS
from poseformer_ros.person.square import CHANNELS

GRID = 12               # places across the square that vote
WIDTHS = (16, 40, 80, 128)
PER_JOINT = 1 + 3 + 3 + SIGHTS      # weight, offset, log of scale, sight


def conv(inputs: int, outputs: int, stride: int = 1, size: int = 3) -> nn.Sequential:
    """Convolution, normalisation, rectifier."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False), nn.BatchNorm2d(outputs), nn.ReLU())


class Residual(nn.Module):
    """Two convolutions beside a straight way."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = conv(width, width)
        self.second = nn.Sequential(nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, width, h, w) to the same."""
        return torch.relu(x + self.second(self.first(x)))


class PersonNetwork(nn.Module):
    """Squares (N, CHANNELS, 96, 96) to joints, log_scale, sight, facing, person and parts, as in `person.answers.Answers`."""

    def __init__(self) -> None:
        super().__init__()
        a, b, c, d = WIDTHS
        self.fine = nn.Sequential(conv(CHANNELS, a, 2), conv(a, a))
        self.middle = nn.Sequential(conv(a, b, 2), Residual(b))
        self.coarse = nn.Sequential(conv(b, c, 2), Residual(c), Residual(c), Residual(c))
        self.whole = nn.Sequential(conv(c, d, 2), Residual(d), Residual(d))
        self.down = conv(d, c, size=1)
        self.merge = Residual(c)
        self.joints = nn.Conv2d(c, SIDES * JOINTS * PER_JOINT, 1)
        self.summary = nn.Sequential(nn.Linear(2 * d, 96), nn.ReLU(), nn.Linear(96, FACING_BINS + PERSON_CLASSES))
        self.up_middle = conv(c, b, size=1)
        self.up_fine = conv(b, a, size=1)
        self.parts = nn.Sequential(conv(a, a), nn.Conv2d(a, PARTS, 1))
        at = (torch.arange(GRID) + 0.5) / GRID * 2 - 1
        places = torch.zeros(PER_JOINT - 1, GRID * GRID)       # what a vote is relative to: column and row of its place
        places[0], places[1] = at.repeat(GRID), at.repeat_interleave(GRID)
        self.register_buffer('places', places, False)

    def forward(self, squares: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """See the class."""
        fine = self.fine(squares)
        middle = self.middle(fine)
        coarse = self.coarse(middle)
        whole = self.whole(coarse)
        merged = self.merge(coarse + nn.functional.interpolate(self.down(whole), scale_factor=2.0))
        joints, log_scale, sight = self._joints(merged)
        summary = self.summary(torch.cat([whole.mean((2, 3)), whole.amax((2, 3))], 1)).float()
        facing, person = summary.split((FACING_BINS, PERSON_CLASSES), 1)
        parts = middle + nn.functional.interpolate(self.up_middle(merged), scale_factor=2.0)
        parts = fine + nn.functional.interpolate(self.up_fine(parts), scale_factor=2.0)
        return joints, log_scale, sight, facing, person, self.parts(parts).float()

    def _joints(self, merged: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Each place votes with a weight for where a joint is, for how sure that is, and for whether it is seen."""
        votes = self.joints(merged).float().reshape(-1, SIDES, JOINTS, PER_JOINT, GRID * GRID)
        weight, said = votes.split((1, PER_JOINT - 1), dim=-2)
        place, log_scale, sight = (torch.softmax(weight, -1) * (said + self.places)).sum(-1).split((3, 3, SIGHTS), dim=-1)
        return place, log_scale, sight
