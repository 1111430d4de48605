"""The player over real DDS: what a bag holds is published bit for bit, when and as it is wished."""

import time

import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from helpers import live_station as live_station_helper
from helpers.bag_messages import CAMERA_INFO, IMAGE, NAME, PERIOD_NS, START_NS, TOPICS, moments, text, topic, write_all
from helpers.live_station import live_station
from helpers.simulated_driver import Moments, small
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rclpy.serialization import serialize_message
from rosgraph_msgs.msg import Clock
from std_msgs.msg import String
from std_srvs.srv import SetBool

from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.bags.metadata import USUAL_QOS, BagTopic
from poseformer_ros.recordings.bags.writer import BagWriter
from poseformer_ros.ros import conversions
from poseformer_ros.ros.bags.bag_qos import publisher_profile
from poseformer_ros.ros.input.combined import COMBINED
from poseformer_ros.ros.stage_node import message_type
from poseformer_ros.station import presets

LATCHED = QoSProfile(depth=10, durability=DurabilityPolicy.TRANSIENT_LOCAL)


@pytest.fixture(scope='module')
def bag(tmp_path_factory):
    """Two seconds of a camera."""
    folder = tmp_path_factory.mktemp('bags') / 'bag'
    writer = BagWriter(folder)
    write_all(writer, moments(60))
    writer.close()
    return folder


class Heard:
    """What came on each topic: (steady time, bytes)."""

    def __init__(self, station, names=None):
        self._station = station
        self.came = {}
        for known in TOPICS:
            name = (names or {}).get(known.name, known.name)
            self.came[name] = []
            station.probe.create_subscription(message_type(known.type), name, self._keeper(name), QoSProfile(depth=200), raw=True)
        player = station.nodes['bag_player']
        station.until(lambda: all(publisher.get_subscription_count() for publisher in player._outputs.values()), 'readers')

    def _keeper(self, name):
        return lambda data: self.came[name].append((time.monotonic(), data))

    def data(self, name):
        return [data for _, data in self.came[name]]

    def play(self):
        """Let the paused player play to its end."""
        self.go()
        self._station.until(lambda: self._station.nodes['bag_player'].finished, 'the end of the bag')

    def go(self, pause=False):
        client = self._station.probe.create_client(SetBool, 'bag_player/pause')
        self._station.until(client.service_is_ready, 'the service')
        self._station.call(client.call_async(SetBool.Request(data=pause)))


def player(bag, **options):
    return {f'player.{name}': value for name, value in ({'path': str(bag), 'start_paused': True} | options).items()}


def said(name, seconds=(0.0, 100.0)):
    return [data for topic_name, log_ns, data in moments(60) if topic_name == name
            and seconds[0] <= (log_ns - START_NS) / 1e9 < seconds[1]]


def test_plays_bit_for_bit_at_the_pace_of_the_recording(bag):
    with live_station('bag_player', bag_player=player(bag)) as station:
        heard = Heard(station)
        heard.play()
        station.until(lambda: len(heard.data(IMAGE.name)) == 60, 'all images')
        for known in TOPICS:
            assert heard.data(known.name) == said(known.name)
        times = [at for at, _ in heard.came[IMAGE.name]]
        # Never too early; a loaded machine may be late.
        assert times[-1] - times[0] > 59 * PERIOD_NS / 1e9 - 0.3


def test_half_as_fast_a_part_and_under_another_name(bag):
    options = {'rate': 0.5, 'start_s': 0.5, 'duration_s': 1.0, 'remap': f'{IMAGE.name}:=/other/image'}
    with live_station('bag_player', bag_player=player(bag, **options)) as station:
        heard = Heard(station, {IMAGE.name: '/other/image'})
        heard.play()
        station.until(lambda: len(heard.data('/other/image')) == 30, 'a second of images')
        assert heard.data('/other/image') == said(IMAGE.name, (0.5, 1.5))
        assert heard.data(NAME.name) == [text('Ada')], 'it was said before: a late reader is told all the same'
        times = [at for at, _ in heard.came['/other/image']]
        assert times[-1] - times[0] > 29 * PERIOD_NS / 1e9 / 0.5 - 0.3


