"""People at random, from a child of one metre to an adult of two: bodies like those that the shapes were learned from."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from poseformer_ros.body.model import SHAPE_COUNT, BodyModel
from poseformer_ros.errors import BadInput

NEAR_M = 0.03           # a person is made of a known one whose stature differs by no more, where there are enough
FEWEST_NEAR = 20
OWN_SHAPE = 0.2         # standard deviation of what is a person's own, beside the known one's shape
ITERATIONS = 3          # the topmost and the lowest vertex change with the shape
_ARRAYS = ('betas', 'stature', 'years', 'woman')


@dataclass(frozen=True)
class Crowd:
    """Known people of a body file, those that its shapes were learned from.

    betas: (S, 10) shapes. stature: (S,) metres. years: (S,) age. woman: (S,) bool.
    """

    betas: np.ndarray
    stature: np.ndarray
    years: np.ndarray
    woman: np.ndarray

    def between(self, youngest: float, oldest: float) -> 'Crowd':
        """Those of an age in years. Raises BadInput when there is none."""
        chosen = (self.years >= youngest) & (self.years <= oldest)
        if not chosen.any():
            raise BadInput(f'age: nobody of {youngest:g} to {oldest:g} years is known; the file has people of '
                           f'{self.years.min():.0f} to {self.years.max():.0f} years')
        return Crowd(*(getattr(self, name)[chosen] for name in _ARRAYS))


def load_crowd(path: Path | str) -> Crowd:
    """The people of a body file. Raises BadInput for a file that has none, such as SMPL's."""
    path = Path(path)
    arrays = {}
    if path.suffix == '.npz' and path.is_file():
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[f'people_{name}'] for name in _ARRAYS if f'people_{name}' in archive.files}
    if len(arrays) < len(_ARRAYS):
        raise BadInput(f"{path}: knows no people to draw from; give the body of all ages")
    return Crowd(arrays['betas'].astype(np.float64), arrays['stature'].astype(np.float64),
                 arrays['years'].astype(np.float64), arrays['woman'])


def random_person(model: BodyModel, crowd: Crowd, stature_m: float, rng: np.random.Generator) -> np.ndarray:
    """Shape (10,) of somebody of this stature (standing, without shoes) with the proportions of people of that size.

    One of the crowd of nearly this stature, varied a little and then brought to the stature by the smallest change.
    Raises BadInput for a stature that nobody of the crowd comes near.
    """
    if not crowd.stature.min() <= stature_m <= crowd.stature.max():
        raise BadInput(f'stature: {stature_m:g} m, wanted {crowd.stature.min():.2f} to {crowd.stature.max():.2f} m; '
                       'nobody else is known of that age')
    distance = np.abs(crowd.stature - stature_m)
    near = np.flatnonzero(distance <= max(NEAR_M, np.sort(distance)[:FEWEST_NEAR][-1]))
    betas = crowd.betas[rng.choice(near)] + OWN_SHAPE * rng.standard_normal(SHAPE_COUNT)
    return with_stature(model, betas, stature_m)


def with_stature(model: BodyModel, betas: np.ndarray, stature_m: float) -> np.ndarray:
    """The shape (10,) of this stature that is nearest to `betas`."""
    for _ in range(ITERATIONS):
        heights = model.v_template[:, 1] + model.shapedirs[:, 1] @ betas
        growth = model.shapedirs[heights.argmax(), 1] - model.shapedirs[heights.argmin(), 1]
        betas = betas + growth * (stature_m - np.ptp(heights)) / (growth @ growth)
    return betas


def stature(model: BodyModel, betas: np.ndarray) -> float:
    """Height in metres of the body of this shape, standing without shoes."""
    return float(np.ptp(model.v_template[:, 1] + model.shapedirs[:, 1] @ betas))
