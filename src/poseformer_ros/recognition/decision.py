"""The exercise's name from one frame after another: stream, resample, decide."""

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from poseformer_ros.errors import BadInput
from poseformer_ros.options import check, option
from poseformer_ros.recognition.model_file import ExerciseModel
from poseformer_ros.recognition.movement import Movement
from poseformer_ros.recognition.resampling import Resampler
from poseformer_ros.recognition.streaming import StreamingEncoder, softmax

UNKNOWN, REST = 'unknown', 'rest'
NOBODY = 0      # track id of an empty image (`silhouette.person.Silhouette`)


@dataclass(frozen=True)
class ClassifierOptions:
    """What can be set of the classifier; each field becomes a ROS parameter `classifier.<name>`."""

    least_score: float = option(0.48, 0.0, 1.0, f"probability below which the answer is '{UNKNOWN}'")
    most_entropy: float = option(0.8, 0.0, 1.0, "entropy of the probabilities, as a share of that of knowing nothing, above "
                                                f"which the answer is '{UNKNOWN}'")
    least_seen_s: float = option(0.7, 0.0, 10.0, f"time a person must have been seen before the answer is not '{UNKNOWN}'",
                                 unit='s')
    least_parts: float = option(0.2, 0.0, 1.0, "share of the features' parts that the model looks at below which the answer is "
                                               f"'{UNKNOWN}'")
    least_moved_m: float = option(0.03, 0.0, 1.0, "mean movement of the joints over three seconds below which no exercise is "
                                  f"named, but '{UNKNOWN}'; 0 names what is held still too", unit='m')
    settle_s: float = option(0.1, 0.0, 5.0, 'time that a new answer must last before it replaces the old one', unit='s')
    gap_s: float = option(1.0, 0.1, 10.0, 'gap between frames after which everything is forgotten', unit='s')

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class ExerciseEstimate:
    """The answer at one frame.

    stamp_s: of the frame. label: a class's name, or UNKNOWN. class_names: (C,) in the order of the probabilities.
    score: probability of the label; of the likeliest class where the label is UNKNOWN.
    probabilities: (C,) float64, all alike while there is nothing to go by. entropy: of them, nats.
    settled_s: seconds for which the label has stood. window_start_s: stamp of the oldest frame that attention still sees.
    """

    stamp_s: float
    label: str
    class_names: tuple[str, ...]
    score: float
    probabilities: np.ndarray
    entropy: float
    settled_s: float
    window_start_s: float


class ExerciseClassifier:
    """Names the exercise at every frame from the frames so far.

    Forgets everything when another person is followed, when stamps go back or leave a gap, and on `reset()`. While nobody is
    there the answer is UNKNOWN at once; whoever comes back within the gap under the same number goes on where they were.
    """

    def __init__(self, model: ExerciseModel, options: ClassifierOptions = ClassifierOptions()) -> None:
        self.options = options
        self._model = model
        self._stream = StreamingEncoder(model)
        self._resampler = Resampler(model.facts.rate_hz, model.facts.part_sizes)
        self._movement = Movement(model.facts)
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._stream.reset()
        self._resampler.reset()
        self._movement.reset()
        self._probabilities = _nothing_known(self._model)
        self._stamps: deque[float] = deque(maxlen=self._model.facts.size.window)
        self._newest_s, self._last_s, self._track_id = -math.inf, -math.inf, NOBODY
        self._label, self._since_s = UNKNOWN, math.nan
        self._rival, self._rival_since_s = UNKNOWN, math.nan

    def __call__(self, values: np.ndarray, present: np.ndarray, stamp_s: float, track_id: int) -> ExerciseEstimate:
        """Take a frame in and answer.

        values: (F,) features of the layout that the model was opened with. present: (P,) bool, its parts that are there.
        stamp_s: seconds, of the image. track_id: number of the person; NOBODY when nobody is there.
        A person of whom none of the model's parts is known counts as nobody.
        Raises BadInput for a vector of another length or a stamp that is no number.
        """
        self._check(values, present, stamp_s)
        if stamp_s < self._newest_s:
            self.reset()
        self._newest_s = stamp_s
        values, flags = self._model.select(values[None], present[None])
        if track_id == NOBODY or not flags.any():
            return self._nobody(stamp_s)
        if track_id != self._track_id or stamp_s - self._last_s > self.options.gap_s:
            self.reset()
        self._newest_s, self._last_s, self._track_id = stamp_s, stamp_s, track_id
        for frame in self._resampler(stamp_s, values, flags):
            self._probabilities = softmax(self._stream.step(*frame))
            self._movement.note(*frame)
            self._stamps.append(stamp_s)
        self._decide(stamp_s, float(flags.mean()))
        return self._estimate(stamp_s, self._probabilities, self._stamps[0])

    def _check(self, values: np.ndarray, present: np.ndarray, stamp_s: float) -> None:
        if values.shape != (self._model.width,) or present.shape != (self._model.parts,):
            raise BadInput(f'features: {values.shape} values and {present.shape} flags, wanted {self._model.width} and '
                           f"{self._model.parts} of layout '{self._model.facts.layout_version}'; run fusion of the same release")
        if not math.isfinite(stamp_s):
            raise BadInput(f'features: stamp {stamp_s}; set the stamp of the image')

    def _nobody(self, stamp_s: float) -> ExerciseEstimate:
        self._settle(UNKNOWN, stamp_s)
        return self._estimate(stamp_s, _nothing_known(self._model), stamp_s)

    def _decide(self, stamp_s: float, parts: float) -> None:
        """Replace the label when another answer has lasted; the first after a reset stands at once."""
        answer = self._answer(parts)
        if answer != self._rival or math.isnan(self._rival_since_s):
            self._rival, self._rival_since_s = answer, stamp_s
        if math.isnan(self._since_s) or (answer != self._label and stamp_s - self._rival_since_s >= self.options.settle_s):
            self._settle(answer, stamp_s)

    def _answer(self, parts: float) -> str:
        """The likeliest class, or UNKNOWN where the evidence is weak, or it is an exercise and nothing moves.

        parts: share of the model's parts that are there.
        """
        options, classes = self.options, self._model.facts.classes
        likeliest = classes[int(np.argmax(self._probabilities))]
        weak = (self._stream.frames < options.least_seen_s * self._model.facts.rate_hz
                or parts < options.least_parts
                or self._probabilities.max() < options.least_score
                or entropy(self._probabilities) > options.most_entropy * math.log(len(classes))
                or (likeliest != REST and self._movement.metres < options.least_moved_m))
        return UNKNOWN if weak else likeliest

    def _settle(self, label: str, stamp_s: float) -> None:
        if label != self._label or math.isnan(self._since_s):
            self._label, self._since_s = label, stamp_s

    def _estimate(self, stamp_s: float, probabilities: np.ndarray, window_start_s: float) -> ExerciseEstimate:
        names = self._model.facts.classes
        score = probabilities.max() if self._label == UNKNOWN else probabilities[names.index(self._label)]
        return ExerciseEstimate(stamp_s, self._label, names, float(score), probabilities, entropy(probabilities),
                                stamp_s - self._since_s, window_start_s)


def entropy(probabilities: np.ndarray) -> float:
    """Entropy in nats of probabilities (C,)."""
    some = probabilities[probabilities > 0.0]
    return float(-(some * np.log(some)).sum())


def _nothing_known(model: ExerciseModel) -> np.ndarray:
    count = len(model.facts.classes)
    return np.full(count, 1.0 / count)
