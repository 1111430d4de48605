"""Node bag_player: a bag, published as it was recorded."""

import threading
import time
from contextlib import ExitStack
from pathlib import Path

from rclpy.duration import Duration
from rclpy.time import Time
from rosgraph_msgs.msg import Clock as ClockMessage
from std_srvs.srv import SetBool

from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.bags.pacing import Pacing
from poseformer_ros.recordings.bags.reader import BagMessage, BagReader
from poseformer_ros.ros.bags.answered_frames import LAST_WORDS_S, AnsweredFrames, wait_until
from poseformer_ros.ros.bags.replay_publishers import publishers_of
from poseformer_ros.ros.bags.replayed_topics import replayed
from poseformer_ros.ros.conversions import NANO
from poseformer_ros.ros.qos import PROFILES
from poseformer_ros.ros.spec import NodeSpec
from poseformer_ros.ros.stage_node import StageNode

# Discovery between processes takes some tenths of a second; until then what is published reaches nobody.
DISCOVERY_S = 1.0


class BagPlayerNode(StageNode):
    """A bag -> its topics. Services: bag_player/pause.

    finished: set once the last message has been sent (and answered, with every_frame).
    """

    def __init__(self, spec: NodeSpec) -> None:
        super().__init__(spec)
        self.finished, self.exit_status = False, 0
        self._options = self.options['player']
        if not self._options.path:
            raise BadInput('player.path: empty; give the folder of a bag')
        self._open = ExitStack()
        self._bag = self._open.enter_context(BagReader(Path(self._options.path).expanduser()))
        topics = replayed(self, spec, self._options, self._bag.summary)
        self._outputs = publishers_of(self, topics, self._options)
        clock_hz = self._options.clock_hz
        self._time_out = self.create_publisher(ClockMessage, '/clock', PROFILES['latest']) if clock_hz else None
        rate = 0.0 if self._options.every_frame else self._options.rate
        tick = (self._tell_time, 1.0 / clock_hz) if clock_hz else ()
        self._pacing = Pacing(rate, self._options.start_paused, *tick)
        self._answered = AnsweredFrames(self, topics, self._options) if self._options.every_frame else None
        self._gate = self._answered.gate if self._answered else None
        self.create_service(SetBool, 'bag_player/pause', self._on_pause)
        self.health.counts['state'] = 'paused' if self._options.start_paused else 'playing'
        self._thread = threading.Thread(target=self._play_guarded, name='bag_player', daemon=True)
        self._thread.start()

    def _play_guarded(self) -> None:
        try:
            self._pacing.wait_while_paused()
            if self._answered is not None:
                self._answered.wait_for_station(self._is_stopped)
            self._wait_for_readers()
            while self._play_once() and self._options.loop and not self._pacing.stopped:
                self.health.count('loops')
            for publisher in self._outputs.values():
                publisher.wait_for_all_acked(Duration(seconds=LAST_WORDS_S))
        except BadInput as error:
            self.health.trouble(str(error))
            self.exit_status = 2
        self._report()
        self.finished = True

    def _play_once(self) -> int:
        """Play the bag once; returns how many messages there were."""
        options, summary = self._options, self._bag.summary
        start_ns = summary.start_ns + round(options.start_s * NANO)
        end_ns = start_ns + round(options.duration_s * NANO) if options.duration_s else None
        if options.start_s:
            # What was said once, before the place where we begin.
            for message in self._bag.last_before(lambda name: self._is_latched(name), start_ns).values():
                self._publish(message)
        number = 0
        self._pacing.begin(start_ns)
        for message in self._bag.messages(self._outputs.__contains__, start_ns, end_ns):
            if not self._pacing.wait_until(message.log_ns):
                break
            self._publish(message)
            number += 1
        if self._gate is not None:
            self._gate.settle()
        return number

    def _is_latched(self, name: str) -> bool:
        return name in self._outputs and self._bag.summary.topics[name].latched

    def _publish(self, message: BagMessage) -> None:
        publisher = self._outputs[message.topic]
        if self._gate is not None:
            self._gate.before(publisher.topic_name, message.data)
            self.health.counts |= {'images': self._gate.sent, 'unanswered': self._gate.unanswered}
        publisher.publish(message.data)
        self.health.count('published')

    def _tell_time(self, now_ns: int) -> None:
        self._time_out.publish(ClockMessage(clock=Time(nanoseconds=now_ns).to_msg()))

    def _wait_for_readers(self) -> None:
        """Until those who listen already are connected."""
        time.sleep(DISCOVERY_S)
        wait_until(lambda: all(publisher.get_subscription_count() >= self.count_subscribers(publisher.topic_name)
                               for publisher in self._outputs.values()), self._is_stopped)

    def _is_stopped(self) -> bool:
        return self._pacing.stopped

    def _on_pause(self, request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        self._pacing.pause(request.data)
        self.health.counts['state'] = 'paused' if request.data else 'playing'
        response.success, response.message = True, self.health.counts['state']
        return response

    def _report(self) -> None:
        words = f'{self._options.path}: {self.health.counts.get("published", 0)} messages published'
        if self._gate is not None:
            words += f', {self._gate.sent} images, {self._gate.unanswered} of them without an answer'
        print(words, flush=True)

    def put_away(self) -> None:
        """Stop playing before the publishers go."""
        self._pacing.stop()
        if self._answered is not None:
            self._answered.release()
        self._thread.join()
        if self._answered is not None:
            self._answered.close()
        self._open.close()
