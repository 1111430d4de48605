"""The finder model's file: what ships, what it answers, and what is refused."""

import json

import numpy as np
import pytest

pytest.importorskip('onnxruntime', reason='running a model needs onnxruntime; pip install -r requirements/station.txt')
onnx = pytest.importorskip('onnx', reason='making bad files needs onnx; pip install -r requirements/learning.txt')

from helpers.hostile_models import changed, graph_in_a_node, no_metadata, other_domain, weights_elsewhere  # noqa: E402
from helpers.silhouette_room import Scene, View, draw, person, room  # noqa: E402

from poseformer_ros.camera.intrinsics import Intrinsics  # noqa: E402
from poseformer_ros.errors import BadInput  # noqa: E402
from poseformer_ros.person.finder import (  # noqa: E402
    INPUT,
    METADATA_KEY,
    MOST_BYTES,
    chosen_finder_model,
    default_finder_model_path,
    finder_image,
    load_finder_model,
)
from poseformer_ros.person.model_file import default_person_model_path, load_person_model  # noqa: E402

SHIPPED = default_finder_model_path()
FOCAL_PX = 130.0
REFUSED = 'm.onnx: .*; give a model written by `poseformer train finder`'


@pytest.fixture(scope='module')
def model():
    return load_finder_model(SHIPPED)


def metadata(text: str):
    """A change of what stands under the model's key."""
    def change(proto):
        next(entry for entry in proto.metadata_props if entry.key == METADATA_KEY).value = text
    return change


def sizes(*some):
    return pytest.mark.parametrize('size', some, ids=lambda size: f'{size[0]} x {size[1]}')


def test_the_shipped_model_says_what_it_is(model):
    facts = {entry.key: entry.value for entry in onnx.load(SHIPPED).metadata_props}
    assert json.loads(facts[METADATA_KEY])['layout'] == 'finder_v1'
    assert 'rooms_v1' in model.training and len(model.sha256) == 64 and SHIPPED.stat().st_size < MOST_BYTES
    assert chosen_finder_model('').sha256 == model.sha256


@sizes((120, 160), (160, 120), (171, 141), (128, 160), (17, 33), (1, 1))
def test_answers_are_of_the_images_shape(model, size):
    found = model(np.random.default_rng(1).uniform(0.5, 5.0, size).astype(np.float32), FOCAL_PX)
    assert found.person.shape == size and found.votes.shape == (*size, 2)
    assert np.isfinite(found.votes).all() and (found.person >= 0).all() and (found.person <= 1).all()


def test_an_image_without_depth_gets_finite_answers(model):
    found = model(np.full((120, 160), np.nan, np.float32), FOCAL_PX)
    assert np.isfinite(found.person).all() and np.isfinite(found.votes).all()


@sizes((120, 160), (160, 120), (171, 141))
def test_somebody_is_seen_where_somebody_stands_in_an_image_of_any_size(model, size):
    """A person of capsules, 0.4 m to the right; the votes of its pixels meet in its trunk, 1.15 m above the floor."""
    camera = Intrinsics(size[1], size[0], FOCAL_PX, FOCAL_PX, (size[1] - 1) / 2, (size[0] - 1) / 2)
    drawn = draw(Scene(room(), [person(0.4, 2.6)]), View(), camera, noise=0.3)
    found, truth = model(drawn.frame.depth, FOCAL_PX), drawn.person > 0
    held = found.person > 0.4
    assert (held & truth).sum() > 0.8 * held.sum() and held.sum() > 0.3 * truth.sum()      # capsules are no people it knows well
    points = camera.deproject_image(drawn.frame.depth)[held & truth]
    middles = points[:, :2] + found.votes[held & truth]
    trunk = View().to_world.T @ np.array([0.4, 1.15 - View().height, 2.6])
    assert np.nanmedian(middles, axis=0) == pytest.approx(trunk[:2], abs=0.12)


def test_what_the_network_is_shown():
    depth = np.array([[2.0, 1.0, np.nan], [9.0, 3.0, np.inf]], np.float32)
    image = finder_image(depth, 40.0)
    assert image.shape == (1, 3, 16, 16) and image.dtype == np.float32
    # Depth over 2 m less 1, at most 3; known or not; a pixel's width over 25 mm less 1, at most 3: 50 mm at 2 m and 40 px.
    assert image[0, :, :2, :3] == pytest.approx(np.array([[[0.0, -0.5, 0.0], [3.0, 0.5, 0.0]],
                                                          [[1.0, 1.0, 0.0], [1.0, 1.0, 0.0]],
                                                          [[1.0, 0.0, 0.0], [3.0, 2.0, 0.0]]]))
    image[0, :, :2, :3] = 0.0
    assert not image.any()


