"""A recorder in a process of its own that is killed at a moment of chance while two topics are published to it.

    python test/helpers/killed_recorder.py 20
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import rclpy
from rclpy.node import Node
from sensor_msgs.msg import Image
from std_msgs.msg import String

from poseformer_ros.recordings.bags.reader import BagReader
from poseformer_ros.recordings.bags.repair import repair

NUMBERS, IMAGES = '/killed/number', '/killed/image'
SEND_S = 0.005
IMAGE_BYTES = 300_000


@dataclass(frozen=True)
class Round:
    """What one round lost.

    sent, kept: messages. lost_s: from the first that is not in the bag to the kill. holes: missing before the last one kept.
    """

    sent: int
    kept: int
    lost_s: float
    holes: int


def kill_once(folder: Path, luck: random.Random) -> Round:
    """Record, kill between one and three seconds later, repair, and count."""
    bag = folder / 'bag'
    recorder = subprocess.Popen([sys.executable, '-m', 'poseformer_ros.cli.main', 'record', '--path', str(bag), '--profile', 'none',
                                 '--regex', '^/killed/'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    rclpy.init()
    node = Node('sender')
    try:
        numbers, images = node.create_publisher(String, NUMBERS, 50), node.create_publisher(Image, IMAGES, 10)
        end = time.monotonic() + 60.0
        while not (numbers.get_subscription_count() and images.get_subscription_count()):
            assert recorder.poll() is None and time.monotonic() < end, 'the recorder never listened'
            time.sleep(0.05)
        sent_at, kill_at = [], time.monotonic() + luck.uniform(1.0, 3.0)
        picture = Image(height=1, width=IMAGE_BYTES, step=IMAGE_BYTES, encoding='mono8', data=os.urandom(IMAGE_BYTES))
        while time.monotonic() < kill_at:
            numbers.publish(String(data=str(len(sent_at))))
            if len(sent_at) % 6 == 0:
                images.publish(picture)
            sent_at.append(time.monotonic())
            time.sleep(SEND_S)
        recorder.send_signal(signal.SIGKILL)
        killed_at = time.monotonic()
        recorder.wait()
    finally:
        node.destroy_node()
        rclpy.try_shutdown()
    repair(bag)
    with BagReader(bag) as reader:
        kept = [int(message.data[8:].split(b'\0')[0]) for message in reader.messages(lambda name: name == NUMBERS)]
        assert reader.summary.counts[IMAGES] > 0
    last = max(kept, default=-1)
    lost_s = killed_at - sent_at[last + 1] if last + 1 < len(sent_at) else 0.0
    return Round(len(sent_at), len(kept), lost_s, last + 1 - len(kept))


if __name__ == '__main__':
    for number in range(int(sys.argv[1])):
        with tempfile.TemporaryDirectory() as where:
            print(number, kill_once(Path(where), random.Random(time.time_ns())), flush=True)
