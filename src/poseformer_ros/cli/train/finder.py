"""`poseformer train finder RECIPE`: render rooms, train the finder network, write its file and judge it on the test split."""

import argparse
from dataclasses import asdict

import numpy as np

from poseformer_ros.cli.option_arguments import options_from
from poseformer_ros.cli.train.rendered_training import add_training_arguments
from poseformer_ros.evaluation.evaluate_finder import judge_finder
from poseformer_ros.evaluation.person_tables import write_figures
from poseformer_ros.person.finder import load_finder_model
from poseformer_ros.synthesis.people_recipe import TEST, TRAIN, VIEWS, load_people_recipe
from poseformer_ros.synthesis.person_crops import open_shard
from poseformer_ros.synthesis.person_shards import shards_of
from poseformer_ros.synthesis.room_views import VIEW
from poseformer_ros.training.finder_export import write_finder_model, write_quantised_finder
from poseformer_ros.training.finder_options import FinderTrainingOptions
from poseformer_ros.training.train_finder import train

HELP = 'the network that finds people in whole depth images'
EXACT, MODEL, CARD, ROOMS = 'finder_exact.onnx', 'finder.onnx', 'model_card', 'views'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is learned from what."""
    add_training_arguments(parser, 'finder', ROOMS, 'studio/rooms_v1.yaml', FinderTrainingOptions)


def run(arguments: argparse.Namespace) -> int:
    """Make what is missing, train, write the model, judge it on the test split."""
    options = options_from(arguments, FinderTrainingOptions)
    recipe = load_people_recipe(arguments.recipe, VIEWS)
    shards = shards_of(recipe, arguments.views or arguments.out / ROOMS, arguments.workers)
    network = train(shards[TRAIN], options, arguments.out, recipe_sha256=recipe.sha256, resume=arguments.resume)
    split = recipe.splits[TRAIN]
    said = f'{recipe.name}: {split.shards * split.count} rendered views, {options.epochs} epochs, seed {options.seed}'
    path, exact = arguments.out / MODEL, arguments.out / EXACT
    write_finder_model(exact, network, said)
    write_quantised_finder(path, exact, np.asarray(open_shard(shards[TRAIN][0], records=VIEW)))
    figures = judge_finder(load_finder_model(path), shards[TEST])
    lines = [f'# Model card: finder\n\n- Trained on {said}.\n- Recipe: SHA-256 {recipe.sha256}.\n\n| test | |\n|---|---|',
             *(f'| {name} | {value:.4g} |' for name, value in figures.items())]
    report = '\n'.join(lines) + '\n'
    write_figures({'training': said, 'options': asdict(options), 'test': figures}, report, arguments.out / CARD)
    print(f'{report}\nmodel: {path}\nmodel card: {arguments.out / CARD}.md, .json')
    return 0
