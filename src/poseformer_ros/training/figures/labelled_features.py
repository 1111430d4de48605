"""Features that `poseformer features` made of a data set's skeletons, beside what its marks say is done in them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from poseformer_ros.errors import BadInput
from poseformer_ros.features.run_features import INDEX, read_index
from poseformer_ros.recognition.layout import FUSED
from poseformer_ros.recordings.feature_sequences import FeatureSequence, load_feature_sequence
from poseformer_ros.recordings.labelled.labelled_motion import LabelledMotion


def labelled_features(motions: Sequence[LabelledMotion], folder: Path) -> tuple[list[LabelledMotion], list[FeatureSequence]]:
    """The motions at the moments of their features, and these.

    Raises BadInput where a motion has no features, or they are of another length than any even thinning of it.
    """
    files = {line.recording: line.file for line in read_index(folder) if not line.problem}
    lacking = [motion.name for motion in motions if motion.name not in files]
    if lacking:
        raise BadInput(f"{folder / INDEX}: has no features of '{lacking[0]}'; make them with `poseformer features`")
    sequences = [load_feature_sequence(folder / files[motion.name], FUSED) for motion in motions]
    return [thinned(motion, len(sequence)) for motion, sequence in zip(motions, sequences)], sequences


def thinned(motion: LabelledMotion, count: int) -> LabelledMotion:
    """The motion at `count` moments: each, each second, each third and so on. Raises BadInput where none gives so many."""
    every = round(len(motion) / count)
    if every < 1 or -(-len(motion) // every) != count:
        raise BadInput(f'{motion.name}: {count} moments of features, {len(motion)} of the recording; make the features again')
    moments = np.arange(0, len(motion), every)
    return replace(motion, positions=motion.positions[moments], labels=motion.labels[moments],
                   repetition=motion.repetition[moments], rate_hz=motion.rate_hz / every)
