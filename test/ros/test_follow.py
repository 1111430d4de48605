"""Service follow of the silhouette node, the doubt that it publishes, and answers that travel, over real DDS."""

from dataclasses import replace

import numpy as np
import pytest
from helpers.live_station import live_station, messages_of
from helpers.silhouette_room import CAMERA, Scene, View, draw, person, room
from poseformer_ros.srv import Follow

from poseformer_ros import msg
from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.pipeline import Pipeline
from poseformer_ros.ros import conversions
from poseformer_ros.ros.qos import PROFILES

HIDDEN_IMAGES = 5


@pytest.fixture(scope='module')
def scenes():
    """Two people, the left one alone, the right one alone, and two who touch; each with which person each pixel shows."""
    left, right = person(-0.7, 2.6), person(0.7, 2.6)
    people = {'both': [left, right], 'left': [left], 'right': [right], 'touching': [left, person(-0.25, 2.6)]}
    return {name: draw(Scene(room(), them), View()) for name, them in people.items()}


def at_left(silhouette: msg.Silhouette) -> bool:
    return silhouette.roi.x_offset + silhouette.roi.width / 2 < CAMERA.width / 2


def test_follow_by_pixel_by_number_and_through_being_out_of_sight(scenes):
    both = scenes['both'].frame
    with live_station() as station:
        station.ready()
        client = station.probe.create_client(Follow, 'follow')
        station.until(client.service_is_ready, 'service follow')

        def follow(**request) -> Follow.Response:
            return station.call(client.call_async(Follow.Request(**request)))

        assert 'nobody is known at all' in follow(track_id=1).message
        first = station.silhouette_of(station.show(both))
        row, column = np.argwhere(scenes['both'].person == (2 if at_left(first) else 1))[100]
        answer = follow(column=float(column), row=float(row))
        assert answer.success and answer.track_id != first.track_id and f'{answer.track_id} is followed' in answer.message
        second = station.silhouette_of(station.show(both))
        assert second.track_id == answer.track_id and at_left(second) != at_left(first)

        hidden = scenes['left' if at_left(first) else 'right'].frame
        for _ in range(HIDDEN_IMAGES):
            assert station.silhouette_of(station.show(hidden)).track_id == 0      # waited for, nobody else is taken
        assert station.silhouette_of(station.show(both)).track_id == answer.track_id

        assert follow(track_id=first.track_id).success
        assert station.silhouette_of(station.show(both)).track_id == first.track_id
        for request, said in (({'track_id': 9}, 'nobody has the number 9; choose one of 1, 2'),
                              ({'column': 160.0, 'row': 5.0}, 'nobody is at column 160, row 5; choose one of 1, 2')):
            refused = follow(**request)
            assert not refused.success and said in refused.message and refused.track_id == first.track_id
        assert station.silhouette_of(station.show(both)).track_id == first.track_id


def test_doubt_while_two_touch_is_published_and_said(scenes):
    with live_station() as station:
        station.ready()
        skeleton = station.show(scenes['left'].frame)
        assert skeleton.doubt < 0.2
        station.show(scenes['both'].frame)
        skeleton = station.show(scenes['touching'].frame)
        assert skeleton.doubt > 0.5 and station.silhouette_of(skeleton).doubt == skeleton.doubt
        station.until_told('silhouette', 'two people touch')


def test_the_nodes_say_what_the_offline_chain_says(scenes):
    frame = scenes['left'].frame
    sent = messages_of(frame, 0)
    seen = RgbdFrame(frame.color, conversions.depth_image(sent.depth, 'depth'), frame.intrinsics)    # in whole millimetres
    offline = Pipeline(stages=('silhouette', 'joints'))(seen, 0.0)
    with live_station() as station:
        station.ready()
        found = conversions.skeleton(station.show(frame))
    # The network's sums may be taken in another order: a tenth of a micrometre.
    np.testing.assert_allclose(found.positions, offline.filtered.positions, atol=1e-6)
    np.testing.assert_allclose(found.covariance, offline.filtered.covariance, atol=1e-6)


def test_recorded_silhouettes_without_answers_still_become_joints(scenes):
    person_found = Pipeline(stages=('silhouette',))(scenes['left'].frame, 0.0).person
    with live_station('joints') as station:
        sender = station.probe.create_publisher(msg.Silhouette, 'silhouette', PROFILES['latest'])
        station.until(lambda: sender.get_subscription_count() >= 2 and station.nodes['joints'].count_publishers('silhouette') == 1
                      and station.nodes['joints'].publishers, 'the reader of silhouettes')
        station.ready()
        header = messages_of(scenes['left'].frame, station.stamp()).color.header
        sender.publish(conversions.silhouette_message(replace(person_found, answers=None), header))
        stamp_ns = conversions.stamp_ns(header)
        station.until(lambda: stamp_ns in station.probe.skeletons, 'the skeleton')
        found = conversions.skeleton(station.probe.skeletons[stamp_ns])
    assert np.isfinite(found.positions).all()
    assert np.abs(found.positions[:, 0] + 0.7).max() < 0.6 and np.abs(found.positions[:, 2] - 2.6).max() < 0.5
