"""A joint detector of one's own in a live node."""

import numpy as np
from helpers.live_station import live_station, positions
from helpers.toy_joints import TOY, MiddleOfThePerson

from poseformer_ros.ros import conversions
from poseformer_ros.skeleton import methods
from poseformer_ros.skeleton.joints import JOINT


def test_the_node_asks_the_detector_that_the_parameter_names(monkeypatch, person):
    monkeypatch.setitem(methods.METHODS, 'toy', TOY)
    with live_station(joints={'joints.method': 'toy'}) as station:
        station.ready()
        skeleton = station.show(person[0])
        wanted = MiddleOfThePerson()(conversions.silhouette(station.silhouette_of(skeleton)))
        found = positions(skeleton)
        np.testing.assert_allclose(found[JOINT['pelvis']], wanted.positions[JOINT['pelvis']], atol=1e-6)
        assert np.isfinite(found).all(axis=1).sum() == 1
