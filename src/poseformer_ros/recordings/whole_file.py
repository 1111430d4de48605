"""Files that are there as a whole or not at all, so that a run that was cut off goes on from what is there."""

import json
import os
from pathlib import Path
from typing import Any

from poseformer_ros.errors import BadInput


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file: under another name first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + '.part')
    part.write_bytes(content.encode() if isinstance(content, str) else content)
    os.replace(part, path)


def write_json(path: Path, content: Any) -> None:
    """Write as JSON."""
    write_whole(path, json.dumps(content, indent=1) + '\n')


def read_json(path: Path) -> Any:
    """What a JSON file holds. Raises BadInput where it cannot be read."""
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise BadInput(f'{path}: {error}; remove it, it is made again') from error
