"""Nodes of one process hand each other their results in memory; what others read of them over DDS is the same."""

import threading

import numpy as np
import pytest
from helpers.recognising_station import (
    RANDOM,
    RESULTS,
    WARM_UP,
    WHOLE,
    answered,
    read_over_dds,
    read_too,
    recognising,
    settled,
    silhouette_of,
)

from poseformer_ros.keypoints.layout import Detector
from poseformer_ros.keypoints.stage import KeypointStage
from poseformer_ros.recognition.layout import FUSED, keypoint_part
from poseformer_ros.ros import conversions
from poseformer_ros.ros.shared_topics import SharedTopics
from poseformer_ros.station import graph

KEYPOINTS = [FUSED.names.index(keypoint_part(detector)) for detector in Detector]


def shared(*names):
    return SharedTopics(graph.node(name) for name in names)


@pytest.fixture(scope='module')
def results(person):
    """Every result of an image, of nodes that share what they read; and who subscribes what."""
    with recognising(shared=shared(*WHOLE), classifier={}) as station:
        found = settled(station, person[0])
        return found, {name: read_over_dds(station, name) for name in WHOLE}, silhouette_of(station, found)


def test_nothing_that_a_node_of_the_process_publishes_is_subscribed(results):
    _, read, _ = results
    assert not set().union(*(read[name] for name in WHOLE[1:]))


def test_the_results_of_every_node_still_go_out(results):
    found, _, silhouette = results
    assert set(found) == set(RESULTS)
    np.testing.assert_array_equal(conversions.keypoints(found['keypoints']).features, KeypointStage()(silhouette).features)
    assert len({conversions.stamp_ns(message.header) for message in found.values()}) == 1
    groups = {name.split('/')[0] for name, there in zip(FUSED.names, found['features'].present) if there}
    assert groups == {'keypoints', 'contour', 'joint', 'mesh'}


@pytest.mark.parametrize(('process', 'first_readers'), [
    ('fit_recognition', {'silhouette': 'joints', 'skeleton/raw': 'smpl_fit', 'keypoints': 'fusion', 'body_parts': 'fusion'}),
    ('keypoints_parts', {'silhouette': 'joints'})])
def test_what_several_read_of_another_process_is_subscribed_once(person, process, first_readers):
    with recognising(*WHOLE, shared=shared(*graph.PROCESSES[process]), classifier={}) as station:
        settled(station, person[0])
        read = {name: read_over_dds(station, name) for name in WHOLE[1:]}
        received = station.nodes['fusion'].health.counts
        assert all(received[f'received {topic}'] for topic in ('silhouette', 'skeleton/raw', 'body/fit', 'keypoints', 'body_parts'))
    for topic, first in first_readers.items():
        assert [name for name in read if topic in read[name]] == [first], topic
    assert process != 'fit_recognition' or set().union(*read.values()) == set(first_readers)


def test_what_is_read_for_now_is_subscribed_once_and_as_long_as_somebody_reads_it():
    topics, said, running = SharedTopics([graph.node('keypoints'), graph.node('body_parts')]), [], []

    def subscribe(take):
        running.append(take)
        return lambda: running.remove(take)

    ends = {name: topics.join_for_now('silhouette', '/silhouette', lambda m, name=name: said.append((name, m)), subscribe)
            for name in ('keypoints', 'body_parts')}
    assert len(running) == 1
    running[0](1)
    ends['keypoints']()
    running[0](2)
    assert said == [('keypoints', 1), ('body_parts', 1), ('body_parts', 2)]
    ends['body_parts']()
    assert not running
    topics.join_for_now('silhouette', '/silhouette', said.append, subscribe)
    running[0](3)
    assert said[3:] == [3]


def test_keypoints_and_parts_are_taken_of_another_process_while_somebody_reads_features(person):
    with recognising(*WHOLE, shared=shared('fusion', 'classifier'), classifier={}, read=('exercise',)) as station:
        for _ in range(WARM_UP):
            answered(station, person[0], 'exercise')
        resting, always = ('keypoints', 'body_parts'), {'silhouette', 'skeleton/raw', 'body/fit'}
        assert not any(read_over_dds(station, name) for name in resting) and read_over_dds(station, 'fusion') == always
        reader = read_too(station, 'features')
        station.until(lambda: all(read_over_dds(station, name) for name in resting), 'what they are found from')
        station.until(lambda: read_over_dds(station, 'fusion') == always | set(resting), 'fusion to read both')
        results = settled(station, person[0])
        assert np.array(results['features'].present, bool)[KEYPOINTS].all()
        station.probe.destroy_subscription(reader)
        station.until(lambda: not any(read_over_dds(station, name) for name in resting), 'rest')
        station.until(lambda: read_over_dds(station, 'fusion') == always, 'fusion to read neither')
        answered(station, person[0], 'exercise')


