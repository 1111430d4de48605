"""The station and an image source, each in its processes, recorded by this one: what demo, bench and whole-graph tests do."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import rclpy
from rclpy.experimental import EventsExecutor
from rclpy.signals import SignalHandlerOptions

from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.image_folder import open_folder
from poseformer_ros.ros import transport
from poseformer_ros.ros.kept_state import forget_all
from poseformer_ros.station import graph, presets, processes, stopping
from poseformer_ros.station.recorder import RecorderNode, StationRecord

# A source that has said nothing for this long is over.
QUIET_S = 3.0
# What is late or missing stands in the record; said in the terminal it would drown the progress.
QUIET = {'diagnostics.silence_s': 3600.0, 'diagnostics.latency_warn_s': 10.0}
# Every answer of a recorded run counts, however late; the record says how late.
ALL_ANSWERS = {'freshness.stale_s': 0.0}
# Longest start of a station, on a loaded machine.
START_S = 60.0


@dataclass(frozen=True)
class CameraSource:
    """An image source of the graph with its parameters, and what the station must be told about its images."""

    node: str
    parameters: dict[str, object]
    station_parameters: dict[str, dict[str, object]]


def folder_source(path: Path, in_memory: bool = False, **source_parameters: object) -> CameraSource:
    """A folder of images, with the extrinsics for the station when its depth is not registered.

    in_memory: decode everything before the first image, so that the source costs no more than a camera.
    """
    extrinsics = open_folder(path).extrinsics
    station = {} if extrinsics is None else {'rgbd_sync': {
        'input.depth_registered': False,
        'input.rotation': [float(v) for v in extrinsics.rotation.ravel()],
        'input.translation_m': [float(v) for v in extrinsics.translation]}}
    parameters = {'folder.path': str(path), 'folder.in_memory': in_memory}
    parameters |= {f'source.{name}': value for name, value in source_parameters.items()}
    return CameraSource('image_player', parameters, station)


def capsule_source(**source_parameters: object) -> CameraSource:
    """The drawn figure."""
    return CameraSource('capsule_camera', {f'source.{name}': value for name, value in source_parameters.items()}, {})


def rendered_source(exercise: str, seconds: float, **source_parameters: object) -> CameraSource:
    """A rendered person doing an exercise."""
    parameters = {'scene.exercise': exercise, 'scene.duration_s': seconds}
    parameters |= {f'source.{name}': value for name, value in source_parameters.items()}
    return CameraSource('synthetic_camera', parameters, {})


@dataclass(frozen=True)
class RecordedRun:
    """What came out.

    record: what was kept. resident_mb: memory of the station's processes together, megabytes.
    bag_resident_mb, bag_cpu_s: memory and processor time (seconds) of the process that writes a bag beside them; 0 without one.
    """

    record: StationRecord
    resident_mb: Callable[[], float]
    cpu_s: Callable[[], float]
    bag_resident_mb: Callable[[], float]
    bag_cpu_s: Callable[[], float]


def alone_on_this_machine() -> None:
    """Keep a run's topics on this machine and away from a running station, unless the user chose a domain."""
    os.environ.setdefault('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    os.environ.setdefault('ROS_DOMAIN_ID', str(1 + os.getpid() % 100))


@contextmanager
def recorded_run(source: CameraSource, until: Callable[[RecordedRun], bool], images: bool = True, results: bool = True,
                 progress: Callable[[int], None] = lambda _: None, bag: Path | None = None,
                 **bag_wishes: object) -> Iterator[RecordedRun]:
    """Run station and source in processes of their own until `until(run)` holds or the source has ended and fallen silent.

    Raises BadInput when a node does not start, KeyboardInterrupt once everything is ended when a signal came.

    Args:
        images: record colour and silhouettes.
        results: record skeletons and exercises; without them a long run's memory shows the station's, not the recording's.
        progress: told the number of skeletons so far.
        bag: camera and results are recorded into it meanwhile. bag_wishes: parameters of the node that does.
    """
    alone_on_this_machine()
    transport.use_profile()
    arguments = ['--ros-args', '-r', f'__ns:=/{graph.NAMESPACE}']
    rclpy.init(args=arguments, signal_handler_options=SignalHandlerOptions.NO)
    with stopping.noted() as came:
        wishes = {'recorder.path': str(bag), **bag_wishes} if bag is not None else {}
        yield from _recorded_run(source, until, images, results, progress, arguments, came, wishes)


def _recorded_run(source: CameraSource, until: Callable[[RecordedRun], bool], images: bool, results: bool,
                  progress: Callable[[int], None], arguments: list[str], came: list[int],
                  bag_wishes: dict[str, object]) -> Iterator[RecordedRun]:
    recorder = RecorderNode(images, results)
    executor = EventsExecutor()
    executor.add_node(recorder)
    station = {spec.name: QUIET | (ALL_ANSWERS if 'freshness' in spec.options else {})
               | source.station_parameters.get(spec.name, {}) for spec in graph.STATION}
    station_arguments = arguments + presets.parameter_arguments(station)
    reader = {'source.reader': recorder.get_name()} if images else {}
    source_arguments = arguments + presets.parameter_arguments({source.node: QUIET | reader | source.parameters})
    forget_all()        # the recording's person is nobody's whom a station followed before
    children = [processes.start(names, station_arguments) for names in graph.PROCESSES.values()]
    try:
        record = recorder.record
        _wait_for_station(children, record, executor, came)
        station_children = list(children)
        if bag_wishes:
            wishes = presets.parameter_arguments({'bag_recorder': bag_wishes})
            children.append(processes.start(['bag_recorder'], arguments + wishes))
        writers = children[len(station_children):]
        children.append(processes.start([source.node], source_arguments))
        run = RecordedRun(record, lambda: sum(_resident_mb(child.pid) for child in station_children),
                          lambda: sum(_cpu_s(child.pid) for child in station_children),
                          lambda: sum(_resident_mb(child.pid) for child in writers),
                          lambda: sum(_cpu_s(child.pid) for child in writers))
        while not came and not until(run) and not _over(children, record):
            executor.spin_once(timeout_sec=0.1)
            progress(len(record.moments))
        if came:
            raise KeyboardInterrupt
        yield run
    finally:
        processes.end(children)
        executor.shutdown()
        recorder.destroy_node()
        rclpy.try_shutdown()


def _wait_for_station(children: list[subprocess.Popen], record: StationRecord, executor: EventsExecutor, came: list[int]) -> None:
    """Until a signal came or every node has spoken in the diagnostics: a second after its start, when those that talk have met."""
    until = time.monotonic() + START_S
    while not came and not all(spec.name in record.health for spec in graph.STATION):
        ended = [child for child in children if child.poll() is not None]
        silent = [spec.name for spec in graph.STATION if spec.name not in record.health]
        if ended or time.monotonic() > until:
            raise BadInput(f'station: {", ".join(silent)} did not start; what is wrong stands above, or see the log of '
                           '`poseformer station`')
        executor.spin_once(timeout_sec=0.1)


def _over(children: list[subprocess.Popen], record: StationRecord) -> bool:
    """The source has ended and nothing comes any more, or a part of the station could not start."""
    source_over = children[-1].poll() is not None and time.monotonic() - record.last_at > QUIET_S
    return source_over or any(child.poll() is not None for child in children[:-1])


def _resident_mb(pid: int) -> float:
    """Memory of a process that is in use; 0 when it is gone."""
    try:
        pages = int(Path(f'/proc/{pid}/statm').read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf('SC_PAGE_SIZE') / 2**20


def _cpu_s(pid: int) -> float:
    """Processor time that a process has used, seconds; 0 when it is gone."""
    try:
        user, system = Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[11:13]
    except (OSError, ValueError):
        return 0.0
    return (int(user) + int(system)) / os.sysconf('SC_CLK_TCK')
