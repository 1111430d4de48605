"""One frame at a time against all frames at once: the ONNX step beside the PyTorch encoder it was written from."""


import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='training needs torch; pip install -r requirements/learning.txt')
pytest.importorskip('onnx', reason='writing a model needs onnx; pip install -r requirements/learning.txt')

from helpers.recognition_models import CLASSES, LAYOUT, TINY, causal_encoder, offline, random_frames, weights_of  # noqa: E402

from poseformer_ros.errors import BadInput  # noqa: E402
from poseformer_ros.evaluation.streaming_times import TIMES_HEAD, streaming_times  # noqa: E402
from poseformer_ros.recognition.encoder_size import PAPER, SMALL  # noqa: E402
from poseformer_ros.recognition.model_file import facts_of, load_exercise_model, random_model, write_exercise_model  # noqa: E402
from poseformer_ros.recognition.streaming import StreamingEncoder, softmax  # noqa: E402

AGREES = 1e-4       # issue 5


def written(path, encoder, size, layout=LAYOUT, classes=CLASSES):
    facts = facts_of(layout, classes, size, layout.names, 30.0, True, 'drawn at random')
    write_exercise_model(path, weights_of(encoder), facts)
    return load_exercise_model(path, layout)


def streamed(stream, values, present):
    return np.array([stream(*frame) for frame in zip(values, present)])


@pytest.mark.parametrize('size', [TINY, SMALL, PAPER], ids=lambda size: size.name)
def test_streaming_equals_all_at_once(tmp_path, size):
    encoder = causal_encoder(size)
    values, present = random_frames(size.window * 2 + 6)
    found = streamed(StreamingEncoder(written(tmp_path / 'm.onnx', encoder, size)), values, present)
    assert np.abs(found - offline(encoder, values, present)).max() < AGREES
    assert np.std(found, axis=0).max() > 0.1         # the answers move


@pytest.mark.slow
def test_streaming_is_as_exact_after_ten_thousand_frames(tmp_path):
    encoder = causal_encoder(SMALL)
    values, present = random_frames(10_400)
    found = streamed(StreamingEncoder(written(tmp_path / 'm.onnx', encoder, SMALL)), values, present)
    newest = offline(encoder, values[-SMALL.reach - 50:], present[-SMALL.reach - 50:])
    assert np.abs(found[-50:] - newest[-50:]).max() < AGREES


def test_a_reset_forgets_everything(tmp_path):
    encoder = causal_encoder()
    stream = StreamingEncoder(written(tmp_path / 'm.onnx', encoder, TINY))
    streamed(stream, *random_frames(33, seed=5))
    assert stream.frames == 33
    stream.reset()
    values, present = random_frames(20)
    assert np.abs(streamed(stream, values, present) - offline(encoder, values, present)).max() < AGREES


def test_two_streams_of_one_model_are_apart(tmp_path):
    encoder = causal_encoder()
    model = written(tmp_path / 'm.onnx', encoder, TINY)
    first, second = StreamingEncoder(model), StreamingEncoder(model)
    values, present = random_frames(24)
    found = []
    for index in range(24):
        found.append(first(values[index], present[index]))
        second(values[-1 - index], present[-1 - index])
    assert np.abs(np.array(found) - offline(encoder, values, present)).max() < AGREES


def test_a_model_takes_its_parts_out_of_a_larger_layout(tmp_path):
    """A model of two parts, in an order of its own, gives what an encoder of those two gives."""
    parts = ('contour/c', 'joint/b')
    facts = facts_of(LAYOUT, CLASSES, TINY, parts, 30.0, True, '')
    assert facts.part_sizes == (4, 3)
    torch.manual_seed(0)
    encoder = causal_encoder(layout=type(LAYOUT)('test-1', parts, (0, 4), (4, 3)))
    write_exercise_model(tmp_path / 'm.onnx', weights_of(encoder), facts)
    values, present = random_frames(15)
    own = np.concatenate([values[:, LAYOUT.part(part)] for part in parts], axis=1), present[:, [3, 1]]
    found = streamed(StreamingEncoder(load_exercise_model(tmp_path / 'm.onnx', LAYOUT)), values, present)
    assert np.abs(found - offline(encoder, *own)).max() < AGREES
    alone = streamed(StreamingEncoder(load_exercise_model(tmp_path / 'm.onnx')), *own)
    np.testing.assert_array_equal(alone, found)


