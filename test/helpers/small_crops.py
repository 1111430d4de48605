"""A few crops of a clean camera, rendered once for all tests."""

from functools import lru_cache
from pathlib import Path

import numpy as np

from poseformer_ros.body.model import BodyModel, default_body_path, load_body_model
from poseformer_ros.body.people import Crowd, load_crowd
from poseformer_ros.synthesis.person_crops import CropSplit, render_shard
from poseformer_ros.synthesis.rendering.sensor_noise import NoiseModel

ALL_AGES = default_body_path().with_name('free_body_all_ages.npz')
SPLIT = CropSplit('small', 5, ('kinect_v1', 'kinect_v2'), (NoiseModel('clean'),))
COUNT = 40


@lru_cache(maxsize=1)
def body() -> tuple[BodyModel, Crowd]:
    """The body of all ages and those that its shapes were learned from."""
    return load_body_model(ALL_AGES), load_crowd(ALL_AGES)


@lru_cache(maxsize=1)
def small_crops() -> np.ndarray:
    """(COUNT,) records of CROP, of people and of things."""
    return render_shard(SPLIT, 0, COUNT, *body())


def saved(folder: Path) -> Path:
    """The crops as a shard on disk."""
    path = folder / 'small_0000.npy'
    np.save(path, small_crops())
    return path
