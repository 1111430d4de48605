"""Two other ways to count repetitions, beside the assessment's, on KIMORE's Kinect skeletons against the boundaries marked by hand.

    pip install dtaidistance scipy
    python tools/assessment/other_counts.py KIMORE

Zero velocity with frequency: turning points a quarter of the range and 0.6 of the strongest period apart. Subsequence DTW: matches
of one marked repetition of the first subject, of the same range. Both read the assessment's own signals, circles by the sway to
the side, and are told where the marked repetitions begin and end; the assessment is not.
"""

import argparse
from pathlib import Path

import numpy as np
from dtaidistance.subsequence.dtw import subsequence_alignment
from turning_points import turning_points

from poseformer_ros.assessment.exercise_spec import exercise_specs
from poseformer_ros.assessment.repetitions.segmentation import gaussian
from poseformer_ros.assessment.repetitions.signals import SIGNALS
from poseformer_ros.evaluation.assessment.kimore_counts import BESIDE_S, marked_spans
from poseformer_ros.evaluation.tables import markdown_table
from poseformer_ros.recordings.kimore import RATE_HZ, read_track
from poseformer_ros.skeleton.joints import JOINT

SMOOTH_S = 0.13             # of the Gaussian
THINNED = 6                 # every sixth moment, 5 Hz, is compared by DTW
SHORTEST, MOST_MATCHES = 0.3, 40    # of the exemplar's length
WORST, NEAR = 3.0, 0.15     # times the best third's mean distance; always near enough


def away_from_rest(folder: Path, name: str) -> np.ndarray:
    """(T,) how far the exercise's signal is from rest."""
    spec, track = exercise_specs()[f'kimore_es{name[-1]}'], read_track(folder, name)
    joints = np.full((len(track), len(JOINT), 3), np.nan)
    for joint, places in track.joints.items():
        joints[:, JOINT[joint]] = places
    signal = SIGNALS[spec.signal](joints).real
    stamps = np.arange(len(signal)) / RATE_HZ
    signal = gaussian(stamps, np.nan_to_num(signal, nan=float(np.nanmedian(signal))), SMOOTH_S)
    return np.abs(signal - np.median(signal)) if spec.kind == 'both_ways' else signal - np.percentile(signal, 5)


def by_exemplar(away: np.ndarray, exemplar: np.ndarray) -> int:
    """Matches of one repetition."""
    series, query = away[::THINNED], exemplar[::THINNED] * np.ptp(away) / np.ptp(exemplar)
    matches = subsequence_alignment(query, series).kbest_matches(k=MOST_MATCHES, overlap=0)
    costs = np.sort([one.value for one in matches if np.diff(one.segment)[0] > SHORTEST * len(query)])
    return int((costs < max(WORST * costs[:max(1, len(costs) // 3)].mean(), NEAR)).sum()) if len(costs) else 0


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('kimore', type=Path)
    folder = parser.parse_args().kimore
    exemplars: dict[str, np.ndarray] = {}
    off: dict[str, list[tuple[int, int]]] = {}
    for name, spans in marked_spans(folder).items():
        away = away_from_rest(folder, name)
        exemplar = exemplars.setdefault(name[-3:], away[int(spans[1, 0] * RATE_HZ):int(spans[1, 1] * RATE_HZ)])
        stamps = np.arange(len(away)) / RATE_HZ
        inside = away[(stamps > spans[0, 0] - BESIDE_S) & (stamps < spans[-1, 1] + BESIDE_S)]
        found = turning_points(inside, RATE_HZ), by_exemplar(inside, exemplar)
        off.setdefault(name[-3:], []).append((found[0] - len(spans), found[1] - len(spans)))
    off['all'] = [one for some in off.values() for one in some]
    rows = [(name, str(len(some)), *(f'{100 * np.mean(np.abs(np.array(some)[:, way]) <= least):.0f} %'
                                     for way in (0, 1) for least in (0, 1))) for name, some in sorted(off.items())]
    head = ('exercise', 'sequences', 'zero velocity: exact', 'within one', 'one exemplar: exact', 'within one')
    print(markdown_table(head, rows))


if __name__ == '__main__':
    main()
