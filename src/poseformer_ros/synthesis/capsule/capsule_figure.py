"""A person of capsules and ellipsoids in a plain room, drawn by analytic ray casting: images with exact truth.

Every part is a capsule seen through a linear map, so that an ellipsoid is a capsule without length and a trunk is a
flattened one. Rays are (x/fx, y/fy, 1), so that a ray's parameter is depth along the optical axis.
"""

from dataclasses import dataclass, field

import numpy as np

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.silhouette.person import Floor
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT
from poseformer_ros.synthesis.capsule.figure_pose import FigureJoints, FigurePose, figure_joints

SKIN, SHIRT, TROUSERS, SHOES, HAIR = (120, 160, 215), (150, 90, 40), (70, 60, 60), (40, 40, 150), (30, 40, 60)  # BGR
FLOOR_COLOR, WALL_COLOR, FURNITURE_COLOR = (120, 140, 150), (190, 200, 200), (60, 110, 140)
TRUNK_FLATNESS = 0.62   # chest depth to breadth, ANSUR 2012 (mean 0.25 m of 0.40 m with soft parts)

TRUNK = ('pelvis', 'lower_spine', 'spine_centre', 'upper_spine', 'left_collarbone', 'right_collarbone', 'left_hip',
         'right_hip', 'left_shoulder', 'right_shoulder')


@dataclass(frozen=True)
class StudioCamera:
    """A camera that looks at the figure: height over the floor and distance in metres, tilt down in radians.

    `aside` moves the camera to its right in metres.
    """

    intrinsics: Intrinsics = field(default_factory=lambda: Intrinsics(640, 480, 525.0, 525.0, 319.5, 239.5))
    height: float = 1.1
    distance: float = 2.8
    tilt: float = 0.0
    aside: float = 0.0

    @property
    def rotation(self) -> np.ndarray:
        """(3, 3) from the room (x right, y up, z to the camera) to the optical frame; for column vectors."""
        c, s = np.cos(self.tilt), np.sin(self.tilt)
        return np.array([[1.0, 0.0, 0.0], [0.0, -c, s], [0.0, -s, -c]])

    @property
    def centre(self) -> np.ndarray:
        """Place (3,) in the room; the figure stands at the origin."""
        return np.array([self.aside, self.height, self.distance])

    def to_optical(self, points: np.ndarray) -> np.ndarray:
        """Room points (..., 3) to the optical frame."""
        return (points - self.centre) @ self.rotation.T


@dataclass(frozen=True)
class FigureTruth:
    """What is known of one image.

    positions: (24, 3) metres, optical frame, SMPL order: joint centres inside the body, not its surface.
    visible: (24,) bool: inside the image and the part that it belongs to is the nearest there.
    mask: (H, W) bool, the person.
    floor: the floor plane.
    """

    positions: np.ndarray
    visible: np.ndarray
    mask: np.ndarray
    floor: Floor


@dataclass(frozen=True)
class Part:
    """A capsule between two points (3,) of radius 1 after the linear map (3, 3); `joints` belong to it."""

    start: np.ndarray
    end: np.ndarray
    shape: np.ndarray
    color: tuple[int, int, int]
    joints: tuple[str, ...]


