"""The silhouette stage: floor, person, crop."""

from typing import Any

import numpy as np

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.errors import BadInput
from poseformer_ros.options import OptionsByPrefix, defaults, options_of
from poseformer_ros.silhouette.crop import CropOptions, crop
from poseformer_ros.silhouette.floor import FloorFinder, FloorOptions
from poseformer_ros.silhouette.methods import METHODS, Segmentation, SilhouetteOptions
from poseformer_ros.silhouette.person import Silhouette, nobody

OPTIONS = {'silhouette': SilhouetteOptions, 'floor': FloorOptions, **options_of(METHODS), 'crop': CropOptions}


class SilhouetteStage:
    """An image pair in, one person's crop out."""

    def __init__(self, options: OptionsByPrefix = defaults(OPTIONS)) -> None:
        """`options`: of every prefix in OPTIONS. Raises BadInput when the chosen method cannot be had."""
        self._floor = FloorFinder(options['floor'])
        self._method: str = options['silhouette'].method
        self._segment: Segmentation = METHODS[self._method].make(options)
        self._crop: CropOptions = options['crop']

    def reset(self) -> None:
        """Forget floor and person, as after a jump in time."""
        self._floor.reset()
        self._segment.reset()

    def state(self) -> dict[str, Any]:
        """Floor and people, as plain numbers for `resume`; people only where the method can tell them."""
        known = getattr(self._segment, 'state', None)
        return {'floor': self._floor.state(), self._method: known() if known else None}

    def resume(self, state: dict[str, Any]) -> None:
        """Go on from what another stage of the same camera knew a moment ago."""
        self._floor.resume(state['floor'])
        resume = getattr(self._segment, 'resume', None)
        if resume and state.get(self._method):
            resume(state[self._method])

    @property
    def reason(self) -> str:
        """Why nobody is found, for people; empty when somebody is, and where the method does not say."""
        return getattr(self._segment, 'reason', '')

    @property
    def doubt(self) -> str:
        """What seems wrong with the camera, for people; empty when nothing does."""
        return getattr(self._segment, 'doubt', '')

    def follow(self, number: int, pixel: tuple[float, float] = (np.nan, np.nan)) -> int:
        """Follow somebody for as long as the number lasts: a track's number, or with 0 who is at a pixel of the last full image.

        Returns the number. Raises BadInput when nobody is there, or when the method cannot choose.
        """
        choose = getattr(self._segment, 'follow', None)
        if choose is None:
            raise BadInput(f"follow: silhouette.method '{self._method}' does not tell people apart; set it to 'learned'")
        return choose(number, pixel)

    def __call__(self, frame: RgbdFrame) -> Silhouette:
        """Find the followed person; an empty room is `nobody`. Raises BadInput when the images' sizes differ."""
        _check_sizes(frame)
        small, intrinsics, _ = frame.reduced
        floor = self._floor(small, intrinsics)
        found = self._segment(frame, floor)
        return nobody(frame.intrinsics, floor) if found is None else crop(frame, found, floor, self._crop)


def _check_sizes(frame: RgbdFrame) -> None:
    wanted = (frame.intrinsics.height, frame.intrinsics.width)
    if frame.depth.shape != wanted or frame.color.shape != (*wanted, 3):
        raise BadInput(f'frame: depth {frame.depth.shape} and colour {frame.color.shape}, wanted (height, width) '
                       f'{wanted} of camera_info; register depth to colour, or send the camera_info of these images')
