"""Frames as they come, turned into frames at the model's rate.

A model learns at one rate, where a number of frames is a time. Cameras run at 10 to 60 Hz and lose frames, so each frame that
comes stands for as many of the model's frames as its time asks for: none, one or several. The last of them is the frame
itself, those before are interpolated from the frame before, so nothing is delayed. Counting goes from the first frame's stamp,
so no rounding adds up.
"""

import numpy as np

Frame = tuple[np.ndarray, np.ndarray]


class Resampler:
    """Frames of one unbroken stretch of time at a steady rate."""

    def __init__(self, rate_hz: float, part_sizes: tuple[int, ...]) -> None:
        self._rate_hz = rate_hz
        self._owner = np.repeat(np.arange(len(part_sizes)), part_sizes)
        self.reset()

    def reset(self) -> None:
        """Begin a new stretch with the next frame."""
        self._start_s = 0.0
        self._given = 0
        self._before: Frame | None = None

    def __call__(self, stamp_s: float, values: np.ndarray, flags: np.ndarray) -> list[Frame]:
        """The model's frames up to this stamp, which must not be before the last one.

        values: (1, F) features. flags: (1, P), 0 where a part is missing. Returns frames like it.
        """
        if self._before is None:
            self._start_s = stamp_s
        due = int(np.floor((stamp_s - self._start_s) * self._rate_hz + 0.5)) + 1 - self._given
        if due <= 0:
            return []
        before, now = self._before or (values, flags), (values, flags)
        self._given += due
        self._before = now
        return [between(before, now, index / due, self._owner) for index in range(1, due)] + [now]


def between(before: Frame, now: Frame, share: float | np.ndarray, owner: np.ndarray) -> Frame:
    """Frames (T, .) at a share of the way from one to the next; a part that is not in both is as it is now.

    share: 0 to 1, one for all or (T, 1). owner: (F,) the part of each feature.
    """
    both = ((before[1] > 0) & (now[1] > 0))[:, owner]
    moving = before[0] + np.float32(share) * (now[0] - before[0])
    return np.where(both, moving, now[0]), now[1]


def without_broken(values: np.ndarray, flags: np.ndarray, owner: np.ndarray) -> Frame:
    """Frames (T, .) with every part missing that holds a value which is not finite; changes the arrays it is given."""
    broken = ~np.isfinite(values)
    if broken.any():
        rows, columns = np.nonzero(broken)
        flags[rows, owner[columns]] = 0.0
        values[broken] = 0.0
    return values, flags
