"""Which exercise model a station runs: the one that ships, the user's own, or random weights for timing."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from poseformer_ros.options import check, option
from poseformer_ros.recognition.encoder_size import SIZES
from poseformer_ros.recognition.layout import FUSED
from poseformer_ros.recognition.model_file import ExerciseModel, load_exercise_model, random_model

RANDOM = 'random:'
RANDOM_CLASSES = ('rest', 'kimore_es1', 'kimore_es2', 'kimore_es3', 'kimore_es4', 'kimore_es5')


@dataclass(frozen=True)
class ExerciseModelOptions:
    """Each field becomes a ROS parameter `model.<name>`."""

    file: str = option('', text='your model (.onnx, written by `poseformer train exercise`); empty for the one that ships; '
                                f'{" or ".join(RANDOM + size for size in SIZES)} for random weights, only to measure time',
                       live=False)
    device: str = option('cpu', choices=('cpu', 'cuda'), text='where the model runs; cuda needs onnxruntime-gpu', live=False)

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class NamedModel:
    """A model ready to run, the name of its file, and the file's SHA-256; '' for random weights."""

    model: ExerciseModel
    name: str
    sha256: str


def default_model_path() -> Path:
    """The model that ships."""
    return Path(__file__).parent / 'data' / 'exercises_v6.onnx'


def chosen_model(options: ExerciseModelOptions) -> NamedModel:
    """The model that the options name. Raises BadInput for a file that cannot be used."""
    if options.file.startswith(RANDOM):
        size = options.file.removeprefix(RANDOM)
        return NamedModel(random_model(FUSED, RANDOM_CLASSES, size), f'random weights of size {size}', '')
    path = Path(options.file).expanduser() if options.file else default_model_path()
    model = load_exercise_model(path, FUSED, options.device)
    return NamedModel(model, path.name, hashlib.sha256(path.read_bytes()).hexdigest())
