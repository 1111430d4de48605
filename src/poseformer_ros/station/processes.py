"""Nodes of the graph in processes of their own, as children of this one; for machines without the launch package."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable

from poseformer_ros.errors import BadInput
from poseformer_ros.ros import surroundings
from poseformer_ros.station import stopping

END_S = 15.0        # a child that is still there then is killed; a recorder beside a busy disk took more than five
LOOK_S = 0.2
# Exit status of a process that was started with something that cannot be used: it would end so again.
IN_VAIN = 2


def run_process(executable: str) -> None:
    """Run the nodes of one executable of the graph until it is interrupted; for `scripts/nodes`."""
    stopping.end_at_once()
    stopping.end_with_launcher()
    # Loading them takes a second and more.
    try:
        surroundings.check_middleware()
        from poseformer_ros.station import graph, run
        status = run.run(graph.EXECUTABLES[executable], sys.argv[1:])
    except BadInput as error:
        print(f'poseformer: {error}', file=sys.stderr)
        status = IN_VAIN
    stopping.leave(status)


def start(names: Iterable[str], ros_arguments: list[str]) -> subprocess.Popen:
    """Start some nodes in one process, which ends with this one."""
    with stopping.held_back():
        return subprocess.Popen([sys.executable, '-m', 'poseformer_ros.cli.main', 'node', *names, *ros_arguments],
                                preexec_fn=stopping.end_with_parent)


def until_one_ends(children: list[subprocess.Popen], came: list[int]) -> int:
    """Wait for the first child to end and return its exit status, or for a signal to this process."""
    while not came:
        for child in children:
            if child.poll() is not None:
                return child.returncode
        time.sleep(LOOK_S)
    return 0


def keep_running(children: list[subprocess.Popen], again: Callable[[int], subprocess.Popen], came: list[int]) -> int:
    """Start children again that die, in their place in the list, until a signal comes, or one is started in vain.

    again: starts the child of this place.
    """
    while not came:
        for place, child in enumerate(children):
            if child.poll() == IN_VAIN:
                return IN_VAIN
            if child.returncode is not None:
                print(f'poseformer: process {child.pid} has died (exit status {child.returncode}) and is started again',
                      file=sys.stderr)
                children[place] = again(place)
        time.sleep(LOOK_S)
    return 0


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
