"""The body model as `smplx.SMPL` reads it."""

import pickle
from pathlib import Path

import numpy as np

from poseformer_ros.body.model import FACE_COUNT, POSE_FEATURE_COUNT, VERTEX_COUNT, BodyModel
from poseformer_ros.skeleton.joints import JOINT_COUNT, PARENT

NO_PARENT = 2 ** 32 - 1     # the root's parent in SMPL's files


def smpl_arrays(model: BodyModel) -> dict[str, np.ndarray]:
    """A model's arrays by the names and in the layout of SMPL's own files."""
    posedirs = model.posedirs
    if posedirs is None:
        posedirs = np.zeros((VERTEX_COUNT, 3, POSE_FEATURE_COUNT), np.float32)
    return {
        'v_template': model.v_template, 'f': model.f.reshape(FACE_COUNT, 3).astype(np.uint32), 'weights': model.weights,
        'kintree_table': np.array([[NO_PARENT, *PARENT[1:]], range(JOINT_COUNT)], np.int64),
        'J_regressor': model.J_regressor, 'shapedirs': model.shapedirs, 'posedirs': posedirs,
    }


def export_smplx_pickle(model: BodyModel, path: Path | str) -> None:
    """Write a model for `smplx.SMPL(model_path=path)`; about 20 MB, nearly all of it zero pose correctives."""
    with open(path, 'wb') as file:
        pickle.dump(smpl_arrays(model), file, protocol=2)
