"""The body model and the one loader for the shipped file and for a user's own SMPL file."""

import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from poseformer_ros.body.restricted_pickle import dense, read_pickle
from poseformer_ros.errors import BadInput
from poseformer_ros.skeleton.joints import JOINT_COUNT, PARENT

VERTEX_COUNT = 6890
FACE_COUNT = 13776
SHAPE_COUNT = 10
POSE_FEATURE_COUNT = 207        # entries of the 23 rotation matrices below the pelvis

# The free bodies that ship, by name.
SHIPPED_BODIES = {'adults': 'free_body.npz', 'all_ages': 'free_body_all_ages.npz'}

# Wanted shape of each array; None is a length that may differ.
_SHAPES: dict[str, tuple[int | None, ...]] = {
    'v_template': (VERTEX_COUNT, 3),
    'f': (FACE_COUNT, 3),
    'weights': (VERTEX_COUNT, JOINT_COUNT),
    'kintree_table': (2, JOINT_COUNT),
    'J_regressor': (JOINT_COUNT, VERTEX_COUNT),
    'shapedirs': (VERTEX_COUNT, 3, None),
    'posedirs': (VERTEX_COUNT, 3, POSE_FEATURE_COUNT),
}


@dataclass(frozen=True)
class BodyModel:
    """A body in SMPL's layout (Loper et al., ACM Trans. Graphics 2015), arrays named as in its files.

    Rest pose: T-pose, metres, x to the person's left, y up, z where the person looks; joints in the order of
    `skeleton.joints`.

    v_template: (6890, 3) float64, the mean body.
    f: (13776, 3) int32, triangles, counter-clockwise seen from outside.
    weights: (6890, 24) float64, skinning weights, rows sum to one.
    weights_by_joint: (24, 6890) float32, the same for fast skinning.
    J_regressor: (24, 6890) float64, joints from vertices.
    shapedirs: (6890, 3, 10) float64, displacement per unit of each shape parameter.
    posedirs: (6890, 3, 207) float32 pose correctives, or None where they are all zero.
    joint_template: (24, 3) float64, joints of the mean body.
    joint_shapedirs: (24, 3, 10) float64, their displacement per unit of each shape parameter.
    part: (6890,) uint8, the joint that moves a vertex most.
    """

    v_template: np.ndarray
    f: np.ndarray
    weights: np.ndarray
    weights_by_joint: np.ndarray
    J_regressor: np.ndarray
    shapedirs: np.ndarray
    posedirs: np.ndarray | None
    joint_template: np.ndarray
    joint_shapedirs: np.ndarray
    part: np.ndarray


def with_vertices(model: BodyModel, chosen: np.ndarray) -> BodyModel:
    """The same body and joints with only the vertices (n,), for who needs few of them: no triangles, and no regressor."""
    return replace(model, v_template=model.v_template[chosen], f=np.zeros((0, 3), np.int32), weights=model.weights[chosen],
                   weights_by_joint=np.ascontiguousarray(model.weights_by_joint[:, chosen]),
                   J_regressor=np.zeros((JOINT_COUNT, 0)), shapedirs=model.shapedirs[chosen],
                   posedirs=None if model.posedirs is None else model.posedirs[chosen], part=model.part[chosen])


def default_body_path() -> Path:
    """The free body that is taken where none is named."""
    return shipped_body_path('adults')


def shipped_body_path(name: str) -> Path:
    """One of the free bodies that ship with the package, by its name in SHIPPED_BODIES."""
    return Path(__file__).parent / 'data' / SHIPPED_BODIES[name]


def load_body_model(path: Path | str) -> BodyModel:
    """Read a body model: the shipped .npz, or a user's SMPL file (.npz, .pkl, also one that holds chumpy arrays).

    Data are read and nothing in the file is run. Of more than ten shape components the first ten are taken.
    Raises BadInput that names the file, what is wrong with it and the remedy.
    """
    path = Path(path)
    if not path.is_file():
        raise BadInput(f"{path}: no such file; give the path of a body model, or leave it out for the free body")
    if path.suffix not in _READERS:
        raise BadInput(f"{path}: ending '{path.suffix}' is not known; give a .npz or .pkl file in SMPL's layout")
    arrays = _READERS[path.suffix](path)
    return _model({name: _checked(path, arrays, name) for name in _SHAPES}, path)


def _read_npz(path: Path) -> dict[str, Any]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in _SHAPES if name in archive.files}
    except (ValueError, OSError, EOFError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        raise BadInput(f'{path}: damaged, or no plain arrays ({error}); get the file again') from error


def _read_pkl(path: Path) -> Mapping[str, Any]:
    content = read_pickle(path)
    if not isinstance(content, dict):
        raise BadInput(f"{path}: holds a {type(content).__name__}, wanted a dictionary of SMPL's arrays; "
                       'give another file')
    return content


_READERS = {'.npz': _read_npz, '.pkl': _read_pkl}


def _checked(path: Path, arrays: Mapping[str, Any], name: str) -> np.ndarray:
    """The array of that name, dense, of the wanted shape and finite."""
    wanted = tuple(length if length is not None else f'{SHAPE_COUNT} or more' for length in _SHAPES[name])
    if name not in arrays:
        raise BadInput(f"{path}: has no '{name}', wanted an array {wanted}; is it a body model in SMPL's layout?")
    try:
        array = dense(arrays[name])
    except (ValueError, TypeError, AttributeError, IndexError, MemoryError, RecursionError) as error:
        raise BadInput(f"{path}: '{name}' is not an array ({error}); give a file in SMPL's layout") from error
    if len(array.shape) != len(wanted) or any(b is not None and a != b for a, b in zip(array.shape, _SHAPES[name])) \
            or (name == 'shapedirs' and array.shape[-1] < SHAPE_COUNT):
        raise BadInput(f"{path}: '{name}' has shape {array.shape}, wanted {wanted}; "
                       'SMPL-H, SMPL-X and other layouts do not fit')
    if not np.all(np.isfinite(array)):
        raise BadInput(f"{path}: '{name}' holds values that are not finite; get the file again")
    return array


def _model(arrays: dict[str, np.ndarray], path: Path) -> BodyModel:
    parents = arrays['kintree_table'][0].astype(np.int64)[1:]
    if not np.array_equal(parents, PARENT[1:]):
        raise BadInput(f"{path}: 'kintree_table' has parents {parents.tolist()}, wanted SMPL's {list(PARENT[1:])}; "
                       'give a file with SMPL\'s 24 joints')
    faces = arrays['f'].astype(np.int32)
    if faces.min() < 0 or faces.max() >= VERTEX_COUNT:
        raise BadInput(f"{path}: 'f' names vertices {faces.min()} to {faces.max()}, wanted 0 to {VERTEX_COUNT - 1}; "
                       'get the file again')
    template, regressor, weights = (arrays[name].astype(np.float64)
                                    for name in ('v_template', 'J_regressor', 'weights'))
    shapes = arrays['shapedirs'][..., :SHAPE_COUNT].astype(np.float64)
    correctives = arrays['posedirs']
    return BodyModel(v_template=template, f=faces, weights=weights,
                     weights_by_joint=np.ascontiguousarray(weights.T, np.float32),
                     J_regressor=regressor, shapedirs=shapes,
                     posedirs=correctives.astype(np.float32) if correctives.any() else None,
                     joint_template=regressor @ template,
                     joint_shapedirs=np.tensordot(regressor, shapes, 1),
                     part=np.argmax(weights, axis=1).astype(np.uint8))
