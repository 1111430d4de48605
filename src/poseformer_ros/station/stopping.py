"""How a process is stopped: signals are noted and looked at, never raised in the midst of something.

Under launch, Ctrl-C in a terminal comes twice, from the terminal and from launch: the second must not break what the first began.
Nothing heavy is imported here, so that a process can be stopped in its first moments.
"""

import ctypes
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM)
PR_SET_PDEATHSIG = 1        # linux/prctl.h


def end_at_once() -> None:
    """From now on end in silence: as long as nothing is there to be put away."""
    for number in SIGNALS:
        signal.signal(number, lambda *_: os._exit(0))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def ignore() -> None:
    """From now on ignore them: this process is ending, and the interpreter's own end takes handlers away before it is over."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def end_with_parent() -> None:
    """Be interrupted when the process that started this one is gone, also when it was killed outright (Linux)."""
    prctl = getattr(ctypes.CDLL(None), 'prctl', None)
    if prctl is not None:
        prctl(PR_SET_PDEATHSIG, int(signal.SIGINT))


@contextmanager
def noted() -> Iterator[list[int]]:
    """Signals are only noted within, in the list that is given."""
    came: list[int] = []
    before = {number: signal.signal(number, lambda number, _: came.append(number)) for number in SIGNALS}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def held_back() -> Iterator[None]:
    """Signals to a process that is started within wait until it calls `end_at_once`: Python's own start does not end cleanly."""
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
