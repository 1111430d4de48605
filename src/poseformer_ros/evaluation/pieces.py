"""Judgements kept in pieces: what was interrupted goes on, and pieces of other settings are refused."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from poseformer_ros.errors import BadInput
from poseformer_ros.person.model_file import default_person_model_path
from poseformer_ros.stage_options import Parameters, stage_options

CLAIM = 'settings.json'


def claim(folder: Path, facts: dict[str, Any]) -> None:
    """Make the folder of the pieces and write beside them what they are of. Raises BadInput where it holds others."""
    folder.mkdir(parents=True, exist_ok=True)
    path, facts = folder / CLAIM, json.loads(json.dumps(facts))
    if not path.exists():
        path.write_text(json.dumps(facts, indent=1) + '\n')
        return
    try:
        found = json.loads(path.read_text())
    except ValueError as error:
        raise BadInput(f'{path}: cannot be read ({error}); remove its folder, or evaluate into another') from error
    different = [name for name, value in facts.items() if found.get(name) != value]
    if different:
        raise BadInput(f"{path}: what is there was judged with another '{different[0]}'; evaluate into another folder")


def person_models(parameters: Parameters) -> dict[str, str]:
    """SHA-256 of the person network's file that each stage reads."""
    options = stage_options(parameters)
    files = {'silhouette': options['silhouette']['people'].model, 'joints': options['joints']['learned'].model}
    return {stage: sha256(Path(file or default_person_model_path()).read_bytes()).hexdigest() for stage, file in files.items()}


def write_piece(path: Path, rows: np.ndarray) -> None:
    """Write records; the file appears only when it is whole."""
    partial = path.with_suffix('.part.npy')
    np.save(partial, rows.reshape(-1), allow_pickle=False)
    partial.rename(path)


def read_piece(path: Path) -> np.ndarray:
    """The records of a piece. Raises BadInput where it cannot be read."""
    try:
        return np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise BadInput(f'{path}: cannot be read ({error}); remove it and evaluate again') from error
