"""Rendered sets run through the station's stages, kept with their truth; what was interrupted goes on."""

from collections.abc import Iterator
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
from poseformer_ros.synthesis.rendered_recording import FrameTruth, RenderedRecording

STAGES = ('silhouette', 'joints', 'smpl_fit')


@dataclass(frozen=True)
class FittedSet:
    """fit: what the stages say. joints: (T, 24, 3) the true ones in the room, metres, y up. repetition: (T,) true, 0 at rest."""

    plan: SetPlan
    fit: FittedSequence
    joints: np.ndarray
    repetition: np.ndarray


def fitted_sets(plans: list[SetPlan], folder: Path) -> Iterator[FittedSet]:
    """Each set; those that `folder` does not hold yet are rendered and fitted, a few seconds for each second of the set."""
    folder.mkdir(parents=True, exist_ok=True)
    for plan in tqdm(plans, desc='sets', unit='set'):
        path = folder / f'{plan.name}.npz'
        if not path.is_file():
            _write(plan, path)
        with arrays_of(path) as arrays:
            if str(arrays['plan']) != repr(plan):
                raise BadInput(f'{path}: is of another recipe; give another --out')
            yield FittedSet(plan, load_fitted(path), arrays['true_joints'], arrays['true_repetition'])


def _write(plan: SetPlan, path: Path) -> None:
    """Render and fit a set; the file appears only when it is whole."""
    truths: list[FrameTruth] = []
    facts = FitFacts(source=plan.name, group=plan.exercise, detector='learned', method='fast', depth=True,
                     model=default_body_path().name, model_sha256='', version='', rate_hz=plan.rate_hz)
    fit = gathered(_moments(plan, truths), facts)
    partial = path.with_suffix('.part.npz')
    save_fitted(fit, partial)
    with np.load(partial) as arrays:
        everything = dict(arrays)
    joints = np.stack([in_room(truth) for truth in truths])
    np.savez_compressed(partial, **everything, true_joints=joints, true_repetition=np.array([truth.repetition for truth in truths]),
                        plan=repr(plan))
    partial.rename(path)


def _moments(plan: SetPlan, truths: list[FrameTruth]) -> Iterator[tuple[Observation, BodyFitResult]]:
    model = load_body_model(default_body_path())
    recording = RenderedRecording(recording_of(plan, model), model)
    pipeline = Pipeline(None, STAGES, model)
    for index in range(len(recording)):
        frame, truth = recording.frame(index)
        truths.append(truth)
        answer = pipeline(frame, truth.depth_stamp_s)
        assert answer.fit is not None, 'smpl_fit runs'
        yield Observation(truth.depth_stamp_s, answer.skeleton, answer.person.floor), answer.fit


def in_room(truth: FrameTruth) -> np.ndarray:
    """True joints (24, 3) in the room of the rendering."""
    return truth.positions @ truth.camera.rotation + truth.camera.centre
