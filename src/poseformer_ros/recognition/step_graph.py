"""One streaming step of the causal encoder as an ONNX graph, written out from the weights.

Inputs: `values` (1, F) and `present` (1, P) float32; for each layer `keys_<l>` (heads, d_k, window - 1) and `values_<l>`
(heads, window - 1, d_k) float32, rings that the caller keeps; `distance` (window,) int64: how many frames ago each slot of
the rings was written, `window` for an empty slot, and a final 0 for the frame itself.
Outputs: `evidence` (1, C), the frame's own logits, to be averaged over the newest frames; `new_keys` and `new_values`
(layers, heads, d_k) for the slot that the caller overwrites next. Several members each have layers of their own, one's after
the other's.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from poseformer_ros.errors import BadInput
from poseformer_ros.recognition.encoder_size import STANDARD_LIMIT, EncoderSize

OPSET = 17              # the first with LayerNormalization
IR_VERSION = 8          # of the same year, so that older readers can read it
NOWHERE = -1e9          # score of an empty slot; its weight is then exactly zero
NORM_EPSILON = 1e-5     # as torch's LayerNorm
OPERATORS = frozenset({'Add', 'Clip', 'Concat', 'Div', 'Gather', 'Greater', 'LayerNormalization', 'MatMul', 'Mul', 'ReduceSum',
                       'Relu', 'Reshape', 'Softmax', 'Split', 'Sub', 'Transpose', 'Where'})

Weights = Mapping[str, np.ndarray]
Shapes = dict[str, tuple[str, tuple[int, ...]]]


class GraphWriter:
    """Nodes and constants in the order in which they are added."""

    def __init__(self) -> None:
        """Raises BadInput where onnx is not installed."""
        try:
            import onnx
            import onnx.numpy_helper
        except ImportError as error:
            raise BadInput(f'writing an exercise model: {error}; pip install -r requirements/learning.txt') from error
        self._onnx = onnx
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}

    def constant(self, name: str, array: np.ndarray) -> str:
        """Add an array once; returns its name."""
        self._constants[name] = self._onnx.numpy_helper.from_array(np.array(array, order='C'), name)
        return name

    def node(self, operator: str, inputs: list[str], outputs: list[str] | None = None, **attributes: Any) -> Any:
        """Add a node; returns the name of its output, or the list of those given."""
        names = outputs or [f'{operator.lower()}_{len(self._nodes)}']
        self._nodes.append(self._onnx.helper.make_node(operator, inputs, names, **attributes))
        return names if len(names) > 1 else names[0]

    def member(self, graph: Any, number: int, layers: int) -> list[str]:
        """Add another step's graph under names of its own; returns those of its outputs."""
        named = {name: name for name in ('', 'values', 'present', 'distance')}
        named |= {f'{kind}_{layer}': f'{kind}_{number * layers + layer}' for kind in ('keys', 'values') for layer in range(layers)}
        for constant in graph.initializer:
            name = f'{number}/{constant.name}'
            self._constants[name] = self._onnx.numpy_helper.from_array(self._onnx.numpy_helper.to_array(constant), name)
        for node in graph.node:
            inputs, outputs = ([named.get(name, f'{number}/{name}') for name in names] for names in (node.input, node.output))
            attributes = {one.name: self._onnx.helper.get_attribute_value(one) for one in node.attribute}
            self._nodes.append(self._onnx.helper.make_node(node.op_type, inputs, outputs, **attributes))
        return [f'{number}/{output.name}' for output in graph.output]

    def mean_member(self, graphs: Sequence[Any]) -> None:
        """Add the nodes of the first of several steps' graphs, which are alike, with the means of all their constants."""
        self._nodes += graphs[0].node
        for alike in zip(*(graph.initializer for graph in graphs)):
            arrays = [self._onnx.numpy_helper.to_array(constant) for constant in alike]
            self.constant(alike[0].name, np.mean(arrays, axis=0).astype(arrays[0].dtype))

    def read(self, content: bytes) -> Any:
        """The graph in a file's bytes."""
        return self._onnx.load_from_string(content).graph

    def model(self, inputs: Shapes, outputs: Shapes, metadata: dict[str, str]) -> Any:
        """The ModelProto; inputs and outputs are (element type's name, shape) by name."""
        helper = self._onnx.helper
        described = [[helper.make_tensor_value_info(name, getattr(self._onnx.TensorProto, kind), shape)
                      for name, (kind, shape) in some.items()] for some in (inputs, outputs)]
        graph = helper.make_graph(self._nodes, 'causal_step', *described, list(self._constants.values()))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', OPSET)], ir_version=IR_VERSION,
                                  producer_name='poseformer_ros')
        helper.set_model_props(model, metadata)
        return model


