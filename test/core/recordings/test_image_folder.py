"""Recorded images: a folder with color/, depth/ and calibration.json."""

import json

import cv2
import numpy as np
import pytest

from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.image_folder import open_folder

FOCAL = {'fx': 500.0, 'fy': 510.0, 'cx': 15.5, 'cy': 11.5}
TURN = cv2.Rodrigues(np.array([0.01, -0.02, 0.03]))[0]
SHIFT = [0.02, -0.001, 0.003]
COLOR = np.random.default_rng(0).integers(0, 256, (3, 24, 32, 3), np.uint8)
DEPTH_MM = np.random.default_rng(1).integers(1, 5000, (3, 12, 16)).astype(np.uint16)


@pytest.fixture
def folder(tmp_path):
    """Three moments; the depth image has half the size."""
    for name in ('color', 'depth'):
        (tmp_path / name).mkdir()
    for index in range(3):
        cv2.imwrite(str(tmp_path / 'color' / f'{index:04d}.png'), COLOR[index])
        cv2.imwrite(str(tmp_path / 'depth' / f'{index:04d}.png'), DEPTH_MM[index])
    calibrate(tmp_path, {'color': FOCAL, 'depth': FOCAL, 'rotation': TURN.tolist(), 'translation': SHIFT})
    return tmp_path


def calibrate(folder, calibration):
    (folder / 'calibration.json').write_text(json.dumps(calibration))


def test_images_come_as_they_were_written(folder):
    images = open_folder(folder)
    assert len(images) == 3
    for index in range(3):
        np.testing.assert_array_equal(images.color(index), COLOR[index])
        depth = images.depth(index)
        assert depth.dtype == np.float32
        np.testing.assert_allclose(depth, DEPTH_MM[index] / 1000.0, rtol=1e-6)


def test_our_calibration(folder):
    images = open_folder(folder)
    assert images.color_camera == Intrinsics(32, 24, 500.0, 510.0, 15.5, 11.5)
    assert images.depth_camera == Intrinsics(16, 12, 500.0, 510.0, 15.5, 11.5)
    np.testing.assert_array_equal(images.extrinsics.rotation, TURN)
    np.testing.assert_array_equal(images.extrinsics.translation, SHIFT)


def test_calibration_of_course_data(folder):
    k = [[500.0, 0, 15.5], [0, 510.0, 11.5], [0, 0, 1]]
    calibrate(folder, {'rgb_K': k, 'depth_K': k, 'R_depth_to_rgb': TURN.tolist(), 't_depth_to_rgb_m_recommended': SHIFT})
    images, ours = open_folder(folder), Intrinsics(32, 24, 500.0, 510.0, 15.5, 11.5)
    assert images.color_camera == ours and (images.depth_camera.width, images.depth_camera.fy) == (16, 510.0)
    np.testing.assert_array_equal(images.extrinsics.translation, SHIFT)


@pytest.mark.parametrize('calibration', [FOCAL, {'color': FOCAL}])
def test_calibration_of_registered_depth(folder, calibration):
    for path in (folder / 'depth').iterdir():
        cv2.imwrite(str(path), np.ones((24, 32), np.uint16))
    calibrate(folder, calibration)
    images = open_folder(folder)
    assert images.extrinsics is None and images.depth_camera == images.color_camera


def test_rgb_stands_for_color_and_jpeg_for_png(folder):
    (folder / 'color').rename(folder / 'rgb')
    for path in (folder / 'rgb').iterdir():
        cv2.imwrite(str(path.with_suffix('.JPG')), np.full((24, 32, 3), (200, 50, 90), np.uint8))
        path.unlink()
    color = open_folder(folder).color(0).astype(int)
    assert np.abs(color - (200, 50, 90)).max() <= 4


def refused(folder):
    with pytest.raises(BadInput) as error:
        open_folder(folder)
    return str(error.value)


def test_missing_images_are_named(folder):
    for path in (folder / 'depth').iterdir():
        path.unlink()
    said = refused(folder)
    assert str(folder / 'depth') in said and 'folder.path' in said


def test_folder_that_is_not_there_is_named(tmp_path):
    assert str(tmp_path / 'nothing') in refused(tmp_path / 'nothing')


def test_image_without_partner_is_named(folder):
    (folder / 'depth' / '0001.png').unlink()
    assert "'0001'" in refused(folder)


@pytest.mark.parametrize(('text', 'said'), [
    ('', 'Expecting value'), ('{"fx": 1', 'delimiter'), ('[1, 2]', 'holds a list'), ('{}', "'fx' is missing"),
    ('{"fx": 500, "fy": 500, "cx": 10}', "'cy' is missing"), ('{"color": {"fx": "wide", "fy": 1, "cx": 1, "cy": 1}}', 'wide'),
    (json.dumps({'color': FOCAL, 'depth': FOCAL}), "'rotation' is missing"),
    (json.dumps({'rgb_K': [[1]], 'depth_K': [[1]]}), 'calibration.json'),
    (json.dumps({**FOCAL, 'fx': 0.0}), 'focal lengths'),
    (json.dumps({'color': FOCAL, 'depth': FOCAL, 'rotation': [[1.0]], 'translation': SHIFT}), 'reshape'),
])
def test_calibration_that_cannot_be_used_is_named(folder, text, said):
    (folder / 'calibration.json').write_text(text)
    message = refused(folder)
    assert said in message and 'calibration.json' in message


def test_missing_calibration_is_named(folder):
    (folder / 'calibration.json').unlink()
    assert str(folder / 'calibration.json') in refused(folder)


def test_registered_depth_of_another_size_is_refused(folder):
    calibrate(folder, FOCAL)
    said = refused(folder)
    assert '16 x 12' in said and '32 x 24' in said


def test_broken_image_is_named(folder):
    (folder / 'color' / '0001.png').write_bytes(b'not an image')
    images = open_folder(folder)
    with pytest.raises(BadInput, match='color/0001.png: cannot be read as an image'):
        images.color(1)


@pytest.mark.parametrize('pixels', [np.ones((12, 16), np.uint8), np.ones((12, 16, 3), np.uint16)])
def test_depth_that_is_not_16_bit_grey_is_refused(folder, pixels):
    cv2.imwrite(str(folder / 'depth' / '0001.png'), pixels)
    with pytest.raises(BadInput, match='depth/0001.png: .*wanted a 16-bit grey PNG in millimetres'):
        open_folder(folder).depth(1)
