"""The network method for body parts: layout, files and image against facts of the published code."""

import sys

import numpy as np
import pytest
from helpers.capsule_silhouette import drawn

from poseformer_ros.errors import BadInput
from poseformer_ros.keypoints import lip
from poseformer_ros.keypoints.body_parts import LIP_CLASS
from poseformer_ros.keypoints.lip import LipOptions, LipParts, network_input, resized_cubic
from poseformer_ros.keypoints.methods import BodyPartsOptions
from poseformer_ros.keypoints.part_stage import OPTIONS, BodyPartStage
from poseformer_ros.options import defaults
from poseformer_ros.skeleton.joints import JOINT_COUNT
from poseformer_ros.synthesis.capsule.figure_pose import FigurePose

# Counted on the network that hyk1996/Single-Human-Parsing-LIP builds for --backend densenet.
PUBLISHED_ENTRIES, PUBLISHED_PARAMETERS = 1470, 19_072_555
PUBLISHED_SHAPES = {
    'feats.start_features.conv0.weight': (64, 3, 7, 7),
    'feats.blocks.0.denselayer1.norm1.running_var': (64,),
    'feats.denseblock1.denselayer6.conv2.weight': (32, 128, 3, 3),
    'feats.blocks.5.conv.weight': (512, 1024, 1, 1),
    'feats.transition3.norm.num_batches_tracked': (),
    'feats.denseblock4.denselayer16.conv1.weight': (128, 992, 1, 1),
    'psp.stages.3.1.weight': (1024, 1024, 1, 1),
    'psp.bottleneck.bias': (1024,),
    'up_1.conv.0.weight': (256, 1024, 3, 3),
    'up_3.conv.2.weight': (1,),
    'final.0.weight': (20, 64, 1, 1),
    'classifier.0.weight': (256, 512),
    'classifier.2.bias': (20,),
}
NO_JOINTS = np.full((JOINT_COUNT, 3), np.nan)


@pytest.fixture(scope='module')
def network():
    """Random weights."""
    torch = pytest.importorskip('torch')
    torch.manual_seed(0)
    return lip.import_network()[1]()


@pytest.fixture(scope='module')
def state(network):
    return network.state_dict()


def save(value, path) -> str:
    import torch
    torch.save(value, path)
    return str(path)


@pytest.fixture(scope='module')
def all_face(state, tmp_path_factory):
    """A file as the published training writes it, whose last bias makes every pixel a face."""
    changed = {f'module.{name}': value.clone() for name, value in state.items()}
    changed['module.final.0.bias'][LIP_CLASS['face']] = 1e6
    return save(changed, tmp_path_factory.mktemp('weights') / 'PSPNet_last')


def test_names_and_shapes_are_the_published_ones(network, state):
    assert len(state) == PUBLISHED_ENTRIES
    assert sum(value.numel() for value in network.parameters()) == PUBLISHED_PARAMETERS
    assert {name: tuple(state[name].shape) for name in PUBLISHED_SHAPES} == PUBLISHED_SHAPES


def test_each_block_stands_under_both_its_names(state):
    import torch
    for number, name in enumerate(('denseblock1', 'transition1', 'denseblock2', 'transition2', 'denseblock3', 'transition3',
                                   'denseblock4')):
        mine = {key: value for key, value in state.items() if key.startswith(f'feats.{name}.')}
        assert mine
        for key, value in mine.items():
            assert torch.equal(value, state[key.replace(name, f'blocks.{number}')])


def test_the_image_shrinks_by_eight_and_comes_back(network):
    import torch
    with torch.inference_mode():
        image = torch.zeros(1, 3, 64, 96)
        assert network.eval().feats(image).shape == (1, 1024, 8, 12)
        assert network(image).shape == (1, 20, 64, 96)


@pytest.mark.parametrize('prefix', ['module.', ''])
def test_a_file_loads_with_and_without_dataparallels_prefix(state, tmp_path, prefix):
    import torch
    path = save({prefix + name: value for name, value in state.items()}, tmp_path / 'w')
    loaded = lip.load_weights(*lip.import_network(), path).state_dict()
    assert all(torch.equal(loaded[name], value) for name, value in state.items())


