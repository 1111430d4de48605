"""Depth in another unit than its encoding means."""

import numpy as np
import pytest

from poseformer_ros.camera.unit_doubt import unit_doubt

ROOM = np.random.default_rng(0).uniform(1.5, 4.5, (60, 80)).astype(np.float32)


@pytest.mark.parametrize('metres_in_unit', [1e-4, 1e-3, 1e-2, 1000.0])
def test_wrong_unit_is_said_with_the_factor_that_mends_it(metres_in_unit):
    assert f'set input.depth_scale to {metres_in_unit:g}' in unit_doubt(ROOM / np.float32(metres_in_unit))


@pytest.mark.parametrize('depth', [ROOM, 0.4 * ROOM, 2.5 * ROOM, np.full_like(ROOM, np.nan)])
def test_rooms_and_blind_images_are_not_doubted(depth):
    assert unit_doubt(depth) == ''
