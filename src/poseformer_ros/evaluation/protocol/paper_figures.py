"""What the paper prints for its data sets (its Tables 4 to 12), to be shown beside ours. It states no split and no counts."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class PaperFigures:
    """Of one data set, in percent. accuracy: overall. diagonal: shares right by class, of the confusion matrix.

    scores: precision, recall and F1 by class (0 to 1). auc: by class where the text tells it; mean_auc: of all.
    compared: author and method to accuracy (Table 10). ablation: row to accuracy (Table 11).
    """

    accuracy: float
    diagonal: tuple[float, ...]
    scores: tuple[tuple[float, float, float], ...]
    mean_auc: float
    compared: Mapping[str, float]
    ablation: Mapping[str, float]


ABLATION_ROWS = ('all parameters', 'without preprocessing', 'without 25 % of the mesh vertices',
                 'without 50 % of the mesh vertices', 'without 3D mesh', 'without AKAZE', 'without SIFT', 'without BRISK',
                 'without ORB', 'without Shi-Tomasi', 'without all 2D keypoints',
                 'without 50 % of the contour points', 'without contour points')


def _ablation(*values: float) -> Mapping[str, float]:
    return dict(zip(ABLATION_ROWS, values))


PAPER: Mapping[str, PaperFigures] = {
    'kimore': PaperFigures(
        94.73, (0.92, 0.93, 0.88, 0.97, 0.97),
        ((0.93, 0.95, 0.94), (0.89, 0.90, 0.89), (0.86, 0.87, 0.87), (0.96, 0.96, 0.96), (0.98, 0.96, 0.97)), 0.94,
        {'Jleli et al. 2024, YOLO V5 and ShuffleNet V2': 87.0, 'Zaher et al. 2024, CNN': 93.08,
         'Zaher et al. 2025, FCBF and Extra Trees': 81.85},
        _ablation(94.73, 90.50, 91.79, 90.52, 87.00, 91.20, 90.25, 91.50, 90.75, 92.30, 91.00, 92.70, 91.60)),
    'mri': PaperFigures(
        91.0, (0.47, 0.86, 0.91, 0.67, 0.89, 0.92, 0.91, 0.83, 0.92, 0.99, 0.93, 0.98),
        ((0.82, 0.47, 0.59), (0.86, 0.87, 0.86), (0.91, 0.92, 0.91), (0.76, 0.68, 0.72), (0.89, 0.90, 0.89), (0.79, 0.93, 0.86),
         (0.88, 0.89, 0.89), (0.78, 0.84, 0.81), (0.88, 0.90, 0.89), (0.89, 0.94, 0.92), (0.93, 0.92, 0.93), (0.82, 0.98, 0.89)),
        0.93,
        {'An et al. 2022, ActionFormer, random split (mean average precision)': 91.56,
         'An et al. 2022, ActionFormer (mean average precision)': 95.07},
        _ablation(91.00, 87.30, 87.50, 87.10, 85.00, 89.40, 88.20, 89.10, 89.40, 89.70, 89.00, 90.40, 89.40)),
    'utkinect': PaperFigures(
        94.2, (0.90, 0.89, 0.60, 0.97, 0.84, 0.91, 0.92, 0.82, 0.97, 0.98),
        ((0.91, 0.77, 0.83), (0.89, 0.93, 0.91), (0.60, 0.80, 0.69), (0.98, 0.84, 0.90), (0.83, 0.87, 0.85), (0.91, 0.99, 0.95),
         (0.91, 0.88, 0.90), (0.81, 0.85, 0.83), (0.96, 0.90, 0.93), (0.97, 0.97, 0.97)), 0.95,
        {'Keçeli et al. 2022, HOG and deep features': 93.4, 'Ding et al. 2018, RMRB3D, SVD and HMM': 91.5,
         'Kumar et al. 2024, time-series graph matching': 93.5},
        _ablation(94.20, 88.80, 88.80, 86.20, 82.00, 92.25, 90.20, 91.90, 91.80, 93.20, 86.00, 91.20, 88.90)),
}
# Its Table 12: milliseconds a frame, on a T4. The rows add up to 64.4, the table says "about 55".
COST_MS: Mapping[str, float] = {
    'Shi-Tomasi': 1.2, 'AKAZE': 1.3, 'BRISK': 1.3, 'SIFT': 1.8, 'Harris': 1.2, 'segmentation (DeepLabV3+)': 12.0, 'body parts': 2.5,
    'contour points': 0.6, 'DKP-Net-24': 12.0, 'SMPL fitting': 18.0, 'fusion': 2.5, 'transformer': 10.0}
