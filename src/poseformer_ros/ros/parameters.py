"""Options dataclasses as ROS parameters `<prefix>.<field>`: declaration, validation, live change."""

import dataclasses
import re
from collections.abc import Callable
from typing import Any

from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor, SetParametersResult
from rclpy.exceptions import InvalidParameterTypeException, InvalidParameterValueException
from rclpy.node import Node
from rclpy.parameter import Parameter

from poseformer_ros.errors import BadInput
from poseformer_ros.options import facts, problem_with


class NodeOptions:
    """The options of one node, kept in step with its ROS parameters.

    Args:
        node: where the parameters are declared.
        declared: options dataclass of each prefix.

    Raises:
        BadInput: a start value is of the wrong type or out of range; the text names parameter, value and remedy.
    """

    def __init__(self, node: Node, declared: dict[str, type]) -> None:
        self._node = node
        self._values = {prefix: _declare(node, prefix, options) for prefix, options in declared.items()}
        self._on_change: dict[str, Callable[[Any], None]] = {}
        node.add_on_set_parameters_callback(self._validate)
        node.add_post_set_parameters_callback(self._apply)

    def __getitem__(self, prefix: str) -> Any:
        """The present options of a prefix."""
        return self._values[prefix]

    def on_change(self, prefix: str, call: Callable[[Any], None]) -> None:
        """Call `call(options)` after a live change below `prefix`."""
        self._on_change[prefix] = call

    def undeclared(self) -> list[str]:
        """Parameters that the node was started with and does not have."""
        # rclpy keeps what it was given there, and has no public way to ask for it.
        return sorted(name for name in self._node._parameter_overrides if not self._node.has_parameter(name))

    def _validate(self, parameters: list[Parameter]) -> SetParametersResult:
        for parameter in parameters:
            found = self._find(parameter.name)
            if found is None:
                continue
            field = found[1]
            if not facts(field).live:
                return SetParametersResult(successful=False, reason=f'{parameter.name}: needs a restart of the node')
            problem = problem_with(field, _plain(parameter.value))
            if problem:
                return SetParametersResult(successful=False, reason=f'{parameter.name}: {problem}')
        return SetParametersResult(successful=True)

    def _apply(self, parameters: list[Parameter]) -> None:
        for parameter in parameters:
            found = self._find(parameter.name)
            if found is None:
                continue
            prefix, field = found
            self._values[prefix] = dataclasses.replace(self._values[prefix], **{field.name: _plain(parameter.value)})
            if prefix in self._on_change:
                self._on_change[prefix](self._values[prefix])

    def _find(self, name: str) -> tuple[str, dataclasses.Field] | None:
        prefix, _, field_name = name.rpartition('.')
        if prefix not in self._values:
            return None
        return next(((prefix, f) for f in dataclasses.fields(self._values[prefix]) if f.name == field_name), None)


def _declare(node: Node, prefix: str, options: type) -> Any:
    values = {}
    for field in dataclasses.fields(options):
        name = f'{prefix}.{field.name}'
        default = list(field.default) if isinstance(field.default, tuple) else field.default
        try:
            value = node.declare_parameter(name, default, descriptor(field)).value
        except (InvalidParameterTypeException, InvalidParameterValueException) as error:
            raise BadInput(_start_problem(name, field, error)) from error
        values[field.name] = _plain(value)
        problem = problem_with(field, values[field.name])
        if problem:
            raise BadInput(f'{node.get_fully_qualified_name()} parameter {name}: {problem}')
    return options(**values)


def _start_problem(name: str, field: dataclasses.Field, error: Exception) -> str:
    known = facts(field)
    said = re.sub(r'\s+', ' ', str(error))
    span = f' in [{known.low}, {known.high}]' if known.low is not None or known.high is not None else ''
    return f'parameter {name}: {said}; wanted {type(field.default).__name__}{span}, for example {field.default!r}'


def descriptor(field: dataclasses.Field) -> ParameterDescriptor:
    """The ROS descriptor of one option: text, range, read-only."""
    known = facts(field)
    text = known.text + (f' [{known.unit}]' if known.unit else '')
    description = ParameterDescriptor(description=text, additional_constraints=', '.join(known.choices))
    # rclpy refuses changes of a read-only parameter by itself, also for tools that look before they set.
    description.read_only = not known.live
    if known.low is None or known.high is None or isinstance(field.default, (bool, str, tuple)):
        return description
    if isinstance(field.default, int):
        description.integer_range = [IntegerRange(from_value=int(known.low), to_value=int(known.high))]
    else:
        description.floating_point_range = [FloatingPointRange(from_value=float(known.low), to_value=float(known.high))]
    return description


def _plain(value: Any) -> Any:
    """A parameter's value as the type that options use: arrays become tuples."""
    return tuple(value) if not isinstance(value, (str, bytes)) and hasattr(value, '__len__') else value
