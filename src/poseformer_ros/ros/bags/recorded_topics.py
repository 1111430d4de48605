"""Which topics of the station a recording takes."""

from rclpy.node import Node

from poseformer_ros.recordings.bags.selection import Selection, names_in
from poseformer_ros.ros.bags.bag_options import RecorderOptions
from poseformer_ros.ros.input.combined import COMBINED
from poseformer_ros.ros.spec import NodeSpec

# Made only while somebody reads them: a recorder must not be the one.
VIEWS = frozenset({'rgbd', 'body/vertices', 'body/mesh', 'body_parts/image', 'markers', 'overlay'})
CAMERA = frozenset({'color/image', 'color/image/compressed', 'depth/image', 'depth/image/compressedDepth', 'color/camera_info',
                    'depth/camera_info', COMBINED})
# What shows the person's colour image; silhouette holds a crop of it.
COLOUR = frozenset({'color/image', 'color/image/compressed', COMBINED, 'rgbd', 'silhouette', 'overlay', 'body_parts/image'})
COLOUR_TYPES = frozenset({'sensor_msgs/msg/Image', 'sensor_msgs/msg/CompressedImage', 'poseformer_ros/msg/RgbdFrame',
                          'poseformer_ros/msg/Silhouette', 'realsense2_camera_msgs/msg/RGBD', 'orbbec_camera_msgs/msg/RGBD'})
# A transport's suffix comes after the name that a preset gives the base topic.
_BASES = {'color/image/compressed': 'color/image', 'depth/image/compressedDepth': 'depth/image'}


def selection(node: Node, spec: NodeSpec, options: RecorderOptions) -> Selection:
    """The choice that the options say. spec: of the recorder, whose subscriptions are the station's topics."""
    def absolute(names: frozenset[str]) -> frozenset[str]:
        return frozenset(node.resolve_topic_name(_BASES[name]) + name.removeprefix(_BASES[name]) if name in _BASES else
                         node.resolve_topic_name(name) for name in names)

    known = frozenset(topic.name for topic in spec.subscriptions) | CAMERA
    without_colour = known - COLOUR - VIEWS
    profiles = {'everything': None, 'no_colour': absolute(without_colour), 'results': absolute(without_colour - CAMERA),
                'none': frozenset()}
    hidden = absolute(VIEWS | COLOUR) if options.profile in ('no_colour', 'results') else absolute(VIEWS)
    return Selection(profiles[options.profile], hidden, frozenset(map(node.resolve_topic_name, names_in(options.topics))),
                     options.regex, options.exclude)