def test_a_number_that_is_none_makes_its_part_missing(tmp_path):
    encoder = causal_encoder()
    model = written(tmp_path / 'm.onnx', encoder, TINY)
    values, present = random_frames(12)
    present[:] = True
    broken, without = values.copy(), present.copy()
    broken[4, LAYOUT.offsets[2] + 3], broken[7, 0] = np.nan, np.inf
    without[4, 2] = without[7, 0] = False
    found = streamed(StreamingEncoder(model), broken, present)
    np.testing.assert_allclose(found, streamed(StreamingEncoder(model), values, without), atol=1e-6)


def test_the_file_tells_what_it_is(tmp_path):
    facts = facts_of(LAYOUT, CLASSES, TINY, LAYOUT.names, 25.0, True, 'ten drawn people')
    write_exercise_model(tmp_path / 'm.onnx', weights_of(causal_encoder()), facts)
    assert load_exercise_model(tmp_path / 'm.onnx', LAYOUT).facts == facts
    random = random_model(LAYOUT, CLASSES, 'small')
    assert not random.facts.trained and 'random' in random.facts.training
    assert np.isfinite(StreamingEncoder(random)(*(a[0] for a in random_frames(1)))).all()


def test_another_layout_is_named_with_the_remedy(tmp_path):
    write_exercise_model(tmp_path / 'm.onnx', weights_of(causal_encoder()),
                         facts_of(LAYOUT, CLASSES, TINY, LAYOUT.names, 30.0, True, ''))
    other = type(LAYOUT)('test-2', LAYOUT.names, LAYOUT.offsets, LAYOUT.sizes)
    with pytest.raises(BadInput, match="'test-1'.*'test-2'.*train"):
        load_exercise_model(tmp_path / 'm.onnx', other)
    fewer = type(LAYOUT)('test-1', LAYOUT.names[:2], LAYOUT.offsets[:2], LAYOUT.sizes[:2])
    with pytest.raises(BadInput, match="'mesh/pose'.*no such part"):
        load_exercise_model(tmp_path / 'm.onnx', fewer)
    with pytest.raises(BadInput, match="'nose'"):
        facts_of(LAYOUT, CLASSES, TINY, ('nose',), 30.0, True, '')


def test_a_device_that_is_not_there_is_refused(tmp_path):
    onnxruntime = pytest.importorskip('onnxruntime')
    write_exercise_model(tmp_path / 'm.onnx', weights_of(causal_encoder()),
                         facts_of(LAYOUT, CLASSES, TINY, LAYOUT.names, 30.0, True, ''))
    absent = ['tpu'] + ['cuda'] * ('CUDAExecutionProvider' not in onnxruntime.get_available_providers())
    for device in absent:
        with pytest.raises(BadInput, match=f"'{device}'.*CPUExecutionProvider"):
            load_exercise_model(tmp_path / 'm.onnx', LAYOUT, device)


def test_softmax_sums_to_one_and_keeps_the_order():
    found = softmax(np.array([[1000.0, 999.0, -1000.0]]))
    np.testing.assert_allclose(found, [[1 / (1 + np.exp(-1)), 1 / (1 + np.exp(1)), 0.0]])


