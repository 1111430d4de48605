"""DKP-Net-24: 24 body points from a silhouette's rows and columns (paper, Tables 1 and 2).

Inside this module left and right are the image's, as in the tables (side 0 takes min x, side 1 max x); `Dkp24` turns
them into the person's own at the end. "Line n" is the tables' own numbering. What the tables leave open and how it is
read here: `docs/joints.md`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from poseformer_ros.options import check, option
from poseformer_ros.silhouette.person import Silhouette
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT, MIRROR, ArmTable, JointState, Skeleton, no_skeleton
from poseformer_ros.skeleton.lift import LiftOptions, lift
from poseformer_ros.skeleton.outline import HIP_REACH, SHOULDER_REACH, Outline, outline_of

SIDES = ('left', 'right')
INWARD = (1.0, -1.0)    # of the image's left and right side

# Segment lengths by standing height (Drillis and Contini, in Winter, Biomechanics, fig. 4.1): they only judge whether
# what a table found can be an arm.
UPPER_ARM, FOREARM, HAND = 0.186, 0.146, 0.108
ACROMION = 1.0 - 0.818      # below the top of the head
MOUTH = 1.0 - (0.870 + 0.936) / 2    # between chin and eyes
SPINE = 0.355               # where Table 1's spine_y comes to lie: the end of its rows for elbows
HEAD_HALF_BREADTH = 0.075   # with hair or a cap; bare: 0.045 (ANSUR 2012)
BIACROMIAL_HALF = 0.129
ELBOW_ON_ARM = UPPER_ARM / (UPPER_ARM + FOREARM + HAND)

IN_MASK = 0.75      # of a limb's way; a fold or the gap at the elbow's crook may take the rest

AVERAGED = ('neck', 'pelvis', 'lower_spine', 'spine_centre', 'upper_spine')

# Column and row in pixels of the crop.
Point = tuple[float, float] | np.ndarray


@dataclass(frozen=True)
class Dkp24Options:
    """How the paper's 24 points are read."""

    mirrored: bool = option(False, text='the image is mirrored, or the person turns the back to the camera')
    arm_thickness: float = option(0.02, 0.005, 0.1, 'outline this close to its extreme is still arm, by body height')
    arm_beside_trunk: float = option(0.85, 0.5, 1.2, 'an arm hangs beside the trunk where the outline is at least this '
                                     'share of the shoulders\' half breadth away from the middle')

    def __post_init__(self) -> None:
        check(self)


class Dkp24:
    """The paper's keypoints, lifted to metric 3-D. Stateless."""

    def __init__(self, options: Dkp24Options = Dkp24Options(), lift_options: LiftOptions = LiftOptions()) -> None:
        self._options = options
        self._lift_options = lift_options

    def reset(self) -> None:
        """Nothing is kept from image to image."""

    def __call__(self, person: Silhouette) -> Skeleton:
        """Find the 24 points.

        Returns a Skeleton in the optical frame, pixels of the full image. Points that a table makes by averaging
        others are INFERRED; what the outline does not show (a part outside the image, an arm that does not stand out
        from the trunk) is MISSING. Nobody, or no head to start from: all are MISSING.
        """
        body = outline_of(person) if person.found else None
        if body is None:
            return replace(no_skeleton(), track_id=person.track_id, doubt=person.doubt)
        points, state, tables = self._read(body)
        if not self._options.mirrored:      # a person who faces the camera has the left side on the image's right
            points, state, tables = points[list(MIRROR)], state[list(MIRROR)], tables[::-1]
        return replace(lift(points, state, body.body, person, self._lift_options), arm_tables=tables, detector='dkp24')

    def _read(self, body: Outline) -> tuple[np.ndarray, np.ndarray, tuple[ArmTable, ArmTable]]:
        overhead = [_overhead(body, side) for side in (0, 1)]
        points = np.full((JOINT_COUNT, 2), np.nan)
        state = np.full(JOINT_COUNT, JointState.OBSERVED, np.uint8)
        trunk = table_2_trunk if all(overhead) else table_1_trunk
        _put(points, trunk(body))
        tables = []
        for side in (0, 1):
            if overhead[side] or _reaches_out(body, side):
                arm, inferred = table_2_arm(body, side, points, overhead[side], self._options)
                state[[JOINT[name] for name in inferred]] = JointState.INFERRED
                tables.append(ArmTable.RAISED)
            else:
                arm = table_1_arm(body, side, points, self._options)
                state[JOINT[f'{SIDES[side]}_hand']] = JointState.INFERRED
                tables.append(ArmTable.LOWERED)
            _put(points, arm)
        state[[JOINT[name] for name in AVERAGED]] = JointState.INFERRED
        state[np.isnan(points[:, 0])] = JointState.MISSING
        left, right = tables
        return points, state, (left, right)


