"""How often the learned method asks its networks: time is spent where an answer can change something."""

import pytest
from helpers.silhouette_room import Scene, View, box, draw, person, room

from poseformer_ros.person.finder import FinderModel
from poseformer_ros.person.model_file import PersonModel
from poseformer_ros.silhouette.stage import SilhouetteStage

SHELF = box(-0.9, 3.0, (0.5, 1.7, 0.4))


@pytest.fixture
def asked(monkeypatch):
    """How many images the finder was shown, and squares the person network, since the list was cleared."""
    asked = []
    find, judge = FinderModel.__call__, PersonModel.__call__
    monkeypatch.setattr(FinderModel, '__call__', lambda self, *image: asked.append('image') or find(self, *image))
    monkeypatch.setattr(PersonModel, '__call__', lambda self, all_: asked.extend(['square'] * len(all_)) or judge(self, all_))
    return asked


def looks(stage: SilhouetteStage, frame, asked: list[str]) -> tuple[int, int]:
    """Images and squares of one image of a camera."""
    asked.clear()
    stage(frame)
    return asked.count('image'), asked.count('square')


def test_an_empty_room_is_looked_at_closer_in_the_second_image_and_every_fourth_from_there(asked):
    stage, frame = SilhouetteStage(), draw(Scene([*room(), SHELF]), View()).frame
    assert [looks(stage, frame, asked)[0] for _ in range(10)] == [1, 2, 1, 1, 1, 2, 1, 1, 1, 2]


def test_a_followed_person_is_asked_about_both_ways_and_furniture_not_at_all(asked):
    stage, frame = SilhouetteStage(), draw(Scene([*room(), SHELF], [person(0.2, 2.6)]), View()).frame
    stage(frame)
    assert [looks(stage, frame, asked) for _ in range(6)] == 6 * [(1, 2)]


def test_who_has_just_gone_is_looked_for_closer_at_once(asked):
    stage = SilhouetteStage()
    for _ in range(4):
        stage(draw(Scene(room(), [person(0.2, 2.6)]), View()).frame)
    empty = draw(Scene(room()), View()).frame
    assert [looks(stage, empty, asked)[0] for _ in range(6)] == [2, 2, 2, 1, 1, 2]
