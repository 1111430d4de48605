"""Keypoints, body parts, features and exercise over DDS, on a drawn person; the same stages are run beside them without ROS."""

import numpy as np
import pytest
from helpers.recognising_station import answered, keeper, nanoseconds, recognising, settled, silhouette_of
from sensor_msgs.msg import Image
from std_srvs.srv import Trigger

from poseformer_ros import msg
from poseformer_ros.body.model import load_body_model, shipped_body_path
from poseformer_ros.drawing.keypoint_drawing import draw_parts
from poseformer_ros.keypoints.body_parts import FOUND_PARTS, LIP_CLASSES, LIP_COLORS
from poseformer_ros.keypoints.layout import Detector
from poseformer_ros.keypoints.part_stage import BodyPartStage, joints_for_parts
from poseformer_ros.keypoints.stage import KeypointStage
from poseformer_ros.recognition.fusion import Fusion
from poseformer_ros.recognition.layout import FUSED
from poseformer_ros.recognition.shipped_model import RANDOM_CLASSES
from poseformer_ros.ros import conversions
from poseformer_ros.ros.qos import PROFILES
from poseformer_ros.ros.removable import NO_EVENTS


@pytest.fixture(scope='module')
def station():
    with recognising() as station:
        yield station


def test_keypoints_are_those_of_the_silhouette_and_lie_on_the_person(station, person):
    results = settled(station, person[0])
    silhouette, message = silhouette_of(station, results), results['keypoints']
    found, wanted = conversions.keypoints(message), KeypointStage()(silhouette)
    assert [points.detector for points in found.sets] == list(Detector) and found.track_id == 1
    for one, other in zip(found.sets, wanted.sets):
        for name in ('x', 'y', 'size', 'angle', 'response'):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    np.testing.assert_array_equal(found.features, wanted.features)
    head = next(points for points in found.sets if points.detector == Detector.SKELETON_END).y.min()
    truth = person[1].mask
    top = np.flatnonzero(truth.any(axis=1))[0]
    assert top < head < top + 0.15 * truth.any(axis=1).sum()


def test_body_parts_are_those_of_the_fitted_joints(station, person):
    results = settled(station, person[0])
    silhouette, message = silhouette_of(station, results), results['body_parts']
    found = conversions.body_parts(message)
    wanted = BodyPartStage()(silhouette, joints_for_parts(conversions.skeleton(results['skeleton/raw']),
                                                          conversions.body_fit(results['body/fit'])))
    np.testing.assert_array_equal(found.labels, wanted.labels)
    np.testing.assert_array_equal(found.part_ids, wanted.part_ids)
    np.testing.assert_array_equal(found.contours, wanted.contours)
    assert (message.labels.encoding, message.labels.height, message.labels.width) == ('mono8', *silhouette.mask.shape)
    assert set(found.part_ids) == set(FOUND_PARTS) - {LIP_CLASSES.index('hair')} or set(found.part_ids) == set(FOUND_PARTS)


def test_the_legend_names_what_may_occur_in_its_colour(station):
    station.until(lambda: 'body_parts/legend' in station.latched, 'the latched legend')
    legend = station.latched['body_parts/legend']
    assert list(legend.ids) == list(FOUND_PARTS)
    assert legend.names == [LIP_CLASSES[i] for i in FOUND_PARTS]
    np.testing.assert_array_equal(np.array(legend.rgb).reshape(-1, 3), LIP_COLORS[list(FOUND_PARTS)])


def test_the_coloured_image_comes_once_somebody_looks(station, person):
    images = {}
    subscription = station.probe.create_subscription(Image, 'body_parts/image', keeper(images), PROFILES['result'],
                                                     event_callbacks=NO_EVENTS)
    station.until(lambda: subscription.get_publisher_count() and station.nodes['body_parts']._image.get_subscription_count(),
                  'a reader of the image')
    results = settled(station, person[0])
    stamp_ns = conversions.stamp_ns(results['exercise'].header)
    station.until(lambda: stamp_ns in images, 'the coloured image')
    image = conversions.color_image(images[stamp_ns], 'body_parts/image')
    parts = conversions.body_parts(results['body_parts'])
    assert len(parts.part_ids) >= 8
    np.testing.assert_array_equal(image, draw_parts(silhouette_of(station, results), parts, scale=1))
    station.probe.destroy_subscription(subscription)


def test_features_are_the_fusion_of_what_the_stages_said(station, person):
    results = settled(station, person[0])
    fused = Fusion(load_body_model(shipped_body_path('all_ages')))(
        silhouette_of(station, results), conversions.keypoints(results['keypoints']), conversions.body_parts(results['body_parts']),
        conversions.skeleton(results['skeleton/raw']), conversions.body_fit(results['body/fit']))
    found = conversions.features(results['features'])
    np.testing.assert_array_equal(found.values, fused.values)
    np.testing.assert_array_equal(found.present, fused.present)
    groups = {name.split('/')[0] for name, there in zip(FUSED.names, found.present) if there}
    assert groups == {'keypoints', 'contour', 'joint', 'mesh'}


def test_the_layout_is_told_to_late_readers(station):
    station.until(lambda: 'features/layout' in station.latched, 'the latched layout')
    layout = station.latched['features/layout']
    assert (layout.version, tuple(layout.names), tuple(layout.offsets), tuple(layout.sizes)) == (
        FUSED.version, FUSED.names, FUSED.offsets, FUSED.sizes)


def test_every_image_gets_an_exercise_with_its_stamp(station, person):
    settled(station, person[0])
    state = [answered(station, person[0], 'exercise')['exercise'] for _ in range(5)][-1]
    assert len(state.probabilities) == len(RANDOM_CLASSES) and sum(state.probabilities) == pytest.approx(1.0, abs=1e-5)
    shares = np.array(state.probabilities, float)
    assert state.entropy == pytest.approx(-(shares * np.log(shares)).sum(), abs=1e-5)
    assert (state.class_id == msg.ExerciseState.UNKNOWN) == (state.label == 'unknown') and state.track_id == 1
    assert 0 < conversions.NANO * state.window_start.sec + state.window_start.nanosec <= conversions.stamp_ns(state.header)


def test_a_model_of_random_weights_is_announced(station):
    station.until(lambda: 'exercise/model' in station.latched, 'the latched model')
    info = station.latched['exercise/model']
    assert not info.trained and tuple(info.class_names) == RANDOM_CLASSES and info.feature_layout_version == FUSED.version
    station.until_told('classifier', 'the exercise model has random weights', 'its labels mean nothing')


def test_reset_forgets_on_request(station, person):
    settled(station, person[0])
    for _ in range(20):
        before = answered(station, person[0], 'exercise')['exercise']
    client = station.probe.create_client(Trigger, 'exercise/reset')
    station.until(client.service_is_ready, 'the service exercise/reset')
    assert station.call(client.call_async(Trigger.Request())).success
    after = answered(station, person[0], 'exercise')['exercise']
    assert nanoseconds(before.window_start) < conversions.stamp_ns(before.header)
    assert nanoseconds(after.window_start) == conversions.stamp_ns(after.header)
