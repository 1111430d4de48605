"""Options dataclasses as arguments of a command: `--field-name`, with the declared text, choices and default."""

import argparse
import dataclasses
from collections.abc import Collection
from typing import Any

from poseformer_ros.options import facts


def add_option_arguments(parser: argparse.ArgumentParser, options: type, but: Collection[str] = ()) -> None:
    """One argument for each field but those named; `--field` and `--no-field` for what is true or false."""
    for field in dataclasses.fields(options):
        if field.name in but:
            continue
        known = facts(field)
        if type(field.default) is bool:
            parser.add_argument(f'--{field.name.replace("_", "-")}', action=argparse.BooleanOptionalAction, default=field.default,
                                help=f'{known.text} (default {field.default})')
            continue
        parser.add_argument(f'--{field.name.replace("_", "-")}', type=type(field.default), default=field.default,
                            choices=known.choices or None, help=f'{known.text} (default {field.default})')


def options_from(arguments: argparse.Namespace, options: type) -> Any:
    """The options that the arguments say. Raises BadInput for a value out of range."""
    return options(**{field.name: getattr(arguments, field.name) for field in dataclasses.fields(options)})
