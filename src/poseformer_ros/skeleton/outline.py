"""What the tables read off a silhouette: its first and last column in each row, and how tall the body stands in it."""

from dataclasses import dataclass

import cv2
import numpy as np

from poseformer_ros.silhouette.person import Silhouette

# The tables' h is the height of the image, not of the body: they name `top_pixel_y` and `bottom_pixel_y` beside it,
# look for the head in [0, 3h/5], and give the hips the same rows whether the arms are up or down. So the rows of a body
# of height 1 are (share of h - HEAD_ROW) / BODY_SHARE. The two numbers are the least-squares answer to where their
# rows lie on a body of published proportions (Drillis and Contini: acromion 0.818, hip 0.530, knee 0.285 of standing
# height): 0.6333 hips, 0.75 knee, and the shoulders' rows 1/8 and 1/12 below the head. `docs/joints.md` derives them.
BODY_SHARE = 0.542
HEAD_ROW = 0.370
# Offsets in pixels are those of the depth image that the paper's recordings have (Kinect v2, 512 x 424).
PAPER_IMAGE_HEIGHT_PX = 424

# A disc that fits into any adult head and into no arm: head breadth 0.143 m at the 5th percentile, biceps 0.115 m
# across at the 75th (ANSUR 2012). Holes smaller than it are the camera's.
HEAD_DISC_RADIUS_M = 0.06
BORDER_PX = 1   # how close to the border an outline counts as cut by it
RAGGED_ROWS = 5     # rows over which the outline's median is taken; 3 or 5 in OpenCV
# Bideltoid half breadth, 95th percentile, by standing height (ANSUR 2012): beyond it an arm crosses the row.
SHOULDER_REACH = 0.17
# Hip half breadth, 95th percentile (same source): beyond it a hand hangs against the hip.
HIP_REACH = 0.12
# Legs are hidden when the floor below the head lies this share of the body's height below the mask: a trunk that leans
# forwards moves that place by up to 0.15.
HIDDEN_LEGS = 0.20


@dataclass(frozen=True)
class Outline:
    """A silhouette as the tables see it; rows and columns of the crop.

    mask: (h, w) bool, closed.
    first, last: (h,) first and last column of the person in each row, float; NaN in empty rows.
    head_x: column of the head's middle; top: row of its top.
    bottom: row of the feet; below the mask when they are hidden or outside the image and the floor tells.
    axis_slope: columns per row by which the trunk leans.
    border: (left, right, top, bottom) first and last column and row with depth where the body is cut.
    feet_seen: whether the lowest rows of the mask are feet.
    """

    mask: np.ndarray
    first: np.ndarray
    last: np.ndarray
    head_x: float
    top: float
    bottom: float
    axis_slope: float
    border: tuple[float, float, float, float]
    feet_seen: bool

    @property
    def body(self) -> float:
        """Height of the body in pixels, from the top of the head, not of a raised hand."""
        return self.bottom - self.top

    @property
    def h(self) -> float:
        """The tables' h in pixels of this image."""
        return self.body / BODY_SHARE

    def px(self, paper_pixels: float) -> float:
        """Pixels of the paper's image in pixels of this one."""
        return paper_pixels / PAPER_IMAGE_HEIGHT_PX * self.h

    def row(self, share: float) -> float:
        """Row of this image for a row of the tables, given as a share of their h."""
        return self.top + (share - HEAD_ROW) * self.h

    def at_height(self, share: float) -> float:
        """Row at a share of the body's height below the top of the head."""
        return self.top + share * self.body

    def axis(self, row: float) -> float:
        """Column of the trunk's middle line in a row."""
        return self.head_x + self.axis_slope * (row - self.top)

    def edge(self, side: int, start: float, stop: float) -> tuple[np.ndarray, int]:
        """Outline columns of side 0 (min) or 1 (max) in rows [start, stop] and the first row's number; may be empty."""
        a = max(0, round(start))
        b = max(a, round(stop) + 1) if round(stop) < len(self.first) else a     # empty where they leave the image
        return (self.first, self.last)[side][a:b], a

    def at_border(self, side: int, column: float) -> bool:
        """Whether this column is the image's border, so that the body may go on beyond it."""
        return column <= self.border[0] + BORDER_PX if side == 0 else column >= self.border[1] - BORDER_PX