class CapsuleStudio:
    """Draws the figure in front of one camera; the room is drawn once.

    Args:
        camera: where from.
        height: standing height in metres.
        room: whether to draw wall and furniture beside the floor.
    """

    def __init__(self, camera: StudioCamera | None = None, height: float = 1.70, room: bool = True) -> None:
        self.camera = camera or StudioCamera()
        self.height = height
        k = self.camera.intrinsics
        self._x = ((np.arange(k.width) - k.cx) / k.fx).astype(np.float32)
        self._y = ((np.arange(k.height) - k.cy) / k.fy).astype(np.float32)
        self._depth, self._color = _empty_room(self.camera, self._x, self._y, room)

    def __call__(self, pose: FigurePose, turned: float = 0.0) -> tuple[RgbdFrame, FigureTruth]:
        """Draw one image; `turned` is the person's turn to the left in radians, 0 faces the camera."""
        figure = figure_joints(pose, self.height)
        parts = [_seen_from(self.camera, part, turned) for part in body_parts(figure, self.height)]
        positions = self.camera.to_optical(figure.positions @ _heading(turned).T)
        depth, color = self._depth.copy(), self._color.copy()
        label = np.full(depth.shape, -1, np.int8)
        for index, part in enumerate(parts):
            self._draw(part, index, depth, color, label)
        frame = RgbdFrame(color, depth, self.camera.intrinsics)
        floor = Floor(self.camera.rotation @ np.array([0.0, 1.0, 0.0]), self.camera.height)
        return frame, FigureTruth(positions, self._visible(positions, label, parts), label >= 0, floor)

    def _draw(self, part: Part, index: int, depth: np.ndarray, color: np.ndarray, label: np.ndarray) -> None:
        window = self._window(part)
        if window is None:
            return
        near, light = _cast(part, self._x[window[1]], self._y[window[0]])
        nearer = ~(near >= depth[window])       # NaN depth, nothing there, is farther
        nearer &= np.isfinite(near)
        depth[window][nearer] = near[nearer]
        color[window][nearer] = (light[nearer, None] * np.array(part.color, np.float32)).astype(np.uint8)
        label[window][nearer] = index

    def _window(self, part: Part) -> tuple[slice, slice] | None:
        """Rows and columns that the part's box projects into; None outside the image or behind the camera."""
        reach = np.linalg.norm(np.linalg.inv(part.shape), axis=1)
        low, high = np.minimum(part.start, part.end) - reach, np.maximum(part.start, part.end) + reach
        if low[2] <= 0.05:
            return None
        corners = np.array([(x, y, z) for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
        k = self.camera.intrinsics
        pixels = k.project(corners)
        x0, y0 = np.maximum(np.floor(pixels.min(axis=0)).astype(int), 0)
        x1, y1 = np.minimum(np.ceil(pixels.max(axis=0)).astype(int) + 1, [k.width, k.height])
        return (slice(y0, y1), slice(x0, x1)) if x0 < x1 and y0 < y1 else None

    def _visible(self, positions: np.ndarray, label: np.ndarray, parts: list[Part]) -> np.ndarray:
        column, row = np.rint(self.camera.intrinsics.project(positions)).astype(int).T
        height, width = label.shape
        inside = (positions[:, 2] > 0) & (column >= 0) & (column < width) & (row >= 0) & (row < height)
        nearest = np.where(inside, label[np.clip(row, 0, height - 1), np.clip(column, 0, width - 1)], -1)
        owns = np.zeros((len(parts) + 1, JOINT_COUNT), bool)    # the last row serves label -1
        for index, part in enumerate(parts):
            owns[index, [JOINT[name] for name in part.joints]] = True
        return owns[nearest, np.arange(JOINT_COUNT)]


def body_parts(figure: FigureJoints, height: float) -> list[Part]:
    """The parts of a figure in its body frame. Radii as shares of height after ANSUR 2012 girths and breadths."""
    at = dict(zip(JOINT, figure.positions))
    chest_left, chest_up = figure.chest[:, 0] * height, figure.chest[:, 1] * height
    parts = [
        _flattened(at['pelvis'] - [0.0, 0.025 * height, 0.0], at['lower_spine'], 0.098 * height, figure.pelvis,
                   TROUSERS),
        _flattened(at['lower_spine'], at['upper_spine'], 0.088 * height, figure.chest, SHIRT),
        _flattened(at['upper_spine'], at['upper_spine'] + 0.005 * chest_up, 0.100 * height, figure.chest, SHIRT),
        _round(at['left_shoulder'] - 0.006 * chest_left, at['right_shoulder'] + 0.006 * chest_left, 0.034 * height,
               SHIRT, TRUNK),
        _round(at['upper_spine'], at['head'], 0.034 * height, SKIN, ('neck',)),
        _round(at['neck'], at['left_shoulder'], 0.028 * height, SHIRT, ('neck', 'left_collarbone', 'left_shoulder')),
        _round(at['neck'], at['right_shoulder'], 0.028 * height, SHIRT, ('neck', 'right_collarbone', 'right_shoulder')),
        _ellipsoid(at['head'] + 0.042 * chest_up + 0.012 * height * figure.chest[:, 2],
                   np.array([0.046, 0.068, 0.056]) * height, figure.chest, SKIN, ('head', 'neck')),
        _ellipsoid(at['head'] + 0.055 * chest_up, np.array([0.047, 0.056, 0.056]) * height, figure.chest, HAIR,
                   ('head',)),
    ]
    for side, name in enumerate(('left', 'right')):
        joint = {part: at[f'{name}_{part}'] for part in ('shoulder', 'elbow', 'wrist', 'hand', 'hip', 'knee', 'ankle')}
        own = {part: (f'{name}_{part}',) for part in (*joint, 'heel')}
        sole = joint['ankle'] + np.array([0.0, -0.016, -0.02]) * height
        parts += [
            _round(joint['shoulder'], joint['elbow'], 0.030 * height, SHIRT, own['shoulder'] + own['elbow']),
            _round(joint['elbow'], joint['wrist'], 0.023 * height, SKIN, own['elbow'] + own['wrist']),
            _round(joint['wrist'], figure.finger_tips[side] + 0.02 * (joint['wrist'] - figure.finger_tips[side]),
                   0.019 * height, SKIN, own['wrist'] + own['hand']),
            _round(joint['hip'], joint['knee'], 0.047 * height, TROUSERS, own['hip'] + own['knee'] + ('pelvis',)),
            _round(joint['knee'], joint['ankle'], 0.032 * height, TROUSERS, own['knee'] + own['ankle']),
            _round(sole, figure.toes[side], 0.022 * height, SHOES, own['ankle'] + own['heel']),
        ]
    return parts


def _round(start: np.ndarray, end: np.ndarray, radius: float, color: tuple, joints: tuple) -> Part:
    return Part(start, end, np.eye(3) / radius, color, joints)


def _flattened(start: np.ndarray, end: np.ndarray, radius: float, axes: np.ndarray, color: tuple) -> Part:
    return Part(start, end, np.diag([1.0, 1.0, 1.0 / TRUNK_FLATNESS]) @ axes.T / radius, color, TRUNK)


def _ellipsoid(centre: np.ndarray, radii: np.ndarray, axes: np.ndarray, color: tuple, joints: tuple) -> Part:
    return Part(centre, centre, np.diag(1.0 / radii) @ axes.T, color, joints)


def _heading(turned: float) -> np.ndarray:
    c, s = np.cos(turned), np.sin(turned)
    return np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])


