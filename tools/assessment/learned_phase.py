"""A third way to count repetitions: the phase that the exercise model's values tell, on KIMORE's Kinect skeletons.

    pip install scipy
    python tools/assessment/learned_phase.py KIMORE

For each exercise a ridge from what each layer's attention keeps of a frame to cosine and sine of the phase, 0 at rest, learned on
drawn motions of the recipe that the model was trained on. Far ends are counted from the first to the last marked boundary. The
encoder's values of five hours of frames take some minutes.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter1d
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from tqdm import tqdm
from turning_points import turning_points

from poseformer_ros.body.model import BodyModel, default_body_path, load_body_model
from poseformer_ros.evaluation.assessment.kimore_counts import BESIDE_S
from poseformer_ros.evaluation.real_motion.retargeted import CLASS_OF, brought_onto
from poseformer_ros.evaluation.tables import markdown_table
from poseformer_ros.recognition.layout import FUSED
from poseformer_ros.recognition.model_file import ExerciseModel, load_exercise_model
from poseformer_ros.recognition.shipped_model import default_model_path
from poseformer_ros.recordings.labelled.motion_sets import motions_of
from poseformer_ros.synthesis.motion.motion_clip import REST, MotionClip
from poseformer_ros.synthesis.studio_recipe import load_recipe, recording_plan, sequence_plans
from poseformer_ros.training.exercise.motions import at_rate
from poseformer_ros.training.figures.encoder_features import body_values, kept_of

RECIPE, SESSIONS, DRAWN = Path('studio/exercises_v5.yaml'), 'session/kimore_ways', 120
PENALTY = 100.0
AT_REST_S = 2.0             # before and after an exercise are learned with it
SMOOTH_S = 0.07             # of the Gaussian; 0.13 and 0.27 count fewer right


def learned_phases(model: ExerciseModel, body: BodyModel) -> dict[str, Pipeline]:
    """By exercise, from the values of a frame to cosine and sine of its phase."""
    taught: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {name: [] for name in model.facts.classes if name != REST}
    plans = [plan for plan in sequence_plans(load_recipe(RECIPE)) if plan.split == 'train' and plan.motion == SESSIONS]
    for plan in tqdm(plans[:DRAWN], desc='drawn motions'):
        recording = recording_plan(plan, body)
        clip = at_rate(recording.clip, recording.start_s, plan.seconds, model.facts.rate_hz)
        values = kept_of(model, body_values(clip, body))
        for name, pairs in taught.items():
            if (chosen := _with_rest(clip, name)).any():
                pairs.append((values[chosen], _phasor(clip, name)[chosen]))
    return {name: make_pipeline(StandardScaler(), Ridge(PENALTY)).fit(*map(np.concatenate, zip(*pairs)))
            for name, pairs in taught.items()}


def _with_rest(clip: MotionClip, name: str) -> np.ndarray:
    """(T,) bool, the exercise and what is rest shortly before or after it."""
    inside = clip.labels == name
    beside = np.convolve(inside, np.ones(2 * round(AT_REST_S * clip.rate_hz) + 1), 'same') > 0
    return inside | (beside & (clip.labels == REST))


def _phasor(clip: MotionClip, name: str) -> np.ndarray:
    """(T, 2) cosine and sine of the phase, 0 outside repetitions of the exercise."""
    angle = 2 * np.pi * np.nan_to_num(clip.phase)
    there = (clip.labels == name) & ~np.isnan(clip.phase)
    return there[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def counts(folder: Path, model: ExerciseModel, body: BodyModel, phases: dict[str, Pipeline]) -> Iterator[tuple[str, int]]:
    """Exercise, and how many repetitions are counted less those that were marked, sequence by sequence."""
    for motion in tqdm(motions_of('kimore', folder), desc='sequences'):
        if motion.repetition.any():
            real = brought_onto(motion, CLASS_OF['kimore'], body)
            clip = at_rate(real.clip, 0.0, (len(real.clip) - 1) / real.clip.rate_hz, model.facts.rate_hz)
            cosine = phases[real.exercise].predict(kept_of(model, body_values(clip, body)))[:, 0]
            marked, beside = np.flatnonzero(clip.repetition), round(BESIDE_S * clip.rate_hz)
            away = -gaussian_filter1d(cosine, SMOOTH_S * clip.rate_hz)[max(marked[0] - beside, 0):marked[-1] + 1 + beside]
            yield real.exercise, turning_points(away, clip.rate_hz) - int(clip.repetition.max())


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('kimore', type=Path)
    folder = parser.parse_args().kimore
    model, body = load_exercise_model(default_model_path(), FUSED), load_body_model(default_body_path())
    off: dict[str, list[int]] = {}
    for exercise, less in counts(folder, model, body, learned_phases(model, body)):
        off.setdefault(exercise, []).append(abs(less))
    off['all'] = [one for some in off.values() for one in some]
    print(markdown_table(('exercise', 'sequences', 'exact', 'within one'),
                         [(name, str(len(some)), *(f'{100 * np.mean(np.array(some) <= most):.0f} %' for most in (0, 1)))
                          for name, some in sorted(off.items())]))


if __name__ == '__main__':
    main()
