"""Two-plane colour against flat colours by the equations of BT.601."""

import numpy as np
import pytest

from poseformer_ros.camera.half_chroma import bgr_from_half_chroma
from poseformer_ros.errors import BadInput

COLORS = {'red': (255, 0, 0), 'green': (0, 255, 0), 'blue': (0, 0, 255), 'grey': (120, 120, 120)}


def yuv(rgb):
    """Y, U, V of the studio range."""
    r, g, b = rgb
    return (16 + 0.257 * r + 0.504 * g + 0.098 * b, 128 - 0.148 * r - 0.291 * g + 0.439 * b,
            128 + 0.439 * r - 0.368 * g - 0.071 * b)


@pytest.mark.parametrize('encoding', ['nv12', 'nv21'])
@pytest.mark.parametrize('color', COLORS)
@pytest.mark.parametrize('padding', [0, 6])
def test_flat_colours_come_back(encoding, color, padding):
    y, u, v = np.rint(yuv(COLORS[color])).astype(np.uint8)
    width, height = 8, 4
    planes = np.full((height * 3 // 2, width + padding), 77, np.uint8)
    planes[:height, :width] = y
    planes[height:, 0:width:2], planes[height:, 1:width:2] = (u, v) if encoding == 'nv12' else (v, u)
    found = bgr_from_half_chroma(planes.ravel(), encoding, width, height, width + padding)
    assert found.shape == (height, width, 3)
    np.testing.assert_allclose(found, np.broadcast_to(COLORS[color][::-1], found.shape), atol=4)


@pytest.mark.parametrize(('width', 'height', 'size'), [(7, 4, 42), (8, 3, 36), (8, 4, 47)])
def test_broken_images_are_refused(width, height, size):
    with pytest.raises(BadInput, match=f'{width} x {height}'):
        bgr_from_half_chroma(np.zeros(size, np.uint8), 'nv12', width, height, width)
