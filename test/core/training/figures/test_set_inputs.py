"""A window in its recording: before, in and behind the set; and what the exercise model keeps of a set."""

import numpy as np
from helpers.labelled_motions import labelled_motion

from poseformer_ros.evaluation.protocol.samples import windows
from poseformer_ros.recordings.labelled.labelled_motion import PLACE
from poseformer_ros.training.classifiers.interface import SET_VALUES
from poseformer_ros.training.figures.encoder_features import encoder_features
from poseformer_ros.training.figures.set_inputs import FAR_S, RecordingInputs


def test_a_window_knows_how_far_it_is_from_the_sets_ends():
    """Ten frames of rest, three repetitions of two seconds, ten frames of rest, at 10 Hz; arms are lifted."""
    motion = labelled_motion('P1', 'Es1', 1, repetitions=3)
    samples = list(windows([motion], 10, True))
    inputs = RecordingInputs([motion])
    x = inputs(samples, 'statistics')
    assert x.shape[1] == len(inputs._recording(0)[0]) + 5 * SET_VALUES
    of_lifting = x[:, -5 * SET_VALUES:-4 * SET_VALUES]
    from_start, to_end, covered = of_lifting[:, 8], of_lifting[:, 9], of_lifting[:, 10]
    middles = np.array([(sample.begin + sample.end) / 20 for sample in samples])
    assert np.abs(from_start - np.clip(middles - 1.0, -FAR_S, FAR_S)).max() < 0.4
    assert np.abs(to_end - np.clip(7.0 - middles, -FAR_S, FAR_S)).max() < 0.4
    assert covered[0] < 0.4 and covered[-1] < 0.4 and covered[1:-1].min() > 0.6


def test_a_recording_without_any_repetition_is_told_in_numbers_too():
    still = labelled_motion('P1', 'Es1', 1, repetitions=3)
    still.positions[:] = still.positions[0]
    assert np.isfinite(RecordingInputs([still])(list(windows([still], 10, True)), 'statistics')).all()


def test_what_the_encoder_keeps_of_a_set_is_of_the_exercise_and_not_of_the_place():
    first, again, other = (labelled_motion('P1', exercise, seed) for exercise, seed in (('Es1', 1), ('Es1', 2), ('Es5', 3)))
    kept = [encoder_features(motion) for motion in (first, again, other)]
    assert np.linalg.norm(kept[0] - kept[1]) < 0.5 * np.linalg.norm(kept[0] - kept[2])


def test_a_joint_that_was_never_seen_leaves_the_encoder_without_a_word():
    motion = labelled_motion('P1', 'Es1', 1)
    motion.positions[:, PLACE['left_knee']] = np.nan
    unknown = encoder_features(motion)
    assert np.isnan(unknown).all() and len(unknown) == len(encoder_features(labelled_motion('P1', 'Es1', 1)))
