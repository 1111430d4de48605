"""Skeletons that stand and raise an arm, lean or squat: small labelled motions with a known answer."""

import numpy as np

from poseformer_ros.recordings.labelled.labelled_motion import HEALTHY, JOINTS, PATIENTS, PLACE, REST, LabelledMotion

RATE_HZ = 10.0
EXERCISES = ('Es1', 'Es2', 'Es5')
# Metres, y up, facing +z: somebody of 1.7 m with hanging arms.
STANDING = {'pelvis': (0, 0.95, 0), 'spine_centre': (0, 1.2, 0), 'neck': (0, 1.45, 0), 'head': (0, 1.65, 0),
            'shoulder': (0.18, 1.4, 0), 'elbow': (0.2, 1.12, 0), 'wrist': (0.2, 0.88, 0), 'hand': (0.2, 0.8, 0),
            'hip': (0.1, 0.92, 0), 'knee': (0.1, 0.5, 0), 'ankle': (0.1, 0.08, 0), 'heel': (0.1, 0.03, 0.1)}


def standing() -> np.ndarray:
    """(20, 3)."""
    places = np.zeros((len(JOINTS), 3))
    for name in JOINTS:
        side, _, part = name.partition('_')
        places[PLACE[name]] = np.array(STANDING.get(part, STANDING.get(name))) * (-1 if side == 'right' else 1, 1, 1)
    return places


def labelled_motion(person: str, exercise: str, seed: int, repetitions: int = 3, frames: int = 20,
                    group: str = HEALTHY) -> LabelledMotion:
    """Repetitions between ten frames of rest on both sides; the person's size, heading, place and noise are the seed's."""
    rng = np.random.default_rng(seed)
    total = 20 + repetitions * frames
    phase = np.zeros(total)
    phase[10:-10] = np.tile(np.sin(np.linspace(0, np.pi, frames)) ** 2, repetitions)
    at = np.repeat(standing()[None], total, axis=0)
    arms = [PLACE[f'{side}_{part}'] for side in ('left', 'right') for part in ('elbow', 'wrist', 'hand')]
    upper = [PLACE[name] for name in JOINTS if name in ('spine_centre', 'neck', 'head') or 'shoulder' in name] + arms
    if exercise == 'Es1':
        at[:, arms, 1] += np.tile([0.6, 1.1, 1.3], 2) * phase[:, None]
    elif exercise == 'Es2':
        at[:, upper, 0] += 0.35 * phase[:, None]
    else:
        legs = [PLACE[f'{side}_{part}'] for side in ('left', 'right') for part in ('knee', 'ankle', 'heel')]
        others = [index for index in range(len(JOINTS)) if index not in legs]
        at[:, others, 1] -= 0.4 * phase[:, None]
    turn = rng.uniform(-0.6, 0.6)
    rotation = np.array([[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]])
    at = at * rng.uniform(0.9, 1.1) @ rotation.T + rng.uniform(-1, 1, 3) + rng.normal(0, 0.005, at.shape)
    labels, repetition = np.full(total, REST, dtype='<U8'), np.zeros(total, int)
    labels[10:-10] = exercise
    repetition[10:-10] = np.repeat(np.arange(1, repetitions + 1), frames)
    return LabelledMotion(f'{person}_{exercise}', person, group, at, RATE_HZ, labels, repetition)


def labelled_motions(people: int = 6) -> list[LabelledMotion]:
    """Everybody does everything; every second is a patient."""
    return [labelled_motion(f'P{number}', exercise, 10 * number + place, group=PATIENTS if number % 2 else HEALTHY)
            for number in range(people) for place, exercise in enumerate(EXERCISES)]
