"""poseformer check-camera against simulated drivers: silent about the right ones, and the right sentence for each wrong one."""

import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

import pytest
from helpers.simulated_driver import Wrong, heard, simulated, small
from sensor_msgs.msg import CompressedImage

from poseformer_ros.cli.check_camera import findings_of
from poseformer_ros.ros import transport
from poseformer_ros.ros.input.combined import COMBINED
from poseformer_ros.station import presets
from poseformer_ros.station.camera_check import CheckOptions, check, shared_memory

CAMERAS = [name for name in presets.names() if presets.load(name).driver]
COMBINED_CAMERAS = [name for name in CAMERAS if COMBINED in presets.load(name).topics]
LISTENED_S = 1.5


def said_of(preset, driver_preset, wrong=Wrong(), second=False, seconds=LISTENED_S):
    """Lines of the check by level, of a driver that may be otherwise than the preset."""
    with ExitStack() as stack:
        driver = stack.enter_context(simulated(driver_preset, wrong))
        if second:
            stack.enter_context(stack.enter_context(simulated(driver_preset, name='second_driver')).sending())
        stack.enter_context(driver.sending())
        findings = findings_of(preset, seconds, 'poseformer', [])
    return {level: [f'{f.about}: {f.text}' for f in findings if f.level == level] for level in ('wrong', 'note', 'ok')}


@pytest.mark.parametrize('name', CAMERAS)
def test_right_drivers_pass(name):
    preset = small(presets.load(name))
    said = said_of(preset, preset)
    assert said['wrong'] == said['note'] == []
    if name in COMBINED_CAMERAS:
        assert said['ok'][0].startswith('camera/rgbd: /camera/camera/rgbd: 320 x 240 rgb8 and 320 x 240 16UC1 at ')
    else:
        assert any(line.startswith(f'color/image: {preset.topics["color/image"]}: 320 x ') for line in said['ok'])
        assert any(line.startswith('stamps: depth ') for line in said['ok'])


def driver_with(preset, **changed):
    return replace(preset, driver=replace(preset.driver, **changed))


@dataclass(frozen=True)
class Case:
    """A driver that is wrong in one way, and words of the sentence that it gets; `on`: the preset that is tried over DDS."""

    on: str
    words: tuple[str, ...]
    wrong: Wrong = Wrong()
    changed: dict[str, object] = field(default_factory=dict)


