"""Rendered recordings through the whole pipeline: features as they are made, and without preprocessing for the ablation."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from tqdm import tqdm

from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.errors import BadInput
from poseformer_ros.evaluation.ablation import ROWS
from poseformer_ros.evaluation.stage_times import HEAD, stage_times
from poseformer_ros.features.workers import here, over_processes
from poseformer_ros.recognition.layout import FUSED
from poseformer_ros.recordings.feature_sequences import FeatureSequence, load_feature_sequence
from poseformer_ros.recordings.labelled.labelled_motion import REST
from poseformer_ros.recordings.whole_file import write_json
from poseformer_ros.silhouette.crop import crop
from poseformer_ros.silhouette.methods import METHODS
from poseformer_ros.silhouette.person import Silhouette, nobody
from poseformer_ros.stage_options import StageOptions, stage_options
from poseformer_ros.synthesis.sessions import SESSION
from poseformer_ros.synthesis.studio_recipe import Recipe, SequencePlan, sequence_plans
from poseformer_ros.training.exercise.recordings import write_features
from poseformer_ros.training.figures.ablation_runs import RENDERED_UNIT, run_ablation
from poseformer_ros.training.figures.feature_inputs import FeatureInputs, motion_of
from poseformer_ros.training.figures.plan import OF_FEATURES, PLANS, Planned, Source, run_plan, settle

PREPARED, UNPREPARED = 'prepared', 'unprepared'
TIMED_S = 4.0       # of a recording whose stages are timed


class FloorlessSilhouette:
    """The silhouette stage without the paper's preprocessing: no floor is looked for and none removed."""

    def __init__(self, options: StageOptions) -> None:
        self._segment = METHODS[options['silhouette']['silhouette'].method].make(options['silhouette'])
        self._crop = options['silhouette']['crop']

    def __call__(self, frame: RgbdFrame) -> Silhouette:
        """Find the followed person."""
        found = self._segment(frame, None)
        return nobody(frame.intrinsics, None) if found is None else crop(frame, found, None, self._crop)


@dataclass(frozen=True)
class RenderTask:
    """One sequence of a recipe, with or without preprocessing, and where its features go."""

    plan: SequencePlan
    kind: str
    path: Path


def run_synthetic(recipe: Recipe, out: Path, processes: int, plan: Sequence[Planned] = PLANS['synthetic'],
                  rows: Collection[str] = tuple(ROWS)) -> None:
    """Render, run the stages, train and ask, as far as it is not in `out` yet; then the ablation's rows."""
    sequences = rendered_features(recipe, out / OF_FEATURES, processes)
    prepared = sequences[PREPARED]
    motions, classes = [motion_of(one) for one in prepared], classes_of(prepared)
    run_plan('synthetic', motions, classes, out, plan, Source(motions, FeatureInputs(prepared)))
    run_ablation(motions, prepared, classes, out, RENDERED_UNIT, sequences[UNPREPARED], rows)


def rendered_features(recipe: Recipe, folder: Path, processes: int) -> dict[str, list[FeatureSequence]]:
    """PREPARED and UNPREPARED to the features of every sequence; those that are there are kept.

    Raises BadInput for a recipe of sessions, in which several exercises are done, and for another recipe than was rendered there.
    """
    plans = sequence_plans(recipe)
    if any(plan.motion.startswith(SESSION) for plan in plans):
        raise BadInput(f'recipe {recipe.name}: holds sessions; name one exercise a sequence, as kimore_es1')
    settle(folder, {'recipe': asdict(recipe)})
    tasks = [RenderTask(plan, kind, folder / kind / f'{plan.name}.npz') for kind in (PREPARED, UNPREPARED) for plan in plans]
    missing = [task for task in tasks if not task.path.is_file()]
    workers = here if processes == 1 else partial(over_processes, count=processes)
    with tqdm(total=len(tasks), initial=len(tasks) - len(missing), desc='recordings', unit='recording') as bar:
        for _ in workers(make, missing):
            bar.update()
    return {kind: [load_feature_sequence(task.path, FUSED) for task in tasks if task.kind == kind]
            for kind in (PREPARED, UNPREPARED)}


def make(task: RenderTask) -> None:
    """Render a sequence and write its features."""
    options = stage_options()
    given: dict[str, Any] = {}
    if task.kind == UNPREPARED:
        options['keypoints'] = {'keypoints': replace(options['keypoints']['keypoints'], smoothing_px=0.0)}
        given = {'silhouette': FloorlessSilhouette(options)}
    write_features(task.plan, load_body_model(default_body_path()), task.path, options, given)


def classes_of(sequences: Sequence[FeatureSequence]) -> tuple[str, ...]:
    """What is done in them beside resting, by name."""
    return tuple(sorted({label for sequence in sequences for label in sequence.labels.tolist()} - {REST}))


def write_stage_times(path: Path) -> None:
    """The cost of each stage, kept where it is there already: measured again it would be another."""
    if not path.is_file():
        write_json(path, {'head': list(HEAD), 'rows': [list(row) for row in stage_times(seconds=TIMED_S)]})
