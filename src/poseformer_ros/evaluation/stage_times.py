"""Time of every stage on rendered images, one thread, beside what the paper prints of its own (Table 12, NVIDIA T4)."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np

from poseformer_ros.body.body_options import StationFitOptions
from poseformer_ros.body.fitting.fast_fit import BodyFitter
from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.keypoints.keypoint_options import KeypointOptions
from poseformer_ros.keypoints.layout import Detector
from poseformer_ros.keypoints.part_stage import BodyPartStage
from poseformer_ros.keypoints.stage import KeypointStage
from poseformer_ros.recognition.fusion import Fusion
from poseformer_ros.recognition.layout import FUSED
from poseformer_ros.recognition.model_file import random_model
from poseformer_ros.recognition.shipped_model import RANDOM_CLASSES, ExerciseModelOptions, chosen_model
from poseformer_ros.recognition.streaming import StreamingEncoder
from poseformer_ros.silhouette.stage import SilhouetteStage
from poseformer_ros.skeleton.dkp24 import Dkp24
from poseformer_ros.synthesis.motions import motion
from poseformer_ros.synthesis.rendered_recording import RecordingPlan, RenderedRecording
from poseformer_ros.synthesis.rendering.sensor_noise import NoiseModel

HEAD = ('stage', 'ours: median ms', 'p95 ms', "paper's, on a T4: ms")
PERSON, RATE_HZ, SECONDS = 70_001, 10.0, 12.0       # a seed that nothing was trained on
WARM_UP = 5     # images
# Table 12; the paper's silhouette is DeepLabV3+, its transformer sees the whole window.
PAPER_MS = {'harris': 1.2, 'shi_tomasi': 1.2, 'sift': 1.8, 'akaze': 1.3, 'brisk': 1.3, 'silhouette': 12.0,
            'body parts and contour points': 3.1, 'DKP-24': 12.0, 'body fit': 18.0, 'fusion': 2.5,
            'transformer, paper size, one step': 10.0}
PAPER_SUM_MS = '64.4'   # of the listed rows; its text says about 55


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
        return stage, f'{np.median(times):.2f}', f'{np.percentile(times, 95):.2f}', paper


def stage_times(exercise: str = 'kimore_es1') -> list[tuple[str, ...]]:
    """Rows under HEAD, and their sum. Raises BadInput where Open3D is not installed."""
    cv2.setNumThreads(1)
    model = load_body_model(default_body_path())
    plan = RecordingPlan(exercise, motion(exercise, PERSON, 1, model), noise=NoiseModel('time_of_flight'), rate_hz=RATE_HZ,
                         seconds=SECONDS)
    recording = RenderedRecording(plan, model)
    find_person, find_joints, fit_body = SilhouetteStage(), Dkp24(), BodyFitter(model, StationFitOptions())
    find_points, alone = KeypointStage(), {detector.name.lower(): _only(detector) for detector in Detector}
    label_parts, fuse = BodyPartStage(), Fusion(model)
    shipped, large = (StreamingEncoder(one) for one in (chosen_model(ExerciseModelOptions()).model,
                                                        random_model(FUSED, RANDOM_CLASSES, 'paper')))
    watch = Stopwatch()
    for index in range(len(recording)):
        frame, _ = recording.frame(index)
        person = watch('silhouette', find_person, frame)
        skeleton = watch('DKP-24', find_joints, person)
        fit = watch('body fit', fit_body, skeleton, index / RATE_HZ, person)
        for name, stage in alone.items():
            watch(name, stage, person)
        points = watch('all detectors', find_points, person)
        parts = watch('body parts and contour points', label_parts, person, fit.joints)
        fused = watch('fusion', fuse, person, points, parts, skeleton, fit)
        watch('transformer, shipped size, one step', shipped, fused.values, fused.present)
        watch('transformer, paper size, one step', large, fused.values, fused.present)
    rows = [watch.row(stage) for stage in watch.times_ms]
    once = ('silhouette', 'DKP-24', 'body fit', 'all detectors', 'body parts and contour points', 'fusion',
            'transformer, shipped size, one step')
    total = np.sum([watch.times_ms[stage][WARM_UP:] for stage in once], axis=0)
    return rows + [('all stages once, shipped model', f'{np.median(total):.2f}', f'{np.percentile(total, 95):.2f}', PAPER_SUM_MS)]


def _only(detector: Detector) -> KeypointStage:
    return KeypointStage(KeypointOptions(**{other.name.lower(): other == detector for other in Detector}))
