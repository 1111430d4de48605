"""The two ways of fitting a body, made by name and called alike."""

from typing import Protocol

import numpy as np

from poseformer_ros.body.fitting.fast_fit import BodyFitter
from poseformer_ros.body.fitting.fit_options import FitOptions
from poseformer_ros.body.fitting.paper_fit import PaperFitOptions, PaperFitter
from poseformer_ros.body.fitting.result import BodyFitResult
from poseformer_ros.body.model import BodyModel
from poseformer_ros.errors import BadInput
from poseformer_ros.silhouette.person import Silhouette
from poseformer_ros.skeleton.joints import Skeleton

METHODS = ('fast', 'paper')


class Fitter(Protocol):
    """Fits one person over time, frame by frame; another track_id begins a new person."""

    def __call__(self, skeleton: Skeleton, stamp_s: float, person: Silhouette | None = None) -> BodyFitResult:
        """Fit a frame taken at `stamp_s` seconds; `person` is the silhouette that the joints were found in."""

    def reset(self) -> None:
        """Forget the person."""


def body_fitter(method: str, model: BodyModel, fast: FitOptions = FitOptions(), paper: PaperFitOptions = PaperFitOptions(),
                betas: np.ndarray | None = None, through_smplx: bool = False) -> Fitter:
    """Make a fitter.

    method: one of METHODS. fast, paper: the options of each; `fast.joint_offsets` holds for both.
    betas: (10,) shape to begin every person with. through_smplx: let `paper` pose the body with smplx, where it is installed.
    Raises BadInput for an unknown method, another number of betas, and for `paper` without PyTorch.
    """
    if method == 'fast':
        return BodyFitter(model, fast, betas)
    if method == 'paper':
        return PaperFitter(model, paper, betas, fast.joint_offsets, through_smplx)
    raise BadInput(f'method: {method!r} is not known; choose one of {", ".join(METHODS)}')
