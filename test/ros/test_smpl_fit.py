"""The fitted body over DDS, on rendered people with known joints."""

import pickle
import sys
from contextlib import contextmanager

import numpy as np
import pytest
from helpers.fit_motion import NOISE_M, exercise, noise, skeleton
from helpers.live_station import FIRST_STAMP_NS, PERIOD_NS, SMALL_CAMERA, live_station
from rclpy.time import Time
from sensor_msgs.msg import PointCloud2
from std_msgs.msg import Header
from visualization_msgs.msg import Marker, MarkerArray

from poseformer_ros import msg
from poseformer_ros.body.fitting.fast_fit import BodyFitter
from poseformer_ros.body.fitting.fit_options import StationFitOptions
from poseformer_ros.body.kinematics import shaped_body
from poseformer_ros.body.model import default_body_path, load_body_model, shipped_body_path
from poseformer_ros.body.smplx_export import smpl_arrays
from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.errors import BadInput
from poseformer_ros.ros import conversions
from poseformer_ros.ros.qos import PROFILES
from poseformer_ros.silhouette.person import nobody
from poseformer_ros.skeleton.joints import BONES, JOINT_COUNT, JointState, no_skeleton
from poseformer_ros.synthesis.rendering.cameras import RigOptions
from poseformer_ros.synthesis.scene import Scene
from poseformer_ros.synthesis.scene_options import SceneOptions

NODES = ('rgbd_sync', 'silhouette', 'joints', 'smpl_fit')
FIRST, IMAGES, RATE_HZ = 20, 12, 10.0     # arms on their way up


@pytest.fixture(scope='module')
def recording():
    scene = Scene(SceneOptions(exercise='kimore_es1', duration_s=5.0, prerendered=False), RigOptions(), RATE_HZ)
    return [scene(index) for index in range(FIRST, FIRST + IMAGES)]


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


def test_joints_of_the_body_are_nearer_to_the_truth_than_those_it_was_fitted_to(station, recording):
    fitted, found = [], []
    for frame, truth in recording:
        station.go_back(PERIOD_NS / 1e9 - 1.0 / RATE_HZ)    # stamps at the recording's own rate
        fit, skeleton = fit_of(station, frame)
        assert fit.state == msg.BodyFit.FITTED and fit.track_id == 1
        fitted.append(error_mm(fit.joints, truth.positions))
        found.append(error_mm(skeleton.positions, truth.positions))
    assert np.mean(fitted[3:]) < 0.95 * np.mean(found[3:]) < 35.0


def test_pose_and_shape_give_the_joints(station, recording):
    fit, _ = fit_of(station, recording[0][0])
    body = shaped_body(load_body_model(shipped_body_path('all_ages')), fit.shape)
    joints = body.posed_joints(fit.pose.reshape(24, 3), fit.translation)
    np.testing.assert_allclose(joints.ravel(), fit.joints, atol=1e-5)


def test_model_is_told_once_to_late_readers(station):
    (model,) = station.models
    assert len(model.faces) == 3 * 13776 and max(model.faces) == 6889
    assert list(model.parents[:4]) == [-1, 0, 0, 0]
    assert model.name == 'free_body_all_ages.npz' and len(model.file_sha256) == 64
    assert model.method == 'fast' and model.gender == ''


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
    station.probe.create_subscription(MarkerArray, 'body/mesh', meshes.append, PROFILES['result'])
    node = station.nodes['smpl_fit']
    station.until(lambda: node.count_subscribers('body/vertices') and node.count_subscribers('body/mesh'), 'readers')
    station.until(lambda: fit_of(station, frame) and clouds and meshes, 'the surface')
    vertices = np.frombuffer(clouds[-1].data, '<f4').reshape(-1, 3)
    assert vertices.shape == (6890, 3)
    # The rendered person wears up to 3 cm of clothes; the surface stands where the person does.
    assert np.linalg.norm(vertices.mean(axis=0) - truth.positions.mean(axis=0)) < 0.15
    surface, bones = meshes[-1].markers
    assert len(surface.points) == 3 * 13776 and surface.action == bones.action == Marker.ADD
    # Of one fit: the bones in front of the surface are seen in the pixels of that fit's joints.
    fit = station.fits[conversions.stamp_ns(surface.header)]
    assert bones.header == surface.header == fit.header
    joints, ends = fit.joints.reshape(24, 3), np.array([[p.x, p.y, p.z] for p in bones.points])
    seen = frame.intrinsics.project(joints)[np.array(BONES).ravel()]
    np.testing.assert_allclose(frame.intrinsics.project(ends), seen, atol=1e-6)
    assert (ends[:, 2] < joints[np.array(BONES).ravel(), 2] - 0.2).all()


