"""The body fit as the station runs it: which model, whose joints, how its surface is shown."""

from dataclasses import dataclass, field, fields

from poseformer_ros.body.fitting.fit_options import FitOptions
from poseformer_ros.options import check, option

_DECLARED = {declared.name: declared.metadata for declared in fields(FitOptions)}


@dataclass(frozen=True)
class BodyOptions:
    """Each field becomes a ROS parameter `body.<name>`."""

    model_file: str = option('', text="your SMPL file (.npz or .pkl); empty for the free body that ships", live=False)
    mesh_rate_hz: float = option(5.0, 0.1, 60.0, 'the mesh marker is made at most this often', unit='Hz')

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class StationFitOptions(FitOptions):
    """The fit's options; the station's joints are DKP-24's points."""

    joint_offsets: str = field(default='dkp24', metadata=_DECLARED['joint_offsets'])
