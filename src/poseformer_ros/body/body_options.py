"""The body of the station: which model, how it is fitted, how its surface is shown."""

from dataclasses import dataclass

from poseformer_ros.body.fitting.methods import METHODS
from poseformer_ros.body.model_files import GENDERS
from poseformer_ros.options import check, option, options_of


@dataclass(frozen=True)
class BodyModelOptions:
    """Which body model; every node that has one must be told the same."""

    model_file: str = option('all_ages', text='all_ages or adults, the free bodies that ship; or your SMPL file (.npz or .pkl), or '
                             'a folder of them', live=False)
    gender: str = option('neutral', choices=GENDERS, text='which file of a folder of SMPL models; the free body has none',
                         live=False)

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class BodyOptions(BodyModelOptions):
    """Each field becomes a ROS parameter `body.<name>`."""

    method: str = option('fast', choices=METHODS, text='fast: in real time on one core; paper: as published, needs PyTorch and '
                         'takes about a second a frame', live=False)
    overlap_rate_hz: float = option(5.0, 0.0, 60.0, 'the overlap of mesh and silhouette is measured at most this often; '
                                    '0 for never', unit='Hz')
    mesh_rate_hz: float = option(5.0, 0.1, 60.0, 'the mesh marker is made at most this often', unit='Hz')

    def __post_init__(self) -> None:
        check(self)


# Of the fit: see `fitting.methods.body_fitter`.
FIT_OPTIONS = {'body': BodyOptions, **options_of(METHODS)}
