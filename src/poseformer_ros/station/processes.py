"""Nodes of the graph in processes of their own, as children of this one; for machines without the launch package."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterable

END_S = 5.0         # a child that is still there then is killed
LOOK_S = 0.2


def start(names: Iterable[str], ros_arguments: list[str]) -> subprocess.Popen:
    """Start some nodes in one process."""
    return subprocess.Popen([sys.executable, '-m', 'poseformer_ros.cli.main', 'node', *names, *ros_arguments])


def end_with_this_one() -> None:
    """Let SIGTERM unwind this process as Ctrl-C does, so that `finally` ends its children."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def until_one_ends(children: list[subprocess.Popen]) -> int:
    """Wait for the first child to end; returns its exit status."""
    while True:
        for child in children:
            if child.poll() is not None:
                return child.returncode
        time.sleep(LOOK_S)


def end(children: list[subprocess.Popen]) -> None:
    """Interrupt children and wait for them."""
    for child in children:
        if child.poll() is None:
            child.send_signal(signal.SIGINT)
    until = time.monotonic() + END_S
    for child in children:
        try:
            child.wait(timeout=max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
