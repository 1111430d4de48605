"""PSPNet on DenseNet-121 as Single-Human-Parsing-LIP publishes it; only its shape, sizes and layer names are taken from there.

Source: github.com/hyk1996/Single-Human-Parsing-LIP (its best network, `densenet`), after Zhao et al., CVPR 2017 (pyramid
pooling) and Huang et al., CVPR 2017 (DenseNet). The DenseNet is torchvision's but for two things: the second and third
transition do not halve the image, so that the whole shrinks it by 8, and every block stands in the file twice, as
`blocks.N` and by its name. This module imports torch.
"""

from collections import OrderedDict

import torch
from torch import nn
from torch.nn import functional

BLOCKS = (6, 12, 24, 16)        # dense layers of DenseNet-121
GROWTH, BOTTLENECK, FIRST = 32, 128, 64
POOLED = (1, 2, 3, 6)           # sides of the pyramid's images
HALVED_AFTER = 0                # only the first transition halves the image
CLASSES, HEAD, AUXILIARY = 20, 256, 512


class DenseLayer(nn.Sequential):
    """Adds GROWTH channels to what it gets."""

    def __init__(self, channels: int) -> None:
        super().__init__(OrderedDict(
            norm1=nn.BatchNorm2d(channels), relu1=nn.ReLU(), conv1=nn.Conv2d(channels, BOTTLENECK, 1, bias=False),
            norm2=nn.BatchNorm2d(BOTTLENECK), relu2=nn.ReLU(), conv2=nn.Conv2d(BOTTLENECK, GROWTH, 3, padding=1, bias=False)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, C, h, w) to (B, C + GROWTH, h, w)."""
        return torch.cat([x, super().forward(x)], dim=1)


def dense_block(channels: int, layers: int) -> nn.Sequential:
    """Layers that each see all before."""
    return nn.Sequential(OrderedDict((f'denselayer{i + 1}', DenseLayer(channels + i * GROWTH)) for i in range(layers)))


def transition(channels: int, halve: bool) -> nn.Sequential:
    """Halves the channels and, if told, the image."""
    return nn.Sequential(OrderedDict(
        norm=nn.BatchNorm2d(channels), relu=nn.ReLU(), conv=nn.Conv2d(channels, channels // 2, 1, bias=False),
        pool=nn.AvgPool2d(2) if halve else nn.Identity()))


class DenseFeatures(nn.Module):
    """DenseNet-121 that shrinks the image by 8."""

    def __init__(self) -> None:
        super().__init__()
        self.start_features = nn.Sequential(OrderedDict(
            conv0=nn.Conv2d(3, FIRST, 7, stride=2, padding=3, bias=False), norm0=nn.BatchNorm2d(FIRST), relu0=nn.ReLU(),
            pool0=nn.MaxPool2d(3, stride=2, padding=1)))
        self.blocks = nn.ModuleList()
        channels = FIRST
        for number, layers in enumerate(BLOCKS):
            self._add(f'denseblock{number + 1}', dense_block(channels, layers))
            channels += layers * GROWTH
            if number < len(BLOCKS) - 1:
                self._add(f'transition{number + 1}', transition(channels, number == HALVED_AFTER))
                channels //= 2

    def _add(self, name: str, block: nn.Module) -> None:
        self.blocks.append(block)
        self.add_module(name, block)        # the published file holds each block under both names

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 3, h, w) to (B, 1024, h / 8, w / 8)."""
        x = self.start_features(x)
        for block in self.blocks:
            x = block(x)
        return x


class Pyramid(nn.Module):
    """What there is in the whole image, its quarters, ninths and thirty-sixths, beside what there is at each place."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.stages = nn.ModuleList(nn.Sequential(nn.AdaptiveAvgPool2d(side), nn.Conv2d(channels, channels, 1, bias=False))
                                    for side in POOLED)
        self.bottleneck = nn.Conv2d(channels * (len(POOLED) + 1), out, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, C, h, w) to (B, out, h, w)."""
        pooled = [_resized(stage(x), x.shape[2:]) for stage in self.stages]
        return functional.relu(self.bottleneck(torch.cat([*pooled, x], dim=1)))


class Doubling(nn.Module):
    """Doubles the image."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(channels, out, 3, padding=1), nn.BatchNorm2d(out), nn.PReLU())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, C, h, w) to (B, out, 2 h, 2 w)."""
        return self.conv(_resized(x, (2 * x.shape[2], 2 * x.shape[3])))


class LipNetwork(nn.Module):
    """The whole network, for use, not for training: the published one drops channels by chance while it learns, and its
    `classifier` tells which classes are in the image, which nobody asks here; its weights are kept so that the file fits."""

    def __init__(self) -> None:
        super().__init__()
        self.feats = DenseFeatures()
        self.psp = Pyramid(1024, 1024)
        self.up_1, self.up_2, self.up_3 = Doubling(1024, 256), Doubling(256, 64), Doubling(64, 64)
        self.final = nn.Sequential(nn.Conv2d(64, CLASSES, 1))
        self.classifier = nn.Sequential(nn.Linear(AUXILIARY, HEAD), nn.ReLU(), nn.Linear(HEAD, CLASSES))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Scores (B, 20, h, w) before softmax of a normalised RGB image (B, 3, h, w); h and w are multiples of 8."""
        return self.final(self.up_3(self.up_2(self.up_1(self.psp(self.feats(x))))))


def _resized(x: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    return functional.interpolate(x, size=tuple(size), mode='bilinear', align_corners=False)
