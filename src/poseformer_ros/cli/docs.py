"""`poseformer docs`: the pages of docs/ that are made from code, one for each node and an index."""

import argparse
import dataclasses
from pathlib import Path

from poseformer_ros.errors import BadInput
from poseformer_ros.options import facts
from poseformer_ros.ros.spec import NodeSpec, Service, Topic
from poseformer_ros.station import graph

NOTE = '<!-- Made by `make docs` from the code; edit there. -->\n\n'
# Holds generated pages alone; README.md is what GitHub and the site show of a folder.
NODES = 'nodes'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where, and whether only to look."""
    parser.add_argument('--check', action='store_true', help='write nothing; fail when a file is stale')
    parser.add_argument('--folder', type=Path, default=Path('docs'), help='the docs folder')


def run(arguments: argparse.Namespace) -> int:
    """Write or compare each generated file; remove the page of a node that is gone."""
    wanted = pages()
    stale = [name for name, text in wanted.items() if _text(arguments.folder / name) != text]
    left_over = [path for path in sorted((arguments.folder / NODES).glob('*.md')) if f'{NODES}/{path.name}' not in wanted]
    if arguments.check and (stale or left_over):
        names = ', '.join(str(path) for path in [*(arguments.folder / name for name in stale), *left_over])
        raise BadInput(f'{names} stale; run `make docs` and commit what it wrote')
    for name in stale:
        path = arguments.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[name])
        print(f'wrote {path}')
    for path in left_over:
        path.unlink()
        print(f'removed {path}')
    return 0


def pages() -> dict[str, str]:
    """File name below docs/ to its text."""
    nodes = graph.EVERY_NODE
    return {f'{NODES}/README.md': _index(nodes), **{f'{NODES}/{node.name}.md': _page(node) for node in nodes}}


def _text(path: Path) -> str:
    return path.read_text() if path.is_file() else ''


def _index(nodes: tuple[NodeSpec, ...]) -> str:
    processes = {name: process for process, names in (graph.SOURCE_PROCESSES | graph.PROCESSES).items() for name in names}
    topics = {topic.name: topic.type for node in nodes for topic in node.publications}
    return ''.join([
        NOTE, '# Nodes and topics\n\n', f'Names are relative to the namespace, `/{graph.NAMESPACE}` unless you say otherwise. '
        'Every header holds the acquisition stamp of the colour image and its optical frame.\n\n',
        '| node | process (executable) | what it does |\n|---|---|---|\n',
        *(f'| {_link(node.name)} | `{processes[node.name]}` | {node.text} |\n' for node in nodes),
        '\n| topic | type | published by | subscribed by |\n|---|---|---|---|\n',
        *(f'| `{name}` | `{kind}` | {_who(name, {node.name: node.publications for node in nodes})} '
          f'| {_who(name, {node.name: node.subscriptions for node in nodes})} |\n' for name, kind in topics.items()),
    ])


def _who(topic: str, topics: dict[str, tuple[Topic, ...]]) -> str:
    found = [name for name, known in topics.items() if topic in {t.name for t in known}]
    return 'every node' if len(found) == len(topics) else ', '.join(map(_link, found))


def _link(name: str) -> str:
    return f'[{name}]({name}.md)'


def _page(node: NodeSpec) -> str:
    return ''.join([NOTE, f'# {node.name}\n\n{node.text[0].upper()}{node.text[1:]}.\n',
                    _topic_table('Subscribed', node.subscriptions), _topic_table('Published', node.publications),
                    _service_table(node.services), _parameter_table(node)])


def _parameter_table(node: NodeSpec) -> str:
    rows = ''.join(_parameter_row(prefix, field) for prefix, options in node.options.items()
                   for field in dataclasses.fields(options))
    return ('\n## Parameters\n\nLive: may change while the node runs. Set them in a file given with `params_file:=` (launch) or '
            f'`--params-file` (`poseformer station`), under `/**/{node.name}: ros__parameters:`.\n\n'
            f'| parameter | type | default | range | unit | live | what it does |\n|---|---|---|---|---|---|---|\n{rows}')


def _parameter_row(prefix: str, field: dataclasses.Field) -> str:
    known = facts(field)
    span = ', '.join(known.choices) if known.choices else '' if known.low is None else f'{known.low:g} to {known.high:g}'
    default = ', '.join(f'{v:g}' for v in field.default) if isinstance(field.default, tuple) else f'{field.default}'
    default = default and f'`{default}`'
    return (f'| `{prefix}.{field.name}` | {type(field.default).__name__} | {default} | {span} | {known.unit} '
            f'| {"yes" if known.live else "no"} | {known.text} |\n')


def _topic_table(title: str, topics: tuple[Topic, ...]) -> str:
    if not topics:
        return ''
    rows = ''.join(f'| `{t.name}` | `{t.type}` | {t.qos} | {t.text} |\n' for t in topics)
    return f'\n## {title}\n\n| topic | type | quality of service (`ros/qos.py`) | what |\n|---|---|---|---|\n{rows}'


def _service_table(services: tuple[Service, ...]) -> str:
    if not services:
        return ''
    rows = ''.join(f'| `{s.name}` | `{s.type}` | {s.text} |\n' for s in services)
    return f'\n## Services\n\n| service | type | what |\n|---|---|---|\n{rows}'
