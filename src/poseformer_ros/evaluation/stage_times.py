"""Time of every stage on rendered images, one thread, beside what the paper prints of its own (Table 12, NVIDIA T4)."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np

from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.keypoints.keypoint_options import KeypointOptions
from poseformer_ros.keypoints.layout import Detector
from poseformer_ros.keypoints.stage import KeypointStage
from poseformer_ros.pipeline import UP_TO_FEATURES, Pipeline
from poseformer_ros.recognition.layout import FUSED
from poseformer_ros.recognition.model_file import random_model
from poseformer_ros.recognition.shipped_model import RANDOM_CLASSES, ExerciseModelOptions, chosen_model
from poseformer_ros.recognition.streaming import StreamingEncoder
from poseformer_ros.synthesis.motions import motion
from poseformer_ros.synthesis.rendered_recording import RecordingPlan, RenderedRecording
from poseformer_ros.synthesis.rendering.sensor_noise import NoiseModel

HEAD = ('stage', 'ours: median ms', 'p95 ms', "paper's, on a T4: ms")
PERSON, RATE_HZ, SECONDS = 70_001, 10.0, 12.0       # a seed that nothing was trained on
WARM_UP = 5     # images
# Table 12; the paper's silhouette is DeepLabV3+, its transformer sees the whole window.
PAPER_MS = {'harris': 1.2, 'shi_tomasi': 1.2, 'sift': 1.8, 'akaze': 1.3, 'brisk': 1.3, 'silhouette': 12.0,
            'body_parts': 3.1, 'joints': 12.0, 'smpl_fit': 18.0, 'fusion': 2.5,
            'transformer, paper size, one step': 10.0}
PAPER_SUM_MS = '64.4'   # of the listed rows; its text says about 55
SHIPPED, LARGE = 'transformer, shipped size, one step', 'transformer, paper size, one step'
TITLES = {'joints': 'joints, DKP-24', 'filter': 'joints, filtered', 'smpl_fit': 'body fit', 'keypoints': 'all detectors',
          'body_parts': 'body parts and contour points'}


@dataclass
class Stopwatch:
    """Processor times of this thread by stage, milliseconds."""

    times_ms: dict[str, list[float]] = field(default_factory=dict)

    def __call__(self, stage: str, work: Callable[..., Any], *inputs: Any) -> Any:
        """Do the work and note its time."""
        begin = time.thread_time()
        result = work(*inputs)
        self.times_ms.setdefault(stage, []).append(1e3 * (time.thread_time() - begin))
        return result

    def row(self, stage: str) -> tuple[str, str, str, str]:
        """One row under HEAD."""
        times = self.times_ms[stage][WARM_UP:]
        paper = f'{PAPER_MS[stage]:.1f}' if stage in PAPER_MS else ''
        return TITLES.get(stage, stage), f'{np.median(times):.2f}', f'{np.percentile(times, 95):.2f}', paper


def stage_times(exercise: str = 'kimore_es1', seconds: float = SECONDS) -> list[tuple[str, str, str, str]]:
    """Rows under HEAD, and their sum. Raises BadInput where Open3D is not installed."""
    cv2.setNumThreads(1)
    model = load_body_model(default_body_path())
    plan = RecordingPlan(exercise, motion(exercise, PERSON, 1, model), noise=NoiseModel('time_of_flight'), rate_hz=RATE_HZ,
                         seconds=seconds)
    recording = RenderedRecording(plan, model)
    watch = Stopwatch()
    pipeline = Pipeline(stages=UP_TO_FEATURES, do=watch)
    alone = {detector.name.lower(): _only(detector) for detector in Detector}
    shipped, large = (StreamingEncoder(one) for one in (chosen_model(ExerciseModelOptions()).model,
                                                        random_model(FUSED, RANDOM_CLASSES, 'paper')))
    for index in range(len(recording)):
        frame, _ = recording.frame(index)
        answer = pipeline(frame, index / RATE_HZ)
        for name, stage in alone.items():
            watch(name, stage, answer.person)
        assert answer.features is not None, 'fusion runs'
        for name, encoder in ((SHIPPED, shipped), (LARGE, large)):
            watch(name, encoder, answer.features.values, answer.features.present)
    rows = [watch.row(stage) for stage in watch.times_ms]
    total = np.sum([times[WARM_UP:] for stage, times in watch.times_ms.items() if stage not in alone and stage != LARGE], axis=0)
    return rows + [('all stages once, shipped model', f'{np.median(total):.2f}', f'{np.percentile(total, 95):.2f}', PAPER_SUM_MS)]


def _only(detector: Detector) -> KeypointStage:
    return KeypointStage(KeypointOptions(**{other.name.lower(): other == detector for other in Detector}))
