"""Recorded joints made fit for retargeting: glitches out, gaps filled, smoothed, upright, at a wanted rate."""

from dataclasses import replace

import numpy as np

from poseformer_ros.errors import BadInput
from poseformer_ros.geometry.rotations import rotation_matrices
from poseformer_ros.recordings.joint_track import JointTrack

GLITCH_M = 0.5              # a joint that jumps further between frames, or strays so from its neighbours in time
GLITCH_WINDOW_S = 0.5
STRAIGHT_KNEE_RAD = np.radians(25.0)    # a person with straighter knees counts as standing upright
TILT_LIMIT_RAD = np.radians(25.0)


def cleaned(track: JointTrack, smooth_s: float, rate_hz: float) -> JointTrack:
    """Without glitches and gaps, smoothed by a Gaussian of that deviation in seconds, at that rate.

    A position further than GLITCH_M from the median of half a second around it is dropped and filled in between.
    Raises BadInput where a joint was never seen.
    """
    window = max(3, int(GLITCH_WINDOW_S * track.rate_hz) | 1)
    joints = {}
    for name, places in track.joints.items():
        filled = _filled(places, f'{track.name}: {name}')
        stray = np.linalg.norm(filled - _running_median(filled, window), axis=1) > GLITCH_M / 2
        if not stray.all():
            filled = _filled(np.where(stray[:, None], np.nan, filled), track.name)
        joints[name] = _at_rate(_smoothed(filled, smooth_s * track.rate_hz), track.rate_hz, rate_hz)
    return JointTrack(joints, rate_hz, track.name, track.rest)


def upright(track: JointTrack) -> JointTrack:
    """Turned so that the standing person is vertical: a sensor's tilt taken out as far as the body shows it."""
    joints, standing = track.joints, standing_frames(track)
    ankles, neck = (joints['left_ankle'] + joints['right_ankle']) / 2, joints['neck']
    up = np.median((neck - ankles)[standing], axis=0)
    up = up / np.linalg.norm(up)
    axis = np.cross(up, [0.0, 1.0, 0.0])
    sine = np.linalg.norm(axis)
    angle = np.arctan2(sine, up[1])
    if sine < 1e-9 or angle > TILT_LIMIT_RAD:
        return track
    turn = rotation_matrices(axis / sine * angle)
    return replace(track, joints={name: places @ turn.T for name, places in joints.items()})


def standing_frames(track: JointTrack) -> np.ndarray:
    """(T,) bool, frames with both knees nearly straight; where there are few, the tenth with the straightest knees."""
    bend = np.zeros(len(track))
    for side in ('left', 'right'):
        bend = np.maximum(bend, _bend(*(track.joints[f'{side}_{name}'] for name in ('hip', 'knee', 'ankle'))))
    return bend <= max(STRAIGHT_KNEE_RAD, float(np.quantile(bend, 0.1)))


def _bend(hip: np.ndarray, knee: np.ndarray, ankle: np.ndarray) -> np.ndarray:
    a, b = knee - hip, ankle - knee
    return np.arctan2(np.linalg.norm(np.cross(a, b), axis=1), np.sum(a * b, axis=1))


def _filled(places: np.ndarray, name: str) -> np.ndarray:
    known = np.isfinite(places).all(axis=1)
    if not known.any():
        raise BadInput(f'{name} was never seen; leave this recording out')
    at = np.arange(len(places))
    return np.stack([np.interp(at, at[known], places[known, axis]) for axis in range(3)], axis=1)


def _running_median(places: np.ndarray, window: int) -> np.ndarray:
    padded = np.pad(places, ((window // 2, window // 2), (0, 0)), mode='edge')
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, window, axis=0), axis=-1)


def _smoothed(places: np.ndarray, frames: float) -> np.ndarray:
    """Gaussian with a deviation in frames; 0 leaves the places as they are."""
    if frames <= 0:
        return places
    half = int(np.ceil(3 * frames))
    kernel = np.exp(-0.5 * (np.arange(-half, half + 1) / frames) ** 2)
    padded = np.pad(places, ((half, half), (0, 0)), mode='edge')
    return np.stack([np.convolve(padded[:, axis], kernel / kernel.sum(), mode='valid') for axis in range(3)], axis=1)


def _at_rate(places: np.ndarray, rate: float, wanted: float) -> np.ndarray:
    seconds = np.arange(len(places)) / rate
    at = np.arange(0.0, seconds[-1] + 1e-9, 1.0 / wanted)
    return np.stack([np.interp(at, seconds, places[:, axis]) for axis in range(3)], axis=1)
