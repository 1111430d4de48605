"""The ways to fit a body, by name."""

from typing import Protocol

import numpy as np

from poseformer_ros.body.fitting.fast_fit import BodyFitter
from poseformer_ros.body.fitting.fit_options import StationFitOptions
from poseformer_ros.body.fitting.paper_fit import PaperFitOptions, PaperFitter
from poseformer_ros.body.fitting.result import BodyFitResult
from poseformer_ros.body.model import BodyModel
from poseformer_ros.body.model_files import body_model_path, is_shipped
from poseformer_ros.options import Method, OptionsByPrefix
from poseformer_ros.silhouette.person import Silhouette
from poseformer_ros.skeleton.joints import Skeleton


class Fitter(Protocol):
    """Fits one person over time, frame by frame; another track_id begins a new person."""

    def __call__(self, skeleton: Skeleton, stamp_s: float, person: Silhouette | None = None) -> BodyFitResult:
        """Fit a frame taken at `stamp_s` seconds; `person` is the silhouette that the joints were found in."""

    def reset(self) -> None:
        """Forget the person."""


def _fast(options: OptionsByPrefix, model: BodyModel, betas: np.ndarray | None) -> Fitter:
    return BodyFitter(model, options['fit'], betas)


def _paper(options: OptionsByPrefix, model: BodyModel, betas: np.ndarray | None) -> Fitter:
    """The detector's offsets are those of `fit`; a model of the user's own is posed with smplx, where that is installed."""
    body = options['body']
    return PaperFitter(model, options['paper_fit'], betas, options['fit'].joint_offsets,
                       through_smplx=not is_shipped(body_model_path(body.model_file, body.gender)))


METHODS = {
    'fast': Method(_fast, {'fit': StationFitOptions}),
    'paper': Method(_paper, {'paper_fit': PaperFitOptions}),
}


def body_fitter(options: OptionsByPrefix, model: BodyModel, betas: np.ndarray | None = None) -> Fitter:
    """The chosen fitter.

    options: of every prefix in `body_options.FIT_OPTIONS`. betas: (10,) shape to begin every person with.
    Raises BadInput for another number of betas, and for `paper` without PyTorch.
    """
    return METHODS[options['body'].method].make(options, model, betas)
