"""A camera's live topics against its preset, in words: what is wrong and the remedy."""

from dataclasses import dataclass, fields

import numpy as np
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.errors import BadInput
from poseformer_ros.options import check as check_options
from poseformer_ros.options import option
from poseformer_ros.person.finder import chosen_finder_model
from poseformer_ros.person.model_file import chosen_person_model
from poseformer_ros.person.view import DepthView
from poseformer_ros.ros import transport
from poseformer_ros.ros.conversions import NANO
from poseformer_ros.ros.input.combined import COMBINED
from poseformer_ros.ros.input.image_input import TRANSPORT_REMEDY, several_words
from poseformer_ros.ros.input.rgbd_assembly import InputOptions, RgbdAssembly
from poseformer_ros.ros.input.synchroniser import CLOCKS_APART_S, SyncOptions, gap_words
from poseformer_ros.silhouette.components import lift
from poseformer_ros.silhouette.learned.camera_doubt import likeness_turned, turned_words
from poseformer_ros.silhouette.learned.segmentation import LearnedSegmentationOptions
from poseformer_ros.station.camera_seen import CameraSeen, StreamSeen
from poseformer_ros.station.presets import Driver, Preset

FEWEST_LOST = 2             # images; while drivers and readers find each other, one or two are lost
STEADY = 5.0                # times the scatter of the gaps, which their growth must be to be called a drift
FEWEST = 5                  # messages, from which a rate or a drift can be told


@dataclass(frozen=True)
class CheckOptions:
    """From where on something is called wrong."""

    least_rate: float = option(0.7, 0.0, 1.0, "share of the preset's images a second that is enough; exposure in a dark room takes "
                                              'some')
    most_lost: float = option(0.05, 0.0, 1.0, 'share of the images that may be lost on the way')
    least_paired: float = option(0.7, 0.0, 1.0, 'share of the colour images that must find their depth')
    # Crystals differ by a twentieth of this at most.
    most_drift_s: float = option(0.002, 0.0, 1.0, "drift of one stream's stamps against the other's that is let pass", unit='s/s')
    old_s: float = option(60.0, 0.0, 1e9, "stamps older than this are called a recording's", unit='s')

    def __post_init__(self) -> None:
        check_options(self)


@dataclass(frozen=True)
class Finding:
    """One line: whether it is 'wrong', a 'note' or 'ok', what it is about, and the text with the remedy."""

    level: str
    about: str
    text: str


def options_of(preset: Preset) -> tuple[InputOptions, SyncOptions]:
    """What the preset sets of the node that reads the camera."""
    given = preset.parameters.get('rgbd_sync', {})

    def made(prefix: str, kind: type) -> object:
        names = {field.name for field in fields(kind)}
        values = {key.partition('.')[2]: value for key, value in given.items() if key.partition('.')[0] == prefix}
        return kind(**{key: tuple(value) if isinstance(value, list) else value for key, value in values.items() if key in names})

    return made('input', InputOptions), made('sync', SyncOptions)


def check(preset: Preset, seen: CameraSeen, limits: CheckOptions = CheckOptions()) -> list[Finding]:
    """Everything that can be said of a camera that was listened to; without 'wrong' the station can work with it."""
    parts, combined = seen.parts, COMBINED in seen.streams
    found = []
    for stream in seen.streams.values():
        said = _stream(stream, preset, seen, limits)
        inside = list(parts.values()) if combined else [stream]
        found += said + [Finding('note', part.name, text) for part in inside if part.stamps_ns and stream.readable
                         for text in _differences(part, preset.driver, limits)]
    if all(parts[name].stamps_ns for name in ('color/image', 'depth/image')):
        # What comes in one message is a pair already.
        found += [] if combined else _pairing(parts, options_of(preset)[1], limits)
        found += _images(preset, seen, parts)
    return found


def _stream(stream: StreamSeen, preset: Preset, seen: CameraSeen, limits: CheckOptions) -> list[Finding]:
    """What is wrong with a stream by itself, worst first; further down only where it makes sense."""
    silent = _why_silent(stream, preset, seen)
    if silent:
        return [Finding('wrong', stream.name, silent)]
    said = [_several(stream)]
    if stream.wanted is not CameraInfo:
        said += [_lost(stream, limits), _rate(stream, preset.driver, limits)]
    wrong = [Finding('wrong', stream.name, text) for text in said if text]
    return wrong or [Finding('ok', stream.name, _in_words(stream))]


