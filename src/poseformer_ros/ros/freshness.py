"""Whether a result is still current, and how many images a station that falls behind takes."""

from collections import deque
from dataclasses import dataclass

from poseformer_ros.options import check, option
from poseformer_ros.ros.conversions import NANO

# Stamps are of this machine's clock, or one that is a little off, if images ever came within this time of their stamp, before or
# after it. A recording that is played has older ones.
SAME_CLOCK_S = 1.0
MOST_DRIFT = 1e-4       # seconds a second, between two clocks of quartz
# A result may be so much older than the freshest image ever was on its arrival: two machines' clocks differ a little.
ON_THE_WAY_S = 0.2


@dataclass(frozen=True)
class FreshnessOptions:
    """Which results are published."""

    stale_s: float = option(0.3, 0.0, 10.0, 'a result older than this is not published where newer images have come; 0 publishes '
                                            'all', unit='s')

    def __post_init__(self) -> None:
        check(self)


class Freshness:
    """What the nodes of a process know of the newest image.

    An image that nothing newer has followed is never stale, however long it took: a replay that waits for answers gets them all.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything: time went back."""
        self._newest_ns = -1
        self._least_age_s = float('inf')

    def seen(self, stamp_ns: int, now_ns: int) -> None:
        """Take note of a message that came now."""
        passed_s = max(0, stamp_ns - self._newest_ns) / NANO
        self._newest_ns = max(self._newest_ns, stamp_ns)
        self._least_age_s = min((now_ns - stamp_ns) / NANO, self._least_age_s + MOST_DRIFT * passed_s)

    def stale(self, stamp_ns: int, now_ns: int, stale_s: float) -> bool:
        """Whether a result of this stamp would be published too late: by the stamps of newer images, or by the clock where it is
        theirs."""
        if stale_s == 0.0 or stamp_ns >= self._newest_ns:
            return False
        if self._newest_ns - stamp_ns > stale_s * NANO:
            return True
        # An image that came before its stamp tells by how much its clock is ahead, at least.
        allowed_s = max(stale_s + min(self._least_age_s, 0.0), self._least_age_s + ON_THE_WAY_S)
        return abs(self._least_age_s) < SAME_CLOCK_S and (now_ns - stamp_ns) / NANO > allowed_s


LOOKED_BACK = 60        # images taken
MOST_OVERTAKEN = 6      # of them, by a newer one while they waited; a machine that keeps up has hiccups too, such as a disk's
CALM = 20               # images, of which at most one may have been overtaken where one image more is tried
FEWEST_TAKEN = 10       # at least every tenth image is taken
CALM_S = 2.0            # at a rate that holds, after which one image more is tried; doubled each time that it was too much
MOST_CALM_S = 60.0


class Pace:
    """Every image, or evenly every second, third, ...: as many as the station keeps up with.

    every: which.
    """

    def __init__(self) -> None:
        self.every = 1
        self._came = 0
        self._since_s, self._calm_s = float('-inf'), CALM_S     # since when at this rate
        self._trying = False        # more images than before, not yet for long enough
        self._overtaken: deque[bool] = deque(maxlen=LOOKED_BACK)

    def takes(self) -> bool:
        """Whether the image that has come is taken."""
        self._came += 1
        return self._came % self.every == 0

    def note(self, overtaken: bool, now_s: float) -> None:
        """Say of an image that was taken, now, whether it took the place of one that still waited."""
        self._overtaken.append(overtaken)
        if sum(self._overtaken) >= MOST_OVERTAKEN and self.every < FEWEST_TAKEN:
            # Trouble before anything was tried, as when a station starts, says nothing of the next try.
            self._calm_s = min(2 * self._calm_s, MOST_CALM_S) if self._trying else self._calm_s
            self._go(self.every + 1, now_s, trying=False)
        elif now_s - self._since_s >= self._calm_s and self._is_calm():
            self._calm_s = CALM_S if self._trying else self._calm_s
            self._go(max(self.every - 1, 1), now_s, trying=self.every > 1)

    def _is_calm(self) -> bool:
        return len(self._overtaken) >= CALM and sum(tuple(self._overtaken)[-CALM:]) <= 1

    def _go(self, every: int, now_s: float, trying: bool) -> None:
        if every != self.every:
            self._overtaken.clear()
        self.every, self._since_s, self._trying = every, now_s, trying