def outline_of(person: Silhouette) -> Outline | None:
    """Read a silhouette's outline; None when its head or its height cannot be told."""
    depth = person.depth[::4, ::4][person.mask[::4, ::4]]
    depth = depth[depth > 0]        # NaN compares false
    if len(depth) == 0:
        return None
    disc = HEAD_DISC_RADIUS_M * person.intrinsics.fx / float(np.median(depth))
    mask = _whole(person.mask, disc)
    rows = np.flatnonzero(mask.any(axis=1))
    if len(rows) == 0:
        return None
    head = _head(mask, disc, rows[-1])
    if head is None:
        return None
    head_x, top, trunk_x, trunk_y = head
    border = _border(person)
    if top <= border[2] + BORDER_PX:
        return None     # the head may go on above the image
    bottom, by_floor = float(rows[-1]), _bottom_by_floor(person, head_x, top, disc)
    feet_seen = not (bottom >= border[3] - BORDER_PX or by_floor - bottom > HIDDEN_LEGS * (by_floor - top))
    if not feet_seen:
        bottom = by_floor
    if not bottom - top > 4 * disc:
        return None
    slope = (trunk_x - head_x) / max(trunk_y - top, 1.0)
    return Outline(mask, *_edges(mask), head_x, top, bottom, slope, border, feet_seen)


def _border(person: Silhouette) -> tuple[float, float, float, float]:
    """Left, right, top and bottom border of what the depth camera sees, where the crop reaches it and a body is cut.

    Depth registered to colour ends before the colour image does.
    """
    if not person.cut:
        return -np.inf, np.inf, -np.inf, np.inf
    known = person.depth > 0
    columns, rows = np.flatnonzero(known.any(axis=0)), np.flatnonzero(known.any(axis=1))
    roi, (width, height) = person.roi, person.image_size
    return (columns[0] if roi.x == 0 else -np.inf, columns[-1] if roi.x + roi.width >= width else np.inf,
            rows[0] if roi.y == 0 else -np.inf, rows[-1] if roi.y + roi.height >= height else np.inf)


def _whole(mask: np.ndarray, disc: float) -> np.ndarray:
    """A mask without holes smaller than the head's disc and without specks and single rows that stick out."""
    closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    contours, tree = cv2.findContours(closed, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    holes = [c for c, (_, _, _, parent) in zip(contours, tree[0] if tree is not None else ())
             if parent >= 0 and cv2.contourArea(c) < np.pi * disc ** 2]
    whole = cv2.drawContours(closed, holes, -1, 1, cv2.FILLED)
    return cv2.morphologyEx(whole, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)).astype(bool)


def _edges(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and last column of each row, each the median over a few rows."""
    width = mask.shape[1]
    filled = mask.any(axis=1)
    edges = []
    for edge in (mask.argmax(axis=1), width - 1 - mask[:, ::-1].argmax(axis=1)):
        smooth = cv2.medianBlur(edge.astype(np.float32)[:, None], RAGGED_ROWS)[:, 0].astype(np.float64)
        edges.append(np.where(filled, smooth, np.nan))
    return edges[0], edges[1]


def _head(mask: np.ndarray, disc: float, bottom: int) -> tuple[float, float, float, float] | None:
    """Column and row of the head's top, and a point on the trunk's middle.

    Arms are too thin for the head's disc, so the topmost place that holds it is the head, wherever the hands are. From
    there the columns around it are followed upwards until the person ends.
    """
    room = cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    core = room >= disc
    rows = np.flatnonzero(core.sum(axis=1) >= 2)
    if len(rows) == 0:
        return None
    core_top = rows[0]
    head_x = _mean_column(core[core_top:core_top + max(2, round(disc))])
    # The trunk between chest and hips, a third of the way down from the head to the feet.
    waist = core_top + 0.35 * (bottom - core_top)
    trunk = core[round(waist - disc):round(waist + disc)]
    trunk_x = _mean_column(trunk) if trunk.any() else head_x
    columns = slice(max(0, round(head_x - 0.5 * disc)), round(head_x + 0.5 * disc) + 1)
    above = np.flip(mask[:core_top + 1, columns].any(axis=1))
    climb = len(above) if above.all() else int(np.argmin(above))
    return head_x, float(core_top + 1 - climb), trunk_x, waist


def _mean_column(mask: np.ndarray) -> float:
    weight = mask.sum(axis=0)
    return float(weight @ np.arange(len(weight)) / weight.sum())


def _bottom_by_floor(person: Silhouette, head_x: float, top: float, disc: float) -> float:
    """Row of the place straight below the head on the floor; NaN where floor or head's depth is unknown."""
    if person.floor is None:
        return np.nan
    rows, columns = slice(round(top), round(top + 2 * disc)), slice(max(0, round(head_x - disc)), round(head_x + disc))
    depth = person.depth[rows, columns][person.mask[rows, columns]]
    depth = depth[depth > 0]
    if len(depth) == 0:
        return np.nan
    head = person.intrinsics.deproject(np.array([head_x, top]), float(np.median(depth)))
    foot = head - person.floor.height(head) * person.floor.normal
    return float(person.intrinsics.project(foot)[1])
