"""Motion clips of exercises: the one entry, `make_motion`."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from poseformer_ros.assessment.joint_angles import joint_angles
from poseformer_ros.body.kinematics import shaped_body
from poseformer_ros.body.model import BodyModel, default_body_path, load_body_model
from poseformer_ros.errors import BadInput
from poseformer_ros.geometry.rotations import rotation_matrices
from poseformer_ros.skeleton.joints import JOINT
from poseformer_ros.synthesis.motion.exercise_library import EXERCISES, Exercise
from poseformer_ros.synthesis.motion.faults import act, faulty_course
from poseformer_ros.synthesis.motion.limb_ik import forward
from poseformer_ros.synthesis.motion.motion_clip import REST, MotionClip
from poseformer_ros.synthesis.motion.motion_style import MotionStyle, plain_style, smooth_wander
from poseformer_ros.synthesis.motion.posture import Posture, body_poses, puppet, standing
from poseformer_ros.synthesis.motion.repetitions import Course, course
from poseformer_ros.synthesis.motion.ways import (
    LIFTING,
    begun_otherwise,
    held_otherwise,
    in_another_manner,
    in_another_range,
    ready_otherwise,
)

SHOULDERS_BELOW_NECK_M = 0.25
SWAY_ANGLE_RAD = np.radians(0.5)    # of trunk and arms held still


def make_motion(exercise: str, style: MotionStyle | None = None, seed: int = 0, *, repetitions: int | None = None,
                rate_hz: float = 30.0, faults: Sequence[str] = (), model: BodyModel | None = None,
                ways: bool = False) -> MotionClip:
    """A clip of one exercise; the same arguments give the same clip.

    Args:
        exercise: a name in `EXERCISES`.
        style: the person; the mean body moving plainly when left out (`sample_style(seed)` draws one).
        seed: of sway and of the scatter between repetitions.
        repetitions: how many; the exercise's usual number when left out.
        rate_hz: frames a second.
        faults: names out of the exercise's `faults`, acted in every repetition.
        model: the body; the free body when left out.
        ways: whether arms, range and pace may be other than the exercise's description, see `ways`.
    Raises BadInput for an unknown exercise, a fault that the exercise does not have, or numbers out of range.
    """
    known = _checked(exercise, faults, repetitions, rate_hz)
    style = style or plain_style()
    body = shaped_body(model or load_body_model(default_body_path()), style.betas)
    rng = np.random.default_rng((seed, 0xE8))
    repetitions, ready_s, before = repetitions or known.repetitions, known.ready_s, (0.0, 0.0)
    if ways:
        style, ready_s, before = in_another_manner(style, rng), ready_otherwise(ready_s, rng), begun_otherwise(exercise, rng)
    plan = course(style, repetitions, known.move_s, rate_hz, rng, known.alternating, known.circles, ready_s, *before)
    if ways:
        plan = in_another_range(exercise, plan, rng)
    right_plan = plan
    for fault in faults:
        plan = faulty_course(plan, fault, rng)
    person = puppet(body)
    posture = standing(len(plan.seconds), body, style)
    known.act(posture, plan, person)
    if ways:
        held_otherwise(exercise, posture, plan, person, rng)
    for fault in faults:
        act(posture, plan, fault)
    living(posture, plan.seconds, style, rng)
    poses, translations = body_poses(posture, person)
    joints = forward(body.joints, rotation_matrices(poses), translations + body.joints[0])[1]
    plan = _labelled(plan, known.labelled)
    size = np.where(plan.active, np.minimum(np.abs(right_plan.reach), 1.0), 0.0)
    labels = np.select([plan.active, plan.tried & _lifts(joints, plan.tried)], [exercise, LIFTING], REST)
    return MotionClip(poses=poses, translations=translations, betas=np.asarray(style.betas, np.float64),
                      rate_hz=rate_hz, exercise=exercise, labels=labels,
                      repetition=plan.repetition, phase=plan.phase, faults=tuple(faults), angles=joint_angles(joints),
                      fault_size={fault: size.copy() for fault in faults})


def _lifts(joints: np.ndarray, tried: np.ndarray) -> bool:
    """Whether the hands of joints (T, 24, 3) in the room come up to the shoulders in these frames (T,)."""
    below = joints[tried, JOINT['neck'], 1] - joints[tried][:, [JOINT['left_wrist'], JOINT['right_wrist']], 1].mean(axis=1)
    return bool(below.min(initial=np.inf) < SHOULDERS_BELOW_NECK_M)


def living(posture: Posture, seconds: np.ndarray, style: MotionStyle, rng: np.random.Generator) -> None:
    """Sway and breathing over the frames' times (T,): nobody stands quite still."""
    wander = [smooth_wander(seconds, rng) for _ in range(7)]
    posture.weight += style.sway / 0.25 * wander[0]         # of feet about 0.25 m apart
    posture.pelvis_turn[:, 0] += SWAY_ANGLE_RAD / 2 * wander[1]
    posture.spine[:, 0] += SWAY_ANGLE_RAD * wander[2]
    posture.spine[:, 2] += SWAY_ANGLE_RAD * wander[3]
    posture.arm_lift += SWAY_ANGLE_RAD * np.stack(wander[4:6], axis=1)
    posture.head[:, 1] += 2 * SWAY_ANGLE_RAD * wander[6]
    breath = style.breath * np.sin(2 * np.pi * style.breath_hz * seconds + rng.uniform(0, 2 * np.pi))
    posture.spine[:, 0] -= breath / 2
    posture.collar += breath[:, None]


def _labelled(plan: Course, part: str) -> Course:
    """The course with only a part of each repetition counted: 'all', the way 'out' or the way 'back'."""
    if part == 'all':
        return plan
    repetition, phase = plan.repetition.copy(), plan.phase.copy()
    for number in range(1, repetition.max() + 1):
        frames = np.flatnonzero(plan.repetition == number)
        far = np.flatnonzero(plan.reach[frames] > 0.98 * plan.reach[frames].max())
        kept = frames[:far[0] + 1] if part == 'out' else frames[far[-1]:]
        repetition[np.setdiff1d(frames, kept)] = 0
        phase[frames] = np.nan
        phase[kept] = np.arange(len(kept)) / len(kept)
    return replace(plan, repetition=repetition, phase=phase)


def _checked(exercise: str, faults: Sequence[str], repetitions: int | None, rate_hz: float) -> Exercise:
    if exercise not in EXERCISES:
        raise BadInput(f"exercise '{exercise}' is not known; choose one of {', '.join(EXERCISES)}")
    unknown = [fault for fault in faults if fault not in EXERCISES[exercise].faults]
    if unknown:
        raise BadInput(f"fault '{unknown[0]}' does not belong to '{exercise}'; "
                       f"choose among {', '.join(EXERCISES[exercise].faults)}")
    if repetitions is not None and repetitions < 1:
        raise BadInput(f'repetitions: {repetitions}, wanted 1 or more')
    if not 1.0 <= rate_hz <= 240.0:
        raise BadInput(f'rate_hz: {rate_hz}, wanted 1 to 240 frames a second')
    return EXERCISES[exercise]
