"""How a process is stopped: signals are noted and looked at, never raised in the midst of something.

Under launch, Ctrl-C in a terminal comes twice, from the terminal and from launch: the second must not break what the first began.
Nothing heavy is imported here, so that a process can be stopped in its first moments.
"""

import atexit
import ctypes
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM)
PR_SET_PDEATHSIG = 1        # linux/prctl.h
# Environment variable: number of the process that launched this one.
LAUNCHER = 'POSEFORMER_LAUNCHER'


def end_at_once() -> None:
    """From now on end in silence: as long as nothing is there to be put away."""
    for number in SIGNALS:
        signal.signal(number, lambda *_: os._exit(0))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def leave(status: int) -> NoReturn:
    """End this process, whatever signals come now. Everything has been put away: the interpreter's own end, which takes its modules
    apart one by one, would cost most of a second of processor time in each of a station's processes."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


@contextmanager
def at_most(seconds: float, status: int) -> Iterator[None]:
    """End this process with a status if what is done within takes longer, be it in a library that holds the interpreter."""
    # Python's own handlers run only once the library returns; this one is called by the system, in the midst of it.
    end = ctypes.CFUNCTYPE(None, ctypes.c_int)(lambda _: os._exit(status))
    handler = ctypes.CDLL(None).signal
    handler.restype, handler.argtypes = ctypes.c_void_p, (ctypes.c_int, ctypes.c_void_p)
    before = handler(signal.SIGALRM, ctypes.cast(end, ctypes.c_void_p))
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        handler(signal.SIGALRM, before)


def end_with_parent() -> None:
    """Be interrupted when the process that started this one is gone, also when it was killed outright (Linux)."""
    prctl = getattr(ctypes.CDLL(None), 'prctl', None)
    if prctl is not None:
        prctl(PR_SET_PDEATHSIG, int(signal.SIGINT))


def end_with_launcher() -> None:
    """Under our launch files: a launch that fails half-way does not interrupt what it has started."""
    launcher = os.environ.get(LAUNCHER)
    if launcher is None:
        return
    end_with_parent()
    try:
        os.kill(int(launcher), 0)
    except ProcessLookupError:      # gone before we asked to be told
        os._exit(0)


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
