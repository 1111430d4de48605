"""A user's pose network: toy files in the published layouts that answer with the truth of a drawn figure, and files that lie."""

from pathlib import Path

import numpy as np
import pytest
from helpers.capsule_silhouette import drawn

pytest.importorskip('onnxruntime', reason='running a network needs onnxruntime; pip install -r requirements/station.txt')
onnx = pytest.importorskip('onnx', reason='making toy networks needs onnx; pip install -r requirements/learning.txt')

from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from poseformer_ros.camera.intrinsics import Intrinsics  # noqa: E402
from poseformer_ros.errors import BadInput  # noqa: E402
from poseformer_ros.options import defaults  # noqa: E402
from poseformer_ros.silhouette.person import nobody  # noqa: E402
from poseformer_ros.skeleton.joints import JOINT, JointState  # noqa: E402
from poseformer_ros.skeleton.methods import OPTIONS, JointsOptions, joint_detector  # noqa: E402
from poseformer_ros.skeleton.onnx_pose import OnnxPose, OnnxPoseOptions, PoseNetwork  # noqa: E402
from poseformer_ros.synthesis.capsule.figure_pose import STANDING  # noqa: E402

WIDTH, HEIGHT, PARTS = 192, 256, 2      # RTMPose's usual input; SimCC bins of half a pixel
COCO = ('nose', 'left_eye', 'right_eye', 'left_ear', 'right_ear', 'left_shoulder', 'right_shoulder', 'left_elbow', 'right_elbow',
        'left_wrist', 'right_wrist', 'left_hip', 'right_hip', 'left_knee', 'right_knee', 'left_ankle', 'right_ankle')
LIMBS = COCO[5:]


def write(path: Path, outputs: list[np.ndarray], shape=(1, 3, HEIGHT, WIDTH), elem=TensorProto.FLOAT, change=None) -> str:
    """A network that answers every image with these arrays."""
    nodes = [helper.make_node('ReduceMean', ['image'], ['mean'], keepdims=0),
             helper.make_node('Constant', [], ['zero'], value=numpy_helper.from_array(np.zeros((), np.float32))),
             helper.make_node('Mul', ['mean', 'zero'], ['nothing'])]
    nodes += [helper.make_node('Add', [f'known_{i}', 'nothing'], [f'out_{i}']) for i in range(len(outputs))]
    graph = helper.make_graph(
        nodes, 'toy', [helper.make_tensor_value_info('image', elem, shape)],
        [helper.make_tensor_value_info(f'out_{i}', TensorProto.FLOAT, list(o.shape)) for i, o in enumerate(outputs)],
        [numpy_helper.from_array(o.astype(np.float32), f'known_{i}') for i, o in enumerate(outputs)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)], ir_version=8)
    if change:
        change(model)
    path.write_bytes(model.SerializeToString())
    return str(path)


def simcc(points: np.ndarray, scores: np.ndarray) -> list[np.ndarray]:
    """RTMPose's outputs for points (k, 2) of the input."""
    across, down = np.zeros((1, len(points), WIDTH * PARTS)), np.zeros((1, len(points), HEIGHT * PARTS))
    for k, ((x, y), score) in enumerate(zip(points, scores)):
        across[0, k, round(x * PARTS)] = down[0, k, round(y * PARTS)] = score
    return [across, down]


def yolo(points: np.ndarray, scores: np.ndarray, others: int = 5) -> list[np.ndarray]:
    """YOLO-pose's output (1, 56, n): the person in one of the rows, a surer one beside, and rows of nobody."""
    rows = np.zeros((others, 5 + 3 * len(points)))
    for row, (shift, sure) in {1: (0.0, 0.8), 3: (-0.45 * WIDTH, 0.95)}.items():
        rows[row, 4] = sure
        rows[row, 5:] = np.column_stack([points + [shift, 0.0], scores]).ravel()
    return [rows.T[None]]


@pytest.fixture(scope='module')
def figure():
    return drawn(STANDING)


def of_input(person, truth) -> np.ndarray:
    """The true points (17, 2) where they lie in the input: the crop in its middle, as large as fits with a tenth around it."""
    pixels = {name: person.intrinsics.project(truth.positions[JOINT[name]]) for name in JOINT if name in JOINT}
    points = np.array([pixels[name] if name in pixels else pixels['head'] for name in COCO])
    height, width = person.mask.shape
    scale = min(WIDTH / width, HEIGHT / height) / 1.1
    return (points - [(width - 1) / 2, (height - 1) / 2]) * scale + [(WIDTH - 1) / 2, (HEIGHT - 1) / 2]


