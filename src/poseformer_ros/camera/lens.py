"""Whether an image is raw or rectified, and so which part of its calibration holds and what must be straightened."""

from dataclasses import dataclass

from poseformer_ros.camera.calibration import Calibration
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.camera.undistortion import Undistortion

LENSES = ('auto', 'raw', 'rectified')
# What image_proc and the drivers have in the names of rectified topics: image_rect, image_rect_color, color/rect, image_color_rect.
RECTIFIED_MARK = 'rect'


@dataclass(frozen=True)
class Lens:
    """How images of one stream are read.

    intrinsics: of the straight image. undistortion: makes it from the one that is sent; None where that is straight.
    said: the choice and its reason, for people. doubt: what speaks against it; empty when nothing does.
    """

    intrinsics: Intrinsics
    undistortion: Undistortion | None
    said: str
    doubt: str = ''


def lens_of(calibration: Calibration, choice: str, topic: str) -> Lens:
    """The lens of a topic's images.

    choice: of LENSES; 'auto' takes an image for rectified when its topic says so or D is all zero.
    Raises BadInput for a calibration that no camera has.
    """
    rectified, why = _is_rectified(calibration, choice, topic)
    if rectified and calibration.p[0]:
        return Lens(calibration.rectified(), None, f'rectified, P holds ({why})')
    if rectified:
        doubt = f'{calibration.name}: P is empty though the image is rectified ({why}); K is used, which may be of the raw image'
        return Lens(calibration.raw(), None, f'rectified, K holds as P is empty ({why})', doubt if calibration.distorted else '')
    if not calibration.distorted:
        return Lens(calibration.raw(), None, f'raw without distortion, K holds ({why})')
    undistortion = Undistortion(calibration)
    return Lens(undistortion.intrinsics, undistortion,
                f'raw, distortion of up to {max(map(abs, calibration.d)):.2g} ({calibration.model or "plumb_bob"}) removed ({why})')


def _is_rectified(calibration: Calibration, choice: str, topic: str) -> tuple[bool, str]:
    if choice != 'auto':
        return choice == 'rectified', 'input.lens says so'
    if RECTIFIED_MARK in topic:
        return True, f'{topic} says so'
    return not calibration.distorted, 'D is zero' if not calibration.distorted else 'D is not zero'
