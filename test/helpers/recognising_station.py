"""The whole graph up to the exercise over DDS, with its results kept: for the tests of recognition."""

from contextlib import contextmanager

from rclpy.time import Time
from std_msgs.msg import Header

from helpers.live_station import live_station
from poseformer_ros import msg
from poseformer_ros.ros import conversions
from poseformer_ros.ros.qos import PROFILES

BEFORE = ('rgbd_sync', 'silhouette', 'joints', 'smpl_fit')
WHOLE = (*BEFORE, 'keypoints', 'body_parts', 'fusion', 'classifier')
RANDOM = {'model.file': 'random:small'}
EVERY_IMAGE = {'keypoints.rate_hz': 120.0}
RESULTS = {'keypoints': msg.Keypoints2D, 'body_parts': msg.BodyParts, 'features': msg.FusedFeatures, 'exercise': msg.ExerciseState,
           'skeleton/raw': msg.Skeleton24, 'body/fit': msg.BodyFit}
LATCHED = {'body_parts/legend': msg.LabelLegend, 'features/layout': msg.FeatureLayout, 'exercise/model': msg.ClassifierInfo}
WARM_UP = 3     # images until all stages have found one another


@contextmanager
def recognising(*names, read=tuple(RESULTS), **parameters):
    """A station whose results are kept, of those that are read: station.results[topic][stamp] and station.latched[topic]."""
    names = names or WHOLE
    with live_station(*names, **({'classifier': RANDOM, 'keypoints': EVERY_IMAGE} | parameters)) as station:
        station.results, station.latched = {}, {}
        for topic in read:
            read_too(station, topic)
        for topic, kind in LATCHED.items():
            station.probe.create_subscription(kind, topic, lambda m, topic=topic: station.latched.__setitem__(topic, m),
                                              PROFILES['latched'])
        station.ready()
        if 'features' in read and {'keypoints', 'body_parts'} <= set(names):
            station.until(lambda: all_is_read(station), 'keypoints and parts to be read')
        yield station


def all_is_read(station) -> bool:
    """Whether what rests unless somebody reads features does not."""
    wanted = {'keypoints': ('silhouette',), 'body_parts': ('silhouette', 'skeleton/raw', 'body/fit'),
              'fusion': ('keypoints', 'body_parts')}
    return all(station.nodes[name].listens(topic) for name, topics in wanted.items() for topic in topics)


def read_over_dds(station, node) -> set[str]:
    """Names of the topics of the station that a node has subscriptions of its own for."""
    here = f'/{station.namespace}/'
    return {s.topic_name.removeprefix(here) for s in station.nodes[node].subscriptions if s.topic_name.startswith(here)}


def read_too(station, topic):
    """Keep a result from now on; returns the subscription."""
    kept = station.results[topic] = {}
    return station.probe.create_subscription(RESULTS[topic], topic, keeper(kept), PROFILES['result'])


def keeper(kept: dict):
    """Keeps each message under its stamp."""
    return lambda message: kept.__setitem__(conversions.stamp_ns(message.header), message)


def answered(station, frame, *topics) -> dict:
    """Show an image and wait for these results of it; all results that there are, by topic."""
    stamp_ns = conversions.stamp_ns(station.show(frame).header)
    station.until(lambda: all(stamp_ns in station.results[topic] for topic in topics), f'{topics} of one image')
    return {topic: kept[stamp_ns] for topic, kept in station.results.items() if stamp_ns in kept}


def settled(station, frame) -> dict:
    """Every result of one image, once all stages have found one another."""
    for _ in range(WARM_UP):
        answered(station, frame, *station.results)
    return answered(station, frame, *station.results)


def silhouette_of(station, results):
    return conversions.silhouette(station.probe.silhouettes[conversions.stamp_ns(results['exercise'].header)])


def header(station) -> Header:
    """Of the next image."""
    return Header(stamp=Time(nanoseconds=station.stamp()).to_msg(), frame_id='camera_color_optical_frame')


def sender(station, node: str, topic: str):
    """A publisher that the node has found, so that not even the first message is lost."""
    publisher = station.probe.create_publisher(RESULTS.get(topic, msg.Silhouette), topic, PROFILES['result'])

    def found() -> bool:
        readers = [s for s in station.nodes[node].subscriptions if s.topic_name.endswith(f'/{topic}')]
        return bool(publisher.get_subscription_count() and readers) and all(s.get_publisher_count() for s in readers)

    station.until(found, f'{node} at {topic}')
    return publisher


def nanoseconds(stamp) -> int:
    """Of a message's time."""
    return stamp.sec * conversions.NANO + stamp.nanosec
