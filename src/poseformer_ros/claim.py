"""What a folder's files are made from, written beside them, so that what was interrupted goes on and others' files are refused."""

import json
from pathlib import Path
from typing import Any

from poseformer_ros.errors import BadInput


def claim(path: Path, facts: dict[str, Any]) -> None:
    """Write the facts, or find them written already; makes the folder.

    path: JSON file beside what is made. facts: what JSON can hold.
    Raises BadInput where the file holds other facts or cannot be read.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    facts = json.loads(json.dumps(facts))       # tuples become lists, as they come back
    if not path.exists():
        path.write_text(json.dumps(facts, indent=1) + '\n')
        return
    try:
        found = json.loads(path.read_text())
    except ValueError as error:
        raise BadInput(f'{path}: cannot be read ({error}); remove its folder, or choose another') from error
    different = [name for name in {**found, **facts} if name not in found or name not in facts or found[name] != facts[name]]
    if different:
        raise BadInput(f"{path}: what is there was made with another '{different[0]}'; choose another folder")
