"""Points as sensor_msgs/PointCloud2: what every viewer of ROS shows without our messages."""

from array import array

import numpy as np
from sensor_msgs.msg import PointCloud2, PointField
from std_msgs.msg import Header

from poseformer_ros.skeleton.joints import JOINT_COUNT, Skeleton

PLACE = [(name, '<f4') for name in 'xyz']
# joint: number in Skeleton24's order. sigma: metres. state: of Skeleton24.
JOINT_POINT = np.dtype([*PLACE, ('sigma', '<f4'), ('joint', 'u1'), ('state', 'u1')])
_KINDS = {np.dtype('<f4'): PointField.FLOAT32, np.dtype('u1'): PointField.UINT8}


def vertex_cloud(vertices: np.ndarray, header: Header) -> PointCloud2:
    """Vertices (6890, 3) metres, optical frame, in the model's order."""
    return _cloud(np.ascontiguousarray(vertices, '<f4').view(PLACE).ravel(), header)


def joint_cloud(skeleton: Skeleton, header: Header) -> PointCloud2:
    """24 points, optical frame; a joint that is MISSING is NaN, so that a point's row is always the same joint.

    sigma is the standard deviation along an axis: the root mean square of the three, NaN where unknown.
    """
    points = np.zeros(JOINT_COUNT, JOINT_POINT)
    for name, values in zip('xyz', skeleton.positions.T, strict=True):
        points[name] = values
    points['sigma'] = np.sqrt(np.trace(skeleton.covariance, axis1=1, axis2=2) / 3)
    points['joint'] = np.arange(JOINT_COUNT)
    points['state'] = skeleton.state
    return _cloud(points, header)


def _cloud(points: np.ndarray, header: Header) -> PointCloud2:
    """A structured array (N,) to a cloud with the same fields."""
    fields = [PointField(name=name, offset=offset, datatype=_KINDS[kind], count=1)
              for name, (kind, offset) in points.dtype.fields.items()]
    data = points.tobytes()
    return PointCloud2(header=header, height=1, width=len(points), fields=fields, is_bigendian=False,
                       point_step=points.itemsize, row_step=len(data), data=array('B', data),
                       is_dense=bool(np.isfinite(points['x']).all()))
