"""What /diagnostics says of a station that works, is late, or cannot follow."""

import threading

from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticStatus
from helpers.live_station import DEADLINE_S, STATION, live_station, messages_of
from rosgraph_msgs.msg import Clock

# So that a pause between a test's images is not called silence.
PATIENT = {'diagnostics.silence_s': 60.0}


def test_running_station_says_counts_age_and_processor_time(person):
    with live_station(**dict.fromkeys(STATION, PATIENT)) as station:
        station.ready()
        for _ in range(3):
            station.show(person[0])
        station.until(lambda: all(station.probe.value(node, 'processed') == 3 for node in STATION), 'three processed')
        last = {node: station.probe.statuses[node][-1] for node in STATION}
        for node, status in last.items():
            assert (status.level, status.message, status.name) == (DiagnosticStatus.OK, 'running', f'{station.namespace}/{node}')
            keys = {pair.key for pair in status.values}
            assert keys >= {f'{what} p{p} [ms]' for what in ('latency', 'cpu') for p in (50, 95, 99)}
        wanted = {'matched': 3, 'unmatched color': 0, 'unmatched depth': 0, 'received color/image': 3, 'stamp gap [s]': 0}
        assert {key: station.probe.value('rgbd_sync', key) for key in wanted} == wanted


def test_late_results_are_a_warning_logged_once(person):
    with live_station(joints=PATIENT | {'diagnostics.latency_warn_s': 0.001}) as station:
        station.ready()
        for _ in range(3):
            station.answer_to(messages_of(person[0], station.probe.get_clock().now().nanoseconds))
        station.until_told('joints', 'ms old: the machine is too slow')
        said = len(station.probe.statuses['joints'])
        station.until(lambda: len(station.probe.statuses['joints']) > said, 'one more diagnosis')
        assert station.probe.logged('joints', 'too slow') == 1
        assert not station.probe.said('rgbd_sync', 'too slow')


def test_recording_with_old_stamps_is_not_called_late(person):
    with live_station(joints=PATIENT | {'diagnostics.latency_warn_s': 0.001}) as station:
        station.ready()
        station.show(person[0])
        station.until(lambda: station.probe.value('joints', 'processed') == 1, 'a diagnosis')
        assert station.probe.statuses['joints'][-1].message == 'running'


def test_stage_that_cannot_follow_works_on_the_newest_and_counts_the_rest(person):
    begun, go_on = threading.Event(), threading.Event()
    with live_station() as station:
        station.ready()
        node = station.nodes['rgbd_sync']
        make_frame = node._make_frame

        def slow(*pair):
            begun.set()
            assert go_on.wait(DEADLINE_S)
            return make_frame(*pair)

        node._make_frame = slow
        station.camera.send(messages_of(person[0], station.stamp()))
        station.until(begun.is_set, 'the first pair under work')
        for _ in range(4):
            newest_ns = station.stamp()
            station.camera.send(messages_of(person[0], newest_ns))
        station.until_counted('rgbd_sync', 'dropped: a newer pair came before this one was begun', 3)
        go_on.set()
        station.until_answers(2)
        assert max(station.probe.skeletons) == newest_ns


def test_trouble_leaves_the_diagnostics_after_a_while(person):
    with live_station(rgbd_sync={'diagnostics.trouble_s': 1.5}) as station:
        station.ready()
        spoilt = messages_of(person[0], station.stamp())
        spoilt.depth.encoding = 'mono8'
        station.camera.send(spoilt)
        station.until_told('rgbd_sync', "depth/image: encoding 'mono8'")
        assert station.probe.statuses['rgbd_sync'][-1].level == DiagnosticStatus.ERROR
        station.until(lambda: station.probe.statuses['rgbd_sync'][-1].level != DiagnosticStatus.ERROR, 'trouble is over')
        assert station.probe.value('rgbd_sync', 'troubles') == 1


def test_simulated_time_that_nobody_tells_is_a_warning_until_somebody_does():
    with live_station('rgbd_sync', rgbd_sync={'use_sim_time': True}) as station:
        station.until_told('rgbd_sync', 'use_sim_time is set and nothing comes on /clock', '--clock-hz')
        clock = station.probe.create_publisher(Clock, '/clock', 1)
        status = station.nodes['rgbd_sync'].health.status
        station.until(lambda: clock.publish(Clock(clock=Time(sec=9))) or '/clock' not in status().message, 'the warning gone')
