"""Draw the motions for docs/motions.md: python tools/motions/draw_motions.py [--data FOLDER] [--out FOLDER].

The page of retargeted clips needs the CMU recordings, in FOLDER/cmu_mocap_exercise and FOLDER/cmu_mocap_expmap; without
--data it is left as it is.
"""

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / 'body'))
from draw_body import draw  # noqa: E402

from poseformer_ros.body.kinematics import shaped_body  # noqa: E402
from poseformer_ros.body.model import BodyModel, default_body_path, load_body_model  # noqa: E402
from poseformer_ros.recordings import cmu  # noqa: E402
from poseformer_ros.synthesis.motion.exercise_library import EXERCISES  # noqa: E402
from poseformer_ros.synthesis.motion.exercises import make_motion  # noqa: E402
from poseformer_ros.synthesis.motion.motion_clip import MotionClip  # noqa: E402
from poseformer_ros.synthesis.motion.motion_style import plain_style, sample_style  # noqa: E402
from poseformer_ros.synthesis.motion.retarget import MOCAP, retarget  # noqa: E402

SIZE = (130, 170)           # of one image, px
VIEW_HEIGHT_M = 2.5
FRAMES = 6
FRONT, SIDE = 0.0, 65.0     # degrees around the person
SET_TITLES = {'kimore': 'KIMORE', 'mri': 'mRI', 'utkinect': 'UTKinect'}
FAULTS_SHOWN = (('kimore_es5', ()), ('kimore_es5', ('incomplete_range',)), ('kimore_es5', ('trunk_lean',)),
                ('kimore_es5', ('asymmetry',)), ('kimore_es5', ('knees_inward',)), ('kimore_es1', ()),
                ('kimore_es1', ('asymmetry',)), ('kimore_es1', ('shoulder_hike',)))
PEOPLE_SHOWN = (1, 2, 3, 4, 5)
ASF_SHOWN = (('13', '13_29'), ('13', '13_30'), ('14', '14_14'))
ROTVEC_SHOWN = ('train/walking/walking_2', 'train/jumping/jumping_2', 'train/basketball_signal/basketball_signal_2')


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', type=Path)
    parser.add_argument('--out', type=Path, default=Path(__file__).parents[2] / 'docs/images')
    options = parser.parse_args()
    model = load_body_model(default_body_path())
    for prefix in SET_TITLES:
        rows = [_row(make_motion(name, plain_style(), model=model), model, f'{name}: {known.title}', _two(name))
                for name, known in EXERCISES.items() if name.startswith(prefix)]
        _write(options.out / f'motions_{prefix}.png', rows)
    _write(options.out / 'motions_faults.png',
           [_row(make_motion(name, plain_style(), faults=faults, model=model), model,
                 f'{name}: {", ".join(faults) or "as it should be"}', 1) for name, faults in FAULTS_SHOWN])
    _write(options.out / 'motions_people.png',
           [_row(make_motion('kimore_es5', sample_style(seed), seed, model=model), model, f'person {seed}', 1)
            for seed in PEOPLE_SHOWN])
    if options.data:
        _write(options.out / 'motions_cmu.png', _cmu_rows(options.data, model))


def _cmu_rows(data: Path, model: BodyModel) -> list[np.ndarray]:
    folder = data / 'cmu_mocap_exercise'
    tracks = [cmu.read_track(folder / f'{asf}.asf', folder / f'{amc}.amc.gz') for asf, amc in ASF_SHOWN]
    tracks += [cmu.read_rotvec_track(data / 'cmu_mocap_expmap', name) for name in ROTVEC_SHOWN]
    rows = []
    for track in tracks:
        clip, report = retarget(track, MOCAP, model=model)
        title = f'CMU {track.name}: joints {1000 * report.mean_error_m:.0f} mm, feet {1000 * report.slide_m:.1f} mm'
        rows.append(_row(clip, model, title, None))
    return rows


def _two(name: str) -> int:
    """Repetitions to show: both sides of what changes sides."""
    known = EXERCISES[name]
    return 2 if known.alternating else 4 if name == 'mri_stretching' else 1


def _row(clip: MotionClip, model: BodyModel, title: str, repetitions: int | None) -> np.ndarray:
    """One clip from the front and from the side, its frames evenly in time."""
    inside = np.arange(len(clip)) if repetitions is None else np.flatnonzero(
        (clip.repetition > 0) & (clip.repetition <= repetitions))
    frames = inside[(np.linspace(0.06, 0.94, FRAMES) * (len(inside) - 1)).astype(int)]
    body = shaped_body(model, clip.betas)
    images = [draw(body.posed_vertices(clip.poses[f], clip.translations[f]).astype(np.float64), model.f, azimuth,
                   SIZE, VIEW_HEIGHT_M) for azimuth in (FRONT, SIDE) for f in frames]
    return cv2.putText(np.hstack(images), title, (8, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (60, 60, 60), 1,
                       cv2.LINE_AA)


def _write(path: Path, rows: list[np.ndarray]) -> None:
    """Fewer shades keep the file small."""
    cv2.imwrite(str(path), np.vstack(rows) // 8 * 8 + 7, [cv2.IMWRITE_PNG_COMPRESSION, 9])


if __name__ == '__main__':
    main()
