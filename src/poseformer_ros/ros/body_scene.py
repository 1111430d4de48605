"""A fitted body's surface as a marker."""

import numpy as np
from builtin_interfaces.msg import Duration
from geometry_msgs.msg import Point, Vector3
from std_msgs.msg import ColorRGBA, Header
from visualization_msgs.msg import Marker

from poseformer_ros.ros.marker_scene import SHOWN_FOR_S

# Opaque: RViz writes no depth for what is not, and the far side shows in blotches.
MESH_COLOR, DOUBTFUL_COLOR = (0.75, 0.68, 0.60, 1.0), (0.90, 0.35, 0.20, 1.0)


def mesh_marker(vertices: np.ndarray, faces: np.ndarray, header: Header, doubtful: bool = False) -> Marker:
    """Vertices (6890, 3) metres, optical frame, and faces (13776, 3) as triangles; red where they are doubtful."""
    color = DOUBTFUL_COLOR if doubtful else MESH_COLOR
    # A point for each vertex, shared by its triangles: a sixth of the objects.
    points = [Point(x=x, y=y, z=z) for x, y, z in vertices.tolist()]
    marker = Marker(header=header, ns='body', id=0, type=Marker.TRIANGLE_LIST, action=Marker.ADD,
                    lifetime=Duration(sec=SHOWN_FOR_S), scale=Vector3(x=1.0, y=1.0, z=1.0),
                    color=ColorRGBA(**dict(zip('rgba', color, strict=True))),
                    points=[points[vertex] for vertex in faces.ravel().tolist()])
    marker.pose.orientation.w = 1.0
    return marker


def no_mesh(header: Header) -> Marker:
    """Takes the mesh away."""
    return Marker(header=header, ns='body', id=0, action=Marker.DELETE)
