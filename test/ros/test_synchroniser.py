"""Pairing of colour and depth by stamp, without DDS."""

import threading

import pytest

from poseformer_ros.ros.input.synchroniser import NANO, Synchroniser, SyncOptions

PERIOD = NANO // 30


def ms(milliseconds):
    return milliseconds * NANO // 1000


def exact():
    return Synchroniser(SyncOptions(mode='exact'))


@pytest.mark.parametrize('mode', ['exact', 'approximate'])
@pytest.mark.parametrize('slop_s', [0.0, 0.02])
def test_equal_stamps_match_whoever_comes_first(mode, slop_s):
    pairs = Synchroniser(SyncOptions(mode=mode, slop_s=slop_s))
    assert pairs.color(5, 'c5') is None
    assert pairs.depth(5, 'd5') == ('c5', 'd5')
    assert pairs.depth(6, 'd6') is None
    assert pairs.color(6, 'c6') == ('c6', 'd6')
    assert (pairs.counts.matched, pairs.counts.color_unmatched, pairs.counts.depth_unmatched) == (2, 0, 0)


def test_exact_mode_takes_no_neighbour():
    pairs = exact()
    pairs.color(5, 'c')
    assert pairs.depth(6, 'd') is None


@pytest.mark.parametrize(('gap_ms', 'matches'), [(20, True), (-20, True), (21, False), (-21, False)])
def test_slop_is_the_largest_gap_that_matches(gap_ms, matches):
    pairs = Synchroniser(SyncOptions(slop_s=0.02))
    pairs.color(NANO, 'c')
    assert (pairs.depth(NANO + ms(gap_ms), 'd') is not None) == matches
    if matches:
        assert pairs.counts.last_gap_s == pytest.approx(gap_ms / 1e3)


def test_stamps_are_called_apart_only_when_both_streams_lose_images():
    pairs = Synchroniser(SyncOptions(slop_s=0.02, queue=2))
    for number in range(4):
        pairs.color(NANO + ms(33 * number), 'c')
    assert pairs.apart_s() is None, 'the depth stream may only be late or dead'
    for number in range(4):
        pairs.depth(2 * NANO + ms(33 * number), 'd')
    assert pairs.apart_s() == pytest.approx(2.066 - 1.099)
    pairs.depth(NANO + ms(99), 'd')
    assert pairs.apart_s() is None, 'a pair ends it'


def test_gap_is_depth_minus_colour_whoever_comes_last():
    pairs = Synchroniser()
    pairs.depth(NANO + ms(5), 'd')
    pairs.color(NANO, 'c')
    assert pairs.counts.last_gap_s == pytest.approx(0.005)


def test_nearest_of_several_is_taken_and_older_ones_count_as_unmatched():
    pairs = Synchroniser(SyncOptions(slop_s=0.05))
    for stamp in (0, 30, 60):
        pairs.color(NANO + ms(stamp), stamp)
    assert pairs.depth(NANO + ms(40), 'd') == (30, 'd')
    assert pairs.counts.color_unmatched == 1
    assert pairs.depth(NANO + ms(62), 'd') == (60, 'd')


def test_late_partner_is_waited_for():
    pairs = Synchroniser()
    for k in range(9):
        assert pairs.color(k * PERIOD, k) is None
    assert [pairs.depth(k * PERIOD, k) for k in range(9)] == [(k, k) for k in range(9)]


def test_stream_that_dies_leaves_the_newest_images_waiting_and_comes_back():
    pairs = Synchroniser(SyncOptions(queue=10))
    for k in range(1000):
        assert pairs.color(k * PERIOD, k) is None
    assert pairs.counts.color_unmatched == 990
    assert pairs.depth(985 * PERIOD, 985) is None
    assert pairs.depth(999 * PERIOD, 999) == (999, 999)
    assert pairs.color(1000 * PERIOD, 1000) is None
    assert pairs.depth(1000 * PERIOD, 1000) == (1000, 1000)


def test_half_the_rate_pairs_every_other_image():
    pairs = Synchroniser()
    found = []
    for k in range(30):
        found.append(pairs.color(k * PERIOD, k))
        if k % 2 == 0:
            found.append(pairs.depth(k * PERIOD, k))
    assert [pair for pair in found if pair] == [(k, k) for k in range(0, 30, 2)]
    assert pairs.counts.color_unmatched == 14 and pairs.counts.depth_unmatched == 0


@pytest.mark.parametrize('mode', ['exact', 'approximate'])
def test_looped_recording_is_paired_in_full_every_time(mode):
    """The stock Python synchroniser gives nothing, or one in ten, here: an unmatched tail fills its queue for ever."""
    pairs = Synchroniser(SyncOptions(mode=mode))
    for _ in range(3):
        found = []
        for k in range(40):
            pairs.color(k * PERIOD, k)
            found.append(pairs.depth(k * PERIOD, k))
        assert found == [(k, k) for k in range(40)]
        for k in range(40, 52):
            pairs.color(k * PERIOD, 'tail without depth')


@pytest.mark.parametrize('mode', ['exact', 'approximate'])
def test_image_of_the_round_before_is_not_paired_with_this_one(mode):
    pairs = Synchroniser(SyncOptions(mode=mode))
    pairs.color(5 * PERIOD, 'round before')
    pairs.color(1 * PERIOD, 'this round')
    assert pairs.depth(5 * PERIOD, 'this round') is None
    assert pairs.color(5 * PERIOD, 'this round') == ('this round', 'this round')


def test_recording_of_an_earlier_day_after_a_later_one():
    pairs = Synchroniser()
    for k in range(12):
        pairs.color(10**6 * NANO + k * PERIOD, 'later day')
        pairs.depth(2 * 10**6 * NANO + k * PERIOD, 'another day')
    for k in range(80):
        pairs.color(k * PERIOD, k)
        assert pairs.depth(k * PERIOD, k) == (k, k)


def test_every_message_is_counted_once():
    """Matched, unmatched and waiting ones are all there are."""
    pairs = Synchroniser(SyncOptions(queue=4, slop_s=0.01))
    for k in range(200):
        pairs.color(k * PERIOD, 'c')
        if k % 7 < 4:
            pairs.depth(k * PERIOD + ms(k % 15), 'd')
    waiting = len(pairs._waiting['color'])
    assert waiting <= 4
    assert pairs.counts.matched + pairs.counts.color_unmatched + waiting == 200


def test_two_threads_get_each_pair_once():
    pairs = Synchroniser(SyncOptions(mode='exact', queue=100))
    found, count = [], 5000
    both_near = threading.Barrier(2)

    def feed(add):
        for k in range(count):
            if k % 50 == 0:
                both_near.wait(timeout=30)      # so that no stream runs out of the other's queue
            pair = add(k, k)
            if pair is not None:
                found.append(pair)

    threads = [threading.Thread(target=feed, args=(add,)) for add in (pairs.color, pairs.depth)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(found) == [(k, k) for k in range(count)]
    assert pairs.counts.matched == count


def test_live_change_of_the_slop_holds_from_the_next_message_on():
    pairs = Synchroniser(SyncOptions(slop_s=0.001))
    pairs.color(0, 'c0')
    assert pairs.depth(ms(10), 'd0') is None
    pairs.options = SyncOptions(slop_s=0.05)
    assert pairs.color(ms(33), 'c1') == ('c1', 'd0')
