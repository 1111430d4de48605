"""Training of the exercise model: per-frame cross-entropy of the causal encoder over random windows (equation 38)."""

import json
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from poseformer_ros.errors import BadInput
from poseformer_ros.evaluation.evaluate_exercise import evaluate
from poseformer_ros.recognition.encoder import CausalEncoder
from poseformer_ros.recognition.encoder_size import encoder_size
from poseformer_ros.recognition.layout import FeatureLayout
from poseformer_ros.recognition.model_file import ModelFacts, facts_of, load_exercise_model, write_exercise_model
from poseformer_ros.recordings.feature_sequences import FeatureSequence, check_sequence
from poseformer_ros.synthesis.motion.motion_clip import REST
from poseformer_ros.training.exercise.checkpoint import load_checkpoint, save_checkpoint
from poseformer_ros.training.exercise.options import ExerciseTrainingOptions
from poseformer_ros.training.exercise.windows import OTHER, Standard, TrainingFrames, WindowMaker, standard_of, training_frames

PADDING = -100          # target of what is no frame
FIRST_FRAMES = 15       # of a window, not learned from: the classifier names nothing that early either
WARM_UP_SHARE = 0.05    # of the steps, in which the learning rate grows
PIECE_FRAMES = 400      # answered at once while judging an epoch
MOST_GRADIENT = 1.0     # norm; larger ones are scaled down
MODEL, CHECKPOINT, PEOPLE = 'model.onnx', 'checkpoint.pt', 'people.json'


def train(sequences: Sequence[FeatureSequence], layout: FeatureLayout, options: ExerciseTrainingOptions, out: Path, *,
          classes: Sequence[str] = (), parts: Sequence[str] = (), held_out: Sequence[str] = (), training: str = '',
          resume: bool = False) -> Path:
    """Train a model, judge it on the held-out people, and write both; returns the model's path.

    Args:
        sequences: recordings, of `layout`.
        classes: names that it learns, 'rest' among them; all labels when left out. Frames of any other label get no class
            as their target, so that such motions end as unknown.
        parts: of the layout, that it looks at; all when left out.
        held_out: people to judge it on; a share of them drawn by the seed when left out.
        training: for people, on what it was trained; stands in the model file.
        resume: go on from the last epoch that was finished in `out`.
    Writes into out: model.onnx, checkpoint.pt, people.json and what `evaluate` writes.
    Raises BadInput for sequences of another layout, unknown parts or people, or a checkpoint of another training.
    """
    out.mkdir(parents=True, exist_ok=True)
    for sequence in sequences:
        check_sequence(sequence, layout, sequence.facts.get('name', 'sequence'))
    facts = facts_of(layout, classes or classes_in(sequences), encoder_size(options.size), parts or layout.names,
                     options.rate_hz, True, training)
    if REST not in facts.classes:
        raise BadInput(f"classes {', '.join(facts.classes)}: '{REST}' is not among them; add it")
    seen, unseen = split_people(sequences, options, held_out)
    (out / PEOPLE).write_text(json.dumps({kind: sorted({s.facts['person'] for s in some})
                                          for kind, some in (('trained', seen), ('held out', unseen))}, indent=1) + '\n')
    encoder = _trained(seen, unseen, layout, facts, options, out, resume)
    write_exercise_model(out / MODEL, {name: tensor.numpy() for name, tensor in encoder.state_dict().items()}, facts)
    if unseen:
        evaluate(load_exercise_model(out / MODEL, layout), unseen, out)
    return out / MODEL


def classes_in(sequences: Sequence[FeatureSequence]) -> tuple[str, ...]:
    """All labels, rest first, the others by name."""
    labels = set().union(*(sequence.labels.tolist() for sequence in sequences))
    return REST, *sorted(labels - {REST})


def split_people(sequences: Sequence[FeatureSequence], options: ExerciseTrainingOptions,
                 held_out: Sequence[str]) -> tuple[list[FeatureSequence], list[FeatureSequence]]:
    """Recordings of the people to train on and of those held out; nobody is in both."""
    people = sorted({sequence.facts['person'] for sequence in sequences})
    absent = sorted(set(held_out) - set(people))
    if absent:
        raise BadInput(f"held out: '{absent[0]}' is in no recording; choose among {', '.join(people)}")
    drawn = np.random.default_rng((options.seed, 0xF01D)).permutation(people)[:round(options.validation_share * len(people))]
    apart = set(held_out) or set(drawn.tolist())
    parts = [[s for s in sequences if (s.facts['person'] in apart) is unseen] for unseen in (False, True)]
    if not parts[0]:
        raise BadInput(f'{len(people)} people, all held out; leave some to train on')
    return parts[0], parts[1]


