"""A dressed body in a room before a camera, for the tests of the studio."""

from dataclasses import dataclass

import numpy as np

from poseformer_ros.body.kinematics import shaped_body
from poseformer_ros.body.model import BodyModel
from poseformer_ros.skeleton.joints import JOINT
from poseformer_ros.synthesis.motion.motion_clip import REST, MotionClip
from poseformer_ros.synthesis.rendering.cameras import CameraPose, RigOptions, camera_pose, sensor
from poseformer_ros.synthesis.rendering.clothing import Outfit, dressed
from poseformer_ros.synthesis.rendering.renderer import Actor, Geometry, Renderer
from poseformer_ros.synthesis.rendering.rooms import bare_room

ROUNDED = np.array([0.8, -1.1, 0.6, 0.4, -0.7, 0.3, 0.0, 0.5, -0.2, 0.1])


def arms_out(lift: float = 0.4, knee: float = 0.5) -> np.ndarray:
    """A pose (24, 3): arms `lift` radians under the horizontal, elbows and the left knee bent."""
    pose = np.zeros((24, 3))
    pose[JOINT['left_shoulder'], 2], pose[JOINT['right_shoulder'], 2] = -lift, lift
    pose[JOINT['left_elbow'], 1], pose[JOINT['right_elbow'], 1] = -0.6, 0.6
    pose[JOINT['left_hip'], 0], pose[JOINT['left_knee'], 0] = -knee, knee
    return pose


@dataclass(frozen=True)
class Scene:
    """What was drawn, and of what."""

    geometry: Geometry
    camera: CameraPose
    actor: Actor
    vertices: np.ndarray


def scene(model: BodyModel, outfit: Outfit = Outfit(), rig: RigOptions = RigOptions(), pose: np.ndarray | None = None,
          seconds: float = 0.0, name: str = 'kinect_v2') -> Scene:
    """One body on the floor of a bare room; the bare surface unless the outfit is loose."""
    body = shaped_body(model, ROUNDED)
    pose = arms_out() if pose is None else pose
    translation = np.array([0.0, -body.posed_vertices(pose)[:, 1].min(), 0.0])
    actor = Actor(dressed(body, outfit), pose, translation)
    camera = camera_pose(rig, seconds)
    geometry = Renderer(sensor(name), bare_room(), model).geometry(camera, [actor])
    return Scene(geometry, camera, actor, body.posed_vertices(pose, translation).astype(float))


def still_clip(pose: np.ndarray, height: float, seconds: float = 1.0, rate_hz: float = 30.0) -> MotionClip:
    """Somebody who holds a pose; `height` lifts the model's origin over the floor."""
    count = round(seconds * rate_hz)
    return MotionClip(poses=np.tile(pose, (count, 1, 1)), translations=np.tile([0.0, height, 0.0], (count, 1)),
                      betas=ROUNDED, rate_hz=rate_hz, exercise='still', labels=np.full(count, REST),
                      repetition=np.zeros(count, int), phase=np.full(count, np.nan))


def nearest_on_triangles(points: np.ndarray, corners: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Brute force, for points (n, 3) and triangles (F, 3, 3): distance (n,), face (n,), weights (n, 3) of its corners.

    A triangle's nearest point is its plane's foot when that lies inside, else the nearest foot on its three sides.
    """
    distance, face, weights = np.empty(len(points)), np.empty(len(points), int), np.empty((len(points), 3))
    edges = np.roll(corners, -1, axis=1) - corners
    normal = np.cross(edges[:, 0], -edges[:, 2])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-15)
    for index, point in enumerate(points):
        share = np.clip(np.einsum('fkc,fkc->fk', point - corners, edges) / np.einsum('fkc,fkc->fk', edges, edges), 0, 1)
        candidates = np.concatenate([corners + share[..., None] * edges,
                                     (point - np.einsum('fc,fc->f', point - corners[:, 0], normal)[:, None] * normal)[:, None]],
                                    axis=1)
        weight = barycentric(candidates, corners)
        off = np.linalg.norm(candidates - point, axis=-1)
        off[:, 3] = np.where((weight[:, 3] >= 0).all(axis=1), off[:, 3], np.inf)
        face[index], place = np.unravel_index(np.argmin(off), off.shape)
        distance[index], weights[index] = off[face[index], place], weight[face[index], place]
    return distance, face, weights


def barycentric(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Weights (F, n, 3) of the corners (F, 3, 3) for points (F, n, 3) in the triangles' planes."""
    a, b = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    p = points - corners[:, :1]
    aa, ab, bb = ((x * y).sum(-1) for x, y in ((a, a), (a, b), (b, b)))
    pa, pb = np.einsum('fnc,fc->fn', p, a), np.einsum('fnc,fc->fn', p, b)
    det = (aa * bb - ab * ab)[:, None]
    v, w = (bb[:, None] * pa - ab[:, None] * pb) / det, (aa[:, None] * pb - ab[:, None] * pa) / det
    return np.stack([1 - v - w, v, w], axis=-1)
