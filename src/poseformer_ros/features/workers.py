"""Who does the tasks: this process, several here, or those of a Ray cluster. The results are the same."""

import logging
import os
import socket
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any, TypeVar

from poseformer_ros.errors import BadInput
from poseformer_ros.in_processes import fresh_processes

Task = TypeVar('Task')
Result = TypeVar('Result')
# One thread each: results do not depend on how sums are split, and processes do not wait for one another.
ONE_THREAD = {'OPENBLAS_NUM_THREADS': '1', 'OMP_NUM_THREADS': '1'}
CONNECT_S = 5.0
AHEAD = 2       # tasks for each worker that are handed out before they are needed; a million are not sent at once


def here(work: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[tuple[int, Result]]:
    """Index and result of each task, in order."""
    yield from ((index, work(task)) for index, task in enumerate(tasks))


def over_processes(work: Callable[[Task], Result], tasks: Sequence[Task], count: int) -> Iterator[tuple[int, Result]]:
    """Index and result of each task as it is done, by `count` fresh processes."""
    pool = fresh_processes(count, _one_thread)

    def finished(running: Collection[Future[Result]]) -> Iterator[tuple[Future[Result], Result]]:
        return ((done, done.result()) for done in wait(running, return_when=FIRST_COMPLETED).done)

    try:
        yield from _handed_out(tasks, lambda task: pool.submit(work, task), finished, lambda: count)
    finally:
        pool.shutdown(cancel_futures=True)


def over_ray(work: Callable[[Task], Result], tasks: Sequence[Task], address: str) -> Iterator[tuple[int, Result]]:
    """Index and result of each task as it is done, by the processors of a Ray cluster; a task whose machine dies is done again.

    address: of the head, as 'host:6379', or 'auto' for the one on this machine. Recordings must lie at the same place everywhere.
    Raises BadInput where Ray is not installed or nobody answers.
    """
    ray = _connected(address)
    remote = ray.remote(num_cpus=1, max_retries=3)(work)

    def finished(running: Collection[Any]) -> Iterator[tuple[Any, Result]]:
        return ((done, ray.get(done)) for done in ray.wait(list(running))[0])

    try:
        # Machines may join and leave.
        yield from _handed_out(tasks, remote.remote, finished, lambda: max(1, int(ray.cluster_resources().get('CPU', 1))))
    finally:
        ray.shutdown()


def _handed_out(tasks: Sequence[Task], submit: Callable[[Task], Any],
                finished: Callable[[Collection[Any]], Iterator[tuple[Any, Result]]],
                count: Callable[[], int]) -> Iterator[tuple[int, Result]]:
    """Index and result of each task as it is done, AHEAD tasks for each worker on their way.

    submit: hands a task out and returns its handle. finished: waits for some of the handles and gives them with their results.
    count: of the workers that are there.
    """
    running: dict[Any, int] = {}
    waiting = iter(enumerate(tasks))
    while True:
        most = AHEAD * count()
        while len(running) < most and (following := next(waiting, None)) is not None:
            running[submit(following[1])] = following[0]
        if not running:
            return
        for handle, result in finished(running):
            yield running.pop(handle), result


def _one_thread() -> None:
    os.environ.update(ONE_THREAD)


def _connected(address: str) -> Any:
    try:
        import ray
    except ImportError as error:
        raise BadInput(f"--ray: {error}; pip install 'poseformer_ros[ray]', here and on every machine of the cluster") from error
    try:
        if ':' in address:      # Ray itself waits for minutes
            host, _, port = address.rpartition(':')
            socket.create_connection((host, int(port)), CONNECT_S).close()
        ray.init(address=address, runtime_env={'env_vars': ONE_THREAD}, log_to_driver=False, logging_level=logging.ERROR)
    except (OSError, ValueError, RuntimeError) as error:
        raise BadInput(f'--ray {address}: {error}; start a head with `ray start --head` and give its address') from error
    return ray
