"""Work on many things in several processes."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Any


def in_processes(work: Callable[..., Any], things: Sequence[Any], workers: int, *settings: Any) -> Iterator[Any]:
    """What `work` says of each thing with these settings, as it is done; with one worker in this process, in order."""
    if workers <= 1:
        yield from (work(thing, *settings) for thing in things)
        return
    # Fresh processes: Open3D's threads do not survive a fork.
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context('spawn')) as pool:
        for done in as_completed([pool.submit(work, thing, *settings) for thing in things]):
            yield done.result()
