"""Which topics of a bag are published again, and under which names."""

from collections.abc import Container, Iterable
from dataclasses import dataclass

from rclpy.node import Node
from rclpy.qos import ReliabilityPolicy

from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.bags.metadata import BagTopic
from poseformer_ros.recordings.bags.reader import BagSummary
from poseformer_ros.recordings.bags.selection import Selection, names_in
from poseformer_ros.ros.bags.bag_options import PlayerOptions
from poseformer_ros.ros.bags.recorded_topics import VIEWS
from poseformer_ros.ros.input.combined import COMBINED
from poseformer_ros.ros.input.image_source import ENTRY
from poseformer_ros.ros.spec import NodeSpec

# Of the system rather than of the camera; every running node has its own.
SYSTEM = frozenset({'/diagnostics', '/rosout', '/parameter_events', '/clock'})
LATCHED_RESULTS = frozenset({'body/model', 'body_parts/legend', 'features/layout', 'exercise/model'})
# The synchronized pair, with which a station may begin instead (start_from:=rgbd), and the node that reads it then.
PAIR, PAIR_ENTRY = 'rgbd', 'silhouette'
NAMESPACE_KEY = 'poseformer.namespace'


@dataclass(frozen=True)
class Replayed:
    """A topic of a bag and the name that it is published under."""

    bag: BagTopic
    name: str


def replayed(node: Node, spec: NodeSpec, options: PlayerOptions, summary: BagSummary) -> list[Replayed]:
    """The choice that the options say. spec: of the player, whose subscriptions are what a station answers.

    Raises BadInput for a name that the bag does not hold, or a remap that is none.
    """
    names = _remapped(options.remap)
    unknown = [name for name in [*names_in(options.topics), *names] if name not in summary.topics]
    if unknown:
        raise BadInput(f'{options.path}: holds no {", ".join(unknown)}; `poseformer bag info` shows its topics')
    hidden = frozenset() if options.everything else _of_the_station(node, spec, summary)
    if not _images(node, summary.topics):
        hidden -= {node.resolve_topic_name(PAIR)}
    named = frozenset(names_in(options.topics))
    profile = frozenset() if named or options.regex else None
    selection = Selection(profile, hidden, named, options.regex, options.exclude)
    return [Replayed(topic, names.get(topic.name, topic.name)) for topic in summary.topics.values() if selection.wants(topic.name)]


def _of_the_station(node: Node, spec: NodeSpec, summary: BagSummary) -> frozenset[str]:
    """Names of what a station publishes, in the namespace of now and of the recording."""
    results = frozenset(topic.name for topic in spec.subscriptions) | VIEWS | LATCHED_RESULTS
    namespace = summary.custom.get(NAMESPACE_KEY, node.get_namespace()).rstrip('/')
    ours = frozenset(f'{namespace}/{name}' for name in results) | frozenset(map(node.resolve_topic_name, results))
    # The station's floor is among the transforms of a bag that it was recorded in, and cannot be taken out.
    transforms = frozenset({'/tf'}) if ours & set(summary.topics) else frozenset()
    return ours | SYSTEM | transforms


def _remapped(text: str) -> dict[str, str]:
    pairs = [words.partition(':=') for words in names_in(text)]
    wrong = [old for old, _, new in pairs if not old.startswith('/') or not new.startswith('/')]
    if wrong:
        raise BadInput(f'remap {", ".join(wrong)}: wanted whole names, as /camera/color/image_raw:=/poseformer/color/image')
    return {old: new for old, _, new in pairs}


def camera_images(node: Node, topics: Iterable[Replayed]) -> dict[str, str]:
    """'color/image' and 'depth/image', or the camera's message of both, to the name under which the bag's are published, as far as
    it has them; else 'rgbd'."""
    names = {topic.name for topic in topics}
    pair = node.resolve_topic_name(PAIR)
    return _images(node, names) or ({PAIR: pair} if pair in names else {})


def _images(node: Node, names: Container[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for image, suffix in (('color/image', ''), ('color/image', '/compressed'), ('depth/image', ''),
                          ('depth/image', '/compressedDepth')):
        name = node.resolve_topic_name(image) + suffix
        if name in names:
            found.setdefault(image, name)
    both = node.resolve_topic_name(COMBINED)
    return found or ({COMBINED: both} if both in names else {})


def station_listens(node: Node, images: Iterable[str]) -> bool:
    """Whether a station reads these topics reliably."""
    return all(any(reader.node_name in (ENTRY, PAIR_ENTRY) and reader.qos_profile.reliability == ReliabilityPolicy.RELIABLE
                   for reader in node.get_subscriptions_info_by_topic(topic)) for topic in images)
