"""Where a person faces, gathered over time: a hidden Markov model over the angle.

One depth image often leaves open whether the front or the back is seen; a body turns continuously, so images before tell.
"""

from dataclasses import dataclass

import numpy as np

from poseformer_ros.options import check, option


@dataclass(frozen=True)
class FacingOptions:
    """How the facing angle is followed; each field becomes a ROS parameter `facing.<name>`."""

    turn_rad: float = option(0.15, 0.01, 1.0, 'how far a person turns from one image to the next; 0.15 is 260 degrees a '
                             'second at 30 Hz', unit='rad')
    trust: float = option(0.3, 0.01, 1.0, 'weight of each image against those before: errors of images that follow one '
                          'another are alike')
    turned_over: float = option(0.6, 0.5, 1.0, 'probability of the other side from which left and right change')
    doubt: float = option(0.01, 0.0, 0.5, 'share of the probability that is spread over all angles anew in each image')

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class Facing:
    """angle_rad: 0 towards the camera, positive to the image's right; sigma_rad: circular standard deviation.
    back: whether the back is seen, steady over time."""

    angle_rad: float
    sigma_rad: float
    back: bool


class FacingFilter:
    """One person's facing; starts anew for another track."""

    def __init__(self, options: FacingOptions = FacingOptions()) -> None:
        self._options = options
        self.reset()

    def reset(self) -> None:
        """Forget what was seen."""
        self._belief: np.ndarray | None = None
        self._track_id = 0
        self._back = False

    def __call__(self, seen: np.ndarray, angles_rad: np.ndarray, track_id: int) -> Facing:
        """Take in one image.

        seen: (B,) probabilities of this image. angles_rad: (B,) of the bins, evenly around the circle.
        """
        first = self._belief is None or track_id != self._track_id
        belief = seen if first else self._expected(angles_rad) * np.maximum(seen, 1e-6) ** self._options.trust
        self._belief, self._track_id = belief / belief.sum(), track_id
        back = float(self._belief[np.abs(angles_rad) > np.pi / 2].sum())
        if first:
            self._back = back > 0.5
        elif (1.0 - back if self._back else back) > self._options.turned_over:
            self._back = not self._back
        middle = np.sum(self._belief * np.exp(1j * angles_rad))
        sigma = np.sqrt(-2 * np.log(np.clip(abs(middle), 1e-6, 1.0)))
        return Facing(float(np.angle(middle)), float(sigma), self._back)

    def _expected(self, angles_rad: np.ndarray) -> np.ndarray:
        """The belief one image later."""
        doubt = self._options.doubt
        assert self._belief is not None, 'only after a first image'
        return (1 - doubt) * _turned(self._belief, angles_rad, self._options.turn_rad) + doubt / len(angles_rad)


def _turned(belief: np.ndarray, angles_rad: np.ndarray, sigma_rad: float) -> np.ndarray:
    """Belief after a turn of unknown size, by circular convolution with a wrapped normal distribution."""
    away = np.angle(np.exp(1j * (angles_rad - angles_rad[0])))
    kernel = np.exp(-0.5 * (away / sigma_rad) ** 2)
    return np.real(np.fft.ifft(np.fft.fft(belief) * np.fft.fft(kernel / kernel.sum()))).clip(min=0.0)
