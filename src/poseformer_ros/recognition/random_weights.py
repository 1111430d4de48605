"""Random weights of the causal encoder, for measuring time without training and without torch."""

import numpy as np

from poseformer_ros.recognition.encoder_size import EncoderSize


def random_weights(size: EncoderSize, part_sizes: tuple[int, ...], classes: int, seed: int) -> dict[str, np.ndarray]:
    """Arrays by the names of `CausalEncoder.state_dict()`, of unit gain, so that numbers stay ordinary in every layer."""
    rng = np.random.default_rng((seed, 0x5EED))
    features, width = sum(part_sizes), size.width
    weights: dict[str, np.ndarray] = {
        'embedding.mean': np.zeros(features, np.float32), 'embedding.deviation': np.ones(features, np.float32),
        'embedding.part': np.repeat(np.arange(len(part_sizes)), part_sizes),
        'distance_bias': rng.standard_normal((size.layers, size.heads, size.window)).astype(np.float32)}
    linears = {'embedding.linear': (features + len(part_sizes), width), 'head': (width, classes)}
    for layer in range(size.layers):
        here = f'layers.{layer}.'
        linears |= {here + 'qkv': (width, 3 * width), here + 'mix': (width, width), here + 'up': (width, size.feed_forward),
                    here + 'down': (size.feed_forward, width)}
        for norm in ('norm_attention', 'norm_feed_forward'):
            weights |= {f'{here}{norm}.weight': np.ones(width, np.float32), f'{here}{norm}.bias': np.zeros(width, np.float32)}
    for name, (wide, out) in linears.items():
        weights[f'{name}.weight'] = (rng.standard_normal((out, wide)) / np.sqrt(wide)).astype(np.float32)
        weights[f'{name}.bias'] = np.zeros(out, np.float32)
    return weights
