"""Options of the nodes that record and replay."""

from dataclasses import dataclass

from poseformer_ros.options import check, option

RECORDED = {
    'everything': 'all topics but those that are made only for a view',
    'no_colour': "depth, calibration and results, and nothing that shows the person's colour image",
    'results': 'results, health and frames; no image of the camera',
    'none': 'only the topics and regex that are given',
}


@dataclass(frozen=True)
class RecorderOptions:
    """What is recorded, and where to."""

    path: str = option('', text='folder of the bag; empty names one after date and time', live=False)
    profile: str = option('everything', choices=tuple(RECORDED), live=False,
                          text='; '.join(f'{name}: {text}' for name, text in RECORDED.items()))
    topics: str = option('', text='further topics, separated by commas', live=False)
    regex: str = option('', text='regular expression of further topics', live=False)
    exclude: str = option('', text='regular expression of topics that are left out whatever else says', live=False)
    start_paused: bool = option(False, text='wait for the service bag_recorder/pause', live=False)
    cache_mb: float = option(256.0, 1.0, 1e5, 'messages that wait for the disk; more are lost, and counted', unit='MB', live=False)
    camera: str = option('', text='name of the camera preset, kept with the bag', live=False)

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class PlayerOptions:
    """What is replayed, and how."""

    path: str = option('', text='bag folder, or a .mcap or .db3 file', live=False)
    rate: float = option(1.0, 0.01, 100.0, 'times as fast as it was recorded', live=False)
    loop: bool = option(False, text='begin again after the last message', live=False)
    start_s: float = option(0.0, 0.0, 1e7, 'leave out so much of the beginning', unit='s', live=False)
    duration_s: float = option(0.0, 0.0, 1e7, 'stop after so much of the bag; 0 plays to its end', unit='s', live=False)
    start_paused: bool = option(False, text='wait for the service bag_player/pause', live=False)
    everything: bool = option(False, text='also what the station publishes itself; without it, a running station stays the only '
                                          'one to publish results', live=False)
    topics: str = option('', text='only these topics, separated by commas', live=False)
    regex: str = option('', text='regular expression of further topics', live=False)
    exclude: str = option('', text='regular expression of topics that are left out whatever else says', live=False)
    remap: str = option('', text='topics under other names, as /a:=/b, separated by commas', live=False)
    clock_hz: float = option(0.0, 0.0, 1000.0, "publish the bag's time on /clock so often; 0 not at all", unit='Hz', live=False)
    qos_overrides: str = option('', text="YAML file of quality of service by topic, as rosbag2's", live=False)
    every_frame: bool = option(False, text='send an image only when the station has answered the one before, however long it takes',
                               live=False)
    patience_s: float = option(10.0, 0.1, 600.0, 'with every_frame: waiting for an answer, after which the image counts as '
                                                 'unanswered', unit='s', live=False)

    def __post_init__(self) -> None:
        check(self)
