"""Images of dressed bodies in a room by ray casting (Open3D): depth, person, body parts and colour.

Rays are (x / fx, y / fy, 1) in the optical frame, so that a hit's parameter is depth along the optical axis. The room is
cast once for each camera pose; a body only where it can be: in the blocks of pixels that its vertices fall into.
"""

from dataclasses import dataclass

import numpy as np

from poseformer_ros.body.model import BodyModel
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.errors import BadInput
from poseformer_ros.synthesis.rendering.cameras import CameraPose
from poseformer_ros.synthesis.rendering.clothing import DressedBody
from poseformer_ros.synthesis.rendering.rooms import Room, painted

NOBODY = -1             # part and person where the room is seen
LONGEST_EDGE_M = 0.09   # of a triangle of a posed and dressed body
NEAREST_M = 0.3         # a body nearer to the camera is not drawn
AMBIENT = 0.52          # share of light that comes from everywhere
SHADOW = 0.62           # share of the lamp's light that is missing in a shadow
SHADOW_REACH_PX = 0.25  # a person's shadow is looked for this far around, as a share of the person's window


@dataclass(frozen=True)
class Actor:
    """A dressed body in one pose: pose (24, 3) rotation vectors, translation (3,) metres in the room."""

    dressed: DressedBody
    pose: np.ndarray
    translation: np.ndarray


@dataclass(frozen=True)
class Geometry:
    """What the rays found, without light.

    depth: (H, W) float32 metres along the optical axis, exact; NaN where nothing is.
    person: (H, W) int8, index of the actor, NOBODY in the room.
    part: (H, W) int8, the joint that moves the surface most there, of whichever actor; NOBODY in the room.
    hits: of each actor, for light.
    """

    depth: np.ndarray
    person: np.ndarray
    part: np.ndarray
    hits: tuple['Hits', ...]


@dataclass(frozen=True)
class Hits:
    """One actor's pixels: index (n,) into the flat image, depth (n,), face (n,), weights (n, 3) of the face's
    corners, normal (n, 3) in the room, part (n,); window is (row, end, column, end); scene for shadows."""

    pixel: np.ndarray
    depth: np.ndarray
    face: np.ndarray
    weights: np.ndarray
    normal: np.ndarray
    part: np.ndarray
    window: tuple[int, int, int, int]
    scene: object


