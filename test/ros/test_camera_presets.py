"""Every camera preset, with a driver simulated from what the preset says of it, to a skeleton where the person stands.

Images are 320 pixels wide instead of the camera's own, so that all cameras are tried in little time.
"""

import numpy as np
import pytest
from helpers.live_station import live_station, positions
from helpers.simulated_driver import simulated, small

from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.ros import conversions
from poseformer_ros.ros.input.combined import COMBINED
from poseformer_ros.ros.input.synchroniser import SyncOptions
from poseformer_ros.station import presets

CAMERAS = [name for name in presets.names() if presets.load(name).driver]
# Joint centres of the capsule figure by the learned joints; their mean error is 50 to 54 mm with each of the presets.
JOINTS_MM = 80.0
# Depth and floor are those of the drawn room, but for rounding to millimetres and to pixels.
FLOOR_M = 0.03
# The person is 1000 pixels small in the widest image, and a third of them lie on its outline.
LEAST_OVERLAP = 0.85


def test_the_cameras_of_the_readme_have_presets():
    assert set(CAMERAS) >= {'azure_kinect', 'kinect2', 'realsense', 'femto', 'zed', 'xtion'}


@pytest.mark.parametrize('name', CAMERAS)
def test_a_preset_says_what_its_driver_does_and_fits_it(name):
    preset = presets.load(name)
    driver = preset.driver
    sync = SyncOptions(**{key.removeprefix('sync.'): value for key, value in preset.parameters['rgbd_sync'].items()
                          if key.startswith('sync.')})
    allowed_s = 0.0 if sync.mode == 'exact' else sync.slop_s
    assert abs(driver.depth_after_color_s) <= allowed_s <= 1.0 / driver.rate_hz
    read = {COMBINED} if preset.parameters['rgbd_sync'].get('input.combined') else set(presets.TOPICS) - {COMBINED}
    assert set(preset.topics) == read and all(topic.startswith('/') for topic in preset.topics.values())
    assert driver.start.startswith('ros2 launch ')
    Intrinsics(*driver.size, *driver.k)


@pytest.mark.parametrize('name', CAMERAS)
def test_a_preset_gives_a_skeleton_of_what_its_driver_sends(name):
    preset = small(presets.load(name))
    with simulated(preset) as driver, live_station(preset=preset) as station, driver.sending():
        probe = station.probe
        station.until(lambda: sum(skeleton.track_id == 1 for skeleton in probe.skeletons.values()) >= 3, f'skeletons from {name}')
        skeleton = probe.skeletons[max(stamp for stamp in probe.skeletons if stamp in probe.silhouettes)]
        silhouette = conversions.silhouette(station.silhouette_of(skeleton))
        health = station.nodes['rgbd_sync'].health
        assert not health.counts.get('troubles')
        lens = health.counts['color is']
    assert skeleton.header.frame_id == preset.driver.frame
    assert lens.startswith('raw, distortion' if any(preset.driver.d) else 'rectified, P holds')
    error_mm = 1e3 * np.linalg.norm(positions(skeleton) - driver.moments.truth.positions, axis=1)
    assert np.nanmean(error_mm) < JOINTS_MM, error_mm.round()
    assert silhouette.floor.offset == pytest.approx(driver.moments.truth.floor.offset, abs=FLOOR_M)
    mask = np.zeros_like(driver.moments.truth.mask)
    mask[silhouette.roi.slices] = silhouette.mask
    overlap = (mask & driver.moments.truth.mask).sum() / (mask | driver.moments.truth.mask).sum()
    print(f'{name}: joints {np.nanmean(error_mm):.0f} mm, mask {overlap:.3f}')
    assert overlap > LEAST_OVERLAP