def table_1_trunk(body: Outline) -> Mapping[str, Point]:
    """Table 1, lines 4-15, 18-19: head, trunk and legs with the arms lowered (knees by Table 2's line 17)."""
    head = body.head_x, body.top                                        # 4: of the head, not of the image's width
    neck_y = body.top + body.h / 8                                      # 5
    shoulders = _shoulders(body, neck_y)                                # 6, 7
    neck = (shoulders[0] + shoulders[1]) / 2, neck_y                    # 8
    return {'head': head, 'neck': neck, **_collarbones(body, shoulders, neck_y),    # 9
            **_hips_and_spine(body, neck), **_knees(body), **_feet(body, 1 / 40)}   # 10-15, 18-19


def table_2_trunk(body: Outline) -> Mapping[str, Point]:
    """Table 2, lines 4-11, 15-19: head, trunk and legs with both arms raised (lower spine by Table 1's line 15)."""
    head = body.head_x, body.top                                        # 8: of the columns around the neck
    neck = head[0], head[1] + body.h / 12                               # 9
    shoulders = _shoulders(body, neck[1])                               # 10
    return {'head': head, 'neck': neck, **_collarbones(body, shoulders, neck[1]),   # 11
            **_hips_and_spine(body, neck), **_knees(body), **_feet(body, 1 / 30)}   # 4-7, 15-19


def table_1_arm(body: Outline, side: int, points: np.ndarray, options: Dkp24Options) -> Mapping[str, Point]:
    """Table 1, lines 16-17: a lowered arm is the outline beside the trunk; the hand lies 10 pixels beyond the wrist."""
    name = SIDES[side]
    neck_y, spine_y, pelvis_y = (points[JOINT[j], 1] for j in ('neck', 'spine_centre', 'pelvis'))
    thickness = options.arm_thickness * body.body
    elbow = _end_of_extreme(body, side, neck_y, spine_y, thickness)                 # 16
    least = options.arm_beside_trunk * _shoulder_half_breadth(body, side)
    if not (_beside(body, side, elbow, least) and elbow[1] >= body.at_height(ACROMION + 0.5 * UPPER_ARM)):
        return {}       # the outline is the trunk's: the arm is hidden
    wrist = _end_of_extreme(body, side, spine_y, pelvis_y, thickness)               # 17
    forearm = np.subtract(wrist, elbow)
    length = np.hypot(*forearm)
    # Background between the two: the end of an arm that reaches ahead, and the hip.
    if not (_beside(body, side, wrist, least) and length >= 0.5 * FOREARM * body.body
            and _within_mask(body, elbow, wrist, INWARD[side] * thickness / 2)):
        return {f'{name}_elbow': elbow}
    hand = tuple(wrist + forearm / length * body.px(10))
    return {f'{name}_elbow': elbow, f'{name}_wrist': wrist, f'{name}_hand': hand}


def table_2_arm(body: Outline, side: int, points: np.ndarray, overhead: bool,
                options: Dkp24Options) -> tuple[Mapping[str, Point], tuple[str, ...]]:
    """Table 2, lines 12-14: a raised arm ends in the outermost column; returns also the names that are inferred."""
    name = SIDES[side]
    shoulder = points[JOINT[f'{name}_shoulder']]
    neck_y, spine_y = points[JOINT['neck'], 1], points[JOINT['spine_centre'], 1]
    hand = _outermost(body, side, body.at_height(ACROMION) if overhead else spine_y)        # 12
    to_shoulder = shoulder - hand
    length = np.hypot(*to_shoulder)
    if not length > 0.5 * UPPER_ARM * body.body:
        return {}, ()
    wrist = hand + to_shoulder / length * body.px(10)               # 13: along the arm, downwards when it is up
    elbow = np.array(_end_of_extreme(body, side, neck_y, spine_y, options.arm_thickness * body.body))     # 14
    upper, lower = np.hypot(*(elbow - shoulder)), np.hypot(*(elbow - hand))
    least = options.arm_beside_trunk * _shoulder_half_breadth(body, side)
    if (0.6 * UPPER_ARM <= upper / body.body <= 1.35 * UPPER_ARM and lower >= 0.6 * (FOREARM + HAND) * body.body
            and _beside(body, side, elbow, least)):
        return {f'{name}_hand': hand, f'{name}_wrist': wrist, f'{name}_elbow': elbow}, ()
    found = {f'{name}_hand': hand, f'{name}_wrist': wrist}
    if length < 0.75 * (UPPER_ARM + FOREARM + HAND) * body.body:
        return found, ()        # bent, and the rows of line 14 do not show the elbow
    return {**found, f'{name}_elbow': shoulder - ELBOW_ON_ARM * to_shoulder}, (f'{name}_elbow',)


