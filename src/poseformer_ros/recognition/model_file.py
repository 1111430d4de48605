"""The exercise model's file: one .onnx that holds the streaming step and all that is known of it."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from poseformer_ros.errors import BadInput
from poseformer_ros.onnx_model import ModelKind, model_bytes, model_facts
from poseformer_ros.onnx_session import open_session
from poseformer_ros.recognition.encoder_size import SIZES, EncoderSize, encoder_size
from poseformer_ros.recognition.layout import FeatureLayout, layout_of
from poseformer_ros.recognition.random_weights import random_weights
from poseformer_ros.recognition.resampling import without_broken
from poseformer_ros.recognition.step_graph import OPERATORS, Weights, averaged_step, joined_step, step_model

METADATA_KEY, FORMAT = 'poseformer_exercise_model', 1
MOST_BYTES = 200_000_000        # the paper's size is 55 MB
RATE_RANGE_HZ = (5.0, 120.0)
REMEDY = 'give a model written by `poseformer train exercise`'
KIND = ModelKind('exercise model', METADATA_KEY, OPERATORS, MOST_BYTES, REMEDY)


@dataclass(frozen=True)
class ModelFacts:
    """What is known of a model.

    classes: names in the order of its probabilities. layout_version: of the features it was trained on.
    parts, part_sizes: names and lengths of the layout's parts that it uses, in its order.
    rate_hz: frames a second that it was trained at. trained: False for random weights, which only serve timing.
    training: for people, on what it was trained. size: of the encoder.
    """

    classes: tuple[str, ...]
    layout_version: str
    parts: tuple[str, ...]
    part_sizes: tuple[int, ...]
    rate_hz: float
    trained: bool
    training: str
    size: EncoderSize

    def __post_init__(self) -> None:
        names = (*self.classes, *self.parts, self.layout_version, self.training)
        if not all(isinstance(name, str) for name in names) or type(self.trained) is not bool:
            raise BadInput(f'exercise model: classes, parts and texts are not all text; {REMEDY}')
        if len(self.classes) < 2 or len({*self.classes}) < len(self.classes) or len({*self.parts}) < len(self.parts):
            raise BadInput(f'exercise model: classes {self.classes} or its parts repeat or are too few; {REMEDY}')
        if not self.parts or len(self.parts) != len(self.part_sizes) or any(type(n) is not int or n < 1 for n in self.part_sizes):
            raise BadInput(f'exercise model: {len(self.parts)} parts with lengths {self.part_sizes[:5]}...; {REMEDY}')
        if not RATE_RANGE_HZ[0] <= self.rate_hz <= RATE_RANGE_HZ[1]:
            raise BadInput(f'exercise model: rate {self.rate_hz} Hz is outside {RATE_RANGE_HZ}; {REMEDY}')
        if self.size.name in SIZES and self.size != SIZES[self.size.name]:
            raise BadInput(f"exercise model: it calls itself '{self.size.name}' but is of another size, {self.size}; {REMEDY}")


@dataclass(frozen=True)
class ExerciseModel:
    """A model ready to run.

    session: of onnxruntime. width, parts: numbers of features and parts that a frame of the layout has.
    columns, flags: where the model's own stand among them.
    """

    facts: ModelFacts
    session: Any
    width: int
    parts: int
    columns: np.ndarray
    flags: np.ndarray

    def select(self, values: np.ndarray, present: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Its own features (T, F) and flags (T, P), float32, out of the layout's (T, all); what is not finite is missing."""
        values, flags = values[:, self.columns].astype(np.float32), present[:, self.flags].astype(np.float32)
        return without_broken(values, flags, np.repeat(np.arange(len(self.flags)), self.facts.part_sizes))


def load_exercise_model(path: str | Path, layout: FeatureLayout | None = None, device: str = 'cpu') -> ExerciseModel:
    """Read a model file; nothing in it is run before it is seen to hold only the step's operators.

    layout: of the features that it will get; left out, they are the model's own parts alone, in its order.
    device: 'cpu' (one thread) or 'cuda'.
    Raises BadInput for a file that is no exercise model, one whose graph is not of the size it states, one of another layout,
    or where the device or onnxruntime is not there.
    """
    return open_model(model_bytes(path, KIND), str(path), layout, device)


