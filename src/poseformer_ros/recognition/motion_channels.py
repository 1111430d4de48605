"""A skeleton over time as numbers that do not depend on place, heading and size of the person, and their statistics."""

from collections.abc import Mapping

import numpy as np

MEDIAN_FRAMES = 5           # removes jumps of up to two frames, which a third of KIMORE's sequences have
LEAST_TORSO_M = 0.15        # a shorter one is a fallen skeleton; it is not blown up
LEAST_RANGE, LEAST_STEP = 0.01, 0.0003     # torsos or radians, of a window and of a frame: less is the sensor's
QUANTILES = (0.0, 0.1, 0.5, 0.9, 1.0)
SIDES = ('left', 'right')
# Angle at the middle one of three joints, on both sides.
ANGLES = (('shoulder', 'elbow', 'wrist'), ('hip', 'knee', 'ankle'), ('hip', 'shoulder', 'elbow'), ('shoulder', 'hip', 'knee'))
DISTANCES = (('left_wrist', 'right_wrist'), ('left_elbow', 'right_elbow'), ('left_hand', 'left_hip'), ('right_hand', 'right_hip'),
             ('left_hand', 'head'), ('right_hand', 'head'), ('left_ankle', 'right_ankle'), ('left_hand', 'right_shoulder'),
             ('right_hand', 'left_shoulder'))


def cleaned(positions: np.ndarray) -> np.ndarray:
    """(T, J, 3) with gaps filled from the frames beside them and jumps removed; a joint that was never seen is NaN."""
    filled = positions.copy()
    frames = np.arange(len(positions))
    for joint in range(positions.shape[1]):
        known = np.isfinite(positions[:, joint]).all(axis=1)
        if known.any() and not known.all():
            for axis in range(3):
                filled[:, joint, axis] = np.interp(frames, frames[known], positions[known, joint, axis])
    margin = MEDIAN_FRAMES // 2
    padded = np.pad(filled, ((margin, margin), (0, 0), (0, 0)), mode='edge')
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, MEDIAN_FRAMES, axis=0), axis=-1)


def channels(windows: np.ndarray, place: Mapping[str, int]) -> np.ndarray:
    """Windows (B, T, J, 3) of metres, y up, as channels (B, T, C).

    place: index of each joint. Lengths are in torsos; x is the person's left and z their front, on the mean over the window.
    Channels: joints relative to the pelvis, pelvis and neck relative to the ankles, angles in radians, distances. Unknown
    ones are 0.
    """
    scale = _torso(windows, place)
    at = np.einsum('btji,bik->btjk', windows, _heading(windows, place)) / scale[:, None, None, None]

    def joint(name: str) -> np.ndarray:
        return at[:, :, place[name]]
    ankles = (joint('left_ankle') + joint('right_ankle')) / 2
    relative = at - joint('pelvis')[:, :, None]
    angles = [_angle(*(joint(f'{side}_{name}') for name in names)) for names in ANGLES for side in SIDES]
    shoulders, hips = (_turn(joint(f'left_{name}') - joint(f'right_{name}')) for name in ('shoulder', 'hip'))
    trunk = joint('neck') - joint('pelvis')
    angles += [shoulders, hips, shoulders - hips, *(np.arctan2(trunk[..., axis], trunk[..., 1]) for axis in (0, 2))]
    distances = [np.linalg.norm(joint(first) - joint(second), axis=-1) for first, second in DISTANCES]
    found = np.concatenate([relative.reshape(*relative.shape[:2], -1), joint('pelvis') - ankles, joint('neck') - ankles,
                            np.stack(angles + distances, axis=-1)], axis=-1)
    return np.nan_to_num(found).astype(np.float32)


def own_way(windows: np.ndarray, place: Mapping[str, int]) -> np.ndarray:
    """Where pelvis and neck are in the room, from their mean places over the window, as further channels (B, T, 6).

    They hold where the sensor loses the legs, against which `channels` tells them.
    """
    at = np.einsum('btji,bik->btjk', windows[:, :, [place['pelvis'], place['neck']]], _heading(windows, place))
    way = (at - at.mean(axis=1, keepdims=True)) / _torso(windows, place)[:, None, None, None]
    return np.nan_to_num(way.reshape(*way.shape[:2], -1)).astype(np.float32)


def movement(window: np.ndarray) -> np.ndarray:
    """Logarithms of each channel's range, mean step and change from start to end, of a window (T, C) smoothed over MEDIAN_FRAMES.

    People differ in how far and how fast they move by factors.
    """
    smooth = window
    if len(window) > 2 * MEDIAN_FRAMES:
        smooth = np.lib.stride_tricks.sliding_window_view(window, MEDIAN_FRAMES, axis=0).mean(axis=-1)
    steps = np.abs(np.diff(smooth, axis=0)).mean(axis=0) if len(smooth) > 1 else np.zeros(window.shape[1])
    return np.log(np.concatenate([np.ptp(smooth, axis=0) + LEAST_RANGE, steps + LEAST_STEP,
                                  np.abs(smooth[-1] - smooth[0]) + LEAST_RANGE])).astype(np.float32)


def statistics(window: np.ndarray) -> np.ndarray:
    """Of each channel of a window (T, C): mean, deviation, quantiles, range, speed, its deviation, and change from start to end."""
    ordered = np.quantile(window, QUANTILES, axis=0)
    speed = np.diff(window, axis=0) if len(window) > 1 else np.zeros((1, window.shape[1]))
    quarter = len(window) // 4 + 1
    return np.concatenate([window.mean(axis=0), window.std(axis=0), ordered.ravel(), ordered[-1] - ordered[0],
                           np.abs(speed).mean(axis=0), speed.std(axis=0),
                           window[-quarter:].mean(axis=0) - window[:quarter].mean(axis=0)]).astype(np.float32)


def _torso(windows: np.ndarray, place: Mapping[str, int]) -> np.ndarray:
    """(B,) metres from pelvis to neck."""
    length = np.linalg.norm(windows[:, :, place['neck']] - windows[:, :, place['pelvis']], axis=-1)
    return np.maximum(np.nan_to_num(np.median(length, axis=1)), LEAST_TORSO_M)


def _heading(windows: np.ndarray, place: Mapping[str, int]) -> np.ndarray:
    """(B, 3, 3), whose columns are the person's left, up and front: level, on the mean over the window."""
    across = sum(windows[:, :, place[f'left_{name}']] - windows[:, :, place[f'right_{name}']] for name in ('hip', 'shoulder'))
    left = np.nan_to_num(across.mean(axis=1)) * [1.0, 0.0, 1.0]      # a median by axis would turn with the camera
    length = np.linalg.norm(left, axis=1, keepdims=True)
    left = np.where(length > 1e-6, left / np.maximum(length, 1e-6), [1.0, 0.0, 0.0])
    up = np.broadcast_to([0.0, 1.0, 0.0], left.shape)
    return np.stack([left, up, np.cross(left, up)], axis=2)


def _angle(first: np.ndarray, middle: np.ndarray, last: np.ndarray) -> np.ndarray:
    one, other = first - middle, last - middle
    lengths = np.linalg.norm(one, axis=-1) * np.linalg.norm(other, axis=-1)
    return np.arccos(np.clip((one * other).sum(axis=-1) / np.maximum(lengths, 1e-9), -1.0, 1.0))


def _turn(across: np.ndarray) -> np.ndarray:
    """About the vertical, of a line from right to left; positive where the left side is in front."""
    return np.arctan2(across[..., 2], across[..., 0])
