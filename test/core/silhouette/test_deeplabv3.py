"""The network method: layout, files, and the paper's equations around the network."""

import cv2
import numpy as np
import pytest
from helpers.silhouette_room import CAMERA, Scene, View, draw, person, room

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.errors import BadInput
from poseformer_ros.options import defaults
from poseformer_ros.silhouette import deeplabv3
from poseformer_ros.silhouette.deeplabv3 import DeepLabV3, DeepLabV3Options, resized_nearest
from poseformer_ros.silhouette.methods import SilhouetteOptions
from poseformer_ros.silhouette.preprocessing import normalised, prepare_depth
from poseformer_ros.silhouette.stage import OPTIONS, SilhouetteStage

# Names from the published file deeplabv3_resnet101_coco-cd0a2569.pth, one from each part of the network.
PUBLISHED_NAMES = (
    'backbone.conv1.weight', 'backbone.bn1.running_var', 'backbone.layer3.22.bn3.num_batches_tracked',
    'backbone.layer4.0.downsample.1.weight', 'classifier.0.convs.0.0.weight', 'classifier.0.convs.4.1.weight',
    'classifier.0.project.1.bias', 'classifier.1.weight', 'classifier.4.bias', 'aux_classifier.0.weight',
    'aux_classifier.4.bias')


@pytest.fixture(scope='module')
def state():
    """Random weights with the auxiliary head, as the published file has it."""
    pytest.importorskip('torch')
    torch, models = deeplabv3.import_torch()
    torch.manual_seed(0)
    return models.deeplabv3_resnet101(weights=None, weights_backbone=None, num_classes=21, aux_loss=True).state_dict()


@pytest.fixture(scope='module')
def always_person(state, tmp_path_factory):
    """A file of weights whose last bias makes every pixel a person."""
    import torch
    changed = {name: value.clone() for name, value in state.items()}
    changed['classifier.4.bias'][deeplabv3.PERSON] = 1e6
    path = tmp_path_factory.mktemp('weights') / 'person.pth'
    torch.save(changed, path)
    return str(path)


def save(value, path) -> str:
    import torch
    torch.save(value, path)
    return str(path)


def test_published_names_are_the_networks_own(state):
    assert set(PUBLISHED_NAMES) <= set(state)


@pytest.mark.parametrize('with_aux', [True, False])
def test_loads_with_and_without_the_auxiliary_head(state, tmp_path, with_aux):
    import torch
    kept = {name: value for name, value in state.items() if with_aux or not name.startswith('aux_classifier.')}
    network = DeepLabV3(DeepLabV3Options(weights=save(kept, tmp_path / 'w.pth')))._network
    for name, value in network.state_dict().items():
        assert torch.equal(value, state[name]), name


def test_a_missing_layer_is_refused(state, tmp_path):
    short = {name: value for name, value in state.items() if name != 'classifier.1.weight'}
    with pytest.raises(BadInput, match=r'(?s)w\.pth.*classifier\.1\.weight'):
        DeepLabV3(DeepLabV3Options(weights=save(short, tmp_path / 'w.pth')))


@pytest.mark.parametrize('path', ['', 'nowhere/weights.pth'])
def test_a_missing_file_is_named(path):
    pytest.importorskip('torch')
    with pytest.raises(BadInput, match=f"'{path}' is not a file"):
        DeepLabV3(DeepLabV3Options(weights=path))


def test_without_torch_the_remedy_is_named(monkeypatch):
    monkeypatch.setitem(__import__('sys').modules, 'torch', None)
    with pytest.raises(BadInput, match='silhouette.method'):
        SilhouetteStage(defaults(OPTIONS, silhouette=SilhouetteOptions(method='deeplabv3')))


@pytest.mark.parametrize('image', ['color', 'depth'])
def test_the_network_runs_in_the_stage(always_person, image):
    drawn = draw(Scene(room(), [person(0.0, 2.5)]))
    options = DeepLabV3Options(weights=always_person, image=image, size_px=64, kernel_px=3)
    stage = SilhouetteStage(defaults(OPTIONS, silhouette=SilhouetteOptions(method='deeplabv3'), deeplabv3=options))
    found = stage(drawn.frame)
    assert found.mask.all() and found.mask.shape == (CAMERA.height, CAMERA.width)
    assert found.track_id == 1 and found.cut


