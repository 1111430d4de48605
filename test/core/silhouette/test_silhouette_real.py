"""The silhouette stage on real images, which stay outside the repository."""

import json

import cv2
import numpy as np
import pytest

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.camera.registration import DepthRegistration
from poseformer_ros.silhouette.stage import SilhouetteStage

# From the data's README: the room is empty in these; a whole person stands free in those.
EMPTY = [*range(1, 4), *range(7, 27)]
WHOLE = [32, 33, 34, *range(38, 45), 46, *range(48, 53)]


def metres(path) -> np.ndarray:
    depth = cv2.imread(str(path), cv2.IMREAD_UNCHANGED).astype(np.float32) / 1000.0
    depth[depth == 0.0] = np.nan
    return depth


def intrinsics(matrix: list) -> Intrinsics:
    return Intrinsics(640, 480, matrix[0][0], matrix[1][1], matrix[0][2], matrix[1][2])


@pytest.fixture(scope='module')
def found_in_room(shared_data):
    """Silhouette of each image of the Xtion room by its number, in order."""
    folder = shared_data / 'rgbd_xtion_room'
    if not folder.is_dir():
        pytest.skip(f'{folder} is absent')
    calibration = json.loads((folder / 'calibration.json').read_text())
    color = intrinsics(calibration['rgb_K'])
    register = DepthRegistration(intrinsics(calibration['depth_K']), color, np.array(calibration['R_depth_to_rgb']),
                                 np.array(calibration['t_depth_to_rgb_m_recommended']))
    stage = SilhouetteStage()
    return {number: stage(RgbdFrame(cv2.imread(str(folder / f'rgb/{number:04d}.jpg')),
                                    register(metres(folder / f'depth/{number:04d}.png')), color))
            for number in range(1, 59)}


def test_the_empty_room_is_empty(found_in_room):
    assert [number for number in EMPTY if found_in_room[number].found] == []


def test_whoever_is_found_measures_like_a_person(found_in_room):
    """Crown 1.5 to 2 m above the floor; where a whole person stands free, 90 % of the masks reach the floor."""
    standing = 0
    for number in WHOLE:
        found = found_in_room[number]
        assert found.found, number
        known = found.mask & np.isfinite(found.depth)
        heights = np.sort(found.floor.height(found.intrinsics.deproject_image(found.depth.astype(float))[known]))
        assert 1.5 < heights[-20] < 2.0, number
        standing += heights[20] < 0.15
    assert standing >= 0.9 * len(WHOLE)


def test_the_man_from_the_front_measures_1_73_m(shared_data):
    folder = shared_data / 'rgbd_kinect2_front'
    if not folder.is_dir():
        pytest.skip(f'{folder} is absent')
    calibration = json.loads((folder / 'calibration.json').read_text())
    camera = Intrinsics(*calibration['size'], *(calibration[key] for key in ('fx', 'fy', 'cx', 'cy')))
    frame = RgbdFrame(cv2.imread(str(folder / 'color/01.png')), metres(folder / 'depth/01.png'), camera)
    found = SilhouetteStage()(frame)
    rows = np.flatnonzero(found.mask.any(1))[[0, -1]]
    row_depth = [np.nanmedian(found.depth[row][found.mask[row]]) for row in rows]
    top, bottom = found.intrinsics.deproject(np.stack([np.zeros(2), rows], axis=1), np.array(row_depth))
    assert abs(bottom[1] - top[1] - 1.73) < 0.04
    assert found.floor is None and not found.cut
