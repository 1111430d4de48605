"""Several models in one file against each of them alone."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='training needs torch; pip install -r requirements/learning.txt')
pytest.importorskip('onnx', reason='writing a model needs onnx; pip install -r requirements/learning.txt')

from helpers.recognition_models import CLASSES, LAYOUT, TINY, causal_encoder, random_frames, weights_of  # noqa: E402

from poseformer_ros.cli.main import main  # noqa: E402
from poseformer_ros.errors import BadInput  # noqa: E402
from poseformer_ros.recognition.model_file import facts_of, join_exercise_models, load_exercise_model, write_exercise_model  # noqa: E402
from poseformer_ros.recognition.streaming import StreamingEncoder  # noqa: E402

FACTS = facts_of(LAYOUT, CLASSES, TINY, LAYOUT.names, 30.0, True, 'drawn at random')


@pytest.fixture
def members(tmp_path):
    paths = [tmp_path / f'{seed}.onnx' for seed in (1, 2, 3)]
    for seed, path in enumerate(paths):
        write_exercise_model(path, weights_of(causal_encoder(seed=seed)), replace(FACTS, training=f'draw {seed}'))
    return paths


def streamed(path, frames) -> np.ndarray:
    stream = StreamingEncoder(load_exercise_model(path, LAYOUT))
    return np.array([stream(*frame) for frame in frames])


def test_the_evidence_is_the_members_mean(members, tmp_path):
    out = tmp_path / 'joined.onnx'
    assert main(['train', 'join', *map(str, members), '--out', str(out)]) == 0
    frames = list(zip(*random_frames(3 * TINY.window)))
    alone = np.array([streamed(path, frames) for path in members])
    np.testing.assert_allclose(streamed(out, frames), alone.mean(0), atol=1e-5)
    assert np.abs(alone[0] - alone[1]).max() > 0.1
    facts = load_exercise_model(out, LAYOUT).facts
    assert facts.size.members == 3 and facts.size.reach == TINY.reach and facts.training == 'draw 0; draw 1; draw 2'


def test_mean_weights_are_those_of_the_encoder_with_the_mean(members, tmp_path):
    """The reference is a file written from the mean of the encoders' own weights."""
    out, wanted = tmp_path / 'averaged.onnx', tmp_path / 'wanted.onnx'
    assert main(['train', 'join', *map(str, members[:2]), '--mean-weights', '--out', str(out)]) == 0
    first, second = (weights_of(causal_encoder(seed=seed)) for seed in (0, 1))
    write_exercise_model(wanted, {name: ((first[name] + second[name]) / 2).astype(first[name].dtype) for name in first}, FACTS)
    frames = list(zip(*random_frames(3 * TINY.window)))
    np.testing.assert_allclose(streamed(out, frames), streamed(wanted, frames), atol=1e-5)
    assert np.abs(streamed(out, frames) - streamed(members[0], frames)).max() > 0.1
    facts = load_exercise_model(out, LAYOUT).facts
    assert facts.size == TINY and facts.training == 'mean of (draw 0; draw 1)'


def test_members_that_are_unlike_are_refused(members, tmp_path):
    out, other = tmp_path / 'joined.onnx', tmp_path / 'other.onnx'
    with pytest.raises(BadInput, match='give two or more'):
        join_exercise_models(members[:1], out)
    write_exercise_model(other, weights_of(causal_encoder(seed=4)), replace(FACTS, rate_hz=15.0))
    with pytest.raises(BadInput, match='other.onnx: its size, classes, parts or rate'):
        join_exercise_models([members[0], other], out)
    join_exercise_models(members[:2], out)
    with pytest.raises(BadInput, match='of 2 models already'):
        join_exercise_models([out, members[0]], other)
    (tmp_path / 'nothing.onnx').write_bytes(b'nothing')
    with pytest.raises(BadInput, match='nothing.onnx'):
        join_exercise_models([members[0], tmp_path / 'nothing.onnx'], other)


def test_a_model_that_claims_more_members_than_it_has_is_refused(tmp_path):
    path = tmp_path / 'm.onnx'
    write_exercise_model(path, weights_of(causal_encoder()), replace(FACTS, size=replace(TINY, name='wide', members=2)))
    with pytest.raises(BadInput, match='its graph'):
        load_exercise_model(path, LAYOUT)
