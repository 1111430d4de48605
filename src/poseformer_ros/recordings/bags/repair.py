"""Gives back what a recording that was cut off holds: whole chunks, whole messages of the cut one, and a new end.

The file is mended where it lies, so that a full disk can be mended too: the end that nobody can read is cut off, a chunk that was
damaged is struck out, and the index and the end are written anew. A repair that is itself cut off can be repeated.
"""

import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import lz4.frame
import yaml
import zstandard
from mcap.data_stream import ReadDataStream
from mcap.opcode import Opcode
from mcap.records import Channel, Chunk, Message, MessageIndex, Metadata, MetadataIndex, Schema
from mcap.stream_reader import get_chunk_data_stream

from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.bags.mcap_file import McapFile, chunk_and_indexes
from poseformer_ros.recordings.bags.mcap_index import MAGIC, McapIndex
from poseformer_ros.recordings.bags.metadata import BagFile, BagTopic, bag_information, read_metadata, write_metadata, yaml_text
from poseformer_ros.recordings.bags.reader import STORAGES, BagReader
from poseformer_ros.recordings.bags.writer import CUSTOM_RECORD

# An opcode that the specification leaves to us and every reader passes over.
STRUCK_OUT = 0x80 | Opcode.CHUNK
_HEAD = struct.Struct('<BQ')
_CHUNK_HEAD = struct.Struct('<QQQI')
REPAIRED_KEY = 'poseformer.repaired'


@dataclass
class Scan:
    """What a file holds.

    index: of everything whole. size: bytes up to the end of the last whole record. ended: the file has its end.
    cut_bytes: behind it. salvaged: whole messages of the chunk that was cut. damaged: offsets of chunks that cannot be read.
    unindexed: the last chunk, whose message indexes were not written any more, with its records.
    """

    index: McapIndex
    size: int = 0
    ended: bool = False
    cut_bytes: int = 0
    salvaged: list[Message] = field(default_factory=list)
    damaged: list[int] = field(default_factory=list)
    damaged_bytes: int = 0
    custom: dict[str, str] = field(default_factory=dict)
    unindexed: tuple[Chunk, dict[int, MessageIndex]] | None = None


@dataclass(frozen=True)
class FileReport:
    """What a repair did to one file. messages, end_ns: of what it holds now."""

    name: str
    was_whole: bool
    messages: int
    end_ns: int
    salvaged: int
    cut_bytes: int
    damaged_chunks: int
    damaged_bytes: int


@dataclass(frozen=True)
class _Held:
    """What a file holds after its repair, for the bag's metadata."""

    file: BagFile
    topics: list[BagTopic]
    custom: Mapping[str, str]


def repair(path: Path) -> list[FileReport]:
    """Repair a bag folder with its metadata, or a single MCAP file; what is whole is left as it is.

    Raises BadInput when there is no bag, or a file is none.
    """
    if path.is_file() and path.suffix == '.mcap':
        return [_repair_file(path)[0]]
    files = sorted((file for file in path.iterdir() if file.suffix in STORAGES), key=_number) if path.is_dir() else []
    if not files:
        raise BadInput(f'{path}: no bag; give a bag folder or a .mcap file')
    (path / '.reserve').unlink(missing_ok=True)
    repaired = [_repair_file(file) if file.suffix == '.mcap' else _look_at(file) for file in files if file.stat().st_size]
    reports, held = [report for report, _ in repaired], [one for _, one in repaired]
    if not _metadata_tells(path, files, reports):
        _rebuild_metadata(path, held, [report.name for report in reports if not report.was_whole], STORAGES[files[0].suffix])
    return reports


def _number(file: Path) -> tuple[int, str]:
    number = file.stem.rpartition('_')[2]
    return (int(number) if number.isdigit() else 0, file.name)


def _repair_file(path: Path) -> tuple[FileReport, _Held]:
    scan = scan_mcap(path)
    whole = scan.ended and not scan.damaged
    if not whole:
        _rewrite_end(path, scan)
    file = BagFile(path.name, *scan.index.times_ns(), scan.index.counts())
    report = FileReport(path.name, whole, file.messages, file.end_ns, len(scan.salvaged), scan.cut_bytes, len(scan.damaged),
                        scan.damaged_bytes)
    return report, _Held(file, _topics(scan.index), scan.custom)


