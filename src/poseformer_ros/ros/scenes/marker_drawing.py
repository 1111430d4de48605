"""RViz markers that every scene is made of."""

import numpy as np
from builtin_interfaces.msg import Duration
from std_msgs.msg import ColorRGBA, Header
from visualization_msgs.msg import Marker

from poseformer_ros.ros import conversions

SHOWN_FOR_S = 2            # a figure whose station or camera has stopped goes away
SPACE_M = 0.05             # RViz takes the width of a text's spaces from scale.x
WHITE = (255, 255, 255)


def empty_marker(header: Header, ns: str, number: int, kind: int) -> Marker:
    """A marker that stands where its points say and goes when nothing new comes."""
    marker = Marker(header=header, ns=ns, id=number, type=kind, action=Marker.ADD, lifetime=Duration(sec=SHOWN_FOR_S))
    marker.pose.orientation.w = 1.0
    return marker


def text_marker(text: str, place: np.ndarray, height_m: float, ns: str, number: int, header: Header,
                bgr: tuple[int, int, int] = WHITE) -> Marker:
    """A text that faces whoever looks, around a place (3,) metres."""
    marker = empty_marker(header, ns, number, Marker.TEXT_VIEW_FACING)
    marker.pose.position = conversions.point(place)
    marker.scale.x, marker.scale.z = SPACE_M, height_m
    marker.color, marker.text = color(bgr), text
    return marker


def color(bgr: tuple[int, int, int]) -> ColorRGBA:
    """Opaque."""
    return ColorRGBA(r=bgr[2] / 255.0, g=bgr[1] / 255.0, b=bgr[0] / 255.0, a=1.0)
