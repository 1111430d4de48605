"""Node bag_recorder: topics as they come, into a bag."""

import json
import sys
import threading
from collections import Counter
from datetime import datetime
from pathlib import Path

from rclpy.clock import Clock, ClockType
from std_srvs.srv import SetBool

from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.bags.definitions import definition, installed_prefixes
from poseformer_ros.recordings.bags.metadata import BagTopic
from poseformer_ros.recordings.bags.queued import QueuedWriter
from poseformer_ros.recordings.bags.writer import COUNTS_KEY, MB, BagWriter
from poseformer_ros.ros.bags.bag_qos import matching, offered
from poseformer_ros.ros.bags.recorded_topics import COLOUR_TYPES, selection
from poseformer_ros.ros.bags.station_facts import StationFacts
from poseformer_ros.ros.raw_reader import RawReader
from poseformer_ros.ros.spec import NodeSpec
from poseformer_ros.ros.stage_node import StageNode, message_type

# How soon a new topic is seen.
LOOK_S = 0.5


class BagRecorderNode(StageNode):
    """Every topic that is chosen -> a bag. Services: bag_recorder/pause.

    finished: set when the bag had to be ended, as on a full disk.
    """

    def __init__(self, spec: NodeSpec) -> None:
        super().__init__(spec)
        self.finished, self.exit_status = False, 0
        self._options = self.options['recorder']
        self._selection = selection(self, spec, self._options)
        self._facts = StationFacts(self, self._options.camera)
        folder = Path(self._options.path or datetime.now().strftime('bags/%Y-%m-%d_%H-%M-%S')).expanduser()
        bag = BagWriter(folder, self.options['writer'], self._facts.known)
        self._writer = QueuedWriter(bag, round(self._options.cache_mb * MB))
        self.get_logger().info(f'recording into {folder}' + (', paused' if self._options.start_paused else ''))
        self._topics: dict[str, BagTopic] = {}
        self._received: Counter[str] = Counter()
        self._left_out: Counter[str] = Counter()
        self._paused = self._options.start_paused
        self._kept: dict[str, tuple[bytes, int, int]] = {}
        self._pausing = threading.Lock()    # messages come in the reader's thread
        self._reader = RawReader(self, self._on_message)
        self.create_service(SetBool, 'bag_recorder/pause', self._on_pause)
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self.create_timer(LOOK_S, self._look, clock=steady)

    def _look(self) -> None:
        """Find new topics, and say how it goes."""
        for name, types in self.get_topic_names_and_types():
            if self._selection.wants(name):
                self._read(name, types)
        if self._facts.ask():
            self._writer.note(self._facts.known)
        self._tell()
        if self._writer.trouble and not self.finished:
            self.health.trouble(self._writer.trouble)
            self.finished, self.exit_status = True, 2

    def _read(self, name: str, types: list[str]) -> None:
        offers = self.get_publishers_info_by_topic(name)
        if not offers:
            return
        if not self._may_be_kept(name, types[0]):
            return
        try:
            message_class = message_type(types[0])
        except (ImportError, AttributeError):
            self.health.doubt(name, f'{name} is not recorded: its type {types[0]} is not installed here; source its package')
            return
        if name not in self._topics:
            qos = list(dict.fromkeys(json.dumps(offered(offer.qos_profile)) for offer in offers))
            self._topics[name] = BagTopic(name, types[0], str(offers[0].topic_type_hash), tuple(map(json.loads, qos)),
                                          definition(types[0], installed_prefixes()))
            self._writer.add_topic(self._topics[name])
            self.get_logger().info(f'recording {name}')
        self._reader.read(name, message_class, matching([offer.qos_profile for offer in offers]), len(offers))

    def _may_be_kept(self, name: str, kind: str) -> bool:
        """Without colour, an image of another camera may show the person too: only one that is named is kept."""
        chosen = (self._selection.profile or frozenset()) | self._selection.topics
        return self._options.profile != 'no_colour' or kind not in COLOUR_TYPES or name in chosen

    def _on_message(self, topic: str, data: bytes, received_ns: int, sent_ns: int) -> None:
        log_ns = self.get_clock().now().nanoseconds if self.get_clock().ros_time_is_active else received_ns
        with self._pausing:
            if not self._paused:
                self._take(topic, data, log_ns, sent_ns)
            elif self._topics[topic].latched:
                self._kept[topic] = (data, log_ns, sent_ns)
            else:
                self._left_out[topic] += 1

    def _take(self, topic: str, data: bytes, log_ns: int, sent_ns: int) -> None:
        self._received[topic] += 1
        self._writer.put(topic, data, log_ns, sent_ns)

    def _on_pause(self, request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        now_ns = self.get_clock().now().nanoseconds
        with self._pausing:
            self._paused = request.data
            if not self._paused:
                # What is sent once belongs into the bag, whenever it came.
                for topic, (data, _, sent_ns) in self._kept.items():
                    self._take(topic, data, now_ns, sent_ns)
                self._kept = {}
        response.success, response.message = True, 'paused' if request.data else 'recording'
        return response

    def _counts(self) -> dict[str, dict[str, int]]:
        bag = self._writer.bag
        # Copies, because the threads that write and read go on counting.
        written = bag.written - Counter(bag.repeated)
        lost = Counter(self._writer.lost) + Counter(self._reader.lost) + Counter(bag.given_up)
        return {topic: {'received': self._received[topic], 'written': written[topic], 'lost': lost[topic]}
                for topic in list(self._topics)}

    def _tell(self) -> None:
        counts = self._counts()
        for topic, numbers in counts.items():
            self.health.counts |= {f'{what} {topic}': number for what, number in numbers.items()}
        lost = sum(numbers['lost'] for numbers in counts.values())
        self.health.counts |= {'state': 'paused' if self._paused else 'recording', 'bag': str(self._writer.bag.folder),
                               'left out while paused': self._left_out.total(),
                               'waiting for the disk [MB]': f'{self._writer.waiting_bytes / MB:.1f}'}
        self.health.doubt('lost', f'{lost} messages lost; which, stands below' if lost else '')

    def put_away(self) -> None:
        """Take what has come, end the bag, and say what is in it."""
        self._reader.stop()
        self._writer.finish()
        counts = self._counts()
        try:
            self._writer.close({COUNTS_KEY: json.dumps(counts)})
        except BadInput as error:
            print(f'poseformer: {error}', file=sys.stderr)
        total = {what: sum(numbers[what] for numbers in counts.values()) for what in ('received', 'written', 'lost')}
        print(self._writer.trouble or f'{self._writer.bag.folder}: {total["written"]} messages of {len(counts)} topics written, '
              f'{total["lost"]} lost', flush=True)