@pytest.mark.parametrize('layout', [simcc, yolo, lambda *of: [np.swapaxes(yolo(*of)[0], 1, 2)]],
                         ids=['simcc', 'yolo', 'yolo, rows'])
def test_true_points_become_true_joints(figure, tmp_path, layout):
    person, truth = figure
    file = write(tmp_path / 'pose.onnx', layout(of_input(person, truth), np.full(17, 0.9)))
    detector = joint_detector(defaults(OPTIONS, joints=JointsOptions(method='onnx_pose'), onnx_pose=OnnxPoseOptions(model=file)))
    found = detector(person)
    error = np.linalg.norm(found.positions - truth.positions, axis=1)
    limbs = [JOINT[name] for name in LIMBS]
    assert (found.state[limbs] == JointState.OBSERVED).all() and (found.state != JointState.MISSING).all()
    assert np.max(error[limbs]) < 0.07 and np.mean(error[limbs]) < 0.04
    assert np.max(error[[JOINT[n] for n in ('pelvis', 'lower_spine', 'spine_centre', 'upper_spine')]]) < 0.12
    assert abs(found.facing_rad) < np.radians(15) and found.detector == 'onnx_pose'
    assert np.isfinite(found.covariance).all() and (found.confidence > 0.2).all()


def test_what_the_network_does_not_believe_is_missing_with_all_that_hangs_on_it(figure, tmp_path):
    person, truth = figure
    scores = np.full(17, 0.9)
    scores[COCO.index('left_wrist')] = 0.1
    found = OnnxPose(OnnxPoseOptions(write(tmp_path / 'pose.onnx', simcc(of_input(person, truth), scores))))(person)
    missing = {name for name, joint in JOINT.items() if found.state[joint] == JointState.MISSING}
    assert missing == {'left_wrist', 'left_hand'} and np.isnan(found.positions[JOINT['left_wrist']]).all()


def test_a_point_off_the_person_is_missing(figure, tmp_path):
    person, truth = figure
    points = of_input(person, truth)
    points[COCO.index('right_ankle')] = [2.0, 2.0]      # the wall's
    found = OnnxPose(OnnxPoseOptions(write(tmp_path / 'pose.onnx', simcc(points, np.full(17, 0.9)))))(person)
    assert found.state[JOINT['right_ankle']] == JointState.MISSING and found.state[JOINT['left_ankle']] == JointState.OBSERVED


def test_toes_of_halpe_are_read(figure, tmp_path):
    person, truth = figure
    of_coco = of_input(person, truth)
    points = np.concatenate([of_coco, np.repeat(of_coco[:1], 9, axis=0)])
    for big, small, ankle in ((20, 22, 'left_ankle'), (21, 23, 'right_ankle')):
        points[[big, small]] = of_coco[COCO.index(ankle)] + [[-1.0, 3.0], [1.0, 3.0]]
    found = OnnxPose(OnnxPoseOptions(write(tmp_path / 'pose.onnx', simcc(points, np.full(26, 0.9)))))(person)
    assert found.state[JOINT['left_heel']] == JointState.OBSERVED
    assert 0 < found.pixels[JOINT['left_heel'], 1] - found.pixels[JOINT['left_ankle'], 1] < 10


def test_nobody_is_nobody(figure, tmp_path):
    person, truth = figure
    none = OnnxPose(OnnxPoseOptions(write(tmp_path / 'none.onnx', yolo(of_input(person, truth) * 0, np.zeros(17)))))
    for found in (none(person), none(nobody(Intrinsics(64, 48, 50.0, 50.0, 31.5, 23.5), None))):
        assert (found.state == JointState.MISSING).all() or not np.isfinite(found.positions).any()


