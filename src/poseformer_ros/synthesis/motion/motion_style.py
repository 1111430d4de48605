"""How one person moves: what differs between people, and what the same person keeps from exercise to exercise."""

from dataclasses import dataclass

import numpy as np

from poseformer_ros.body.model import SHAPE_COUNT

BETA_LIMIT = 2.0    # beyond it bodies show folds, see docs/body.md


@dataclass(frozen=True)
class MotionStyle:
    """One person's manner; angles in radians, lengths in metres, times in seconds.

    betas: (10,) shape of the body.
    amplitude: share of an exercise's usual range.
    tempo: speed against the usual; 2 is twice as fast.
    pause_s: hold at the end of the movement; rest_s: rest between repetitions.
    out_share: share of a repetition's moving time that goes into the way out.
    stance: distance of the feet as a share of the hips' distance.
    toe_out: of each foot; knee_slack: bend of the standing knee.
    stoop: forward bend of the standing trunk; head_forward: the head's against the trunk.
    arm_spread: sideways angle of a hanging arm; elbow_slack: its bend.
    shoulder_level: lift of the left collarbone against the right.
    variation: relative scatter of size and duration between repetitions.
    sway: of the body's centre of mass in standing; breath_hz, breath: rate and lift of the chest's breathing.
    fatigue: share of range lost, and of time gained, by the last repetition.
    side: +1 begins with the left, -1 with the right.
    """

    betas: np.ndarray
    amplitude: float = 1.0
    tempo: float = 1.0
    pause_s: float = 0.2
    rest_s: float = 0.4
    out_share: float = 0.5
    stance: float = 1.2
    toe_out: float = np.radians(8.0)
    knee_slack: float = np.radians(6.0)
    stoop: float = np.radians(2.0)
    head_forward: float = np.radians(4.0)
    arm_spread: float = np.radians(12.0)
    elbow_slack: float = np.radians(14.0)
    shoulder_level: float = 0.0
    variation: float = 0.04
    sway: float = 0.004
    breath_hz: float = 0.25
    breath: float = np.radians(0.7)
    fatigue: float = 0.0
    side: int = 1


def plain_style() -> MotionStyle:
    """The mean body moving as an exercise is described."""
    return MotionStyle(betas=np.zeros(SHAPE_COUNT))


def sample_style(seed: int) -> MotionStyle:
    """A person at random; the same seed gives the same person.

    The spreads of tempo, range, stance and knee bend cover the 10th to 90th percentile of 58 people in KIMORE.
    """
    rng = np.random.default_rng((seed, 0x5717E))    # its own stream beside other uses of the seed
    between = rng.uniform
    return MotionStyle(
        betas=np.clip(rng.standard_normal(SHAPE_COUNT), -BETA_LIMIT, BETA_LIMIT),
        amplitude=between(0.74, 1.16), tempo=float(np.exp(between(-0.35, 0.30))),
        pause_s=between(0.0, 0.6), rest_s=between(0.0, 1.0), out_share=between(0.42, 0.55),
        stance=between(0.9, 1.7), toe_out=np.radians(between(2.0, 18.0)), knee_slack=np.radians(between(4.0, 16.0)),
        stoop=np.radians(between(-2.0, 9.0)), head_forward=np.radians(between(0.0, 10.0)),
        arm_spread=np.radians(between(9.0, 17.0)), elbow_slack=np.radians(between(8.0, 22.0)),
        shoulder_level=np.radians(rng.normal(0.0, 1.0)), variation=between(0.02, 0.07),
        sway=between(0.002, 0.007), breath_hz=between(0.2, 0.33), breath=np.radians(between(0.4, 1.0)),
        fatigue=between(0.0, 0.2), side=int(rng.choice([-1, 1])))


def smooth_wander(seconds: np.ndarray, rng: np.random.Generator, low_hz: float = 0.08, high_hz: float = 0.6
                  ) -> np.ndarray:
    """A slow wandering (T,) about zero with standard deviation one: five sines of random rate and phase."""
    rates, phases = rng.uniform(low_hz, high_hz, 5), rng.uniform(0, 2 * np.pi, 5)
    return np.sin(2 * np.pi * seconds[:, None] * rates + phases).sum(axis=1) * np.sqrt(2 / 5)
