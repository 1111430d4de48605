"""Writes a bag that rosbag2, Foxglove and we read, also after the power failed half-way."""

import os
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.bags.mcap_file import FULL, McapFile
from poseformer_ros.recordings.bags.metadata import BagFile, BagTopic, bag_information, sync_folder, write_metadata, yaml_text
from poseformer_ros.recordings.bags.writer_options import WriterOptions

MB = 1_000_000
NANO = 1_000_000_000
# Chunks of about this size, as rosbag2's; an image is one of its own.
CHUNK_BYTES = 768 * 1024
# Kept free, so that a disk that is full still takes the end of the file and metadata.yaml.
RESERVE_BYTES = 1024 * 1024
# Names of what we add to a bag's custom data, and of the record that holds it from the file's beginning.
CUSTOM_RECORD = 'poseformer'
FLUSH_KEY = 'poseformer.flush_s'
# Of each topic: received, written, lost. JSON.
COUNTS_KEY = 'poseformer.counts'


class BagWriter:
    """A bag folder that grows.

    repeated: messages of latched topics that were written again at the beginning of a further file, so that each file stands for
    itself. given_up: those of each topic that a full disk did not take. synced_elsewhere: somebody else calls `sync` on time.
    """

    def __init__(self, folder: Path, options: WriterOptions = WriterOptions(), custom: Mapping[str, str] | None = None) -> None:
        """Begin a bag.

        custom: names and values that are kept with the bag.
        Raises BadInput when the folder is there already or cannot be made.
        """
        self.folder, self._options = folder, options
        self.custom = {**(custom or {}), FLUSH_KEY: f'{options.flush_s:g}'}
        self.repeated: Counter[str] = Counter()
        self.given_up: Counter[str] = Counter()
        self.synced_elsewhere = False
        self._topics: dict[str, BagTopic] = {}
        self._latched: dict[str, tuple[bytes, int]] = {}
        self._files: list[BagFile] = []
        self._file: McapFile | None = None
        self._number, self._file_start_ns = 0, 0
        self._flushed_at = time.monotonic()
        try:
            folder.mkdir(parents=True)
            self._hold_reserve()
            self._begin_file()
            self._write_metadata()
        except FileExistsError as error:
            raise BadInput(f'{folder}: is there already; choose another name, nothing is written over') from error
        except OSError as error:
            raise BadInput(f'{folder}: {error.strerror}; choose a folder that can be written, on a disk with room') from error

    @property
    def flush_s(self) -> float:
        """What is written goes to the disk after at most this long, seconds."""
        return self._options.flush_s

    @property
    def written(self) -> Counter[str]:
        """Messages of each topic in finished files and in whole chunks, those repeated among them; for any thread."""
        growing = self._file    # another thread may end it meanwhile
        finished = sum((Counter(dict(file.counts)) for file in self._files), Counter[str]())
        return finished + Counter(growing.index.counts()) if growing else finished

    @property
    def bytes_written(self) -> int:
        """Size of the present file."""
        return self._file.size + self._file.gathered if self._file else 0

    def add_topic(self, topic: BagTopic) -> None:
        """Say that messages of a topic will come."""
        self._topics[topic.name] = topic
        self._do(lambda: self._present.add_topic(topic))

    def note(self, custom: Mapping[str, str]) -> None:
        """Keep names and values with the bag, from now on also if it is cut off."""
        self.custom |= custom
        self._do(lambda: self._present.add_metadata(CUSTOM_RECORD, self.custom))

    def write(self, topic: str, data: bytes, log_ns: int, publish_ns: int) -> None:
        """Add a serialized message.

        log_ns, publish_ns: when it was received and sent.
        Raises BadInput when the disk is full; the bag is then closed and readable.
        """
        if self._split_is_due(log_ns):
            self._begin_next_file(topic)
        if self._topics[topic].latched:
            self._latched[topic] = (data, publish_ns)
        self._present.add_message(topic, data, log_ns, publish_ns)
        self._file_start_ns = min(self._file_start_ns or log_ns, log_ns)
        if self._present.gathered >= CHUNK_BYTES:
            self._do(self._present.close_chunk)
        if time.monotonic() - self._flushed_at >= self._options.flush_s:
            self.flush()

    def flush(self) -> None:
        """Bring everything to the disk. Raises BadInput as `write` does."""
        self._do(self._present.close_chunk)
        if not self.synced_elsewhere:
            self._do(self._present.sync)
        self._flushed_at = time.monotonic()

    def sync(self) -> None:
        """Bring to the disk what is written; may be called in another thread. Raises OSError when the disk fails."""
        file = self._file
        if file is not None:
            with suppress(ValueError):      # ended meanwhile, and synced by that
                file.sync()

    def close(self, custom: Mapping[str, str] | None = None) -> None:
        """End the bag, if that is not done yet; `custom` is added to what is kept with it."""
        self.custom |= custom or {}
        if self._file is not None:
            self._finish()
        if self._files:
            self._write_metadata()

    @property
    def _present(self) -> McapFile:
        if self._file is None:
            raise BadInput(f'{self.folder}: the bag is closed')
        return self._file

    def _do(self, work: Callable[[], None]) -> None:
        try:
            work()
        except OSError as error:
            raise BadInput(self.end_after(error)) from error

    def end_after(self, error: OSError) -> str:
        """Close what there is, because the disk failed; returns what happened, for people."""
        what = 'the disk is full' if error.errno in FULL else f'cannot be written ({error.strerror})'
        try:
            if self._file is not None:
                self._finish()
            self._write_metadata()
        except OSError as second:
            self._file = None
            return (f'{self.folder}: {what}, and the bag could not be closed ({second.strerror}); make room, then '
                    f'`poseformer bag repair {self.folder}`')
        return f'{self.folder}: {what}; the bag is closed and readable up to here; make room and record into a new one'

    def _split_is_due(self, log_ns: int) -> bool:
        if not self._file_start_ns:
            return False
        by_size = 0 < self._options.split_mb * MB <= self.bytes_written
        return by_size or 0 < self._options.split_s * NANO <= log_ns - self._file_start_ns

    def _begin_next_file(self, topic: str) -> None:
        try:
            self._do(self._split)
        except BadInput:
            self.given_up[topic] += 1       # the message that was to begin it
            raise

    def _split(self) -> None:
        self._finish()
        self._hold_reserve()
        self._begin_file()
        for topic in self._topics.values():
            self._present.add_topic(topic)
        log_ns = self._files[-1].end_ns
        for topic_name, (data, publish_ns) in self._latched.items():
            self._present.add_message(topic_name, data, log_ns, publish_ns)
            self.repeated[topic_name] += 1
        self._write_metadata()

    def _begin_file(self) -> None:
        path = self.folder / f'{self.folder.name}_{self._number}.mcap'
        try:
            self._file = McapFile(path, self._options.compression)
            self._file.add_metadata(CUSTOM_RECORD, self.custom)
        except OSError:
            self._file = None
            path.unlink(missing_ok=True)
            raise
        self._number += 1
        self._file_start_ns = 0
        sync_folder(self.folder)

    def _finish(self) -> None:
        file, self._file = self._present, None
        self._reserve.unlink(missing_ok=True)
        try:
            file.close_chunk()
            described = BagFile(file.path.name, *file.index.times_ns(), file.index.counts())
            information = bag_information(list(self._topics.values()), [described], self.custom)
            file.add_metadata('rosbag2', {'serialized_metadata': yaml_text(information)})
        except OSError as error:
            if error.errno not in FULL:
                raise
        file.finish()
        self.given_up += file.given_up
        self._files.append(BagFile(file.path.name, *file.index.times_ns(), file.index.counts()))

    def _write_metadata(self) -> None:
        files = list(self._files)
        if self._file is not None:
            files.append(BagFile(self._file.path.name, *self._file.index.times_ns(), self._file.index.counts()))
        write_metadata(self.folder, bag_information(list(self._topics.values()), files, self.custom))

    @property
    def _reserve(self) -> Path:
        return self.folder / '.reserve'

    def _hold_reserve(self) -> None:
        with self._reserve.open('wb') as file:
            os.posix_fallocate(file.fileno(), 0, RESERVE_BYTES)
