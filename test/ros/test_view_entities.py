"""What Rerun is told of each message, against values that are known; read back from the file by Rerun's own reader."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
import rerun as rr
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from helpers.rerun_file import column, entities, only
from rclpy.time import Time
from sensor_msgs.msg import JointState
from std_msgs.msg import Header

from poseformer_ros import msg
from poseformer_ros.body.body_options import BodyModelOptions
from poseformer_ros.body.fitting.result import FitState, no_fit
from poseformer_ros.body.model import load_body_model, shipped_body_path
from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.errors import BadInput
from poseformer_ros.keypoints.body_parts import BodyParts
from poseformer_ros.ros import conversions
from poseformer_ros.ros.view.recording import ChosenImages, ViewRecording
from poseformer_ros.ros.view.view_options import ViewOptions
from poseformer_ros.silhouette.person import Floor, Roi, Silhouette, nobody
from poseformer_ros.skeleton.joints import BONES, JOINT, JOINT_COUNT, no_skeleton
from poseformer_ros.skeleton.joints import JointState as State
from poseformer_ros.station import graph

STAMP_NS = 1_700_000_000_123_456_789
CAMERA = Intrinsics(64, 48, 50.0, 52.0, 31.0, 22.0)
# Looks down by 0.3 rad from 1.2 m.
FLOOR = Floor(np.array([0.0, -np.cos(0.3), -np.sin(0.3)]), 1.2)
ROI = Roi(20, 10, 16, 24)
SUBSCRIBED = {topic.name: topic for topic in graph.node('view').subscriptions}


def header(stamp_ns=STAMP_NS):
    return Header(stamp=Time(nanoseconds=stamp_ns).to_msg(), frame_id='camera')


@pytest.fixture
def file(tmp_path):
    return tmp_path / 'shown.rrd'


@pytest.fixture
def show(file):
    """Logs (topic, message) pairs; the file is whole afterwards."""
    def log(*said, **options):
        recording = ViewRecording(ViewOptions(**options), BodyModelOptions(), '/ward')
        recording.stream.set_sinks(rr.FileSink(file))
        recording.begin()
        for topic, message in said:
            recording.log(SUBSCRIBED[topic], message)
        recording.stream.flush()
        recording.stream.disconnect()
    return log


def room():
    """Depth that is another at every pixel, and colours that tell column and row."""
    depth = np.round(2.0 + np.arange(48)[:, None] * 0.01 + np.arange(64) * 0.001, 3).astype(np.float32)
    color = np.zeros((48, 64, 3), np.uint8)
    color[..., 0], color[..., 1] = np.arange(64) * 3, np.arange(48)[:, None] * 4
    return RgbdFrame(color, depth, CAMERA)


def person():
    frame = room()
    mask = np.zeros((24, 16), bool)
    mask[4:20, 4:12] = True
    return Silhouette(found=True, mask=mask, depth=frame.depth[ROI.slices], color=frame.color[ROI.slices], roi=ROI,
                      intrinsics=CAMERA.crop(ROI.x, ROI.y, ROI.width, ROI.height), image_size=(64, 48), floor=FLOOR,
                      track_id=1, cut=False)


def silhouette(who=None, stamp_ns=STAMP_NS):
    return 'silhouette', conversions.silhouette_message(who or person(), header(stamp_ns))


@pytest.mark.parametrize(('cloud', 'said'), [
    ('world/camera/room', ('rgbd', conversions.rgbd_frame_message(room(), header(), 0.0))),
    ('world/camera/person/cloud', silhouette())])
def test_points_fall_through_the_pinhole_onto_the_pixels_whose_colour_they_have(show, file, cloud, said):
    show(said)
    points, colors = only(file, cloud, 'Points3D:positions'), only(file, cloud, 'Points3D:colors')
    # Rerun keeps matrices by columns, and a pixel's middle is at a half.
    k = only(file, 'world/camera/image', 'Pinhole:image_from_camera').reshape(3, 3).T
    pixels = points @ k.T
    column_row = pixels[:, :2] / pixels[:, 2:] - 0.5
    np.testing.assert_allclose(column_row, np.rint(column_row), atol=2e-3)
    columns, rows = np.rint(column_row).astype(int).T
    np.testing.assert_allclose(points[:, 2], room().depth[rows, columns], atol=6e-4)      # whole millimetres
    rgb = np.stack([colors >> 24, colors >> 16 & 255, colors >> 8 & 255], axis=1)
    np.testing.assert_array_equal(rgb, room().color[rows, columns, ::-1])
    assert len(points) > 20


def test_the_pinhole_says_where_the_optical_axis_meets_the_image(show, file):
    show(silhouette())
    k = only(file, 'world/camera/image', 'Pinhole:image_from_camera').reshape(3, 3).T
    np.testing.assert_allclose(k, [[50.0, 0.0, 31.5], [0.0, 52.0, 22.5], [0.0, 0.0, 1.0]])
    assert only(file, 'world/camera/image', 'Pinhole:resolution').tolist() == [[64.0, 48.0]]


def test_the_world_is_the_floor_below_the_camera(show, file):
    show(silhouette())
    turn = only(file, 'world/camera', 'Transform3D:mat3x3').reshape(3, 3).T
    move = only(file, 'world/camera', 'Transform3D:translation').ravel()
    np.testing.assert_allclose(move, [0.0, 0.0, 1.2], atol=1e-6)
    on_floor = np.array([0.4, 1.2 / np.cos(0.3), 0.0])      # straight below in the image's direction
    assert FLOOR.height(on_floor) == pytest.approx(0.0, abs=1e-9)
    assert (turn @ on_floor + move)[2] == pytest.approx(0.0, abs=1e-6)
    ahead = turn @ np.array([0.0, 0.0, 1.0])
    np.testing.assert_allclose(ahead, [np.cos(0.3), 0.0, -np.sin(0.3)], atol=1e-6)
    assert (turn @ np.array([1.0, 0.0, 0.0]))[1] == pytest.approx(-1.0), "the image's right is the room's right"


def test_mask_and_colour_lie_in_the_full_image(show, file):
    show(silhouette())
    mask = only(file, 'world/camera/image/mask', 'SegmentationImage:buffer')[0].reshape(48, 64)
    rows, columns = np.nonzero(mask)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (14, 29, 24, 31) and set(np.unique(mask)) == {0, 255}
    blob = only(file, 'world/camera/image/color', 'EncodedImage:blob')[0].astype(np.uint8)
    image = cv2.imdecode(blob, cv2.IMREAD_COLOR)
    assert image.shape == (48, 64, 3) and image[:8].mean() < 3 and image[ROI.slices].mean() > 30


def test_the_cameras_whole_image_is_not_overwritten_by_the_crop(show, file):
    show(('rgbd', conversions.rgbd_frame_message(room(), header(), 0.0)), silhouette())
    blob = only(file, 'world/camera/image/color', 'EncodedImage:blob')[0].astype(np.uint8)
    assert cv2.imdecode(blob, cv2.IMREAD_COLOR)[:8, 32:].mean() > 30


def rotation(x, y, z, w):
    """Textbook matrix of a unit quaternion."""
    return np.array([[1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
                     [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
                     [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)]])


def test_ellipsoids_are_the_covariances_at_two_standard_deviations(show, file):
    random = np.random.default_rng(1)
    skeleton = no_skeleton()
    some = [JOINT[name] for name in ('head', 'left_knee', 'right_hand', 'pelvis')]
    for joint in some:
        spread = random.normal(size=(3, 3)) * 0.05
        skeleton.positions[joint], skeleton.covariance[joint] = random.normal(size=3), spread @ spread.T
        skeleton.state[joint] = State.OBSERVED
    show(('skeleton', conversions.skeleton_message(skeleton, header())))
    path = 'world/camera/person/uncertainty'
    centers, half_sizes, turns = (only(file, path, f'Ellipsoids3D:{name}') for name in ('centers', 'half_sizes', 'quaternions'))
    wanted = sorted(some)
    np.testing.assert_allclose(centers, skeleton.positions[wanted], rtol=1e-6)
    for half_size, turn, joint in zip(half_sizes, turns, wanted, strict=True):
        axes = rotation(*turn)
        np.testing.assert_allclose(axes @ np.diag((half_size / 2) ** 2) @ axes.T, skeleton.covariance[joint], rtol=1e-3, atol=1e-7)


def test_missing_joints_and_their_bones_are_left_out(show, file):
    skeleton = no_skeleton()
    skeleton.positions[:] = np.arange(72).reshape(24, 3) / 10
    skeleton.state[:] = State.OBSERVED
    skeleton.positions[JOINT['left_wrist']], skeleton.state[JOINT['left_wrist']] = np.nan, State.MISSING
    skeleton.state[JOINT['head']] = State.OCCLUDED
    show(('skeleton', conversions.skeleton_message(skeleton, header())))
    names = [label.split(',')[0] for label in only(file, 'world/camera/person/joints', 'Points3D:labels')]
    assert len(names) == JOINT_COUNT - 1 and 'left_wrist' not in names
    colors = dict(zip(names, only(file, 'world/camera/person/joints', 'Points3D:colors'), strict=True))
    assert colors['head'] != colors['neck'] == colors['pelvis']
    strips = only(file, 'world/camera/person/bones', 'LineStrips3D:strips')
    assert len(strips) == len(BONES) - 2      # forearm and hand
    assert not len(only(file, 'world/camera/person/uncertainty', 'Ellipsoids3D:centers')), 'no covariance is known'


MODEL = load_body_model(shipped_body_path('all_ages'))
TURN = np.array([0.3, -0.5, 0.2])
MOVE = np.array([0.1, 0.2, 2.5])


def fit_of(state=FitState.FITTED):
    """The body at rest, turned about its pelvis: its surface and joints follow from the model's file without kinematics."""
    rest = MODEL.J_regressor @ MODEL.v_template
    pose = np.zeros((24, 3))
    pose[0] = TURN
    return replace(no_fit(state, 1), pose=pose, betas=np.zeros(10), translation=MOVE, joints=turned(rest), state=state)


