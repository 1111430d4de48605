"""What a node is told of its place in the station: its topics, services and options."""

from dataclasses import dataclass, field

from poseformer_ros.errors import BadInput


@dataclass(frozen=True)
class Topic:
    """A topic as one node sees it.

    name: relative to the namespace; absolute only where ROS prescribes it.
    type: 'package/msg/Name'.
    qos: name of a profile in `ros/qos.py`.
    text: for people.
    """

    name: str
    type: str
    qos: str
    text: str


@dataclass(frozen=True)
class Service:
    """A service that a node offers; name relative to the namespace, type 'package/srv/Name', text for people."""

    name: str
    type: str
    text: str


@dataclass(frozen=True)
class HandOver:
    """A topic that passes in memory where giver and taker, names of nodes, share a process: full images are not copied.

    The giver calls its `hand_over` with what it would publish; the taker's `take` gets it. Elsewhere the taker reads the topic.
    """

    topic: str
    giver: str
    taker: str


@dataclass(frozen=True)
class NodeSpec:
    """One node. `options`: options dataclass of each parameter prefix."""

    name: str
    class_name: str
    text: str
    subscriptions: tuple[Topic, ...] = ()
    publications: tuple[Topic, ...] = ()
    services: tuple[Service, ...] = ()
    options: dict[str, type] = field(default_factory=dict)

    def subscription(self, topic: str) -> Topic:
        """The subscription of this name."""
        return _named(self.subscriptions, topic, self.name)

    def publication(self, topic: str) -> Topic:
        """The publication of this name."""
        return _named(self.publications, topic, self.name)


def _named(topics: tuple[Topic, ...], name: str, node_name: str) -> Topic:
    found = [topic for topic in topics if topic.name == name]
    if not found:
        raise BadInput(f'graph: node {node_name} has no topic {name!r}; add it to station/graph.py')
    return found[0]
