"""How far depth points lie outside the body: its clothes, as people usually wear them."""

import zipfile
from functools import lru_cache
from pathlib import Path

import numpy as np

from poseformer_ros.errors import BadInput
from poseformer_ros.skeleton.joints import JOINT_COUNT


@lru_cache
def usual_clothes(path: Path | None = None) -> np.ndarray:
    """(24,) metres along the normals, of the part of each joint; the file that ships, or another of `tools/prior/learn_clothes.py`.

    Negative where nothing is worn: a plane through a vertex of a round limb lies outside the points beside it.
    Raises BadInput for another file.
    """
    path = path or Path(__file__).parents[2] / 'data' / 'usual_clothes.npz'
    try:
        with np.load(path, allow_pickle=False) as archive:
            thickness = archive['thickness_m'].astype(np.float64)
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise BadInput(f'{path}: no clothes ({error}); make them with tools/prior/learn_clothes.py') from error
    if thickness.shape != (JOINT_COUNT,) or not np.isfinite(thickness).all():
        raise BadInput(f'{path}: wanted {JOINT_COUNT} thicknesses; make them again with tools/prior/learn_clothes.py')
    return thickness
