"""What a bag says of itself: topics, files and times in `metadata.yaml`, as rosbag2 writes it (version 9)."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from poseformer_ros.errors import BadInput

METADATA_VERSION = 9
METADATA_FILE = 'metadata.yaml'
# rosbag2's way of saying that no time is given, and that one is without end (2^63 - 1 ns).
NO_TIME = {'sec': 0, 'nsec': 0}
FOREVER = {'sec': 9_223_372_036, 'nsec': 854_775_807}
# Quality of service of a publisher, as rosbag2 writes it; where a bag says nothing.
USUAL_QOS: dict[str, Any] = {
    'history': 'keep_last', 'depth': 10, 'reliability': 'reliable', 'durability': 'volatile', 'deadline': FOREVER,
    'lifespan': FOREVER, 'liveliness': 'automatic', 'liveliness_lease_duration': FOREVER, 'avoid_ros_namespace_conventions': False}


@dataclass(frozen=True)
class BagTopic:
    """A topic of a bag.

    name: absolute. type: 'package/msg/Name'. type_hash: 'RIHS01_...', empty where it is not known.
    qos: of each publisher, as `USUAL_QOS`. definition: of the type, `ros2msg`, with all that it uses; empty where it is not known.
    """

    name: str
    type: str
    type_hash: str = ''
    qos: tuple[Mapping[str, Any], ...] = (USUAL_QOS,)
    definition: str = ''

    @property
    def latched(self) -> bool:
        """Whether a late reader gets the last message too."""
        return any(qos['durability'] == 'transient_local' for qos in self.qos)


@dataclass(frozen=True)
class BagFile:
    """One file of a bag: its name, first and last time of a message in nanoseconds, and the number of messages of each topic."""

    name: str
    start_ns: int
    end_ns: int
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def messages(self) -> int:
        """Messages of all topics."""
        return sum(self.counts.values())


def bag_information(topics: Sequence[BagTopic], files: Sequence[BagFile], custom: Mapping[str, str], storage: str = 'mcap',
                    distribution: str = '') -> dict[str, Any]:
    """What rosbag2 calls `rosbag2_bagfile_information`."""
    filled = [file for file in files if file.messages]
    start_ns = min((file.start_ns for file in filled), default=0)
    counts = {topic.name: sum(file.counts.get(topic.name, 0) for file in files) for topic in topics}
    return {
        'version': METADATA_VERSION, 'storage_identifier': storage,
        'duration': {'nanoseconds': max((file.end_ns for file in filled), default=0) - start_ns},
        'starting_time': {'nanoseconds_since_epoch': start_ns},
        'message_count': sum(counts.values()),
        'topics_with_message_count': [{'topic_metadata': _topic(topic), 'message_count': counts[topic.name]} for topic in topics],
        'compression_format': '', 'compression_mode': '',   # of whole files; chunks say it themselves
        'relative_file_paths': [file.name for file in files],
        'files': [_file(file) for file in files],
        'custom_data': dict(custom), 'ros_distro': distribution or os.environ.get('ROS_DISTRO', ''),
    }


def _topic(topic: BagTopic) -> dict[str, Any]:
    return {'name': topic.name, 'type': topic.type, 'serialization_format': 'cdr',
            'offered_qos_profiles': [dict(qos) for qos in topic.qos], 'type_description_hash': topic.type_hash}


def _file(file: BagFile) -> dict[str, Any]:
    return {'path': file.name, 'starting_time': {'nanoseconds_since_epoch': file.start_ns},
            'duration': {'nanoseconds': file.end_ns - file.start_ns}, 'message_count': file.messages}


def yaml_text(data: Any) -> str:
    """YAML without references from one place to another, which other readers of bags need not know."""
    return yaml.dump(data, Dumper=_PlainDumper, sort_keys=False)


def read_metadata(folder: Path) -> dict[str, Any]:
    """What `metadata.yaml` says, as `bag_information` makes it. Raises BadInput where there is none that can be read."""
    path = folder / METADATA_FILE
    try:
        return dict(yaml.safe_load(path.read_text())['rosbag2_bagfile_information'])
    except (OSError, KeyError, TypeError, ValueError, yaml.YAMLError) as error:
        raise BadInput(f'{path}: not read: {error}; `poseformer bag repair {folder}` writes it anew') from error


class _PlainDumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def write_metadata(folder: Path, information: Mapping[str, Any]) -> None:
    """Write `metadata.yaml` whole or not at all: by a temporary file that is renamed."""
    temporary = folder / f'.{METADATA_FILE}.part'
    try:
        with temporary.open('w') as file:
            file.write(yaml_text({'rosbag2_bagfile_information': dict(information)}))
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    temporary.replace(folder / METADATA_FILE)
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
