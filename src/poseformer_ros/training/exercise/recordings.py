"""Rendered recordings turned into feature sequences, as the station would see them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from poseformer_ros.body.model import BodyModel
from poseformer_ros.pipeline import UP_TO_FEATURES, Pipeline
from poseformer_ros.recognition.layout import FUSED
from poseformer_ros.recordings.feature_sequences import FeatureSequence, save_feature_sequence
from poseformer_ros.stage_options import StageOptions
from poseformer_ros.synthesis.data_set import facts
from poseformer_ros.synthesis.motion.motion_clip import REST
from poseformer_ros.synthesis.rendered_recording import RenderedRecording
from poseformer_ros.synthesis.studio_recipe import SequencePlan, recording_plan


def write_features(plan: SequencePlan, model: BodyModel, path: Path, options: StageOptions,
                   given: Mapping[str, Any] | None = None) -> None:
    """Render a sequence of a recipe and write its features; the file appears only when it is whole.

    model: of the rendered person. options: of the stages. given: stages of one's own, as `Pipeline` takes them.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix('.part.npz')
    save_feature_sequence(partial, recorded_features(RenderedRecording(recording_plan(plan, model), model), options,
                                                     given))
    partial.rename(path)


def recorded_features(recording: RenderedRecording, options: StageOptions, given: Mapping[str, Any] | None = None
                      ) -> FeatureSequence:
    """Run the stages up to the features over a recording, image by image."""
    pipeline = Pipeline(options, UP_TO_FEATURES, given=given)
    frames, truths = [], []
    for index in range(len(recording)):
        frame, truth = recording.frame(index)
        features = pipeline(frame, truth.depth_stamp_s).features
        assert features is not None, 'fusion runs'
        frames.append(features)
        truths.append(truth)
    return FeatureSequence(np.array([frame.values for frame in frames]), np.array([frame.present for frame in frames]),
                           *without_pauses(np.array([truth.label for truth in truths]),
                                           np.array([truth.repetition for truth in truths])),
                           np.array([truth.depth_stamp_s for truth in truths]),
                           facts(recording) | {'layout': FUSED.version} | methods_used(options))


def methods_used(options: StageOptions) -> dict[str, str]:
    """Who found the joints and the body that features rest on, for a sequence's facts."""
    return {'joints': options['joints']['joints'].method, 'fit': options['smpl_fit']['body'].method}


def without_pauses(labels: np.ndarray, repetition: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Labels (T,) and repetition (T,) with the pauses between two repetitions of one exercise counted to it.

    A person who waits with raised arms for the next repetition is still exercising; no causal recogniser could know better.
    """
    labels, repetition = labels.copy(), repetition.copy()
    active = np.flatnonzero(labels != REST)
    for before, after in zip(active, active[1:]):
        if labels[before] == labels[after] and repetition[after] >= repetition[before]:
            labels[before:after], repetition[before:after] = labels[before], repetition[before]
    return labels, repetition
