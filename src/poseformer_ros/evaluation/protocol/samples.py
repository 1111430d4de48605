"""What is classified: stretches of motions, each with one answer."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from poseformer_ros.recordings.labelled.labelled_motion import REST, LabelledMotion

LEAST_FRAMES = 4
SECONDS_SEEN = (0.5, 1.0, 2.0, 3.0, 5.0, 8.0)
MOSTLY = 0.5        # a window has the label that this share of its frames has


@dataclass(frozen=True)
class Sample:
    """Frames `begin` to `end` (not included) of a motion, by its index, and what is done there."""

    motion: int
    begin: int
    end: int
    label: str
    person: str
    group: str

    @property
    def key(self) -> str:
        """Unique in a unit."""
        return f'{self.motion}:{self.begin}:{self.end}'


def sequences(motions: Sequence[LabelledMotion]) -> Iterator[Sample]:
    """Each motion as a whole, rest included."""
    for index, motion in enumerate(motions):
        yield _sample(motion, index, 0, len(motion), motion.exercise)


def repetitions(motions: Sequence[LabelledMotion]) -> Iterator[Sample]:
    """Each repetition that was marked."""
    for index, motion in enumerate(motions):
        for number in range(1, int(motion.repetition.max(initial=0)) + 1):
            frames = np.flatnonzero(motion.repetition == number)
            if len(frames) >= LEAST_FRAMES:
                yield _sample(motion, index, int(frames[0]), int(frames[-1]) + 1, motion.exercise)


def windows(motions: Sequence[LabelledMotion], frames: int, rest: bool, stride: int | None = None) -> Iterator[Sample]:
    """Windows of motions whose repetitions are marked, side by side or `stride` frames apart.

    rest: also those that lie mostly outside the repetitions, as REST.
    """
    for index, motion in enumerate(motions):
        if motion.repetition.any():
            for begin in range(0, len(motion) - frames + 1, stride or frames):
                inside = (motion.labels[begin:begin + frames] != REST).mean() >= MOSTLY
                if inside or rest:
                    yield _sample(motion, index, begin, begin + frames, motion.exercise if inside else REST)


def beginnings(motions: Sequence[LabelledMotion], seconds: float) -> Iterator[Sample]:
    """The first so many seconds after each motion's first repetition begins; of shorter ones all that there is."""
    for index, motion in enumerate(motions):
        inside = np.flatnonzero(motion.repetition)
        if len(inside):
            begin = int(inside[0])
            end = min(len(motion), begin + max(LEAST_FRAMES, round(seconds * motion.rate_hz)))
            if end - begin >= LEAST_FRAMES:
                yield _sample(motion, index, begin, end, motion.exercise)


def _sample(motion: LabelledMotion, index: int, begin: int, end: int, label: str) -> Sample:
    return Sample(index, begin, end, label, motion.person, motion.group)


@dataclass(frozen=True)
class Unit:
    """What one sample is. text: for people. samples: of the motions of a data set. rest: whether REST is an answer."""

    text: str
    samples: Callable[[Sequence[LabelledMotion]], Iterator[Sample]]
    rest: bool = False


def _windows_of(seconds: float, rest: bool) -> Callable[[Sequence[LabelledMotion]], Iterator[Sample]]:
    return lambda motions: windows(motions, round(seconds * motions[0].rate_hz), rest)


def _moments(motions: Sequence[LabelledMotion]) -> Iterator[Sample]:
    second = round(motions[0].rate_hz)
    return windows(motions, second, True, second // 2)


def _beginnings_of(seconds: float) -> Callable[[Sequence[LabelledMotion]], Iterator[Sample]]:
    return lambda motions: beginnings(motions, seconds)


def _frames_of(frames: int) -> Callable[[Sequence[LabelledMotion]], Iterator[Sample]]:
    return lambda motions: windows(motions, frames, False)


UNITS: Mapping[str, Unit] = {
    'sequence': Unit('whole sequences', sequences),
    'repetition': Unit('repetitions', repetitions),
    'window_1s': Unit('windows of 1 s inside the repetitions', _windows_of(1.0, False)),
    'window_2s': Unit('windows of 2 s inside the repetitions', _windows_of(2.0, False)),
    'rest_1s': Unit('windows of 1 s of whole recordings, rest as a class', _windows_of(1.0, True), rest=True),
    'rest_2s': Unit('windows of 2 s of whole recordings, rest as a class', _windows_of(2.0, True), rest=True),
    'moment': Unit('moments, every half second, from the second before alone, rest as a class', _moments, rest=True),
    'window_10': Unit('windows of 10 frames', _frames_of(10)),
    'window_20': Unit('windows of 20 frames', _frames_of(20)),
    'window_60': Unit('windows of 60 frames', _frames_of(60)),
    **{f'seen_{seconds:g}s': Unit(f'the first {seconds:g} s after the first repetition begins', _beginnings_of(seconds))
       for seconds in SECONDS_SEEN},
}