BENT = {'model': 'plumb_bob', 'd': (0.1, -0.2, 0.0, 0.0, 0.0)}
CASES = {
    'missing topic': Case('realsense', ('depth/image: nobody publishes ', 'start the driver as the preset', 'images are on /'),
                          Wrong(missing=('depth/image',))),
    'type': Case('femto', ('published as sensor_msgs/msg/CompressedImage, wanted sensor_msgs/msg/Image', 'input.color_transport'),
                 Wrong(color_type=CompressedImage)),
    'silent stream': Case('zed', ('depth/image: ', 'is published and nothing came: its driver sends'),
                          Wrong(silent=('depth/image',))),
    'no calibration': Case('zed', ('color/camera_info: ', 'sends no calibration, or sent it once'),
                           Wrong(silent=('color/camera_info', 'depth/camera_info'))),
    'rate': Case('azure_kinect', ('comes at 5.0 images a second, the preset has 30', 'start the driver as the preset does'),
                 changed={'rate_hz': 5.0}),
    'stamp gap': Case('xtion', ('colour images find their depth', '150 ms apart, more than sync.'),
                      changed={'depth_after_color_s': 0.15, 'rate_hz': 2.5}),
    'clocks': Case('realsense', ('50.7 years apart: by different clocks', 'one clock'), changed={'depth_after_color_s': -1.6e9}),
    'size': Case('femto', ('images: depth/image: 160 x ', 'while color/image is 320 x ', "driver's alignment"),
                 Wrong(depth_share=0.5)),
    'frame': Case('realsense', ("images: depth/image is in frame 'elsewhere'", 'is the depth really registered?'),
                  Wrong(depth_frame='elsewhere')),
    'millimetres in metres': Case('zed', ('images: the median depth is', 'input.depth_scale to 0.001'), Wrong(unit=0.001),
                                  {'depth_encodings': ('32FC1',)}),
    'tenths of millimetres': Case('realsense', ('images: the median depth is', 'input.depth_scale to 0.1'), Wrong(unit=0.1),
                                  {'depth_encodings': ('16UC1',)}),
    'uncalibrated': Case('xtion', ('K has focal lengths (0, 0): the camera is not calibrated', 'calibrate it'),
                         Wrong(uncalibrated=True)),
    'focal length in millimetres': Case('xtion', ('K is in pixels, not millimetres',), Wrong(focal_mm=True)),
    'unknown distortion': Case('realsense', ("distortion model 'fov'", 'wanted plumb_bob'),
                               changed={'model': 'fov', 'd': (0.9, 0.0, 0.0, 0.0, 0.0)}),
    'encoding': Case('realsense', ("color/image: '64FC4' cannot be read as colour", 'going on with depth alone'),
                     changed={'color_encodings': ('64FC4',)}),
    'upside down': Case('realsense', ('mounting: a person is seen when the image is turned: the camera seems to be upside down',
                                      'set input.rotate to 180'), Wrong(upside_down=True)),
    'lost': Case('azure_kinect', ('images of /', 'never came'), Wrong(lost=0.3)),
}
# What only some drivers can have wrong: exact stamps; two clocks that drift, unseen where stamps must be equal; topics that are
# called rectified.
OF_SOME = {
    'exact stamps': Case('kinect2', ('4 ms apart, more than sync.mode exact allows',), changed={'depth_after_color_s': 0.004}),
    'drift': Case('femto', ('grows by 10.0 ms a second: two clocks that drift apart',), Wrong(drift=0.01)),
    'raw K for rectified': Case('kinect2', ('color/camera_info: P is empty though the image is rectified', 'image_color_rect says'),
                                Wrong(p=False), BENT),
}
OF_COMBINED = {
    'missing topic': Case('realsense_rgbd', ('camera/rgbd: nobody publishes /camera/camera/rgbd', 'start the driver as the preset'),
                          Wrong(missing=(COMBINED,))),
    'type': Case('realsense_rgbd', ('published as sensor_msgs/msg/CompressedImage, wanted realsense2_camera_msgs/msg/RGBD',
                                    'set input.combined or remap it'), Wrong(color_type=CompressedImage)),
    'silent stream': Case('realsense_rgbd', ('camera/rgbd: ', 'is published and nothing came: its driver sends'),
                          Wrong(silent=(COMBINED,))),
}
# What one message cannot have wrong, or has in other words.
OF_TOPICS = {'no calibration', 'stamp gap', 'clocks', *OF_COMBINED}
# Where a topic's name says 'rect', D is not looked at.
RECTIFIED = [name for name in CAMERAS if 'rect' in presets.load(name).topics.get('color/image', '')]
VARIANTS = [(name, what) for name in CAMERAS for what in CASES if not (what == 'unknown distortion' and name in RECTIFIED)
            and not (what in OF_TOPICS and name in COMBINED_CAMERAS)]


def assert_said(lines, words):
    assert any(all(word in line for word in words) for line in lines), lines


@pytest.mark.parametrize(('name', 'what'), VARIANTS)
def test_each_wrong_variant_of_each_camera_gets_its_sentence(name, what):
    case = CASES[what]
    preset = small(presets.load(name))
    found = check(preset, heard(driver_with(preset, **case.changed), case.wrong))
    assert_said([f'{f.about}: {f.text}' for f in found if f.level == 'wrong'], case.words)


@pytest.mark.parametrize('what', OF_COMBINED)
def test_a_message_of_both_that_is_wrong_gets_its_sentence_over_dds(what):
    case = OF_COMBINED[what]
    preset = small(presets.load(case.on))
    assert_said(said_of(preset, preset, case.wrong)['wrong'], case.words)


@pytest.mark.parametrize('name', CAMERAS)
def test_each_right_camera_is_found_right(name):
    preset = small(presets.load(name))
    assert {f.level for f in check(preset, heard(preset))} == {'ok'}


@pytest.mark.parametrize('what', CASES | OF_SOME)
def test_a_wrong_driver_gets_its_sentence_over_dds(what):
    case = (CASES | OF_SOME)[what]
    preset = small(presets.load(case.on))
    assert_said(said_of(preset, driver_with(preset, **case.changed), case.wrong)['wrong'], case.words)


