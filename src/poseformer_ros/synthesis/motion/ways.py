"""Other ways of doing KIMORE's exercises, as people have them: other arms, another range. The movement stays the exercise's.

Of KIMORE's development people a quarter squat with their hands on the hips or otherwise without level arms, some circle the pelvis
with hanging arms, and lifted arms end anywhere from below the shoulders to straight up. Who bends to the side swings the arms
further aside than the trunk bends: by 59 to 97 degrees in all. While the pelvis circles by 11 to 20 cm (of some by 5), the neck
goes 8 to 14, aside with it and to and fro against it, and of a few further than the pelvis. A repetition takes 1.6 to 6 s.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from poseformer_ros.synthesis.motion.exercises_kimore import hands_on_hips
from poseformer_ros.synthesis.motion.motion_style import MotionStyle
from poseformer_ros.synthesis.motion.movement_parts import DEG, blend
from poseformer_ros.synthesis.motion.posture import Posture, Puppet
from poseformer_ros.synthesis.motion.repetitions import Course

USUAL_SHARE = 0.3           # of performances, as the exercise is described
LONGEST_PAUSE_S = 3.0       # at the far end
PACE = (0.45, 1.7)          # of the person's usual tempo
READY = (0.5, 2.5)          # of the usual time to take the starting position: some lift their arms for a tilt as for an exercise
HELD_SHARE, LONGEST_HELD_S = 0.4, 4.0    # of performances that begin only after a while in the starting position
TRIED_SHARE, TRIED_S = 0.4, (0.2, 3.0)      # of those that lift the arms for it, in which that was tried once before
LIFTED_BEFORE = ('kimore_es2', 'kimore_es3', 'kimore_es5')
LIFTING = 'kimore_es1'      # what lifting and lowering the arms is, whatever follows
TRUNK_SHARE = 0.25          # of those who circle, whose trunk goes round more than the pelvis does
STIFF_SHARE = 0.25          # of those who swing their arms aside, that hardly bend the trunk

Manner = Callable[[Posture, Course, Puppet, np.random.Generator], None]


@dataclass(frozen=True)
class Ways:
    """What may be other in an exercise. arms: ways to hold them with their weights. least, most: share of the usual range.
    trunk: what it does beside the exercise.
    """

    arms: dict[Manner, float]
    least: float
    most: float
    trunk: Manner | None = None


def in_another_manner(style: MotionStyle, rng: np.random.Generator) -> MotionStyle:
    """The same person slower or faster, and perhaps with a pause at the far end."""
    pause_s = rng.uniform(0.0, LONGEST_PAUSE_S) if rng.random() < 0.3 else style.pause_s
    return replace(style, tempo=style.tempo * rng.uniform(*PACE), pause_s=pause_s)


def ready_otherwise(ready_s: float, rng: np.random.Generator) -> float:
    """Another time to take the starting position."""
    return ready_s * rng.uniform(*READY)


def begun_otherwise(exercise: str, rng: np.random.Generator) -> tuple[float, float]:
    """Seconds for which the starting position is held before the first repetition, and once before, to give it up again."""
    held_s = rng.uniform(0.0, LONGEST_HELD_S) if rng.random() < HELD_SHARE else 0.0
    tried_s = rng.uniform(*TRIED_S) if rng.random() < TRIED_SHARE else 0.0
    return held_s, tried_s if exercise in LIFTED_BEFORE else 0.0


def in_another_range(exercise: str, course: Course, rng: np.random.Generator) -> Course:
    """The course with the exercise's range made smaller or larger; others as they are."""
    if exercise not in WAYS or rng.random() < USUAL_SHARE:
        return course
    size = rng.uniform(WAYS[exercise].least, WAYS[exercise].most)
    return replace(course, reach=size * course.reach, limbs=size * course.limbs)


def held_otherwise(exercise: str, posture: Posture, course: Course, person: Puppet, rng: np.random.Generator) -> None:
    """Hold arms and trunk in another of the exercise's ways."""
    if exercise not in WAYS or rng.random() < USUAL_SHARE:
        return
    ways = WAYS[exercise]
    weights = np.array(list(ways.arms.values()))
    list(ways.arms)[rng.choice(len(ways.arms), p=weights / weights.sum())](posture, course, person, rng)
    if ways.trunk is not None:
        ways.trunk(posture, course, person, rng)


def _lowered(posture: Posture, course: Course, rng: np.random.Generator) -> None:
    """Undo what an exercise does with the arms."""
    blend(posture.hand_held, 0.0, course.ready)
    blend(posture.arm_lift, rng.uniform(4, 20) * DEG, course.ready)
    blend(posture.arm_plane, rng.uniform(0, 60) * DEG, course.ready)
    blend(posture.arm_roll, rng.uniform(0, 25) * DEG, course.ready)
    blend(posture.elbow, rng.uniform(4, 35) * DEG, course.ready)


def _hanging(posture: Posture, course: Course, person: Puppet, rng: np.random.Generator) -> None:
    _lowered(posture, course, rng)


def _on_hips(posture: Posture, course: Course, person: Puppet, rng: np.random.Generator) -> None:
    _lowered(posture, course, rng)
    hands_on_hips(posture, course.ready, person)


