"""The options of every stage, declared once for the station's nodes and for recordings, and read from one kind of file."""

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from poseformer_ros.body.body_options import FIT_OPTIONS, BodyModelOptions
from poseformer_ros.body.fitting.fit_options import FitOptions
from poseformer_ros.errors import BadInput
from poseformer_ros.keypoints import part_stage
from poseformer_ros.keypoints.keypoint_options import KeypointOptions
from poseformer_ros.recognition.decision import ClassifierOptions
from poseformer_ros.recognition.fusion import FusionOptions
from poseformer_ros.recognition.shipped_model import ExerciseModelOptions
from poseformer_ros.silhouette import stage as silhouette_stage
from poseformer_ros.skeleton import methods as joint_methods
from poseformer_ros.skeleton.temporal_filter import FilterOptions

# Stage, which is the name of its node, to the options dataclass of each parameter prefix; in the order in which they run.
STAGES: dict[str, dict[str, type]] = {
    'silhouette': silhouette_stage.OPTIONS,
    'joints': joint_methods.OPTIONS | {'filter': FilterOptions},
    'smpl_fit': FIT_OPTIONS,
    'keypoints': {'keypoints': KeypointOptions},
    'body_parts': part_stage.OPTIONS,
    'fusion': {'fusion': FusionOptions, 'body': BodyModelOptions},
    'classifier': {'model': ExerciseModelOptions, 'classifier': ClassifierOptions},
}
# Joints that a recording brings are no detector's points.
OF_JOINTS = STAGES | {'smpl_fit': STAGES['smpl_fit'] | {'fit': FitOptions}}
EVERY_NODE = '**'       # in a parameter file
OF_THE_NODE = ('diagnostics', 'use_sim_time', 'qos_overrides')     # parameters that are no stage's

StageOptions = dict[str, dict[str, Any]]
Parameters = Mapping[str, Mapping[str, Any]]


def stage_options(parameters: Parameters | None = None, declared: Mapping[str, Mapping[str, type]] = STAGES) -> StageOptions:
    """The options of every stage by prefix, defaults where nothing is said.

    parameters: node to `prefix.field` to value; nodes that are no stage are left alone, EVERY_NODE is for all that know the name.
    Raises BadInput for a name that its stage does not know, and for a value that cannot be used.
    """
    said = parameters or {}
    for stage, prefixes in declared.items():
        _check_names(stage, prefixes, said.get(stage, {}))
    return {stage: {prefix: _made(options, prefix, said.get(EVERY_NODE, {}), said.get(stage, {}))
                    for prefix, options in prefixes.items()}
            for stage, prefixes in declared.items()}


def _check_names(stage: str, prefixes: Mapping[str, type], said: Mapping[str, Any]) -> None:
    names = {f'{prefix}.{f.name}' for prefix, options in prefixes.items() for f in dataclasses.fields(options)}
    wrong = [name for name in said if name not in names and name.split('.')[0] not in OF_THE_NODE]
    if wrong:
        raise BadInput(f'{stage}: parameter {wrong[0]!r} is not known; docs/nodes lists them')


def _made(options: type, prefix: str, *said: Mapping[str, Any]) -> Any:
    """The options with what is said of them, the last word wins."""
    values = {}
    for field in dataclasses.fields(options):
        for parameters in said:
            if f'{prefix}.{field.name}' in parameters:
                value = parameters[f'{prefix}.{field.name}']
                values[field.name] = tuple(value) if isinstance(value, list) else value
    return options(**values)


def read_parameters(path: Path) -> dict[str, dict[str, Any]]:
    """Node to `prefix.field` to value from a ROS parameter file, whatever the namespaces. Raises BadInput for another file."""
    try:
        said = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError) as error:
        raise BadInput(f'{path}: {error}; give a ROS parameter file') from error
    if not isinstance(said, dict):
        raise BadInput(f'{path}: holds no nodes; give a ROS parameter file, /**/<node>: ros__parameters: ...')
    found: dict[str, dict[str, Any]] = {}
    for node, parameters in _nodes(said, '', path):
        found.setdefault(node.rpartition('/')[2], {}).update(dict(_flat(parameters, '')))
    return found


def _nodes(said: Mapping[str, Any], name: str, path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for key, value in said.items():
        if not isinstance(value, dict):
            raise BadInput(f'{path}: {key} stands in no ros__parameters; give a ROS parameter file')
        if key == 'ros__parameters':
            yield name, value
        else:
            yield from _nodes(value, str(key), path)


def _flat(parameters: Mapping[str, Any], before: str) -> Iterator[tuple[str, Any]]:
    """Names with dots, also where the file nests them."""
    for key, value in parameters.items():
        if isinstance(value, dict):
            yield from _flat(value, f'{before}{key}.')
        else:
            yield f'{before}{key}', value
