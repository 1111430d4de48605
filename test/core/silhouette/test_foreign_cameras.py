"""Cameras that no crop of the training was rendered for: whole people before them are found, and their joints."""

from functools import lru_cache

import numpy as np
import pytest

pytest.importorskip('open3d', reason='rendering needs open3d; pip install -r requirements/studio.txt')

from helpers.small_crops import body  # noqa: E402

from poseformer_ros.body.people import random_person  # noqa: E402
from poseformer_ros.camera.intrinsics import Intrinsics  # noqa: E402
from poseformer_ros.evaluation.evaluate_people import overlap  # noqa: E402
from poseformer_ros.person.answers import SEEN  # noqa: E402
from poseformer_ros.silhouette.stage import SilhouetteStage  # noqa: E402
from poseformer_ros.skeleton.learned import LearnedJoints  # noqa: E402
from poseformer_ros.synthesis.person_scene import draw_person, turned_person  # noqa: E402
from poseformer_ros.synthesis.person_views import View, draw_room  # noqa: E402
from poseformer_ros.synthesis.rendering.cameras import SENSORS, RigOptions, camera_pose  # noqa: E402
from poseformer_ros.synthesis.rendering.renderer import PartLabels  # noqa: E402
from poseformer_ros.synthesis.rendering.sensor_noise import NoiseModel  # noqa: E402
from poseformer_ros.synthesis.whole_images import WholeImage, image_of  # noqa: E402

CAMERAS = {
    # Azure Kinect, WFOV binned 2 x 2: 120 x 120 degrees (Microsoft's specification); a unit's factory values, its lens undone.
    'azure_wfov': (Intrinsics(512, 512, 252.3, 252.3, 255.9, 257.0), NoiseModel('time_of_flight')),
    'realsense_848': (SENSORS['realsense_848'], NoiseModel('stereo')),
}
STATURES = (1.15, 1.62, 1.70, 1.78, 1.90)
MEDIAN_M, MEAN_M = 0.06, 0.10       # of the joints that are seen


@lru_cache(maxsize=2)
def people_before(camera: str) -> tuple[WholeImage, ...]:
    """One of each stature, standing or exercising about two metres before the camera."""
    model, crowd = body()
    rng, labels, (intrinsics, noise) = np.random.default_rng(7), PartLabels(model), CAMERAS[camera]
    images: list[WholeImage] = []
    while len(images) < len(STATURES):
        kind = ('standing', 'exercise')[len(images) % 2]
        person = draw_person(model, random_person(model, crowd, STATURES[len(images)], rng), kind, True, rng)
        person = turned_person(person, float(rng.uniform(-np.pi, np.pi)), np.zeros(3))
        distance = float(rng.uniform(2.0, 2.6))
        view = View(camera_pose(RigOptions(height_m=1.1, distance_m=distance, tilt_rad=0.1), 0.0), 0.0, distance)
        image = image_of(labels, draw_room(view, rng), [person], view, intrinsics, camera, noise, rng)
        if image is not None and 'whole' in image.tags:
            images.append(image)
    return tuple(images)


@pytest.mark.parametrize('camera', CAMERAS)
def test_whole_people_before_a_camera_that_nobody_trained_for(camera):
    """Found, all of them; somebody who touches a thing is found with it."""
    errors, overlaps = [], []
    for image in people_before(camera):
        person, true = SilhouetteStage()(image.frame), image.people[0]
        overlaps.append(overlap(person, true.mask))
        error = np.linalg.norm(LearnedJoints()(person).positions - true.joints, axis=1)
        errors.append(error[true.sight == SEEN])
    seen = np.concatenate(errors)
    assert min(overlaps) > 0.5 and np.mean(overlaps) > 0.75
    assert np.median(seen) < MEDIAN_M and seen.mean() < MEAN_M