def step_model(weights: Weights, size: EncoderSize, metadata: dict[str, str]) -> Any:
    """The step as an onnx ModelProto.

    weights: float32 arrays by the names of `CausalEncoder.state_dict()`. Raises BadInput where onnx is not installed.
    """
    g = GraphWriter()
    g.constant('heads_shape', np.array([3, size.heads, 1, size.head_width]))
    g.constant('row_shape', np.array([1, size.width]))
    g.constant('ring_and_new', np.array([size.window - 1, 1]))
    g.constant('last_axis', np.array([-1]))
    g.constant('scale', np.array([1.0 / np.sqrt(size.head_width)], np.float32))
    x, new = _embedded(g, weights), []
    for layer in range(size.layers):
        x, key_value = _layer(g, weights, layer, x)
        new.append(key_value)
    _linear(g, weights, 'head', x, 'evidence')
    for name, rows in zip(('new_keys', 'new_values'), zip(*new)):
        stacked = g.node('Concat', list(rows), axis=1)      # (heads, layers, d_k)
        g.node('Transpose', [stacked], [name], perm=[1, 0, 2])
    features = len(weights['embedding.mean'])
    parts = weights['embedding.linear.weight'].shape[1] - features
    return g.model(_input_shapes(features, parts, size), _output_shapes(len(weights['head.bias']), size), metadata)


def joined_step(members: Sequence[bytes], counts: tuple[int, int, int], size: EncoderSize, metadata: dict[str, str]) -> Any:
    """The step of several models at once as an onnx ModelProto.

    members: the bytes of their files, as `step_model` makes them. counts: of each one's features, parts and classes. size: of all.
    Raises BadInput where onnx is not installed.
    """
    features, parts, classes = counts
    g = GraphWriter()
    evidence, keys, values = zip(*(g.member(g.read(content), number, size.layers) for number, content in enumerate(members)))
    total = evidence[0]
    for more in evidence[1:]:
        total = g.node('Add', [total, more])
    g.node('Mul', [total, g.constant('share', np.array(1.0 / len(members), np.float32))], ['evidence'])
    g.node('Concat', list(keys), ['new_keys'], axis=0)
    g.node('Concat', list(values), ['new_values'], axis=0)
    return g.model(_input_shapes(features, parts, size), _output_shapes(classes, size), metadata)


def averaged_step(members: Sequence[bytes], counts: tuple[int, int, int], size: EncoderSize, metadata: dict[str, str]) -> Any:
    """The step whose weights are the mean of several models', as an onnx ModelProto; arguments and errors as of `joined_step`."""
    features, parts, classes = counts
    g = GraphWriter()
    g.mean_member([g.read(content) for content in members])
    return g.model(_input_shapes(features, parts, size), _output_shapes(classes, size), metadata)


def _input_shapes(features: int, parts: int, size: EncoderSize) -> Shapes:
    """Element type and shape of each input."""
    rings = {f'{kind}_{layer}': ('FLOAT', (size.heads, *shape)) for layer in range(size.rings)
             for kind, shape in (('keys', (size.head_width, size.window - 1)), ('values', (size.window - 1, size.head_width)))}
    return {'values': ('FLOAT', (1, features)), 'present': ('FLOAT', (1, parts)), **rings, 'distance': ('INT64', (size.window,))}


