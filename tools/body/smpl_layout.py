"""What makes a mesh with a rig a body in SMPL's layout: 24 joints, their weights and regressor, landmark vertices."""

import numpy as np
from scipy.optimize import nnls
from tqdm import tqdm

from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT, JOINT_NAMES, MIRROR

# For each joint: the bones that move with it, and the bones whose heads' mean is its place. A trailing * takes all that
# begin so; `.L` stands for either side.
BONES = {
    'pelvis': (('root', 'pelvis.L', 'pelvis.R', 'spine05', 'spine04'), ('spine04',)),
    'left_hip': (('upperleg0*.L',), ('upperleg01.L',)),
    'lower_spine': (('spine03',), ('spine03',)),
    'left_knee': (('lowerleg0*.L',), ('lowerleg01.L',)),
    'spine_centre': (('spine02',), ('spine02',)),
    'left_ankle': (('foot.L',), ('foot.L',)),
    'upper_spine': (('spine01',), ('spine01',)),
    'left_heel': (('toe*.L',), ('toe1-1.L', 'toe2-1.L', 'toe3-1.L', 'toe4-1.L', 'toe5-1.L')),   # SMPL's "foot"
    'neck': (('neck0*',), ('neck01',)),
    'left_collarbone': (('clavicle.L', 'shoulder01.L'), ('clavicle.L', 'shoulder01.L')),
    'head': (('head', 'eye.L', 'eye.R'), ('head',)),
    'left_shoulder': (('upperarm0*.L',), ('upperarm01.L',)),
    'left_elbow': (('lowerarm0*.L',), ('lowerarm01.L',)),
    'left_wrist': (('wrist.L', 'metacarpal*.L', 'finger1*.L'), ('wrist.L',)),
    'left_hand': (('finger2*.L', 'finger3*.L', 'finger4*.L', 'finger5*.L'),
                  ('finger2-1.L', 'finger3-1.L', 'finger4-1.L', 'finger5-1.L')),
}

MOST_WEIGHTS = 4
WEIGHT_SMOOTHING_STEPS = 2

# The shoulder girdle: what MakeHuman gives to the uppermost vertebra and SMPL's collarbones should carry.
GIRDLE_SHARE = 0.85
GIRDLE_DEPTH_M = 0.15           # from the shoulder's height down to where the ribs stay

# Vertices of SMPL that smplx takes for landmarks (its vertex_ids, 'smplh'); left ones, right ones.
LANDMARKS = {'nose': (332, 332), 'eye': (2800, 6260), 'ear': (583, 4071), 'thumb': (2746, 6191), 'index': (2319, 5782),
             'middle': (2445, 5905), 'ring': (2556, 6016), 'pinky': (2673, 6133), 'big_toe': (3216, 6617),
             'small_toe': (3226, 6624), 'heel': (3387, 6787)}
FINGERS = ('thumb', 'index', 'middle', 'ring', 'pinky')

REGRESSOR_NEAR = 300            # nearest vertices that may support a joint; beyond them every second one may
REGRESSOR_SUM_WEIGHT = 100.0    # metres; makes each row's sum one before it is normalised


