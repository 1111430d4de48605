"""What RViz shows."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from helpers.live_station import STATION, live_station, positions
from sensor_msgs.msg import Image, JointState
from tf2_msgs.msg import TFMessage
from visualization_msgs.msg import Marker, MarkerArray

from poseformer_ros import msg
from poseformer_ros.assessment.angle_arcs import RADIUS_M
from poseformer_ros.ros import conversions
from poseformer_ros.ros.qos import PROFILES
from poseformer_ros.ros.removable import NO_EVENTS
from poseformer_ros.ros.scenes.assessment_scene import ARC_WIDTH_M, FAULT_WIDTH_M
from poseformer_ros.skeleton.joints import BONES, JOINT, JOINT_NAMES
from poseformer_ros.synthesis.capsule.capsule_figure import CapsuleStudio
from poseformer_ros.synthesis.capsule.figure_pose import POSES

ALL = (*STATION, 'markers')


@pytest.fixture
def station():
    with live_station(*ALL) as running:
        running.ready()
        yield running


@pytest.fixture
def empty(studio, person):
    return replace(person[0], depth=studio._depth, color=studio._color)


def read(station, message_class, topic):
    """Messages of a topic, once the markers node reads what it needs for them."""
    got = []
    reader = station.probe.create_subscription(message_class, topic, got.append, PROFILES['result'], event_callbacks=NO_EVENTS)
    station.until(lambda: station.nodes['joints']._out.get_subscription_count() == 2 and
                  station.nodes['silhouette']._out.get_subscription_count() == 3, 'markers reads skeletons and silhouettes')
    return got, reader


def listens(station, topic):
    return any(info.node_name == 'markers' for info in
               station.probe.get_subscriptions_info_by_topic(f'/{station.namespace}/{topic}'))


def shown(station, got, frame):
    """The next message after an image."""
    before = len(got)
    skeleton = station.show(frame)
    station.until(lambda: len(got) > before, 'a message of markers')
    return skeleton, got[-1]


def by_name(array):
    return {(marker.ns, marker.id): marker for marker in array.markers}


def test_nothing_is_read_while_nobody_looks(station, person):
    for _ in range(3):
        station.show(person[0])
    assert not listens(station, 'skeleton') and not listens(station, 'silhouette')
    _, reader = read(station, MarkerArray, 'markers')
    station.probe.destroy_subscription(reader)
    station.until(lambda: not any(listens(station, topic) for topic in ('skeleton', 'silhouette', 'exercise')), 'markers lets go')
    said = len(station.probe.statuses.get('markers', ()))
    station.until(lambda: len(station.probe.statuses.get('markers', ())) > said, 'a diagnosis of markers')
    assert station.probe.statuses['markers'][-1].message == 'running'


def test_bones_and_joints_stand_where_the_skeleton_is(station, person):
    got, _ = read(station, MarkerArray, 'markers')
    skeleton, array = shown(station, got, person[0])
    bones, joints, floor = (by_name(array)[key] for key in (('person_1', 0), ('person_1', 1), ('floor', 2)))
    assert all(marker.action == Marker.ADD and marker.header == skeleton.header for marker in array.markers)
    where = positions(skeleton)
    drawn = np.array([[p.x, p.y, p.z] for p in joints.points])
    np.testing.assert_array_equal(drawn, where[~np.isnan(where).any(axis=1)])
    ends = np.array([[p.x, p.y, p.z] for p in bones.points]).reshape(-1, 2, 3)
    wanted = [where[list(bone)] for bone in BONES if not np.isnan(where[list(bone)]).any()]
    np.testing.assert_array_equal(ends, wanted)
    # The patch lies on the floor, 1.1 m below the camera, its upper side a centimetre lower.
    assert floor.pose.position.y - floor.scale.z / 2 == pytest.approx(1.11, abs=0.02)


def test_ids_are_stable_and_who_leaves_is_deleted_once(station, person, empty):
    got, _ = read(station, MarkerArray, 'markers')
    _, first = shown(station, got, person[0])
    _, second = shown(station, got, person[0])
    assert by_name(first).keys() == by_name(second).keys() == {('person_1', 0), ('person_1', 1), ('floor', 2)}
    _, gone = shown(station, got, empty)
    actions = {key: marker.action for key, marker in by_name(gone).items()}
    assert actions == {('person_1', 0): Marker.DELETE, ('person_1', 1): Marker.DELETE, ('floor', 2): Marker.ADD}
    _, later = shown(station, got, empty)
    assert [(m.ns, m.action) for m in later.markers] == [('floor', Marker.ADD)]


def test_another_person_replaces_the_first(studio, person):
    beside, _ = CapsuleStudio(replace(studio.camera, aside=1.1))(POSES['standing'])
    with live_station(*ALL, silhouette={'segmentation.gate_m': 0.2, 'segmentation.patience': 0}) as station:
        station.ready()
        got, _ = read(station, MarkerArray, 'markers')
        shown(station, got, person[0])
        skeleton, array = shown(station, got, beside)
    assert skeleton.track_id == 2
    actions = {key: marker.action for key, marker in by_name(array).items()}
    assert actions[('person_1', 0)] == actions[('person_1', 1)] == Marker.DELETE
    assert actions[('person_2', 0)] == actions[('person_2', 1)] == Marker.ADD


def test_overlay_is_drawn_into_the_cameras_image(station, person, empty):
    got, _ = read(station, Image, 'overlay')
    station.until(lambda: station.nodes['rgbd_sync']._out.get_subscription_count(), 'markers reads images')
    for frame, drawn_over in ((person[0], True), (empty, False)):
        _, message = shown(station, got, frame)
        changed = (conversions.color_image(message, 'overlay') != frame.color).any(axis=-1)
        assert changed.any() == drawn_over
        inside = cv2.dilate(person[1].mask.view(np.uint8), np.ones((15, 15), np.uint8)).astype(bool)
        assert not changed[~inside].any()


def test_floor_stays_where_it_was_while_none_is_seen(station, person):
    got, _ = read(station, MarkerArray, 'markers')
    transforms = []
    station.probe.create_subscription(TFMessage, '/tf', transforms.append, PROFILES['result'])
    station.until(lambda: station.nodes['markers']._tf.get_subscription_count(), 'reader of /tf')
    shown(station, got, person[0])
    station.nodes['silhouette'].reset()
    blind = replace(person[0], depth=np.full_like(person[0].depth, np.nan))
    skeleton, array = shown(station, got, blind)
    assert not station.silhouette_of(skeleton).floor_found
    station.until(lambda: len(transforms) == 2, 'both transforms')
    first, second = (message.transforms[0].transform for message in transforms)
    assert first == second and first.translation.y == pytest.approx(1.1, abs=0.02)
    assert ('floor', 2) in by_name(array)


def test_what_is_shown_goes_away_when_the_station_stops(station, person):
    got, _ = read(station, MarkerArray, 'markers')
    _, array = shown(station, got, person[0])
    assert all(0 < marker.lifetime.sec <= 3 for marker in array.markers)


def test_overlay_shows_the_person_and_nothing_else_of_the_room_when_asked_to(station, person, empty):
    assert station.set_parameter('markers', 'markers.surroundings', False).successful
    got, _ = read(station, Image, 'overlay')
    frame, truth = person
    skeleton, message = shown(station, got, frame)
    image = conversions.color_image(message, 'overlay')
    assert message.header == skeleton.header and image.shape == frame.color.shape
    roi = station.silhouette_of(skeleton).roi
    outside = np.ones(truth.mask.shape, bool)
    outside[roi.y_offset:roi.y_offset + roi.height, roi.x_offset:roi.x_offset + roi.width] = False
    assert not image[outside].any()
    inner = cv2.erode(truth.mask.view(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    untouched = (image == frame.color).all(axis=-1)
    # Most of the person shows through; bones, joints and outline are drawn over the rest.
    assert 0.5 < untouched[inner].mean() < 1.0
    _, nobody = shown(station, got, empty)
    assert not any(nobody.data)


def test_floor_is_a_frame_while_somebody_looks(station, person):
    transforms = []
    station.probe.create_subscription(TFMessage, '/tf', transforms.append, PROFILES['result'])
    got, _ = read(station, MarkerArray, 'markers')
    station.until(lambda: station.nodes['markers']._tf.get_subscription_count(), 'reader of /tf')
    skeleton, _ = shown(station, got, person[0])
    station.until(lambda: transforms, '/tf')
    floor, = transforms[-1].transforms
    assert floor.header == skeleton.header and floor.child_frame_id == 'poseformer_floor'
    assert floor.transform.translation.y == pytest.approx(1.1, abs=0.02)


def test_joints_are_frames_when_asked_for(person):
    transforms = []
    with live_station(*ALL, markers={'markers.tf': True}) as station:
        station.probe.create_subscription(TFMessage, '/tf', transforms.append, PROFILES['result'])
        station.ready()
        station.until(lambda: listens(station, 'skeleton') and station.nodes['markers']._tf.get_subscription_count()
                      and station.nodes['joints']._out.get_subscription_count() == 2, 'markers reads skeletons')
        skeleton = station.show(person[0])
        station.until(lambda: transforms, '/tf')
    found = {t.child_frame_id: t.transform.translation for t in transforms[-1].transforms}
    for name, position in zip(JOINT_NAMES, positions(skeleton), strict=True):
        if np.isnan(position).any():
            assert f'person_1_{name}' not in found
        else:
            place = found[f'person_1_{name}']
            assert [place.x, place.y, place.z] == position.tolist()


def test_live_change_of_the_look(station, person):
    got, _ = read(station, MarkerArray, 'markers')
    assert station.set_parameter('markers', 'markers.joint_diameter_m', 0.1).successful
    _, array = shown(station, got, person[0])
    assert by_name(array)[('person_1', 1)].scale.x == 0.1


def test_the_exercise_stands_above_the_head_of_the_person_it_was_said_of(station, person):
    got, _ = read(station, MarkerArray, 'markers')
    said = station.probe.create_publisher(msg.ExerciseState, 'exercise', PROFILES['result'])
    station.until(lambda: said.get_subscription_count() and listens(station, 'exercise'), 'markers at exercise')
    skeleton, _ = shown(station, got, person[0])
    counts = station.nodes['markers'].health.counts
    for track_id, text in ((skeleton.track_id, 'kimore es5'), (skeleton.track_id + 1, '')):
        before = counts.get('received exercise', 0)
        said.publish(msg.ExerciseState(header=skeleton.header, track_id=track_id, label='kimore_es5'))
        station.until(lambda before=before: counts.get('received exercise', 0) > before, 'the exercise')
        skeleton, array = shown(station, got, person[0])
        written = [marker for marker in array.markers if marker.type == Marker.TEXT_VIEW_FACING and marker.action == Marker.ADD]
        assert [marker.text for marker in written] == ([text] if text else [])
        for marker in written:
            head = positions(skeleton)[JOINT_NAMES.index('head')]
            assert marker.pose.position.y == pytest.approx(head[1] - 0.25, abs=0.02)
            assert marker.scale.z > 0.05 and marker.scale.x > 0.0      # height of the letters, width of a space


def test_a_set_shows_its_count_its_angles_and_the_limb_of_the_last_fault(station, person):
    got, _ = read(station, MarkerArray, 'markers')
    live = station.probe.create_publisher(msg.AssessmentLive, 'assessment/live', PROFILES['result'])
    angles = station.probe.create_publisher(JointState, 'assessment/angles', PROFILES['result'])
    station.until(lambda: live.get_subscription_count() and angles.get_subscription_count(), 'markers reads the assessment')
    skeleton, array = shown(station, got, person[0])
    assert not any(marker.ns.startswith('assessment') for marker in array.markers)
    said = msg.AssessmentLive(header=skeleton.header, track_id=skeleton.track_id, phase=msg.AssessmentLive.OUT, count=3,
                              exercise='kimore_es5', fault='The left knee went inwards.', angles=['left_knee', 'pelvis_left'],
                              fault_joints=['left_hip', 'left_knee', 'left_ankle'])
    node = station.nodes['markers']
    live.publish(said)
    angles.publish(JointState(header=skeleton.header, name=['left_knee'], position=[np.radians(41.0)]))
    station.until(lambda: node._live.count == 3 and node._angles.name, 'the assessment is read')
    skeleton, array = shown(station, got, person[0])
    of_set = [marker for marker in array.markers if marker.ns == f'assessment_{skeleton.track_id}']
    assert {marker.text for marker in of_set if marker.text} == {'3', 'The left knee went inwards.', '41°'}
    where = positions(skeleton)
    limb, arc = (next(marker for marker in of_set if marker.type == Marker.LINE_LIST and marker.scale.x == width)
                 for width in (FAULT_WIDTH_M, ARC_WIDTH_M))
    drawn = np.array([[p.x, p.y, p.z] for p in limb.points])
    wanted = where[[JOINT[name] for name in ('left_hip', 'left_knee', 'left_knee', 'left_ankle')]]
    assert np.allclose(drawn, wanted)
    away = np.array([[p.x, p.y, p.z] for p in arc.points]) - where[JOINT['left_knee']]
    assert np.linalg.norm(away, axis=1).max() < RADIUS_M + 1e-6
    live.publish(msg.AssessmentLive(header=skeleton.header, track_id=skeleton.track_id, phase=msg.AssessmentLive.NO_SET))
    station.until(lambda: node._live.phase == msg.AssessmentLive.NO_SET, 'the end of the set is read')
    _, array = shown(station, got, person[0])
    assert {marker.action for marker in array.markers if marker.ns.startswith('assessment')} == {Marker.DELETE}
