"""Reads bags of either storage, ours and rosbag2's, message by message as they lie there."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from rosbags.interfaces import Connection, ConnectionExtRosbag2
from rosbags.rosbag2 import Reader, ReaderError
from rosbags.rosbag2.metadata import dump_qos_v9

from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.bags.metadata import METADATA_FILE, BagTopic

STORAGES = {'.mcap': 'mcap', '.db3': 'sqlite3'}


def is_bag(path: Path) -> bool:
    """Whether a path is one of a bag's files or a folder with its metadata; of a file also where there is none."""
    return path.suffix in STORAGES if not path.is_dir() else (path / METADATA_FILE).is_file()


class BagMessage(NamedTuple):
    """A serialized message, and when it was received, nanoseconds."""

    topic: str
    log_ns: int
    data: bytes


@dataclass(frozen=True)
class BagSummary:
    """What is in a bag. counts: messages of each topic. start_ns, end_ns: first and last message, zeros in an empty bag."""

    topics: dict[str, BagTopic]
    counts: dict[str, int]
    start_ns: int
    end_ns: int
    custom: dict[str, str]

    @property
    def seconds(self) -> float:
        """From the first message to the last."""
        return (self.end_ns - self.start_ns) / 1e9


class BagReader:
    """An open bag, a folder or a single file; a context manager.

    summary: what is in it.
    """

    def __init__(self, path: Path) -> None:
        """Raises BadInput when there is no bag, or one that was not ended; the text names the remedy."""
        self.path = path
        self._reader = Reader(_bag_path(path))
        try:
            self._reader.open()
        except KeyError as error:   # of the library, for want of a definition's encoding: rosbag2 leaves it empty
            raise BadInput(f'{path}: the definition of a type is kept in encoding {error}, as rosbag2 does where it does not find '
                           'the package of the type; source that, and `ros2 bag convert` to MCAP') from error
        except (ReaderError, OSError, ValueError, TypeError, EOFError) as error:
            raise BadInput(f'{path}: not read: {error}; if its recording was cut off, `poseformer bag repair {path}`') from error
        self.summary = self._summarise()

    def __enter__(self) -> 'BagReader':
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._reader.close()

    def messages(self, wanted: Callable[[str], bool] = lambda _: True, start_ns: int | None = None,
                 end_ns: int | None = None) -> Iterator[BagMessage]:
        """Messages of the wanted topics in the order they were received, from `start_ns` on and before `end_ns`."""
        connections = [connection for connection in self._reader.connections if wanted(connection.topic)]
        if not connections:
            return      # the library takes none for all
        try:
            for connection, log_ns, data in self._reader.messages(connections, start_ns, end_ns):
                yield BagMessage(connection.topic, log_ns, bytes(data))
        except (ReaderError, EOFError, ValueError) as error:
            raise BadInput(f'{self.path}: damaged: {error}; `poseformer bag repair {self.path}` gives back the rest') from error

    def last_before(self, wanted: Callable[[str], bool], end_ns: int) -> dict[str, BagMessage]:
        """The newest message of each wanted topic before a time: what late readers of latched topics have missed."""
        return {message.topic: message for message in self.messages(wanted, end_ns=end_ns)}

    def _summarise(self) -> BagSummary:
        topics: dict[str, BagTopic] = {}
        counts: dict[str, int] = {}
        for connection in self._reader.connections:
            topics.setdefault(connection.topic, _topic(connection))
            counts[connection.topic] = counts.get(connection.topic, 0) + connection.msgcount
        filled = self._reader.message_count > 0
        # The library's end is one past the last message.
        start_ns, end_ns = (self._reader.start_time, self._reader.end_time - 1) if filled else (0, 0)
        # rosbag2 writes words without quotes, and YAML takes some for numbers.
        custom = {name: str(value) for name, value in (self._reader.storage.metadata.custom or {}).items()}
        return BagSummary(topics, counts, start_ns, end_ns, custom)


def _bag_path(path: Path) -> Path:
    """What the library is to open: a folder with metadata, or a file."""
    if path.is_file() and path.suffix in STORAGES:
        return path
    if path.is_dir() and (path / METADATA_FILE).is_file():
        return path
    if path.is_dir() and any(file.suffix in STORAGES for file in path.iterdir()):
        raise BadInput(f'{path}: has no {METADATA_FILE}; `poseformer bag repair {path}` writes it')
    raise BadInput(f'{path}: no bag; give a folder with {METADATA_FILE}, or a .mcap or .db3 file')


def _topic(connection: Connection) -> BagTopic:
    assert isinstance(connection.ext, ConnectionExtRosbag2)
    qos: tuple[dict[str, Any], ...] = tuple(dict(profile) for profile in dump_qos_v9(connection.ext.offered_qos_profiles))
    return BagTopic(connection.topic, connection.msgtype, connection.digest, qos, connection.msgdef.data)
