"""The tables of `poseformer evaluate pose`: Markdown for people, CSV for everything else."""

import csv
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path

import numpy as np

from poseformer_ros.evaluation.evaluate_pose import STILL_M_S, PoseErrors
from poseformer_ros.evaluation.tables import markdown_table
from poseformer_ros.skeleton.joints import JOINT_NAMES

NUMBERS = ('mean mm', 'median mm', 'p95 mm', 'across the ray mm', 'missing %')
BODY = ('vertex mm', 'jitter mm', 'body lost %')
IMAGE = ('mask IoU', 'frames lost %')
LOST_OVERLAP = 0.5      # a silhouette that overlaps the person less is not of the person

Group = Callable[[PoseErrors], tuple]


def pose_report(results: Sequence[PoseErrors]) -> str:
    """All tables as Markdown."""
    frames = sum(len(r.error) for r in results if (r.method, r.silhouette) == _row(results[0]))
    sequences = len({r.facts['name'] for r in results})
    still = f'{STILL_M_S * 1000.0:.0f} mm/s'
    parts = [f'{sequences} sequences, {frames} images. Error: distance of a found joint from the true joint centre. Mean, '
             f'median and 95th percentile over found joints; the median across the ray leaves out depth. Missing: share of '
             'all joints. Vertex: mean distance of the body\'s vertices from those of the bare true body. Jitter: mean change of '
             f'the error from image to image, of joints that truly move slower than {still}. Body lost: share of images in '
             'which somebody was found but no joint. Frames lost: share of images whose silhouette overlaps the person by less '
             f'than {LOST_OVERLAP}.\n']
    for title, head, group in (('Methods', (), lambda r: ()), ('By noise', ('noise',), lambda r: (r.facts['noise'],)),
                               ('By exercise', ('exercise',), lambda r: (r.facts['exercise'],)),
                               ('By camera', ('camera',), lambda r: (r.facts['camera'],))):
        rows = [(*_row(some[0]), *group(some[0]), *_numbers(_errors(some)), *_body(some), *_image(some))
                for some in _grouped(results, group)]
        parts += [f'## {title}\n', markdown_table(('method', 'silhouette', *head, *NUMBERS, *BODY, *IMAGE), rows)]
    parts += ['## By exercise and noise\n', _side_by_side(results)] if len({r.method for r in results}) > 1 else []
    parts += ['## Growth with noise\n', _growth(results), '## Floor\n', _floor(results), '## By joint\n', _joints(results)]
    return '\n'.join(parts)


def write_csv(results: Sequence[PoseErrors], path: Path) -> None:
    """One row for each method, silhouette, noise, exercise, camera and joint; lengths in millimetres."""
    def group(r: PoseErrors) -> tuple:
        return r.facts['noise'], r.facts['exercise'], r.facts['camera']
    with open(path, 'w', newline='') as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(('method', 'silhouette', 'noise', 'exercise', 'camera', 'joint', 'images', 'mean_mm', 'median_mm',
                         'p95_mm', 'across_median_mm', 'missing_percent', 'vertex_mm', 'jitter_mm', 'body_lost_percent',
                         'mask_iou'))
        for some in _grouped(results, group):
            errors, body, overlap = _errors(some), _body(some), _image(some)[0]
            for joint, name in enumerate(JOINT_NAMES):
                of_joint = errors[0][:, joint], errors[1][:, joint]
                writer.writerow((*_row(some[0]), *group(some[0]), name, len(of_joint[0]), *_numbers(of_joint), *body, overlap))


def _row(result: PoseErrors) -> tuple[str, str]:
    return result.method, result.silhouette


def _grouped(results: Sequence[PoseErrors], group: Group) -> list[list[PoseErrors]]:
    return _grouped_by(results, lambda r: (*group(r), *_row(r)))


def _grouped_by(results: Sequence[PoseErrors], key: Group) -> list[list[PoseErrors]]:
    return [list(some) for _, some in groupby(sorted(results, key=key), key)]


def _errors(some: Sequence[PoseErrors]) -> tuple[np.ndarray, np.ndarray]:
    """Error and its part across the ray of all images, (T, 24) metres each."""
    return np.concatenate([r.error for r in some]), np.concatenate([r.across for r in some])


