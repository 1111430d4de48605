"""Camera presets as data: which topics a driver publishes and what the station must know of it."""

import argparse
import atexit
import tempfile
from dataclasses import dataclass, fields
from pathlib import Path

import yaml

from poseformer_ros.errors import BadInput
from poseformer_ros.ros.input.combined import COMBINED

TOPICS = ('color/image', 'color/camera_info', 'depth/image', 'depth/camera_info', COMBINED)

EVERY_NODE = ''


@dataclass(frozen=True)
class Driver:
    """What a camera's driver publishes when it is started as the preset wants it.

    start: the command. depth_after_color_s: how much later a moment's depth is stamped. frame, size: of colour and of the depth
    that is registered to it. color_encodings, depth_encodings: the usual one first. queue: depth of its publishers.
    latched_info: whether it sends its calibration once, transient local. k: fx, fy, cx, cy in pixels and d, model: of one camera.
    """

    start: str
    rate_hz: float
    depth_after_color_s: float
    frame: str
    size: tuple[int, int]
    color_encodings: tuple[str, ...]
    depth_encodings: tuple[str, ...]
    reliability: str
    queue: int
    latched_info: bool
    k: tuple[float, float, float, float]
    model: str
    d: tuple[float, ...]


@dataclass(frozen=True)
class Preset:
    """One camera.

    text: for people. topics: our relative name to the driver's topic. parameters: node to parameter to value. driver: None where
    it may be any.
    """

    name: str
    text: str
    topics: dict[str, str]
    parameters: dict[str, dict[str, object]]
    driver: Driver | None = None


def folder() -> Path:
    """Where the presets lie in the package's share folder."""
    from ament_index_python.packages import get_package_share_directory
    return Path(get_package_share_directory('poseformer_ros')) / 'config' / 'cameras'


def names() -> list[str]:
    """All presets."""
    return sorted(path.stem for path in folder().glob('*.yaml'))


def load(name: str) -> Preset:
    """Read a preset by name.

    Raises:
        BadInput: there is none of this name, or the file does not say what it must.
    """
    path = folder() / f'{name}.yaml'
    if not path.is_file():
        raise BadInput(f'camera {name!r}: no such preset; choose one of {", ".join(names())}')
    said = yaml.safe_load(path.read_text())
    unknown = set(said.get('topics') or {}) - set(TOPICS)
    if unknown or 'text' not in said:
        raise BadInput(f'{path}: topics {sorted(unknown)} are not ours, or text is missing; topics may name {TOPICS}')
    return Preset(name, said['text'], said.get('topics') or {}, said.get('parameters') or {}, _driver(path, said.get('driver')))


def _driver(path: Path, said: dict[str, object] | None) -> Driver | None:
    if said is None:
        return None
    wanted = {field.name for field in fields(Driver)}
    if set(said) != wanted:
        raise BadInput(f'{path}: driver: {sorted(wanted ^ set(said))} missing or too much; it must say {sorted(wanted)}')
    return Driver(**{name: tuple(value) if isinstance(value, list) else value for name, value in said.items()})


def ros_arguments(preset: Preset) -> list[str]:
    """The preset as arguments after --ros-args, for every node of a process."""
    remaps = [word for ours, theirs in preset.topics.items() for word in ('-r', f'{ours}:={theirs}')]
    return remaps + parameter_arguments(preset.parameters)


def node_arguments(node: str, parameters: dict[str, object], arguments: argparse.Namespace) -> list[str]:
    """Arguments after --ros-args of a node beside the station: its `namespace`, `camera`, `use_sim_time` and `ros_arguments`."""
    words = ['--ros-args', '-r', f'__ns:=/{arguments.namespace.strip("/")}', *ros_arguments(load(arguments.camera)),
             *parameter_arguments({node: parameters})]
    return words + (['-p', 'use_sim_time:=true'] if arguments.use_sim_time else []) + arguments.ros_arguments


def parameter_arguments(parameters: dict[str, dict[str, object]]) -> list[str]:
    """Node parameters as arguments after --ros-args; a rule on the command line would reach no node in a namespace (rcl 9.2)."""
    return ['--params-file', str(parameter_file(parameters))] if parameters else []


def parameter_file(parameters: dict[str, dict[str, object]]) -> Path:
    """Node parameters as a ROS parameter file in the system's temporary folder, for as long as this process lives.

    Args:
        parameters: of each node by its name, of every node by EVERY_NODE.

    Raises:
        BadInput: there is no folder for it.
    """
    try:
        with tempfile.NamedTemporaryFile('w', prefix='poseformer_', suffix='.yaml', delete=False) as file:
            yaml.safe_dump({f'/**/{node}' if node else '/**': {'ros__parameters': values} for node, values in parameters.items()},
                           file)
    except OSError as error:
        raise BadInput(f'temporary files: {error.strerror or error}; set TMPDIR to a folder that can be written') from error
    path = Path(file.name)
    atexit.register(path.unlink, missing_ok=True)
    return path
