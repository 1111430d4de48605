"""One repetition of an exercise in time."""

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Repetition:
    """number: from 1. side: +1 to the left, -1 to the right, 0 where an exercise has none. Stamps in seconds.

    start_s: the movement begins. far_s, leave_s: it arrives at its far end, and leaves it. end_s: it is back.
    extent: greatest distance from the rest level, in the signal's unit. half: far smaller than the set's others, or cut off.
    """

    number: int
    side: int
    start_s: float
    far_s: float
    leave_s: float
    end_s: float
    extent: float
    half: bool = False

    @property
    def out_s(self) -> float:
        """Time of the way out."""
        return self.far_s - self.start_s

    @property
    def hold_s(self) -> float:
        """Time at the far end."""
        return self.leave_s - self.far_s

    @property
    def back_s(self) -> float:
        """Time of the way back."""
        return self.end_s - self.leave_s


def numbered(repetitions: Iterable[Repetition]) -> list[Repetition]:
    """The same, numbered from 1."""
    return [replace(one, number=number) for number, one in enumerate(repetitions, start=1)]
