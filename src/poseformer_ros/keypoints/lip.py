"""The paper's method for body parts: Single-Human-Parsing-LIP, weights from a file of the user's (paper, equation 13)."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from poseformer_ros.errors import BadInput
from poseformer_ros.options import check, option
from poseformer_ros.silhouette.deeplabv3 import DEVIATION, MEAN, resized_nearest
from poseformer_ros.silhouette.person import Silhouette
from poseformer_ros.silhouette.weights_file import WeightsFile

SIDE_PX = 256                   # of the square image that the network was trained on
CUBIC_A, CUBIC_REACH = -0.5, 2  # Catmull and Rom's cubic, with which the published network's images are resized
PARALLEL = 'module.'            # before every name in the published files, which torch's DataParallel wrote
WEIGHTS = "Single-Human-Parsing-LIP's weights for its densenet (the file PSPNet_last of the folder densenet)"
INSTALL_TORCH = "pip install torch, or set body_parts.method to 'geometry'"


@dataclass(frozen=True)
class LipOptions:
    """What can be set of the method `lip`; each field becomes a ROS parameter `lip.<name>`."""

    weights: str = option('', text=f'file of {WEIGHTS}', live=False)
    device: str = option('cpu', choices=('cpu', 'cuda'), live=False, text='where the network runs')

    def __post_init__(self) -> None:
        check(self)


class LipParts:
    """Labels by the network. Stateless; it looks at the crop's colours only."""

    def __init__(self, options: LipOptions = LipOptions()) -> None:
        """Raises BadInput when torch is absent or the weights cannot be used."""
        self._torch, network = import_network()
        self._device = options.device
        self._network = load_weights(self._torch, network, options.weights).to(options.device).eval()

    def __call__(self, person: Silhouette, joints: np.ndarray) -> np.ndarray:
        """Labels (h, w) uint8 of LIP_CLASSES; 0 outside the mask. The joints are not looked at."""
        tensor = self._torch.from_numpy(network_input(person.color))[None].to(self._device)
        with self._torch.inference_mode():
            labels = self._network(tensor)[0].argmax(0).cpu().numpy()
        return np.where(person.mask, resized_nearest(labels, person.mask.shape), 0).astype(np.uint8)


def network_input(color: np.ndarray) -> np.ndarray:
    """A crop (h, w, 3) uint8 BGR as the network wants it: (3, 256, 256) float32 RGB, normalised (equations 1 and 2)."""
    square = resized_cubic(color[..., ::-1], SIDE_PX)
    scaled = (square.astype(np.float32) / 255.0 - np.array(MEAN, np.float32)) / np.array(DEVIATION, np.float32)
    return np.ascontiguousarray(scaled.transpose(2, 0, 1))


def resized_cubic(image: np.ndarray, side: int) -> np.ndarray:
    """An image (h, w, c) uint8 at (side, side, c) by the cubic filter, widened where the image shrinks, as Pillow does it."""
    rows, columns = _cubic_weights(image.shape[0], side), _cubic_weights(image.shape[1], side)
    wide = _rounded(np.einsum('oc,hck->hok', columns, image.astype(np.float64), optimize=True))
    return _rounded(np.einsum('oh,hwk->owk', rows, wide.astype(np.float64), optimize=True))


def _cubic_weights(size: int, side: int) -> np.ndarray:
    """(side, size) share of each old pixel in each new one."""
    ratio = size / side
    widened = max(ratio, 1.0)
    centre = (np.arange(side) + 0.5) * ratio
    away = np.abs(np.arange(size) + 0.5 - centre[:, None]) / widened
    near = ((CUBIC_A + 2.0) * away - (CUBIC_A + 3.0)) * away ** 2 + 1.0
    far = CUBIC_A * (((away - 5.0) * away + 8.0) * away - 4.0)
    weights = np.where(away < 1.0, near, np.where(away < CUBIC_REACH, far, 0.0))
    return weights / weights.sum(axis=1, keepdims=True)


def _rounded(values: np.ndarray) -> np.ndarray:
    return np.clip(np.floor(values + 0.5), 0, 255).astype(np.uint8)


def import_network() -> tuple[Any, Any]:
    """torch and the network's class, imported only here. Raises BadInput when torch is absent."""
    try:
        import torch

        from poseformer_ros.keypoints.lip_network import LipNetwork
    except ImportError as error:
        raise BadInput(f"body_parts.method 'lip': torch cannot be imported ({error}); {INSTALL_TORCH}") from error
    return torch, LipNetwork


def load_weights(torch: Any, network_class: Any, path: str) -> Any:
    """The network with the weights of a file. Raises BadInput naming file and remedy."""
    weights = WeightsFile('lip.weights', path, f'give {WEIGHTS}')
    state = weights.state(torch)
    if state and all(str(name).startswith(PARALLEL) for name in state):
        state = {name[len(PARALLEL):]: value for name, value in state.items()}
    return weights.filled(network_class(), state, 'PSPNet on DenseNet-121 with 20 classes')
