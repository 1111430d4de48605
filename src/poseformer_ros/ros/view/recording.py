"""What Rerun is told of a station, message by message, on one time line: the stamp of the image that a message speaks of."""

import hashlib
from collections import OrderedDict
from typing import Any

import numpy as np
import rerun as rr

from poseformer_ros.body.body_options import BodyModelOptions
from poseformer_ros.body.model import load_body_model
from poseformer_ros.body.model_files import body_model_path
from poseformer_ros.ros.conversions import NANO, stamp_ns
from poseformer_ros.ros.spec import Topic
from poseformer_ros.ros.view.entities import Entities
from poseformer_ros.ros.view.view_options import ViewOptions

APPLICATION = 'poseformer'
TIMELINE = 'stamp'
# Shown for some images only; the rest is small.
LARGE = frozenset({'rgbd', 'silhouette', 'body_parts', 'body/fit'})
# Of no image: said once, or of the last second.
UNTIMED = frozenset({'body/model', 'body_parts/legend', 'exercise/model', '/diagnostics'})
REMEMBERED = 100    # images whose last message may still come
EARLY = 0.9         # of the wanted period: a camera's stamps are never quite regular


class ChosenImages:
    """Which images are shown in full, so that cloud, parts and mesh are of the same moments."""

    def __init__(self, rate_hz: float) -> None:
        self._period_ns = NANO / rate_hz * EARLY
        self._chosen: OrderedDict[int, bool] = OrderedDict()
        self._last_ns: int | None = None

    def __call__(self, image_ns: int) -> bool:
        """Whether the image of this stamp is; the first message of an image decides."""
        if image_ns not in self._chosen:
            due = self._last_ns is None or not 0 < image_ns - self._last_ns < self._period_ns
            self._chosen[image_ns] = due
            self._last_ns = image_ns if due else self._last_ns
            if len(self._chosen) > REMEMBERED:
                self._chosen.popitem(last=False)
        return self._chosen[image_ns]


class ViewRecording:
    """Logs messages.

    stream: Rerun's; whoever made this says where it goes.
    """

    def __init__(self, options: ViewOptions, body: BodyModelOptions, namespace: str) -> None:
        """Raises BadInput when there is no such body model."""
        path = body_model_path(body.model_file, body.gender)
        self._entities = Entities(load_body_model(path), hashlib.sha256(path.read_bytes()).hexdigest(), namespace)
        self._chosen = ChosenImages(options.images_hz)
        self._now_ns = 0
        self.stream = rr.RecordingStream(APPLICATION)
        # One time line: a bag that is shown twice gives the same twice.
        self.stream.set_log_time_enabled(False)
        self.stream.set_log_tick_enabled(False)

    def begin(self) -> None:
        """Log what holds always; once the stream has somewhere to go."""
        self._log(self._entities.always())

    def log(self, topic: Topic, message: Any) -> None:
        """Log a message of a topic of ours. Raises BadInput for one that cannot be read."""
        if topic.name not in UNTIMED:
            self._now_ns = stamp_ns(message.header)
            if topic.name in LARGE and not self._chosen(self._now_ns):
                return
        elif topic.qos != 'latched' and not self._now_ns:
            return      # it has no place on the time line before the first image
        self._log(self._entities(topic.name, message))

    def _log(self, entities: list) -> None:
        self.stream.set_time(TIMELINE, timestamp=np.datetime64(self._now_ns, 'ns'))
        for entity in entities:
            self.stream.log(entity.path, entity.what, static=entity.static)
