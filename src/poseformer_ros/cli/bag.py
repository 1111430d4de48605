"""`poseformer bag info BAG` and `poseformer bag repair BAG`: what a bag holds; what is left of one that was cut off."""

import argparse
import json
from datetime import datetime
from pathlib import Path

from poseformer_ros.evaluation.tables import markdown_table
from poseformer_ros.recordings.bags.reader import BagReader, BagSummary
from poseformer_ros.recordings.bags.repair import FileReport, repair
from poseformer_ros.recordings.bags.writer import COUNTS_KEY


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, and with which bag."""
    parser.add_argument('what', choices=['info', 'repair'], help='show what is in it; or mend one whose recording was cut off')
    parser.add_argument('path', metavar='BAG', type=Path, help='bag folder, or a .mcap or .db3 file')


def run(arguments: argparse.Namespace) -> int:
    """Print what is found."""
    if arguments.what == 'repair':
        for report in repair(arguments.path):
            print(_told(report))
    with BagReader(arguments.path) as bag:
        print(_described(arguments.path, bag.summary))
    return 0


def _told(report: FileReport) -> str:
    if report.was_whole:
        return f'{report.name}: whole, {report.messages} messages; nothing was changed'
    words = [f'{report.name}: {report.messages} messages given back, up to {_time(report.end_ns)}']
    if report.salvaged:
        words.append(f'{report.salvaged} of them from the chunk that was cut')
    if report.cut_bytes:
        words.append(f'{report.cut_bytes} bytes at the end lost or written anew')
    if report.damaged_chunks:
        words.append(f'{report.damaged_chunks} damaged chunks of {report.damaged_bytes} bytes lost')
    return '; '.join(words) + '; what was received after the last flush was never written'


def _described(path: Path, summary: BagSummary) -> str:
    counts = json.loads(summary.custom.get(COUNTS_KEY, '{}'))
    rows = [[topic.name, topic.type, str(summary.counts[topic.name]), str(counts.get(topic.name, {}).get('lost', '')),
             _quality(topic.qos)] for topic in sorted(summary.topics.values(), key=lambda topic: topic.name)]
    kept = ''.join(f'\n{name}: {value if len(value) < 200 else f"{value[:200]} ..."}' for name, value in summary.custom.items()
                   if name != COUNTS_KEY)
    return (f'{path}: {sum(summary.counts.values())} messages, {summary.seconds:.1f} s from {_time(summary.start_ns)}\n\n'
            f'{markdown_table(["topic", "type", "messages", "lost", "offered"], rows)}\n{kept}')


def _quality(qos: tuple) -> str:
    return ', '.join(dict.fromkeys(f'{each["reliability"]} {each["durability"]}' for each in qos))


def _time(stamp_ns: int) -> str:
    return datetime.fromtimestamp(stamp_ns / 1e9).isoformat(' ', 'milliseconds')
