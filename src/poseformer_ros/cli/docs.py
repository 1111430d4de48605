"""`poseformer docs`: the tables of docs/ that are made from code."""

import argparse
import dataclasses
from collections.abc import Iterable
from pathlib import Path

from poseformer_ros.errors import BadInput
from poseformer_ros.options import facts
from poseformer_ros.ros.spec import NodeSpec, Service, Topic
from poseformer_ros.station import graph

NOTE = '<!-- Made by `make docs` from the code; edit there. -->\n\n'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where, and whether only to look."""
    parser.add_argument('--check', action='store_true', help='write nothing; fail when a file is stale')
    parser.add_argument('--folder', type=Path, default=Path('docs'), help='the docs folder')


def run(arguments: argparse.Namespace) -> int:
    """Write or compare each generated file."""
    stale = []
    for name, text in pages().items():
        path = arguments.folder / name
        if path.is_file() and path.read_text() == text:
            continue
        stale.append(str(path))
        if not arguments.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            print(f'wrote {path}')
    if arguments.check and stale:
        raise BadInput(f'{", ".join(stale)} stale; run `make docs` and commit what it wrote')
    return 0


def pages() -> dict[str, str]:
    """File name below docs/ to its text."""
    return {'parameters.md': _parameters(graph.STATION + graph.SOURCES), 'topics.md': _topics(graph.STATION + graph.SOURCES)}


def _parameters(nodes: Iterable[NodeSpec]) -> str:
    parts = [NOTE, '# Parameters\n\n', 'Live: may change while the node runs. Set them in a file given with `params_file:=` '
             '(launch) or `--params-file` (`poseformer station`), under `/**/<node>: ros__parameters:`.\n']
    for node in nodes:
        parts.append(f'\n## {node.name}\n\n{node.text[0].upper()}{node.text[1:]}.\n\n'
                     '| parameter | type | default | range | unit | live | what it does |\n|---|---|---|---|---|---|---|\n')
        parts += [_parameter_row(prefix, field) for prefix, options in node.options.items()
                  for field in dataclasses.fields(options)]
    return ''.join(parts)


def _parameter_row(prefix: str, field: dataclasses.Field) -> str:
    known = facts(field)
    span = ', '.join(known.choices) if known.choices else '' if known.low is None else f'{known.low:g} to {known.high:g}'
    default = ', '.join(f'{v:g}' for v in field.default) if isinstance(field.default, tuple) else f'{field.default}'
    return (f'| `{prefix}.{field.name}` | {type(field.default).__name__} | `{default}` | {span} | {known.unit} '
            f'| {"yes" if known.live else "no"} | {known.text} |\n')


def _topics(nodes: Iterable[NodeSpec]) -> str:
    parts = [NOTE, '# Nodes and topics\n\n', f'Names are relative to the namespace, `/{graph.NAMESPACE}` unless you say otherwise. '
             'Every header holds the acquisition stamp of the colour image and its optical frame.\n\n',
             '| process (executable) | nodes |\n|---|---|\n',
             *(f'| `{process}` | {", ".join(names)} |\n' for process, names in
               {**graph.PROCESSES, **graph.SOURCE_PROCESSES}.items())]
    for node in nodes:
        parts += [f'\n## {node.name}\n\n{node.text[0].upper()}{node.text[1:]}.\n', _topic_table('Subscribed', node.subscriptions),
                  _topic_table('Published', node.publications), _service_table(node.services)]
    return ''.join(parts)


def _topic_table(title: str, topics: tuple[Topic, ...]) -> str:
    if not topics:
        return ''
    rows = ''.join(f'| `{t.name}` | `{t.type}` | {t.qos} | {t.text} |\n' for t in topics)
    return f'\n| {title} | type | quality of service (`ros/qos.py`) | what |\n|---|---|---|---|\n{rows}'


def _service_table(services: tuple[Service, ...]) -> str:
    if not services:
        return ''
    rows = ''.join(f'| `{s.name}` | `{s.type}` | {s.text} |\n' for s in services)
    return f'\n| Service | type | what |\n|---|---|---|\n{rows}'
