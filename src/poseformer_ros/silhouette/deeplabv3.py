"""The paper's method: DeepLabV3 with a ResNet-101 in torchvision's layout, weights from a file of the user's."""

import importlib
import sys
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.errors import BadInput
from poseformer_ros.options import check, option
from poseformer_ros.silhouette.found import Found
from poseformer_ros.silhouette.person import Floor, Roi
from poseformer_ros.silhouette.preprocessing import prepare_depth
from poseformer_ros.silhouette.refine import largest_component
from poseformer_ros.silhouette.tracking import Tracker
from poseformer_ros.silhouette.weights_file import WeightsFile

CLASSES, PERSON = 21, 15                                                # Pascal VOC with background (equation 4)
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)          # ImageNet, RGB (equation 2)
GATE_M, MEMORY_IMAGES = 0.7, 60                                       # as the depth method
GIVE_WEIGHTS = "give a state dict of torchvision's deeplabv3_resnet101, saved by torch.save(network.state_dict(), path)"
INSTALL_TORCH = "pip install torch torchvision, or set silhouette.method to 'depth'"


@dataclass(frozen=True)
class DeepLabV3Options:
    """What can be set of the network method; each field becomes a ROS parameter `deeplabv3.<name>`."""

    weights: str = option('', text="file of torchvision's deeplabv3_resnet101 weights (a state dict, 21 VOC classes)",
                          live=False)
    image: str = option('color', choices=('color', 'depth'), live=False,
                        text='what the network looks at: colour (equations 1-8) or prepared depth (equations 14-22)')
    size_px: int = option(256, 32, 1024, 'side of the square image that the network sees', unit='px')
    kernel_px: int = option(5, 1, 31, 'side of the morphology kernel on that image (equation 6)', unit='px')
    device: str = option('cpu', choices=('cpu', 'cuda'), live=False, text='where the network runs')

    def __post_init__(self) -> None:
        check(self)


class DeepLabV3:
    """Largest person that the network sees, after the paper's morphology."""

    def __init__(self, options: DeepLabV3Options = DeepLabV3Options()) -> None:
        """Raises BadInput when torch is absent or the weights cannot be used."""
        self._options = options
        self._torch, models = import_torch()
        self._network = load_network(self._torch, models, options.weights).to(options.device).eval()
        self._tracker = Tracker(GATE_M, MEMORY_IMAGES, 0)

    def reset(self) -> None:
        """Forget the person."""
        self._tracker.reset()

    def __call__(self, frame: RgbdFrame, floor: Floor | None) -> Found | None:
        """Find the person; None when the network sees nobody, or nobody with a known depth."""
        mask = resized_nearest(self._cleaned(self._labels(self._input(frame, floor)) == PERSON), frame.depth.shape)
        known = mask & np.isfinite(frame.depth)
        if not known.any():
            return None
        rows, columns = np.nonzero(known)
        position = np.median(frame.intrinsics.deproject(np.stack([columns, rows], axis=1), frame.depth[known]), axis=0)
        followed = self._tracker([position], [1.0], [True], [False])
        assert followed is not None, 'who is likely a person is followed'
        return Found(Roi(0, 0, mask.shape[1], mask.shape[0]), mask, followed[1], False)

    def _input(self, frame: RgbdFrame, floor: Floor | None) -> np.ndarray:
        """RGB image (size, size, 3) uint8 that the network sees (equations 1-2 or 14-21)."""
        size = (self._options.size_px, self._options.size_px)
        if self._options.image == 'depth':
            return prepare_depth(frame.depth, frame.intrinsics, floor, size)
        return cv2.resize(cv2.cvtColor(frame.color, cv2.COLOR_BGR2RGB), size, interpolation=cv2.INTER_LINEAR)

    def _labels(self, image: np.ndarray) -> np.ndarray:
        """Most probable class of each pixel (size, size) (equations 2-4; softmax does not change which is largest)."""
        scaled = (image.astype(np.float32) / 255.0 - np.array(MEAN, np.float32)) / np.array(DEVIATION, np.float32)
        tensor = self._torch.from_numpy(np.ascontiguousarray(scaled.transpose(2, 0, 1)))[None]
        tensor = tensor.to(self._options.device)
        with self._torch.inference_mode():
            return self._network(tensor)['out'][0].argmax(0).cpu().numpy()

    def _cleaned(self, person: np.ndarray) -> np.ndarray:
        """Largest component (equation 5); on colour opened and closed (6), on depth closed and dilated (22)."""
        mask = largest_component(person).astype(np.uint8)
        kernel = np.ones((self._options.kernel_px, self._options.kernel_px), np.uint8)
        if self._options.image == 'color':
            return cv2.morphologyEx(cv2.morphologyEx(mask, cv2.MORPH_OPEN, kernel), cv2.MORPH_CLOSE, kernel) > 0
        return cv2.dilate(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel), kernel) > 0


def resized_nearest(mask: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """A mask (h, w) at another (H, W): source = floor(x w / W) (equation 7)."""
    rows = np.arange(shape[0]) * mask.shape[0] // shape[0]
    columns = np.arange(shape[1]) * mask.shape[1] // shape[1]
    return mask[rows[:, None], columns]


def import_torch() -> tuple[Any, Any]:
    """torch and torchvision.models.segmentation, imported only here. Raises BadInput when they are absent."""
    try:
        import torch
        return torch, _import_segmentation(torch)
    except (ImportError, RuntimeError) as error:
        raise BadInput(f"silhouette.method 'deeplabv3': torch or torchvision cannot be imported ({error}); "
                       f'{INSTALL_TORCH}') from error


def _import_segmentation(torch: Any) -> Any:
    """torchvision's segmentation networks, also where its compiled part does not fit torch.

    torchvision 0.28 from PyPI beside the CPU build of torch 2.13 cannot load its compiled part; the import then fails
    on the schemas of two operators that it gives shape rules for, although the networks use neither. Declaring them is
    enough.
    """
    try:
        return importlib.import_module('torchvision.models.segmentation')
    except RuntimeError:
        for name in [name for name in sys.modules if name.split('.')[0] == 'torchvision']:
            del sys.modules[name]
        for operator in ('nms', 'qnms'):
            torch.library.define(f'torchvision::{operator}',
                                 '(Tensor dets, Tensor scores, float iou_threshold) -> Tensor')
        return importlib.import_module('torchvision.models.segmentation')


def load_network(torch: Any, models: Any, path: str) -> Any:
    """The network with the weights of a file. Raises BadInput naming file and remedy."""
    weights = WeightsFile('deeplabv3.weights', path, GIVE_WEIGHTS)
    state = weights.state(torch)
    with_aux = any(str(name).startswith('aux_classifier.') for name in state)
    network = models.deeplabv3_resnet101(weights=None, weights_backbone=None, num_classes=CLASSES, aux_loss=with_aux)
    return weights.filled(network, state, f"torchvision's deeplabv3_resnet101 with {CLASSES} classes")
