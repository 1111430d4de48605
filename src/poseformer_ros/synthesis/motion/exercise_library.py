"""All exercises by name, with their usual time, repetitions and faults."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from poseformer_ros.synthesis.motion import actions_utkinect as utkinect
from poseformer_ros.synthesis.motion import exercises_kimore as kimore
from poseformer_ros.synthesis.motion import exercises_mri as mri
from poseformer_ros.synthesis.motion.posture import Posture, Puppet
from poseformer_ros.synthesis.motion.repetitions import READY_S, Course


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    title: for people; source: the set that defines it.
    act: turns a standing posture into the exercise's over a course.
    move_s: usual moving time of one repetition; repetitions: usual number.
    alternating: left and right take turns; circles: groups of repetitions without a stop between (see `course`).
    faults: those that make sense in it.
    ready_s: time to take the starting position.
    labelled: the part of a repetition that bears the exercise's name: 'all', the way 'out' or the way 'back'.
    """

    title: str
    source: str
    act: Callable[[Posture, Course, Puppet], None]
    move_s: float
    repetitions: int = 5
    alternating: bool = False
    circles: int = 0
    faults: tuple[str, ...] = ('incomplete_range', 'trunk_lean', 'asymmetry', 'jerk')
    ready_s: float = READY_S
    labelled: str = 'all'


ARM_FAULTS = ('incomplete_range', 'trunk_lean', 'asymmetry', 'shoulder_hike', 'jerk')
ONE_ARM_FAULTS = ('incomplete_range', 'trunk_lean', 'shoulder_hike', 'jerk')
LEG_FAULTS = ('incomplete_range', 'trunk_lean', 'asymmetry', 'knees_inward', 'jerk')
ONE_LEG_FAULTS = ('incomplete_range', 'trunk_lean', 'knees_inward', 'jerk')
SIDE_NAMES = ('left', 'right')

EXERCISES: dict[str, Exercise] = {
    'kimore_es1': Exercise('lifting of the arms', 'KIMORE Es1', kimore.lifting_of_the_arms, 3.2, faults=ARM_FAULTS),
    'kimore_es2': Exercise('lateral tilt of the trunk, arms in extension', 'KIMORE Es2', kimore.lateral_tilt, 2.4, 6,
                           alternating=True, faults=ARM_FAULTS),
    'kimore_es3': Exercise('trunk rotation', 'KIMORE Es3', kimore.trunk_rotation, 2.4, 6, alternating=True,
                           faults=ARM_FAULTS),
    'kimore_es4': Exercise('pelvis rotations on the transverse plane', 'KIMORE Es4', kimore.pelvis_rotation, 2.3, 6,
                           circles=2, faults=('incomplete_range', 'trunk_lean', 'shoulder_hike', 'jerk')),
    'kimore_es5': Exercise('squatting', 'KIMORE Es5', kimore.squatting, 2.8, faults=LEG_FAULTS),
    'mri_stretching': Exercise('stretching and relaxing in free form', 'mRI', mri.stretching, 3.6, 4,
                               faults=('incomplete_range', 'jerk')),
    **{f'mri_{name}_upper_limb_extension': Exercise(f'{name} upper limb extension', 'mRI, MARS',
                                                    partial(mri.upper_limb_extension, arms=arms), 3.6,
                                                    faults=ARM_FAULTS if name == 'both' else ONE_ARM_FAULTS)
       for name, arms in (('left', (0,)), ('right', (1,)), ('both', (0, 1)))},
    **{f'mri_{name}_front_lunge': Exercise(f'{name} front lunge', 'mRI, MARS', partial(mri.front_lunge, leg=leg), 2.8,
                                           faults=ONE_LEG_FAULTS, ready_s=2.2) for leg, name in enumerate(SIDE_NAMES)},
    'mri_squat': Exercise('squat', 'mRI, MARS', mri.mri_squat, 2.8, faults=LEG_FAULTS),
    **{f'mri_{name}_side_lunge': Exercise(f'{name} side lunge', 'mRI, MARS', partial(mri.side_lunge, leg=leg), 2.8,
                                          faults=ONE_LEG_FAULTS, ready_s=2.2) for leg, name in enumerate(SIDE_NAMES)},
    **{f'mri_{name}_limb_extension': Exercise(f'{name} limb extension', 'mRI, MARS',
                                              partial(mri.limb_extension, leg=leg), 3.0, faults=ONE_ARM_FAULTS)
       for leg, name in enumerate(SIDE_NAMES)},
    'mri_walking': Exercise('walking in a straight line', 'mRI', mri.walking, 1.15, 3, circles=1, faults=(),
                            ready_s=0.4),
    'utkinect_walk': Exercise('walk', 'UTKinect', mri.walking, 1.15, 3, circles=1, faults=(), ready_s=0.4),
    'utkinect_sit_down': Exercise('sit down', 'UTKinect', utkinect.sitting, 3.4, 2, faults=('jerk',), labelled='out'),
    'utkinect_stand_up': Exercise('stand up', 'UTKinect', utkinect.sitting, 3.4, 2, faults=('jerk',),
                                  labelled='back'),
    'utkinect_pick_up': Exercise('pick up', 'UTKinect', utkinect.pick_up, 2.8, 3, faults=('incomplete_range', 'jerk')),
    'utkinect_carry': Exercise('carry', 'UTKinect', utkinect.carry, 1.25, 3, circles=1, faults=()),
    'utkinect_throw': Exercise('throw', 'UTKinect', utkinect.throw, 1.8, 3, faults=('trunk_lean',)),
    'utkinect_push': Exercise('push', 'UTKinect', utkinect.push, 1.8, 3, faults=ARM_FAULTS),
    'utkinect_pull': Exercise('pull', 'UTKinect', utkinect.pull, 1.8, 3, faults=ARM_FAULTS),
    'utkinect_wave_hands': Exercise('wave hands', 'UTKinect', utkinect.wave_hands, 1.0, 6, circles=1,
                                    faults=('incomplete_range', 'asymmetry')),
    'utkinect_clap_hands': Exercise('clap hands', 'UTKinect', utkinect.clap_hands, 0.8, 8, circles=1,
                                    faults=('incomplete_range',)),
}
