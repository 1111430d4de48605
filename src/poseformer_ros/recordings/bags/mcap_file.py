"""An MCAP file that grows by whole chunks: whatever happens, it ends with one."""

import errno
import os
import zlib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import lz4.frame
import zstandard
from mcap.data_stream import RecordBuilder
from mcap.records import Channel, Chunk, ChunkIndex, Header, Message, MessageIndex, Metadata, MetadataIndex, Schema

from poseformer_ros.recordings.bags.mcap_index import MAGIC, ChunkEntry, McapIndex
from poseformer_ros.recordings.bags.metadata import BagTopic, yaml_text

LIBRARY = 'poseformer_ros'
# Level 1: on one core of a small machine a 640 x 480 depth image takes two milliseconds.
_COMPRESS = {'none': ('', bytes), 'lz4': ('lz4', lz4.frame.compress),
             'zstd': ('zstd', lambda data: zstandard.ZstdCompressor(level=1).compress(data))}
# Disk full, quota used up, file larger than the system or the user allows.
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class McapFile:
    """Messages gathered into chunks.

    size: bytes that are written; a failed write is taken back, so that they end with a whole record.
    given_up: messages of each topic that a full disk did not take.
    """

    def __init__(self, path: Path, compression: str = 'none', resumed: McapIndex | None = None, size: int = 0) -> None:
        """Args:
            path: a new file; with `resumed`, one that holds what the index says in its first `size` bytes.
            compression: of chunks; one of `writer_options.COMPRESSIONS`.
        """
        self.path, self.size = path, size
        self.given_up: Counter[str] = Counter()
        self.index = McapIndex() if resumed is None else resumed
        self._compression = _COMPRESS[compression]
        self._file = path.open('xb' if resumed is None else 'r+b', buffering=0)
        self._chunk, self._indexes = RecordBuilder(), dict[int, MessageIndex]()
        self._channel_of = {channel.topic: number for number, channel in self.index.channels.items()}
        if resumed is None:
            header = RecordBuilder()
            Header('ros2', LIBRARY).write(header)
            self._append(MAGIC + header.end())
        else:
            self._file.truncate(size)

    @property
    def gathered(self) -> int:
        """Bytes of the chunk that is not yet written."""
        return self._chunk.count

    def add_topic(self, topic: BagTopic) -> None:
        """Write a topic's channel, and the schema of its type when it is new; outside of chunks, so that no chunk needs another."""
        records = RecordBuilder()
        known = next((schema for schema in self.index.schemas.values() if schema.name == topic.type), None)
        schema = known or Schema(data=topic.definition.encode(), encoding='ros2msg' if topic.definition else '',
                                 id=len(self.index.schemas) + 1, name=topic.type)
        if known is None:
            schema.write(records)
        channel = Channel(id=len(self.index.channels) + 1, topic=topic.name, message_encoding='cdr', schema_id=schema.id, metadata={
            'offered_qos_profiles': yaml_text([dict(qos) for qos in topic.qos]), 'topic_type_hash': topic.type_hash})
        channel.write(records)
        self._append(records.end())
        self.index.schemas[schema.id], self.index.channels[channel.id] = schema, channel
        self._channel_of[topic.name] = channel.id

    def add_metadata(self, name: str, values: Mapping[str, str]) -> None:
        """Write a record of names and values."""
        record = RecordBuilder()
        Metadata(name=name, metadata=dict(values)).write(record)
        data, offset = record.end(), self.size
        self._append(data)
        self.index.metadata.append(MetadataIndex(offset, len(data), name))

    def add_message(self, topic: str, data: bytes, log_ns: int, publish_ns: int) -> None:
        """Take a message into the open chunk."""
        number = self._channel_of[topic]
        index = self._indexes.setdefault(number, MessageIndex(number, []))
        index.records.append((log_ns, self._chunk.count))
        Message(channel_id=number, log_time=log_ns, data=data, publish_time=publish_ns, sequence=0).write(self._chunk)

    def close_chunk(self) -> None:
        """Write the open chunk; it is empty afterwards, also when it could not be written."""
        if not self._indexes:
            return
        data, indexes = self._chunk.end(), self._indexes
        self._indexes = {}
        times_ns = [log_ns for index in indexes.values() for log_ns, _ in index.records]
        name, compress = self._compression
        chunk = Chunk(compression=name, data=compress(data), message_start_time=min(times_ns), message_end_time=max(times_ns),
                      uncompressed_crc=zlib.crc32(data), uncompressed_size=len(data))
        written, entry = chunk_and_indexes(chunk, indexes, self.size)
        try:
            self._append(written)
        except OSError:
            self._give_up(entry)
            raise
        self.index.chunks.append(entry)

    def sync(self) -> None:
        """Bring to the disk what is written."""
        os.fsync(self._file.fileno())

    def finish(self) -> None:
        """Write the open chunk and the file's end, and close it; on a full disk the last chunks make room for the end."""
        try:
            self.close_chunk()
        except OSError as error:
            _unless_full(error)
        while not self._ended():
            self._drop_last_chunk()
        self.sync()
        self._file.close()

    def _ended(self) -> bool:
        try:
            self._append(self.index.tail(self.size))
        except OSError as error:
            _unless_full(error)
            if not self.index.chunks:
                raise
            return False
        return True

    def _drop_last_chunk(self) -> None:
        entry = self.index.chunks.pop()
        self._give_up(entry)
        self.size = entry.index.chunk_start_offset
        self._file.truncate(self.size)
        # What else stood behind it is gone with it: topics come back in the summary, metadata does not.
        self.index.metadata = [index for index in self.index.metadata if index.offset < self.size]

    def _give_up(self, entry: ChunkEntry) -> None:
        for number, count in entry.counts.items():
            self.given_up[self.index.channels[number].topic] += count

    def _append(self, data: bytes) -> None:
        """Write at the end, all or nothing."""
        self._file.seek(self.size)
        left = memoryview(data)
        try:
            while left:
                left = left[self._file.write(left):]
        except OSError:
            self._file.truncate(self.size)
            raise
        self.size += len(data)


def chunk_and_indexes(chunk: Chunk, indexes: Mapping[int, MessageIndex], offset: int) -> tuple[bytes, ChunkEntry]:
    """A chunk with the indexes of its messages as they are written at `offset`, and its entry in the file's index."""
    records = RecordBuilder()
    chunk.write(records)
    chunk_length, places = records.count, {}
    for number, index in indexes.items():
        places[number] = offset + records.count
        index.write(records)
    data = records.end()
    where = ChunkIndex(
        chunk_start_offset=offset, chunk_length=chunk_length, message_start_time=chunk.message_start_time,
        message_end_time=chunk.message_end_time, message_index_offsets=places, message_index_length=len(data) - chunk_length,
        compression=chunk.compression, compressed_size=len(chunk.data), uncompressed_size=chunk.uncompressed_size)
    return data, ChunkEntry(where, Counter({number: len(index.records) for number, index in indexes.items()}))


def _unless_full(error: OSError) -> None:
    if error.errno not in FULL:
        raise error
