"""What the person network is shown and what it answers: names, shapes and classes that training and the station share."""

from dataclasses import dataclass

import numpy as np

from poseformer_ros.person.square import CHANNELS, INPUT_PX, Square

LAYOUT = 'person_v1'            # of input and answers; another meaning of any of them gets another name

FRONT, BACK = 0, 1              # the two answers of each joint: as if the person showed the front, or the back
SIDES = 2
JOINTS = 24                     # in the order of `skeleton/joints.py`
OTHER_SIDE = (0, 2, 1, 3, 5, 4, 6, 8, 7, 9, 11, 10, 12, 14, 13, 15, 17, 16, 19, 18, 21, 20, 23, 22)    # each joint's
SEEN, HIDDEN, OUTSIDE = 0, 1, 2
SIGHTS = 3
FACING_BINS = 24
FACING_RAD = (np.arange(FACING_BINS) + 0.5) / FACING_BINS * 2 * np.pi - np.pi   # middles; 0 faces the camera, positive to the right
NOBODY, PERSON, TWO = 0, 1, 2   # two: somebody else is in the candidate too
PERSON_CLASSES = 3
PARTS = 1 + JOINTS              # nobody's, then each joint's part
PARTS_PX = 48
LEAST_LOG_SCALE, MOST_LOG_SCALE = -6.0, 1.0    # logarithm of a scale; take what lies beyond as these

INPUT = 'squares'
INPUT_SHAPE = (CHANNELS, INPUT_PX, INPUT_PX)
ANSWER_SHAPES = {'joints': (SIDES, JOINTS, 3), 'log_scale': (SIDES, JOINTS, 3), 'sight': (SIDES, JOINTS, SIGHTS),
                 'facing': (FACING_BINS,), 'person': (PERSON_CLASSES,), 'parts': (PARTS, PARTS_PX, PARTS_PX)}


@dataclass(frozen=True)
class Answers:
    """The network's answers for n squares, float32.

    joints: (n, SIDES, 24, 3) column and row from -1 to 1 over the square, and depth from its middle, all in half sides.
    log_scale: (n, SIDES, 24, 3), natural logarithm of the scale b of each coordinate's Laplace distribution, half sides.
    sight: (n, SIDES, 24, SIGHTS) logits of seen, hidden, outside the image.
    facing: (n, FACING_BINS) logits of where the chest faces, at FACING_RAD about the square's vertical.
    person: (n, PERSON_CLASSES) logits of nobody, a person, two people.
    parts: (n, PARTS, 48, 48) logits of each pixel's part. Left and right are named as if the front were seen: for a person
    seen from behind they are to be exchanged.
    """

    joints: np.ndarray
    log_scale: np.ndarray
    sight: np.ndarray
    facing: np.ndarray
    person: np.ndarray
    parts: np.ndarray


@dataclass(frozen=True)
class PersonAnswers:
    """The network's answers for one square, small enough to travel with a silhouette.

    model: SHA-256 of the network's file; who would ask another network has no use for them.
    square: that was looked at, in pixels of the image that it is said of.
    parts: (PARTS, 48, 48) uint8 probabilities of each pixel's part in 255ths; (PARTS, 0, 0) where they did not come.
    The others as in `Answers`.
    """

    model: str
    square: Square
    joints: np.ndarray
    log_scale: np.ndarray
    sight: np.ndarray
    facing: np.ndarray
    person: np.ndarray
    parts: np.ndarray


def mirrored(answers: Answers) -> Answers:
    """The answers for the mirrored squares: left is right, and columns and angles change their sign."""
    other = list(OTHER_SIDE)
    parts = [0, *(joint + 1 for joint in other)]
    return Answers(answers.joints[:, :, other] * np.array([-1, 1, 1], np.float32), answers.log_scale[:, :, other],
                   answers.sight[:, :, other], answers.facing[:, ::-1], answers.person, answers.parts[:, parts, :, ::-1])


def mean(first: Answers, second: Answers) -> Answers:
    """The mean of two answers for the same squares."""
    return Answers(*((getattr(first, name) + getattr(second, name)) / 2 for name in ANSWER_SHAPES))
