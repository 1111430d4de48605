"""The person network's answers to their message and back."""

import numpy as np

from poseformer_ros import msg
from poseformer_ros.errors import BadInput
from poseformer_ros.person.answers import JOINTS, PARTS, PARTS_PX, SIDES, SIGHTS, PersonAnswers
from poseformer_ros.person.square import Square


def answers_message(said: PersonAnswers) -> msg.PersonAnswers:
    """What the person network said, as it travels with a silhouette."""
    square = said.square
    return msg.PersonAnswers(model=said.model, centre=square.centre, side_px=square.side_px, angle_rad=square.angle_rad,
                             depth_m=square.depth_m, half_m=square.half_m, joints=said.joints.ravel(),
                             log_scale=said.log_scale.ravel(), sight=said.sight.ravel(), facing=said.facing, person=said.person,
                             parts=said.parts.tobytes())


def answers(message: msg.PersonAnswers) -> PersonAnswers | None:
    """The way back; None where the network was not asked. Raises BadInput for numbers that no network says."""
    if not message.model:
        return None
    square = Square(np.array(message.centre), message.side_px, message.depth_m, message.half_m, message.angle_rad)
    joints, log_scale, sight = (np.array(values, np.float32).reshape(SIDES, JOINTS, last) for values, last in
                                ((message.joints, 3), (message.log_scale, 3), (message.sight, SIGHTS)))
    facing, person = np.array(message.facing, np.float32), np.array(message.person, np.float32)
    if not all(np.isfinite(said).all() for said in (square.centre, joints, log_scale, sight, facing, person)):
        raise BadInput("silhouette answers: numbers that are not finite; publish what the network said, or leave `model` empty")
    if not (square.side_px > 0 and square.depth_m > 0 and square.half_m > 0):
        raise BadInput(f'silhouette answers: a square of {square.side_px:g} px at {square.depth_m:g} m; publish the square that '
                       'the network was shown, or leave `model` empty')
    if len(message.parts) not in (0, PARTS * PARTS_PX ** 2):
        raise BadInput(f'silhouette answers: {len(message.parts)} probabilities of parts, not {PARTS} x {PARTS_PX} x {PARTS_PX}; '
                       'publish all that the network said or none, or leave `model` empty')
    side = PARTS_PX if len(message.parts) else 0
    parts = np.frombuffer(message.parts, np.uint8).reshape(PARTS, side, side)
    return PersonAnswers(message.model, square, joints, log_scale, sight, facing, person, parts)