def test_the_image_is_prepared_as_published():
    """RGB, 256 x 256, ImageNet's mean and deviation: one colour stays one colour."""
    color = np.zeros((90, 41, 3), np.uint8)
    color[:] = (30, 120, 200)       # blue, green, red
    prepared = network_input(color)
    assert prepared.shape == (3, 256, 256) and prepared.dtype == np.float32
    expected = (np.array([200, 120, 30]) / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    np.testing.assert_allclose(prepared, np.broadcast_to(expected[:, None, None], prepared.shape), atol=1e-5)


@pytest.mark.parametrize('shape', [(100, 90), (120, 300), (270, 300), (512, 512), (256, 256)])
def test_resizing_is_pillows_bicubic(shape):
    """Columns first, as Pillow always did when the network was trained; newer ones turn it round for some shapes."""
    pil = pytest.importorskip('PIL.Image')
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    wanted = np.asarray(pil.fromarray(image).resize((256, 256), pil.BICUBIC))
    found = resized_cubic(image, 256)
    assert np.abs(found.astype(int) - wanted).max() <= 1        # Pillow works in whole numbers
    assert (found != wanted).mean() < 1e-3


def test_the_labels_are_cut_to_the_person(all_face):
    person, _ = drawn(FigurePose())
    options = defaults(OPTIONS, body_parts=BodyPartsOptions(method='lip'), lip=LipOptions(weights=all_face))
    parts = BodyPartStage(options)(person, NO_JOINTS)
    np.testing.assert_array_equal(parts.labels == LIP_CLASS['face'], person.mask)
    assert parts.part_ids.tolist() == [LIP_CLASS['face']]


def test_labels_come_back_to_their_place(all_face):
    """Equation 7 with given labels in place of the network's: source = floor(x w / W)."""
    person, _ = drawn(FigurePose())
    labels = np.random.default_rng(0).integers(0, 20, (256, 256))

    class Known:
        def __call__(self, tensor):
            import torch
            assert tensor.shape == (1, 3, 256, 256)
            return torch.nn.functional.one_hot(torch.from_numpy(labels), 20).permute(2, 0, 1)[None]

    back_end = LipParts(LipOptions(weights=all_face))
    back_end._network = Known()
    found = back_end(person, NO_JOINTS)
    height, width = person.mask.shape
    for row, column in np.argwhere(person.mask)[::97]:
        assert found[row, column] == labels[row * 256 // height, column * 256 // width]


@pytest.mark.parametrize('path', ['', 'nowhere/PSPNet_last'])
def test_a_missing_file_is_named(path):
    pytest.importorskip('torch')
    with pytest.raises(BadInput, match=f"'{path}' is not a file; give Single-Human-Parsing-LIP"):
        LipParts(LipOptions(weights=path))


@pytest.mark.parametrize('change', ['less', 'more', 'other shape'])
def test_a_file_of_another_network_is_refused(state, tmp_path, change):
    other = dict(state)
    if change == 'less':
        del other['up_2.conv.0.weight']
    if change == 'more':
        other['up_4.conv.0.weight'] = other['up_2.conv.0.weight']
    if change == 'other shape':
        other['final.0.weight'] = other['final.0.weight'][:18]
    with pytest.raises(BadInput, match=r'(?s)other\.pth.*does not fit PSPNet on DenseNet-121'):
        LipParts(LipOptions(weights=save(other, tmp_path / 'other.pth')))


def test_without_torch_the_remedy_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, 'torch', None)
    monkeypatch.delitem(sys.modules, 'poseformer_ros.keypoints.lip_network', raising=False)
    with pytest.raises(BadInput, match="set body_parts.method to 'geometry'"):
        BodyPartStage(defaults(OPTIONS, body_parts=BodyPartsOptions(method='lip')))