def turned(points):
    pelvis = (MODEL.J_regressor @ MODEL.v_template)[0]
    return (points - pelvis) @ cv2.Rodrigues(TURN)[0].T + pelvis + MOVE


def test_mesh_and_bones_of_the_fit_are_of_one_message(show, file):
    result = fit_of()
    show(('body/fit', conversions.body_fit_message(result, header())))
    vertices = column(file, 'world/camera/fit/mesh', 'Mesh3D:vertex_positions')[STAMP_NS]
    strips = column(file, 'world/camera/fit/bones', 'LineStrips3D:strips')[STAMP_NS]
    np.testing.assert_array_equal(only_static(file, 'Mesh3D:triangle_indices'), MODEL.f)
    np.testing.assert_allclose(vertices, turned(MODEL.v_template), atol=1e-5)
    np.testing.assert_allclose(strips, [result.joints[list(bone)] for bone in BONES], rtol=1e-5)
    normals = column(file, 'world/camera/fit/mesh', 'Mesh3D:vertex_normals')[STAMP_NS]
    outward = ((vertices - vertices.mean(axis=0)) * normals).sum(axis=1)
    assert (outward > 0).mean() > 0.7


def only_static(file, component):
    return column(file, 'world/camera/fit/mesh', component)[None]


def test_a_doubtful_fit_has_another_colour_and_a_lost_one_goes(show, file):
    later = [STAMP_NS + n * 10**9 for n in range(3)]
    show(('body/fit', conversions.body_fit_message(fit_of(), header(later[0]))),
         ('body/fit', conversions.body_fit_message(fit_of(FitState.DOUBTFUL), header(later[1]))),
         ('body/fit', conversions.body_fit_message(no_fit(FitState.LOST, 1), header(later[2]))))
    colors = column(file, 'world/camera/fit/mesh', 'Mesh3D:albedo_factor')
    assert set(colors) == set(later[:2]) and colors[later[0]] != colors[later[1]]
    assert column(file, 'world/camera/fit', 'Clear:is_recursive')[later[2]].tolist() == [True]


