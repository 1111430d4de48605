"""Measure the people of the body of all ages, and people drawn like them: python tools/body/measure_people.py."""

import numpy as np
from scipy.spatial import ConvexHull

from poseformer_ros.body.kinematics import rest_joints
from poseformer_ros.body.model import BodyModel, load_body_model, shipped_body_path
from poseformer_ros.body.people import Crowd, load_crowd, random_person
from poseformer_ros.skeleton.joints import JOINT

STATURES_M = (1.0, 1.15, 1.3, 1.5, 1.7, 1.85, 2.0)
AGES = (3, 5, 8, 11, 14, 18, 76)
DRAWN = 300
LEFT_EYE = 2800                 # smplx's landmark
BROW_M = np.arange(0.01, 0.08, 0.005)   # above the eye; the head is largest somewhere there
BAND_M = 0.012


def main() -> None:
    path, rng = shipped_body_path('all_ages'), np.random.default_rng(5)
    model, crowd = load_body_model(path), load_crowd(path)
    print('hip, head, arm in percent of stature\n| stature, m | known people | known | drawn |\n|---|---|---|---|')
    for low, high in zip(STATURES_M, STATURES_M[1:]):
        known = crowd.betas[(crowd.stature >= low) & (crowd.stature < high)]
        drawn = [random_person(model, crowd, rng.uniform(low, high), rng) for _ in range(DRAWN)]
        print(f'| {low} to {high} | {len(known)} | {_spread(model, known)} | {_spread(model, drawn)} |')
    print('\n| years | sex | people | litres | body mass index | head girth, cm |\n|---|---|---|---|---|---|')
    for low, high in zip(AGES, AGES[1:]):
        for sex, woman in (('male', False), ('female', True)):
            _tell_group(f'| {low} to {high} | {sex} |', model, crowd,
                        (crowd.years >= low) & (crowd.years < high) & (crowd.woman == woman))
    print(f'\nfaces turned over in {DRAWN} people drawn of 1 to 2 m: {_turned(model, crowd, rng)}')


def _spread(model: BodyModel, people: np.ndarray) -> str:
    shares = 100 * np.array([_proportions(model, betas) for betas in people])
    return ', '.join(f'{mean:.1f} ± {spread:.1f}' for mean, spread in zip(shares.mean(0), shares.std(0)))


def _proportions(model: BodyModel, betas: np.ndarray) -> np.ndarray:
    """Height of the hip, from neck joint to crown, and from shoulder to wrist; shares of the stature."""
    heights, joints = _vertices(model, betas)[:, 1], rest_joints(model, betas)
    arm = np.linalg.norm(joints[JOINT['left_shoulder']] - joints[JOINT['left_wrist']])
    hip, neck = joints[[JOINT['left_hip'], JOINT['neck']], 1]
    return np.array([hip - heights.min(), heights.max() - neck, arm]) / np.ptp(heights)


def _tell_group(head: str, model: BodyModel, crowd: Crowd, chosen: np.ndarray) -> None:
    bodies = [_vertices(model, betas) for betas in crowd.betas[chosen]]
    litres = np.array([1000 * _volume(body, model.f) for body in bodies])
    girth = np.mean([_head_girth(body, model) for body in bodies])
    print(f'{head} {chosen.sum()} | {_percentiles(litres)} | {_percentiles(litres / crowd.stature[chosen] ** 2)} '
          f'| {100 * girth:.1f} |')


def _head_girth(vertices: np.ndarray, model: BodyModel) -> float:
    """The longest taut tape around the head above the brows, in metres."""
    head = vertices[model.part == JOINT['head']]
    bands = [head[np.abs(head[:, 1] - vertices[LEFT_EYE, 1] - up) < BAND_M][:, [0, 2]] for up in BROW_M]
    return max(ConvexHull(band).area for band in bands)


def _turned(model: BodyModel, crowd: Crowd, rng: np.random.Generator) -> str:
    mean, turned = _normals(model.v_template, model.f), []
    for stature in rng.uniform(1.0, 2.0, DRAWN):
        normals = _normals(_vertices(model, random_person(model, crowd, stature, rng)), model.f)
        turned.append(np.sum(np.sum(normals * mean, axis=1) <= 0))
    return f'none in {np.mean(np.array(turned) == 0):.0%}, {max(turned)} at most'


def _vertices(model: BodyModel, betas: np.ndarray) -> np.ndarray:
    return model.v_template + model.shapedirs @ betas


def _normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    return np.cross(b - a, c - a)


def _volume(vertices: np.ndarray, faces: np.ndarray) -> float:
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    return float(np.sum(a * np.cross(b, c)) / 6)


def _percentiles(values: np.ndarray) -> str:
    return ' / '.join(f'{value:.1f}' for value in np.percentile(values, (5, 50, 95)))


if __name__ == '__main__':
    main()
