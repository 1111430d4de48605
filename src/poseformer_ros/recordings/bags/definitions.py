"""Message definitions as a bag holds them: the text of a `.msg` file, followed by those of all the types in it."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

# As rosbag2 writes it between two definitions, so that readers find the next one.
DELIMITER = '=' * 80 + '\nMSG: '
PRIMITIVES = frozenset({'bool', 'byte', 'char', 'float32', 'float64', 'int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32',
                        'int64', 'uint64', 'string', 'wstring'})
# A field or a constant: its type, without bounds and array brackets.
_FIELD = re.compile(r'^\s*([A-Za-z][\w/]*)(?:<=\d+)?(?:\[[^\]]*\])?\s+[A-Za-z]', re.MULTILINE)


def installed_prefixes() -> list[Path]:
    """Folders of installed ROS packages, the newest overlay first."""
    return [Path(prefix) for prefix in os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep) if prefix]


def definition(type_name: str, prefixes: Iterable[Path]) -> str:
    """The whole definition of 'package/msg/Name' in the format `ros2msg`; empty where a part of it is not installed."""
    places, package, name = list(prefixes), type_name.split('/')[0], type_name.rpartition('/')[2]
    if type_name.split('/')[1:-1] != ['msg']:
        return ''       # of a service or an action: no `.msg` file
    texts = {f'{package}/{name}': _text(package, name, places)}
    wanted = list(_types_in(texts[f'{package}/{name}'], package))
    while wanted:
        used = wanted.pop(0)
        if used not in texts:
            of_package, _, short = used.partition('/')
            texts[used] = _text(of_package, short, places)
            wanted += _types_in(texts[used], of_package)
    if not all(texts.values()):
        return ''
    first, *others = texts.items()
    return first[1] + ''.join(f'\n{DELIMITER}{used}\n{text}' for used, text in others)


def _text(package: str, name: str, prefixes: list[Path]) -> str:
    paths = (prefix / 'share' / package / 'msg' / f'{name}.msg' for prefix in prefixes)
    # An empty definition, as of std_msgs/Empty, is still there.
    return next((path.read_text() or '\n' for path in paths if path.is_file()), '')


def _types_in(text: str, package: str) -> Iterable[str]:
    """'package/Name' of each message type that a definition uses, in the order of their first use."""
    without_comments = re.sub(r'#.*', '', text)
    for used in dict.fromkeys(_FIELD.findall(without_comments)):
        if used not in PRIMITIVES:
            yield used.replace('/msg/', '/') if '/' in used else f'{package}/{used}'
