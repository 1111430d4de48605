"""How much a body has moved of late: who holds still, or is a photograph, does no exercise."""

from collections import deque

import numpy as np

from poseformer_ros.recognition.model_file import ModelFacts

JOINTS_PART = 'mesh/joints'     # of the layout: (J, 3) metres from the pelvis
OVER_S, AFTER_S = 3.0, 1.0      # of what time the movement is; how much of it must have been seen
FROM, TO = 0.1, 0.9             # of a coordinate's values: between these it has moved


class Movement:
    """Takes in a model's frames, one by one."""

    def __init__(self, facts: ModelFacts) -> None:
        """facts: of the model whose frames come; one that does not look at joints leaves the movement unknown."""
        self._columns: slice | None = None
        if JOINTS_PART in facts.parts:
            at = facts.parts.index(JOINTS_PART)
            first = sum(facts.part_sizes[:at])
            self._columns, self._flag = slice(first, first + facts.part_sizes[at]), at
        self._least = round(AFTER_S * facts.rate_hz)
        self._seen: deque[np.ndarray] = deque(maxlen=round(OVER_S * facts.rate_hz))

    def reset(self) -> None:
        """Forget everything."""
        self._seen.clear()

    def note(self, values: np.ndarray, flags: np.ndarray) -> None:
        """A frame of the model's features (1, F) and flags (1, P)."""
        if self._columns is not None and flags[0, self._flag] > 0:
            self._seen.append(values[0, self._columns])

    @property
    def metres(self) -> float:
        """How far the joints have moved, their mean; infinity while too little was seen."""
        if len(self._seen) < self._least:
            return np.inf
        ordered, last = np.sort(np.stack(self._seen), axis=0), len(self._seen) - 1
        moved = (ordered[round(TO * last)] - ordered[round(FROM * last)]).reshape(-1, 3)
        return float(np.linalg.norm(moved, axis=1).mean())