def _output_shapes(classes: int, size: EncoderSize) -> Shapes:
    """Element type and shape of each output."""
    new = ('FLOAT', (size.rings, size.heads, size.head_width))
    return {'evidence': ('FLOAT', (1, classes)), 'new_keys': new, 'new_values': new}


def _embedded(g: GraphWriter, weights: Weights) -> str:
    """Standardised, masked and flagged features to width d, as `encoder.Embedding`."""
    for name in ('mean', 'deviation', 'part'):
        g.constant(name, weights[f'embedding.{name}'])
    for name, number in (('lowest', -STANDARD_LIMIT), ('highest', STANDARD_LIMIT), ('zero', 0.0)):
        g.constant(name, np.array(number, np.float32))
    centred = g.node('Sub', ['values', 'mean'])
    standard = g.node('Clip', [g.node('Div', [centred, 'deviation']), 'lowest', 'highest'])
    there = g.node('Greater', [g.node('Gather', ['present', 'part'], axis=1), 'zero'])
    masked = g.node('Where', [there, standard, 'zero'])
    return _linear(g, weights, 'embedding.linear', g.node('Concat', [masked, 'present'], axis=1))


def _layer(g: GraphWriter, weights: Weights, layer: int, x: str) -> tuple[str, tuple[str, str]]:
    """One encoder layer; returns its output (1, d) and the frame's key and value (heads, 1, d_k)."""
    here = f'layers.{layer}.'
    mixed, key_value = _attention(g, weights, layer, x)
    x = _norm(g, weights, here + 'norm_attention', g.node('Add', [x, mixed]))
    hidden = g.node('Relu', [_linear(g, weights, here + 'up', x)])
    fed = _linear(g, weights, here + 'down', hidden)
    return _norm(g, weights, here + 'norm_feed_forward', g.node('Add', [x, fed])), key_value


def _attention(g: GraphWriter, weights: Weights, layer: int, x: str) -> tuple[str, tuple[str, str]]:
    """The frame's attention to the ring and itself, mixed (1, d); and its key and value."""
    table = weights['distance_bias'][layer][:, None, :]
    empty = np.full((len(table), 1, 1), NOWHERE, np.float32)
    bias = g.node('Gather', [g.constant(f'bias_{layer}', np.concatenate([table, empty], axis=2)), 'distance'], axis=2)
    qkv = g.node('Reshape', [_linear(g, weights, f'layers.{layer}.qkv', x), 'heads_shape'])
    q, k, v = (g.node('Gather', [qkv, g.constant(f'row_{i}', np.array(i))], axis=0) for i in range(3))
    q = g.node('Mul', [q, 'scale'])
    old = g.node('MatMul', [q, f'keys_{layer}'])                                                    # (heads, 1, window - 1)
    own = g.node('ReduceSum', [g.node('Mul', [q, k]), 'last_axis'], keepdims=1)
    shares = g.node('Softmax', [g.node('Add', [g.node('Concat', [old, own], axis=2), bias])], axis=2)
    of_ring, of_new = g.node('Split', [shares, 'ring_and_new'], [f'ring_share_{layer}', f'own_share_{layer}'], axis=2)
    seen = g.node('Add', [g.node('MatMul', [of_ring, f'values_{layer}']), g.node('Mul', [of_new, v])])
    return _linear(g, weights, f'layers.{layer}.mix', g.node('Reshape', [seen, 'row_shape'])), (k, v)


def _linear(g: GraphWriter, weights: Weights, name: str, x: str, output: str = '') -> str:
    weight, bias = (g.constant(f'{name}.{kind}', weights[f'{name}.{kind}'].T) for kind in ('weight', 'bias'))
    return g.node('Add', [g.node('MatMul', [x, weight]), bias], [output] if output else None)


def _norm(g: GraphWriter, weights: Weights, name: str, x: str) -> str:
    scale, bias = (g.constant(f'{name}.{kind}', weights[f'{name}.{kind}']) for kind in ('weight', 'bias'))
    return g.node('LayerNormalization', [x, scale, bias], epsilon=NORM_EPSILON, axis=-1)
