"""Entries of a ROS parameter file that nobody reads: ROS passes over them in silence, and defaults hold."""

import difflib
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path

import yaml

from poseformer_ros.errors import BadInput
from poseformer_ros.ros.spec import NodeSpec
from poseformer_ros.station import graph

PARAMETERS = 'ros__parameters'
# Known to every node of ROS; qos_overrides holds one parameter for each policy of each topic.
EVERYBODYS = re.compile(r'use_sim_time|qos_overrides\..*')


def say_unread(path: str, namespace: str) -> None:
    """Name what no node reads on the error stream. Raises BadInput for a file that is no parameter file."""
    for line in unread(path, namespace):
        print(f'poseformer: {path}: {line}', file=sys.stderr)


def unread(path: str, namespace: str) -> list[str]:
    """A line for each entry that reaches no node of the station in this namespace, or no parameter of the nodes it reaches."""
    nodes = {f'/{namespace.strip("/")}/{spec.name}'.replace('//', '/'): spec for spec in graph.STATION + graph.SOURCES}
    lines: list[str] = []
    for pattern, values in _sections(_read(path), path):
        reached = [spec for name, spec in nodes.items() if re.fullmatch(_expression(pattern), name)]
        if not reached:
            lines.append(f'{pattern}: reaches no node of /{namespace.strip("/")}; {_node_remedy(pattern)}')
            continue
        known = sorted({name for spec in reached for name in parameters_of(spec)})
        lines += [f'{pattern}: {text}' for text in unknown(_flat(values), known)]
    return lines


def parameters_of(spec: NodeSpec) -> Iterator[str]:
    """Names of a node's parameters."""
    return (f'{prefix}.{field.name}' for prefix, options in spec.options.items() for field in fields(options))


def unknown(given: Iterable[str], known: Iterable[str]) -> list[str]:
    """A text for each given name that is not known, with the likely one."""
    known = list(known)
    return [f'{name} is no parameter and is not read{_likely(name, known)}' for name in given
            if name not in known and not EVERYBODYS.fullmatch(name)]


def _likely(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    return f'; did you mean {near[0]}?' if near else '; docs/nodes lists what there is'


def _node_remedy(pattern: str) -> str:
    names = [spec.name for spec in graph.STATION + graph.SOURCES]
    near = difflib.get_close_matches(pattern.rpartition('/')[2], names, 1)
    return f'write /**/{near[0]}' if near else f'the nodes are {", ".join(names)}'


def _read(path: str) -> object:
    try:
        return yaml.safe_load(Path(path).expanduser().read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadInput(f'{path}: cannot be read as a ROS parameter file ({" ".join(str(error).split())})') from error


def _sections(said: object, path: str, name: str = '') -> Iterator[tuple[str, dict[str, object]]]:
    """Each node pattern of the file, with a slash before it as ROS reads it, and its parameters."""
    if not isinstance(said, dict):
        where = name or 'the file'
        raise BadInput(f'{path}: {where} holds {said!r}; wanted NODE: {PARAMETERS}: and parameters below it')
    for key, below in said.items():
        if key == PARAMETERS:
            yield name or '/**', below or {}
        else:
            yield from _sections(below, path, f'{name}/{str(key).strip("/")}')


def _expression(pattern: str) -> str:
    """ROS's wildcards: ** for any names, * for one."""
    return ''.join({'**': '.*', '*': '[^/]*'}.get(part, re.escape(part)) for part in re.split(r'(\*\*|\*)', pattern)).replace(
        '/.*/', '/(.*/)?')


def _flat(values: object, prefix: str = '') -> Iterator[str]:
    if not isinstance(values, dict):
        yield prefix
        return
    for key, below in values.items():
        yield from _flat(below, f'{prefix}.{key}' if prefix else str(key))
