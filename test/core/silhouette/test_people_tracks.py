"""Who is a person, who is followed, and for how long: sightings with known places and verdicts."""

import numpy as np
import pytest

from poseformer_ros.silhouette.learned.people_tracks import PeopleTracks, Sighting


def sighting(x, z=3.0, person=0.95, whole=True, area=0.6, leaving=False):
    """Somebody at a place."""
    return Sighting(np.array([x, 0.0, z]), person, whole, min(1.0, abs(x) / z), area, leaving)


def tracks(follow='whole'):
    """With the station's usual memory."""
    return PeopleTracks(gate_m=0.7, memory=60, patience=45, follow=follow, believed=0.6)


def see(people, *sightings):
    """One image; returns the followed number or 0."""
    chosen = people.update(list(sightings), people.expected([s.position for s in sightings]))
    return 0 if chosen is None else chosen[1].number


def test_what_is_no_person_never_gets_a_track():
    people = tracks()
    assert [see(people, sighting(0.0, person=0.5)) for _ in range(30)] == [0] * 30
    assert people.tracks == []


def test_a_track_that_turns_out_to_be_none_is_dropped_within_half_a_second():
    people = tracks()
    see(people, sighting(0.0, person=0.9))
    numbers = [see(people, sighting(0.0, person=0.05)) for _ in range(15)]
    assert numbers[-1] == 0 and people.tracks == []


def test_somebody_who_is_not_asked_about_stays():
    people = tracks()
    see(people, sighting(0.0))
    assert [see(people, sighting(0.01 * i, person=None)) for i in range(20)] == [1] * 20


def test_a_passer_by_before_the_patient_does_not_take_the_number():
    people = tracks()
    for _ in range(60):
        see(people, sighting(0.0))
    numbers = [see(people, sighting(0.0, whole=False), sighting(-1.5 + 0.1 * i, z=2.0)) for i in range(10)]
    assert set(numbers) == {1}


def test_a_hidden_patient_is_gone_back_to():
    people = tracks()
    for _ in range(300):
        see(people, sighting(0.0))
    for _ in range(30):
        see(people, sighting(1.6))
    assert see(people, sighting(0.05), sighting(1.6)) == 1


def test_who_walked_out_of_the_image_is_not_waited_for():
    people = tracks()
    for _ in range(300):
        see(people, sighting(0.0))
    see(people, sighting(0.3, whole=False, leaving=True))
    assert see(people, sighting(2.0)) == 2


@pytest.mark.parametrize('follow, wanted', [('nearest', 2), ('central', 1), ('largest', 3), ('first', 1), ('whole', 1)])
def test_whom_to_follow_is_a_choice(follow, wanted):
    people = tracks(follow)
    central, near = sighting(0.0, z=4.0), sighting(1.2, z=2.0, whole=False)
    assert see(people, central, near, sighting(-1.4, area=0.9, whole=False)) == wanted


def test_somebody_can_be_chosen_by_number():
    people = tracks()
    see(people, sighting(0.0), sighting(1.5))
    assert people.choose(2) and not people.choose(9)
    assert see(people, sighting(0.0), sighting(1.5)) == 2


def test_no_more_people_are_tracked_than_wanted():
    people = PeopleTracks(gate_m=0.7, memory=60, patience=45, follow='whole', believed=0.6, most=2)
    see(people, sighting(0.0), sighting(1.5), sighting(-1.5))
    assert len(people.tracks) == 2


def test_reset_begins_at_one_again():
    people = tracks()
    see(people, sighting(0.0), sighting(1.5))
    people.reset()
    assert see(people, sighting(1.5)) == 1


def test_after_a_while_without_anybody_nobody_is_waited_for():
    """Whoever comes into a deserted room is followed at once, unless somebody was chosen."""
    for chosen, follows in ((False, 2), (True, 0)):
        people = tracks()
        assert {see(people, sighting(0.0)) for _ in range(200)} == {1}
        if chosen:
            people.choose(1)
        assert {see(people) for _ in range(12)} == {0}
        assert see(people, sighting(2.0)) == follows