def _why_silent(stream: StreamSeen, preset: Preset, seen: CameraSeen) -> str:
    if not stream.publishers:
        start = 'start the driver as the preset does' if preset.driver else 'start the camera'
        others = f'; images are on {", ".join(seen.other_images)}: choose another preset or remap' if seen.other_images else ''
        return f'nobody publishes {stream.topic}; {start}{others}'
    if not stream.readable:
        parameter = 'input.combined' if stream.name == COMBINED else f'input.{stream.name.partition("/")[0]}_transport'
        transport = '' if stream.wanted is CameraInfo else f'set {parameter} or '
        return f'{stream.topic} is published as {", ".join(stream.types)}, wanted {stream.wanted_type}; {transport}remap it'
    if stream.stamps_ns:
        return ''
    if stream.wanted is CameraInfo and not stream.latched:
        return (f'{stream.topic} is published and nothing came: its driver sends no calibration, or sent it once without latching '
                'it; see its log')
    lost = '' if stream.reliable else f', or {TRANSPORT_REMEDY}'
    return f'{stream.topic} is published and nothing came: its driver sends nothing, see its log{lost}'


def _several(stream: StreamSeen) -> str:
    return several_words(stream.topic, stream.publishers) if stream.several else ''


def _spacing_s(stream: StreamSeen) -> float:
    """Usual time between the stamps of two messages; NaN when too few came."""
    steps = np.diff(sorted(stream.stamps_ns))
    return float(np.median(steps[steps > 0])) / NANO if len(stream.stamps_ns) >= FEWEST and (steps > 0).any() else float('nan')


def _lost(stream: StreamSeen, limits: CheckOptions) -> str:
    spacing, came = _spacing_s(stream), len(set(stream.stamps_ns))
    if not spacing > 0:
        return ''
    sent = round((max(stream.stamps_ns) - min(stream.stamps_ns)) / NANO / spacing) + 1
    missing = max(stream.missed, sent - came)
    if missing <= max(FEWEST_LOST, limits.most_lost * sent):
        return ''
    remedy = ('the driver, the machine or DDS does not keep up: start the driver with our transport profile (README, '
              '"Troubleshooting"), fewer or smaller images, fewer programs' if stream.reliable else TRANSPORT_REMEDY)
    return f'{missing} of {sent} images of {stream.topic} never came; {remedy}'


def _rate(stream: StreamSeen, driver: Driver | None, limits: CheckOptions) -> str:
    spacing = _spacing_s(stream)
    if driver is None or not spacing > 0 or 1.0 / spacing >= limits.least_rate * driver.rate_hz:
        return ''
    return (f'{stream.topic} comes at {1.0 / spacing:.1f} images a second, the preset has {driver.rate_hz:g}: start the driver as '
            'the preset does, or give the camera more light where its exposure is automatic')


def _differences(stream: StreamSeen, driver: Driver | None, limits: CheckOptions) -> list[str]:
    """What is otherwise than in the preset and does not hinder the station by itself."""
    said = []
    age_s = (stream.arrivals_ns[-1] - stream.stamps_ns[-1]) / NANO
    if stream.wanted is not CameraInfo and abs(age_s) > limits.old_s:
        said.append(f'{stream.topic} is stamped {abs(age_s):.0f} s {"ago" if age_s > 0 else "ahead"}: right for a recording; for a '
                    'live camera let the driver stamp by the host')
    if driver is None:
        return said
    message = stream.last
    if driver.reliability == 'reliable' and not stream.reliable:
        said.append(f'{stream.topic} is published best effort, the preset has it reliable: {TRANSPORT_REMEDY}')
    if message.header.frame_id != driver.frame:
        said.append(f'{stream.topic} is in frame {message.header.frame_id!r}, the preset has {driver.frame!r}: so are the results')
    if isinstance(message, CompressedImage):
        return said
    if (message.width, message.height) != driver.size:
        said.append(f'{stream.topic} is {message.width} x {message.height}, the preset has {driver.size[0]} x {driver.size[1]}: '
                    'larger images cost time')
    usual = {'color/image': driver.color_encodings, 'depth/image': driver.depth_encodings}.get(stream.name)
    if usual and message.encoding not in usual:
        said.append(f'{stream.topic} is {message.encoding}, the preset has {" or ".join(usual)}')
    return said


def _in_words(stream: StreamSeen) -> str:
    message, spacing = stream.last, _spacing_s(stream)
    images = [message.rgb, message.depth] if stream.name == COMBINED else [message]
    rate = f' at {1.0 / spacing:.1f} Hz' if spacing > 0 else ''
    quality = ('reliable' if stream.reliable else 'best effort') + (', latched' if stream.latched else '')
    return (f'{stream.topic}: {" and ".join(map(_shape_in_words, images))}{rate}, frame {images[0].header.frame_id!r}, {quality}')


def _shape_in_words(message: Image | CompressedImage | CameraInfo) -> str:
    if isinstance(message, CompressedImage):
        return message.format
    return f'{message.width} x {message.height}' + (f' {message.encoding}' if isinstance(message, Image) else '')


