"""Networks on series of channels, in PyTorch: GRU, a 1-D CNN like LITE, the paper's encoder and its causal variant."""

from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from poseformer_ros.evaluation.protocol.folds import inner
from poseformer_ros.recognition.encoder import CausalEncoder, PaperEncoder
from poseformer_ros.recognition.encoder_size import EncoderSize

BATCH = 64
LEARNING_RATE, WEIGHT_DECAY = 2e-3, 0.02
SMOOTHING = 0.05            # of the target
NOISE, SHIFT = 0.1, 0.15    # of each frame and of a whole window, in standard deviations
MOST_DEVIATIONS = 6.0
JUDGED = 5                  # one of so many inner folds
PATIENCE = 3                # epochs without a better inner figure, after which training ends
# Sizes at which a fold trains within a minute of one core; the paper's own are in `recognition/encoder_size.py`.
WIDTH = 64
ENCODER = EncoderSize('figures', width=WIDTH, heads=4, layers=2, feed_forward=2 * WIDTH, window=72, pool=72)


class Recurrent(nn.Module):
    """A gated recurrent unit; its last state answers."""

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.embedding = nn.Linear(channels, WIDTH)
        self.gru = nn.GRU(WIDTH, WIDTH, batch_first=True)
        self.head = nn.Linear(WIDTH, classes)

    def forward(self, series: torch.Tensor) -> torch.Tensor:
        """(B, L, C) to logits (B, classes)."""
        return self.head(self.gru(torch.relu(self.embedding(series)))[0][:, -1])


class Convolutional(nn.Module):
    """Depthwise separable convolutions of several lengths, then the mean over time, after LITE (Ismail-Fawaz et al., DSAA 2023).

    LITE's fixed hand-made filters are left out.
    """

    LENGTHS, DILATIONS = (3, 5, 9), (1, 2, 4)

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.embedding = nn.Conv1d(channels, WIDTH, 1)
        self.first = nn.ModuleList(nn.Conv1d(WIDTH, WIDTH, size, padding=size // 2, groups=WIDTH) for size in self.LENGTHS)
        side_by_side = WIDTH * len(self.LENGTHS)
        self.mix = nn.Sequential(nn.BatchNorm1d(side_by_side), nn.ReLU(), nn.Conv1d(side_by_side, WIDTH, 1))
        self.later = nn.ModuleList(nn.Sequential(
            nn.Conv1d(WIDTH, WIDTH, 5, padding=2 * step, dilation=step, groups=WIDTH), nn.Conv1d(WIDTH, WIDTH, 1),
            nn.BatchNorm1d(WIDTH), nn.ReLU()) for step in self.DILATIONS)
        self.head = nn.Sequential(nn.Dropout(0.3), nn.Linear(2 * WIDTH, classes))

    def forward(self, series: torch.Tensor) -> torch.Tensor:
        """(B, L, C) to logits (B, classes)."""
        x = self.embedding(series.transpose(1, 2))
        x = self.mix(torch.cat([layer(x) for layer in self.first], dim=1))
        for layer in self.later:
            x = x + layer(x)
        return self.head(torch.cat([x.mean(dim=2), x.amax(dim=2)], dim=1))


class WholeWindow(nn.Module):
    """The paper's encoder over channels, which are one part that is always there."""

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.encoder = PaperEncoder(ENCODER, (channels,), classes)

    def forward(self, series: torch.Tensor) -> torch.Tensor:
        """(B, L, C) to logits (B, classes)."""
        return self.encoder(series, series.new_ones(*series.shape[:2], 1))


class Causal(nn.Module):
    """The causal encoder; its answer at the window's last frame."""

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.encoder = CausalEncoder(ENCODER, (channels,), classes)

    def forward(self, series: torch.Tensor) -> torch.Tensor:
        """(B, L, C) to logits (B, classes)."""
        return self.encoder(series, series.new_ones(*series.shape[:2], 1))[:, -1]


class Network:
    """Trains a network on all people but an inner fold's, keeps the epoch that is best on these, and answers."""

    def __init__(self, make: Callable[[int, int], nn.Module], classes: int, seed: int, epochs: int) -> None:
        self._make, self._classes, self._seed, self._epochs = make, classes, seed, epochs

    def fit(self, inputs: np.ndarray, targets: np.ndarray, people: np.ndarray) -> None:
        """Learn; the same numbers give the same network."""
        torch.manual_seed(self._seed)
        torch.set_num_threads(1)
        judged = inner(people.tolist(), JUDGED)[0] if len(set(people.tolist())) > 1 else np.zeros(len(targets), bool)
        seen = inputs[~judged]
        self._mean, self._deviation = seen.mean(axis=(0, 1)), seen.std(axis=(0, 1)) + 1e-3
        self._network = self._make(2 * inputs.shape[2], self._classes)
        x, y = self._standard(inputs), torch.from_numpy(targets)
        rows, held = torch.from_numpy(np.flatnonzero(~judged)), torch.from_numpy(np.flatnonzero(judged))
        optimiser = torch.optim.AdamW(self._network.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
        best, since, kept = -1.0, 0, None
        for _ in range(self._epochs):
            self._epoch(x[rows], y[rows], optimiser)
            right = self._share_right(x[held], y[held]) if len(held) else 0.0
            best, since, kept = (right, 0, self._copy()) if right > best or not len(held) else (best, since + 1, kept)
            if since >= PATIENCE:
                break
        self._network.load_state_dict(kept)

    def probabilities(self, inputs: np.ndarray) -> np.ndarray:
        """(n, classes)."""
        self._network.eval()
        with torch.inference_mode():
            pieces = [self._network(piece).softmax(-1).numpy() for piece in self._standard(inputs).split(4 * BATCH)]
        return np.concatenate(pieces).astype(float)

    def _standard(self, inputs: np.ndarray) -> torch.Tensor:
        """Channels standardised by those learned from, and their change from step to step: (n, L, 2 C)."""
        standard = np.clip((inputs - self._mean) / self._deviation, -MOST_DEVIATIONS, MOST_DEVIATIONS)
        change = np.diff(standard, axis=1, prepend=standard[:, :1])
        return torch.from_numpy(np.concatenate([standard, 3.0 * change], axis=2).astype(np.float32))

    def _epoch(self, x: torch.Tensor, y: torch.Tensor, optimiser: torch.optim.Optimizer) -> None:
        self._network.train()
        for chosen in torch.randperm(len(x)).split(BATCH):
            if len(chosen) > 1:
                batch = x[chosen]
                batch = batch + NOISE * torch.randn_like(batch) + SHIFT * torch.randn(len(batch), 1, batch.shape[2])
                loss = nn.functional.cross_entropy(self._network(batch), y[chosen], label_smoothing=SMOOTHING)
                optimiser.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(self._network.parameters(), 1.0)
                optimiser.step()

    def _share_right(self, x: torch.Tensor, y: torch.Tensor) -> float:
        self._network.eval()
        with torch.inference_mode():
            return float(torch.cat([self._network(piece).argmax(-1) for piece in x.split(4 * BATCH)]).eq(y).float().mean())

    def _copy(self) -> dict[str, torch.Tensor]:
        return {name: tensor.clone() for name, tensor in self._network.state_dict().items()}
