"""`poseformer evaluate TASK ...`: methods and models against rendered truth."""

import argparse

from poseformer_ros.cli.evaluate import people, person, pose

TASKS = {'pose': pose, 'person': person, 'people': people}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is evaluated, and on what."""
    tasks = parser.add_subparsers(dest='task', required=True, metavar='TASK')
    for name, task in TASKS.items():
        task.add_arguments(tasks.add_parser(name, help=task.HELP))


def run(arguments: argparse.Namespace) -> int:
    """Run the task."""
    return TASKS[arguments.task].run(arguments)