def _pairing(streams: dict[str, StreamSeen], sync: SyncOptions, limits: CheckOptions) -> list[Finding]:
    """Whether colour and depth are stamped so that they find each other."""
    color, depth = (np.sort(np.unique(streams[name].stamps_ns)) for name in ('color/image', 'depth/image'))
    gaps_s = _nearest_gaps_ns(color, depth) / NANO
    usual = float(np.median(np.abs(gaps_s)))
    if usual > CLOCKS_APART_S:
        return [Finding('wrong', 'stamps', gap_words(usual, sync))]
    allowed = 0.0 if sync.mode == 'exact' else sync.slop_s
    paired = np.abs(gaps_s) <= allowed
    if paired.mean() < limits.least_paired:
        over = float(np.median(np.abs(gaps_s)[~paired]))
        return [Finding('wrong', 'stamps',
                        f'{paired.sum()} of {len(paired)} colour images find their depth: {gap_words(over, sync)}')]
    drift = _drift(color, gaps_s, _spacing_s(streams['color/image']))
    if abs(drift) > limits.most_drift_s:
        return [Finding('wrong', 'stamps', f'the gap between depth and colour grows by {1e3 * drift:.1f} ms a second: two clocks '
                                           'that drift apart; let the driver stamp both streams by one, or synchronize them')]
    return [Finding('ok', 'stamps', f'depth {1e3 * float(np.median(gaps_s)):+.1f} ms from colour, {1e3 * allowed:.0f} ms allowed; '
                                    f'{paired.sum()} of {len(paired)} paired')]


def _nearest_gaps_ns(color: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Depth minus colour stamp for each colour stamp, of the nearest depth; both sorted. At the ends a partner may have come before
    or after we listened."""
    after = np.clip(np.searchsorted(depth, color), 0, len(depth) - 1)
    before = np.clip(after - 1, 0, None)
    gaps = np.where(np.abs(depth[after] - color) < np.abs(depth[before] - color), depth[after] - color, depth[before] - color)
    return gaps[1:-1] if len(gaps) >= FEWEST else gaps


def _drift(color: np.ndarray, gaps_s: np.ndarray, spacing_s: float) -> float:
    """Seconds a second by which the gap grows steadily; 0 where too little was heard, or the gaps only scatter."""
    times = (color[1:-1] if len(color) >= FEWEST else color) / NANO
    # An image whose own partner was lost has another's for its nearest.
    own = np.abs(gaps_s) < spacing_s / 2.0
    if own.sum() < FEWEST:
        return 0.0
    since, gaps = times[own] - times[0], gaps_s[own]
    slope, offset = np.polyfit(since, gaps, 1)
    grown, scatter = abs(slope) * float(np.ptp(since)), float(np.std(gaps - slope * since - offset))
    return float(slope) if grown > STEADY * scatter else 0.0


def _images(preset: Preset, seen: CameraSeen, streams: dict[str, StreamSeen]) -> list[Finding]:
    """What the station makes of the nearest pair: calibration, sizes, encodings, frames, units, in its own words."""
    options, _ = options_of(preset)
    infos = {name: streams[f'{name}/camera_info'].last for name in ('color', 'depth') if f'{name}/camera_info' in streams}
    needed = ['color'] if options.depth_registered else ['color', 'depth']
    pair = seen.nearest_pair()
    if pair is None or any(infos.get(name) is None for name in needed):
        return []
    assemble = RgbdAssembly(options, tuple(streams[name].topic for name in ('color/image', 'depth/image')), seen.frames)
    try:
        frame = assemble(*pair, infos['color'], infos.get('depth'))
    except BadInput as error:
        return [Finding('wrong', 'images', str(error))]
    doubts = [Finding('wrong', 'images', text) for text in assemble.doubts.values()]
    return doubts + [Finding('ok', f'{stream} lens', said) for stream, said in assemble.lenses.items()] + _mounting(frame)


def _mounting(frame: RgbdFrame) -> list[Finding]:
    """Which way up the camera is held, told by a person in sight; nothing where there is none."""
    options = LearnedSegmentationOptions()
    finder, look = chosen_finder_model(options.finder), DepthView(chosen_person_model(options.model))
    likeness = likeness_turned(lift(*frame.reduced, None), finder, look, options.farthest_m)
    turns = int(np.argmax(likeness))
    if likeness[turns] <= options.believed:
        return []
    upright = Finding('ok', 'mounting', 'a person in sight stands upright')
    return [Finding('wrong', 'mounting', turned_words(turns)) if turns else upright]


def shared_memory() -> list[Finding]:
    """Whether images that are published best effort on this machine have room."""
    small = transport.too_small()
    return [Finding('note', 'shared memory', small)] if small else []