def _numbers(errors: tuple[np.ndarray, np.ndarray]) -> tuple[str, ...]:
    error, across = (e[np.isfinite(e)] * 1000.0 for e in errors)
    missing = f'{100.0 * np.mean(np.isnan(errors[0])):.1f}'
    if not len(error):
        return '-', '-', '-', '-', missing
    return (f'{error.mean():.0f}', f'{np.median(error):.0f}', f'{np.percentile(error, 95):.0f}', f'{np.median(across):.0f}',
            missing)


def _body(some: Sequence[PoseErrors]) -> tuple[str, ...]:
    vertex, jitter = (np.concatenate([getattr(r, name) for r in some]) for name in ('vertex', 'jitter'))
    means = (f'{np.nanmean(v) * 1000.0:.{digits}f}' if np.isfinite(v).any() else '-' for v, digits in ((vertex, 0), (jitter, 1)))
    return *means, f'{100.0 * np.mean(np.concatenate([r.lost for r in some])):.1f}'


def _side_by_side(results: Sequence[PoseErrors]) -> str:
    """Mean joint error of each method, and vertex error of those with a body, for each exercise and noise."""
    methods, bodies = sorted({r.method for r in results}), sorted({r.method for r in results if np.isfinite(r.vertex).any()})
    rows = []
    for some in _grouped_by(results, lambda r: (r.silhouette, r.facts['exercise'], r.facts['noise'])):
        of = {method: [r for r in some if r.method == method] for method in methods}
        rows.append((some[0].silhouette, some[0].facts['exercise'], some[0].facts['noise'],
                     *(_numbers(_errors(of[method]))[0] for method in methods), *(_body(of[method])[0] for method in bodies)))
    return markdown_table(('silhouette', 'exercise', 'noise', *(f'{method} mm' for method in methods),
                           *(f'{method} vertex mm' for method in bodies)), rows)


def _image(some: Sequence[PoseErrors]) -> tuple[str, str]:
    overlap = np.concatenate([r.overlap for r in some])
    return f'{np.nanmean(overlap):.3f}', f'{100.0 * np.mean(overlap < LOST_OVERLAP):.1f}'


def _growth(results: Sequence[PoseErrors]) -> str:
    """Mean error of each noise over that of clean depth, on the same scenes."""
    rows = []
    for some in _grouped(results, lambda r: ()):
        mean = {}
        for noise in _grouped(some, lambda r: (r.facts['noise'],)):
            error = _errors(noise)[0]
            if np.isfinite(error).any():
                mean[noise[0].facts['noise']] = np.nanmean(error) * 1000.0
        rows += [(*_row(some[0]), noise, f'{value - mean["clean"]:+.1f}') for noise, value in mean.items()
                 if 'clean' in mean and noise != 'clean']
    return markdown_table(('method', 'silhouette', 'noise', 'mean error over clean mm'), rows)


def _floor(results: Sequence[PoseErrors]) -> str:
    """How well the silhouette stage knows the floor, by camera and noise."""
    found = [r for r in results if r.silhouette == 'own']
    rows = []
    for some in _grouped(found, lambda r: (r.facts['camera'], r.facts['noise'])):
        if some[0].method != found[0].method:
            continue
        angle = np.degrees(np.concatenate([r.floor_angle for r in some]))
        offset = 100.0 * np.concatenate([r.floor_offset for r in some])
        known = np.isfinite(angle)
        rows.append((some[0].facts['camera'], some[0].facts['noise'], f'{100.0 * known.mean():.1f}',
                     *(f'{np.percentile(v[known], p):.2f}' for v in (angle, offset) for p in (50, 95, 100))))
    return markdown_table(('camera', 'noise', 'known %', 'angle deg p50', 'p95', 'max', 'height cm p50', 'p95', 'max'), rows)


def _joints(results: Sequence[PoseErrors]) -> str:
    rows = []
    for some in _grouped(results, lambda r: ()):
        errors = _errors(some)
        rows += [(*_row(some[0]), name, *_numbers((errors[0][:, joint], errors[1][:, joint])))
                 for joint, name in enumerate(JOINT_NAMES)]
    return markdown_table(('method', 'silhouette', 'joint', *NUMBERS), rows)