def _crossed(posture: Posture, course: Course, person: Puppet, rng: np.random.Generator) -> None:
    """Hands near the other side's upper arm or clasped before the chest."""
    _lowered(posture, course, rng)
    height, ahead, across = rng.uniform(0.15, 0.38), rng.uniform(0.16, 0.24), rng.uniform(-0.1, 0.05)
    for index, side in ((0, 1.0), (1, -1.0)):
        posture.hand_place[:, index] = [side * across, height, ahead]
        posture.elbow_out[:, index] = [side, -0.6, 0.2]
    blend(posture.hand_held, 1.0, course.ready)


def _ahead(posture: Posture, course: Course, person: Puppet, rng: np.random.Generator) -> None:
    """Before the body, anywhere from low to above level, more or less bent, not quite alike."""
    _lowered(posture, course, rng)
    blend(posture.arm_lift, rng.uniform(20, 110) * DEG + rng.normal(0, 4 * DEG, 2), course.ready)
    blend(posture.arm_plane, rng.uniform(60, 95) * DEG, course.ready)
    blend(posture.elbow, rng.uniform(3, 85) * DEG + rng.normal(0, 4 * DEG, 2), course.ready)


def _overhead(posture: Posture, course: Course, person: Puppet, rng: np.random.Generator) -> None:
    """Above the head or nearly, straight or bent."""
    blend(posture.arm_lift, rng.uniform(105, 172) * DEG + rng.normal(0, 4 * DEG, 2), course.ready)
    blend(posture.arm_plane, rng.uniform(30, 95) * DEG, course.ready)
    blend(posture.elbow, rng.uniform(3, 70) * DEG, course.ready)


def _swung(posture: Posture, course: Course, person: Puppet, rng: np.random.Generator) -> None:
    """Above the head, and swung further aside than the trunk bends; some only swing them."""
    _overhead(posture, course, person, rng)
    swing = rng.uniform(15, 60) * DEG * course.side * course.reach
    if rng.random() < STIFF_SHARE:
        posture.spine[:, 2] *= rng.uniform(0.1, 0.5)
        # Their arms go all the way, or nothing were left of the exercise.
        swing = rng.uniform(40, 60) * DEG * course.side * course.reach / max(course.reach.max(), 1e-6)
    for arm, outward in ((0, 1.0), (1, -1.0)):
        lift, plane = posture.arm_lift[:, arm], posture.arm_plane[:, arm]
        aside, up, ahead = outward * np.sin(lift) * np.cos(plane), -np.cos(lift), np.sin(lift) * np.sin(plane)
        aside, up = aside * np.cos(swing) + up * np.sin(swing), up * np.cos(swing) - aside * np.sin(swing)
        posture.arm_lift[:, arm], posture.arm_plane[:, arm] = np.arccos(np.clip(-up, -1, 1)), np.arctan2(ahead, outward * aside)


def _lifted_otherwise(posture: Posture, course: Course, person: Puppet, rng: np.random.Generator) -> None:
    """From hanging to anywhere from below the shoulders to straight up, wider or narrower, one arm less than the other."""
    low, high = rng.uniform(2, 30) * DEG, rng.triangular(45, 160, 175) * DEG
    share = np.clip(course.limbs, 0.0, 1.1) * (1.0 - rng.uniform(0.0, 0.15, 2))
    blend(posture.arm_lift, low + (high - low) * share, course.ready)
    blend(posture.arm_plane, rng.uniform(35, 95) * DEG, course.ready)
    blend(posture.elbow, rng.uniform(3, 50) * DEG, course.ready)
    posture.spine[:, 0] -= rng.uniform(-6, 10) * DEG * course.reach


def _leaning_round(posture: Posture, course: Course, person: Puppet, rng: np.random.Generator) -> None:
    """The trunk leans while the pelvis circles: mostly back as it goes ahead, and to the side to which it goes."""
    ahead, aside = rng.uniform(-18, 6) * DEG, rng.uniform(-4, 8) * DEG
    if rng.random() < TRUNK_SHARE:
        posture.pelvis_shift[:, [0, 2]] *= rng.uniform(0.2, 0.9)
        ahead = aside = rng.uniform(3, 14) * DEG
    posture.spine[:, 0] += ahead * np.cos(course.circle_rad) * course.reach
    posture.spine[:, 2] += aside * np.sin(course.circle_rad) * course.reach


WAYS = {
    'kimore_es1': Ways({_lifted_otherwise: 1.0}, 0.7, 1.1),
    'kimore_es2': Ways({_swung: 0.6, _overhead: 0.2, _hanging: 0.08, _on_hips: 0.05, _ahead: 0.05, _crossed: 0.02}, 0.45, 1.6),
    'kimore_es3': Ways({_ahead: 0.7, _on_hips: 0.15, _crossed: 0.1, _hanging: 0.05}, 0.4, 1.8),
    'kimore_es4': Ways({_on_hips: 0.4, _hanging: 0.3, _ahead: 0.15, _crossed: 0.15}, 0.25, 1.6, trunk=_leaning_round),
    'kimore_es5': Ways({_ahead: 0.5, _on_hips: 0.2, _hanging: 0.15, _crossed: 0.15}, 0.25, 1.15),
}
