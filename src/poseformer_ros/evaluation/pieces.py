"""Judgements kept in pieces: what was interrupted goes on, and pieces of other settings are refused."""

from hashlib import sha256
from pathlib import Path

import numpy as np

from poseformer_ros.errors import BadInput
from poseformer_ros.person.model_file import default_person_model_path
from poseformer_ros.stage_options import Parameters, stage_options

CLAIM = 'settings.json'     # beside the pieces: what they are of


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
