"""Whoever leaves is gone at once: a participant that stays behind keeps its shared memory, and those who come next wait for it."""

import os
from contextlib import suppress
from pathlib import Path

import pytest
from helpers.live_station import live_station

from poseformer_ros.errors import BadInput
from poseformer_ros.station import graph


def locks_of_shared_memory():
    """Locks of Fast DDS that this process holds, one for each of its participants' segments."""
    held = set()
    for descriptor in Path('/proc/self/fd').iterdir():
        with suppress(OSError):     # the one that lists them is gone
            held.add(os.readlink(descriptor))
    return {name for name in held if name.startswith('/dev/shm/fastrtps_') and name.endswith('_el')}


@pytest.mark.parametrize('names', graph.PROCESSES.values(), ids=graph.PROCESSES)
def test_no_participant_stays_behind(names, person):
    before = locks_of_shared_memory()
    with live_station(*names) as station:
        assert locks_of_shared_memory() > before
        if 'rgbd_sync' in names:
            station.ready()     # reading as the camera offers, so inputs were made anew
            station.show(person[0])
    assert locks_of_shared_memory() == before


@pytest.mark.parametrize(('names', 'wrong'), [
    (['rgbd_sync'], {'rgbd_sync': {'input.reliability': 'sometimes'}}),
    (['rgbd_sync', 'silhouette', 'joints'], {'joints': {'joints.method': 'guessing'}}),
], ids=['alone', 'last of three'])
def test_who_cannot_be_made_leaves_with_all_others(names, wrong):
    before = locks_of_shared_memory()
    with pytest.raises(BadInput, match='sometimes|guessing'), live_station(*names, **wrong):
        pass
    assert locks_of_shared_memory() == before
