"""The body fit as the station runs it: which model, whose joints, how its surface is shown."""

from dataclasses import dataclass, field, fields

from poseformer_ros.body.fitting.fit_options import FitOptions
from poseformer_ros.body.fitting.methods import METHODS
from poseformer_ros.body.model_files import GENDERS
from poseformer_ros.options import check, option

_DECLARED = {declared.name: declared.metadata for declared in fields(FitOptions)}


@dataclass(frozen=True)
class BodyModelOptions:
    """Which body model; every node that has one must be told the same."""

    model_file: str = option('', text='all_ages or adults, the free bodies that ship; your SMPL file (.npz or .pkl), or a folder '
                             'of them; empty for adults', live=False)
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


@dataclass(frozen=True)
class StationFitOptions(FitOptions):
    """The fit's options; the station's joints are DKP-24's points, which err far and for long where a table mistakes an arm."""

    joint_offsets: str = field(default='dkp24', metadata=_DECLARED['joint_offsets'])
    gate_sigmas: float = field(default=2.5, metadata=_DECLARED['gate_sigmas'])
    error_lasts_s: float = field(default=2.0, metadata=_DECLARED['error_lasts_s'])
