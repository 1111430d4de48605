"""Work on many things in several processes."""

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Any


def in_processes(work: Callable[..., Any], things: Sequence[Any], workers: int, *settings: Any) -> Iterator[Any]:
    """What `work` says of each thing with these settings, as it is done; with one worker in this process, in order."""
    if workers <= 1:
        yield from (work(thing, *settings) for thing in things)
        return
    with fresh_processes(workers) as pool:
        for done in as_completed([pool.submit(work, thing, *settings) for thing in things]):
            yield done.result()


def fresh_processes(count: int, begin: Callable[[], None] | None = None) -> ProcessPoolExecutor:
    """Processes that share nothing with this one, as threads of libraries (Open3D, OpenBLAS) do not survive a fork, and that end
    with it, however it ends. begin: what each does first."""
    return ProcessPoolExecutor(count, mp_context=multiprocessing.get_context('spawn'), initializer=_begin, initargs=(begin,))


def _begin(begin: Callable[[], None] | None) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if begin is not None:
        begin()


def _end_with_parent() -> None:
    """A process whose parent was killed would wait for work for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None, 'it was spawned'
    parent.join()
    os._exit(1)
