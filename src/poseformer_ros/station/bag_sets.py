"""The sets of exercises in a bag of a station, from its fits: what a report is made of."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from rclpy.serialization import deserialize_message

from poseformer_ros import msg
from poseformer_ros.assessment.movement import Movement, joined, movement_of_fit
from poseformer_ros.body.fitting.result import BodyFitResult
from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.bags.reader import BagReader
from poseformer_ros.ros import conversions
from poseformer_ros.ros.bags.replayed_topics import NAMESPACE_KEY
from poseformer_ros.silhouette.person import Floor
from poseformer_ros.station import graph

READ = {'body/fit': msg.BodyFit, 'silhouette': msg.Silhouette, 'assessment/live': msg.AssessmentLive}


@dataclass
class _Said:
    """What a bag holds, by stamp in nanoseconds. floors: the floor from that moment on. exercises: of the set that was done."""

    fits: dict[int, BodyFitResult] = field(default_factory=dict)
    floors: dict[int, Floor] = field(default_factory=dict)
    exercises: dict[int, str] = field(default_factory=dict)


def sets_of_bag(path: Path, exercise: str | None, namespace: str = graph.NAMESPACE) -> list[tuple[str, Movement]]:
    """Each set as (exercise, movement): those that were begun while it was recorded, or all of it as one of `exercise`.

    Raises BadInput where there are no fits, or where nobody says what was done.
    """
    with BagReader(path) as bag:
        namespace = bag.summary.custom.get(NAMESPACE_KEY, namespace).strip('/')
        said = _read(bag, namespace)
    if not said.fits:
        raise BadInput(f'{path}: holds no body/fit of a station in /{namespace}; record with the profile results, or fit its '
                       'images with `poseformer fit`')
    stamps = sorted(said.fits)
    if exercise:
        return [(exercise, _movement(said, stamps))]
    spans = _spans(said, stamps)
    if not spans:
        raise BadInput(f'{path}: no set was begun while it was recorded; give --exercise')
    return [(name, _movement(said, of)) for name, of in spans]


def _read(bag: BagReader, namespace: str) -> _Said:
    said = _Said()
    for name, message in _messages(bag, namespace):
        stamp_ns = conversions.stamp_ns(message.header)
        if name == 'body/fit':
            said.fits[stamp_ns] = conversions.body_fit(message)
        elif name == 'assessment/live':
            said.exercises[stamp_ns] = message.exercise
        elif (floor := conversions.floor_of(message)) is not None:
            said.floors[stamp_ns] = floor
    return said


def _messages(bag: BagReader, namespace: str) -> Iterator[tuple[str, Any]]:
    kinds = {f'/{namespace}/{name}': (name, kind) for name, kind in READ.items()}
    for message in bag.messages(kinds.__contains__):
        name, kind = kinds[message.topic]
        yield name, deserialize_message(message.data, kind)


def _spans(said: _Said, stamps: list[int]) -> list[tuple[str, list[int]]]:
    """Stretches of fits while one exercise was done."""
    spans: list[tuple[str, list[int]]] = []
    before = ''
    for stamp in stamps:
        name = said.exercises.get(stamp, before)
        if name and name != before:
            spans.append((name, []))
        if name:
            spans[-1][1].append(stamp)
        before = name
    return spans


def _movement(said: _Said, stamps: list[int]) -> Movement:
    return joined([movement_of_fit(stamp / conversions.NANO, said.fits[stamp], floor)
                   for stamp, floor in zip(stamps, _floors(said, stamps))])


def _floors(said: _Said, stamps: list[int]) -> list[Floor | None]:
    """The floor that was last seen at each moment."""
    seen = sorted(said.floors)
    places = np.searchsorted(seen, stamps, side='right') - 1
    return [said.floors[seen[place]] if place >= 0 else None for place in places]
