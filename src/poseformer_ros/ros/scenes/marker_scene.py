"""A skeleton, a floor, the exercise's name and the set that is done as RViz markers with stable ids."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from geometry_msgs.msg import Pose, Vector3
from std_msgs.msg import ColorRGBA, Header
from visualization_msgs.msg import Marker

from poseformer_ros import msg
from poseformer_ros.drawing.overlay import BONE_COLOR, STATE_COLORS
from poseformer_ros.options import check, option
from poseformer_ros.ros import conversions
from poseformer_ros.ros.scenes.assessment_scene import assessment_markers
from poseformer_ros.ros.scenes.marker_drawing import color, empty_marker, text_marker
from poseformer_ros.silhouette.person import LEVEL_CAMERA, Floor
from poseformer_ros.skeleton.joints import BONES, JOINT, JointState, Skeleton

FLOOR_COLOR = (0.22, 0.25, 0.28, 1.0)
# Of the floor's patch below the person, metres.
FLOOR_SIDE_M = 3.0
FLOOR_THICKNESS_M = 0.01
BELOW_FLOOR_M = 0.01       # of the patch's upper side: RViz's grid on the floor shows through
BONES_ID, JOINTS_ID, FLOOR_ID, EXERCISE_ID = 0, 1, 2, 3
ABOVE_HEAD_M = 0.25
TEXT_HEIGHT_M = 0.12
NO_SET, EMPTY = msg.AssessmentLive(), MappingProxyType[str, float]({})


@dataclass(frozen=True)
class MarkerOptions:
    """How the scene is drawn."""

    joint_diameter_m: float = option(0.05, 0.005, 0.3, 'diameter of a joint', unit='m')
    bone_width_m: float = option(0.02, 0.002, 0.2, 'width of a bone', unit='m')
    surroundings: bool = option(True, text='draw the overlay into the camera\'s image; otherwise on black, so that '
                                           'nobody and nothing but the person is shown')
    tf: bool = option(False, text='also publish the joints on /tf', live=False)
    floor_frame: str = option('poseformer_floor', live=False,
                              text='frame on the floor below the camera, z up, published on /tf with the markers')

    def __post_init__(self) -> None:
        check(self)


class MarkerScene:
    """Turns each skeleton into markers; deletes those of a person who left."""

    def __init__(self, options: MarkerOptions = MarkerOptions()) -> None:
        self._options = options
        self._shown: set[tuple[str, int]] = set()

    def use(self, options: MarkerOptions) -> None:
        """Draw with other options from now on."""
        self._options = options

    def __call__(self, skeleton: Skeleton, floor: Floor | None, header: Header, exercise: str = '',
                 live: msg.AssessmentLive = NO_SET, angles_deg: Mapping[str, float] = EMPTY) -> list[Marker]:
        """Markers of this moment, with a DELETE for each that was shown before and is gone.

        exercise: what the person does, written above the head; empty for nothing. live: the set that is being done. angles_deg:
        the body's angles by name.
        """
        up = (floor or LEVEL_CAMERA).normal
        markers = [m for m in (self._bones(skeleton, header), self._joints(skeleton, header)) if m.points]
        head = skeleton.positions[JOINT['head']]
        if exercise and np.isfinite(head).all():
            markers.append(text_marker(exercise, head + ABOVE_HEAD_M * up, TEXT_HEIGHT_M, f'person_{skeleton.track_id}',
                                       EXERCISE_ID, header))
        markers += assessment_markers(live, angles_deg, skeleton, up, header)
        if floor is not None:
            markers.append(_floor(skeleton, floor, header))
        now = {(m.ns, m.id) for m in markers}
        gone = [Marker(header=header, ns=ns, id=number, action=Marker.DELETE) for ns, number in sorted(self._shown - now)]
        self._shown = now
        return gone + markers

    def _bones(self, skeleton: Skeleton, header: Header) -> Marker:
        marker = empty_marker(header, f'person_{skeleton.track_id}', BONES_ID, Marker.LINE_LIST)
        marker.scale.x = self._options.bone_width_m
        marker.color = color(BONE_COLOR)
        seen = ~np.isnan(skeleton.positions).any(axis=1)
        marker.points = [conversions.point(skeleton.positions[end]) for bone in BONES if seen[list(bone)].all() for end in bone]
        return marker

    def _joints(self, skeleton: Skeleton, header: Header) -> Marker:
        marker = empty_marker(header, f'person_{skeleton.track_id}', JOINTS_ID, Marker.SPHERE_LIST)
        marker.scale = Vector3(**dict.fromkeys('xyz', self._options.joint_diameter_m))
        for position, state in zip(skeleton.positions, skeleton.state, strict=True):
            if not np.isnan(position).any():
                marker.points.append(conversions.point(position))
                marker.colors.append(color(STATE_COLORS[JointState(int(state))]))
        return marker


def _floor(skeleton: Skeleton, floor: Floor, header: Header) -> Marker:
    """A thin square on the floor below the person, or in front of the camera."""
    seen = skeleton.positions[~np.isnan(skeleton.positions).any(axis=1)]
    above = seen.mean(axis=0) if len(seen) else np.array([0.0, 0.0, FLOOR_SIDE_M])
    depth_m = BELOW_FLOOR_M + FLOOR_THICKNESS_M / 2
    marker = empty_marker(header, 'floor', FLOOR_ID, Marker.CUBE)
    marker.pose = Pose(position=conversions.point(above - (floor.height(above) + depth_m) * floor.normal),
                       orientation=conversions.quaternion(floor.axes))
    marker.scale = Vector3(x=FLOOR_SIDE_M, y=FLOOR_SIDE_M, z=FLOOR_THICKNESS_M)
    marker.color = ColorRGBA(**dict(zip('rgba', FLOOR_COLOR, strict=True)))
    return marker