def test_bones_of_the_mesh_are_drawn_where_they_are_wished(station, recording):
    frame, meshes = recording[0][0], []
    station.probe.create_subscription(MarkerArray, 'body/mesh', meshes.append, PROFILES['result'])
    station.until(lambda: station.nodes['smpl_fit'].count_subscribers('body/mesh'), 'a reader')
    for wish, action in (('beside', Marker.ADD), ('none', Marker.DELETE)):
        assert station.set_parameter('smpl_fit', 'mesh.skeleton', wish).successful
        meshes.clear()
        station.until(lambda: fit_of(station, frame) and meshes, 'the mesh')
        surface, bones = meshes[-1].markers
        assert surface.action == Marker.ADD and bones.action == action
        if wish == 'beside':
            middles = [np.mean([p.x for p in marker.points]) for marker in (surface, bones)]
            assert 0.5 < middles[1] - middles[0] < 1.3
    empty = RgbdFrame(frame.color, np.full_like(frame.depth, np.nan), frame.intrinsics)
    station.until(lambda: fit_of(station, empty) and meshes[-1].markers[0].action == Marker.DELETE, 'the end of the mesh')
    assert [marker.action for marker in meshes[-1].markers] == [Marker.DELETE, Marker.DELETE]


def test_overlap_of_mesh_and_silhouette_is_told_five_times_a_second(station, recording):
    """On a clothed person, from tables that err; the bare body covers less than the clothes."""
    overlaps = [fit_of(station, frame)[0].silhouette_overlap for frame, _ in recording]
    told = [overlap for overlap in overlaps if np.isfinite(overlap)]
    assert np.isfinite(overlaps[0])
    assert 2 <= len(told) <= 3      # of twelve images in 0.37 s
    assert all(0.6 < overlap < 1.0 for overlap in told)


@contextmanager
def fit_alone(**parameters):
    """The node `smpl_fit` alone, and a function that sends it a skeleton of a frame number and returns the fit."""
    with live_station('smpl_fit', smpl_fit=parameters) as station:
        station.fits, station.models = {}, []
        out = station.probe.create_publisher(msg.Skeleton24, 'skeleton/raw', PROFILES['result'])
        station.probe.create_subscription(
            msg.BodyFit, 'body/fit', lambda m: station.fits.setdefault(conversions.stamp_ns(m.header), m), PROFILES['result'])
        station.probe.create_subscription(msg.BodyModelInfo, 'body/model', station.models.append, PROFILES['latched'])
        station.until(lambda: station.models and out.get_subscription_count()
                      and station.nodes['smpl_fit'].count_subscribers('body/fit'), 'discovery')

        def send(joints, frame):
            stamp_ns = FIRST_STAMP_NS + frame * PERIOD_NS
            out.publish(conversions.skeleton_message(joints, Header(stamp=Time(nanoseconds=stamp_ns).to_msg())))
            station.until(lambda: stamp_ns in station.fits, f'the fit of frame {frame}')
            return station.fits.pop(stamp_ns)

        yield station, send


@pytest.fixture(scope='module')
def squat():
    return exercise(load_body_model(default_body_path()), 'kimore_es5')


def test_a_person_leaves_and_another_enters(squat):
    """The second person's fits are those of a fitter that never saw the first."""
    fresh = BodyFitter(load_body_model(shipped_body_path('all_ages')), StationFitOptions(joint_offsets='none'))
    other = exercise(load_body_model(default_body_path()), 'kimore_es1', person=8)
    with fit_alone(**{'fit.joint_offsets': 'none'}) as (_, send):
        for frame in range(10):
            first = send(skeleton(squat.joints[frame] + noise(squat.joints[frame]), NOISE_M), frame)
        assert first.state == msg.BodyFit.FITTED
        gone = send(no_skeleton(), 10)
        assert gone.state == msg.BodyFit.NONE and gone.track_id == 0 and np.isnan(gone.joints).all()
        for frame in range(3):
            entered = skeleton(other.joints[frame], NOISE_M, track_id=2)
            fit, alone = send(entered, 11 + frame), fresh(entered, (11 + frame) * PERIOD_NS / 1e9)
            assert fit.track_id == 2
            np.testing.assert_allclose(fit.shape, alone.betas, atol=1e-6)
            np.testing.assert_allclose(fit.joints, alone.joints.ravel(), atol=1e-6)


def test_silhouettes_that_somebody_publishes_are_waited_for(squat):
    """A process that comes back must not begin with another shape, by joints alone; once it has begun, a silhouette that is late or
    lost is done without."""
    with fit_alone(**{'fit.joint_offsets': 'none'}) as (station, send):
        silhouettes = station.probe.create_publisher(msg.Silhouette, 'silhouette', PROFILES['result'])
        skeletons = station.probe.create_publisher(msg.Skeleton24, 'skeleton/raw', PROFILES['result'])
        station.until(lambda: all(output.get_subscription_count() for output in (silhouettes, skeletons))
                      and station.nodes['smpl_fit'].count_publishers('silhouette'), 'discovery')

        def header(frame):
            return Header(stamp=Time(nanoseconds=FIRST_STAMP_NS + frame * PERIOD_NS).to_msg())

        def show(frame):
            silhouettes.publish(conversions.silhouette_message(nobody(SMALL_CAMERA, None), header(frame)))
            station.until_counted('smpl_fit', 'received silhouette', frame)

        def miss(frame, missed):
            skeletons.publish(conversions.skeleton_message(skeleton(squat.joints[0], NOISE_M), header(frame)))
            station.until_counted('smpl_fit', 'dropped: its silhouette was not read, as none before', missed)

        miss(0, missed=1)
        for frame in (1, 2, 3, 4):      # the next one's silhouette has come, its own has not or is long past
            show(frame)
        miss(0, missed=2)
        miss(1, missed=3)
        assert send(skeleton(squat.joints[0], NOISE_M), 2).state == msg.BodyFit.FITTED
        assert send(skeleton(squat.joints[0], NOISE_M), 5).state == msg.BodyFit.FITTED
        assert not station.fits     # of those before


