"""What the launch file starts, as plain data, so that it can be checked without the launch package."""

from dataclasses import dataclass, field
from pathlib import Path

import yaml

from poseformer_ros.errors import BadInput
from poseformer_ros.ros import transport
from poseformer_ros.station import graph, parameter_files, presets

# The parameter of each node that says where its network runs.
DEVICES = {'silhouette': 'deeplabv3.device', 'body_parts': 'lip.device', 'classifier': 'model.device'}


@dataclass(frozen=True)
class Argument:
    """One launch argument; `choices` None allows anything."""

    name: str
    default: str
    text: str
    choices: list[str] | None = None


@dataclass(frozen=True)
class Process:
    """One process of the launched station."""

    package: str
    executable: str
    namespace: str
    parameters: list = field(default_factory=list)
    remappings: list[tuple[str, str]] = field(default_factory=list)
    arguments: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)


def arguments() -> list[Argument]:
    """The launch arguments."""
    yes_no = ['true', 'false']
    return [
        Argument('camera', 'own', 'camera preset of config/cameras', presets.names()),
        Argument('start_from', 'camera', "the camera's images, or synchronized pairs (`rgbd`) as a bag may hold them",
                 list(graph.START_POINTS)),
        Argument('params_file', '', 'ROS parameter file, read after the preset; empty for none'),
        Argument('namespace', graph.NAMESPACE, 'of all nodes and topics'),
        Argument('use_sim_time', 'false', 'follow /clock, as with a replayed bag', yes_no),
        Argument('rviz', 'false', 'open RViz with config/station.rviz', yes_no),
        Argument('device', 'cpu', 'where networks run, for stages that have one', ['cpu', 'cuda']),
    ]


def processes(values: dict[str, str]) -> list[Process]:
    """The processes to start.

    Args:
        values: of every launch argument.

    Raises:
        BadInput: no such camera preset or parameter file.
    """
    preset = presets.load(values['camera'])
    parameters = [{'use_sim_time': values['use_sim_time'] == 'true'}]
    parameters.append(str(presets.parameter_file({node: {name: values['device']} for node, name in DEVICES.items()})))
    if preset.parameters:
        parameters.append(str(presets.parameter_file(preset.parameters)))
    if values['params_file']:
        parameters.append(_existing(values['params_file']))
        parameter_files.say_unread(parameters[-1], values['namespace'])
    transport.use_profile()
    # Two BLAS threads on a stage's small matrices cost six times what one does.
    environment = {'OPENBLAS_NUM_THREADS': '1', 'OMP_NUM_THREADS': '1'}
    if transport.chosen_profile():
        environment[transport.PROFILE_VARIABLE] = transport.chosen_profile()
    station = [Process(graph.PACKAGE, executable, values['namespace'], parameters, list(preset.topics.items()),
                       environment=environment) for executable in graph.START_POINTS[values['start_from']]]
    return station + ([_rviz(values)] if values['rviz'] == 'true' else [])


def _rviz(values: dict[str, str]) -> Process:
    """RViz with our view; its topics are written for the default namespace and follow the chosen one."""
    config = presets.folder().parent / 'station.rviz'
    remappings = [(topic, topic.replace(f'/{graph.NAMESPACE}/', f'/{values["namespace"].strip("/")}/', 1))
                  for topic in rviz_topics(config)]
    return Process('rviz2', 'rviz2', '', [{'use_sim_time': values['use_sim_time'] == 'true'}], remappings,
                   ['-d', str(config)])


def rviz_topics(config: Path) -> list[str]:
    """The topics that the displays of an RViz file name."""
    displays = yaml.safe_load(config.read_text())['Visualization Manager']['Displays']
    return [display['Topic']['Value'] for display in displays if 'Topic' in display]


def _existing(path: str) -> str:
    if not Path(path).expanduser().is_file():
        raise BadInput(f'params_file {path}: no such file; give the path of a ROS parameter file')
    return str(Path(path).expanduser())