def write_exercise_model(path: str | Path, weights: Weights, facts: ModelFacts) -> None:
    """Write a model file; weights as `CausalEncoder.state_dict()` in NumPy. Raises BadInput where onnx is not installed."""
    Path(path).write_bytes(_content(weights, facts))


def join_exercise_models(paths: Sequence[str | Path], out: str | Path) -> None:
    """Write one model of several, which look side by side and whose evidence is averaged: models that learned from different
    motions err in different places.

    Raises BadInput for fewer than two, for a file that is no exercise model or joined already, for models of unlike sizes, classes,
    parts or rates, or where onnx is not installed.
    """
    facts = _facts_of_alike(paths)
    size = replace(facts.size, name=f'{len(paths)} x {facts.size.name}', members=len(paths))
    _write_of_members(joined_step, paths, replace(facts, size=size), out)


def average_exercise_models(paths: Sequence[str | Path], out: str | Path) -> None:
    """Write one model whose weights are the mean of several that were trained from one seed on the same motions with other options,
    in the size and time of one (model soups, Wortsman et al., ICML 2022).

    Raises BadInput as `join_exercise_models`.
    """
    facts = _facts_of_alike(paths)
    _write_of_members(averaged_step, paths, replace(facts, training=f'mean of ({facts.training})'), out)


def _write_of_members(step_of: Callable[..., Any], paths: Sequence[str | Path], facts: ModelFacts, out: str | Path) -> None:
    counts = sum(facts.part_sizes), len(facts.parts), len(facts.classes)
    step = step_of([model_bytes(path, KIND) for path in paths], counts, facts.size, _metadata(facts))
    Path(out).write_bytes(step.SerializeToString())


def _facts_of_alike(paths: Sequence[str | Path]) -> ModelFacts:
    """Facts that models to be put together share, with the training of all; raises BadInput where they do not fit."""
    if len(paths) < 2:
        raise BadInput(f'{len(paths)} exercise model; give two or more')
    members = [load_exercise_model(path).facts for path in paths]
    first = members[0]
    for path, one in zip(paths, members):
        if one.size.members > 1:
            raise BadInput(f'{path}: is of {one.size.members} models already; give its members')
        if replace(one, training=first.training, trained=first.trained) != first:
            raise BadInput(f'{path}: its size, classes, parts or rate are not those of {paths[0]}; train them alike')
    return replace(first, trained=all(one.trained for one in members), training='; '.join(one.training for one in members))


def random_model(layout: FeatureLayout, classes: Sequence[str], size: str = 'paper', seed: int = 0,
                 rate_hz: float = 30.0) -> ExerciseModel:
    """A model of random weights over the whole layout, to measure time with; its answers mean nothing."""
    facts = facts_of(layout, classes, encoder_size(size), layout.names, rate_hz, False, 'random weights, not trained')
    weights = random_weights(facts.size, facts.part_sizes, len(facts.classes), seed)
    return open_model(_content(weights, facts), 'random model', layout)


def facts_of(layout: FeatureLayout, classes: Sequence[str], size: EncoderSize, parts: Sequence[str], rate_hz: float,
             trained: bool, training: str) -> ModelFacts:
    """Facts of a model that uses these parts of a layout. Raises BadInput for a part that the layout does not have."""
    sizes = dict(zip(layout.names, layout.sizes))
    unknown = [part for part in parts if part not in sizes]
    if unknown:
        raise BadInput(f"feature part '{unknown[0]}': not in layout '{layout.version}'; choose among {', '.join(layout.names)}")
    return ModelFacts(tuple(classes), layout.version, tuple(parts), tuple(int(sizes[part]) for part in parts), float(rate_hz),
                      trained, training, size)


def open_model(content: bytes, name: str, layout: FeatureLayout | None = None, device: str = 'cpu') -> ExerciseModel:
    """A model from a file's bytes; see `load_exercise_model`. name: for error texts."""
    facts = _read_facts(model_facts(content, name, KIND), name)
    layout = layout or layout_of(facts.layout_version, dict(zip(facts.parts, facts.part_sizes)))
    session = open_session(content, name, REMEDY, device)
    model = ExerciseModel(facts, session, layout.size, len(layout.names), *_places(facts, layout, name))
    _check_graph(model, name)
    return model


