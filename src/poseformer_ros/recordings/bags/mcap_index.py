"""What stands where in an MCAP file, and the end of the file that says so (specification: mcap.dev/spec)."""

import struct
import zlib
from collections import Counter
from dataclasses import dataclass, field

from mcap.data_stream import RecordBuilder
from mcap.opcode import Opcode
from mcap.records import Channel, ChunkIndex, DataEnd, Footer, MetadataIndex, Schema, Statistics, SummaryOffset

MAGIC = b'\x89MCAP0\r\n'


@dataclass
class ChunkEntry:
    """One chunk: its index record, and how many messages of each channel it holds."""

    index: ChunkIndex
    counts: Counter[int]

    @property
    def end_offset(self) -> int:
        """Where the chunk and the message indexes behind it end, bytes from the file's start."""
        return self.index.chunk_start_offset + self.index.chunk_length + self.index.message_index_length


@dataclass
class McapIndex:
    """Schemas, channels, chunks and metadata of a file, as far as it is written.

    loose: messages outside of chunks by channel, with their first and last time, as rosbag2's preset "fastwrite" leaves them.
    """

    schemas: dict[int, Schema] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    chunks: list[ChunkEntry] = field(default_factory=list)
    metadata: list[MetadataIndex] = field(default_factory=list)
    loose: Counter[int] = field(default_factory=Counter)
    loose_times_ns: list[int] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """Messages of each topic; may be asked in another thread than the one that writes."""
        total = self._channel_counts()
        by_topic: Counter[str] = Counter()
        for number, channel in list(self.channels.items()):
            by_topic[channel.topic] += total[number]
        return dict(by_topic)

    def times_ns(self) -> tuple[int, int]:
        """First and last time of a message; zeros where there is none."""
        starts = [entry.index.message_start_time for entry in self.chunks] + self.loose_times_ns
        ends = [entry.index.message_end_time for entry in self.chunks] + self.loose_times_ns
        return (min(starts), max(ends)) if starts else (0, 0)

    def _channel_counts(self) -> Counter[int]:
        return sum((entry.counts for entry in self.chunks), Counter(self.loose))

    def tail(self, offset: int) -> bytes:
        """The end of the file, to be written at `offset`: end of data, summary, footer, magic.

        Messages outside of chunks are found by no index: then the summary is left out, and readers look through the file.
        """
        end = RecordBuilder()
        DataEnd(0).write(end)
        data_end = end.end()
        summary_start = offset + len(data_end)
        summary, offset_start = (b'', 0) if self.loose else self._summary(summary_start)
        if self.loose:
            summary_start = 0
        footer = struct.pack('<BQQQ', Opcode.FOOTER, 8 + 8 + 4, summary_start, offset_start)
        Footer(summary_start, offset_start, zlib.crc32(summary + footer)).write(end)
        return data_end + summary + end.end() + MAGIC

    def _summary(self, start: int) -> tuple[bytes, int]:
        summary, groups = RecordBuilder(), []
        counts, times_ns = self._channel_counts(), self.times_ns()
        statistics = Statistics(
            attachment_count=0, channel_count=len(self.channels), channel_message_counts=dict(counts),
            chunk_count=len(self.chunks), message_count=counts.total(), metadata_count=len(self.metadata),
            message_start_time=times_ns[0], message_end_time=times_ns[1], schema_count=len(self.schemas))
        for opcode, records in ((Opcode.SCHEMA, self.schemas.values()), (Opcode.CHANNEL, self.channels.values()),
                                (Opcode.STATISTICS, [statistics]), (Opcode.CHUNK_INDEX, [entry.index for entry in self.chunks]),
                                (Opcode.METADATA_INDEX, self.metadata)):
            before = summary.count
            for record in records:
                record.write(summary)
            if summary.count > before:
                groups.append(SummaryOffset(opcode, start + before, summary.count - before))
        offset_start = start + summary.count
        for group in groups:
            group.write(summary)
        return summary.end(), offset_start