def _seen_from(camera: StudioCamera, part: Part, turned: float) -> Part:
    heading = _heading(turned)
    to_body = (camera.rotation @ heading).T
    return Part(camera.to_optical(heading @ part.start), camera.to_optical(heading @ part.end), part.shape @ to_body,
                part.color, part.joints)


def _cast(part: Part, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Depth (h, w) of the nearest hit in metres, inf beside the part, and light in 0..1 on rays (x, y, 1)."""
    a, b = part.shape @ part.start, part.shape @ part.end
    axis, metric = b - a, part.shape.T @ part.shape
    ray2 = _form(x, y, metric)
    ray_axis = _line(x, y, part.shape.T @ axis)
    ray_a = -_line(x, y, part.shape.T @ a)
    length2, axis_a, a2 = float(axis @ axis), float(-axis @ a), float(a @ a)
    if length2 < 1e-12:
        return _ball(ray2, ray_a, a2)
    qa = length2 * ray2 - ray_axis * ray_axis
    qb = length2 * ray_a - np.float32(axis_a) * ray_axis
    root = qb * qb - qa * np.float32(length2 * a2 - axis_a * axis_a - length2)
    np.copyto(root, np.nan, where=root < 0)
    side = (-qb - np.sqrt(root)) / qa
    along = axis_a + side * ray_axis
    # Beyond an end the capsule is a ball around that end.
    at_end = along > 0.5 * length2
    ball_ray = np.where(at_end, ray_a - ray_axis, ray_a)
    ball2 = np.where(at_end, np.float32(b @ b), np.float32(a2))
    cap, _ = _ball(ray2, ball_ray, ball2)
    inside = (along > 0) & (along < length2)
    near = np.where(inside, side, cap)
    share = np.clip(along / length2, 0.0, 1.0)
    light = _light(near, ray2, ray_a - share * ray_axis)
    near[~(near > 0)] = np.inf
    return near, light


def _ball(ray2: np.ndarray, ray_centre: np.ndarray, centre2: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
    root = ray_centre * ray_centre - ray2 * (centre2 - np.float32(1.0))
    np.copyto(root, np.nan, where=root < 0)
    near = (-ray_centre - np.sqrt(root)) / ray2
    light = _light(near, ray2, ray_centre)
    near[~(near > 0)] = np.inf
    return near, light


def _light(near: np.ndarray, ray2: np.ndarray, ray_foot: np.ndarray) -> np.ndarray:
    """Lambert's law with a lamp at the camera, softened; `ray_foot` is ray times (camera - foot on the axis)."""
    with np.errstate(invalid='ignore'):
        return 0.45 + 0.55 * np.clip(-(near * ray2 + ray_foot) / np.sqrt(ray2), 0.0, 1.0)


def _form(x: np.ndarray, y: np.ndarray, m: np.ndarray) -> np.ndarray:
    """ray' m ray for rays (x, y, 1)."""
    m = m.astype(np.float32)
    rows = m[1, 1] * y * y + 2 * m[1, 2] * y + m[2, 2]
    return m[0, 0] * x * x + 2 * x * (m[0, 1] * y[:, None] + m[0, 2]) + rows[:, None]


def _line(x: np.ndarray, y: np.ndarray, v: np.ndarray) -> np.ndarray:
    """ray . v for rays (x, y, 1)."""
    v = v.astype(np.float32)
    return v[0] * x + (v[1] * y + v[2])[:, None]


def _empty_room(camera: StudioCamera, x: np.ndarray, y: np.ndarray, room: bool) -> tuple[np.ndarray, np.ndarray]:
    """Depth (H, W) float32 and colour (H, W, 3) of floor, back wall and a box; NaN where there is nothing."""
    depth = np.full((len(y), len(x)), np.inf, np.float32)
    color = np.zeros((*depth.shape, 3), np.uint8)
    surfaces = [(np.array([0.0, 1.0, 0.0]), 0.0, FLOOR_COLOR, None)]
    if room:
        surfaces += [(np.array([0.0, 0.0, 1.0]), -1.6, WALL_COLOR, None)] + _box((-1.7, -1.4), (-1.0, -0.8), 0.75)
    for normal, place, paint, limits in surfaces:
        slope = _line(x, y, camera.rotation @ normal)
        with np.errstate(divide='ignore', invalid='ignore'):
            hit = np.float32(place - normal @ camera.centre) / slope
        seen = (hit > 0) & (hit < depth)
        if limits is not None:
            seen &= _within(hit, camera, x, y, limits)
        depth[seen], color[seen] = hit[seen], paint
    depth[np.isinf(depth)] = np.nan
    return depth, color


def _box(low: tuple[float, float], high: tuple[float, float], top: float) -> list[tuple]:
    """Front, inner side and top of a box on the floor; corners (x, z) in the room."""
    bounds = np.array([[low[0], 0.0, low[1]], [high[0], top, high[1]]])
    side = tuple(int(0.8 * c) for c in FURNITURE_COLOR)
    lid = tuple(int(1.2 * c) for c in FURNITURE_COLOR)
    return [(np.array([0.0, 0.0, 1.0]), high[1], FURNITURE_COLOR, bounds),
            (np.array([1.0, 0.0, 0.0]), high[0], side, bounds), (np.array([0.0, 1.0, 0.0]), top, lid, bounds)]


def _within(hit: np.ndarray, camera: StudioCamera, x: np.ndarray, y: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    rays = np.stack(np.broadcast_arrays(x, y[:, None], np.float32(1.0)), axis=-1)
    points = (rays * np.where(np.isfinite(hit), hit, 0)[..., None]) @ camera.rotation + camera.centre
    return ((points > bounds[0] - 1e-4) & (points < bounds[1] + 1e-4)).all(axis=-1)