def test_nothing_measured_gaps_and_time_going_back(squat):
    """Each is a state or a new start, and never the end of the node."""
    joints = skeleton(squat.joints[0], NOISE_M)
    with fit_alone(**{'fit.joint_offsets': 'none'}) as (station, send):
        assert send(joints, 0).state == msg.BodyFit.FITTED
        lost = send(skeleton(squat.joints[0], gone=np.ones(JOINT_COUNT, bool)), 1)
        assert lost.state == msg.BodyFit.LOST
        assert np.isnan(lost.joints).all() and np.isnan(lost.joint_covariance).all() and np.isfinite(lost.shape).all()
        liar = skeleton(squat.joints[0], NOISE_M)
        liar.positions[[3, 20]], liar.covariance[7] = np.nan, np.nan      # claimed to be observed all the same
        lied = send(liar, 2)
        assert lied.state == msg.BodyFit.FITTED and np.isfinite(lied.joints).all()
        assert lied.joint_state[3] == lied.joint_state[20] == JointState.INFERRED
        assert error_mm(send(skeleton(squat.joints[90], NOISE_M), 5000).joints, squat.joints[90]) < 10.0    # two minutes later
        assert error_mm(send(joints, 3).joints, squat.joints[0]) < 10.0     # and back again
        station.until_counted('smpl_fit', 'time went back', 1)


def test_gender_chooses_a_file_of_a_folder(tmp_path, squat):
    """The same body in another file; the node says which, and fits with it."""
    arrays = smpl_arrays(load_body_model(default_body_path()))
    np.savez(tmp_path / 'SMPL_FEMALE.npz', **arrays)
    (tmp_path / 'SMPL_MALE.npz').write_bytes(b'never read')
    with fit_alone(**{'body.model_file': str(tmp_path), 'body.gender': 'female', 'fit.joint_offsets': 'none'}) as (station, send):
        assert station.models[0].name == 'SMPL_FEMALE.npz' and station.models[0].gender == 'female'
        assert error_mm(send(skeleton(squat.joints[0]), 0).joints, squat.joints[0]) < 2.0


def test_paper_method_in_the_station(squat):
    pytest.importorskip('torch', reason='torch is not installed; pip install -r requirements/learning.txt').set_num_threads(1)
    with fit_alone(**{'body.method': 'paper', 'body.model_file': 'adults', 'paper_fit.steps': 20,
                      'fit.joint_offsets': 'none'}) as (station, send):
        assert station.models[0].method == 'paper'
        fit = send(skeleton(squat.joints[0]), 0)
        assert fit.state == msg.BodyFit.FITTED and np.isnan(fit.joint_covariance).all()
        assert error_mm(fit.joints, squat.joints[0]) < 30.0


class Hostile:
    """Would write a file when a careless reader loads it."""

    def __init__(self, path):
        self._path = path

    def __reduce__(self):
        return open, (str(self._path), 'w')


@pytest.mark.parametrize('make, words', (
    (lambda path: None, 'no such file'),
    (lambda path: path.write_bytes(b'no archive at all'), 'damaged'),
    (lambda path: np.savez(path, weights=np.zeros((3, 3))), 'v_template'),
    (lambda path: np.savez(path, v_template=np.zeros((10475, 3)), weights=np.zeros((10475, 55))), 'SMPL-X'),
), ids=('missing', 'no model', 'other arrays', 'SMPL-X'))
def test_wrong_model_file_is_named_at_the_start(tmp_path, make, words):
    path = tmp_path / 'mine.npz'
    make(path)
    with pytest.raises(BadInput, match=f'mine.npz.*{words}'), live_station('smpl_fit', smpl_fit={'body.model_file': str(path)}):
        pass


def test_hostile_model_file_is_not_run(tmp_path):
    (tmp_path / 'mine.pkl').write_bytes(pickle.dumps({'v_template': Hostile(tmp_path / 'harm')}))
    with pytest.raises(BadInput, match='mine.pkl.*could run code'), \
            live_station('smpl_fit', smpl_fit={'body.model_file': str(tmp_path / 'mine.pkl')}):
        pass
    assert not (tmp_path / 'harm').exists()


def test_paper_method_without_torch(monkeypatch):
    monkeypatch.setitem(sys.modules, 'torch', None)
    with pytest.raises(BadInput, match='PyTorch.*learning.txt'), live_station('smpl_fit', smpl_fit={'body.method': 'paper'}):
        pass
