"""Options of a stage, declared once: type, default, range, unit and text.

A stage's options are a frozen dataclass whose fields are made by `option`. The same declaration becomes the constructor's
check, the ROS parameter (`ros/parameters.py`) and its row on the pages in `docs/nodes`.
"""

import dataclasses
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Protocol

from poseformer_ros.errors import BadInput


@dataclass(frozen=True)
class OptionFacts:
    """What is known of one option beside its name, type and default."""

    text: str
    low: float | None = None
    high: float | None = None
    unit: str = ''
    choices: Collection[str] = ()
    live: bool = True


def option(default: Any, low: float | None = None, high: float | None = None, text: str = '', *, unit: str = '',
           choices: Collection[str] = (), live: bool = True) -> Any:
    """Declare one field of an options dataclass.

    Args:
        default: value when nothing is said; its type (bool, int, float, str, tuple of float) is the option's type.
        low, high: closed range of a number.
        text: one line for people.
        unit: SI unit or 'px'; a number without a unit is a plain ratio or count.
        choices: the strings allowed; a table of methods allows the names of its rows.
        live: whether it may change while the node runs; otherwise a restart is needed.
    """
    return field(default=default, metadata={'facts': OptionFacts(text, low, high, unit, choices, live)})


def facts(option_field: dataclasses.Field[Any]) -> OptionFacts:
    """Return what was declared for a field made by `option`."""
    return option_field.metadata['facts']


def check(options: Any) -> None:
    """Raise BadInput when a field of an options dataclass is of the wrong type or out of its range."""
    for f in fields(options):
        problem = problem_with(f, getattr(options, f.name))
        if problem:
            raise BadInput(f'{type(options).__name__}.{f.name}: {problem}')


def problem_with(option_field: dataclasses.Field[Any], value: Any) -> str:
    """Say what is wrong with a value for this option, with the remedy; empty when nothing is."""
    known = facts(option_field)
    default: Any = option_field.default
    wanted = type(default)
    if not _is_a(value, wanted):
        return f'{value!r} is not a {wanted.__name__}; give a value like {default!r}'
    if known.choices and value not in known.choices:
        return f'{value!r} is not known; choose one of {", ".join(known.choices)}'
    if wanted is tuple and len(value) != len(default):
        return f'{value!r} has {len(value)} numbers, wanted {len(default)}'
    for number in value if isinstance(value, tuple) else (value,):
        if isinstance(number, (int, float)) and not _inside(number, known.low, known.high):
            return f'{value!r} is outside [{known.low}, {known.high}] {known.unit}'.rstrip() + '; choose a value inside'
    return ''


def _is_a(value: Any, wanted: type) -> bool:
    return isinstance(value, bool) == (wanted is bool) and isinstance(value, (int, float) if wanted is float else wanted)


def _inside(number: float, low: float | None, high: float | None) -> bool:
    return math.isfinite(number) and (low is None or number >= low) and (high is None or number <= high)


class OptionsByPrefix(Protocol):
    """The options of a stage, or of a node: an options dataclass for each parameter prefix."""

    def __getitem__(self, prefix: str) -> Any:
        """The options of a prefix."""


@dataclass(frozen=True)
class Method:
    """One way of doing a stage: a row of a table of methods.

    make: called with the stage's options by prefix, and what else the stage says; raises BadInput where the method cannot be had.
    options: options dataclass of each prefix that only this method reads.
    """

    make: Callable[..., Any]
    options: Mapping[str, type] = field(default_factory=dict)


def options_of(methods: Mapping[str, Method]) -> dict[str, type]:
    """Options dataclass of each prefix that a method of the table reads."""
    return {prefix: declared for method in methods.values() for prefix, declared in method.options.items()}


def defaults(declared: Mapping[str, type], **given: Any) -> dict[str, Any]:
    """Options by prefix: those given, else the defaults of the class that is declared."""
    return {prefix: options() for prefix, options in declared.items()} | given
