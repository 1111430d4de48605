"""A few rounds of test/helpers/starting_order.py, where more can be had."""

import os
import random

import pytest
from helpers.starting_order import START_S, start_once


@pytest.fixture(autouse=True)
def away_from_other_stations(monkeypatch):
    monkeypatch.setenv('ROS_DOMAIN_ID', str(101 + os.getpid() % 100))
    monkeypatch.setenv('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')


@pytest.mark.parametrize('seed', range(4))
def test_whoever_starts_first_skeletons_come(seed):
    """How soon depends on what else the machine does, and the tool tells it; here they come at all, before and after one of the two
    was started again, and nobody dies."""
    done = start_once(random.Random(seed), loaded=seed % 2 == 1, stale_s=0.0)
    assert not done.died and max(done.skeleton_s, done.again_s) < START_S, done