def _content(weights: Weights, facts: ModelFacts) -> bytes:
    return step_model(weights, facts.size, _metadata(facts)).SerializeToString()


def _metadata(facts: ModelFacts) -> dict[str, str]:
    return {METADATA_KEY: json.dumps({'format': FORMAT, **asdict(facts)}, sort_keys=True)}


def _read_facts(found: dict[str, Any], name: str) -> ModelFacts:
    try:
        if found.pop('format') != FORMAT:
            raise BadInput(f'{name}: its format is not {FORMAT}; train it again, or install the release that it came with')
        lists: dict[str, Any] = {key: tuple(found.pop(key)) for key in ('classes', 'parts', 'part_sizes')}
        return ModelFacts(**lists, size=EncoderSize(**found.pop('size')), **found)
    except BadInput as error:
        raise BadInput(f'{name}: {error}') from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadInput(f"{name}: its '{METADATA_KEY}' cannot be read ({type(error).__name__}: {error}); {REMEDY}") from error


def _places(facts: ModelFacts, layout: FeatureLayout, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Columns of the model's features and of its flags in the layout."""
    if facts.layout_version != layout.version:
        raise BadInput(f"{name}: made for feature layout '{facts.layout_version}', this station makes '{layout.version}'; "
                       'train a model on the present layout, or install the release that the model came with')
    place = {part: index for index, part in enumerate(layout.names)}
    for part, size in zip(facts.parts, facts.part_sizes):
        if part not in place or layout.sizes[place[part]] != size:
            has = layout.sizes[place[part]] if part in place else 'no such part'
            raise BadInput(f"{name}: wants {size} features in part '{part}', layout '{layout.version}' has {has}; {REMEDY}")
    flags = np.array([place[part] for part in facts.parts])
    return np.concatenate([layout.offsets[flag] + np.arange(layout.sizes[flag]) for flag in flags]), flags


def empty_rings(size: EncoderSize) -> tuple[np.ndarray, np.ndarray]:
    """Rings of keys (rings, heads, d_k, window - 1) and values (rings, heads, window - 1, d_k), float32."""
    keys = np.zeros((size.rings, size.heads, size.head_width, size.window - 1), np.float32)
    return keys, np.ascontiguousarray(keys.swapaxes(2, 3))


def step_inputs(values: np.ndarray, present: np.ndarray, keys: np.ndarray, rows: np.ndarray,
                distance: np.ndarray) -> dict[str, np.ndarray]:
    """The step's inputs by name; the rings are handed over without a copy."""
    rings = {f'{kind}_{layer}': ring for kind, stack in (('keys', keys), ('values', rows)) for layer, ring in enumerate(stack)}
    return {'values': values, 'present': present, **rings, 'distance': distance}


def _check_graph(model: ExerciseModel, name: str) -> None:
    """Raise BadInput unless the graph is of the stated size and its first step gives numbers."""
    facts, size, session = model.facts, model.facts.size, model.session
    if len(session.get_inputs()) != 3 + 2 * size.rings:
        raise BadInput(f"{name}: its graph is not of size '{size.name}', {size.rings} layers; {REMEDY}")
    keys, rows = empty_rings(size)
    inputs = step_inputs(np.zeros((1, sum(facts.part_sizes)), np.float32), np.zeros((1, len(facts.parts)), np.float32), keys, rows,
                         np.append(np.full(size.window - 1, size.window), 0))
    wrong = [i.name for i in session.get_inputs() if i.name not in inputs or tuple(i.shape) != inputs[i.name].shape]
    if wrong:
        raise BadInput(f"{name}: its graph is not of the stated size '{size.name}' and features (input '{wrong[0]}'); {REMEDY}")
    try:
        evidence, new_keys, new_rows = session.run(['evidence', 'new_keys', 'new_values'], inputs)
    except Exception as error:      # onnxruntime raises kinds of its own, derived from Exception alone
        raise BadInput(f'{name}: its graph cannot run ({str(error)[:200]}); {REMEDY}') from error
    shapes = (1, len(facts.classes)), *2 * [(size.rings, size.heads, size.head_width)]
    if (evidence.shape, new_keys.shape, new_rows.shape) != shapes or not np.isfinite(evidence).all():
        raise BadInput(f'{name}: its graph does not give {len(facts.classes)} finite numbers; {REMEDY}')
