"""The set that is being done as RViz markers: its count, arcs of the angles it is judged by, the limb of the last fault."""

from collections.abc import Mapping

import numpy as np
from geometry_msgs.msg import Point
from std_msgs.msg import Header
from visualization_msgs.msg import Marker

from poseformer_ros import msg
from poseformer_ros.assessment.angle_arcs import Arc, angle_arcs
from poseformer_ros.ros import conversions
from poseformer_ros.ros.scenes.marker_drawing import color, empty_marker, text_marker
from poseformer_ros.skeleton.joints import BONES, JOINT, Skeleton

COUNT_ID, FAULT_ID, SENTENCE_ID, ARCS_ID, FIRST_ANGLE_ID = 10, 11, 12, 13, 20
COUNT_HEIGHT_M, SENTENCE_HEIGHT_M, ANGLE_HEIGHT_M = 0.3, 0.06, 0.08
# Over the head, and over hands that are higher; the exercise's name stands right over the head.
COUNT_ABOVE_M, SENTENCE_ABOVE_M = 0.65, 0.42
ARC_WIDTH_M, FAULT_WIDTH_M = 0.012, 0.05
ARC_COLOR, FAULT_COLOR = (0, 215, 255), (48, 48, 255)      # BGR: gold; red
TEXT_BEYOND = 1.5       # an angle's figure stands beyond its arc, in radii


def assessment_markers(live: msg.AssessmentLive, angles_deg: Mapping[str, float], skeleton: Skeleton, up: np.ndarray,
                       header: Header) -> list[Marker]:
    """Markers of a set at this moment; none without one.

    angles_deg: by name, as measured; an angle that is not there has its arc without a figure. up: (3,) unit, optical frame.
    """
    if live.phase == msg.AssessmentLive.NO_SET:
        return []
    namespace, positions = f'assessment_{skeleton.track_id}', skeleton.positions
    markers = _arcs(angle_arcs(live.angles, positions, up), angles_deg, namespace, header)
    markers += _limb([JOINT[name] for name in live.fault_joints if name in JOINT], positions, namespace, header)
    head = positions[JOINT['head']]
    if np.isfinite(head).all():
        top = head + float(np.nanmax((positions - head) @ up)) * up
        markers.append(text_marker(str(live.count), top + COUNT_ABOVE_M * up, COUNT_HEIGHT_M, namespace, COUNT_ID, header))
        if live.fault:
            markers.append(text_marker(live.fault.replace('; ', ';\n'), top + SENTENCE_ABOVE_M * up, SENTENCE_HEIGHT_M, namespace,
                                       SENTENCE_ID, header, FAULT_COLOR))
    return markers


def _arcs(arcs: list[Arc], angles_deg: Mapping[str, float], namespace: str, header: Header) -> list[Marker]:
    if not arcs:
        return []
    lines = empty_marker(header, namespace, ARCS_ID, Marker.LINE_LIST)
    lines.scale.x, lines.color = ARC_WIDTH_M, color(ARC_COLOR)
    lines.points = [point for arc in arcs for a, b in zip(arc.points, arc.points[1:]) for point in _points(a, b)]
    lines.points += [point for arc in arcs for end in (arc.points[0], arc.points[-1]) for point in _points(arc.centre, end)]
    said = [(arc, angles_deg[arc.angle]) for arc in arcs if np.isfinite(angles_deg.get(arc.angle, np.nan))]
    return [lines, *(text_marker(f'{angle:.0f}°', _beyond(arc), ANGLE_HEIGHT_M, namespace, number, header, ARC_COLOR)
                     for number, (arc, angle) in enumerate(said, start=FIRST_ANGLE_ID))]


def _beyond(arc: Arc) -> np.ndarray:
    return arc.centre + TEXT_BEYOND * (arc.points[len(arc.points) // 2] - arc.centre)


def _limb(joints: list[int], positions: np.ndarray, namespace: str, header: Header) -> list[Marker]:
    """Thick bones between the joints of a fault; a chain of joints that are no neighbours is drawn in their order."""
    bones = [bone for bone in BONES if set(bone) <= set(joints)] or list(zip(joints, joints[1:]))
    known = [bone for bone in bones if np.isfinite(positions[list(bone)]).all()]
    if not known:
        return []
    limb = empty_marker(header, namespace, FAULT_ID, Marker.LINE_LIST)
    limb.scale.x, limb.color = FAULT_WIDTH_M, color(FAULT_COLOR)
    limb.points = [point for bone in known for point in _points(*positions[list(bone)])]
    return [limb]


def _points(a: np.ndarray, b: np.ndarray) -> list[Point]:
    return [conversions.point(a), conversions.point(b)]
