"""Subscriptions that may be destroyed while the events executor runs.

Whoever has quality-of-service events in that executor may not (rclpy 7.1, ros2/rclpy#1644): an event that waits in its queue is
then taken from a destroyed handle, `InvalidHandle: cannot use Destroyable`, or is let go with its Python objects while the
interpreter's lock is not held, a segmentation fault. Waiting messages do no harm: they are taken in time or let go. So these
subscriptions have no events in the executor, not even the default ones of rclpy, and events are asked for instead.
"""

from collections.abc import Callable
from typing import Any

from rclpy.event_handler import QoSSubscriptionEventType, SubscriptionEventCallbacks
from rclpy.impl.implementation_singleton import rclpy_implementation
from rclpy.node import Node
from rclpy.subscription import Subscription

# For create_subscription of what is to be destroyed while the executor runs.
NO_EVENTS = SubscriptionEventCallbacks(use_default_callbacks=False)


class AskedEvents:
    """Events of a subscription, looked at when asked.

    Args:
        subscription: made with NO_EVENTS.
        callbacks: kind of event to what is told its status.
    """

    def __init__(self, subscription: Subscription, callbacks: dict[QoSSubscriptionEventType, Callable[[Any], None]]) -> None:
        self._subscription = subscription
        self._events = [(rclpy_implementation.EventHandle(subscription.handle, kind), tell) for kind, tell in callbacks.items()]

    def ask(self) -> None:
        """Tell what has happened since it was last asked."""
        for event, tell in self._events:
            status = event.take_event()
            if status is not None and status.total_count_change:
                tell(status)

    def destroy(self, node: Node) -> None:
        """Tell the last, and destroy the node's subscription with its events."""
        self.ask()
        for event, _ in self._events:
            event.destroy_when_not_in_use()
        node.destroy_subscription(self._subscription)
