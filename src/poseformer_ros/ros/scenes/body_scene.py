"""A fitted body as RViz markers: its surface, and its bones of the same moment."""

from dataclasses import dataclass

import numpy as np
from geometry_msgs.msg import Point
from std_msgs.msg import Header
from visualization_msgs.msg import Marker

from poseformer_ros.drawing.overlay import BODY_COLOR, DOUBTFUL_COLOR, FIT_BONE_COLOR
from poseformer_ros.options import check, option
from poseformer_ros.ros import conversions
from poseformer_ros.ros.scenes.marker_drawing import color, empty_marker
from poseformer_ros.skeleton.joints import BONES

SURFACE, SKELETON = 'body', 'body_bones'        # namespaces of the markers
BONE_WIDTH_M = 0.025
# In front of the surface, towards the camera: over the same pixels, and not within the opaque body.
OVER_M = 0.3
BESIDE_M = 0.9      # to the image's right

SKELETON_PLACES = {'none': 'not drawn', 'over': 'over the mesh as the camera sees it', 'beside': 'beside the mesh'}


@dataclass(frozen=True)
class MeshOptions:
    """How the fitted body is drawn."""

    skeleton: str = option('over', choices=tuple(SKELETON_PLACES),
                           text="the body's own bones, of the mesh's moment: "
                                + '; '.join(f'{name}: {text}' for name, text in SKELETON_PLACES.items()))

    def __post_init__(self) -> None:
        check(self)


def body_markers(vertices: np.ndarray, faces: np.ndarray, joints: np.ndarray, header: Header, doubtful: bool = False,
                 skeleton: str = 'over') -> list[Marker]:
    """Vertices (6890, 3) with faces (13776, 3), and joints (24, 3) of one fit; metres, optical frame. Red where doubtful."""
    surface = empty_marker(header, SURFACE, 0, Marker.TRIANGLE_LIST)
    surface.scale.x = surface.scale.y = surface.scale.z = 1.0
    # Opaque: RViz writes no depth for what is not, and the far side shows in blotches.
    surface.color = color(DOUBTFUL_COLOR if doubtful else BODY_COLOR)
    # A point for each vertex, shared by its triangles: a sixth of the objects.
    points = [Point(x=x, y=y, z=z) for x, y, z in vertices.tolist()]
    surface.points = [points[vertex] for vertex in faces.ravel().tolist()]
    if skeleton == 'none':
        return [surface, _gone(header, SKELETON)]
    bones = empty_marker(header, SKELETON, 0, Marker.LINE_LIST)
    bones.scale.x, bones.color = BONE_WIDTH_M, color(FIT_BONE_COLOR)
    placed = _over(joints) if skeleton == 'over' else joints + (BESIDE_M, 0.0, 0.0)
    bones.points = [conversions.point(placed[end]) for bone in BONES for end in bone]
    return [surface, bones]


def no_body(header: Header) -> list[Marker]:
    """Takes the body away."""
    return [_gone(header, SURFACE), _gone(header, SKELETON)]


def _over(joints: np.ndarray) -> np.ndarray:
    """Nearer to the camera along its rays."""
    return joints * (1.0 - OVER_M / np.linalg.norm(joints, axis=1, keepdims=True))


def _gone(header: Header, namespace: str) -> Marker:
    return Marker(header=header, ns=namespace, id=0, action=Marker.DELETE)
