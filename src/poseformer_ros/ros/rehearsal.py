"""The station in this process and a picture source in another, recorded: what demo, bench and whole-graph tests do."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import rclpy
from rclpy.experimental import EventsExecutor
from rclpy.node import Node

from poseformer_ros.camera.picture_folder import open_folder
from poseformer_ros.ros import graph, presets, run, transport
from poseformer_ros.ros.recorder import RecorderNode, Recording

# A source that has said nothing for this long is over.
QUIET_S = 3.0


@dataclass(frozen=True)
class Source:
    """A picture source of the graph with its parameters, and what the station must be told about its pictures."""

    node: str
    parameters: dict[str, object]
    station_parameters: dict[str, dict[str, object]]


def folder_source(path: Path, **source_parameters: object) -> Source:
    """A folder of pictures, with the extrinsics for the station when its depth is not registered."""
    extrinsics = open_folder(path).extrinsics
    station = {} if extrinsics is None else {'rgbd_sync': {
        'input.depth_registered': False,
        'input.rotation': [float(v) for v in extrinsics.rotation.ravel()],
        'input.translation': [float(v) for v in extrinsics.translation]}}
    parameters = {'folder.path': str(path)} | {f'source.{name}': value for name, value in source_parameters.items()}
    return Source('picture_player', parameters, station)


def capsule_source(**source_parameters: object) -> Source:
    """The drawn figure."""
    return Source('capsule_camera', {f'source.{name}': value for name, value in source_parameters.items()}, {})


def rendered_source(exercise: str, seconds: float, **source_parameters: object) -> Source:
    """A rendered person doing an exercise."""
    parameters = {'scene.exercise': exercise, 'scene.seconds': seconds}
    parameters |= {f'source.{name}': value for name, value in source_parameters.items()}
    return Source('synthetic_camera', parameters, {})


@dataclass
class Rehearsal:
    """What came out: the recording, and the station's nodes with their health."""

    recording: Recording
    nodes: list[Node]


def alone_on_this_machine() -> None:
    """Keep a rehearsal's topics on this machine and away from a running station, unless the user chose a domain."""
    os.environ.setdefault('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    os.environ.setdefault('ROS_DOMAIN_ID', str(1 + os.getpid() % 100))


@contextmanager
def rehearse(source: Source, until: Callable[[Recording], bool], pictures: bool = True, skeletons: bool = True,
             progress: Callable[[int], None] = lambda _: None) -> Iterator[Rehearsal]:
    """Run station and source until `until(recording)` holds or the source has ended and fallen silent.

    Args:
        pictures: record colour and silhouettes.
        skeletons: record skeletons; without them a long run's memory shows the station's, not the recording's.
        progress: told the number of skeletons so far.
    """
    alone_on_this_machine()
    transport.use_profile()
    arguments = ['--ros-args', '-r', f'__ns:=/{graph.NAMESPACE}']
    rclpy.init(args=arguments + presets.parameter_arguments(source.station_parameters))
    nodes = run.make_nodes(spec.name for spec in graph.STATION)
    recorder = RecorderNode(pictures, skeletons)
    executor = EventsExecutor()
    for node in (*nodes, recorder):
        executor.add_node(node)
    child = subprocess.Popen([sys.executable, '-m', 'poseformer_ros.cli.main', 'node', source.node, *arguments,
                              *presets.parameter_arguments({source.node: source.parameters})])
    try:
        recording = recorder.recording
        while not until(recording) and not _over(child, recording):
            executor.spin_once(timeout_sec=0.1)
            progress(len(recording.moments))
        yield Rehearsal(recording, nodes)
    finally:
        _end(child)
        executor.shutdown()
        for node in (*nodes, recorder):
            node.destroy_node()
        rclpy.try_shutdown()


def _over(child: subprocess.Popen, recording: Recording) -> bool:
    return child.poll() is not None and time.monotonic() - recording.last_at > QUIET_S


def _end(child: subprocess.Popen) -> None:
    child.send_signal(signal.SIGINT)
    try:
        child.wait(timeout=5)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