def test_markers_take_nothing_in_memory_while_nobody_looks(person):
    """Else a station of one process would draw for nobody."""
    with recognising(*WHOLE, 'markers', shared=shared(*WHOLE, 'markers'), classifier={}, read=('exercise',)) as station:
        for _ in range(WARM_UP):
            answered(station, person[0], 'exercise')
        counts = station.nodes['markers'].health.counts
        assert not [what for what in counts if what.startswith('received')] and not counts.get('processed')


def test_the_nodes_times_are_their_own(person):
    with recognising(*WHOLE, shared=shared(*WHOLE)) as station:
        for _ in range(WARM_UP + 5):
            answered(station, person[0], *RESULTS)
        spent = {name: np.median(station.nodes[name].health.cpu_ms) for name in WHOLE}
    assert spent['joints'] + spent['classifier'] < spent['silhouette']
    assert spent['fusion'] < spent['silhouette']


class Counted:
    """A stage, and how often it was asked."""

    def __init__(self, stage):
        self._stage, self.times = stage, 0

    def __call__(self, *given):
        self.times += 1
        return self._stage(*given)


@pytest.mark.parametrize(('classifier', 'needed'), [({}, False), (RANDOM, True)])
def test_keypoints_and_parts_are_found_while_somebody_needs_them(person, classifier, needed):
    """The model that ships looks at the body alone; one of random weights at everything."""
    with recognising(shared=shared(*WHOLE), classifier=classifier, read=('exercise',)) as station:
        finders = {'keypoints': '_find_points', 'body_parts': '_label_parts'}
        for name, stage in finders.items():
            setattr(station.nodes[name], stage, Counted(getattr(station.nodes[name], stage)))

        def asked():
            return [getattr(station.nodes[name], stage).times > 0 for name, stage in finders.items()]
        for _ in range(WARM_UP):
            answered(station, person[0], 'exercise')
        assert asked() == [needed, needed]
        read_too(station, 'features')
        station.until(lambda: station.nodes['keypoints'].is_read('features'), 'a reader of the features')
        results = settled(station, person[0])
        assert asked() == [True, True] and np.array(results['features'].present, bool)[KEYPOINTS].all()


def test_readers_are_called_when_the_work_of_the_giver_is_done():
    topics, said = SharedTopics([graph.node('fusion'), graph.node('classifier')]), []

    def pass_on(message):
        with topics.work():
            said.append(('fusion', message))
            topics.give('/features', message)
            said.append(('fusion is done', message))
    assert topics.is_given('features') and topics.join('features', '/features', lambda m: said.append(('classifier', m))) is None
    with topics.work():
        pass_on(1)
        assert ('classifier', 1) not in said
    assert said == [('fusion', 1), ('fusion is done', 1), ('classifier', 1)]
    other = threading.Thread(target=pass_on, args=(2,))
    with topics.work():
        other.start()
        other.join()
        assert said[-1] == ('classifier', 2), 'another thread does not wait'


def test_alone_a_node_takes_every_message_itself():
    def take(message):
        raise AssertionError(message)
    topics = shared('classifier')
    assert topics.join('features', '/features', take) is take and not topics.is_given('exercise')
    assert topics.quality('features', 'result') == 'result'
    assert shared('keypoints', 'fusion').quality('silhouette', 'latest') == 'result', 'the one that keeps more'


def test_keypoints_come_with_images_at_their_rate_and_hold_nothing_back(person):
    with recognising(*WHOLE, keypoints={'keypoints.rate_hz': 15.0}) as station:      # the camera sends 30
        settled(station, person[0])
        found = [answered(station, person[0], *RESULTS) for _ in range(6)]
        assert not station.nodes['fusion'].health.counts.get('without keypoints')
    looked_at = [len(results['keypoints'].sets) == len(Detector) for results in found]
    assert sum(looked_at) == 3 and all(a != b for a, b in zip(looked_at, looked_at[1:]))
    for results, there in zip(found, looked_at):
        assert bool(results['keypoints'].sets) == there and results['keypoints'].track_id == 1
        assert np.isfinite(results['keypoints'].features).any() == there
        present = np.array(results['features'].present, bool)
        assert present[KEYPOINTS].any() == there and present.any()


def test_a_model_that_reads_keypoints_says_that_they_lack(person):
    with recognising(*WHOLE, keypoints={'keypoints.rate_hz': 1.0}) as station:
        for _ in range(40):
            answered(station, person[0], 'exercise')
        station.until(lambda: station.probe.said('classifier', 'keypoints.rate_hz'), 'the remedy')
