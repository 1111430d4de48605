"""Work in several processes, and what is left of them when who gave it is killed."""

import signal
import subprocess
import sys
import time

from poseformer_ros.in_processes import in_processes

ENDED_S = 10.0
SLEEPERS = """
import os, time
from poseformer_ros.in_processes import in_processes

def sleep(_):
    print(os.getpid(), flush=True)
    time.sleep(600.0)

if __name__ == '__main__':
    list(in_processes(sleep, range(4), 2))
"""


def test_each_thing_is_done_once_whoever_does_it():
    for workers in (1, 2):
        assert sorted(in_processes(divmod, range(7), workers, 3)) == [divmod(number, 3) for number in range(7)]


def test_processes_end_with_who_was_killed(tmp_path):
    """They kept half a gigabyte each and waited for work for ever."""
    script = tmp_path / 'sleepers.py'
    script.write_text(SLEEPERS)
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        workers = [int(parent.stdout.readline()) for _ in range(2)]
        parent.send_signal(signal.SIGKILL)
    latest = time.monotonic() + ENDED_S
    while any(map(running, workers)) and time.monotonic() < latest:
        time.sleep(0.05)
    assert not any(map(running, workers))


def running(pid: int) -> bool:
    """Whether a process is there and not one that only waits to be asked how it ended."""
    try:
        with open(f'/proc/{pid}/stat') as file:
            return file.read().rpartition(') ')[2][0] != 'Z'
    except FileNotFoundError:
        return False
