"""The causal encoder one frame at a time, with cached keys and values (onnxruntime)."""

import numpy as np

from poseformer_ros.recognition.model_file import ExerciseModel, empty_rings, step_inputs


class StreamingEncoder:
    """What `CausalEncoder` would say of all frames since the last reset, at the cost of one frame.

    Keys and values of the newest `window - 1` frames stand in rings, and so do the newest `pool` answers. A frame's place in
    time enters only as its distance from the newest, a small whole number, so the thousandth hour is as exact as the first.
    """

    def __init__(self, model: ExerciseModel) -> None:
        self._model = model
        self.reset()

    def reset(self) -> None:
        """Forget all frames."""
        size = self._model.facts.size
        self.frames = 0     # seen since the reset
        self._keys, self._rows = empty_rings(size)
        self._distance = np.append(np.full(size.window - 1, size.window), 0)
        self._evidence = np.zeros((size.pool, len(self._model.facts.classes)))

    def __call__(self, values: np.ndarray, present: np.ndarray) -> np.ndarray:
        """Take the next frame in.

        values: (F,) features of the layout that the model was opened with. present: (P,) bool, its parts that are there.
        Returns logits (C,) float64, averaged over the newest `pool` frames.
        """
        return self.step(*self._model.select(values[None], present[None]))

    def step(self, values: np.ndarray, flags: np.ndarray) -> np.ndarray:
        """The same from the model's own features (1, F) and flags (1, P), both float32 (`ExerciseModel.select`)."""
        evidence, keys, rows = self._model.session.run(
            ['evidence', 'new_keys', 'new_values'], step_inputs(values, flags, self._keys, self._rows, self._distance))
        self._evidence[self.frames % len(self._evidence)] = evidence[0]
        self._remember(keys, rows)
        return self._evidence.sum(axis=0) / min(self.frames, len(self._evidence))

    @property
    def newest(self) -> np.ndarray:
        """(rings, heads, d_k) values of the newest frame, what each layer's attention keeps of it."""
        return self._rows[:, :, (self.frames - 1) % self._rows.shape[2]]

    def _remember(self, keys: np.ndarray, rows: np.ndarray) -> None:
        """Write the new frame over the oldest; everything else is one frame further back."""
        window = self._model.facts.size.window
        slot = self.frames % (window - 1)
        self._keys[..., slot], self._rows[:, :, slot] = keys, rows
        self._distance[:-1] = np.minimum(self._distance[:-1] + 1, window)
        self._distance[slot] = 1
        self.frames += 1


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities (..., C) of logits (equation 38)."""
    shares = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return shares / shares.sum(axis=-1, keepdims=True)
