"""Colour, depth and both calibrations in one message, as some drivers send them: RGBD of realsense2_camera_msgs and its likes."""

from poseformer_ros.errors import BadInput
from poseformer_ros.ros.stage_node import message_type

# Our relative name of the topic; `rgbd` is the station's own pair.
COMBINED = 'camera/rgbd'
# Our names of the streams to the fields that hold them.
PARTS = {'color/image': 'rgb', 'depth/image': 'depth', 'color/camera_info': 'rgb_camera_info',
         'depth/camera_info': 'depth_camera_info'}


def combined_class(name: str) -> type:
    """Message class of a type by name.

    Raises:
        BadInput: it is not installed, or has not our parts.
    """
    try:
        found = message_type(name)
    except (ImportError, AttributeError, ValueError) as error:
        raise BadInput(f'input.combined: message {name!r} is not installed here; source the package of the camera\'s messages, or '
                       'give a type as realsense2_camera_msgs/msg/RGBD') from error
    missing = set(PARTS.values()) - set(found.get_fields_and_field_types())
    if missing:
        raise BadInput(f'input.combined: {name} has no {", ".join(sorted(missing))}; wanted a message as '
                       'realsense2_camera_msgs/msg/RGBD')
    return found
