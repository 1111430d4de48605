"""`poseformer evaluate TASK ...`: methods and models against rendered truth."""

import argparse

from poseformer_ros.cli.evaluate import assessment, people, person, pose
from poseformer_ros.cli.tasks import add_task_arguments

TASKS = {'pose': pose, 'person': person, 'people': people, 'assessment': assessment}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is evaluated, and on what."""
    add_task_arguments(parser, TASKS)


def run(arguments: argparse.Namespace) -> int:
    """Run the task."""
    return TASKS[arguments.task].run(arguments)
