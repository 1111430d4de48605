"""The exercise model on the motions of real people: KIMORE's skeletons brought onto the body, perception's errors acted.

    python tools/recognition/evaluate_kimore.py KIMORE [--model model.onnx] [--every 3]

KIMORE: folder with kimore_positions_f32.npz and repetition_segmentation/. Nothing is rendered and nothing is kept.
"""

import argparse
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

from poseformer_ros.body.model import BodyModel, default_body_path, load_body_model
from poseformer_ros.evaluation.evaluate_exercise import Judged, judge
from poseformer_ros.evaluation.real_motion.figures import LEFT_OUT
from poseformer_ros.evaluation.real_motion.retargeted import CLASS_OF, RealMotion, brought_onto
from poseformer_ros.evaluation.tables import markdown_table
from poseformer_ros.recognition.layout import FUSED
from poseformer_ros.recognition.model_file import load_exercise_model
from poseformer_ros.recognition.shipped_model import default_model_path
from poseformer_ros.recordings.feature_sequences import FeatureSequence
from poseformer_ros.recordings.labelled.motion_sets import motions_of
from poseformer_ros.training.exercise import motions as exercise_motions
from poseformer_ros.training.exercise.motions import at_rate, motion_features

RATE_HZ = 15.0
OUTSIDE = 'outside'         # of the repetitions that were marked: not judged


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('kimore', type=Path)
    parser.add_argument('--model', type=Path, default=default_model_path())
    parser.add_argument('--every', type=int, default=1, help='every so many sequences')
    arguments = parser.parse_args()
    # People keep their own size and stand as they stood before the camera.
    exercise_motions.SIZE, exercise_motions.VIEW_RAD = (1.0, 1.0), 0.1
    model, body = load_exercise_model(arguments.model, FUSED), load_body_model(default_body_path())
    groups: dict[str, list[list[Judged]]] = {}
    for sequence, real in sequences(arguments.kimore, body, arguments.every):
        judged = [frame for frame in judge(model, sequence) if frame.truth != OUTSIDE]
        health = 'patients' if real.patient else 'healthy'
        for name in (real.exercise, health, 'all') if real.sound else (LEFT_OUT,):
            groups.setdefault(name, []).append(judged)
    print(markdown_table(('', 'frames inside repetitions', 'repetitions', 'sequences'),
                         [(name, *map(_share, _counts(groups[name]))) for name in sorted(groups)]))


def sequences(folder: Path, body: BodyModel, every: int) -> Iterator[tuple[FeatureSequence, RealMotion]]:
    """Features of each sequence that has boundaries, and the motion that they are of."""
    for recorded in tqdm(motions_of('kimore', folder)[::every], desc='sequences'):
        if recorded.repetition.any():
            real = brought_onto(recorded, CLASS_OF['kimore'], body)
            moments = at_rate(real.clip, 0.0, (len(real.clip) - 1) / real.clip.rate_hz, RATE_HZ)
            facts = {'name': real.name, 'person': real.person, 'layout': FUSED.version, 'exercise': real.exercise}
            features = motion_features(moments, body, np.random.default_rng(1), facts)
            labels = np.where(moments.repetition > 0, moments.labels, OUTSIDE)
            yield replace(features, labels=labels, repetition=moments.repetition), real


def _counts(group: list[list[Judged]]) -> Iterator[tuple[int, int]]:
    """Right and all of frames, repetitions and sequences; the last two by their most frequent answer."""
    frames = [frame for judged in group for frame in judged]
    yield sum(frame.published == frame.truth for frame in frames), len(frames)
    for key in (lambda frame: (frame.recording, frame.repetition), lambda frame: frame.recording):
        votes: dict[tuple, Counter] = {}
        for frame in frames:
            votes.setdefault((key(frame), frame.truth), Counter())[frame.published] += 1
        yield sum(vote.most_common(1)[0][0] == truth for (_, truth), vote in votes.items()), len(votes)


def _share(counts: tuple[int, int]) -> str:
    right, of = counts
    return f'{right} of {of} ({100 * right / max(of, 1):.1f} %)'


if __name__ == '__main__':
    main()
