"""What the launch file starts, as plain data, so that it can be checked without the launch package."""

import os
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from poseformer_ros.errors import BadInput
from poseformer_ros.ros import transport
from poseformer_ros.ros.input.combined import COMBINED
from poseformer_ros.station import graph, parameter_files, presets, stopping

# The parameter of each node that says where its network runs.
DEVICES = {'silhouette': 'deeplabv3.device', 'body_parts': 'lip.device', 'classifier': 'model.device'}
# Users of Nav2 type True.
YES_NO = {'true': True, 'false': False, 'True': True, 'False': False}
LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'fatal']
# Launch argument to our name of the topic that it renames.
TOPIC_ARGUMENTS = {'color_topic': 'color/image', 'color_info_topic': 'color/camera_info', 'depth_topic': 'depth/image',
                   'depth_info_topic': 'depth/camera_info', 'rgbd_topic': COMBINED}
RESPAWN_AFTER_S = 0.5


@dataclass(frozen=True)
class Argument:
    """One launch argument; `choices` None allows anything."""

    name: str
    default: str
    text: str
    choices: list[str] | None = None


@dataclass(frozen=True)
class Process:
    """One process of the launched station; parameters: paths of files; respawn: whether it is brought back when it dies."""

    package: str
    executable: str
    namespace: str
    parameters: list[str] = field(default_factory=list)
    remappings: list[tuple[str, str]] = field(default_factory=list)
    arguments: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    respawn: bool = False


def arguments() -> list[Argument]:
    """The launch arguments."""
    yes_no = list(YES_NO)
    return [
        Argument('camera', 'own', 'camera preset of config/cameras', presets.names()),
        Argument('start_from', 'camera', "the camera's images, or synchronized pairs (`rgbd`) as a bag may hold them",
                 list(graph.START_POINTS)),
        *(Argument(name, '', f'where {ours} comes from; empty for what the preset says') for name, ours in TOPIC_ARGUMENTS.items()),
        Argument('params_file', '', 'ROS parameter file, read after the preset; empty for none'),
        Argument('namespace', graph.NAMESPACE, 'of all nodes and topics'),
        Argument('use_sim_time', 'false', 'follow /clock, as with a replayed bag', yes_no),
        log_level(),
        Argument('respawn', 'true', 'bring a process back that died; it still knows floor, followed person and shape', yes_no),
        Argument('rviz', 'false', 'open RViz with config/station.rviz', yes_no),
        Argument('device', 'cpu', 'where networks run, for stages that have one', ['cpu', 'cuda']),
    ]


def log_level() -> Argument:
    """The launch argument that all our launch files have."""
    return Argument('log_level', 'info', 'what is logged, from this level on', LOG_LEVELS)


def simulated_time() -> str:
    """Path of parameters that let nodes follow /clock. launch_ros would write such a file too, and leave it behind."""
    return str(presets.parameter_file({presets.EVERY_NODE: {'use_sim_time': True}}))


def log_arguments(values: dict[str, str]) -> list[str]:
    """A process's command-line words for `log_level`."""
    return ['--ros-args', '--log-level', values['log_level']]


def processes(values: dict[str, str], pushed_namespace: str = '') -> list[Process]:
    """The processes to start.

    Args:
        values: of every launch argument.
        pushed_namespace: of the group that the launch file is included in (PushRosNamespace).

    Raises:
        BadInput: no such camera preset or parameter file, or no RViz; before anything is started.
    """
    namespace = full_namespace(pushed_namespace, values['namespace'])
    preset = presets.load(values['camera'])
    simulated = YES_NO[values['use_sim_time']]
    # Said only where it is asked for: a SetParameter of the including launch file holds otherwise.
    parameters = [simulated_time()] if simulated else []
    parameters.append(str(presets.parameter_file({node: {name: values['device']} for node, name in DEVICES.items()})))
    if preset.parameters:
        parameters.append(str(presets.parameter_file(preset.parameters)))
    if values['params_file']:
        parameters.append(_existing(values['params_file']))
        parameter_files.say_unread(parameters[-1], namespace)
    rviz = [_rviz(namespace, simulated, values)] if YES_NO[values['rviz']] else []
    topics = preset.topics | {ours: values[name] for name, ours in TOPIC_ARGUMENTS.items() if values[name]}
    station = [Process(graph.PACKAGE, executable, namespace, parameters, list(topics.items()), log_arguments(values),
                       environment(), YES_NO[values['respawn']]) for executable in graph.START_POINTS[values['start_from']]]
    return station + rviz


def full_namespace(pushed: str, namespace: str) -> str:
    """A namespace below the one of the including group, as launch_ros joins them; absolute."""
    return namespace.rstrip('/') if namespace.startswith('/') else f'{pushed.rstrip("/")}/{namespace.strip("/")}'


def environment() -> dict[str, str]:
    """What is set for every process of ours."""
    transport.use_profile()
    # Two BLAS threads on a stage's small matrices cost six times what one does.
    chosen = {'OPENBLAS_NUM_THREADS': '1', 'OMP_NUM_THREADS': '1', stopping.LAUNCHER: str(os.getpid())}
    if transport.chosen_profile():
        chosen[transport.PROFILE_VARIABLE] = transport.chosen_profile()
    return chosen


def _rviz(namespace: str, simulated: bool, values: dict[str, str]) -> Process:
    """RViz with our view; its topics are written for the default namespace and follow the chosen one."""
    from ament_index_python.packages import PackageNotFoundError, get_package_prefix
    try:
        get_package_prefix('rviz2')
    except PackageNotFoundError as error:
        raise BadInput('rviz:=true: package rviz2 is not installed; install ros-$ROS_DISTRO-rviz2, or leave rviz out') from error
    config = presets.folder().parent / 'station.rviz'
    remappings = [(topic, topic.replace(f'/{graph.NAMESPACE}/', f'{namespace}/', 1)) for topic in rviz_topics(config)]
    return Process('rviz2', 'rviz2', '', [simulated_time()] if simulated else [], remappings,
                   ['-d', str(config), *log_arguments(values)])


def rviz_topics(config: Path) -> list[str]:
    """The topics that the displays of an RViz file name."""
    displays = yaml.safe_load(config.read_text())['Visualization Manager']['Displays']
    return [display['Topic']['Value'] for display in displays if 'Topic' in display]


def _existing(path: str) -> str:
    if not Path(path).expanduser().is_file():
        raise BadInput(f'params_file {path}: no such file; give the path of a ROS parameter file')
    return str(Path(path).expanduser())
