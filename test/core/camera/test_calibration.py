"""CameraInfo's numbers: which image they are of, and which no camera has."""

from dataclasses import replace

import numpy as np
import pytest

from poseformer_ros.camera.calibration import Calibration
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.errors import BadInput

FULL = Calibration('color/camera_info', 640, 480, 'plumb_bob', (600.0, 0, 310, 0, 610, 250, 0, 0, 1), (0.0,) * 5,
                   (680.0, 0, 330, 0, 0, 690, 240, 0, 0, 0, 1, 0))
POINT = np.array([0.21, -0.13, 1.7])


def test_raw_is_k_and_rectified_is_p():
    assert FULL.raw() == Intrinsics(640, 480, 600, 610, 310, 250)
    assert FULL.rectified() == Intrinsics(640, 480, 680, 690, 330, 240)


def test_empty_p_gives_k():
    assert replace(FULL, p=(0.0,) * 12).rectified() == FULL.raw()


@pytest.mark.parametrize('binning', [(0, 0), (1, 1), (2, 2), (4, 2)])
@pytest.mark.parametrize('roi', [(0, 0, 0, 0), (100, 40, 320, 240)])
@pytest.mark.parametrize('which', ['raw', 'rectified'])
def test_a_point_falls_where_the_full_image_says_less_region_and_binning(binning, roi, which):
    found = getattr(replace(FULL, binning=binning, roi=roi), which)()
    across, down = max(binning[0], 1), max(binning[1], 1)
    width, height = roi[2:] if any(roi) else (640, 480)
    assert (found.width, found.height) == (width // across, height // down)
    wanted = (getattr(FULL, which)().project(POINT) - roi[:2]) / [across, down]
    np.testing.assert_allclose(found.project(POINT), wanted, atol=1e-9)


def with_k(fx=600.0, fy=610.0, cx=310.0, cy=250.0):
    return replace(FULL, k=(fx, 0, cx, 0, fy, cy, 0, 0, 1))


@pytest.mark.parametrize(('calibration', 'said'), [
    (with_k(cx=np.nan), r'centre \(nan, 250\): not finite'),
    (with_k(fx=np.inf), r'focal lengths \(inf, 610\)'),
    (with_k(fx=0.0, fy=0.0), r'focal lengths \(0, 0\): the camera is not calibrated'),
    (with_k(fx=-600.0), r'focal lengths \(-600, 610\)'),
    (with_k(fx=3.67, fy=3.67), r'\(3.67, 3.67\) for 640 x 480 pixels, a view of 179 degrees: K is in pixels, not millimetres'),
    (with_k(fx=6e5, fy=6e5), r'a view of 0.0611 degrees'),
    (with_k(cx=-900.0), r'centre at \(-900, 250\), far outside 640 x 480'),
    (replace(FULL, d=(0.1, np.nan, 0, 0, 0)), r'D is \[0.1, nan'),
    (replace(FULL, width=0, height=0), 'an image of 0 x 0 pixels'),
])
def test_numbers_that_no_camera_has_are_refused_with_the_number(calibration, said):
    with pytest.raises(BadInput, match=f'color/camera_info: .*{said}'):
        calibration.raw()


def test_what_p_says_is_checked_too():
    with pytest.raises(BadInput, match=r'P has focal lengths \(nan, 690\)'):
        replace(FULL, p=(np.nan, *FULL.p[1:])).rectified()


def test_binning_and_region_are_said():
    assert FULL.reduction == ''
    assert replace(FULL, binning=(2, 2), roi=(8, 4, 320, 240)).reduction == 'binning 2 x 2 and region 320 x 240 at (8, 4)'
