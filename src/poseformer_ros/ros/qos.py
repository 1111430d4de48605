"""Quality of service as a few named profiles; nobody else makes one."""

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy

_BEST_EFFORT, _RELIABLE = ReliabilityPolicy.BEST_EFFORT, ReliabilityPolicy.RELIABLE
_VOLATILE, _LATCHED = DurabilityPolicy.VOLATILE, DurabilityPolicy.TRANSIENT_LOCAL


def _profile(depth: int, reliability: ReliabilityPolicy, durability: DurabilityPolicy = _VOLATILE) -> QoSProfile:
    return QoSProfile(history=HistoryPolicy.KEEP_LAST, depth=depth, reliability=reliability, durability=durability)


PROFILES = {
    # A camera's images and calibration as we read them: matches every kind of publisher (REP 2003).
    'image_in': _profile(5, _BEST_EFFORT),
    # The same where every publisher offers reliable delivery, so that no large image is lost on the way.
    'image_in_reliable': _profile(5, _RELIABLE),
    # Images that we publish; reliable, so that a reader may choose.
    'image_out': _profile(5, _RELIABLE),
    # A stage's result.
    'result': _profile(10, _RELIABLE),
    # A stage's input that makes older ones worthless.
    'latest': _profile(1, _RELIABLE),
    # What does not change while a node runs; late readers get it too.
    'latched': _profile(1, _RELIABLE, _LATCHED),
    # Fixed transforms of several publishers, each latched, as tf2 reads them.
    'transforms_in': _profile(100, _RELIABLE, _LATCHED),
}
