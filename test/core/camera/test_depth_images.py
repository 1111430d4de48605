"""Depth in metres with NaN where unknown."""

import numpy as np
import pytest

from poseformer_ros.camera.depth import metres_from_float, metres_from_millimetres, millimetres_from_metres


def test_every_millimetre_survives_the_way_there_and_back():
    raw = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    depth = metres_from_millimetres(raw)
    assert depth.dtype == np.float32
    unknown = (raw == 0) | (raw == 65535)
    np.testing.assert_array_equal(np.isnan(depth), unknown)
    np.testing.assert_allclose(depth[~unknown], raw[~unknown] / 1000.0, rtol=1e-6)
    np.testing.assert_array_equal(millimetres_from_metres(depth), np.where(unknown, 0, raw))


@pytest.mark.parametrize(('metres', 'millimetres'), [
    (np.nan, 0), (0.0, 0), (-1.0, 0), (0.0004, 0), (0.0006, 1), (2.3456, 2346), (65.534, 65534), (65.535, 65534),
    (1e6, 65534), (np.inf, 65534), (-np.inf, 0),
])
def test_millimetres_saturate_below_the_value_that_means_unknown(metres, millimetres):
    with np.errstate(all='raise'):
        found = millimetres_from_metres(np.array([[metres]], np.float32))
    assert found.dtype == np.uint16 and found[0, 0] == millimetres


def test_only_finite_positive_metres_are_known():
    raw = np.array([[1.5, 0.0, -0.0, -2.0, np.nan, np.inf, -np.inf, 1e-3]], np.float32)
    found = metres_from_float(raw)
    np.testing.assert_array_equal(found, np.array([[1.5] + [np.nan] * 6 + [1e-3]], np.float32))


@pytest.mark.parametrize('kind', ['>f4', '<f8'])
def test_metres_come_out_in_the_machines_float32(kind):
    found = metres_from_float(np.array([[1.25, 2.5]], kind))
    assert found.dtype == np.float32 and found.dtype.isnative
    np.testing.assert_array_equal(found, [[1.25, 2.5]])


@pytest.mark.parametrize(('convert', 'raw'), [
    (metres_from_float, np.array([[0.0, 1.0]], np.float32)), (metres_from_millimetres, np.array([[0, 1000]], np.uint16)),
    (millimetres_from_metres, np.array([[np.nan, 1.0]], np.float32)),
])
def test_image_that_was_given_is_not_changed(convert, raw):
    before = raw.copy()
    convert(raw)
    np.testing.assert_array_equal(raw, before)
