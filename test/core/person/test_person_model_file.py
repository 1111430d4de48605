"""The person model's file: what ships, what it answers, and what is refused."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip('onnxruntime', reason='running a model needs onnxruntime; pip install -r requirements/station.txt')
onnx = pytest.importorskip('onnx', reason='making bad files needs onnx; pip install -r requirements/learning.txt')

from helpers.hostile_models import changed, graph_in_a_node, no_metadata, other_domain, weights_elsewhere  # noqa: E402

from poseformer_ros.errors import BadInput  # noqa: E402
from poseformer_ros.person import answers as layout  # noqa: E402
from poseformer_ros.person.model_file import (  # noqa: E402
    METADATA_KEY,
    MOST_BYTES,
    default_person_model_path,
    load_person_model,
)
from poseformer_ros.skeleton.joints import JOINT_NAMES  # noqa: E402

SHIPPED = default_person_model_path()
RECIPE = Path(__file__).parents[3] / 'studio' / 'people_v2.yaml'


@pytest.fixture(scope='module')
def model():
    return load_person_model(SHIPPED)


def squares(count: int) -> np.ndarray:
    return np.random.default_rng(count).normal(0, 0.5, (count, *layout.INPUT_SHAPE)).astype(np.float32)


def set_facts(**facts):
    """A change of the metadata."""
    def change(proto):
        entry = next(e for e in proto.metadata_props if e.key == METADATA_KEY)
        entry.value = json.dumps({**json.loads(entry.value), **facts})
    return change


def test_the_shipped_model_says_what_it_is(model):
    assert model.facts.layout == 'person_v1' and model.facts.joint_names == JOINT_NAMES
    assert model.facts.input_px == 96 and model.facts.facing_bins == len(layout.FACING_RAD) == 24
    assert 'people_v2' in model.facts.training
    assert model.facts.recipe_sha256 == hashlib.sha256(RECIPE.read_bytes()).hexdigest()
    assert SHIPPED.stat().st_size < MOST_BYTES


@pytest.mark.parametrize('count', [0, 1, 5])
def test_answers_have_the_layouts_shapes(model, count):
    found = model(squares(count))
    assert {name: getattr(found, name).shape for name in layout.ANSWER_SHAPES} == {
        name: (count, *shape) for name, shape in layout.ANSWER_SHAPES.items()}


def test_squares_of_one_batch_do_not_touch_each_other(model):
    some = squares(4)
    together, alone = model(some), model(some[2:3])
    for name in layout.ANSWER_SHAPES:
        assert getattr(together, name)[2:3] == pytest.approx(getattr(alone, name), abs=1e-4)


def test_onnxruntime_has_no_complaint_about_shapes(capfd):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 2, 1
    session = onnxruntime.InferenceSession(SHIPPED.read_bytes(), options, providers=['CPUExecutionProvider'])
    for count in (1, 3, 2):
        session.run(None, {layout.INPUT: squares(count)})
    said = capfd.readouterr()
    assert 'shape' not in said.err.lower() and 'shape' not in said.out.lower()


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BadInput, match='none.onnx: no such file; give a model written by `poseformer train person`'):
        load_person_model(tmp_path / 'none.onnx')


def test_a_file_that_is_too_large_is_refused(tmp_path):
    path = tmp_path / 'm.onnx'
    path.write_bytes(SHIPPED.read_bytes() + bytes(MOST_BYTES))
    with pytest.raises(BadInput, match='MB, wanted at most 6'):
        load_person_model(path)


@pytest.mark.parametrize(('facts', 'said'), [
    ({'layout': 'person_v0'}, "'person_v0', this station reads 'person_v1'; train a model"),
    ({'joint_names': list(JOINT_NAMES[:-1])}, '23 joint names, wanted 24'),
    ({'input_px': 128}, 'squares of 128 px'),
    ({'training': 5}, 'not all text'),
    ({'password': 'x'}, 'cannot be read'),
])
def test_facts_of_another_layout_are_refused(tmp_path, facts, said):
    changed(SHIPPED, tmp_path / 'm.onnx', set_facts(**facts))
    with pytest.raises(BadInput, match=f'm.onnx: .*{said}'):
        load_person_model(tmp_path / 'm.onnx')


def other_operator(proto) -> None:
    proto.graph.node[1].op_type = 'Loop'


def no_json(proto) -> None:
    proto.metadata_props[0].value = '{'


def other_output(proto) -> None:
    proto.graph.output[3].name = proto.graph.output[4].name


def no_number(proto) -> None:
    first = proto.graph.initializer[0]
    first.raw_data = np.full(len(first.raw_data) // 4, np.nan, np.float32).tobytes()


@pytest.mark.parametrize('change', [other_operator, other_domain, weights_elsewhere, graph_in_a_node, no_metadata, no_json,
                                    other_output, no_number])
def test_hostile_and_damaged_graphs_are_refused(tmp_path, change):
    changed(SHIPPED, tmp_path / 'm.onnx', change)
    with pytest.raises(BadInput, match='m.onnx: .*; give a model written by'):
        load_person_model(tmp_path / 'm.onnx')


@pytest.mark.parametrize('content', [b'', b'\x00' * 100, b'not a model', SHIPPED.read_bytes()[:100_000]])
def test_what_is_no_model_is_refused(tmp_path, content):
    (tmp_path / 'm.onnx').write_bytes(content)
    with pytest.raises(BadInput, match='m.onnx: .*; give a model written by'):
        load_person_model(tmp_path / 'm.onnx')


def test_a_flipped_byte_never_crashes(tmp_path):
    good, rng = SHIPPED.read_bytes(), np.random.default_rng(4)
    for at in rng.integers(0, len(good), 5):
        content = bytearray(good)
        content[at] ^= 0xFF
        (tmp_path / 'm.onnx').write_bytes(content)
        try:
            load_person_model(tmp_path / 'm.onnx')
        except BadInput:
            pass
