"""`poseformer train TASK RECIPE`: render, train and judge a model; resumable at every step."""

import argparse

from poseformer_ros.cli.train import exercise, person

TASKS = {'exercise': exercise, 'person': person}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is learned from what."""
    tasks = parser.add_subparsers(dest='task', required=True, metavar='TASK')
    for name, task in TASKS.items():
        task.add_arguments(tasks.add_parser(name, help=task.HELP))


def run(arguments: argparse.Namespace) -> int:
    """Run the task."""
    return TASKS[arguments.task].run(arguments)
