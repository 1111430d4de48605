"""The encoder against torch's own layers, the paper's figures and what causality means."""

import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='training needs torch; pip install -r requirements/learning.txt')

from helpers.recognition_models import CLASSES, LAYOUT, TINY, causal_encoder, offline, random_frames  # noqa: E402

from poseformer_ros.errors import BadInput  # noqa: E402
from poseformer_ros.recognition.encoder import EncoderLayer, PaperEncoder, causal_mean, sinusoids  # noqa: E402
from poseformer_ros.recognition.encoder_size import PAPER, SMALL, EncoderSize, encoder_size  # noqa: E402
from poseformer_ros.recognition.random_weights import random_weights  # noqa: E402


def test_layer_is_the_published_one():
    """Equations 33 to 37 as torch has them, from the same weights."""
    ours = EncoderLayer(TINY).eval()
    theirs = torch.nn.TransformerEncoderLayer(TINY.width, TINY.heads, TINY.feed_forward, batch_first=True).eval()
    pairs = {'self_attn.in_proj_': 'qkv.', 'self_attn.out_proj.': 'mix.', 'linear1.': 'up.', 'linear2.': 'down.',
             'norm1.': 'norm_attention.', 'norm2.': 'norm_feed_forward.'}
    state = ours.state_dict()
    theirs.load_state_dict({their + kind: state[our + kind] for their, our in pairs.items() for kind in ('weight', 'bias')})
    x = torch.randn(2, 11, TINY.width)
    torch.testing.assert_close(ours(x, torch.zeros(1, 11, 11)), theirs(x), atol=2e-6, rtol=0)


def test_paper_size_costs_what_the_paper_says():
    layers = sum(p.numel() for p in torch.nn.ModuleList(EncoderLayer(PAPER) for _ in range(PAPER.layers)).parameters())
    assert layers == 12_609_536
    assert 2 * layers * PAPER.window / 1e9 == pytest.approx(1.8, abs=0.05)       # GFLOP of one window


def test_small_size_is_below_thirty_megabytes_with_the_whole_layout():
    weights = random_weights(SMALL, (1400,), 20, 0)
    assert sum(array.nbytes for array in weights.values()) < 30e6


def test_positions_are_sines_of_the_published_wavelengths():
    table = sinusoids(50, 8).numpy()
    t = np.arange(50)
    for pair in range(4):
        angle = t / 10000 ** (2 * pair / 8)
        np.testing.assert_allclose(table[:, 2 * pair], np.sin(angle), atol=5e-6)
        np.testing.assert_allclose(table[:, 2 * pair + 1], np.cos(angle), atol=5e-6)


def test_paper_encoder_knows_order_and_answers_once_per_window():
    encoder = PaperEncoder(TINY, LAYOUT.sizes, len(CLASSES)).eval()
    values, present = (torch.from_numpy(a.astype(np.float32))[None] for a in random_frames(9))
    forwards, backwards = encoder(values, present), encoder(values.flip(1), present.flip(1))
    assert forwards.shape == (1, len(CLASSES))
    assert (forwards - backwards).abs().max() > 1e-3


def test_no_frame_knows_the_future():
    encoder = causal_encoder()
    values, present = random_frames(40)
    changed = values.copy()
    changed[25:] += 3.0
    before, after = offline(encoder, values, present), offline(encoder, changed, present)
    np.testing.assert_allclose(after[:25], before[:25], atol=1e-5)
    assert np.abs(after[25:] - before[25:]).max() > 0.1


def test_a_frame_reaches_exactly_as_far_back_as_stated():
    """layers x (window - 1) + pool - 1 frames back, and not one more."""
    encoder = causal_encoder()
    frames = TINY.reach + 10
    values, present = random_frames(frames)
    present[:] = True

    def change(back):
        other = values.copy()
        other[-1 - back] += 2.0
        return np.abs(offline(encoder, other, present)[-1] - offline(encoder, values, present)[-1]).max()
    assert TINY.reach == 3 * 8 + 4
    assert change(TINY.reach) > 0.0
    assert change(TINY.reach + 1) == 0.0


def test_the_same_frames_later_give_the_same_answer():
    """Nothing but distances enters: after the reach of the encoder, what came before does not matter."""
    encoder = causal_encoder()
    values, present = random_frames(60)
    again = np.concatenate([values[::-1], values]), np.concatenate([present[::-1], present])
    alone, late = offline(encoder, values, present), offline(encoder, *again)[60:]
    np.testing.assert_allclose(late[TINY.reach:], alone[TINY.reach:], atol=1e-5)


def test_causal_mean_is_a_running_mean():
    x = np.random.default_rng(1).standard_normal((1, 12, 2)).astype(np.float32)
    found = causal_mean(torch.from_numpy(x), 4).numpy()
    wanted = [x[0, max(0, t - 3):t + 1].mean(axis=0) for t in range(12)]
    np.testing.assert_allclose(found[0], wanted, atol=1e-6)


def test_values_of_a_missing_part_do_not_matter_but_its_absence_does():
    encoder = causal_encoder()
    values, present = random_frames(12)
    present[:, 2] = False
    other = values.copy()
    other[:, LAYOUT.part('mesh/pose')] = 1e6
    np.testing.assert_array_equal(offline(encoder, other, present), offline(encoder, values, present))
    there = present.copy()
    there[:, 2] = True
    at_mean = values.copy()
    at_mean[:, LAYOUT.part('mesh/pose')] = encoder.embedding.mean.numpy()[LAYOUT.part('mesh/pose')]
    assert np.abs(offline(encoder, at_mean, there) - offline(encoder, values, present)).max() > 1e-3


@pytest.mark.parametrize('wrong', [{'width': 30}, {'heads': 0}, {'window': 1}, {'layers': 2.0}, {'pool': -1}])
def test_impossible_sizes_are_refused(wrong):
    with pytest.raises(BadInput, match='size'):
        EncoderSize('odd', **{**dict(width=32, heads=4, layers=1, feed_forward=8, window=4, pool=1), **wrong})


def test_sizes_have_names():
    assert encoder_size('paper') is PAPER
    with pytest.raises(BadInput, match='paper, small'):
        encoder_size('large')
