"""compressedDepth against encoders written from the formats' descriptions."""

import struct
import time

import cv2
import numpy as np
import pytest

from poseformer_ros.camera.compressed_depth import metres_from_compressed
from poseformer_ros.errors import BadInput

HEADER = struct.pack('<iff', 0, 0.0, 0.0)


def room(height=60, width=80) -> np.ndarray:
    """Millimetres with unknown pixels at both ends, between and in whole rows."""
    raw = np.random.default_rng(0).integers(400, 9000, (height, width)).astype(np.uint16)
    raw[np.random.default_rng(1).random(raw.shape) < 0.3] = 0
    raw[:2], raw[10:12], raw[-1, -5:] = 0, 0, 0
    return raw


def png(raw: np.ndarray) -> bytes:
    return cv2.imencode('.png', raw)[1].tobytes()


def rvl(raw: np.ndarray) -> bytes:
    """Wilson's encoder, number by number."""
    nibbles, pixels, at, previous = [], raw.ravel().tolist(), 0, 0

    def number(value):
        while True:
            nibbles.append((value & 7) | (8 if value > 7 else 0))
            value >>= 3
            if not value:
                return

    while at < len(pixels):
        unknown = at
        while unknown < len(pixels) and not pixels[unknown]:
            unknown += 1
        known = unknown
        while known < len(pixels) and pixels[known]:
            known += 1
        number(unknown - at)
        number(known - unknown)
        for value in pixels[unknown:known]:
            difference = value - previous
            number(2 * difference if difference >= 0 else -2 * difference - 1)
            previous = value
        at = known
    nibbles += [0] * (-len(nibbles) % 8)
    words = [int(''.join(f'{nibble:x}' for nibble in nibbles[k:k + 8]), 16) for k in range(0, len(nibbles), 8)]
    return struct.pack('<ii', raw.shape[1], raw.shape[0]) + struct.pack(f'<{len(words)}I', *words)


def decoded(payload: bytes, text: str) -> np.ndarray:
    return metres_from_compressed(np.frombuffer(payload, np.uint8), text)


@pytest.mark.parametrize(('encode', 'text'), [
    (png, '16UC1; compressedDepth'), (png, '16UC1; compressedDepth png'), (png, 'mono16; compressedDepth png'),
    (rvl, '16UC1; compressedDepth rvl'),
])
def test_every_millimetre_comes_back(encode, text):
    raw = room()
    found = decoded(HEADER + encode(raw), text)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(np.isnan(found), raw == 0)
    np.testing.assert_allclose(np.nan_to_num(found), raw / 1000.0, rtol=1e-6)


@pytest.mark.parametrize(('encode', 'text'), [(png, '32FC1; compressedDepth png'), (rvl, '32FC1; compressedDepth rvl')])
def test_quantised_inverse_depth_comes_back_within_a_step(encode, text):
    """As the plugin quantises: A / depth + B, with A = Q (Q + 1) and B = 1 - A / far; the step is depth^2 / A."""
    quantisation, far = 100.0, 10.0
    scale = quantisation * (quantisation + 1.0)
    offset = 1.0 - scale / far
    depth = np.random.default_rng(2).uniform(0.6, 9.0, (48, 64)).astype(np.float32)
    depth[5:9, 7:20] = np.nan
    raw = np.where(np.isnan(depth), 0, scale / np.nan_to_num(depth, nan=1.0) + offset).astype(np.uint16)
    found = decoded(struct.pack('<iff', 0, scale, offset) + encode(raw), text)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(depth))
    known = ~np.isnan(depth)
    assert (np.abs(found - depth)[known] <= 1.1 * depth[known] ** 2 / scale + 1e-4).all()


def test_an_unknown_image_stays_unknown():
    nothing = np.zeros((6, 8), np.uint16)
    for encode, text in ((png, '16UC1; compressedDepth png'), (rvl, '16UC1; compressedDepth rvl')):
        assert np.isnan(decoded(HEADER + encode(nothing), text)).all()


@pytest.mark.parametrize(('payload', 'text', 'said'), [
    (HEADER + png(room()), 'bgr8; jpeg compressed bgr8', 'has lost its distances'),
    (HEADER, '16UC1; compressedDepth png', '12 bytes hold no image'),
    (HEADER + png(room())[:200], '16UC1; compressedDepth png', 'no 16-bit PNG'),
    (HEADER + png(room().astype(np.uint8)), '16UC1; compressedDepth png', 'no 16-bit PNG'),
    (HEADER + rvl(room())[:400], '16UC1; compressedDepth rvl', 'RVL image'),
    (HEADER + struct.pack('<ii', 60000, 60000), '16UC1; compressedDepth rvl', '60000 x 60000'),
])
def test_what_is_broken_is_said(payload, text, said):
    with pytest.raises(BadInput, match=said):
        decoded(payload, text)


@pytest.mark.parametrize('seed', range(20))
def test_spoilt_rvl_is_an_image_or_an_error_and_ends_soon(seed):
    """Flipped bytes give wrong distances or a refusal; never an endless loop or another exception."""
    random = np.random.default_rng(seed)
    spoilt = bytearray(rvl(room()))
    for place in random.integers(0, len(spoilt), 30):
        spoilt[place] = random.integers(256)
    started = time.monotonic()
    try:
        decoded(HEADER + bytes(spoilt), '16UC1; compressedDepth rvl')
    except BadInput:
        pass
    assert time.monotonic() - started < 5.0
