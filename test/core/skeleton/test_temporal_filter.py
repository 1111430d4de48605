"""One Euro filter against its closed forms, and what it does with missing, jumping and foreign joints."""

from dataclasses import replace

import numpy as np
import pytest

from poseformer_ros.skeleton.joints import JointState, Skeleton, no_skeleton
from poseformer_ros.skeleton.temporal_filter import FilterOptions, TemporalFilter

RATE = 30.0
REST = np.linspace([-0.4, -0.8, 2.0], [0.4, 0.9, 2.3], 24)
ARM = [18, 20, 22]     # the left elbow, wrist and hand


def skeleton(positions, missing=(), track_id=1):
    """A skeleton of 1 cm deviation."""
    lost = np.isin(np.arange(24), missing)
    return Skeleton(np.where(lost[:, None], np.nan, positions), np.where(lost, 0.0, 0.9),
                    np.where(lost[:, None, None], np.nan, np.eye(3) * 1e-4),
                    np.where(lost, JointState.MISSING, JointState.OBSERVED).astype(np.uint8),
                    np.where(lost[:, None], np.nan, np.full((24, 2), 100.0)), track_id=track_id)


def run(stage, images, start=0.0):
    """Answers to images 1/30 s apart."""
    return [stage(image, start + i / RATE) for i, image in enumerate(images)]


def test_constant_stays_constant():
    for answer in run(TemporalFilter(), [skeleton(REST)] * 40):
        np.testing.assert_allclose(answer.positions, REST, atol=1e-12)
        assert (answer.state == JointState.OBSERVED).all() and (answer.confidence == 0.9).all()


def test_disabled_changes_nothing():
    stage = TemporalFilter(FilterOptions(enabled=False))
    for image in (skeleton(REST), skeleton(REST + 1.0, missing=[3])):
        assert stage(image, 0.0) is image


@pytest.mark.parametrize('beta', [0.0, 4.0])
def test_lag_behind_a_ramp(beta):
    """In the steady state the filter trails by (1 - gain) / gain images; gain = 1 / (1 + rate / (2 pi cutoff))."""
    speed, options = 0.6, FilterOptions(beta=beta, min_cutoff_hz=1.5)
    ramp = [skeleton(REST + [speed * i / RATE, 0, 0]) for i in range(300)]
    lag = ramp[-1].positions[:, 0] - run(TemporalFilter(options), ramp)[-1].positions[:, 0]
    # The speed estimate divides by one image the step from the trailing place: speed / gain.
    gain = 1.0
    for _ in range(200):
        gain = 1 / (1 + RATE / (2 * np.pi * (1.5 + beta * speed / gain)))
    np.testing.assert_allclose(lag, speed / RATE * (1 - gain) / gain, rtol=1e-6)


def test_jitter_of_a_still_joint():
    """White noise of sigma leaves sigma sqrt(gain / (2 - gain)) with beta 0; the covariance says the same."""
    rng = np.random.default_rng(0)
    noisy = [skeleton(REST + 0.01 * rng.standard_normal(REST.shape)) for _ in range(1500)]
    answers = run(TemporalFilter(FilterOptions(beta=0.0, min_cutoff_hz=1.5)), noisy)
    gain = 1 / (1 + RATE / (2 * np.pi * 1.5))
    left = np.std([a.positions for a in answers[300:]], axis=0).mean()
    assert left == pytest.approx(0.01 * np.sqrt(gain / (2 - gain)), rel=0.05)
    assert answers[-1].covariance[5, 0, 0] == pytest.approx(1e-4 * gain / (2 - gain))


def test_default_options_calm_a_still_person_and_follow_a_moving_arm():
    rng = np.random.default_rng(1)
    noise = 0.008 * rng.standard_normal((600, 24, 3))
    still = run(TemporalFilter(), [skeleton(REST + n) for n in noise])
    assert np.std([a.positions for a in still[60:]], axis=0).mean() < 0.6 * 0.008
    # A hand on an arc of 0.6 m radius, up and down in 4 s.
    angle = np.pi / 2 * (1 - np.cos(2 * np.pi * np.arange(240) / RATE / 4))
    path = REST[None] + 0.6 * np.stack([np.sin(angle), -np.cos(angle), 0 * angle], axis=1)[:, None]
    moved = run(TemporalFilter(), [skeleton(p) for p in path])
    error = np.linalg.norm([a.positions - p for a, p in zip(moved, path)], axis=2)
    assert error[30:].max() < 0.05


def test_missing_joint_is_held_then_missing():
    stage = TemporalFilter(FilterOptions(hold_s=0.2))
    run(stage, [skeleton(REST)] * 10)
    held = run(stage, [skeleton(REST, missing=[4])] * 9, start=10 / RATE)
    states = [a.state[4] for a in held]
    assert states == [JointState.INFERRED] * 6 + [JointState.MISSING] * 3       # 6 images are 0.2 s
    np.testing.assert_allclose([a.positions[4] for a in held[:6]], np.tile(REST[4], (6, 1)), atol=1e-12)
    confidence, variance = [a.confidence[4] for a in held[:6]], [a.covariance[4, 0, 0] for a in held[:6]]
    assert (np.diff(confidence) < 0).all() and (np.diff(variance) > 0).all() and confidence[0] < 0.9
    for answer in held[6:]:
        assert np.isnan(answer.positions[4]).all() and answer.confidence[4] == 0 and np.isnan(answer.pixels[4]).all()
    assert all((a.state[np.arange(24) != 4] == JointState.OBSERVED).all() for a in held)


