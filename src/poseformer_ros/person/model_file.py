"""The person network's file: one .onnx that holds the network and what is known of it."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from poseformer_ros.errors import BadInput
from poseformer_ros.onnx_model import ModelKind, read_model
from poseformer_ros.onnx_session import open_session
from poseformer_ros.person.answers import ANSWER_SHAPES, FACING_BINS, INPUT, INPUT_SHAPE, JOINTS, LAYOUT, Answers
from poseformer_ros.person.square import INPUT_PX

METADATA_KEY = 'poseformer_person_model'
MOST_BYTES = 6_000_000
OPERATORS = frozenset({'Add', 'Cast', 'Concat', 'Conv', 'DequantizeLinear', 'Gemm', 'Mul', 'QuantizeLinear', 'ReduceMax',
                       'ReduceMean', 'ReduceSum', 'Relu', 'Reshape', 'Resize', 'Softmax', 'Split'})
REMEDY = 'give a model written by `poseformer train person`'
KIND = ModelKind('person model', METADATA_KEY, OPERATORS, MOST_BYTES, REMEDY)


@dataclass(frozen=True)
class PersonModelFacts:
    """What is known of a model.

    layout: version of input and answers. input_px: side of the square. joint_names: in the order of the answers.
    facing_bins: number of equal bins of the facing angle. training: for people, on what it was trained.
    recipe_sha256: of the recipe's file; '' where there was none.
    """

    joint_names: tuple[str, ...]
    training: str
    recipe_sha256: str
    layout: str = LAYOUT
    input_px: int = INPUT_PX
    facing_bins: int = FACING_BINS

    def __post_init__(self) -> None:
        texts = (*self.joint_names, self.training, self.recipe_sha256, self.layout)
        if not all(isinstance(text, str) for text in texts):
            raise BadInput(f'person model: joint names and texts are not all text; {REMEDY}')
        if self.layout != LAYOUT:
            raise BadInput(f"person model: its layout is '{self.layout}', this station reads '{LAYOUT}'; train a model of the "
                           'present layout, or install the release that the model came with')
        if len({*self.joint_names}) != JOINTS or len(self.joint_names) != JOINTS:
            raise BadInput(f'person model: {len(self.joint_names)} joint names, wanted {JOINTS} different ones; {REMEDY}')
        if (self.input_px, self.facing_bins) != (INPUT_PX, FACING_BINS):
            raise BadInput(f'person model: squares of {self.input_px} px and {self.facing_bins} facing bins, wanted {INPUT_PX} and '
                           f'{FACING_BINS}; {REMEDY}')


@dataclass(frozen=True)
class PersonModel:
    """A model ready to run. session: of onnxruntime, on one thread. sha256: of the file, hexadecimal."""

    facts: PersonModelFacts
    session: Any
    sha256: str

    def __call__(self, squares: np.ndarray) -> Answers:
        """Answers for squares (n, CHANNELS, 96, 96) float32 made by `network_input`; n may be 0."""
        if not len(squares):
            return Answers(*(np.zeros((0, *shape), np.float32) for shape in ANSWER_SHAPES.values()))
        return Answers(*self.session.run(list(ANSWER_SHAPES), {INPUT: squares}))


def default_person_model_path() -> Path:
    """The model that ships."""
    return Path(__file__).parent / 'data' / 'person_v1.onnx'


def load_person_model(path: str | Path) -> PersonModel:
    """Read a model file; nothing in it is run before it is seen to hold only the network's operators.

    Raises BadInput for a file that is not there, is no person model, is of another layout or damaged, or where onnxruntime is
    not installed.
    """
    name = str(path)
    content, facts = read_model(path, KIND)
    model = PersonModel(_read_facts(facts, name), open_session(content, name, REMEDY), hashlib.sha256(content).hexdigest())
    _check_graph(model, name)
    return model


def chosen_person_model(file: str) -> PersonModel:
    """The model of an option: a file of the user's, or with '' the one that ships. Raises BadInput as `load_person_model`."""
    return load_person_model(file or default_person_model_path())


def facts_text(facts: PersonModelFacts) -> str:
    """The facts as they stand under METADATA_KEY in a model file."""
    return json.dumps(asdict(facts), sort_keys=True)


def _read_facts(facts: dict[str, Any], name: str) -> PersonModelFacts:
    try:
        return PersonModelFacts(joint_names=tuple(facts.pop('joint_names')), **facts)
    except BadInput as error:
        raise BadInput(f'{name}: {error}') from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadInput(f"{name}: its '{METADATA_KEY}' cannot be read ({type(error).__name__}: {error}); {REMEDY}") from error


def _check_graph(model: PersonModel, name: str) -> None:
    """Raise BadInput unless input and outputs are the layout's and two empty squares get finite answers of its shapes."""
    stated = {value.name: tuple(value.shape[1:]) for value in model.session.get_outputs()}
    inputs = [(value.name, tuple(value.shape[1:])) for value in model.session.get_inputs()]
    if inputs != [(INPUT, INPUT_SHAPE)] or stated != ANSWER_SHAPES:
        raise BadInput(f"{name}: its graph's input or outputs are not those of layout '{LAYOUT}'; {REMEDY}")
    try:
        answers = model(np.zeros((2, *INPUT_SHAPE), np.float32))
    except Exception as error:      # onnxruntime raises kinds of its own, derived from Exception alone
        raise BadInput(f'{name}: its graph cannot run ({str(error)[:200]}); {REMEDY}') from error
    for answer, shape in ANSWER_SHAPES.items():
        found = getattr(answers, answer)
        if found.shape != (2, *shape) or found.dtype != np.float32 or not np.isfinite(found).all():
            raise BadInput(f"{name}: its graph does not give finite numbers for '{answer}'; {REMEDY}")