@sizes((120, 160), (171, 141))
def test_onnxruntime_has_no_complaint_about_shapes(capfd, size):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 2, 1
    session = onnxruntime.InferenceSession(SHIPPED.read_bytes(), options, providers=['CPUExecutionProvider'])
    session.run(None, {INPUT: finder_image(np.full(size, 2.0, np.float32), FOCAL_PX)})
    said = capfd.readouterr()
    assert 'shape' not in said.err.lower() and 'shape' not in said.out.lower()


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BadInput, match='none.onnx: no such file; give a model written by `poseformer train finder`'):
        chosen_finder_model(str(tmp_path / 'none.onnx'))


def test_a_file_that_is_too_large_is_refused(tmp_path):
    (tmp_path / 'm.onnx').write_bytes(SHIPPED.read_bytes() + bytes(MOST_BYTES))
    with pytest.raises(BadInput, match='m.onnx: 7 MB, wanted at most 6; give a model written by `poseformer train finder`'):
        load_finder_model(tmp_path / 'm.onnx')


def test_a_model_of_the_other_kind_is_refused():
    with pytest.raises(BadInput, match='person_v1.onnx: .*so it is no finder model; '
                                       'give a model written by `poseformer train finder`'):
        load_finder_model(default_person_model_path())
    with pytest.raises(BadInput, match="finder_v1.onnx: .*without 'poseformer_person_model' in its metadata; "
                                       'give a model written by `poseformer train person`'):
        load_person_model(SHIPPED)


@pytest.mark.parametrize(('text', 'said'), [
    ('{"layout": "finder_v0"}', "its layout is 'finder_v0', this station reads 'finder_v1'"),
    ('{}', "its layout is 'None', this station reads 'finder_v1'"),
    ('{', 'cannot be read \\(JSONDecodeError'),
    ('[' * 100_000, 'cannot be read \\(RecursionError'),
    ('["finder_v1"]', 'is no table of facts'),
    ('', "without 'poseformer_finder_model' in its metadata"),
])
def test_facts_that_cannot_be_used_are_refused(tmp_path, text, said):
    changed(SHIPPED, tmp_path / 'm.onnx', metadata(text))
    with pytest.raises(BadInput, match=f'm.onnx: .*{said}.*; give a model written by `poseformer train finder`'):
        load_finder_model(tmp_path / 'm.onnx')


def other_operator(proto) -> None:
    proto.graph.node[0].op_type = 'Loop'


def other_output(proto) -> None:
    proto.graph.output[0].name = proto.graph.node[-2].output[0]


def other_shape(proto) -> None:
    """One answer more than the layout has."""
    for tensor in proto.graph.initializer:
        if tensor.name.startswith('said.'):
            values = onnx.numpy_helper.to_array(tensor)
            tensor.CopyFrom(onnx.numpy_helper.from_array(np.concatenate([values, values[:1]]), tensor.name))
    proto.graph.output[0].type.tensor_type.shape.dim[1].dim_value = 4


def no_number(proto) -> None:
    bias = next(tensor for tensor in proto.graph.initializer if tensor.name == 'said.bias')
    bias.CopyFrom(onnx.numpy_helper.from_array(np.full(3, np.nan, np.float32), bias.name))


@pytest.mark.parametrize('change', [other_operator, other_domain, weights_elsewhere, graph_in_a_node, no_metadata, other_output,
                                    other_shape, no_number])
def test_hostile_and_damaged_graphs_are_refused(tmp_path, change):
    changed(SHIPPED, tmp_path / 'm.onnx', change)
    with pytest.raises(BadInput, match=REFUSED):
        load_finder_model(tmp_path / 'm.onnx')


@pytest.mark.parametrize('content', [b'', b'\x00' * 100, b'not a model', SHIPPED.read_bytes()[:100_000]],
                         ids=['empty', 'zeros', 'text', 'cut off'])
def test_what_is_no_model_is_refused(tmp_path, content):
    (tmp_path / 'm.onnx').write_bytes(content)
    with pytest.raises(BadInput, match=REFUSED):
        load_finder_model(tmp_path / 'm.onnx')


def test_a_flipped_byte_never_crashes(tmp_path):
    good, rng = SHIPPED.read_bytes(), np.random.default_rng(4)
    for at in rng.integers(0, len(good), 5):
        content = bytearray(good)
        content[at] ^= 0xFF
        (tmp_path / 'm.onnx').write_bytes(content)
        try:
            load_finder_model(tmp_path / 'm.onnx')
        except BadInput:
            pass
