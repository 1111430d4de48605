"""Rendered sets run through the station's stages, kept with their truth; what was interrupted goes on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from poseformer_ros.body.fitting.result import BodyFitResult
from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.errors import BadInput
from poseformer_ros.evaluation.assessment.set_recipe import SetPlan, recording_of
from poseformer_ros.pipeline import Pipeline
from poseformer_ros.recordings.fitted_sequence import FitFacts, FittedSequence, gathered, load_fitted, save_fitted
from poseformer_ros.recordings.npz_file import arrays_of
from poseformer_ros.recordings.observations import Observation
from poseformer_ros.stage_options import stage_options
from poseformer_ros.synthesis.rendered_recording import FrameTruth, RenderedRecording

LEARNED, PAPER = 'learned', 'paper'     # whose joints the body is fitted to

Moment = tuple[Observation, BodyFitResult]


@dataclass(frozen=True)
class FittedSet:
    """fit: what the stages say. joints: (T, 24, 3) the true ones in the room, metres, y up. repetition: (T,) true, 0 at rest."""

    plan: SetPlan
    fit: FittedSequence
    joints: np.ndarray
    repetition: np.ndarray


def fitted_sets(plans: Sequence[SetPlan], folder: Path, detectors: Sequence[str]) -> Iterator[dict[str, FittedSet]]:
    """Each set by detector of its joints; those that `folder` does not hold yet are rendered and fitted, a few seconds for each
    second of the set."""
    for plan in tqdm(plans, desc='sets', unit='set'):
        paths = {detector: folder / detector / f'{plan.name}.npz' for detector in detectors}
        missing = {detector: path for detector, path in paths.items() if not path.is_file()}
        if missing:
            _write(plan, missing)
        yield {detector: _load(plan, path) for detector, path in paths.items()}


def _load(plan: SetPlan, path: Path) -> FittedSet:
    with arrays_of(path) as arrays:
        if str(arrays['plan']) != repr(plan):
            raise BadInput(f'{path}: is of another recipe; give another --out')
        return FittedSet(plan, load_fitted(path), arrays['true_joints'], arrays['true_repetition'])


def _write(plan: SetPlan, paths: dict[str, Path]) -> None:
    """Render a set once and fit it to each detector's joints; a file appears only when it is whole."""
    moments, truths = _moments(plan, list(paths))
    joints = np.stack([in_room(truth) for truth in truths])
    for detector, path in paths.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        facts = FitFacts(source=plan.name, group=plan.exercise, detector=detector, method='fast', depth=True,
                         model=default_body_path().name, model_sha256='', version='', rate_hz=plan.rate_hz)
        partial = path.with_suffix('.part.npz')
        save_fitted(gathered(iter(moments[detector]), facts), partial)
        with np.load(partial) as arrays:
            everything = dict(arrays)
        np.savez_compressed(partial, **everything, true_joints=joints,
                            true_repetition=np.array([truth.repetition for truth in truths]), plan=repr(plan))
        partial.rename(path)


def _moments(plan: SetPlan, detectors: Sequence[str]) -> tuple[dict[str, list[Moment]], list[FrameTruth]]:
    """What the stages say of each image by detector, behind one silhouette, and the truth."""
    model = load_body_model(default_body_path())
    recording = RenderedRecording(recording_of(plan, model), model)
    silhouette = Pipeline(None, ('silhouette',), model)
    behind = {detector: Pipeline(stage_options({'joints': {'joints.method': detector}}), ('joints', 'smpl_fit'), model)
              for detector in detectors}
    moments: dict[str, list[Moment]] = {detector: [] for detector in detectors}
    truths = []
    for index in range(len(recording)):
        frame, truth = recording.frame(index)
        truths.append(truth)
        person = silhouette(frame, truth.depth_stamp_s).person
        for detector, pipeline in behind.items():
            answer = pipeline.of_person(person, truth.depth_stamp_s)
            assert answer.fit is not None, 'smpl_fit runs'
            moments[detector].append((Observation(truth.depth_stamp_s, answer.skeleton, person.floor), answer.fit))
    return moments, truths


def in_room(truth: FrameTruth) -> np.ndarray:
    """True joints (24, 3) in the room of the rendering."""
    return truth.positions @ truth.camera.rotation + truth.camera.centre
