"""Only current results are published, and a station that falls behind takes images evenly."""

import time
from dataclasses import replace

import numpy as np
import pytest
from helpers.live_station import live_station, messages_of
from rclpy.time import Time
from sensor_msgs.msg import Image
from std_msgs.msg import Header

from poseformer_ros.ros.conversions import stamp_ns
from poseformer_ros.ros.freshness import CALM_S, FEWEST_TAKEN, MOST_OVERTAKEN, Freshness, Pace
from poseformer_ros.ros.input.taken_pairs import TakenPairs

CAMERA_HZ = 30
START_NS = 1_700_000_000 * 10**9
STALE_S = 0.3


def ns(seconds: float) -> int:
    return START_NS + round(seconds * 1e9)


def known(arrivals: list[tuple[float, float]]) -> Freshness:
    """After images of these stamps that came at these times."""
    made = Freshness()
    for stamp, now in arrivals:
        made.seen(ns(stamp), ns(now))
    return made


LIVE = [(0.0, 0.03), (0.033, 0.065)]
RECORDED_LONG_AGO = [(0.0, 5000.0), (0.033, 5000.033)]
CLOCK_BEHIND = [(0.0, 0.25), (0.033, 0.28)]
CLOCK_AHEAD = [(0.0, -0.42), (0.033, -0.387)]       # by 0.45 s


@pytest.mark.parametrize(('arrivals', 'stamp', 'now', 'stale'), [
    (LIVE, 0.0, 0.1, False), (LIVE, 0.0, 0.29, False), (LIVE, 0.0, 0.31, True),
    (LIVE, 0.033, 9.0, False),                          # nothing newer came: the camera stopped, or waits for the answer
    ([*LIVE, (0.5, 0.53)], 0.1, 0.54, True),            # by the stamps alone
    (RECORDED_LONG_AGO, 0.0, 5000.5, False), ([*RECORDED_LONG_AGO, (0.5, 5000.5)], 0.1, 5000.5, True),
    (CLOCK_BEHIND, 0.0, 0.4, False), (CLOCK_BEHIND, 0.0, 0.5, True),
    (CLOCK_AHEAD, 0.0, -0.13, False), (CLOCK_AHEAD, 0.0, -0.11, True),
])
def test_stale_is_what_is_old_and_has_been_followed_by_newer_images(arrivals, stamp, now, stale):
    assert known(arrivals).stale(ns(stamp), ns(now), STALE_S) == stale


def test_a_clock_that_drifts_is_followed():
    """Slow by 50 ppm for two hours, or fast: the same results are fresh as in the first minute."""
    for drift in (5e-5, -5e-5):
        images = [(t, t + 0.03 + drift * t) for t in np.arange(0.0, 7200.0, 0.5)]
        made, (stamp, came) = known(images), images[-2]
        assert not made.stale(ns(stamp), ns(came + 0.1), 0.6)
        assert made.stale(ns(stamp), ns(came + 0.6), 0.6)


def test_nothing_is_stale_where_that_is_turned_off_or_time_went_back():
    assert not known([*LIVE, (9.0, 9.0)]).stale(ns(0.0), ns(9.0), 0.0)
    looped = known([*LIVE, (9.0, 9.0)])
    looped.reset()
    looped.seen(ns(0.0), ns(9.1))
    assert not looped.stale(ns(0.0), ns(9.2), STALE_S)


def test_every_image_is_taken_while_the_station_keeps_up():
    pace = Pace()
    for number in range(1000):
        assert pace.takes()
        pace.note(number % 50 == 0, number / CAMERA_HZ)     # a hiccup now and then
    assert pace.every == 1


@pytest.mark.parametrize('needed', [1.5, 2.5, 4.5, 100.0])
def test_goes_evenly_to_a_rate_that_it_keeps_up_with(needed):
    """A stage that needs so many images' time for one: after a while what is taken is evenly spaced and nothing waits in vain."""
    pace, busy_until, waits, taken = Pace(), 0.0, False, []
    for now in range(3000):
        if waits and now >= busy_until:
            busy_until, waits = busy_until + needed, False
        if not pace.takes():
            continue
        taken.append(now)
        pace.note(waits, now / CAMERA_HZ)
        if now >= busy_until:
            busy_until = now + needed
        else:
            waits = True
    spaces = np.diff(taken[-60:])
    wanted = min(int(np.ceil(needed)), FEWEST_TAKEN)
    # Now and then one more is tried.
    assert np.median(spaces) == wanted and (spaces == wanted).mean() > 0.6


def test_goes_back_to_every_image_when_it_keeps_up_again():
    pace = Pace()
    for _ in range(MOST_OVERTAKEN):
        pace.note(True, 0.0)
    assert pace.every == 2
    taken = [pace.takes() for _ in range(4)]
    assert taken.count(True) == 2
    for number in range(round(2 * CALM_S * CAMERA_HZ)):
        if pace.takes():
            pace.note(False, number / CAMERA_HZ)
    assert pace.every == 1


