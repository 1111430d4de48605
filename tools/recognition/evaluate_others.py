"""How often the exercise model names an exercise where nobody does one: real people who walk, sit down, pick up or stand still.

    python tools/recognition/evaluate_others.py DATA [--model model.onnx]

DATA: folder with cmu_mocap_expmap/, utkinect_action3d/ and kimore/. Their motions are brought onto the body and perception's errors
acted, as in evaluate_kimore.py; nothing is rendered and nothing is kept. Of KIMORE single moments are held, as of a photograph.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from poseformer_ros.body.model import BodyModel, default_body_path, load_body_model
from poseformer_ros.evaluation.evaluate_exercise import judge
from poseformer_ros.evaluation.tables import markdown_table
from poseformer_ros.recognition.layout import FUSED
from poseformer_ros.recognition.model_file import ExerciseModel, load_exercise_model
from poseformer_ros.recognition.shipped_model import default_model_path
from poseformer_ros.recordings import cmu, kimore, utkinect
from poseformer_ros.recordings.joint_track import JointTrack
from poseformer_ros.recordings.kinect_joints import kinect_track
from poseformer_ros.synthesis.motion.motion_clip import REST
from poseformer_ros.synthesis.motion.retarget import KINECT, MOCAP, RetargetOptions, retarget
from poseformer_ros.training.exercise.motions import chosen_moments, motion_features

RATE_HZ, HELD_S = 15.0, 20.0
NO_EXERCISE = (REST, 'unknown')
HELD_EVERY = 4              # of the KIMORE sequences, one moment of which is held
BETWEEN = 'between actions'


@dataclass(frozen=True)
class Performance:
    """track: what was recorded. options: how it is brought onto the body. done: (T,) what is done in each of its frames.
    held: whether one moment of it is held.
    """

    track: JointTrack
    options: RetargetOptions
    done: np.ndarray
    held: bool = False


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('data', type=Path)
    parser.add_argument('--model', type=Path, default=default_model_path())
    arguments = parser.parse_args()
    model, body = load_exercise_model(arguments.model, FUSED), load_body_model(default_body_path())
    named: dict[str, list[bool]] = defaultdict(list)
    for performance in tqdm(list(performances(arguments.data)), desc='recordings'):
        for done, exercise in _judged(model, body, performance):
            named[done].append(exercise)
            named['all'].append(exercise)
    print(markdown_table(('what is done', 'images', 'called an exercise'),
                         [(done, len(some), f'{100 * np.mean(some):.1f} %') for done, some in sorted(named.items())]))


def performances(data: Path) -> Iterator[Performance]:
    """All recordings."""
    for name in cmu.rotvec_names(data / 'cmu_mocap_expmap'):
        track = cmu.read_rotvec_track(data / 'cmu_mocap_expmap', name)
        yield Performance(track, MOCAP, np.full(len(track), f"CMU, {name.split('/')[1].split('_')[0]}"))
    folder = data / 'utkinect_action3d'
    for recording, actions in utkinect.read_labels(folder / utkinect.LABELS).items():
        frames, positions = utkinect.read_joints(folder / f'joints_{recording}.txt')
        done = np.full(len(frames), f'UTKinect, {BETWEEN}', dtype='<U40')
        for action, (first, last) in actions.items():
            done[(frames >= first) & (frames <= last)] = f'UTKinect, {action}'
        yield Performance(kinect_track(positions, utkinect.RATE_HZ, recording), KINECT, done)
    for name in kimore.sequence_names(data / 'kimore')[::HELD_EVERY]:
        track = kimore.read_track(data / 'kimore', name)
        yield Performance(track, KINECT, np.full(len(track), 'KIMORE, one moment held'), held=True)


def _judged(model: ExerciseModel, body: BodyModel, performance: Performance) -> Iterator[tuple[str, bool]]:
    """Of each image what is done, and whether the model names an exercise."""
    clip, _ = retarget(performance.track, performance.options, None, body)
    rng = np.random.default_rng(1)
    if performance.held:
        at = np.full(round(HELD_S * RATE_HZ), rng.integers(len(clip)))
    else:
        at = np.arange(0, len(clip), clip.rate_hz / RATE_HZ).astype(int)
    facts = {'name': performance.track.name, 'person': '', 'layout': FUSED.version}
    judged = judge(model, motion_features(chosen_moments(clip, at, RATE_HZ), body, rng, facts))
    done = performance.done[np.minimum((at * len(performance.done) / len(clip)).astype(int), len(performance.done) - 1)]
    return zip(done.tolist(), [frame.published not in NO_EXERCISE for frame in judged])


if __name__ == '__main__':
    main()
