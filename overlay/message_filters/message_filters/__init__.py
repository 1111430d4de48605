"""The part of message_filters that poseformer_ros uses, with the same names and calls.

On a machine with a ROS 2 distribution the distribution's own package is used and this one is not built.
"""


class SimpleFilter:
    """Something that hands messages to callbacks."""

    def __init__(self):
        self.callbacks = {}

    def registerCallback(self, cb, *args):  # noqa: N802 (the distribution's name)
        """Call `cb(*message, *args)` for every message; returns the connection's number."""
        connection = len(self.callbacks)
        self.callbacks[connection] = (cb, args)
        return connection

    def signalMessage(self, *msg):  # noqa: N802 (the distribution's name)
        """Hand a message to every callback, in the order they were registered."""
        for cb, args in self.callbacks.values():
            cb(*msg, *args)


class Subscriber(SimpleFilter):
    """A ROS subscription as a filter: Subscriber(node, type, topic, **arguments of create_subscription)."""

    def __init__(self, *args, **kwargs):
        super().__init__()
        self.node, message_type, self.topic = args[:3]
        kwargs.setdefault('qos_profile', 10)
        self.sub = self.node.create_subscription(message_type, self.topic, self.signalMessage, *args[3:], **kwargs)

    def getTopic(self):  # noqa: N802 (the distribution's name)
        """Return the topic's name."""
        return self.topic
