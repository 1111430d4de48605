"""Quality of service between rclpy and a bag's metadata."""

from collections.abc import Mapping, Sequence
from typing import Any

from rclpy.duration import Duration
from rclpy.qos import DurabilityPolicy, HistoryPolicy, LivelinessPolicy, QoSProfile, ReliabilityPolicy

from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.bags.metadata import USUAL_QOS
from poseformer_ros.ros.conversions import NANO

# Messages that wait in the middleware for the recorder: three seconds of a camera.
READER_DEPTH = 100
# Discovery does not tell a publisher's history; a replay needs one.
USUAL_DEPTH = 10


def offered(profile: QoSProfile) -> dict[str, Any]:
    """What a publisher offers, for a bag."""
    latched = profile.durability == DurabilityPolicy.TRANSIENT_LOCAL
    known = profile.history in (HistoryPolicy.KEEP_LAST, HistoryPolicy.KEEP_ALL) and profile.depth
    return {
        'history': profile.history.name.lower() if known else 'keep_last',
        'depth': profile.depth if known else 1 if latched else USUAL_DEPTH,
        'reliability': profile.reliability.name.lower(), 'durability': profile.durability.name.lower(),
        'deadline': _time(profile.deadline), 'lifespan': _time(profile.lifespan),
        'liveliness': profile.liveliness.name.lower(),
        'liveliness_lease_duration': _time(profile.liveliness_lease_duration),
        'avoid_ros_namespace_conventions': profile.avoid_ros_namespace_conventions,
    }


def matching(profiles: Sequence[QoSProfile]) -> QoSProfile:
    """A reader's profile that every one of these publishers can serve, as reliable and as late as all of them offer."""
    reliable = all(profile.reliability == ReliabilityPolicy.RELIABLE for profile in profiles)
    latched = all(profile.durability == DurabilityPolicy.TRANSIENT_LOCAL for profile in profiles)
    return QoSProfile(history=HistoryPolicy.KEEP_LAST, depth=READER_DEPTH,
                      reliability=ReliabilityPolicy.RELIABLE if reliable else ReliabilityPolicy.BEST_EFFORT,
                      durability=DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE)


def publisher_profile(offers: Sequence[Mapping[str, Any]], override: Mapping[str, Any] | None, topic: str) -> QoSProfile:
    """How a topic of a bag is published again.

    offers: of the bag; of several publishers the one that demands most of a reader's side decides, so that every reader is served.
    override: fields that the user sets, as in rosbag2's file.
    Raises BadInput for an override that is none.
    """
    said = dict(USUAL_QOS) | dict(offers[0] if offers else {})
    said['durability'] = 'transient_local' if any(o['durability'] == 'transient_local' for o in offers) else 'volatile'
    said['reliability'] = 'best_effort' if offers and all(o['reliability'] == 'best_effort' for o in offers) else 'reliable'
    # rosbag2 writes the history that discovery tells, which is none.
    if said['history'] not in ('keep_last', 'keep_all') or not said['depth']:
        said |= {'history': 'keep_last', 'depth': USUAL_DEPTH}
    unknown = set(override or {}) - set(USUAL_QOS)
    if unknown:
        raise BadInput(f'qos overrides of {topic}: {", ".join(sorted(unknown))} not known; known are {", ".join(USUAL_QOS)}')
    said |= override or {}
    try:
        return QoSProfile(history=HistoryPolicy[said['history'].upper()], depth=int(said['depth']),
                          reliability=ReliabilityPolicy[said['reliability'].upper()],
                          durability=DurabilityPolicy[said['durability'].upper()],
                          liveliness=LivelinessPolicy.AUTOMATIC)
    except (KeyError, AttributeError, ValueError, TypeError) as error:
        raise BadInput(f'qos overrides of {topic}: {error} is not known; as in history: keep_last, depth: 5, '
                       'reliability: best_effort, durability: volatile') from error


def _time(duration: Duration) -> dict[str, int]:
    seconds, nanoseconds = divmod(duration.nanoseconds, NANO)
    return {'sec': seconds, 'nsec': nanoseconds}
