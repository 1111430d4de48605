"""poseformer check-camera against simulated drivers: silent about the right ones, and the right sentence for each wrong one."""

import subprocess
import sys
from contextlib import ExitStack
from dataclasses import replace

import pytest
from helpers.simulated_driver import Wrong, simulated, small
from sensor_msgs.msg import CompressedImage

from poseformer_ros.cli.check_camera import findings_of
from poseformer_ros.station import presets

CAMERAS = [name for name in presets.names() if presets.load(name).driver]
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
    assert any(line.startswith(f'color/image: {preset.topics["color/image"]}: 320 x ') for line in said['ok'])
    assert any(line.startswith('stamps: depth ') for line in said['ok'])


def driver_with(preset, **changed):
    return replace(preset, driver=replace(preset.driver, **changed))


WRONG = {
    'missing topic': ('realsense', {}, Wrong(missing=('depth',)), (
        'depth/image: nobody publishes /camera/camera/aligned_depth_to_color/image_raw', 'start the driver (ros2 launch realsense2',
        'align_depth.enable:=true', 'there are images on /camera/camera/color/image_raw')),
    'type': ('femto', {}, Wrong(color_type=CompressedImage), (
        'color/image: /camera/color/image_raw is published as sensor_msgs/msg/CompressedImage, wanted sensor_msgs/msg/Image',
        'set input.color_transport')),
    'silent stream': ('zed', {}, Wrong(silent=('depth/image',)), ('depth/image: ', 'is published and nothing came: its driver sends')),
    'no calibration': ('zed', {}, Wrong(silent=('color/camera_info',)), (
        'color/camera_info: ', 'sends no calibration, or sent it once')),
    'rate': ('azure_kinect', {'rate_hz': 5.0}, Wrong(), (
        'color/image: /rgb/image_raw comes at 5.0 images a second, the preset has 30', 'fps:=30')),
    'stamp gap': ('xtion', {'depth_after_color_s': 0.15, 'rate_hz': 2.5}, Wrong(), (
        'colour images find their depth', '150 ms apart, more than sync.slop_s (20 ms)')),
    'exact stamps': ('kinect2', {'depth_after_color_s': 0.004}, Wrong(), ('4 ms apart, more than sync.mode exact allows',)),
    'clocks': ('realsense', {'depth_after_color_s': -1.6e9}, Wrong(), (
        'stamps: ', '50.7 years apart: by different clocks', 'one clock')),
    'drift': ('femto', {}, Wrong(drift=0.01), ('stamps: ', 'grows by 10.0 ms a second: two clocks that drift apart')),
    'size': ('femto', {}, Wrong(depth_share=0.5), (
        'images: depth/image: 160 x 90 while color/image is 320 x 180', "driver's alignment")),
    'frame': ('realsense', {}, Wrong(depth_frame='camera_depth_optical_frame'), (
        "images: depth/image is in frame 'camera_depth_optical_frame'", 'is the depth really registered?')),
    'unit': ('zed', {}, Wrong(unit=0.001), ('images: the median depth is', 'set input.depth_scale to 0.001')),
    'unit of 16 bits': ('realsense', {}, Wrong(unit=0.1), ('images: the median depth is', 'set input.depth_scale to 0.1')),
    'uncalibrated': ('xtion', {}, Wrong(uncalibrated=True), ('K has focal lengths (0, 0): the camera is not calibrated',)),
    'millimetres': ('xtion', {}, Wrong(focal_mm=True), ('K is in pixels, not millimetres',)),
    'raw K for rectified': ('kinect2', {'d': (0.1, -0.2, 0.0, 0.0, 0.0)}, Wrong(p=False), (
        'color/camera_info: P is empty though the image is rectified', 'image_color_rect says so')),
    'unknown distortion': ('realsense', {'model': 'fov', 'd': (0.9, 0.0, 0.0, 0.0, 0.0)}, Wrong(), (
        "distortion model 'fov'", 'wanted plumb_bob')),
    'encoding': ('realsense', {'color_encodings': ('64FC4',)}, Wrong(), ("color/image: '64FC4' cannot be read as colour",)),
    'lost': ('azure_kinect', {}, Wrong(lost=0.3), ('images of /rgb/image_raw never came',)),
}


@pytest.mark.parametrize('what', WRONG)
def test_a_wrong_driver_gets_the_right_sentence(what):
    name, changed, wrong, words = WRONG[what]
    preset = small(presets.load(name))
    lines = said_of(preset, driver_with(preset, **changed), wrong)['wrong']
    assert any(all(word in line for word in words) for line in lines), lines


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
    assert 'wrong color/image: nobody publishes /kinect2/qhd/image_color_rect; start the driver (ros2 launch' in done.stdout
    assert done.stdout.splitlines()[-1] == 'kinect2: 3 wrong' and 'Traceback' not in done.stderr


def test_command_ends_with_0_when_all_is_well():
    """At the camera's full size."""
    preset = presets.load('xtion')
    with simulated(preset) as driver, driver.sending():
        done = run_command('--camera', 'xtion', '--seconds', '2')
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == 'xtion: the station can work with this camera'
