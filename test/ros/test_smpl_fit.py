"""The fitted body over DDS, on rendered people with known joints."""

import numpy as np
import pytest
from live_station import live_station
from sensor_msgs.msg import PointCloud2
from visualization_msgs.msg import Marker

from poseformer_ros import msg
from poseformer_ros.body.kinematics import shaped_body
from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.ros import conversions
from poseformer_ros.ros.qos import PROFILES
from poseformer_ros.synthesis.cameras import RigOptions
from poseformer_ros.synthesis.scene import Scene, SceneOptions

NODES = ('rgbd_sync', 'silhouette', 'dkp24', 'smpl_fit')
FIRST, PICTURES, RATE_HZ = 20, 12, 10.0     # arms on their way up


@pytest.fixture(scope='module')
def recording():
    scene = Scene(SceneOptions(exercise='kimore_es1', seconds=5.0, prerendered=False), RigOptions(), RATE_HZ)
    return [scene(index) for index in range(FIRST, FIRST + PICTURES)]


@pytest.fixture
def station():
    with live_station(*NODES) as station:
        station.fits, station.models = {}, []
        station.probe.create_subscription(
            msg.BodyFit, 'body/fit', lambda m: station.fits.setdefault(conversions.stamp_ns(m.header), m), PROFILES['result'])
        station.probe.create_subscription(msg.BodyModelInfo, 'body/model', station.models.append, PROFILES['latched'])
        station.ready()
        station.until(lambda: station.models, 'the latched model')
        yield station


def fit_of(station, frame: RgbdFrame) -> tuple[msg.BodyFit, msg.Skeleton24]:
    skeleton = station.show(frame)
    stamp_ns = conversions.stamp_ns(skeleton.header)
    station.until(lambda: stamp_ns in station.fits, 'the fit of the same stamp')
    return station.fits[stamp_ns], skeleton


def error_mm(positions: np.ndarray, truth: np.ndarray) -> float:
    return 1e3 * np.nanmean(np.linalg.norm(positions.reshape(24, 3) - truth, axis=1))


def test_joints_of_the_body_are_far_nearer_to_the_truth_than_the_tables(station, recording):
    fitted, found = [], []
    for frame, truth in recording:
        fit, skeleton = fit_of(station, frame)
        assert fit.state == msg.BodyFit.FITTED and fit.track_id == 1
        fitted.append(error_mm(fit.joints, truth.positions))
        found.append(error_mm(skeleton.positions, truth.positions))
    assert np.mean(fitted[3:]) < 45.0
    assert np.mean(fitted[3:]) < 0.6 * np.mean(found[3:])


def test_pose_and_shape_give_the_joints(station, recording):
    fit, _ = fit_of(station, recording[0][0])
    body = shaped_body(load_body_model(default_body_path()), fit.shape)
    joints = body.posed_joints(fit.pose.reshape(24, 3), fit.translation)
    np.testing.assert_allclose(joints.ravel(), fit.joints, atol=1e-5)


def test_model_is_told_once_to_late_readers(station):
    (model,) = station.models
    assert len(model.faces) == 3 * 13776 and max(model.faces) == 6889
    assert list(model.parents[:4]) == [-1, 0, 0, 0]
    assert model.name == 'free_body.npz' and len(model.file_sha256) == 64


def test_nobody_is_no_fit(station, recording):
    frame, _ = recording[0]
    empty = RgbdFrame(frame.color, np.full_like(frame.depth, np.nan), frame.intrinsics)
    fit, _ = fit_of(station, empty)
    assert fit.state == msg.BodyFit.NONE and np.isnan(fit.joints).all()


def test_surface_is_made_only_for_readers(station, recording):
    frame, truth = recording[0]
    fit_of(station, frame)
    clouds, meshes = [], []
    station.probe.create_subscription(PointCloud2, 'body/vertices', clouds.append, PROFILES['result'])
    station.probe.create_subscription(Marker, 'body/mesh', meshes.append, PROFILES['result'])
    node = station.nodes['smpl_fit']
    station.until(lambda: node.count_subscribers('body/vertices') and node.count_subscribers('body/mesh'), 'readers')
    station.until(lambda: fit_of(station, frame) and clouds and meshes, 'the surface')
    vertices = np.frombuffer(clouds[-1].data, '<f4').reshape(-1, 3)
    assert vertices.shape == (6890, 3)
    # The rendered person wears up to 3 cm of clothes; the surface stands where the person does.
    assert np.linalg.norm(vertices.mean(axis=0) - truth.positions.mean(axis=0)) < 0.15
    assert len(meshes[-1].points) == 3 * 13776
    assert meshes[-1].action == Marker.ADD
