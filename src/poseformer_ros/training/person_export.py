"""The trained person network written as one ONNX file, which `person/model_file.py` reads."""

import io
import warnings
from pathlib import Path
from typing import Any

import torch

from poseformer_ros.errors import BadInput
from poseformer_ros.person.answers import ANSWER_SHAPES, INPUT, INPUT_SHAPE
from poseformer_ros.person.model_file import METADATA_KEY, PersonModelFacts, facts_text
from poseformer_ros.training.person_network import PersonNetwork

OPSET = 17
IR_VERSION = 8          # of the same year, so that older readers can read it


def write_person_model(path: Path, network: PersonNetwork, facts: PersonModelFacts) -> None:
    """Write a model file; the same weights and facts give the same bytes. Raises BadInput where onnx is not installed."""
    Path(path).write_bytes(shipped_model(_exported(network), METADATA_KEY, facts_text(facts)))


def shipped_model(exported: bytes, key: str, facts: str) -> bytes:
    """Bytes of a model file from torch's export and what is known of it. Raises BadInput where onnx is not installed."""
    try:
        import onnx
    except ImportError as error:
        raise BadInput(f'writing a model: {error}; pip install -r requirements/learning.txt') from error
    model = onnx.load_from_string(exported)
    _keep_constants_outside_nodes(model.graph)
    model.ir_version, model.producer_name, model.producer_version = IR_VERSION, 'poseformer_ros', ''
    model.metadata_props.add(key=key, value=facts)
    return model.SerializeToString(deterministic=True)


def _exported(network: PersonNetwork) -> bytes:
    """Bytes of torch's own export, normalisations folded into the convolutions."""
    file = io.BytesIO()
    names = [INPUT, *ANSWER_SHAPES]
    network = network.eval().to(memory_format=torch.contiguous_format)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', DeprecationWarning)     # of the exporter by tracing, the one that needs no more packages
        torch.onnx.export(network, (torch.zeros(2, *INPUT_SHAPE),), file, dynamo=False, opset_version=OPSET, input_names=names[:1],
                          output_names=names[1:], dynamic_axes={name: {0: 'n'} for name in names})
    return file.getvalue()


def _keep_constants_outside_nodes(graph: Any) -> None:
    """Constants become weights of the graph: a reader then finds no tensor inside a node."""
    for node in [node for node in graph.node if node.op_type == 'Constant']:
        tensor = node.attribute[0].t
        tensor.name = node.output[0]
        graph.initializer.append(tensor)
        graph.node.remove(node)