def test_another_body_than_the_stations_is_not_posed(show, file):
    other = ('body/model', msg.BodyModelInfo(name='SMPL_MALE.pkl', file_sha256='0' * 64))
    with pytest.raises(BadInput, match='SMPL_MALE.pkl.*--model-file'):
        show(other)
    recording = ViewRecording(ViewOptions(), BodyModelOptions(), '/ward')
    recording.stream.set_sinks(rr.FileSink(file))
    with pytest.raises(BadInput):
        recording.log(SUBSCRIBED['body/model'], other[1])
    recording.log(SUBSCRIBED['body/fit'], conversions.body_fit_message(fit_of(), header()))
    recording.stream.flush()
    recording.stream.disconnect()
    assert entities(file) == {'world/camera/fit/bones'}


def test_the_exercise_its_probabilities_and_their_names(show, file):
    state = msg.ExerciseState(header=header(), label='kimore_es5', score=0.75, settled_for=2.5, probabilities=[0.25, 0.75])
    show(('exercise/model', msg.ClassifierInfo(class_names=['rest', 'kimore_es5'])), ('exercise', state))
    assert only(file, 'exercise/label', 'TextDocument:text')[0] == '# kimore es5\n\nscore 0.75, since 2.5 s'
    assert column(file, 'exercise/probabilities', 'Scalars:scalars')[STAMP_NS].tolist() == [0.25, 0.75]
    assert only(file, 'exercise/probabilities', 'SeriesLines:names').tolist() == ['rest', 'kimore es5']
    assert column(file, 'exercise/course', 'StateChange:state')[STAMP_NS].tolist() == ['kimore es5']


