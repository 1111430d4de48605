"""`poseformer train TASK RECIPE`: render, train and judge a model; resumable at every step."""

import argparse

from poseformer_ros.cli.tasks import add_task_arguments
from poseformer_ros.cli.train import exercise, finder, join, person, score

TASKS = {'exercise': exercise, 'finder': finder, 'join': join, 'person': person, 'score': score}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is learned from what."""
    add_task_arguments(parser, TASKS)


def run(arguments: argparse.Namespace) -> int:
    """Run the task."""
    return TASKS[arguments.task].run(arguments)
