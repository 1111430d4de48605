"""Training sessions as one clip: rest, an exercise, rest, the next; so that a recogniser meets beginnings, ends and rest."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from poseformer_ros.body.kinematics import ShapedBody, shaped_body
from poseformer_ros.body.model import BodyModel
from poseformer_ros.errors import BadInput
from poseformer_ros.geometry.rotations import part_way, rotation_matrices, rotation_vectors
from poseformer_ros.synthesis.motion.everyday_motions import holding_still, moving_about
from poseformer_ros.synthesis.motion.exercise_library import EXERCISES
from poseformer_ros.synthesis.motion.exercises import make_motion
from poseformer_ros.synthesis.motion.motion_clip import REST, MotionClip
from poseformer_ros.synthesis.motion.motion_style import MotionStyle
from poseformer_ros.synthesis.motion.resting import resting

Everyday = Callable[[ShapedBody, MotionStyle, np.random.Generator, float], MotionClip]

SESSION = 'session/'
BLEND_S = 0.4           # from the end of one part to the beginning of the next; both stand
REST_S = (2.0, 6.0)     # between exercises
REPETITIONS = (2, 4)    # of each exercise
FAULTY_SHARE = 0.3      # of the exercises that show one of their faults

KIMORE = tuple(name for name in EXERCISES if name.startswith('kimore_'))
# Movements of the other sets that resemble none of KIMORE's.
OTHERS = ('mri_left_front_lunge', 'mri_right_front_lunge', 'mri_left_side_lunge', 'mri_right_side_lunge',
          'mri_left_limb_extension', 'mri_right_limb_extension', 'mri_stretching', 'mri_walking', 'utkinect_sit_down',
          'utkinect_pick_up', 'utkinect_carry', 'utkinect_throw', 'utkinect_push', 'utkinect_wave_hands',
          'utkinect_clap_hands')


@dataclass(frozen=True)
class SessionKind:
    """What a session is drawn from: `count` of `exercises` in random order, none twice; `ways` as of `make_motion`."""

    exercises: tuple[str, ...]
    count: int
    ways: bool = False


SESSIONS: dict[str, SessionKind | Everyday] = {
    SESSION + 'kimore': SessionKind(KIMORE, 5),
    SESSION + 'kimore_two': SessionKind(KIMORE, 2),
    SESSION + 'others_two': SessionKind(OTHERS, 2),
    SESSION + 'kimore_ways': SessionKind(KIMORE, 2, ways=True),
    SESSION + 'holding_still': holding_still,
    SESSION + 'moving_about': moving_about,
}


def session(name: str, style: MotionStyle, seed: int, model: BodyModel, rate_hz: float = 30.0) -> MotionClip:
    """One of SESSIONS by a person, who stands still or fidgets before, between and after exercises; the same arguments, the same
    clip.

    Raises BadInput for an unknown session.
    """
    if name not in SESSIONS:
        raise BadInput(f'session {name!r} is not known; choose one of {", ".join(SESSIONS)}')
    kind, rng = SESSIONS[name], np.random.default_rng((seed, 0x5E55))
    body = shaped_body(model, style.betas)
    if not isinstance(kind, SessionKind):
        return kind(body, style, rng, rate_hz)

    def rest() -> MotionClip:
        return resting(body, style, float(rng.uniform(*REST_S)), rng, rate_hz)

    parts = [rest()]
    for exercise in rng.permutation(kind.exercises)[:kind.count]:
        parts += [_performed(str(exercise), style, rng, model, rate_hz, kind.ways), rest()]
    return joined(name, parts)


def _performed(exercise: str, style: MotionStyle, rng: np.random.Generator, model: BodyModel, rate_hz: float,
               ways: bool) -> MotionClip:
    known = EXERCISES[exercise]
    repetitions = int(rng.integers(REPETITIONS[0], REPETITIONS[1] + 1))
    if known.circles:
        repetitions = max(repetitions, 2 * known.circles)     # circles come in groups, one to either side
    faulty = known.faults and rng.random() < FAULTY_SHARE
    faults = (str(rng.choice(known.faults)),) if faulty else ()
    return make_motion(exercise, style, int(rng.integers(2**31)), repetitions=repetitions, rate_hz=rate_hz, faults=faults,
                       model=model, ways=ways)


def joined(name: str, parts: list[MotionClip]) -> MotionClip:
    """Clips of one body one after another, with a short passage of rest between; repetitions count anew in each."""
    pieces = [parts[0]]
    for part in parts[1:]:
        pieces += [_passage(pieces[-1], part), part]

    def all_of(field: str) -> np.ndarray:
        return np.concatenate([getattr(piece, field) for piece in pieces])

    return MotionClip(poses=all_of('poses'), translations=all_of('translations'), betas=parts[0].betas, rate_hz=parts[0].rate_hz,
                      exercise=name, labels=all_of('labels'), repetition=all_of('repetition'), phase=all_of('phase'))


def _passage(before: MotionClip, after: MotionClip) -> MotionClip:
    """From the last pose of one clip to the first of the next, each joint the short way round."""
    count = round(BLEND_S * before.rate_hz)
    share = (np.arange(1, count + 1) / (count + 1))[:, None]
    start, end = rotation_matrices(before.poses[-1]), rotation_matrices(after.poses[0])
    poses = rotation_vectors(part_way(start, end, share))
    translations = before.translations[-1] + share * (after.translations[0] - before.translations[-1])
    return MotionClip(poses=poses, translations=translations, betas=before.betas, rate_hz=before.rate_hz, exercise=REST,
                      labels=np.full(count, REST), repetition=np.zeros(count, int), phase=np.full(count, np.nan))
