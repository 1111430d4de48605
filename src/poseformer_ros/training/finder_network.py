"""The finder network in PyTorch: a small U-net over a whole reduced depth image."""

import torch
from torch import nn

from poseformer_ros.person.finder import CHANNELS, SAID
from poseformer_ros.training.person_network import Residual, conv

WIDTHS = (16, 32, 64, 112)


class FinderNetwork(nn.Module):
    """Images (N, CHANNELS, h, w), sides multiples of 16, to (N, SAID, h / 2, w / 2)."""

    def __init__(self) -> None:
        super().__init__()
        a, b, c, d = WIDTHS
        self.fine = nn.Sequential(conv(CHANNELS, a, 2), conv(a, a))
        self.middle = nn.Sequential(conv(a, b, 2), Residual(b))
        self.coarse = nn.Sequential(conv(b, c, 2), Residual(c), Residual(c))
        self.whole = nn.Sequential(conv(c, d, 2), Residual(d), Residual(d), Residual(d))
        self.from_whole, self.merge_coarse = conv(d, c, size=1), Residual(c)
        self.from_coarse, self.merge_middle = conv(c, b, size=1), Residual(b)
        self.from_middle, self.merge_fine = conv(b, a, size=1), conv(a, a)
        self.said = nn.Conv2d(a, SAID, 1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """See the class."""
        fine = self.fine(images)
        middle = self.middle(fine)
        coarse = self.coarse(middle)
        coarse = self.merge_coarse(coarse + _twice(self.from_whole(self.whole(coarse))))
        middle = self.merge_middle(middle + _twice(self.from_coarse(coarse)))
        return self.said(self.merge_fine(fine + _twice(self.from_middle(middle)))).float()


def _twice(x: torch.Tensor) -> torch.Tensor:
    return nn.functional.interpolate(x, scale_factor=2.0)
