"""Makes src/poseformer_ros/synthesis/data/cmu_clips.npz: a few seconds each of CMU motion capture, retargeted onto the body.

    python tools/studio/make_cmu_clips.py FOLDER

FOLDER holds 13.asf, 14.asf, 13_29.amc.gz and so on (mocap.cs.cmu.edu, free for all uses). The data used in this project was
obtained from mocap.cs.cmu.edu; the database was created with funding from NSF EIA-0196217.
"""

import argparse
from pathlib import Path

import numpy as np

from poseformer_ros.recordings.cmu import read_track
from poseformer_ros.synthesis.motion.retarget import retarget
from poseformer_ros.synthesis.motions import CMU_FILE

# Name: subject, take, first and last second.
CLIPS = {
    'arm_circle': ('13', '13_29', 10.8, 15.6),
    'knee_raise': ('14', '14_14', 13.9, 18.7),
    'squat': ('13', '13_29', 32.4, 37.4),
    'toe_touch': ('13', '13_29', 16.6, 22.0),
    'twist': ('13', '13_30', 2.2, 6.5),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('folder', type=Path)
    folder = parser.parse_args().folder
    arrays = {}
    for name, (subject, take, first, last) in CLIPS.items():
        clip, report = retarget(read_track(folder / f'{subject}.asf', folder / f'{take}.amc.gz'))
        shown = slice(round(first * clip.rate_hz), round(last * clip.rate_hz))
        arrays[f'{name}/poses'] = clip.poses[shown].astype(np.float32)
        arrays[f'{name}/translations'] = clip.translations[shown].astype(np.float32)
        arrays[f'{name}/betas'] = clip.betas
        arrays[f'{name}/rate_hz'] = np.float64(clip.rate_hz)
        print(f'{name}: {len(arrays[f"{name}/poses"])} frames of {take}; joints {1000 * report.mean_error_m:.0f} mm, '
              f'feet slide {1000 * report.slide_m:.0f} mm')
    CMU_FILE.parent.mkdir(exist_ok=True)
    np.savez_compressed(CMU_FILE, **arrays)


if __name__ == '__main__':
    main()
