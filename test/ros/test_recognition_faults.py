"""The graph up to the exercise when nobody is there, stages are off, time jumps, and messages or files are broken."""

from dataclasses import replace

import numpy as np
import pytest
from helpers.recognising_station import RESULTS, WARM_UP, WHOLE, answered, header, nanoseconds, recognising, sender, settled

from poseformer_ros import msg
from poseformer_ros.errors import BadInput
from poseformer_ros.keypoints.layout import FEATURE_COUNT
from poseformer_ros.recognition.layout import FUSED
from poseformer_ros.ros import conversions


def test_an_empty_room_is_unknown_and_has_no_features(person):
    with recognising() as station:
        settled(station, person[0])
        empty = replace(person[0], depth=np.full_like(person[0].depth, np.nan))
        results = answered(station, empty, *RESULTS)
    assert results['exercise'].label == 'unknown' and results['exercise'].class_id == msg.ExerciseState.UNKNOWN
    assert results['exercise'].track_id == 0 and len(set(results['exercise'].probabilities)) == 1
    assert not any(results['features'].present) and not any(results['features'].values)
    assert not any(len(points.x) for points in results['keypoints'].sets) and np.isnan(results['keypoints'].features).all()
    assert not len(results['body_parts'].part_ids) and not results['body_parts'].labels.data


@pytest.mark.parametrize('off, gone', [(('keypoints',), ('keypoints',)), (('body_parts',), ('contour',)),
                                       (('smpl_fit',), ('mesh',)), (('smpl_fit', 'keypoints', 'body_parts'),
                                                                    ('mesh', 'keypoints', 'contour'))])
def test_a_stage_that_is_off_is_flagged_and_holds_nothing_back(person, off, gone):
    with recognising(*(name for name in WHOLE if name not in off)) as station:
        for _ in range(WARM_UP):
            answered(station, person[0], 'exercise')
        results = answered(station, person[0], 'exercise', 'features')
    found = conversions.features(results['features'])
    assert {name.split('/')[0] for name, there in zip(FUSED.names, found.present) if not there} >= set(gone)
    assert not {name.split('/')[0] for name, there in zip(FUSED.names, found.present) if there} & set(gone)


def test_time_going_back_begins_afresh(person):
    with recognising() as station:
        settled(station, person[0])
        for _ in range(10):
            answered(station, person[0], 'exercise')
        station.go_back(100.0)
        answered(station, person[0], 'exercise')
        for name in ('fusion', 'classifier'):
            station.until(lambda name=name: station.nodes[name].health.counts.get('processed', 0) > 0, name)
        state = answered(station, person[0], 'exercise')['exercise']
        assert conversions.stamp_ns(state.header) - nanoseconds(state.window_start) < 0.2 * conversions.NANO
        assert station.nodes['classifier'].health.counts['time went back'] == 1


def test_features_of_another_layout_are_refused_and_the_node_goes_on(person):
    with recognising('classifier') as station:
        features = sender(station, 'classifier', 'features')
        good = dict(layout_version=FUSED.version, values=[0.5] * FUSED.size, present=[1] * len(FUSED.names), track_id=1)
        for changed, words in (({'layout_version': 'features-0'}, "'features-0'"), ({'values': [0.5] * 7}, ', 7, '),
                               ({'present': [1] * 3}, ', 3)')):
            features.publish(msg.FusedFeatures(header=header(station), **(good | changed)))
            station.until(lambda words=words: station.probe.said('classifier', 'features: layout, values and flags', words), words)
        last = header(station)
        features.publish(msg.FusedFeatures(header=last, **(good | {'values': [float('nan')] * FUSED.size})))
        station.until(lambda: conversions.stamp_ns(last) in station.results['exercise'], 'the answer to a good message')


@pytest.mark.parametrize('content, words', [(b'', 'exercise_model|no exercise model'), (b'\x00' * 4096, 'no exercise model'),
                                            (b'pickle' * 900, 'no exercise model')])
def test_a_file_that_is_no_model_ends_the_start_with_its_name(tmp_path, content, words):
    path = tmp_path / 'mine.onnx'
    path.write_bytes(content)
    with pytest.raises(BadInput, match=f'mine.onnx: .*({words})'):
        with recognising('classifier', classifier={'model.file': str(path)}):
            pass


def test_broken_messages_cost_one_image(person):
    with recognising('fusion') as station:
        senders = {topic: sender(station, 'fusion', topic) for topic in ('keypoints', 'body_parts', 'silhouette')}
        good = {'keypoints': msg.Keypoints2D(features=[float('nan')] * 9 * FEATURE_COUNT), 'body_parts': msg.BodyParts()}
        spoilt = {'keypoints': msg.Keypoints2D(features=[1.0]),
                  'body_parts': msg.BodyParts(part_ids=[5], points_per_part=16, contour_x=[1.0], contour_y=[1.0])}
        empty_room = {'image_width': 320, 'image_height': 240, 'k': [200.0, 0.0, 160.0, 0.0, 200.0, 120.0, 0.0, 0.0, 1.0]}
        counts = station.nodes['fusion'].health.counts
        for number, topic in enumerate(('', '', *spoilt), 1):       # with the first image every stage is found to be on
            now = header(station)
            messages = good | {name: message for name, message in spoilt.items() if name == topic}
            for name, message in ({'silhouette': msg.Silhouette(**empty_room)} | messages).items():
                message.header = now
                senders[name].publish(message)
                station.until(lambda name=name, number=number: counts.get(f'received {name}') == number, f'{name} at fusion')
            if topic:
                station.until(lambda topic=topic: station.probe.said('fusion', f'{topic}: '), f'trouble with {topic}')
