"""`poseformer train exercise RECIPE`: render, run the stages, train and judge the exercise model; resumable at every step."""

import argparse
from pathlib import Path

from tqdm import tqdm

from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.cli.option_arguments import add_option_arguments, options_from
from poseformer_ros.errors import BadInput
from poseformer_ros.evaluation.evaluate_exercise import evaluate
from poseformer_ros.in_processes import in_processes
from poseformer_ros.recognition.layout import FUSED
from poseformer_ros.recognition.model_file import load_exercise_model
from poseformer_ros.recordings.feature_sequences import FeatureSequence, load_feature_sequence
from poseformer_ros.stage_options import stage_options
from poseformer_ros.synthesis.studio_recipe import Recipe, SequencePlan, load_recipe, sequence_plans
from poseformer_ros.training.exercise.motions import write_motion_features
from poseformer_ros.training.exercise.options import ExerciseTrainingOptions
from poseformer_ros.training.exercise.recordings import write_features
from poseformer_ros.training.exercise.train import train

HELP = 'the model that names exercises'
TRAIN, TEST = 'train', 'test'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is learned from what."""
    parser.add_argument('recipe', type=Path, help=f"YAML file with splits '{TRAIN}' and '{TEST}', e.g. studio/exercises_v1.yaml")
    parser.add_argument('--out', type=Path, default=Path('out/exercise'), help='folder for features, model and figures')
    parser.add_argument('--workers', type=int, default=1, help='processes that render')
    parser.add_argument('--parts', nargs='+', default=[], metavar='PART',
                        help='parts of the feature layout that the model sees, or beginnings of their names; all when left out')
    parser.add_argument('--held-out', nargs='+', default=[], metavar='PERSON',
                        help='people of the training split to judge epochs on; by lot when left out')
    parser.add_argument('--resume', action='store_true', help='go on after the last epoch that was finished')
    add_option_arguments(parser, ExerciseTrainingOptions)


def run(arguments: argparse.Namespace) -> int:
    """Make what is missing, train, judge on the test split."""
    options, parts = options_from(arguments, ExerciseTrainingOptions), _parts(arguments.parts)
    recipe = load_recipe(arguments.recipe)
    sequences = _features(recipe, arguments.out / 'features', arguments.workers)
    people = {sequence.facts['person'] for sequence in sequences[TRAIN]}
    kind = 'rendered recordings' if all(split.rendered for split in recipe.splits if split.name == TRAIN) else 'motions'
    text = f'{recipe.name}: {len(sequences[TRAIN])} {kind} of {len(people)} people'
    path = train(sequences[TRAIN], FUSED, options, arguments.out, classes=recipe.classes, parts=parts, held_out=arguments.held_out,
                 training=text, resume=arguments.resume)
    metrics = evaluate(load_exercise_model(path, FUSED), sequences[TEST], arguments.out / TEST)
    for name, share in metrics['frames'].items():
        low, high = share['wilson95']
        print(f'{name}: {share["n"] - share["errors"]} of {share["n"]} (95 %: {low:.3f} to {high:.3f})')
    print(f'model: {path}\nfigures of the split {TEST}: {arguments.out / TEST}')
    return 0


def _parts(beginnings: list[str]) -> list[str]:
    """Names of the layout that begin so, in its order. Raises BadInput for a beginning that no name has."""
    for beginning in beginnings:
        if not any(name.startswith(beginning) for name in FUSED.names):
            raise BadInput(f'--parts {beginning!r}: no part of the layout begins so; the parts are {", ".join(FUSED.names)}')
    return [name for name in FUSED.names if name.startswith(tuple(beginnings))] if beginnings else []


def _features(recipe: Recipe, folder: Path, workers: int) -> dict[str, list[FeatureSequence]]:
    """The features of every sequence by split; those that are there are kept."""
    plans = sequence_plans(recipe)
    splits = {plan.split for plan in plans}
    if not {TRAIN, TEST} <= splits:
        raise BadInput(f"recipe {recipe.name}: splits {', '.join(sorted(splits))}, wanted '{TRAIN}' and '{TEST}'")
    paths = {plan.name: folder / f'{plan.name}.npz' for plan in plans}
    missing = [plan for plan in plans if not paths[plan.name].is_file()]
    with tqdm(total=len(plans), initial=len(plans) - len(missing), desc='recordings', unit='recording') as bar:
        for _ in in_processes(_make, missing, workers, paths):
            bar.update()
    return {split: [load_feature_sequence(paths[plan.name], FUSED) for plan in plans if plan.split == split]
            for split in (TRAIN, TEST)}


def _make(plan: SequencePlan, paths: dict[str, Path]) -> None:
    path, model = paths[plan.name], load_body_model(default_body_path())
    if plan.rendered:
        write_features(plan, model, path, stage_options())
    else:
        write_motion_features(plan, model, path)
