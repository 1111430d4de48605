"""`poseformer train person RECIPE`: render crops, train the person network, write its file and judge it on the test split."""

import argparse
import hashlib
from dataclasses import asdict
from pathlib import Path

from poseformer_ros.cli.option_arguments import options_from
from poseformer_ros.cli.train.rendered_training import add_training_arguments
from poseformer_ros.evaluation.evaluate_person import MASKS, judge
from poseformer_ros.evaluation.person_tables import person_figures, person_report, write_figures
from poseformer_ros.person.model_file import PersonModelFacts, load_person_model
from poseformer_ros.skeleton.joints import JOINT_NAMES
from poseformer_ros.synthesis.people_recipe import CLUTTER, TEST, TRAIN, PeopleRecipe, load_people_recipe
from poseformer_ros.synthesis.person_shards import shards_of
from poseformer_ros.training.person_export import write_person_model
from poseformer_ros.training.person_options import PersonTrainingOptions
from poseformer_ros.training.person_quantised import write_quantised
from poseformer_ros.training.train_person import train

HELP = 'the network that finds people, their joints and where they face'
EXACT, MODEL, CARD, CROPS = 'person_exact.onnx', 'person.onnx', 'model_card', 'crops'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is learned from what."""
    add_training_arguments(parser, 'person', CROPS, 'studio/people_v1.yaml', PersonTrainingOptions)


def run(arguments: argparse.Namespace) -> int:
    """Make what is missing, train, write the model, judge it on the test split."""
    options = options_from(arguments, PersonTrainingOptions)
    recipe = load_people_recipe(arguments.recipe)
    shards = shards_of(recipe, arguments.crops or arguments.out / CROPS, arguments.workers)
    network = train(shards[TRAIN], shards[CLUTTER], options, arguments.out, recipe_sha256=recipe.sha256, resume=arguments.resume)
    path, exact = arguments.out / MODEL, arguments.out / EXACT
    write_person_model(exact, network, PersonModelFacts(JOINT_NAMES, training_text(recipe, options), recipe.sha256))
    write_quantised(path, exact, shards[TRAIN])
    model = load_person_model(path)
    test = {mask: person_figures(judge(model, shards[TEST], mask)) for mask in MASKS}
    figures = {'model': model_facts(path), 'options': asdict(options), 'test': test}
    report = '\n'.join([card_text(figures), *(person_report(found, f'# Test, mask: {mask}') for mask, found in test.items())])
    write_figures(figures, report, arguments.out / CARD)
    print(f'{report}\nmodel: {path}\nmodel card: {arguments.out / CARD}.md, .json')
    return 0


def training_text(recipe: PeopleRecipe, options: PersonTrainingOptions) -> str:
    """For people, on what a model was trained."""
    crops = sum(recipe.splits[name].shards * recipe.splits[name].count for name in (TRAIN, CLUTTER))
    start = ', from the weights of an earlier training' if options.start_from else ''
    return f'{recipe.name}: {crops} rendered crops, {options.epochs} epochs, seed {options.seed}{start}'


def model_facts(path: Path) -> dict:
    """What is known of a model file."""
    content = path.read_bytes()
    return {**asdict(load_person_model(path).facts), 'bytes': len(content), 'sha256': hashlib.sha256(content).hexdigest()}


def card_text(figures: dict) -> str:
    """The head of a model card as Markdown."""
    model = figures['model']
    options = ', '.join(f'{name} {value}' for name, value in figures['options'].items())
    return (f'# Model card: {model["layout"]}\n\n- Trained on {model["training"]}.\n- Options: {options}.\n'
            f'- Recipe: SHA-256 {model["recipe_sha256"]}.\n- File: {model["bytes"]} bytes, SHA-256 {model["sha256"]}.\n')
