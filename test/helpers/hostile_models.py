"""Model files with a change to their ModelProto, as somebody hostile or a damage would make them."""

from pathlib import Path

import onnx


def changed(shipped: Path, path: Path, change) -> None:
    """Write a model file with a change to its ModelProto."""
    proto = onnx.load(shipped)
    change(proto)
    path.write_bytes(proto.SerializeToString())


def other_domain(proto) -> None:
    proto.graph.node[0].domain = 'com.example'


def weights_elsewhere(proto) -> None:
    proto.graph.initializer[0].data_location = onnx.TensorProto.EXTERNAL


def graph_in_a_node(proto) -> None:
    proto.graph.node[0].attribute.append(onnx.helper.make_attribute('body', proto.graph))


def no_metadata(proto) -> None:
    del proto.metadata_props[:]