def _trained(seen: Sequence[FeatureSequence], unseen: Sequence[FeatureSequence], layout: FeatureLayout, facts: ModelFacts,
             options: ExerciseTrainingOptions, out: Path, resume: bool) -> CausalEncoder:
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    owner = np.repeat(np.arange(len(facts.parts)), facts.part_sizes)
    recordings, judged = ([training_frames(sequence, layout, facts) for sequence in some] for some in (seen, unseen))
    recordings = [recording for recording in recordings if len(recording.targets) > FIRST_FRAMES]
    standard = standard_of(recordings, owner)
    encoder = CausalEncoder(facts.size, facts.part_sizes, len(facts.classes))
    _set_standard(encoder, standard)
    windows = [i for i, r in enumerate(recordings) for _ in range(math.ceil(len(r.targets) / options.window_frames))]
    steps = options.epochs * math.ceil(len(windows) / options.batch)
    optimiser = torch.optim.AdamW(encoder.parameters(), lr=options.learning_rate, weight_decay=options.weight_decay)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, learning_rate_course(steps))
    done = load_checkpoint(out / CHECKPOINT, encoder, optimiser, schedule, facts, options) if resume else 0
    weights = class_weights(recordings, len(facts.classes))
    maker = WindowMaker(options, standard, facts)

    def windows_of(rng: np.random.Generator) -> Callable[[int], TrainingFrames]:
        return lambda index: maker(recordings[index], rng)

    progress = tqdm(range(done, options.epochs), desc='epochs', initial=done, total=options.epochs)
    for epoch in progress:
        rng = np.random.default_rng((options.seed, 0xE90C, epoch))      # an epoch is the same whether resumed or not
        torch.manual_seed(int(rng.integers(2 ** 31)))
        order = rng.permutation(windows)
        loss = _one_epoch(encoder, optimiser, schedule, windows_of(rng), order, weights, options)
        progress.set_postfix(loss=f'{loss:.3f}', held_out=f'{share_right(encoder, judged):.3f}')
        save_checkpoint(out / CHECKPOINT, encoder, optimiser, schedule, facts, options, epoch + 1)
    return encoder.eval()


def _set_standard(encoder: CausalEncoder, standard: Standard) -> None:
    encoder.embedding.mean.copy_(torch.from_numpy(standard.mean))
    encoder.embedding.deviation.copy_(torch.from_numpy(standard.deviation))


def learning_rate_course(steps: int) -> Callable[[int], float]:
    """Share of the highest rate by step: a linear warm-up, then half a cosine down to zero."""
    warm = max(1, round(WARM_UP_SHARE * steps))

    def course(step: int) -> float:
        way = min(1.0, (step - warm) / max(1, steps - warm))
        return (step + 1) / warm if step < warm else 0.5 * (1.0 + math.cos(math.pi * way))
    return course


def class_weights(recordings: Sequence[TrainingFrames], classes: int) -> torch.Tensor:
    """(C,) weights that make every class count alike; their mean over the frames is one."""
    counts = np.bincount(np.concatenate([r.targets[r.targets != OTHER] for r in recordings]), minlength=classes)
    there = counts > 0
    return torch.from_numpy(np.where(there, counts.sum() / np.maximum(counts, 1) / max(there.sum(), 1), 0.0)).float()


def _one_epoch(encoder: CausalEncoder, optimiser, schedule, window: Callable[[int], TrainingFrames], order: np.ndarray,
               weights: torch.Tensor, options: ExerciseTrainingOptions) -> float:
    """Mean loss of the steps."""
    encoder.train()
    losses = []
    for begin in tqdm(range(0, len(order), options.batch), desc='steps', leave=False):
        values, flags, targets = _batch([window(i) for i in order[begin:begin + options.batch]])
        loss = frame_loss(encoder(values, flags), targets, weights, options)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(encoder.parameters(), MOST_GRADIENT)
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
    return float(np.mean(losses))


def _batch(windows: Sequence[TrainingFrames]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Windows as (B, T, .) tensors, the shorter ones padded at their end, which no frame before can see."""
    longest = max(len(w.targets) for w in windows)

    def padded(array: np.ndarray, fill: float) -> np.ndarray:
        return np.pad(array, ((0, longest - len(array)), *((0, 0),) * (array.ndim - 1)), constant_values=fill)
    values, flags = (torch.from_numpy(np.stack([padded(getattr(w, name), 0.0) for w in windows])) for name in ('values', 'flags'))
    targets = np.stack([padded(w.targets, PADDING) for w in windows])
    targets[:, :FIRST_FRAMES] = PADDING
    return values, flags, torch.from_numpy(targets)


def frame_loss(logits: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor,
               options: ExerciseTrainingOptions) -> torch.Tensor:
    """Weighted cross-entropy of frames; logits (B, T, C), targets (B, T) class, OTHER or PADDING.

    A frame that is OTHER has the uniform distribution as its target (Hendrycks et al., ICLR 2019).
    """
    counted = targets != PADDING
    logits, targets = logits[counted], targets[counted]
    classes, other = logits.shape[-1], targets == OTHER
    exact = nn.functional.one_hot(targets.clamp(min=0), classes).float()
    spread = torch.where(other, 1.0, options.label_smoothing)[:, None]
    wanted = exact * (1.0 - spread) + spread / classes
    weight = torch.where(other, options.other_weight, weights[targets.clamp(min=0)])
    return -(wanted * logits.log_softmax(-1)).sum(-1).mul(weight).sum() / weight.sum().clamp(min=1e-6)


def share_right(encoder: CausalEncoder, recordings: Sequence[TrainingFrames]) -> float:
    """Share of the recordings' frames of a class whose likeliest class is right; NaN for none."""
    right = count = 0
    encoder.eval()
    with torch.inference_mode():
        for recording in recordings:
            likeliest = np.concatenate([np.zeros(0, int), *_likeliest(encoder, recording)])
            known = recording.targets != OTHER
            right += int((likeliest == recording.targets)[known].sum())
            count += int(known.sum())
    return right / count if count else math.nan


def _likeliest(encoder: CausalEncoder, recording: TrainingFrames) -> Iterator[np.ndarray]:
    """Likeliest class of each frame, piece by piece with what each piece can see before it: attention grows with the square."""
    for begin in range(0, len(recording.targets), PIECE_FRAMES):
        first = max(0, begin - encoder.size.reach)
        piece = [torch.from_numpy(array[first:begin + PIECE_FRAMES])[None] for array in (recording.values, recording.flags)]
        yield encoder(*piece)[0, begin - first:].argmax(-1).numpy()