def _shoulders(body: Outline, row: float) -> list[float]:
    """Columns of both shoulders: first and last column of the neck's row, 5 pixels inwards."""
    shoulders = []
    for side in (0, 1):
        columns, _ = body.edge(side, row - 1, row + 1)
        column = float(columns[len(columns) // 2]) if len(columns) else np.nan
        column = np.nan if body.at_border(side, column) else _within(column, body.axis(row), SHOULDER_REACH * body.body)
        shoulders.append(column + INWARD[side] * body.px(5))
    return shoulders


def _collarbones(body: Outline, shoulders: list[float], row: float) -> Mapping[str, Point]:
    """Shoulders and, 15 pixels further inwards, collarbones."""
    return {f'{name}_{joint}': (shoulders[side] + INWARD[side] * offset, row) for side, name in enumerate(SIDES)
            for joint, offset in (('shoulder', 0.0), ('collarbone', body.px(15)))}


def _hips_and_spine(body: Outline, neck: tuple[float, float]) -> Mapping[str, Point]:
    """Hips, pelvis and the three points of the spine (Table 1, lines 10-15; Table 2, lines 4-6, 15-16)."""
    start, end = body.row(3 / 5), body.row(2 / 3)
    pelvis_y = (start + end) / 2
    left, right = (_trunk_edge(body, side, start, end) for side in (0, 1))
    pelvis = np.array([(left + right) / 2, pelvis_y])
    spine = (neck + pelvis) / 2
    return {'left_hip': (left, pelvis_y), 'right_hip': (right, pelvis_y), 'pelvis': pelvis, 'spine_centre': spine,
            'upper_spine': (neck + spine) / 2, 'lower_spine': (pelvis + spine) / 2}


def _knees(body: Outline) -> Mapping[str, Point]:
    """Table 2, line 17: outline of the row 3h/4, 7 pixels inwards."""
    row, knees = body.row(3 / 4), {}
    for side, name in enumerate(SIDES):
        columns, _ = body.edge(side, row - 1, row + 1)
        if len(columns) and not body.at_border(side, column := columns[len(columns) // 2]):
            knees[f'{name}_knee'] = column + INWARD[side] * body.px(7), row
    return knees


def _feet(body: Outline, heel: float) -> Mapping[str, Point]:
    """Heels and ankles: outermost columns of each half's lowest row and of the row a share `heel` of h above it."""
    feet = {}
    middle = round(body.axis(body.row(3 / 4)))
    for side, name in enumerate(SIDES):
        half = body.mask[:, :middle] if side == 0 else body.mask[:, middle:]
        rows = np.flatnonzero(half.sum(axis=1) >= 2)
        if len(rows) == 0 or rows[-1] < body.row(3 / 4) or not body.feet_seen:
            continue
        for joint, row in (('heel', rows[-1]), ('ankle', rows[-1] - round(heel * body.h))):
            columns = np.flatnonzero(half[row - 1:row + 1].any(axis=0))
            if len(columns) and not body.at_border(side, column := columns[0] if side == 0 else middle + columns[-1]):
                feet[f'{name}_{joint}'] = column, row
    return feet


def _trunk_edge(body: Outline, side: int, start: float, stop: float) -> float:
    """Outermost column of the run of pixels around the trunk's axis in some rows: an arm beside a gap is not a hip."""
    a, b = round(start), round(stop) + 1
    if b > len(body.mask):
        return np.nan
    axis = min(max(round(body.axis((start + stop) / 2)), 0), body.mask.shape[1] - 1)
    beside = body.mask[a:b, axis::-1] if side == 0 else body.mask[a:b, axis:]
    run = np.where(beside.all(axis=1), beside.shape[1], np.argmin(beside, axis=1))
    if not run.any():
        return np.nan
    column = axis - INWARD[side] * (float(run.max()) - 1.0)
    return np.nan if body.at_border(side, column) else _within(column, axis, HIP_REACH * body.body)


def _within(column: float, middle: float, reach: float) -> float:
    return min(max(column, middle - reach), middle + reach)     # NaN stays NaN


def _end_of_extreme(body: Outline, side: int, start: float, stop: float, thickness: float) -> tuple[float, float]:
    """The extreme column in some rows, at the lowest row where the outline still is within `thickness` of it."""
    columns, first_row = body.edge(side, start, stop)
    if not np.isfinite(columns).any():
        return np.nan, np.nan
    outward = -INWARD[side] * columns
    extreme = np.nanmax(outward)
    index = np.flatnonzero(outward >= extreme - thickness)[-1]
    if body.at_border(side, columns[index]):
        return np.nan, np.nan
    return float(columns[index]), float(first_row + index)


def _outermost(body: Outline, side: int, lowest_row: float) -> np.ndarray:
    """The raised hand: the outermost column above a row, and the first pixel of the columns around it."""
    columns, first_row = body.edge(side, 0, lowest_row)
    if not np.isfinite(columns).any():
        return np.array([np.nan, np.nan])
    outward = -INWARD[side] * columns
    extreme = np.nanmax(outward)
    index = np.flatnonzero(outward >= extreme - body.px(10))[0]
    if body.at_border(side, columns[index]) or first_row + index <= body.border[2] + 1:
        return np.array([np.nan, np.nan])
    return np.array([columns[index], float(first_row + index)])


def _overhead(body: Outline, side: int) -> bool:
    """Whether something beside the head stands above the mouth: a raised arm, not a shoulder seen from above."""
    middle = round(body.head_x - INWARD[side] * HEAD_HALF_BREADTH * body.body)
    above = body.mask[:max(0, int(body.at_height(MOUTH)))]
    beside = above[:, :max(0, middle)] if side == 0 else above[:, max(0, middle):]
    return int(beside.sum()) > (0.03 * body.body) ** 2


def _reaches_out(body: Outline, side: int) -> bool:
    """Whether the arm ends above Table 1's rows for wrists: farther from the shoulder than an elbow can be."""
    shoulder_x = body.axis(body.at_height(ACROMION)) - INWARD[side] * BIACROMIAL_HALF * body.body
    hand = _outermost(body, side, body.at_height(SPINE))
    reach = np.hypot(hand[0] - shoulder_x, hand[1] - body.at_height(ACROMION))
    return bool(reach > (UPPER_ARM + 0.5 * FOREARM) * body.body)


def _shoulder_half_breadth(body: Outline, side: int) -> float:
    """How far the shoulder's outline lies from the trunk's axis, in pixels."""
    start, stop = body.at_height(ACROMION - 0.01), body.at_height(ACROMION + 0.04)
    columns, _ = body.edge(side, start, stop)
    if not np.isfinite(columns).any():
        return np.inf
    return min(SHOULDER_REACH * body.body, np.nanmax(-INWARD[side] * (columns - body.axis((start + stop) / 2))))


def _beside(body: Outline, side: int, point: Point, least: float) -> bool:
    """Whether a point lies at least this far from the trunk's axis."""
    return bool(-INWARD[side] * (point[0] - body.axis(point[1])) >= least) if np.isfinite(point[0]) else False


def _within_mask(body: Outline, start: tuple[float, float], end: tuple[float, float], inward: float) -> bool:
    """Whether a limb along the outline between two points, moved inwards by some pixels, lies on the body."""
    columns, rows = np.rint(np.linspace(start, end, 16) + [inward, 0.0]).astype(int).T
    height, width = body.mask.shape
    return bool(body.mask[np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)].mean() >= IN_MASK)


def _put(points: np.ndarray, found: Mapping[str, Point]) -> None:
    for name, point in found.items():
        points[JOINT[name]] = point