def test_never_seen_joint_stays_missing_and_returns_at_once():
    stage = TemporalFilter()
    answers = run(stage, [skeleton(REST, missing=[8])] * 5)
    assert all(a.state[8] == JointState.MISSING and np.isnan(a.positions[8]).all() for a in answers)
    back = stage(skeleton(REST + 0.1), 5 / RATE)
    np.testing.assert_array_equal(back.positions[8], REST[8] + 0.1)


def test_short_jump_is_not_believed():
    stage = TemporalFilter()
    run(stage, [skeleton(REST)] * 10)
    jumped = REST.copy()
    jumped[20] += [0.6, 0.0, 0.0]
    wild = run(stage, [skeleton(jumped)] * 2, start=10 / RATE)
    assert all(a.state[20] == JointState.INFERRED for a in wild)
    np.testing.assert_allclose([a.positions[20] for a in wild], np.tile(REST[20], (2, 1)), atol=1e-12)
    after = stage(skeleton(REST), 12 / RATE)
    assert after.state[20] == JointState.OBSERVED
    np.testing.assert_allclose(after.positions, REST, atol=1e-12)


def test_lasting_jump_is_believed():
    stage = TemporalFilter(FilterOptions(persist_s=0.15))
    run(stage, [skeleton(REST)] * 10)
    jumped = REST.copy()
    jumped[ARM] += [0.9, 0.0, 0.0]
    answers = run(stage, [skeleton(jumped)] * 8, start=10 / RATE)
    believed = [a.state[20] == JointState.OBSERVED for a in answers]
    assert believed == [False] * 5 + [True] * 3      # the sixth image is 5/30 s after the first, more than 0.15 s
    np.testing.assert_array_equal(answers[-1].positions, jumped)


def test_noise_that_jumps_about_is_never_believed():
    stage = TemporalFilter()
    run(stage, [skeleton(REST)] * 10)
    wild = []
    for i in range(12):
        jumped = REST.copy()
        jumped[ARM] += [(-1) ** i * 0.8, 0.0, 0.0]
        wild.append(skeleton(jumped))
    assert not any((a.state[ARM] == JointState.OBSERVED).any() for a in run(stage, wild, start=10 / RATE)[:6])


@pytest.mark.parametrize(('step_m', 'at_once'), [(0.4, True), (0.2, False)])
def test_who_leaps_is_followed_at_once(step_m, at_once):
    """At 30 Hz nobody comes 0.4 m from one image to the next: images were left out. 0.2 m are smoothed."""
    stage = TemporalFilter()
    run(stage, [skeleton(REST)] * 10)
    answer = stage(skeleton(REST + [step_m, 0.0, 0.0]), 10 / RATE)
    assert (answer.state == JointState.OBSERVED).all()
    assert np.array_equal(answer.positions, REST + [step_m, 0.0, 0.0]) == at_once


@pytest.mark.parametrize(('track_id', 'stamp_s'), [(2, 10 / RATE), (1, 0.1), (1, 9 / RATE + 0.6)])
def test_starts_anew(track_id, stamp_s):
    """Another person, time going back, a long gap: the answer is the image itself."""
    stage = TemporalFilter()
    run(stage, [skeleton(REST)] * 10)
    elsewhere = skeleton(REST + 0.07, missing=[2], track_id=track_id)
    answer = stage(elsewhere, stamp_s)
    np.testing.assert_array_equal(answer.positions, elsewhere.positions)
    assert answer.state[2] == JointState.MISSING


def test_nobody_comes_back_as_nobody_and_one_empty_image_is_bridged():
    stage = TemporalFilter(FilterOptions(beta=0.0))
    run(stage, [skeleton(REST)] * 10)
    empty = stage(no_skeleton(), 10 / RATE)
    assert (empty.state == JointState.MISSING).all() and np.isnan(empty.positions).all()
    back = stage(skeleton(REST + 0.02), 11 / RATE)
    assert (back.positions < REST + 0.019).all() and (back.positions > REST).all()     # smoothed from before


def test_same_input_same_bits_after_reset():
    rng = np.random.default_rng(2)
    noise = 0.01 * rng.standard_normal((50, *REST.shape))
    images = [skeleton(REST + n, missing=rng.integers(24, size=2)) for n in noise]
    stage = TemporalFilter()
    first = run(stage, images)
    stage.reset()
    for a, b in zip(first, run(stage, images)):
        np.testing.assert_array_equal(a.positions, b.positions)
        np.testing.assert_array_equal(a.covariance, b.covariance)


def test_occluded_joint_keeps_its_state():
    image = skeleton(REST)
    state = image.state.copy()
    state[6] = JointState.OCCLUDED
    answers = run(TemporalFilter(), [replace(image, state=state)] * 3)
    assert all(a.state[6] == JointState.OCCLUDED for a in answers)
