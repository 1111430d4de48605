"""Sequences of a data set judged one by one and kept: what was interrupted goes on, and the same pieces give the same table."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from poseformer_ros.body.model import load_body_model
from poseformer_ros.claim import claim
from poseformer_ros.evaluation.pieces import CLAIM, person_models, read_piece, write_piece
from poseformer_ros.evaluation.real_motion.judge_motion import MotionRunOptions, judge_motion
from poseformer_ros.evaluation.real_motion.retargeted import CLASS_OF, brought_onto
from poseformer_ros.in_processes import in_processes
from poseformer_ros.pipeline import Pipeline
from poseformer_ros.recognition.shipped_model import chosen_model
from poseformer_ros.recordings.labelled.labelled_motion import LabelledMotion
from poseformer_ros.stage_options import Parameters, stage_options


@dataclass(frozen=True)
class MotionSettings:
    """What is judged. data_set: in CLASS_OF. body: file of the model that is rendered. parameters: of the stages."""

    data_set: str
    body: Path
    options: MotionRunOptions
    parameters: Parameters


@dataclass(frozen=True)
class _Piece:
    motion: LabelledMotion
    path: Path


def judge_motions(motions: Sequence[LabelledMotion], settings: MotionSettings, out: Path, workers: int = 1) -> np.ndarray:
    """Records of all sequences; those that are in `out` already are read and not judged again.

    Raises BadInput where `out` holds pieces of other settings.
    """
    Pipeline(stage_options(settings.parameters))       # a wrong name is said before an hour of work
    folder = out / 'pieces'
    claim(folder / CLAIM, _facts(settings))
    pieces = [_Piece(motion, folder / f'{motion.name}.npy') for motion in motions]
    missing = [piece for piece in pieces if not piece.path.exists()]
    with tqdm(total=len(pieces), initial=len(pieces) - len(missing), desc='sequences', unit='sequence') as bar:
        for count in in_processes(_judge, missing, workers, settings):
            bar.update(count)
    return np.concatenate([read_piece(piece.path) for piece in pieces])


def _judge(piece: _Piece, settings: MotionSettings) -> int:
    body = load_body_model(settings.body)
    motion = brought_onto(piece.motion, CLASS_OF[settings.data_set], body)
    write_piece(piece.path, judge_motion(motion, body, settings.options, stage_options(settings.parameters)))
    return 1


def _facts(settings: MotionSettings) -> dict[str, Any]:
    """What pieces must have in common to stand in one table."""
    return {'data_set': settings.data_set, 'body': sha256(settings.body.read_bytes()).hexdigest(),
            **asdict(settings.options), 'parameters': settings.parameters, 'person_models': person_models(settings.parameters),
            'exercise_model': chosen_model(stage_options(settings.parameters)['classifier']['model']).sha256}
