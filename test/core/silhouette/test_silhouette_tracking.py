"""Whom the tracker keeps to, on positions made by hand."""

from typing import NamedTuple

import numpy as np
import pytest

from poseformer_ros.silhouette.tracking import Tracker

WHOLE, CUT = 1.2, 0.2


class Seen(NamedTuple):
    position: np.ndarray
    likely: bool
    leaving: bool


def at(x: float, z: float = 2.5, likely: bool = True, leaving: bool = False) -> Seen:
    return Seen(np.array([x, 0.0, z]), likely, leaving)


def follow_one(tracker, people, quality):
    return tracker([seen.position for seen in people], quality, [seen.likely for seen in people], [seen.leaving for seen in people])


@pytest.fixture
def tracker():
    return Tracker(gate_m=0.7, memory=10, patience=3)


def test_nearest_pairs_first(tracker):
    """Two people walk past each other a metre apart in depth; numbers stay with their persons."""
    numbers = set()
    for step in range(20):
        x = -1.0 + 0.1 * step
        people = [at(x, 2.0), at(-x, 3.0)] if step % 2 else [at(-x, 3.0), at(x, 2.0)]
        index, number = follow_one(tracker, people, [1.5 if p.position[2] == 2.0 else 1.1 for p in people])
        numbers.add(number)
        assert people[index].position[2] == 2.0
    assert len(numbers) == 1


def test_a_new_person_needs_the_likeness_that_a_known_one_does_not(tracker):
    assert follow_one(tracker, [at(0.0, likely=False)], [WHOLE]) is None
    assert follow_one(tracker, [at(0.0, likely=True)], [WHOLE]) == (0, 1)
    assert follow_one(tracker, [at(0.1, likely=False)], [WHOLE]) == (0, 1)


def follow(tracker: Tracker, images: int) -> None:
    for _ in range(images):
        follow_one(tracker, [at(-1.0)], [WHOLE])


@pytest.mark.parametrize(('followed', 'waited'), [(5, 0), (40, 1), (70, 2), (300, 3)])
def test_a_cut_person_is_left_for_a_whole_one_after_the_patience_earned(tracker, followed, waited):
    follow(tracker, followed)
    seen = [follow_one(tracker, [at(-1.0), at(1.0)], [CUT, WHOLE])[1] for _ in range(5)]
    assert seen == [1] * waited + [2] * (5 - waited)


def test_a_cut_person_alone_is_kept(tracker):
    follow(tracker, 5)
    assert [follow_one(tracker, [at(-1.0)], [CUT]) for _ in range(20)] == [(0, 1)] * 20


def test_who_leaves_through_the_border_is_left_at_once(tracker):
    follow(tracker, 300)
    assert follow_one(tracker, [at(-1.0, leaving=True), at(1.0)], [CUT, WHOLE]) == (1, 2)


def test_the_patient_is_gone_back_to(tracker):
    follow(tracker, 100)
    hidden = [follow_one(tracker, [at(0.5, 1.5)], [WHOLE]) for _ in range(5)]
    assert hidden == [None] * 3 + [(0, 2)] * 2
    assert follow_one(tracker, [at(0.5, 1.5), at(-1.0)], [WHOLE, WHOLE]) == (1, 1)


def test_who_was_forgotten_gets_a_new_number(tracker):
    follow_one(tracker, [at(0.0)], [WHOLE])
    for _ in range(11):
        assert follow_one(tracker, [], []) is None
    assert follow_one(tracker, [at(0.0)], [WHOLE]) == (0, 2)


def test_who_is_far_off_is_somebody_else(tracker):
    follow(tracker, 100)
    for _ in range(3):
        assert follow_one(tracker, [at(0.5)], [WHOLE]) is None
    assert follow_one(tracker, [at(0.5)], [WHOLE]) == (0, 2)
