"""The paper's transformer encoder in PyTorch (equations 31 to 38), over a whole window and causal over an endless one.

Both share embedding, layers and head. `PaperEncoder` sees its window at once: sinusoidal positions, attention of every
frame to every other, mean over time. `CausalEncoder` lets each frame see itself and the `window - 1` frames before, in
every layer, and averages the newest `pool` answers, so that it can run one frame at a time (`streaming.py`).

Causal positions are a learned number per head and distance in frames, added to the attention's scores (Raffel et al.,
JMLR 2020), started at the slopes of Press et al. (ICLR 2022). Only distances enter, never a count of frames since the
start, so nothing drifts or loses digits however long the stream is; and a cached key stays as it is, where a rotation
would have to be undone or grow with time.
"""

import math

import torch
from torch import nn

from poseformer_ros.recognition.encoder_size import STANDARD_LIMIT, EncoderSize

DROPOUT = 0.1               # Vaswani et al., NeurIPS 2017
FURTHEST_SLOPE = 8.0        # slopes of the heads run from 2^-1 to 2^-8 (Press et al.)


class Embedding(nn.Module):
    """Features to width d (equation 31).

    Values are standardised with the training set's mean and deviation. A missing part's values become zero, which is the
    mean; its presence flag, also an input, gives it a learned stand-in.
    """

    def __init__(self, width: int, part_sizes: tuple[int, ...]) -> None:
        super().__init__()
        features = sum(part_sizes)
        self.linear = nn.Linear(features + len(part_sizes), width)
        self.register_buffer('mean', torch.zeros(features))
        self.register_buffer('deviation', torch.ones(features))
        self.register_buffer('part', torch.repeat_interleave(torch.arange(len(part_sizes)), torch.tensor(part_sizes)))

    def forward(self, values: torch.Tensor, present: torch.Tensor) -> torch.Tensor:
        """values (..., F), present (..., P) 0 or 1; returns (..., d)."""
        standard = ((values - self.mean) / self.deviation).clamp(-STANDARD_LIMIT, STANDARD_LIMIT)
        standard = torch.where(present[..., self.part] > 0, standard, torch.zeros_like(standard))
        return self.linear(torch.cat([standard, present], dim=-1))


class EncoderLayer(nn.Module):
    """Multi-head attention and feed-forward, each with residual and layer norm (equations 33 to 37)."""

    def __init__(self, size: EncoderSize) -> None:
        super().__init__()
        self.heads = size.heads
        self.qkv = nn.Linear(size.width, 3 * size.width)
        self.mix = nn.Linear(size.width, size.width)
        self.norm_attention = nn.LayerNorm(size.width)
        self.up = nn.Linear(size.width, size.feed_forward)
        self.down = nn.Linear(size.feed_forward, size.width)
        self.norm_feed_forward = nn.LayerNorm(size.width)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, x: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        """x (B, T, d); bias (heads, T, T), added to the scores, -inf where a frame must not look; returns (B, T, d)."""
        x = self.norm_attention(x + self.dropout(self.mix(self._attend(x, bias))))
        return self.norm_feed_forward(x + self.dropout(self.down(torch.relu(self.up(x)))))

    def _attend(self, x: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)      # each (B, heads, T, d_k)
        scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]) + bias
        return (scores.softmax(-1) @ v).transpose(1, 2).flatten(2)


class PaperEncoder(nn.Module):
    """The method as published: one answer for a whole window."""

    def __init__(self, size: EncoderSize, part_sizes: tuple[int, ...], classes: int) -> None:
        super().__init__()
        self.embedding = Embedding(size.width, part_sizes)
        self.layers = nn.ModuleList(EncoderLayer(size) for _ in range(size.layers))
        self.head = nn.Linear(size.width, classes)

    def forward(self, values: torch.Tensor, present: torch.Tensor) -> torch.Tensor:
        """values (B, T, F), present (B, T, P); returns logits (B, C), whose softmax are the probabilities."""
        x = self.embedding(values, present)
        x = x + sinusoids(x.shape[1], x.shape[2])
        whole = x.new_zeros(1, x.shape[1], x.shape[1])
        for layer in self.layers:
            x = layer(x, whole)
        return self.head(x.mean(dim=1))


class CausalEncoder(nn.Module):
    """The same at every frame of an endless stream, from the frames so far."""

    def __init__(self, size: EncoderSize, part_sizes: tuple[int, ...], classes: int) -> None:
        super().__init__()
        self.size = size
        self.embedding = Embedding(size.width, part_sizes)
        self.layers = nn.ModuleList(EncoderLayer(size) for _ in range(size.layers))
        slopes = 2.0 ** (-FURTHEST_SLOPE * torch.arange(1, size.heads + 1) / size.heads)
        start = -slopes[:, None] * torch.arange(size.window)
        self.distance_bias = nn.Parameter(start.repeat(size.layers, 1, 1))      # (layers, heads, window)
        self.head = nn.Linear(size.width, classes)

    def forward(self, values: torch.Tensor, present: torch.Tensor) -> torch.Tensor:
        """values (B, T, F), present (B, T, P) 0 or 1; returns logits (B, T, C), each from its frame and those before."""
        x = self.embedding(values, present)
        distance, hidden = band(x.shape[1], self.size.window)
        for layer, bias in zip(self.layers, self.distance_bias):
            x = layer(x, bias[:, distance].masked_fill(hidden, -torch.inf))
        return causal_mean(self.head(x), self.size.pool)


def band(frames: int, window: int) -> tuple[torch.Tensor, torch.Tensor]:
    """How many frames back (T, T), from row to column, inside the window; and (T, T) whether it lies outside."""
    back = torch.arange(frames)[:, None] - torch.arange(frames)
    return back.clamp(0, window - 1), (back < 0) | (back >= window)


def causal_mean(x: torch.Tensor, count: int) -> torch.Tensor:
    """Mean of each frame and the count - 1 before, of fewer at the start; x (B, T, C).

    The mean stands behind the head here and before it in equation 38; the head is linear, so both are the same, and what
    has to be remembered while streaming is C numbers a frame.
    """
    padded = nn.functional.pad(x.transpose(1, 2), (count - 1, 0))
    sums = nn.functional.avg_pool1d(padded, count, stride=1) * count
    there = torch.arange(1, x.shape[1] + 1).clamp(max=count)
    return (sums / there).transpose(1, 2)


def sinusoids(frames: int, width: int) -> torch.Tensor:
    """Positional encoding (T, d) of equation 32 (Vaswani et al., NeurIPS 2017)."""
    angle = torch.arange(frames)[:, None] * 10000.0 ** (-torch.arange(0, width, 2) / width)
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1)