def test_loops_and_tells_the_time(bag):
    with live_station('bag_player', bag_player=player(bag, loop=True, clock_hz=100.0, duration_s=0.99)) as station:
        clocks = []
        station.probe.create_subscription(Clock, '/clock', lambda m: clocks.append(m.clock.sec * 10**9 + m.clock.nanosec), 100)
        heard = Heard(station)
        heard.go()
        station.until(lambda: len(heard.data(IMAGE.name)) >= 80, 'more than two rounds')
        images = heard.data(IMAGE.name)
        assert images[:30] == said(IMAGE.name, (0.0, 0.99)) and images[30:60] == images[:30]
        assert all(START_NS - 10**8 <= clock < START_NS + 1.1e9 for clock in clocks) and len(clocks) > 20
        assert sum(later < earlier for earlier, later in zip(clocks, clocks[1:])) >= 2, 'back with each round'


def test_pauses(bag):
    with live_station('bag_player', bag_player=player(bag)) as station:
        heard = Heard(station)
        heard.go()
        station.until(lambda: len(heard.data(IMAGE.name)) > 10, 'some images')
        heard.go(pause=True)
        station.until(lambda: time.monotonic() - heard.came[IMAGE.name][-1][0] > 1.0, 'a second without an image')
        assert len(heard.data(IMAGE.name)) < 60 and not station.nodes['bag_player'].finished
        heard.play()
        station.until(lambda: heard.data(IMAGE.name) == said(IMAGE.name), 'the rest, without a hole')


def test_quality_of_service_as_recorded_and_as_wished(bag, tmp_path):
    wishes = tmp_path / 'qos.yaml'
    wishes.write_text(f'{IMAGE.name}: {{reliability: best_effort, depth: 3, history: keep_last}}')
    with live_station('bag_player', bag_player=player(bag, qos_overrides=str(wishes))) as station:
        offers = {known.name: station.nodes['bag_player']._outputs[known.name].qos_profile for known in TOPICS}
        assert offers[IMAGE.name].reliability == ReliabilityPolicy.BEST_EFFORT and offers[IMAGE.name].depth == 3
        assert offers[CAMERA_INFO.name].reliability == ReliabilityPolicy.RELIABLE
        assert offers[NAME.name].durability == DurabilityPolicy.TRANSIENT_LOCAL


def test_a_history_that_discovery_did_not_tell_is_made_usable():
    profile = publisher_profile([USUAL_QOS | {'history': 'unknown', 'depth': 0}], None, '/x')
    assert profile.depth > 0 and profile.history.name == 'KEEP_LAST'


def test_what_the_station_publishes_itself_is_left_out(tmp_path):
    writer = BagWriter(tmp_path / 'bag', custom={'poseformer.namespace': '/ward'})
    names = ['/ward/color/image', '/ward/skeleton', '/ward/body/mesh', '/ward/exercise/model', '/tf', '/tf_static', '/diagnostics']
    for name in names:
        writer.add_topic(topic(name, 'diagnostic_msgs/msg/DiagnosticArray' if name == '/diagnostics' else 'std_msgs/msg/String'))
        writer.write(name, text(name), START_NS, START_NS)
    writer.close()
    for options, played in (({}, {'/ward/color/image', '/tf_static'}), ({'everything': True}, set(names)),
                            ({'topics': '/ward/skeleton'}, {'/ward/skeleton'}),
                            ({'regex': 'color', 'exclude': 'x'}, {'/ward/color/image'})):
        with live_station('bag_player', bag_player=player(tmp_path / 'bag', **options)) as station:
            assert set(station.nodes['bag_player']._outputs) == played


