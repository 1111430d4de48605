"""Joints as a cloud that viewers without our messages show."""

import struct

import numpy as np
from helpers.live_station import live_station, positions
from sensor_msgs.msg import PointCloud2, PointField
from std_msgs.msg import Header

from poseformer_ros.ros.point_clouds import joint_cloud, vertex_cloud
from poseformer_ros.ros.qos import PROFILES
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT, JointState, no_skeleton

HEADER = Header(frame_id='camera')
SIZES = {PointField.FLOAT32: 4, PointField.UINT8: 1}


def rows(cloud: PointCloud2) -> list[dict[str, float]]:
    """Every point by field, read as the message's own description says."""
    letters = {PointField.FLOAT32: 'f', PointField.UINT8: 'B'}
    data = bytes(cloud.data)
    assert cloud.height == 1 and not cloud.is_bigendian and len(data) == cloud.row_step == cloud.width * cloud.point_step
    return [{field.name: struct.unpack_from('<' + letters[field.datatype], data, start + field.offset)[0] for field in cloud.fields}
            for start in range(0, len(data), cloud.point_step)]


def test_fields_of_a_joint_do_not_overlap_and_fill_the_point():
    fields = joint_cloud(no_skeleton(), HEADER).fields
    assert [field.name for field in fields] == ['x', 'y', 'z', 'sigma', 'joint', 'state']
    ends = [field.offset + SIZES[field.datatype] for field in fields]
    assert [field.offset for field in fields] == [0, *ends[:-1]] and ends[-1] == joint_cloud(no_skeleton(), HEADER).point_step


def test_a_joint_has_its_place_number_spread_and_state_and_a_missing_one_is_no_point():
    skeleton = no_skeleton()
    elbow = JOINT['left_elbow']
    skeleton.positions[elbow] = 0.25, -0.5, 2.0
    skeleton.covariance[elbow] = np.diag([0.01, 0.04, 0.04])
    skeleton.state[elbow] = JointState.INFERRED
    cloud = joint_cloud(skeleton, HEADER)
    assert cloud.header == HEADER and not cloud.is_dense and cloud.width == JOINT_COUNT
    found = rows(cloud)
    assert [row['joint'] for row in found] == list(range(JOINT_COUNT))
    assert [found[elbow][name] for name in 'xyz'] == [0.25, -0.5, 2.0]
    assert np.isclose(found[elbow]['sigma'], np.sqrt(0.03)) and found[elbow]['state'] == 2
    others = [row for row in found if row['joint'] != elbow]
    assert all(np.isnan([row['x'], row['y'], row['z'], row['sigma']]).all() and row['state'] == 0 for row in others)


def test_vertices_keep_their_order():
    vertices = np.random.default_rng(0).normal(size=(6890, 3))
    cloud = vertex_cloud(vertices, HEADER)
    assert cloud.is_dense
    np.testing.assert_array_equal([[row[name] for name in 'xyz'] for row in rows(cloud)], vertices.astype(np.float32))


def test_the_station_publishes_the_skeletons_joints_as_points_while_somebody_reads_them(person):
    got = []
    with live_station() as station:
        station.probe.create_subscription(PointCloud2, 'skeleton/points', got.append, PROFILES['result'])
        station.ready()
        station.until(lambda: station.nodes['joints']._points.get_subscription_count(), 'a reader of the points')
        skeleton = station.show(person[0])
        station.until(lambda: got, 'points')
    assert got[0].header == skeleton.header
    np.testing.assert_array_equal([[row[name] for name in 'xyz'] for row in rows(got[0])], positions(skeleton).astype(np.float32))
    assert [row['state'] for row in rows(got[0])] == list(skeleton.state)