def test_two_drivers_are_named():
    preset = small(presets.load('realsense'))
    # Finding the second takes DDS some seconds on a loaded machine.
    lines = said_of(preset, preset, second=True, seconds=6.0)['wrong']
    assert any('has 2 publishers (/driver, /second_driver)' in line and 'End one' in line for line in lines), lines


NOTED = {
    'best effort': ('realsense', {'reliability': 'best_effort'}, 'is published best effort, the preset has it reliable'),
    'frame': ('kinect2', {'frame': 'kinect2_link'}, "in frame 'kinect2_link', the preset has 'kinect2_rgb_optical_frame'"),
    'encoding': ('azure_kinect', {'color_encodings': ('rgb8',)}, 'is rgb8, the preset has bgra8'),
}


@pytest.mark.parametrize('what', NOTED)
def test_what_is_only_different_is_noted(what):
    name, changed, words = NOTED[what]
    preset = small(presets.load(name))
    said = said_of(preset, driver_with(preset, **changed))
    assert any(words in line for line in said['note']), said
    assert not said['wrong']


def test_latched_calibration_passes():
    preset = small(presets.load('femto'))
    said = said_of(preset, driver_with(preset, latched_info=True))
    assert said['wrong'] == []
    assert any(line.startswith('color/camera_info: ') and line.endswith('reliable, latched') for line in said['ok'])


def run_command(*words):
    return subprocess.run([sys.executable, '-m', 'poseformer_ros.cli.main', 'check-camera', *words], capture_output=True, text=True,
                          timeout=120, stdin=subprocess.DEVNULL)


def test_command_ends_with_1_when_no_camera_is_there():
    done = run_command('--camera', 'kinect2', '--seconds', '0.5')
    assert done.returncode == 1, done.stderr
    assert 'wrong color/image: nobody publishes /kinect2/qhd/image_color_rect; start the driver as the preset does' in done.stdout
    assert 'The preset starts its driver with: ros2 launch kinect2_bridge kinect2_bridge_launch.yaml' in done.stdout
    assert done.stdout.splitlines()[-1] == 'kinect2: 3 wrong' and 'Traceback' not in done.stderr


def test_command_ends_with_0_when_all_is_well():
    """Between two processes. Smaller images than the preset's are noted, and no reason to fail."""
    with simulated(small(presets.load('xtion'))) as driver, driver.sending():
        done = run_command('--camera', 'xtion', '--seconds', '2')
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'note  color/image: /camera/rgb/image_raw is 320 x 240, the preset has 640 x 480' in done.stdout
    assert done.stdout.splitlines()[-1] == 'xtion: the station can work with this camera'


def test_too_little_shared_memory_is_noted(monkeypatch, tmp_path):
    """The folder of another file system, as a container's /dev/shm, that is full."""
    monkeypatch.setattr(transport, 'SHARED_MEMORY', tmp_path / 'not_there')
    noted, = shared_memory()
    assert noted.level == 'note' and '0 MB free, the image transport wants 32' in noted.text and '--shm-size=256m' in noted.text
    monkeypatch.setattr(transport, 'SEGMENT_BYTES', 1)
    monkeypatch.setattr(transport, 'SHARED_MEMORY', tmp_path)
    assert not shared_memory()


@pytest.mark.parametrize(('what', 'limits'), [
    ('rate', CheckOptions(least_rate=0.1)), ('lost', CheckOptions(most_lost=0.9)), ('drift', CheckOptions(most_drift_s=0.5))])
def test_what_is_called_wrong_is_the_users_to_say(what, limits):
    case = (CASES | OF_SOME)[what]
    preset = small(presets.load(case.on))
    seen = heard(driver_with(preset, **case.changed), case.wrong)
    assert any(finding.level == 'wrong' for finding in check(preset, seen))
    assert not any(finding.level == 'wrong' for finding in check(preset, seen, limits))


def lost_depth(seen, kept):
    """What was heard, without some of the depth images."""
    depth = seen.streams['depth/image']
    depth.stamps_ns = [stamp for number, stamp in enumerate(depth.stamps_ns) if kept(number)]
    return seen


@pytest.mark.parametrize('kept', [lambda n: n < 10, lambda n: n % 3, lambda n: n not in (4, 5, 6)])
def test_lost_images_are_not_taken_for_a_drift(kept):
    preset = small(presets.load('xtion'))
    found = check(preset, lost_depth(heard(preset), kept))
    assert not any('drift' in finding.text for finding in found)