def test_a_bag_of_synchronized_pairs_alone_is_answered_image_by_image(tmp_path, person):
    """Into a station that starts from them; without being named, since the bag has no other images."""
    namespace = f'run{next(live_station_helper._run_numbers) + 1}'
    frame, pairs = person[0], f'/{namespace}/rgbd'
    writer = BagWriter(tmp_path / 'bag')
    writer.add_topic(BagTopic(pairs, 'poseformer_ros/msg/RgbdFrame'))
    for number in range(4):
        stamp_ns = START_NS + number * PERIOD_NS
        header = live_station_helper.messages_of(frame, stamp_ns).color.header
        writer.write(pairs, serialize_message(conversions.rgbd_frame_message(frame, header, 0.0)), stamp_ns, stamp_ns)
    writer.close()
    options = player(tmp_path / 'bag', every_frame=True, start_paused=False, patience_s=60.0)
    with live_station('silhouette', 'joints', 'bag_player', bag_player=options) as station:
        assert station.namespace == namespace
        station.until_answers(4)
        station.until(lambda: station.nodes['bag_player'].finished, 'the end of the bag')
        assert station.nodes['bag_player'].health.counts['unanswered'] == 0


def test_a_bag_of_a_driver_that_sends_both_images_in_one_message_is_answered_image_by_image(tmp_path):
    camera = small(presets.load('realsense_rgbd'))
    driver, topic_name = Moments(camera), camera.topics[COMBINED]
    writer = BagWriter(tmp_path / 'bag')
    writer.add_topic(BagTopic(topic_name, camera.parameters['rgbd_sync']['input.combined']))
    for number in range(4):
        log_ns = START_NS + number * PERIOD_NS
        writer.write(topic_name, serialize_message(driver.next()[COMBINED]), log_ns, log_ns)
    writer.close()
    options = player(tmp_path / 'bag', every_frame=True, start_paused=False, patience_s=60.0)
    with live_station(*live_station_helper.STATION, 'bag_player', preset=camera, bag_player=options) as station:
        station.until_answers(4)
        station.until(lambda: station.nodes['bag_player'].finished, 'the end of the bag')
        assert station.nodes['bag_player'].health.counts['unanswered'] == 0


def test_no_image_is_sent_before_the_processes_of_the_station_have_met(tmp_path):
    """A node of the namespace that says it has met one of its two readers: what it publishes now, the other would lack."""
    camera = small(presets.load('realsense_rgbd'))
    topic_name = camera.topics[COMBINED]
    writer = BagWriter(tmp_path / 'bag')
    writer.add_topic(BagTopic(topic_name, camera.parameters['rgbd_sync']['input.combined']))
    writer.write(topic_name, serialize_message(Moments(camera).next()[COMBINED]), START_NS, START_NS)
    writer.close()
    options = player(tmp_path / 'bag', every_frame=True, start_paused=False, patience_s=60.0)
    with live_station(*live_station_helper.STATION, 'bag_player', preset=camera, bag_player=options) as station:
        stage = station.add(Node('stage', namespace=station.namespace))
        out, diagnostics = stage.create_publisher(String, 'made', 1), stage.create_publisher(DiagnosticArray, '/diagnostics', 10)
        for _ in range(2):
            station.probe.create_subscription(String, f'/{station.namespace}/made', lambda _: None, 1)

        def say():
            values = [KeyValue(key=f'readers of {out.topic_name}', value=str(met))]
            diagnostics.publish(DiagnosticArray(status=[DiagnosticStatus(name=f'{station.namespace}/stage', values=values)]))

        met, heard = 1, station.nodes['bag_player']
        stage.create_timer(0.1, say)
        begun = time.monotonic()
        station.until(lambda: time.monotonic() - begun > 6.0, 'six seconds')
        assert heard._gate.sent == 0
        assert heard._answered._connections.lacking() == [f'{station.namespace}/stage has not met all readers of {out.topic_name}']
        met = 2
        station.until(lambda: heard.finished, 'the end of the bag')
        assert (heard._gate.sent, heard._gate.unanswered) == (1, 0)


@pytest.mark.parametrize('options, words', [
    ({'topics': '/nothing'}, 'holds no /nothing'), ({'remap': 'a:=b'}, 'whole names'), ({'exclude': '.*'}, 'nothing to replay'),
    ({'every_frame': True}, '--camera'), ({'qos_overrides': '/no/such/file'}, 'qos overrides'), ({'path': ''}, 'empty')])
def test_wrong_wishes_are_refused_in_words(bag, options, words):
    with pytest.raises(BadInput, match=words):
        with live_station('bag_player', bag_player=player(bag, **options)):
            pass