def joint_places(heads: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """The 24 joints (S, 24, 3) from the bones' heads (S, B, 3)."""
    places = [heads[:, [names.index(bone) for bone in _named(joint)[1]]].mean(1) for joint in JOINT_NAMES]
    return np.stack(places, axis=1)


def merged_weights(weights: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """Weights (n, 24) from weights (n, B) of the full rig; each bone belongs to one joint."""
    merged = np.stack([weights[:, [_matches(name, _named(joint)[0]) for name in names]].sum(1)
                       for joint in JOINT_NAMES], axis=1)
    if not np.allclose(merged.sum(1), weights.sum(1)):
        raise ValueError('a bone of the rig belongs to no joint or to two')
    return merged


def give_to_collars(weights: np.ndarray, points: np.ndarray, joints: np.ndarray) -> np.ndarray:
    """Hand the upper spine's weight around collarbone and shoulder blade to the left collarbone; T-pose, left half."""
    collar, shoulder = joints[JOINT['left_collarbone']], joints[JOINT['left_shoulder']]
    outward = _smoothstep((points[:, 0] - 0.6 * collar[0]) / (0.9 * shoulder[0] - 0.6 * collar[0]))
    upward = _smoothstep((points[:, 1] - shoulder[1] + GIRDLE_DEPTH_M) / GIRDLE_DEPTH_M)
    moved = GIRDLE_SHARE * outward * upward * weights[:, JOINT['upper_spine']]
    weights = weights.copy()
    weights[:, JOINT['upper_spine']] -= moved
    weights[:, JOINT['left_collarbone']] += moved
    return weights


def smooth_weights(weights: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Mean of each vertex and its neighbours, a few times; takes the sharpest creases out of groin and armpit."""
    edges = np.unique(np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1), axis=0)
    edges = np.concatenate([edges, edges[:, ::-1]])
    degree = np.bincount(edges[:, 0], minlength=len(weights))[:, None]
    for _ in range(WEIGHT_SMOOTHING_STEPS):
        around = np.zeros_like(weights)
        np.add.at(around, edges[:, 0], weights[edges[:, 1]])
        weights = (weights + around / degree) / 2
    return weights


def few_weights(weights: np.ndarray) -> np.ndarray:
    """At most four joints for each vertex, never one of a pair of equals without the other; rows sum to one."""
    fifth = np.sort(weights, axis=1)[:, -MOST_WEIGHTS - 1, None]
    few = np.where(weights > fifth * (1 + 1e-6), weights, 0.0)
    return few / few.sum(1, keepdims=True)


def fit_regressor(bodies: np.ndarray, joints: np.ndarray, midline: np.ndarray) -> np.ndarray:
    """Non-negative rows that sum to one and give the joints from the left half's vertices.

    bodies: (S, n, 3) left halves; joints: (S, 24, 3). Returns (24, n); rows of right joints are empty, and a row of a
    joint on the midline is meant for both halves' mean: its x is zero by symmetry and takes no part.
    """
    rows = np.zeros((JOINT_COUNT, bodies.shape[1]))
    for joint in tqdm(range(JOINT_COUNT), desc='joint regressor', unit='joint'):
        if JOINT_NAMES[joint].startswith('right'):
            continue
        axes = (1, 2) if MIRROR[joint] == joint else (0, 1, 2)
        near = _candidates(bodies[0], joints[0, joint])
        system = bodies[:, near][..., axes] - joints[:, None, joint, axes]
        system = np.moveaxis(system, 1, -1).reshape(-1, len(near))
        system = np.concatenate([system, np.full((1, len(near)), REGRESSOR_SUM_WEIGHT)])
        wanted = np.append(np.zeros(len(system) - 1), REGRESSOR_SUM_WEIGHT)
        row = nnls(system, wanted)[0]
        rows[joint, near] = row / row.sum()
    return rows


def landmark_vertices(points: np.ndarray, weights: np.ndarray, names: tuple[str, ...], heads: np.ndarray,
                      eye: np.ndarray) -> dict[str, int]:
    """Vertices of the left half that are smplx's landmarks; T-pose.

    points: (n, 3); weights: (n, B) of the full rig; heads: (B, 3); eye: (3,) the left eye's foremost point.
    """
    def most_of(bone: str) -> np.ndarray:
        return np.flatnonzero(weights[:, names.index(bone)] > 0.5)

    head = most_of('head')
    found = {'nose': head[np.argmax(points[head, 2])], 'ear': head[np.argmax(points[head, 0])],
             'eye': head[np.argmin(np.linalg.norm(points[head] - eye, axis=1))]}
    for number, finger in enumerate(FINGERS, start=1):
        tip = most_of(f'finger{number}-3.L')
        reach = np.linalg.norm(points[tip] - heads[names.index(f'finger{number}-3.L')], axis=1)
        found[finger] = tip[np.argmax(reach)]
    for toe, bone in (('big_toe', 'toe1-2.L'), ('small_toe', 'toe5-3.L')):
        tip = most_of(bone)
        found[toe] = tip[np.argmax(points[tip, 2])]
    foot = most_of('foot.L')
    found['heel'] = foot[np.argmin(points[foot, 2])]
    return found


def landmark_order(landmarks: dict[str, int], image: np.ndarray, count: int) -> np.ndarray:
    """The vertex (count,) that comes to each place, so that landmarks come to smplx's places.

    image: the mirror image of each vertex.
    """
    order = np.full(count, -1)
    for name, (left, right) in LANDMARKS.items():
        order[left] = landmarks[name]
        order[right] = image[landmarks[name]]
    order[order < 0] = np.setdiff1d(np.arange(count), order)
    return order


def _named(joint: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if joint.startswith('right'):
        left = BONES[joint.replace('right', 'left')]
        return tuple(tuple(bone.replace('.L', '.R') for bone in bones) for bones in left)
    return BONES[joint]


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(name.startswith(start) and name.endswith(end) if star else name == start
               for start, star, end in (pattern.partition('*') for pattern in patterns))


def _smoothstep(x: np.ndarray) -> np.ndarray:
    x = np.clip(x, 0.0, 1.0)
    return x * x * (3 - 2 * x)


def _candidates(points: np.ndarray, place: np.ndarray) -> np.ndarray:
    by_distance = np.argsort(np.linalg.norm(points - place, axis=1), kind='stable')
    return np.concatenate([by_distance[:REGRESSOR_NEAR], by_distance[REGRESSOR_NEAR::2]])
