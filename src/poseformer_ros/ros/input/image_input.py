"""One input stream of a camera, read the way its publisher offers it, and able to say why nothing comes."""

from collections.abc import Callable, Sequence
from typing import Any

from message_filters import Subscriber
from rclpy.clock import Clock, ClockType
from rclpy.event_handler import QoSSubscriptionEventType
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, ReliabilityPolicy
from rclpy.topic_endpoint_info import TopicEndpointInfo
from sensor_msgs.msg import CameraInfo

from poseformer_ros.ros.diagnostics import Health
from poseformer_ros.ros.input.combined import COMBINED
from poseformer_ros.ros.input.several_senders import SeveralSenders
from poseformer_ros.ros.qos import PROFILES
from poseformer_ros.ros.removable import NO_EVENTS, AskedEvents
from poseformer_ros.ros.stage_node import type_name

# How often the publishers of the topic and the subscription's events are looked at.
LOOK_S = 0.2
LOOKS_LEFT_OUT = 4      # while messages come: asking who publishes costs more than taking a small message
TRANSPORT_REMEDY = ('images larger than the shared memory of DDS are dropped by their sender: start the driver with our '
                    'transport profile (README, "Troubleshooting") or let it publish reliably')
_WORDS = {'image_in': 'best effort', 'image_in_reliable': 'reliably', 'latched': 'reliably what was latched'}


class ImageInput:
    """Subscribes best effort at first, and reliably as soon as every publisher of the topic offers that.

    Fast DDS loses large best-effort images silently when they do not fit its shared memory; reliable delivery does not.
    A calibration whose publishers latch it (transient local) is read as such: one that was sent before we came is not missed, and
    silence after it means nothing.

    Args:
        node: that subscribes.
        health: told of what arrives, what was lost and why nothing comes.
        message_class: of the messages.
        topic: relative name, before remapping; `suffix` (as '/compressed') is added after it.
        callback: called with each message.
        reliability: 'auto', or 'reliable' or 'best_effort' whatever the publishers offer.
    """

    def __init__(self, node: Node, health: Health, message_class: type, topic: str, callback: Callable[[Any], None],
                 reliability: str = 'auto', suffix: str = '') -> None:
        self._node, self._health, self._class, self._callback = node, health, message_class, callback
        self._name = topic
        self._topic = node.resolve_topic_name(topic) + suffix
        self._forced = reliability
        self._profile = ''
        self._came, self._left_out = False, 0
        self._events: AskedEvents | None = None
        self._senders = SeveralSenders(node, message_class, self._topic)
        self._subscribe('image_in_reliable' if reliability == 'reliable' else 'image_in')
        health.expect(topic)
        node.create_timer(LOOK_S, self._look, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def close(self) -> None:
        """Read no more."""
        self._senders.close()
        self._unsubscribe()

    def _unsubscribe(self) -> None:
        """Events that are not destroyed would hold their node in the graph after its end."""
        if self._events is not None:
            self._events.destroy(self._node)
            self._events = None

    def _subscribe(self, profile: str) -> None:
        self._unsubscribe()
        self._profile = profile
        subscriber = Subscriber(self._node, self._class, self._topic, qos_profile=PROFILES[profile], event_callbacks=NO_EVENTS)
        subscriber.registerCallback(self._on_message)
        wanted = {QoSSubscriptionEventType.RCL_SUBSCRIPTION_MESSAGE_LOST: self._on_lost}
        if self._forced != 'auto':
            wanted[QoSSubscriptionEventType.RCL_SUBSCRIPTION_REQUESTED_INCOMPATIBLE_QOS] = self._on_incompatible
        self._events = AskedEvents(subscriber.sub, wanted)

    def _on_message(self, message: Any) -> None:
        self._came = True
        self._health.received(self._name)
        if self._profile == 'latched':
            self._health.forget(self._name)
        self._callback(message)

    def _on_lost(self, status: Any) -> None:
        self._health.count(f'lost {self._name}', status.total_count_change)
        self._health.trouble(f'{self._topic}: {status.total_count} images were sent and never came; {TRANSPORT_REMEDY}')

    def _on_incompatible(self, status: Any) -> None:
        self._health.trouble(f'{self._topic}: a publisher offers another quality of service ({status.last_policy_kind}) '
                             'than parameter input.reliability asks for; set it to auto')

    def _look(self) -> None:
        self._events.ask()
        came, self._came = self._came, False
        if came and self._left_out < LOOKS_LEFT_OUT:
            self._left_out += 1
            return
        self._left_out = 0
        publishers = self._node.get_publishers_info_by_topic(self._topic)
        if self._forced == 'auto' and publishers:
            self._read_as_offered(publishers)
        several = self._senders.look(len(publishers), PROFILES[self._profile])
        said = several_words(self._topic, publisher_names(publishers)) if several else ''
        self._health.doubt(f'publishers of {self._name}', said)
        self._health.silent_because(self._name, self._why_silent(publishers))

    def _read_as_offered(self, publishers: list[TopicEndpointInfo]) -> None:
        profile = self._profile_for(publishers)
        if profile != self._profile:
            self._node.get_logger().info(f'{self._topic}: reading {_WORDS[profile]}, as its publisher offers')
            self._subscribe(profile)

    def _why_silent(self, publishers: list[TopicEndpointInfo]) -> str:
        wanted_type = type_name(self._class)
        types = {publisher.topic_type for publisher in publishers}
        if not publishers:
            return f'nobody publishes {self._topic}; start the camera or set its preset'
        if types != {wanted_type}:
            return f'{self._topic} is published as {", ".join(sorted(types))}, wanted {wanted_type}; {self._type_remedy()}'
        # Only best-effort messages can be lost on the way.
        lost = f', or {TRANSPORT_REMEDY}' if self._profile == 'image_in' and self._class is not CameraInfo else ''
        once = ', or sent it once, before we listened, and does not latch it' if self._class is CameraInfo else ''
        return f'{self._topic} is published and nothing arrives: its driver sends nothing, see its log{once}{lost}'

    def _profile_for(self, publishers: list[TopicEndpointInfo]) -> str:
        offered = [publisher.qos_profile for publisher in publishers]
        if not all(quality.reliability == ReliabilityPolicy.RELIABLE for quality in offered):
            return 'image_in'
        latched = self._class is CameraInfo and all(quality.durability == DurabilityPolicy.TRANSIENT_LOCAL for quality in offered)
        return 'latched' if latched else 'image_in_reliable'

    def _type_remedy(self) -> str:
        if self._name == COMBINED:
            return 'remap it or set input.combined'
        stream = self._name.partition('/')[0]
        return 'remap it' if self._class is CameraInfo else f'remap it or set input.{stream}_transport'


def several_words(topic: str, names: Sequence[str]) -> str:
    """That more than one sends, which mixes their images."""
    return f'{topic} has {len(names)} publishers ({", ".join(names)}): two cameras or two drivers? End one, or remap'


def publisher_names(publishers: Sequence[TopicEndpointInfo]) -> tuple[str, ...]:
    """Names of their nodes, in order."""
    return tuple(sorted(f'{p.node_namespace.rstrip("/")}/{p.node_name}' for p in publishers))
