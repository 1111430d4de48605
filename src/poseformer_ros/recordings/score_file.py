"""The file of a score model, as `poseformer train score` writes it."""

from pathlib import Path

import numpy as np

from poseformer_ros.assessment.score_model import ScoreModel
from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.npz_file import arrays_of

VERSION = 1


def save_score_model(path: Path, model: ScoreModel) -> None:
    """Write a file that `load_score_model` reads."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, 'wb') as file:
        np.savez_compressed(file, version=VERSION, exercises=np.array(model.exercises), base=model.base, mean=model.mean,
                            scale=model.scale, weights=model.weights, error=model.error, highest=model.highest,
                            source=model.source)


def load_score_model(path: Path) -> ScoreModel:
    """Read a file of `poseformer train score`. Raises BadInput for another one."""
    with arrays_of(path) as arrays:
        if 'version' not in arrays or int(arrays['version']) != VERSION:
            raise BadInput(f'{path}: no score model of version {VERSION}; make one with `poseformer train score`')
        return ScoreModel(tuple(map(str, arrays['exercises'])), arrays['base'], arrays['mean'], arrays['scale'], arrays['weights'],
                          arrays['error'], float(arrays['highest']), str(arrays['source']))
