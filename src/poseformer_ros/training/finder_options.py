"""What can be set of the finder network's training."""

from dataclasses import dataclass

from poseformer_ros.options import option
from poseformer_ros.training.person_options import DepthTrainingOptions


@dataclass(frozen=True)
class FinderTrainingOptions(DepthTrainingOptions):
    """Each field becomes an argument of `poseformer train finder`."""

    epochs: int = option(20, 1, 1000, 'times that every view is shown')
    batch: int = option(64, 2, 4096, 'views in one step')
    average: float = option(0.999, 0.0, 0.99999, 'share of the averaged weights that stays in each step; the average is shipped')