class Renderer:
    """Draws actors in one room with one camera. Keeps what was cast of the room for the last camera pose."""

    def __init__(self, intrinsics: Intrinsics, room: Room, model: BodyModel) -> None:
        """Raises BadInput when Open3D is not installed."""
        self._o3d = _open3d()
        self.intrinsics = intrinsics
        self._room = room
        self._labels = PartLabels(model)
        self._model = model
        k = intrinsics
        self._rays = np.ones((k.height, k.width, 3), np.float32)
        self._rays[..., 0] = (np.arange(k.width) - k.cx) / k.fx
        self._rays[..., 1] = ((np.arange(k.height) - k.cy) / k.fy)[:, None]
        self._scene = self._scene_of(room.vertices, room.faces)
        self._backdrop: _Backdrop | None = None

    def geometry(self, camera: CameraPose, actors: list[Actor]) -> Geometry:
        """Depth and labels of one moment."""
        backdrop = self._backdrop_at(camera)
        depth = backdrop.depth.copy()
        person, part = (np.full(depth.shape, NOBODY, np.int8) for _ in range(2))
        hits = []
        for index, actor in enumerate(actors):
            seen = self._cast_body(backdrop, actor)
            if seen is None:
                continue
            hits.append(seen)
            nearer = ~(seen.depth >= depth.ravel()[seen.pixel])     # NaN, nothing there, is farther
            pixel = seen.pixel[nearer]
            depth.ravel()[pixel] = seen.depth[nearer]
            person.ravel()[pixel] = index
            part.ravel()[pixel] = seen.part[nearer]
        return Geometry(depth, person, part, tuple(hits))

    def color(self, camera: CameraPose, actors: list[Actor], geometry: Geometry) -> np.ndarray:
        """(H, W, 3) uint8 BGR of what `geometry` found for the same camera and actors."""
        backdrop = self._backdrop_at(camera)
        light = self._room_light(backdrop)
        image = light.copy()
        for hits in geometry.hits:
            self._cast_shadow(image, light, backdrop, hits)
        for index, (actor, hits) in enumerate(zip(actors, geometry.hits)):
            shown = geometry.person.ravel()[hits.pixel] == index
            corners = self._model.f[hits.face[shown]]
            paint = np.einsum('nk,nkc->nc', hits.weights[shown], actor.dressed.paint[corners])
            points = self._points(backdrop, hits.pixel[shown], hits.depth[shown])
            image.reshape(-1, 3)[hits.pixel[shown]] = paint * self._lambert(points, hits.normal[shown], camera)[:, None]
        return np.clip(image, 0, 255).astype(np.uint8)

    def _scene_of(self, vertices: np.ndarray, faces: np.ndarray):
        scene = self._o3d.t.geometry.RaycastingScene(nthreads=1)
        tensor = self._o3d.core.Tensor
        scene.add_triangles(tensor(np.ascontiguousarray(vertices, np.float32)), tensor(faces.astype(np.uint32)))
        return scene

    def _cast(self, scene, origin: np.ndarray, directions: np.ndarray) -> dict:
        rays = np.empty((len(directions), 6), np.float32)
        rays[:, :3], rays[:, 3:] = origin, directions
        return {name: value.numpy() for name, value in scene.cast_rays(self._o3d.core.Tensor(rays), nthreads=1).items()}

    def _backdrop_at(self, camera: CameraPose) -> '_Backdrop':
        kept: _Backdrop | None = self._backdrop
        if kept is None or not (np.array_equal(kept.camera.rotation, camera.rotation)
                                and np.array_equal(kept.camera.centre, camera.centre)):
            directions = (self._rays.reshape(-1, 3) @ camera.rotation.astype(np.float32))
            found = self._cast(self._scene, camera.centre, directions)
            depth = found['t_hit'].reshape(self._rays.shape[:2])
            depth[np.isinf(depth)] = np.nan
            kept = self._backdrop = _Backdrop(camera, directions, depth, found['primitive_ids'], found['primitive_normals'], [])
        return kept

    def _cast_body(self, backdrop: '_Backdrop', actor: Actor) -> Hits | None:
        vertices = actor.dressed.surface.posed_vertices(actor.pose, actor.translation)
        optical = backdrop.camera.to_optical(vertices)
        if optical[:, 2].min() < NEAREST_M:
            return None
        pixel, window = self._pixels_near(optical)
        if not len(pixel):
            return None
        scene = self._scene_of(vertices, self._model.f)
        found = self._cast(scene, backdrop.camera.centre, backdrop.directions[pixel])
        hit = np.flatnonzero(np.isfinite(found['t_hit']))
        u, v = found['primitive_uvs'][hit].T
        weights, face = np.stack([1 - u - v, u, v], axis=1), found['primitive_ids'][hit].astype(np.intp)
        return Hits(pixel[hit], found['t_hit'][hit], face, weights, found['primitive_normals'][hit],
                    self._labels(face, weights), window, scene)

    def _pixels_near(self, optical: np.ndarray) -> tuple[np.ndarray, tuple[int, int, int, int]]:
        """Flat indices of the pixels in or beside a block with a vertex (V, 3) in it, and their window."""
        k = self.intrinsics
        block = max(6, int(np.ceil(max(k.fx, k.fy) * LONGEST_EDGE_M / optical[:, 2].min())))
        u, v = k.project(optical).T
        rows, columns = -(-k.height // block), -(-k.width // block)
        # A block around the image on each side keeps what lies just outside.
        i = np.clip(np.floor((v + 0.5) / block).astype(int) + 1, 0, rows + 1)
        j = np.clip(np.floor((u + 0.5) / block).astype(int) + 1, 0, columns + 1)
        taken = np.zeros((rows + 2, columns + 2), bool)
        taken[i, j] = True
        wide = taken[:, 1:-1] | taken[:, :-2] | taken[:, 2:]
        wide = wide[1:-1] | wide[:-2] | wide[2:]
        near = np.repeat(np.repeat(wide, block, axis=0), block, axis=1)[:k.height, :k.width]
        r, c = np.flatnonzero(near.any(1)), np.flatnonzero(near.any(0))
        window = (r[0], r[-1] + 1, c[0], c[-1] + 1) if len(r) else (0, 0, 0, 0)
        return np.flatnonzero(near.ravel()), window

    def _points(self, backdrop: '_Backdrop', pixel: np.ndarray, depth: np.ndarray) -> np.ndarray:
        return backdrop.directions[pixel] * depth[:, None] + backdrop.camera.centre.astype(np.float32)

    def _lambert(self, points: np.ndarray, normals: np.ndarray, camera: CameraPose) -> np.ndarray:
        """Light (n,) on surfaces by the lamp and a little by the camera's side; normals are turned to the camera."""
        to_camera = camera.centre.astype(np.float32) - points
        to_lamp = self._room.lamp.astype(np.float32) - points
        facing = np.sign(np.einsum('ij,ij->i', normals, to_camera))
        lamp, camera_side = (np.einsum('ij,ij->i', normals, way) * facing / np.linalg.norm(way, axis=1)
                             for way in (to_lamp, to_camera))
        return AMBIENT + (1 - AMBIENT) * (0.75 * np.clip(lamp, 0, 1) + 0.35 * np.clip(camera_side, 0, 1))

    def _room_light(self, backdrop: '_Backdrop') -> np.ndarray:
        """The empty room (H, W, 3) float32, lit, with the shadows of its furniture; made once for a camera pose."""
        if not backdrop.light:
            depth = backdrop.depth.ravel()
            pixel = np.flatnonzero(np.isfinite(depth))
            points, normals = self._points(backdrop, pixel, depth[pixel]), backdrop.normals[pixel]
            paint = painted(self._room, backdrop.face[pixel], points, normals)
            paint *= self._lambert(points, normals, backdrop.camera)[:, None]
            paint *= self._shadow(self._scene, points)[:, None]
            image = np.zeros((len(depth), 3), np.float32)
            image[pixel] = paint
            backdrop.light.append(image.reshape(*backdrop.depth.shape, 3))
        return backdrop.light[0]

    def _cast_shadow(self, image: np.ndarray, light: np.ndarray, backdrop: '_Backdrop', hits: Hits) -> None:
        """Darken the room around a person where the person stands before the lamp."""
        top, bottom, left, right = hits.window
        reach = int(SHADOW_REACH_PX * max(bottom - top, right - left))
        rows = slice(max(0, top - reach), bottom + reach)
        columns = slice(max(0, left - reach), right + reach)
        index = np.arange(backdrop.depth.size).reshape(backdrop.depth.shape)[rows, columns].ravel()
        index = index[np.isfinite(backdrop.depth.ravel()[index])]
        points = self._points(backdrop, index, backdrop.depth.ravel()[index])
        image.reshape(-1, 3)[index] *= self._shadow(hits.scene, points)[:, None]

    def _shadow(self, scene, points: np.ndarray) -> np.ndarray:
        """Share of light (n,) that is left where something stands before the lamp."""
        rays = np.empty((len(points), 6), np.float32)
        rays[:, :3], rays[:, 3:] = points, self._room.lamp - points
        blocked = scene.test_occlusions(self._o3d.core.Tensor(rays), tnear=0.01, tfar=0.97, nthreads=1).numpy()
        return np.where(blocked, np.float32(1.0 - SHADOW * (1 - AMBIENT)), np.float32(1.0))


@dataclass(frozen=True)
class _Backdrop:
    """The empty room from one camera pose; `light` is filled when colour is first asked for."""

    camera: CameraPose
    directions: np.ndarray
    depth: np.ndarray
    face: np.ndarray
    normals: np.ndarray
    light: list[np.ndarray]


class PartLabels:
    """The joint that moves a place of the surface most, from the skinning weights interpolated over the triangle."""

    def __init__(self, model: BodyModel) -> None:
        self._faces = model.f
        self._weights = model.weights.astype(np.float32)
        corner = model.part[model.f]
        # Where one joint leads at all three corners it leads everywhere between them.
        self._of_face = np.where((corner == corner[:, :1]).all(axis=1), corner[:, 0].astype(np.int8), NOBODY)

    def __call__(self, face: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """face (n,) and weights (n, 3) of its corners to joints (n,) int8."""
        part = self._of_face[face].astype(np.int8)
        mixed = np.flatnonzero(part == NOBODY)
        blend = np.einsum('nk,nkj->nj', weights[mixed], self._weights[self._faces[face[mixed]]])
        part[mixed] = blend.argmax(axis=1)
        return part


def _open3d():
    try:
        import open3d
    except ImportError as error:
        raise BadInput(f'studio: open3d cannot be loaded ({error}); pip install -r requirements/studio.txt') from error
    return open3d
