"""A command with tasks below it, as `poseformer evaluate pose`: each task is a module with HELP, `add_arguments` and `run`."""

import argparse
from collections.abc import Mapping
from typing import Any


def add_task_arguments(parser: argparse.ArgumentParser, tasks: Mapping[str, Any]) -> None:
    """A parser for each task, by name; the chosen one is `arguments.task`."""
    parsers = parser.add_subparsers(dest='task', required=True, metavar='TASK')
    for name, task in tasks.items():
        task.add_arguments(parsers.add_parser(name, help=task.HELP))
