"""Raw or rectified: which matrix holds, and why."""

from dataclasses import replace

import pytest

from poseformer_ros.camera.calibration import Calibration
from poseformer_ros.camera.lens import lens_of

BENT = Calibration('color/camera_info', 320, 240, 'plumb_bob', (260.0, 0, 155, 0, 262, 124, 0, 0, 1), (0.1, 0, 0, 0, 0),
                   (295.0, 0, 158, 0, 0, 295, 120, 0, 0, 0, 1, 0))
STRAIGHT = replace(BENT, d=(0.0,) * 5)
NO_P = replace(BENT, p=(0.0,) * 12)


@pytest.mark.parametrize(('calibration', 'choice', 'topic', 'fx', 'straightened', 'said'), [
    (BENT, 'auto', '/cam/color/image_raw', 260, True, 'raw, distortion of up to 0.1 (plumb_bob) removed (D is not zero)'),
    (BENT, 'auto', '/cam/color/image_rect', 295, False, 'rectified, P holds (/cam/color/image_rect says so)'),
    (STRAIGHT, 'auto', '/cam/color/image_raw', 295, False, 'rectified, P holds (D is zero)'),
    (BENT, 'rectified', '/cam/color/image_raw', 295, False, 'rectified, P holds (input.lens says so)'),
    (BENT, 'raw', '/cam/color/image_rect', 260, True, 'removed (input.lens says so)'),
    (STRAIGHT, 'raw', '/cam/color/image_raw', 260, False, 'raw without distortion, K holds (input.lens says so)'),
    (replace(STRAIGHT, p=NO_P.p), 'auto', '/cam/image_raw', 260, False, 'K holds as P is empty (D is zero)'),
])
def test_which_matrix_holds(calibration, choice, topic, fx, straightened, said):
    lens = lens_of(calibration, choice, topic)
    assert lens.intrinsics.fx == fx
    assert (lens.undistortion is not None) == straightened
    assert said in lens.said and lens.doubt == ''


def test_rectified_image_whose_calibration_has_no_p_is_doubted():
    lens = lens_of(NO_P, 'auto', '/cam/color/image_rect')
    assert lens.intrinsics.fx == 260 and 'P is empty though the image is rectified' in lens.doubt
