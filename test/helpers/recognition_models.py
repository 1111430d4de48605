"""Small encoders and layouts for the recognition tests."""

import numpy as np
import torch

from poseformer_ros.recognition.encoder import CausalEncoder
from poseformer_ros.recognition.encoder_size import EncoderSize
from poseformer_ros.recognition.layout import layout_of

LAYOUT = layout_of('test-1', {'joint/a': 3, 'joint/b': 3, 'mesh/pose': 10, 'contour/c': 4})
CLASSES = ('rest', 'squat', 'reach')
TINY = EncoderSize('tiny', width=32, heads=4, layers=3, feed_forward=48, window=9, pool=5)


def causal_encoder(size=TINY, seed=0, layout=LAYOUT, classes=CLASSES):
    """A causal encoder with nothing at its starting value: sharp attention, real statistics, every bias used."""
    torch.manual_seed(seed)
    encoder = CausalEncoder(size, layout.sizes, len(classes)).eval()
    with torch.no_grad():
        for name, parameter in encoder.named_parameters():
            parameter.add_(torch.randn_like(parameter) * (1.0 if 'distance' in name else 0.1))
        encoder.embedding.mean.normal_()
        encoder.embedding.deviation.uniform_(0.5, 2.0)
    return encoder


def weights_of(encoder):
    return {name: tensor.numpy() for name, tensor in encoder.state_dict().items()}


def random_frames(count, seed=0, layout=LAYOUT):
    """Features (T, F) float32 and presence (T, P) bool with a fifth of the parts missing."""
    rng = np.random.default_rng(seed)
    values = np.cumsum(rng.standard_normal((count, layout.size)), axis=0).astype(np.float32) % 4.0
    return values, rng.random((count, len(layout.names))) > 0.2


def offline(encoder, values, present):
    """Logits (T, C) of the causal encoder over all frames at once."""
    with torch.inference_mode():
        return encoder(torch.from_numpy(values)[None], torch.from_numpy(present.astype(np.float32))[None])[0].numpy()