def test_body_parts_lie_in_the_full_image_in_the_legends_colours(show, file):
    labels = np.zeros((24, 16), np.uint8)
    labels[2, 3] = 7
    parts = BodyParts(labels, np.array([7], np.uint8), np.zeros((1, 4, 2), np.float32), ROI, 1)
    legend = msg.LabelLegend(ids=[0, 7], names=['background', 'left arm'], rgb=[1, 2, 3, 10, 20, 30])
    show(('body_parts/legend', legend), silhouette(), ('body_parts', conversions.body_parts_message(parts, header())))
    image = only(file, 'world/camera/image/parts', 'SegmentationImage:buffer')[0].reshape(48, 64)
    assert image[12, 23] == 7 and np.count_nonzero(image) == 1
    known = {entry['class_description']['info']['id']: entry['class_description']['info']
             for entry in only(file, 'world/camera/image/parts', 'AnnotationContext:context')[0]}
    assert known[7]['label'] == 'left arm' and known[7]['color'] == 0x0A141EFF and known[0]['color'] & 255 == 0


def test_latency_is_that_of_this_stations_nodes(show, file):
    def status(name, value):
        return DiagnosticStatus(name=name, values=[KeyValue(key='latency p50 [ms]', value=value)])

    said = DiagnosticArray(status=[status('ward/joints', '12.5'), status('other/joints', '99.0'), DiagnosticStatus(name='ward/x')])
    show(('/diagnostics', said), silhouette(), ('/diagnostics', said))
    assert {path for path in entities(file) if path.startswith('latency')} == {'latency_ms/joints'}
    found = column(file, 'latency_ms/joints', 'Scalars:scalars')
    assert {stamp: value.tolist() for stamp, value in found.items()} == {STAMP_NS: [12.5]}, 'not before the first image'


def test_of_a_set_its_count_its_fault_and_the_angles_of_the_exercise_are_shown(show, file):
    live = msg.AssessmentLive(header=header(), phase=msg.AssessmentLive.OUT, exercise='kimore_es5', count=4, fault='Too fast.',
                              angles=['left_knee'])
    angles = JointState(header=header(), name=['left_knee', 'left_elbow', 'hands_apart'], position=[np.pi / 2, 0.0, 0.5])
    show(('assessment/live', live), ('assessment/angles', angles))
    assert only(file, 'set/repetitions', 'Scalars:scalars').tolist() == [4.0]
    assert 'kimore es5: 4' in only(file, 'set/text', 'TextDocument:text').item()
    assert only(file, 'set/angles_deg/left_knee', 'Scalars:scalars').tolist() == [90.0]
    assert 'set/angles_deg/left_elbow' not in entities(file) and 'angles_deg/hands_apart' not in entities(file)


def test_joint_angles_are_in_degrees(show, file):
    show(('assessment/angles', JointState(header=header(), name=['left_knee'], position=[np.pi / 2])))
    assert only(file, 'angles_deg/left_knee', 'Scalars:scalars').tolist() == [90.0]


def test_large_messages_of_one_image_are_shown_together_and_not_too_often():
    chosen = ChosenImages(10.0)
    stamps = [STAMP_NS + n * 33_333_333 for n in range(30)]
    taken = [stamp for stamp in stamps if chosen(stamp)]
    assert len(taken) == 10 and taken == stamps[::3]
    assert [stamp for stamp in stamps if chosen(stamp)] == taken, 'another topic, later'
    assert chosen(stamps[0] - 10**10), 'after time jumped back'


def test_every_subscribed_topic_is_shown(show):
    recording = ViewRecording(ViewOptions(), BodyModelOptions(), '/ward')
    assert set(SUBSCRIBED) == set(recording._entities._made)


def test_an_empty_room_shows_nobody(show, file):
    empty = nobody(CAMERA, FLOOR)
    show(silhouette(), silhouette(empty, STAMP_NS + 10**9), ('skeleton', conversions.skeleton_message(no_skeleton(), header())))
    assert not len(column(file, 'world/camera/person/cloud', 'Points3D:positions')[STAMP_NS + 10**9])
    assert not column(file, 'world/camera/image/mask', 'SegmentationImage:buffer')[STAMP_NS + 10**9].any()
    assert not len(only(file, 'world/camera/person/joints', 'Points3D:positions'))
