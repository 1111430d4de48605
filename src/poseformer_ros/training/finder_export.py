"""The trained finder network written as one ONNX file, which `person/finder.py` reads."""

import io
import json
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from poseformer_ros.person.finder import CHANNELS, INPUT, LAYOUT, METADATA_KEY, OUTPUT, finder_image
from poseformer_ros.synthesis.room_views import view_depth
from poseformer_ros.training.finder_network import FinderNetwork
from poseformer_ros.training.person_export import OPSET, shipped_model
from poseformer_ros.training.person_quantised import quantised_model

CALIBRATED_ON = 200         # views


def write_finder_model(path: Path, network: FinderNetwork, training: str) -> None:
    """Write a model file; the same weights and text give the same bytes. Raises BadInput where onnx is not installed."""
    file = io.BytesIO()
    network = network.eval().to(memory_format=torch.contiguous_format)
    sides = {2: 'h', 3: 'w'}
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', DeprecationWarning)     # of the exporter by tracing, the one that needs no more packages
        torch.onnx.export(network, (torch.zeros(1, CHANNELS, 128, 160),), file, dynamo=False, opset_version=OPSET,
                          input_names=[INPUT], output_names=[OUTPUT], dynamic_axes={INPUT: sides, OUTPUT: sides})
    facts = json.dumps({'layout': LAYOUT, 'training': training}, sort_keys=True)
    Path(path).write_bytes(shipped_model(file.getvalue(), METADATA_KEY, facts))


def write_quantised_finder(path: Path, exact: Path, views: np.ndarray) -> None:
    """Write a model with convolutions of 8 bits from one of `write_finder_model`. views: records of VIEW that calibrate."""
    Path(path).write_bytes(quantised_model(exact, _images(views), INPUT))


def _images(views: np.ndarray) -> Iterator[np.ndarray]:
    for view in views[:CALIBRATED_ON]:
        yield finder_image(view_depth(view), float(view['focal_px']))
