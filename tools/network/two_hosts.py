"""Camera and recorder on one host, the station on another: what a wire that loses and delays takes from images and results.

    python tools/network/two_hosts.py [--seconds 20] [--rate-hz 10] [--wires 0:0 0.001:0.002 0.01:0.005]

Needs root, unshare and nsenter: two network namespaces, `wire.py` at either end. A wire is LOSS:DELAY, a share of packets and
seconds, each way. Images travel compressed and reliably; the recorder keeps what the camera sent and what came back. Latency is
from the image's stamp to the arrival of its result at the camera's host. Both hosts and the wire have this machine's cores alone.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import CompressedImage

from poseformer_ros import msg
from poseformer_ros.evaluation.tables import markdown_table
from poseformer_ros.recordings.bags.reader import BagReader
from poseformer_ros.ros.conversions import stamp_ns

TOOLS = Path(__file__).parent
CAMERA_HOST, STATION_HOST = '10.77.0.1', '10.77.0.2'
DOMAIN = '77'
WIRES = ('0:0', '0.001:0.002', '0.01:0.005', '0.03:0.02')
COLOR, SKELETON, EXERCISE = ('/poseformer/color/image/compressed', '/poseformer/skeleton', '/poseformer/exercise')
TYPES = {COLOR: CompressedImage, SKELETON: msg.Skeleton24, EXERCISE: msg.ExerciseState}
PARAMETERS = """/poseformer/rgbd_sync:
  ros__parameters: {input.color_transport: compressed, input.depth_transport: compressedDepth}
"""
SETTLE_S = 8.0      # discovery, the first person, the first fit
ENDING_S = 20.0


def main() -> None:
    """Print a row for each wire."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--seconds', type=float, default=20.0, help='of each wire')
    parser.add_argument('--rate-hz', type=float, default=10.0, help='of the camera')
    parser.add_argument('--wires', nargs='+', default=WIRES, metavar='LOSS:DELAY')
    arguments = parser.parse_args()
    rows = []
    for wire in arguments.wires:
        loss, delay_s = map(float, wire.split(':'))
        with tempfile.TemporaryDirectory(prefix='poseformer_hosts_') as folder:
            record(Path(folder), loss, delay_s, arguments.seconds, arguments.rate_hz)
            rows.append((f'{100 * loss:g} %', f'{1000 * delay_s:g} ms', *figures(Path(folder) / 'bag')))
    print(markdown_table(('lost', 'delayed', 'images sent', 'skeletons that came back', 'to skeleton, p50 ms', 'p95',
                          'to exercise, p50 ms', 'p95'), rows))


def record(folder: Path, loss: float, delay_s: float, seconds: float, rate_hz: float) -> None:
    """Run both hosts for so long, and leave a bag in the folder."""
    parameters = folder / 'compressed.yaml'
    parameters.write_text(PARAMETERS)
    with ExitStack() as running:
        ends = [running.enter_context(end) for end in socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)]
        camera_host, station_host = (running.enter_context(host(address, end, loss, delay_s))
                                     for address, end in zip((CAMERA_HOST, STATION_HOST), ends))
        running.enter_context(command(station_host, 'poseformer', 'station', '--params-file', str(parameters)))
        sender = (sys.executable, str(TOOLS / 'compressed_camera.py'), '--rate-hz', str(rate_hz))
        camera = running.enter_context(command(camera_host, *sender, said=True))
        print(f'lost {loss:g}, delayed {delay_s:g} s: the camera sends {camera.stdout.readline().strip()}', file=sys.stderr)
        time.sleep(SETTLE_S)
        with command(camera_host, 'poseformer', 'record', '--path', str(folder / 'bag'), '--profile', 'results', '--topics',
                     'color/image/compressed,depth/image/compressedDepth'):
            time.sleep(SETTLE_S + seconds)


@contextmanager
def host(address: str, end: socket.socket, loss: float, delay_s: float) -> Iterator[int]:
    """A host on the wire; yields the number of the process whose namespaces others join."""
    words = ['unshare', '--net', '--mount', sys.executable, str(TOOLS / 'wire.py'), address, str(end.fileno()), '--loss', str(loss),
             '--delay-s', str(delay_s)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, pass_fds=[end.fileno()]) as process:
        try:
            if not process.stdout.readline():
                raise SystemExit('two_hosts: no network namespace; run it as root, with unshare and /dev/net/tun')
            yield process.pid
        finally:
            process.kill()


@contextmanager
def command(host_process: int, *words: str, said: bool = False) -> Iterator[subprocess.Popen]:
    """A command on a host, interrupted at the end. said: whether its output is read."""
    surroundings = os.environ | {'ROS_DOMAIN_ID': DOMAIN, 'ROS_AUTOMATIC_DISCOVERY_RANGE': 'SUBNET'}
    joined = ['nsenter', '--target', str(host_process), '--net', '--mount', *words]
    process = subprocess.Popen(joined, env=surroundings, stdout=subprocess.PIPE if said else subprocess.DEVNULL, text=True,
                               start_new_session=True)
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(ENDING_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def figures(bag: Path) -> tuple[str, ...]:
    """Images that were sent, and what came back of them, from when the recording has settled."""
    came: dict[str, dict[int, int]] = {topic: {} for topic in TYPES}
    with BagReader(bag) as reader:
        for message in reader.messages(TYPES.__contains__):
            came[message.topic][stamp_ns(deserialize_message(message.data, TYPES[message.topic]).header)] = message.log_ns
    sent = sorted(came[COLOR])
    settled = [stamp for stamp in sent if stamp > sent[0] + SETTLE_S * 1e9]
    late = {topic: [(came[topic][stamp] - stamp) / 1e6 for stamp in settled if stamp in came[topic]]
            for topic in (SKELETON, EXERCISE)}
    back = f'{len(late[SKELETON])} ({100 * len(late[SKELETON]) / len(settled):.1f} %)'
    percentiles = [f'{np.percentile(values, p):.0f}' if values else '-' for values in late.values() for p in (50, 95)]
    return str(len(settled)), back, *percentiles


if __name__ == '__main__':
    main()
