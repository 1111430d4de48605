"""What the launch files of bags start, as plain data."""

import dataclasses

from poseformer_ros.errors import BadInput
from poseformer_ros.options import facts
from poseformer_ros.station import graph, presets
from poseformer_ros.station.launching import YES_NO, Argument, Process, environment, log_arguments, log_level

# The preset's name reaches the recorder through the argument `camera` that both files share.
_SHARED = ('camera',)


def arguments(node: str) -> list[Argument]:
    """The launch arguments of `bag_recorder` or `bag_player`: its options, and what the station's launch file shares with it."""
    return [Argument('camera', 'own', 'camera preset of config/cameras', presets.names()),
            Argument('namespace', graph.NAMESPACE, 'of the station'),
            Argument('use_sim_time', 'false', 'follow /clock', list(YES_NO)),
            log_level(),
            *(_argument(field) for _, field in _fields(node))]


def process(node: str, values: dict[str, str]) -> Process:
    """The process to start.

    Args:
        values: of every launch argument.

    Raises:
        BadInput: no such camera preset, or a word where a number belongs.
    """
    preset = presets.load(values['camera'])
    parameters = {f'{prefix}.{field.name}': _value(field, values[field.name]) for prefix, field in _fields(node)}
    if node == 'bag_recorder':
        parameters['recorder.camera'] = values['camera']
    if YES_NO[values['use_sim_time']]:
        parameters['use_sim_time'] = True
    return Process(graph.PACKAGE, node, values['namespace'], [str(presets.parameter_file({node: parameters}))],
                   list(preset.topics.items()), log_arguments(values), environment())


def _fields(node: str) -> list[tuple[str, dataclasses.Field]]:
    return [(prefix, field) for prefix, options in graph.node(node).options.items() if prefix != 'diagnostics'
            for field in dataclasses.fields(options) if field.name not in _SHARED]


def _argument(field: dataclasses.Field) -> Argument:
    known = facts(field)
    is_flag = isinstance(field.default, bool)
    text = known.text + (f' [{known.unit}]' if known.unit else '')
    return Argument(field.name, str(field.default).lower() if is_flag else str(field.default), text,
                    list(YES_NO) if is_flag else list(known.choices) or None)


def _value(field: dataclasses.Field, said: str) -> object:
    if isinstance(field.default, bool):
        return YES_NO[said]
    try:
        return type(field.default)(said)
    except ValueError as error:
        raise BadInput(f'{field.name}:={said}: not a number; give one like {field.default}') from error
