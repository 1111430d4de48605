"""Putting together what several stages say of one image."""

import pytest

from poseformer_ros.ros.gathering import MISSED_BEFORE_OFF, RECENT, Gathering

PATIENCE = 2
STAGES = ('silhouette', 'keypoints', 'fit')


@pytest.fixture
def given():
    return []


@pytest.fixture
def gathering(given):
    """All stages are on, and image 1 is over."""
    gathering = Gathering(STAGES, given.append, PATIENCE)
    for stamp in (0, 1):
        _say(gathering, stamp, *STAGES)
    assert given[-1] == dict.fromkeys(STAGES, 1)
    given.clear()
    return gathering


def _say(gathering: Gathering, stamp: int, *stages: str) -> None:
    for stage in stages:
        gathering.put(stage, stamp, stamp)


def test_waits_until_every_stage_has_spoken(gathering, given):
    _say(gathering, 2, 'fit', 'silhouette')
    assert not given
    _say(gathering, 2, 'keypoints')
    assert given == [{'silhouette': 2, 'keypoints': 2, 'fit': 2}]


def test_a_stage_that_falls_silent_is_given_up_and_holds_nothing_back(gathering, given):
    until_off = PATIENCE + MISSED_BEFORE_OFF
    for stamp in range(2, 2 + until_off):
        _say(gathering, stamp, 'silhouette', 'fit')
    given.clear()
    _say(gathering, 100, 'silhouette', 'fit')
    assert given[-1] == {'silhouette': 100, 'fit': 100}
    assert [m['silhouette'] for m in given] == sorted(m['silhouette'] for m in given)


def test_the_slowest_stage_is_waited_for_from_its_first_word_although_that_came_late(given):
    gathering = Gathering(STAGES, given.append, PATIENCE)
    _say(gathering, 1, 'silhouette', 'keypoints', 'fit')
    given.clear()
    _say(gathering, 2, 'silhouette', 'keypoints')
    assert not given
    _say(gathering, 2, 'fit')
    assert given == [dict.fromkeys(STAGES, 2)]


def test_a_stage_far_behind_is_not_waited_for_and_what_it_says_too_late_is_dropped(gathering, given):
    late = RECENT + PATIENCE + 1
    for stamp in range(2, 80):
        _say(gathering, stamp, 'silhouette', 'keypoints')
        if stamp - late > 1:
            _say(gathering, stamp - late, 'fit')
    assert given[-1]['silhouette'] == 79
    assert [m['silhouette'] for m in given] == list(range(2, 80))


def test_a_image_that_a_stage_left_out_comes_before_the_next_whole_one(gathering, given):
    _say(gathering, 2, 'silhouette', 'keypoints')
    _say(gathering, 3, 'silhouette', 'keypoints', 'fit')
    assert given == [{'silhouette': 2, 'keypoints': 2}, dict.fromkeys(STAGES, 3)]


def test_a_pause_of_the_camera_changes_nothing(gathering, given):
    _say(gathering, 10**12, 'silhouette', 'keypoints')
    assert not given
    _say(gathering, 10**12, 'fit')
    assert given == [dict.fromkeys(STAGES, 10**12)]


def test_time_may_go_back(gathering, given):
    _say(gathering, 50, *STAGES)
    _say(gathering, 7, *STAGES)
    _say(gathering, 8, *STAGES)
    assert given[0] == dict.fromkeys(STAGES, 50) and given[-1] == dict.fromkeys(STAGES, 8)


def test_the_first_image_waits_for_stages_that_are_there(given):
    gathering = Gathering(STAGES, given.append, PATIENCE, lambda stage: stage != 'fit')
    _say(gathering, 1, 'silhouette')
    assert not given
    _say(gathering, 1, 'keypoints')
    assert given == [{'silhouette': 1, 'keypoints': 1}]


def test_a_stage_that_is_there_and_never_speaks_is_given_up(given):
    gathering = Gathering(STAGES, given.append, PATIENCE, lambda _: True)
    for stamp in range(1, 2 + PATIENCE + MISSED_BEFORE_OFF):
        _say(gathering, stamp, 'silhouette', 'keypoints')
    given.clear()
    _say(gathering, 100, 'silhouette', 'keypoints')
    assert given[-1] == {'silhouette': 100, 'keypoints': 100}


@pytest.mark.parametrize('order', [STAGES, STAGES[::-1]])
def test_a_replay_that_begins_again_is_gathered_as_before(given, order):
    gathering = Gathering(STAGES, given.append, PATIENCE, lambda _: True)
    for _ in range(2):
        for stamp in (1, 2, 3):
            _say(gathering, stamp, *order)
    assert given[3:] == given[:3] == [dict.fromkeys(STAGES, stamp) for stamp in (1, 2, 3)]


def test_a_stage_that_is_listened_to_no_longer_is_not_waited_for(gathering, given):
    """The image that waited for it alone comes at once, and so do those after; until it speaks again."""
    _say(gathering, 2, 'silhouette', 'fit')
    gathering.leave('keypoints')
    _say(gathering, 3, 'silhouette', 'fit')
    assert given == [{'silhouette': stamp, 'fit': stamp} for stamp in (2, 3)]
    _say(gathering, 4, 'keypoints', 'silhouette')
    assert len(given) == 2
    _say(gathering, 4, 'fit')
    assert given[-1] == dict.fromkeys(STAGES, 4)


def test_a_stage_may_leave_before_any_image():
    given = []
    gathering = Gathering(STAGES, given.append, PATIENCE, is_there=lambda stage: stage != 'keypoints')
    gathering.leave('keypoints')
    _say(gathering, 0, 'silhouette', 'fit')
    assert given == [{'silhouette': 0, 'fit': 0}]
