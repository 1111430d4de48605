"""Typical faults of an exercise, acted on its course or its posture."""

from dataclasses import replace

import numpy as np

from poseformer_ros.synthesis.motion.posture import Posture
from poseformer_ros.synthesis.motion.repetitions import Course

DEG = np.pi / 180.0
INCOMPLETE_SHARE = 0.5
WEAK_SHARE = 0.75
JERK_HZ = (2.5, 4.0)
JERK_SIZE = 0.05

COURSE_FAULTS = ('incomplete_range', 'asymmetry', 'jerk')
POSTURE_FAULTS = ('trunk_lean', 'knees_inward', 'shoulder_hike')


def faulty_course(course: Course, fault: str, rng: np.random.Generator) -> Course:
    """The course with one of COURSE_FAULTS; others leave it as it is."""
    if fault == 'incomplete_range':
        return replace(course, reach=INCOMPLETE_SHARE * course.reach, limbs=INCOMPLETE_SHARE * course.limbs)
    if fault == 'asymmetry':
        weak = rng.integers(2)
        limbs = course.limbs.copy()
        limbs[:, weak] *= WEAK_SHARE
        takes_turns = len(np.unique(course.side)) == 2
        easier = takes_turns & (course.side == (1.0, -1.0)[weak])
        return replace(course, limbs=limbs, reach=np.where(easier, WEAK_SHARE, 1.0) * course.reach)
    if fault == 'jerk':
        rates, phases = rng.uniform(*JERK_HZ, 4), rng.uniform(0, 2 * np.pi, 4)
        shake = np.sin(2 * np.pi * course.seconds[:, None] * rates + phases).mean(axis=1)
        shake = JERK_SIZE * shake * np.minimum(4 * np.abs(course.reach), 1.0)
        return replace(course, reach=course.reach + shake, limbs=course.limbs + shake[:, None])
    return course


def act(posture: Posture, course: Course, fault: str) -> None:
    """Change the posture by a fault; those of the course alone leave it as it is."""
    size = course.reach
    if fault == 'trunk_lean':
        posture.spine[:, 0] += 22 * DEG * size
        posture.spine[:, 2] += 9 * DEG * size
        posture.head[:, 0] -= 10 * DEG * size
    elif fault == 'asymmetry':      # the stronger leg takes more weight
        posture.weight += 0.35 * (course.limbs[:, 0] - course.limbs[:, 1])
    elif fault == 'knees_inward':
        posture.knee_out -= (24 * DEG * size)[:, None]
    elif fault == 'shoulder_hike':
        posture.collar += (16 * DEG * np.maximum(size, 0.3 * course.ready))[:, None]