def _rewrite_end(path: Path, scan: Scan) -> None:
    with path.open('r+b') as file:
        for offset in scan.damaged:
            file.seek(offset)
            file.write(bytes([STRUCK_OUT]))
    if scan.unindexed is not None:
        chunk, indexes = scan.unindexed
        scan.size = scan.index.chunks[-1].index.chunk_start_offset
        data, scan.index.chunks[-1] = chunk_and_indexes(chunk, indexes, scan.size)
        with path.open('r+b') as file:
            file.seek(scan.size)
            file.write(data)
        scan.size += len(data)
    mended = McapFile(path, resumed=scan.index, size=scan.size)
    for message in scan.salvaged:
        mended.add_message(scan.index.channels[message.channel_id].topic, message.data, message.log_time, message.publish_time)
    mended.close_chunk()
    described = BagFile(path.name, *mended.index.times_ns(), mended.index.counts())
    information = bag_information(_topics(mended.index), [described], scan.custom)
    mended.add_metadata('rosbag2', {'serialized_metadata': yaml_text(information)})
    mended.finish()


def scan_mcap(path: Path) -> Scan:
    """Look through an MCAP file as far as it can be read. Raises BadInput when it is none."""
    scan = Scan(McapIndex())
    with path.open('rb') as file:
        file_bytes = file.seek(0, 2)
        file.seek(0)
        if file.read(len(MAGIC)) != MAGIC:
            raise BadInput(f'{path}: does not begin as an MCAP file does; nothing is left to repair')
        scan.size = file.tell()
        for opcode, offset, length in _whole_records(file, file_bytes):
            if opcode == Opcode.DATA_END:
                scan.ended = _has_its_end(file, file_bytes)
                break
            _take(scan, file, opcode, offset, length)
            scan.size = offset + _HEAD.size + length
        if not scan.ended:
            scan.cut_bytes = file_bytes - scan.size
            file.seek(scan.size)
            scan.salvaged = [m for m in _messages_of_cut_chunk(file.read()) if m.channel_id in scan.index.channels]
    return scan


def _whole_records(file: BinaryIO, file_bytes: int) -> Iterator[tuple[int, int, int]]:
    """Opcode, offset and length of each record that lies whole in the file."""
    offset = file.tell()
    while offset + _HEAD.size <= file_bytes:
        file.seek(offset)
        opcode, length = _HEAD.unpack(file.read(_HEAD.size))
        if opcode == 0 or Opcode.DATA_END < opcode < 0x80 or offset + _HEAD.size + length > file_bytes:
            return
        yield opcode, offset, length
        offset += _HEAD.size + length


def _has_its_end(file: BinaryIO, file_bytes: int) -> bool:
    """Whether a footer and the magic follow the end of the data."""
    footer_bytes = _HEAD.size + 20 + len(MAGIC)
    file.seek(file_bytes - footer_bytes)
    tail = file.read()
    return tail[0] == Opcode.FOOTER and tail.endswith(MAGIC)


def _take(scan: Scan, file: BinaryIO, opcode: int, offset: int, length: int) -> None:
    """Note one record of the data section; `file` stands at its content."""
    index, stream = scan.index, ReadDataStream(file)
    if opcode == Opcode.SCHEMA:
        schema = Schema.read(stream)
        index.schemas[schema.id] = schema
    elif opcode == Opcode.CHANNEL:
        channel = Channel.read(stream)
        index.channels[channel.id] = channel
    elif opcode == Opcode.CHUNK:
        _take_chunk(scan, Chunk.read(stream), offset)
    elif opcode == Opcode.MESSAGE_INDEX and index.chunks:
        _take_message_index(scan, file.read(2), offset, length)
    elif opcode == Opcode.MESSAGE:
        channel_id, _, log_ns = struct.unpack('<HIQ', file.read(14))
        index.loose[channel_id] += 1
        index.loose_times_ns = [min([log_ns, *index.loose_times_ns]), max([log_ns, *index.loose_times_ns])]
    elif opcode == Opcode.METADATA:
        metadata = Metadata.read(stream)
        index.metadata.append(MetadataIndex(offset, _HEAD.size + length, metadata.name))
        if metadata.name == CUSTOM_RECORD:
            scan.custom |= metadata.metadata


def _take_chunk(scan: Scan, chunk: Chunk, offset: int) -> None:
    try:
        content, _ = get_chunk_data_stream(chunk, validate_crc=True)
        indexes = _message_indexes(scan.index, content, chunk.uncompressed_size)
    except (ValueError, RuntimeError, EOFError, struct.error, zstandard.ZstdError):
        scan.damaged.append(offset)
        scan.damaged_bytes += len(chunk.data)
        return
    _, entry = chunk_and_indexes(chunk, indexes, offset)
    entry.index.message_index_offsets, entry.index.message_index_length = {}, 0
    scan.index.chunks.append(entry)
    scan.unindexed = (chunk, indexes)


