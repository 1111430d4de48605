"""The publishers of a replay, each with the quality of service of the bag, or the user's."""

from collections.abc import Iterable
from pathlib import Path

import yaml
from rclpy.publisher import Publisher

from poseformer_ros.errors import BadInput
from poseformer_ros.ros.bags.bag_options import PlayerOptions
from poseformer_ros.ros.bags.bag_qos import publisher_profile
from poseformer_ros.ros.bags.replayed_topics import Replayed, camera_images
from poseformer_ros.ros.stage_node import StageNode, message_type


def publishers_of(node: StageNode, topics: Iterable[Replayed], options: PlayerOptions) -> dict[str, Publisher]:
    """By the bag's name of the topic. A type that is not installed is said and left out.

    Raises BadInput where nothing is left, and for quality of service that is none.
    """
    topics, overrides = list(topics), read_overrides(options.qos_overrides)
    images = set(camera_images(node, topics).values()) if options.every_frame else set()
    publishers = {}
    for topic in topics:
        override = dict(overrides.get(topic.bag.name) or overrides.get(topic.name) or {})
        if topic.name in images:
            override['reliability'] = 'reliable'    # nothing may be skipped
        try:
            kind = message_type(topic.bag.type)
        except (ImportError, AttributeError):
            node.health.doubt(topic.name, f'{topic.name} is not replayed: its type {topic.bag.type} is not installed here')
            continue
        publishers[topic.bag.name] = node.create_publisher(kind, topic.name, publisher_profile(topic.bag.qos, override, topic.name))
    if not publishers:
        raise BadInput(f'{options.path}: nothing to replay; `poseformer bag info` shows its topics, and --everything '
                       'takes those too that the station publishes itself')
    return publishers


def read_overrides(path: str) -> dict[str, dict]:
    """Quality of service by topic, from a file as rosbag2's; none without one. Raises BadInput where it is no such file."""
    if not path:
        return {}
    try:
        said = yaml.safe_load(Path(path).expanduser().read_text()) or {}
    except (OSError, yaml.YAMLError) as error:
        raise BadInput(f'qos overrides {path}: {error}') from error
    if not isinstance(said, dict) or not all(isinstance(value, dict) for value in said.values()):
        raise BadInput(f'qos overrides {path}: wanted topics with fields, as "/color/image: {{reliability: best_effort}}"')
    return said