def test_no_known_depth_is_nobody(always_person):
    drawn = draw(Scene(room()))
    unknown = RgbdFrame(drawn.frame.color, np.full_like(drawn.frame.depth, np.nan), CAMERA)
    assert DeepLabV3(DeepLabV3Options(weights=always_person, size_px=64))(unknown, None) is None


class Labels(DeepLabV3):
    """The method with given labels in place of the network's."""

    def __init__(self, labels: np.ndarray, image: str = 'color') -> None:
        self._options = DeepLabV3Options(size_px=labels.shape[0], kernel_px=3, image=image)
        self._given = labels
        self._tracker = deeplabv3.Tracker(0.7, 60, 0)

    def _labels(self, image: np.ndarray) -> np.ndarray:
        return self._given


def test_the_largest_person_is_kept_opened_and_closed():
    """Equations 4-7 on labels drawn by hand: another class, a smaller person, a spur and a hole."""
    labels = np.zeros((64, 64), np.int64)
    labels[10:50, 20:40] = deeplabv3.PERSON
    truth = labels == deeplabv3.PERSON
    labels[30, 40:44] = deeplabv3.PERSON        # a spur, taken by the opening
    labels[20, 30] = 0                          # a hole, taken by the closing after it is too small for the kernel
    labels[5:9, 50:60] = deeplabv3.PERSON
    labels[55:60, :] = 7
    frame = RgbdFrame(np.zeros((128, 256, 3), np.uint8), np.full((128, 256), 2.0, np.float32),
                      Intrinsics(256, 128, 200.0, 200.0, 127.5, 63.5))
    found = Labels(labels)(frame, None)
    expected = resized_nearest(truth, (128, 256))
    wrong = found.mask ^ expected
    assert not found.mask[10:18, 200:240].any() and not found.mask[110:].any() and not found.mask[60, 164:].any()
    assert np.count_nonzero(wrong) <= 9 * 8     # a kernel's worth around the hole


def test_on_depth_the_mask_is_dilated():
    labels = np.zeros((64, 64), np.int64)
    labels[10:50, 20:40] = deeplabv3.PERSON
    frame = RgbdFrame(np.zeros((64, 64, 3), np.uint8), np.full((64, 64), 2.0, np.float32),
                      Intrinsics(64, 64, 60.0, 60.0, 31.5, 31.5))
    found = Labels(labels, 'depth')(frame, None)
    expected = np.zeros((64, 64), bool)
    expected[9:51, 19:41] = True
    np.testing.assert_array_equal(found.mask, expected)


@pytest.mark.parametrize('shape', [(100, 37), (64, 64), (21, 200)])
def test_nearest_resize_is_equation_7(shape):
    mask = np.random.default_rng(0).random((64, 48)) > 0.5
    out = resized_nearest(mask, shape)
    for row, column in np.random.default_rng(1).integers(0, shape, (50, 2)):
        assert out[row, column] == mask[int(row * 64 / shape[0]), int(column * 48 / shape[1])]


def test_min_max_normalisation_is_equation_17():
    depth = np.array([[1.0, 2.0], [3.0, np.nan]], np.float32)
    np.testing.assert_array_equal(normalised(depth, np.isfinite(depth)), [[1, 128], [255, 0]])


def test_the_prepared_image_has_no_floor_and_three_equal_channels():
    drawn = draw(Scene(room(), [person(0.0, 2.5)]), View(1.4, 0.2))
    image = prepare_depth(drawn.frame.depth, CAMERA, drawn.floor, (256, 256))
    assert image.shape == (256, 256, 3) and image.dtype == np.uint8
    np.testing.assert_array_equal(image[..., 0], image[..., 2])
    rows = np.arange(240)[:, None] * np.ones((1, 320))
    floor = (drawn.person == 0) & (rows > 200)      # the lowest rows show nothing but floor and feet
    small = cv2.resize(floor.astype(np.uint8), (256, 256), interpolation=cv2.INTER_NEAREST) > 0
    assert (image[..., 0][small] == 0).mean() > 0.97