@pytest.mark.parametrize(('camera_hz', 'every'), [(10, 2), (30, 3)])
def test_a_burst_at_the_start_costs_seconds_and_no_minute(camera_hz, every):
    """A second in which every image waits in vain, then all is well: every image is taken again after ten more."""
    pace = Pace()
    for number in range(11 * camera_hz):
        now_s = number / camera_hz
        if pace.takes():
            pace.note(now_s < 1.0, now_s)
        if now_s == 1.0:
            assert pace.every == every
    assert pace.every == 1


def test_hiccups_at_every_rate_do_not_keep_it_slow():
    """A disk or another program holds up three images of a hundred, whatever the rate; once it was too slow for a minute."""
    pace, luck, taken = Pace(), np.random.default_rng(3), []
    for number in range(600 * CAMERA_HZ):
        now_s = number / CAMERA_HZ
        taken.append(pace.takes())
        if taken[-1]:
            pace.note(now_s < 60.0 and pace.every < 4 or luck.random() < 0.03, now_s)
    assert np.mean(taken[120 * CAMERA_HZ:]) > 0.97


class Quiet:
    """Health that nobody reads."""

    def count(self, what):
        """Taken note of."""

    def doubt(self, topic, text):
        """The same."""


@pytest.mark.parametrize(('apart_s', 'comes_every_s', 'taken'), [(0.02, 0.02, False), (0.1, 0.0, True)])
def test_images_that_come_all_at_once_are_no_reason_to_take_fewer(apart_s, comes_every_s, taken):
    """Each overtakes the one before, which waits: of a camera as fast as that, or of a network that holds them up."""
    pairs = TakenPairs(lambda pair: True, Quiet())
    for number in range(30):
        pairs.offer((Image(header=Header(stamp=Time(nanoseconds=ns(number * apart_s)).to_msg())), None))
        time.sleep(comes_every_s)
    assert (pairs.pace.every == 1) == taken


class Slow:
    """A stage that takes its time."""

    def __init__(self, stage, seconds):
        self._stage, self._seconds = stage, seconds

    def __call__(self, *given):
        time.sleep(self._seconds)
        return self._stage(*given)

    def __getattr__(self, name):
        return getattr(self._stage, name)


def test_a_live_station_that_is_too_slow_publishes_nothing_old_and_says_so(person):
    """Half a second for each image of a camera that sends twenty a second."""
    with live_station() as station:
        station.ready()
        station.show(person[0])
        stage = station.nodes['silhouette']._stage
        station.nodes['silhouette']._stage = Slow(stage, 0.5)
        arrived = {}
        publish = station.nodes['joints']._out.publish

        def noted(message):
            arrived[stamp_ns(message.header)] = time.time_ns()
            publish(message)

        station.nodes['joints']._out.publish = noted
        station.go_back(-10.0)
        sent = messages_of(person[0], station.stamp())

        def send() -> None:
            now = Time(nanoseconds=time.time_ns()).to_msg()
            for message in (sent.color, sent.depth, sent.info):
                message.header.stamp = now
            station.camera.send(replace(sent))

        timer = station.camera.create_timer(0.05, send)
        count = station.nodes['silhouette'].health.counts
        station.until(lambda: count.get('dropped: too old to be current', 0) >= 3, 'old results dropped')
        station.until_told('rgbd_sync', 'the machine does not keep up with the camera', 'images is taken')
        assert not any(at - stamp > STALE_S * 1e9 + 2e8 for stamp, at in arrived.items() if stamp > START_NS + 10**17)
        station.until_told('silhouette', 'results are older than 0.3 s and are held back', 'freshness.stale_s')
        # Fast again, and on a loaded machine with late results too, it answers again.
        station.nodes['silhouette']._stage = stage
        for node in ('silhouette', 'joints'):
            assert station.set_parameter(node, 'freshness.stale_s', 0.0).successful
        before = len(arrived)
        station.until(lambda: len(arrived) > before + 3, 'answers again')
        station.camera.destroy_timer(timer)
        station.until(lambda: station.probe.value('rgbd_sync', 'dropped: the station does not keep up') > 0, 'the count')


def test_a_source_that_waits_for_its_answers_gets_them_all_from_a_station_that_leaves_images_out(person):
    """As a replay does that begins when a camera was too fast for the machine."""
    with live_station() as station:
        station.ready()
        station.nodes['rgbd_sync']._taken.pace.every = 3
        for _ in range(4):
            station.show(person[0])
        assert not [name for name in station.nodes['rgbd_sync'].health.counts if name.startswith('dropped')]