def test_the_network_is_shown_what_it_was_trained_on(tmp_path):
    color = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    color[...] = (10, 20, 250)      # blue, green, red
    seen = []
    for options in ({'normalisation': 'unit'}, {'normalisation': 'imagenet'}):
        file = write(tmp_path / 'm.onnx', [np.zeros((1, 56, 2))])
        network = PoseNetwork(OnnxPoseOptions(file, **options))
        run = network._run
        network._run = lambda image, run=run: seen.append(image) or run(image)
        network(color, np.ones((HEIGHT, WIDTH), bool))
    unit, imagenet = (image[0, :, HEIGHT // 2, WIDTH // 2] for image in seen)
    np.testing.assert_allclose(unit, np.array([250, 20, 10]) / 255, atol=1e-5)
    np.testing.assert_allclose(imagenet, (np.array([250, 20, 10]) - [123.675, 116.28, 103.53]) / [58.395, 57.12, 57.375], atol=1e-4)


GOOD = [np.zeros((1, 17, WIDTH * PARTS)), np.zeros((1, 17, HEIGHT * PARTS))]


@pytest.mark.parametrize(('outputs', 'more', 'said'), [
    ([GOOD[0]], {}, r'its outputs are \(1, 17, 384\), wanted SimCC'),
    ([GOOD[0], np.zeros((1, 16, HEIGHT * PARTS))], {}, 'wanted SimCC'),
    ([GOOD[0], np.zeros((1, 17, HEIGHT))], {}, 'wanted SimCC'),
    ([np.zeros((1, 17, 64, 48))], {}, 'wanted SimCC'),
    ([np.full((1, 56, 4), np.nan)], {}, 'not finite'),
    (GOOD, {'shape': (1, 1, HEIGHT, WIDTH)}, r'wanted one tensor\(float\) \[1, 3, height, width\]'),
    (GOOD, {'shape': (4, 3, HEIGHT, WIDTH)}, r'wanted one tensor\(float\)'),
    (GOOD, {'shape': (1, 3, 4096, 4096)}, '4096 x 4096 px, wanted 32 to 1280'),
    (GOOD, {'shape': ('n', 3, 'h', 'w')}, '0 x 0 px, wanted 32 to 1280; set onnx_pose.width_px'),
])
def test_another_layout_is_refused_in_words(tmp_path, outputs, more, said):
    with pytest.raises(BadInput, match=f'^onnx_pose.model .*pose.onnx.*{said}'):
        OnnxPose(OnnxPoseOptions(write(tmp_path / 'pose.onnx', outputs, **more)))


def test_an_open_size_is_taken_from_the_options(tmp_path):
    file = write(tmp_path / 'pose.onnx', GOOD, shape=('n', 3, 'h', 'w'))
    OnnxPose(OnnxPoseOptions(file, width_px=WIDTH, height_px=HEIGHT))


def loop(model) -> None:
    model.graph.node[0].op_type = 'Loop'


def domain(model) -> None:
    model.graph.node[0].domain = 'com.example'


def elsewhere(model) -> None:
    model.graph.initializer[0].data_location = TensorProto.EXTERNAL


def elsewhere_in_a_constant(model) -> None:
    model.graph.node[1].attribute[0].t.data_location = TensorProto.EXTERNAL


def graph_in_a_constant(model) -> None:
    model.graph.node[1].attribute[0].g.CopyFrom(onnx.GraphProto(name='inner'))


def function(model) -> None:
    model.functions.add(name='f', domain='')


@pytest.mark.parametrize(('change', 'said'), [
    (loop, "the operator 'Loop'"), (domain, "an operator of 'com.example'"), (elsewhere, 'weights kept in another file'),
    (elsewhere_in_a_constant, 'weights kept in another file'), (graph_in_a_constant, 'a graph inside a node'),
    (function, 'functions'),
])
def test_hostile_files_are_refused_before_they_are_opened(tmp_path, monkeypatch, change, said):
    file = write(tmp_path / 'pose.onnx', GOOD, change=change)
    monkeypatch.setattr('poseformer_ros.skeleton.onnx_pose.open_session', lambda *_: pytest.fail('opened'))
    with pytest.raises(BadInput, match=said):
        OnnxPose(OnnxPoseOptions(file))


@pytest.mark.parametrize('content', [b'', b'no network', bytes(1000), b'\x08\x08\x3a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f'])
def test_what_is_no_network_is_refused(tmp_path, content):
    (tmp_path / 'pose.onnx').write_bytes(content)
    with pytest.raises(BadInput, match='onnx_pose.model .*pose.onnx.*give an RTMPose'):
        OnnxPose(OnnxPoseOptions(str(tmp_path / 'pose.onnx')))


@pytest.mark.parametrize('file', ['', 'nowhere/pose.onnx'])
def test_a_file_that_is_not_there_is_named(file):
    with pytest.raises(BadInput, match='onnx_pose.model .*: no such file; give an RTMPose'):
        OnnxPose(OnnxPoseOptions(file))
