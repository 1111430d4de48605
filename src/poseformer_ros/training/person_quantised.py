"""The person network with whole numbers of 8 bits in its convolutions: half the time, and the same answers within a millimetre."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from poseformer_ros.errors import BadInput
from poseformer_ros.person.answers import INPUT
from poseformer_ros.synthesis.person_crops import open_shard
from poseformer_ros.synthesis.person_examples import plain_example

CALIBRATED_ON = 200         # crops, whose values say how wide the steps of 8 bits have to be
WIDE = [3, 3]               # convolutions of this size take the time; those of single places, whose answers are joints, stay exact


def write_quantised(path: Path, exact: Path, shards: Sequence[Path]) -> None:
    """Write a model with convolutions of 8 bits from one of `write_person_model`.

    shards: of crops that the network was trained on; the first of them calibrate. Raises BadInput where onnx is not installed.
    """
    Path(path).write_bytes(quantised_model(exact, _squares(shards), INPUT))


def quantised_model(exact: Path, inputs: Iterator[np.ndarray], name: str) -> bytes:
    """Bytes of a model whose convolutions, but for the first, have 8 bits.

    inputs: what calibrates, each for the input called `name`. Weights have 7 bits, so that sums do not overflow on processors
    without VNNI and every processor gives the same answers. Raises BadInput where onnx is not installed.
    """
    try:
        import onnx
        from onnxruntime.quantization import QuantFormat, QuantType, quantize_static
    except ImportError as error:
        raise BadInput(f'writing a model: {error}; pip install -r requirements/learning.txt') from error
    model = onnx.load(exact)
    depth_layer, *inner = _wide_convolutions(model.graph)       # steps of 8 bits are too coarse for depth itself
    with TemporaryDirectory() as folder:
        quantised = Path(folder) / 'quantised.onnx'
        quantize_static(model, quantised, _Inputs(inputs, name), quant_format=QuantFormat.QDQ, per_channel=True,
                        reduce_range=True, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, nodes_to_quantize=inner)
        result = onnx.load(quantised)
    del result.metadata_props[:]
    result.metadata_props.extend(onnx.load(exact).metadata_props)
    result.producer_name, result.producer_version = 'poseformer_ros', ''
    return result.SerializeToString(deterministic=True)


def _wide_convolutions(graph: Any) -> list[str]:
    """Names of a graph's convolutions of several places, in their order."""
    return [node.name for node in graph.node if node.op_type == 'Conv'
            and next(list(attribute.ints) for attribute in node.attribute if attribute.name == 'kernel_shape') == WIDE]


def _squares(shards: Sequence[Path]) -> Iterator[np.ndarray]:
    """(1, CHANNELS, 96, 96) of crops as the station would show them."""
    count = 0
    for crop in (crop for shard in shards for crop in open_shard(shard)):
        if count == CALIBRATED_ON:
            return
        yield plain_example(crop).square[None]
        count += 1


class _Inputs:
    """What the calibration asks for one by one, under an input's name."""

    def __init__(self, inputs: Iterator[np.ndarray], name: str) -> None:
        self._inputs, self._name = inputs, name

    def get_next(self) -> dict[str, np.ndarray] | None:
        """The next input by name; None after the last."""
        value = next(self._inputs, None)
        return None if value is None else {self._name: value}
