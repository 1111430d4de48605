"""When a person does what: repetitions, pauses and rest as smooth courses over time."""

from dataclasses import dataclass

import numpy as np

from poseformer_ros.synthesis.motion.motion_style import MotionStyle

READY_S = 1.4       # from standing to an exercise's starting position, and back
OPENING_SHARE = 0.5 # of a circle's time, in which it grows to its size
STANDING_S = 0.5    # standing still before and after


@dataclass(frozen=True)
class Course:
    """An exercise's course over the frames of a clip.

    seconds: (T,).
    ready: (T,) from 0 standing to 1 in the starting position.
    reach: (T,) from 0 at the start of a repetition to about 1 at its far end, pauses and back to 0.
    limbs: (T, 2) the same for the left and right limb.
    turn: (T,) share of the repetition's way, 0 to 1, evenly smooth; for circles and gait.
    side: (T,) +1 left or -1 right, changing between repetitions.
    tried: (T,) bool, where the starting position is taken and given up once, before it is taken for good.
    repetition, phase: as in `MotionClip`.
    """

    seconds: np.ndarray
    ready: np.ndarray
    reach: np.ndarray
    limbs: np.ndarray
    turn: np.ndarray
    side: np.ndarray
    tried: np.ndarray
    repetition: np.ndarray
    phase: np.ndarray

    @property
    def circle_rad(self) -> np.ndarray:
        """(T,) angle of a circle's way, positive to the left."""
        return 2 * np.pi * self.turn * self.side

    @property
    def active(self) -> np.ndarray:
        """(T,) bool, whether the frame is in a repetition."""
        return self.repetition > 0


def ease(share: np.ndarray) -> np.ndarray:
    """From 0 to 1 with the least jerk (Flash and Hogan, J. Neuroscience 1985); constant outside."""
    s = np.clip(share, 0.0, 1.0)
    return s * s * s * (10.0 + s * (6.0 * s - 15.0))


def course(style: MotionStyle, repetitions: int, move_s: float, rate_hz: float, rng: np.random.Generator,
           alternating: bool = False, circles: int = 0, ready_s: float = READY_S, held_s: float = 0.0,
           tried_s: float = 0.0) -> Course:
    """The course of so many repetitions.

    Args:
        style: tempo, pauses, scatter and fatigue.
        repetitions: how many.
        move_s: usual moving time of one repetition in seconds.
        rate_hz: frames a second.
        rng: scatter between repetitions.
        alternating: left and right take turns.
        circles: repetitions follow one another without pause or rest in so many groups, one to either side in turn;
            then `reach` opens at a group's start and closes at its end. 0 for movements out and back.
        ready_s: time to take the starting position. held_s: for which it is held before the first repetition.
        tried_s: for which it is held once before and given up again; 0 without.
    """
    pause, rest = (0.0, 0.0) if circles else (style.pause_s, style.rest_s)
    tired = style.fatigue * np.arange(repetitions) / max(repetitions - 1, 1)
    scatter = 1.0 + style.variation * np.clip(rng.standard_normal((2, repetitions)), -2, 2)
    moving = move_s / style.tempo * (1.0 + tired) * (1.0 if circles else scatter[0])
    sizes = style.amplitude * (1.0 - tired) * scatter[1]
    taken_s = STANDING_S + (2.0 * ready_s + tried_s if tried_s else 0.0)
    begins = taken_s + ready_s + held_s + np.concatenate([[0.0], np.cumsum(moving + pause + rest)])
    ends_ready = begins[-1]
    count = int(np.ceil((ends_ready + ready_s + STANDING_S) * rate_hz)) + 1
    seconds = np.arange(count) / rate_hz
    ready = ease((seconds - taken_s) / ready_s) * (1.0 - ease((seconds - ends_ready) / ready_s))
    tried = (seconds >= STANDING_S) & (seconds < taken_s)
    ready += np.where(tried, ease((seconds - STANDING_S) / ready_s) * ease((taken_s - seconds) / ready_s), 0.0)
    index = np.clip(np.searchsorted(begins, seconds, side='right') - 1, 0, repetitions - 1)
    since = seconds - begins[index]
    length = moving[index] + pause
    active = (since >= 0) & (since < length) & (seconds < ends_ready)
    group = index * circles // repetitions if circles else index
    if circles:
        reach = _opened(seconds, begins, circles, repetitions, moving) * np.interp(seconds, begins[:-1], sizes)
    else:
        out = moving[index] * style.out_share
        reach = ease(since / out) * (1.0 - ease((since - out - pause) / (moving[index] - out))) * sizes[index]
    reach = np.where(active, reach, 0.0)
    side = np.full(count, float(style.side)) * (np.where(group % 2 == 0, 1.0, -1.0) if alternating or circles else 1.0)
    return Course(seconds, ready, reach, np.repeat(reach[:, None], 2, axis=1),
                  np.where(active, np.clip(since / length, 0.0, 1.0), 0.0), side, tried,
                  np.where(active, index + 1, 0), np.where(active, since / length, np.nan))


def _opened(seconds: np.ndarray, begins: np.ndarray, groups: int, repetitions: int, moving: np.ndarray) -> np.ndarray:
    """From 0 to 1 within the first half repetition of each group and back within its last half."""
    opened = np.zeros(len(seconds))
    for group in range(groups):
        members = [i for i in range(repetitions) if i * groups // repetitions == group]
        if members:
            ramp = OPENING_SHARE * moving[members[0]]
            opening = ease((seconds - begins[members[0]]) / ramp)
            opened += opening * (1 - ease((seconds - begins[members[-1] + 1]) / ramp + 1))
    return opened
