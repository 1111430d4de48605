"""A bag of ours in Rerun."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rclpy.serialization import deserialize_message
from tqdm import tqdm

from poseformer_ros.body.body_options import BodyModelOptions
from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.bags.reader import BagReader, BagSummary
from poseformer_ros.ros.bags.replayed_topics import NAMESPACE_KEY
from poseformer_ros.ros.spec import Topic
from poseformer_ros.ros.stage_node import message_type
from poseformer_ros.ros.view.recording import ViewRecording
from poseformer_ros.ros.view.view_options import ViewOptions
from poseformer_ros.station import graph, stopping
from poseformer_ros.station.viewer import Viewer

LOOK_S = 0.2


def show_bag(path: Path, options: ViewOptions, body: BodyModelOptions, namespace: str = graph.NAMESPACE) -> None:
    """Show a whole bag until a signal comes or the window is closed; where only a file is wanted, until it is written.

    namespace: of the station that was recorded, where the bag does not tell it.
    Raises BadInput when there is no bag, or none of a station.
    """
    with stopping.noted() as came, BagReader(path) as bag:
        namespace = bag.summary.custom.get(NAMESPACE_KEY, namespace)
        shown = _shown(bag.summary, namespace, path)
        recording = ViewRecording(options, body, namespace)
        viewer = Viewer(options, recording.stream, live=False)
        told: set[str] = set()
        try:
            recording.begin()
            print(f'view: {viewer.address}', flush=True)
            for topic, message in _messages(bag, shown):
                if came or viewer.gone:
                    break
                _log(recording, topic, message, told)
            while viewer.shows and not came and not viewer.gone:
                time.sleep(LOOK_S)
            if viewer.trouble:
                raise BadInput(viewer.trouble)
        finally:
            viewer.close()


def _log(recording: ViewRecording, topic: Topic, message: Any, told: set[str]) -> None:
    """What cannot be shown is said once, and the rest is shown."""
    try:
        recording.log(topic, message)
    except BadInput as error:
        if str(error) not in told:
            tqdm.write(f'poseformer: {error}', sys.stderr)
        told.add(str(error))


def _shown(summary: BagSummary, namespace: str, path: Path) -> dict[str, Topic]:
    """Topics of the bag that are shown, by their name there."""
    known = {topic.name if topic.name.startswith('/') else f'/{namespace.strip("/")}/{topic.name}': topic
             for topic in graph.node('view').subscriptions}
    shown = {name: topic for name, topic in known.items() if summary.counts.get(name)}
    if not shown:
        raise BadInput(f'{path}: holds no result of a station in /{namespace.strip("/")}; `poseformer bag info {path}` shows what '
                       'there is; give --namespace, or record a station with `poseformer record`')
    wrong = [f'{name} ({summary.topics[name].type})' for name, topic in shown.items() if summary.topics[name].type != topic.type]
    if wrong:
        raise BadInput(f'{path}: {", ".join(wrong)} of another type than this version publishes; record it anew')
    return shown


def _messages(bag: BagReader, shown: dict[str, Topic]) -> Iterator[tuple[Topic, Any]]:
    total = sum(bag.summary.counts[name] for name in shown)
    for message in tqdm(bag.messages(shown.__contains__), total=total, desc='messages of the bag', unit='', mininterval=1.0):
        topic = shown[message.topic]
        yield topic, deserialize_message(message.data, message_type(topic.type))
