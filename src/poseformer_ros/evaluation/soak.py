"""What changes over a long run: memory and latency, as a slope and as beginning and end."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

HOUR_S = 3600.0
# Share of a run that is its beginning, or its end.
PART = 0.1
HEAD = ('', 'first tenth', 'last tenth', 'per hour')


@dataclass(frozen=True)
class Course:
    """A quantity over a run: times (n,) in seconds from its beginning, values (n,)."""

    times_s: np.ndarray
    values: np.ndarray

    @property
    def slope_per_hour(self) -> float:
        """Of the straight line through all values, least squares; NaN for fewer than two moments."""
        if len(self.times_s) < 2 or np.ptp(self.times_s) == 0.0:
            return float('nan')
        return float(np.polyfit(self.times_s, self.values, 1)[0]) * HOUR_S

    def ends(self) -> tuple[float, float]:
        """Medians of the first and the last tenth of the time."""
        first_s, length_s = float(self.times_s.min()), float(np.ptp(self.times_s))
        early, late = self.times_s <= first_s + PART * length_s, self.times_s >= first_s + (1.0 - PART) * length_s
        return float(np.median(self.values[early])), float(np.median(self.values[late]))


def soak_rows(courses: Mapping[str, Course]) -> list[tuple[str, ...]]:
    """A row of HEAD for each quantity by its name."""
    return [(name, *(f'{value:.1f}' for value in course.ends()), f'{course.slope_per_hour:+.1f}')
            for name, course in courses.items()]
