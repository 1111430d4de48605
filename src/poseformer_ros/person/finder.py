"""The finder network: which pixels of a whole reduced depth image are people's, and where each pixel's person has the middle."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from poseformer_ros.errors import BadInput
from poseformer_ros.onnx_model import ModelKind, read_model
from poseformer_ros.onnx_session import open_session

LAYOUT = 'finder_v1'
METADATA_KEY = 'poseformer_finder_model'
INPUT, OUTPUT = 'image', 'said'
CHANNELS, SAID = 3, 3       # depth, known, metres per pixel; logit of a person's pixel, metres right and down to the middle
SIDES_OF = 16               # pixels that the sides of what is shown are multiples of
DEPTH_M, PIXEL_M = 2.0, 0.025       # what the middle of a channel's range stands for
HALF = 2                    # pixels of the image for each that is answered
MOST_BYTES = 6_000_000
OPERATORS = frozenset({'Add', 'Cast', 'Concat', 'Conv', 'DequantizeLinear', 'Mul', 'QuantizeLinear', 'Relu', 'Resize'})
REMEDY = 'give a model written by `poseformer train finder`'
KIND = ModelKind('finder model', METADATA_KEY, OPERATORS, MOST_BYTES, REMEDY)


@dataclass(frozen=True)
class PeopleMap:
    """What the network says of an image.

    person: (h, w) float32 probability that a pixel is somebody's. votes: (h, w, 2) float32 metres, right and down, across the line
    of sight, from a pixel to the middle of its person's trunk.
    """

    person: np.ndarray
    votes: np.ndarray


@dataclass(frozen=True)
class FinderModel:
    """A model ready to run.

    training: for people, on what it was trained. session: of onnxruntime, on one thread. sha256: of the file, hexadecimal.
    """

    training: str
    session: Any
    sha256: str

    def __call__(self, depth: np.ndarray, focal_px: float) -> PeopleMap:
        """depth: (h, w) float32 metres, NaN where unknown, about 160 columns wide. focal_px: of that image."""
        said = self.session.run([OUTPUT], {INPUT: finder_image(depth, focal_px)})[0][0]
        rows, columns = depth.shape
        size = (HALF * said.shape[2], HALF * said.shape[1])
        logit = cv2.resize(said[0], size, interpolation=cv2.INTER_LINEAR)[:rows, :columns]
        votes = cv2.resize(said[1:].transpose(1, 2, 0), size, interpolation=cv2.INTER_NEAREST)[:rows, :columns]
        return PeopleMap(1.0 / (1.0 + np.exp(-logit)), votes)


def finder_image(depth: np.ndarray, focal_px: float) -> np.ndarray:
    """(1, CHANNELS, h', w') float32: what the network is shown of a depth image (h, w), filled up to multiples of SIDES_OF."""
    rows, columns = (-(-size // SIDES_OF) * SIDES_OF for size in depth.shape)
    image = np.zeros((1, CHANNELS, rows, columns), np.float32)
    inside = image[0, :, :depth.shape[0], :depth.shape[1]]
    known = np.isfinite(depth)
    z = np.where(known, depth, np.float32(0.0))
    inside[0] = np.clip(z / DEPTH_M - 1, -1, 3) * known
    inside[1] = known
    inside[2] = np.clip(z / np.float32(focal_px * PIXEL_M) - 1, -1, 3) * known
    return image


def default_finder_model_path() -> Path:
    """The model that ships."""
    return Path(__file__).parent / 'data' / 'finder_v1.onnx'


def load_finder_model(path: str | Path) -> FinderModel:
    """Read a model file; nothing in it is run before it is seen to hold only the network's operators.

    Raises BadInput for a file that is not there, is no finder model, is of another layout or damaged, or where onnxruntime is
    not installed.
    """
    name = str(path)
    content, facts = read_model(path, KIND)
    if facts.get('layout') != LAYOUT:
        raise BadInput(f"{name}: its layout is '{facts.get('layout')}', this station reads '{LAYOUT}'; {REMEDY}")
    model = FinderModel(str(facts.get('training', '')), open_session(content, name, REMEDY), hashlib.sha256(content).hexdigest())
    _check_graph(model, name)
    return model


def chosen_finder_model(file: str) -> FinderModel:
    """The model of an option: a file of the user's, or with '' the one that ships. Raises BadInput as `load_finder_model`."""
    return load_finder_model(file or default_finder_model_path())


def _check_graph(model: FinderModel, name: str) -> None:
    """Raise BadInput unless an image without depth gets finite answers of the layout's shape."""
    ways = model.session.get_inputs(), model.session.get_outputs()
    if [[value.name for value in side] for side in ways] != [[INPUT], [OUTPUT]]:
        raise BadInput(f"{name}: its graph's input or output is not that of layout '{LAYOUT}'; {REMEDY}")
    image = finder_image(np.full((30, 40), np.nan, np.float32), 130.0)
    try:
        said = model.session.run([OUTPUT], {INPUT: image})[0]
    except Exception as error:      # onnxruntime raises kinds of its own, derived from Exception alone
        raise BadInput(f'{name}: its graph cannot run ({str(error)[:200]}); {REMEDY}') from error
    wanted = (1, SAID, image.shape[2] // HALF, image.shape[3] // HALF)
    if said.shape != wanted or said.dtype != np.float32 or not np.isfinite(said).all():
        raise BadInput(f"{name}: its graph does not give finite numbers of shape {wanted}; {REMEDY}")