def hostile_files(good, helper, proto):
    """Bytes by what is wrong with them."""
    model = proto.ModelProto.FromString(good)
    external, foreign, nested, other = (proto.ModelProto.FromString(good) for _ in range(4))
    tensor = external.graph.initializer[0]
    tensor.ClearField('raw_data')
    tensor.data_location = proto.TensorProto.EXTERNAL
    tensor.external_data.add(key='location', value='/etc/hostname')
    foreign.graph.node[0].domain = 'com.example'
    nested.graph.node.append(helper.make_node('If', ['zero'], ['x'], then_branch=model.graph, else_branch=model.graph))
    other.graph.node[0].op_type = 'Loop'
    no_facts = proto.ModelProto.FromString(good)
    del no_facts.metadata_props[:]
    return {'empty': b'', 'text': b'hello, I am a model\n' * 50, 'pickle': b'\x80\x04\x95\x20\x00\x00\x00cos\nsystem\n.',
            'cut': good[:len(good) // 2], 'external': external.SerializeToString(), 'foreign': foreign.SerializeToString(),
            'nested': nested.SerializeToString(), 'loop': other.SerializeToString(), 'no facts': no_facts.SerializeToString(),
            'random': np.random.default_rng(0).bytes(4000)}


def test_hostile_files_are_refused(tmp_path):
    import onnx
    facts = facts_of(LAYOUT, CLASSES, TINY, LAYOUT.names, 30.0, True, '')
    path = tmp_path / 'm.onnx'
    write_exercise_model(path, weights_of(causal_encoder()), facts)
    for kind, content in hostile_files(path.read_bytes(), onnx.helper, onnx).items():
        path.write_bytes(content)
        with pytest.raises(BadInput, match='m.onnx: .*; give a model'):
            load_exercise_model(path, LAYOUT)
            pytest.fail(f'{kind} was taken')
    with pytest.raises(BadInput, match='no such file'):
        load_exercise_model(tmp_path / 'absent.onnx')


def test_a_flipped_byte_never_crashes(tmp_path):
    """Either it is still a model (a weight changed) or it is refused with our error."""
    path = tmp_path / 'm.onnx'
    write_exercise_model(path, weights_of(causal_encoder()), facts_of(LAYOUT, CLASSES, TINY, LAYOUT.names, 30.0, True, ''))
    good, rng, refused = path.read_bytes(), np.random.default_rng(3), 0
    for at in rng.integers(0, len(good), 150):
        content = bytearray(good)
        content[at] ^= int(rng.integers(1, 256))
        path.write_bytes(content)
        try:
            load_exercise_model(path, LAYOUT)
        except BadInput:
            refused += 1
    assert refused > 0


def changed_facts(path, change):
    import json

    import onnx
    model = onnx.load(path)
    facts = json.loads(model.metadata_props[0].value)
    change(facts)
    model.metadata_props[0].value = json.dumps(facts)
    onnx.save(model, path)


@pytest.mark.parametrize('change', [
    lambda facts: facts['size'].update(layers=2),
    lambda facts: facts['size'].update(layers=10 ** 9),
    lambda facts: facts['size'].update(window=12),
    lambda facts: facts['size'].update(name='wide', members=10 ** 9),
    lambda facts: facts['size'].update(name='none', members=0),
    lambda facts: facts['size'].update(name='paper'),
    lambda facts: facts['size'].update(width='32'),
    lambda facts: facts.update(classes=['rest', 'squat']),
    lambda facts: facts.update(classes=['rest', 'squat', 'squat']),
    lambda facts: facts.update(part_sizes=[3, 3, 10, 5]),
    lambda facts: facts.update(rate_hz='fast'),
    lambda facts: facts.update(rate_hz=0.0),
    lambda facts: facts.update(format=2),
    lambda facts: facts.update(parts=7),
    lambda facts: facts.update(extra=1),
    lambda facts: facts.pop('size'),
])
def test_facts_that_do_not_fit_the_graph_are_refused(tmp_path, change):
    path = tmp_path / 'm.onnx'
    write_exercise_model(path, weights_of(causal_encoder()), facts_of(LAYOUT, CLASSES, TINY, LAYOUT.names, 30.0, True, ''))
    changed_facts(path, change)
    with pytest.raises(BadInput, match='m.onnx: '):
        load_exercise_model(path)


def test_times_of_a_step_are_listed():
    rows = streaming_times('small', 5)
    assert len(rows) == 3 and all(len(row) == len(TIMES_HEAD) for row in rows)
    assert all(float(row[2]) > 0 for row in rows)