def _take_message_index(scan: Scan, channel: bytes, offset: int, length: int) -> None:
    entry = scan.index.chunks[-1]
    if entry.end_offset != offset:
        return      # of a chunk that is struck out
    entry.index.message_index_offsets[int.from_bytes(channel, 'little')] = offset
    entry.index.message_index_length += _HEAD.size + length
    if set(entry.index.message_index_offsets) == set(entry.counts):
        scan.unindexed = None


def _message_indexes(index: McapIndex, content: ReadDataStream, size: int) -> dict[int, MessageIndex]:
    """Where the messages of a chunk lie in it; takes note of the schemas and channels in it."""
    found: dict[int, MessageIndex] = {}
    while content.count < size:
        offset = content.count
        opcode, length = _HEAD.unpack(content.read(_HEAD.size))
        if opcode == Opcode.MESSAGE:
            channel_id, _, log_ns, _ = struct.unpack('<HIQQ', content.read(22))
            content.read(length - 22)
            found.setdefault(channel_id, MessageIndex(channel_id, [])).records.append((log_ns, offset))
        elif opcode == Opcode.SCHEMA:
            schema = Schema.read(content)
            index.schemas[schema.id] = schema
        elif opcode == Opcode.CHANNEL:
            channel = Channel.read(content)
            index.channels[channel.id] = channel
        else:
            content.read(length)
    return found


def _messages_of_cut_chunk(data: bytes) -> list[Message]:
    """Whole messages at the beginning of a chunk whose end is missing."""
    fixed = _HEAD.size + _CHUNK_HEAD.size + 4
    if len(data) < fixed or data[0] != Opcode.CHUNK:
        return []
    name_bytes = int.from_bytes(data[fixed - 4:fixed], 'little')
    compression, begin = data[fixed:fixed + name_bytes], fixed + name_bytes + 8
    content = _decompressed(compression, data[begin:])
    messages, offset = [], 0
    while offset + _HEAD.size <= len(content):
        opcode, length = _HEAD.unpack_from(content, offset)
        if offset + _HEAD.size + length > len(content) or (opcode == Opcode.MESSAGE and length < 22):
            break
        if opcode == Opcode.MESSAGE:
            record = content[offset + _HEAD.size:offset + _HEAD.size + length]
            messages.append(Message.read(ReadDataStream(BytesIO(record)), length))
        offset += _HEAD.size + length
    return messages


def _decompressed(compression: bytes, data: bytes) -> bytes:
    """As much as can be had of cut data."""
    try:
        if compression == b'zstd':
            return zstandard.ZstdDecompressor().decompressobj().decompress(data)
        if compression == b'lz4':
            return lz4.frame.LZ4FrameDecompressor().decompress(data)
    except (zstandard.ZstdError, RuntimeError):
        return b''
    return data if compression == b'' else b''


def _topics(index: McapIndex) -> list[BagTopic]:
    """The topics of a file, as its channels say."""
    topics = {}
    for channel in index.channels.values():
        schema = index.schemas.get(channel.schema_id)
        qos = yaml.safe_load(channel.metadata.get('offered_qos_profiles', '') or '[]')
        topics[channel.topic] = BagTopic(channel.topic, schema.name if schema else '', channel.metadata.get('topic_type_hash', ''),
                                         tuple(qos), schema.data.decode() if schema else '')
    return list(topics.values())


def _look_at(path: Path) -> tuple[FileReport, _Held]:
    """SQLite repairs itself when it is opened: what was committed is there."""
    with BagReader(path) as bag:
        summary = bag.summary
    file = BagFile(path.name, summary.start_ns, summary.end_ns, summary.counts)
    return FileReport(path.name, True, file.messages, file.end_ns, 0, 0, 0, 0), _Held(file, list(summary.topics.values()), {})


def _metadata_tells(folder: Path, files: list[Path], reports: list[FileReport]) -> bool:
    """Whether metadata.yaml speaks of what is there."""
    try:
        said = read_metadata(folder)
        return said['message_count'] == sum(r.messages for r in reports) and len(said['relative_file_paths']) == len(files)
    except (BadInput, KeyError, TypeError):
        return False


def _rebuild_metadata(folder: Path, held: list[_Held], mended: list[str], storage: str) -> None:
    """mended: names of the files that were not whole."""
    topics = {topic.name: topic for one in held for topic in one.topics}
    custom = {name: value for one in held for name, value in one.custom.items()}
    custom |= {REPAIRED_KEY: json.dumps(mended)} if mended else {}
    write_metadata(folder, bag_information(list(topics.values()), [one.file for one in held], custom, storage))
