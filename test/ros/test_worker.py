"""The latest-only slot."""

import threading

from poseformer_ros.ros.worker import LatestWorker

PATIENCE_S = 20.0


class Work:
    """Work that a test lets through item by item."""

    def __init__(self):
        self.done, self.begun, self.go_on = [], threading.Semaphore(0), threading.Semaphore(0)

    def __call__(self, item):
        self.begun.release()
        assert self.go_on.acquire(timeout=PATIENCE_S)
        self.done.append((item, threading.current_thread().name))


def test_newest_waiting_item_wins_and_the_replaced_one_is_told():
    work = Work()
    worker = LatestWorker(work, 'slot')
    assert not worker.put(1)
    assert work.begun.acquire(timeout=PATIENCE_S)
    assert not worker.put(2)        # 1 is under work, the slot was empty
    assert worker.put(3)            # 2 is dropped
    assert worker.put(4)            # 3 is dropped
    work.go_on.release()
    assert work.begun.acquire(timeout=PATIENCE_S)
    work.go_on.release()
    worker.stop()
    assert work.done == [(1, 'slot'), (4, 'slot')]


def test_stop_ends_after_the_present_item_and_leaves_the_waiting_one():
    work = Work()
    worker = LatestWorker(work, 'slot')
    worker.put(1)
    assert work.begun.acquire(timeout=PATIENCE_S)
    worker.put(2)
    stopping = threading.Thread(target=worker.stop)
    stopping.start()
    while not worker._stopped:
        stopping.join(timeout=0.01)
    work.go_on.release()
    stopping.join(timeout=PATIENCE_S)
    assert not stopping.is_alive() and not worker._thread.is_alive()
    assert [item for item, _ in work.done] == [1]
