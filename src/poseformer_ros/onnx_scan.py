"""What stands in an ONNX file, read from its bytes before anything of it is run.

Only the few fields of the published `onnx.proto` that decide whether a file may be given to onnxruntime: the operators, and
whatever could reach beyond the file (weights kept elsewhere, graphs inside nodes, functions of the file's own).
"""

from collections.abc import Iterator

# Field numbers of onnx.proto
MODEL_GRAPH, MODEL_METADATA, MODEL_TRAINING, MODEL_FUNCTIONS = 7, 14, 20, 25
GRAPH_NODE, GRAPH_INITIALIZER, GRAPH_SPARSE = 1, 5, 15
NODE_OPERATOR, NODE_ATTRIBUTE, NODE_DOMAIN = 4, 5, 7
ATTRIBUTE_TENSOR = 5
ATTRIBUTE_HOLDS = frozenset({5, 6, 10, 11, 22, 23})       # tensors, graphs and sparse tensors, one and many
TENSOR_EXTERNAL, TENSOR_LOCATION = 13, 14
ENTRY_KEY, ENTRY_VALUE = 1, 2

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5        # wire types
LONGEST_VARINT = 10                                 # bytes of a 64-bit number

Fields = Iterator[tuple[int, int | memoryview]]


def scan(content: bytes, operators: frozenset[str], constants: bool = False) -> dict[str, str]:
    """The metadata of an ONNX file that uses only these operators and nothing outside itself.

    constants: whether a node may hold a tensor, as `Constant` does.
    Raises ValueError saying what else the file holds, or that it is no ONNX file.
    """
    metadata, graphs = {}, 0
    for number, value in _fields(memoryview(content)):
        if number == MODEL_METADATA:
            entry = dict(_fields(_message(value)))
            metadata[_text(entry.get(ENTRY_KEY, b''))] = _text(entry.get(ENTRY_VALUE, b''))
        elif number == MODEL_GRAPH:
            _scan_graph(_message(value), operators, constants)
            graphs += 1
        elif number in (MODEL_TRAINING, MODEL_FUNCTIONS):
            raise ValueError('functions or a training graph of its own')
    if graphs != 1:
        raise ValueError('no ONNX graph')
    return metadata


def _scan_graph(graph: memoryview, operators: frozenset[str], constants: bool) -> None:
    for number, value in _fields(graph):
        if number == GRAPH_NODE:
            _scan_node(_message(value), operators, constants)
        elif number == GRAPH_INITIALIZER:
            _scan_tensor(_message(value))
        elif number == GRAPH_SPARSE:
            raise ValueError('sparse weights')


def _scan_node(node: memoryview, operators: frozenset[str], constants: bool) -> None:
    for number, value in _fields(node):
        if number == NODE_OPERATOR and _text(value) not in operators:
            raise ValueError(f'the operator {_text(value)!r}')
        if number == NODE_DOMAIN and _text(value):
            raise ValueError(f'an operator of {_text(value)!r}')
        if number == NODE_ATTRIBUTE:
            _scan_attribute(_message(value), constants)


def _scan_attribute(attribute: memoryview, constants: bool) -> None:
    for number, value in _fields(attribute):
        if number == ATTRIBUTE_TENSOR and constants:
            _scan_tensor(_message(value))
        elif number in ATTRIBUTE_HOLDS:
            raise ValueError('weights or a graph inside a node')


def _scan_tensor(tensor: memoryview) -> None:
    if any(number == TENSOR_EXTERNAL or (number == TENSOR_LOCATION and value) for number, value in _fields(tensor)):
        raise ValueError('weights kept in another file')


def _fields(message: memoryview) -> Fields:
    """Number and value of each field of a protobuf message: int, or the bytes of a text or message."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, kind = key >> 3, key & 7
        if kind == VARINT:
            value, at = _varint(message, at)
            yield number, value
            continue
        if kind == BYTES:
            length, at = _varint(message, at)
        elif kind in (FIXED32, FIXED64):
            length = 4 if kind == FIXED32 else 8
        else:
            raise ValueError('no ONNX graph')
        if at + length > len(message):
            raise ValueError('a cut off graph')
        yield number, message[at:at + length]
        at += length


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    number = 0
    for index in range(LONGEST_VARINT):
        if at + index >= len(message):
            raise ValueError('a cut off graph')
        byte = message[at + index]
        number |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return number, at + index + 1
    raise ValueError('no ONNX graph')


def _message(value: int | memoryview | bytes) -> memoryview:
    if isinstance(value, int):
        raise ValueError('no ONNX graph')
    return memoryview(value)


def _text(value: int | memoryview | bytes) -> str:
    return bytes(_message(value)).decode('utf-8', 'replace')
