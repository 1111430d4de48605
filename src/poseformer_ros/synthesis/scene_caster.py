"""Ray casting of a scene made of labelled meshes: exact depth, and whose surface each pixel shows."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.synthesis.rendering.cameras import CameraPose
from poseformer_ros.synthesis.rendering.renderer import PartLabels
from poseformer_ros.synthesis.rendering.solids import Mesh

ROOM, SOMEBODY_ELSE = 0, 25         # labels of a pixel; 1 to 24 are the person's parts, joint + 1
OWN_PARTS = -1                      # label of a layer whose pixels get the parts of the person's body
NOTHING = -1                        # layer of a pixel in which nothing is


@dataclass(frozen=True)
class Layer:
    """A mesh of the scene. label: of its pixels, or OWN_PARTS."""

    mesh: Mesh
    label: int


@dataclass(frozen=True)
class Cast:
    """depth: (H, W) float32 metres, exact, NaN where nothing is. label: (H, W) uint8. layer: (H, W) int, place of the layer that is
    seen among all, NOTHING where none is.
    """

    depth: np.ndarray
    label: np.ndarray
    layer: np.ndarray


class Caster(Protocol):
    """What a camera sees of a scene."""

    def __call__(self, camera: CameraPose, window: Intrinsics) -> Cast:
        """Cast every pixel of a window of the camera's image."""


class SceneCaster:
    """Casts layers; one acceleration structure for all of them."""

    def __init__(self, layers: list[Layer], labels: PartLabels) -> None:
        import open3d
        self._o3d, self._part_labels = open3d, labels
        self._scene = open3d.t.geometry.RaycastingScene(nthreads=1)
        self._label = np.array([layer.label for layer in layers])
        for layer in layers:
            vertices, faces = layer.mesh
            self._scene.add_triangles(open3d.core.Tensor(np.ascontiguousarray(vertices, np.float32)),
                                      open3d.core.Tensor(np.ascontiguousarray(faces, np.uint32)))

    def __call__(self, camera: CameraPose, window: Intrinsics) -> Cast:
        """Cast every pixel of a window of the camera's image."""
        found = self._scene.cast_rays(self._o3d.core.Tensor(_rays(camera, window)), nthreads=1)
        depth, geometry = found['t_hit'].numpy(), found['geometry_ids'].numpy()
        hit = np.isfinite(depth)
        label = np.zeros(depth.shape, np.uint8)
        label[hit] = np.maximum(self._label, ROOM)[geometry[hit]]
        bare = hit & np.isin(geometry, np.flatnonzero(self._label == OWN_PARTS))
        if bare.any():
            u, v = found['primitive_uvs'].numpy()[bare].T
            weights = np.stack([1 - u - v, u, v], axis=1)
            label[bare] = self._part_labels(found['primitive_ids'].numpy()[bare].astype(np.intp), weights) + 1
        layer = np.where(hit, geometry.astype(np.int64), NOTHING)
        return Cast(np.where(hit, depth, np.nan).astype(np.float32), label, layer)


def _rays(camera: CameraPose, window: Intrinsics) -> np.ndarray:
    """(H, W, 6) float32 origin and direction in the room; a direction is one metre deep, so that its length is depth."""
    rays = np.empty((window.height, window.width, 6), np.float32)
    directions = np.ones((window.height, window.width, 3), np.float32)
    directions[..., 0] = (np.arange(window.width) - window.cx) / window.fx
    directions[..., 1] = ((np.arange(window.height) - window.cy) / window.fy)[:, None]
    rays[..., :3], rays[..., 3:] = camera.centre, directions @ camera.rotation.astype(np.float32)
    return rays
