"""Motions by name, as recipes write them: `kimore_es1` and the other exercises, `session/NAME`, `cmu/NAME` for retargeted clips."""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from poseformer_ros.body.kinematics import shaped_body
from poseformer_ros.body.model import BodyModel
from poseformer_ros.errors import BadInput
from poseformer_ros.geometry.rotations import about_y, rotation_matrices, rotation_vectors
from poseformer_ros.synthesis.motion.exercise_library import EXERCISES
from poseformer_ros.synthesis.motion.exercises import make_motion
from poseformer_ros.synthesis.motion.motion_clip import MotionClip
from poseformer_ros.synthesis.motion.motion_style import sample_style
from poseformer_ros.synthesis.motion.retarget import on_another_body
from poseformer_ros.synthesis.sessions import SESSION, SESSIONS, session

CMU = 'cmu/'
CMU_FILE = Path(__file__).parent / 'data' / 'cmu_clips.npz'     # made by tools/studio/make_cmu_clips.py


def checked_motion(name: str) -> str:
    """The name itself. Raises BadInput when there is no such motion."""
    if name in EXERCISES or name in SESSIONS or name in cmu_names():
        return name
    raise BadInput(f'motion {name!r} is not known; choose one of {", ".join((*EXERCISES, *SESSIONS, *cmu_names()))}')


def motion(name: str, person: int, seed: int, model: BodyModel) -> MotionClip:
    """The motion by a person: `person` is the seed of body and style, `seed` that of this performance."""
    style = sample_style(person)
    if name.startswith(CMU):
        return on_body(cmu_clip(name), style.betas, model)
    if name.startswith(SESSION):
        return session(name, style, seed, model)
    return make_motion(name, style, seed, model=model)


def cmu_names() -> tuple[str, ...]:
    """Names of the clips that are shipped."""
    return tuple(sorted({CMU + key.split('/')[0] for key in _cmu_arrays()}))


def cmu_clip(name: str) -> MotionClip:
    """A retargeted clip of the CMU Graphics Lab Motion Capture Database, on the body that fits its performer.

    Raises BadInput when there is none of that name.
    """
    arrays, key = _cmu_arrays(), name.removeprefix(CMU)
    if f'{key}/poses' not in arrays:
        raise BadInput(f'motion {name!r} is not known; choose one of {", ".join(cmu_names())}')
    count = len(arrays[f'{key}/poses'])
    return MotionClip(poses=arrays[f'{key}/poses'].astype(float), translations=arrays[f'{key}/translations'].astype(float),
                      betas=arrays[f'{key}/betas'], rate_hz=float(arrays[f'{key}/rate_hz']), exercise=name,
                      labels=np.full(count, name), repetition=np.ones(count, int), phase=np.arange(count) / count)


def on_body(clip: MotionClip, betas: np.ndarray, model: BodyModel) -> MotionClip:
    """The clip by another body, in the middle of the room and on average facing +z; feet that stood stand."""
    return on_another_body(_facing_forwards(clip, model), betas, model)[0]


def _facing_forwards(clip: MotionClip, model: BodyModel) -> MotionClip:
    turn = about_y(-_heading(clip.poses[:, 0]))
    poses = clip.poses.copy()
    poses[:, 0] = rotation_vectors(turn @ rotation_matrices(clip.poses[:, 0]))
    rest_pelvis = shaped_body(model, clip.betas).joints[0]
    pelvis = clip.translations + rest_pelvis
    middle = np.median(pelvis, axis=0) * [1.0, 0.0, 1.0]
    return replace(clip, poses=poses, translations=(pelvis - middle) @ turn.T - rest_pelvis)


def _heading(pelvis: np.ndarray) -> float:
    """Angle about the vertical that (T, 3) rotation vectors look to on average, 0 for +z."""
    forward = rotation_matrices(pelvis)[:, :, 2].mean(axis=0)
    return float(np.arctan2(forward[0], forward[2]))


@lru_cache(maxsize=1)
def _cmu_arrays() -> dict[str, np.ndarray]:
    if not CMU_FILE.is_file():
        return {}
    with np.load(CMU_FILE, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}
