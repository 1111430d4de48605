"""How far the pixels of a body's mesh are those of a silhouette."""

from dataclasses import replace

import numpy as np

from poseformer_ros.body.fitting.result import BodyFitResult
from poseformer_ros.body.kinematics import shaped_body
from poseformer_ros.body.model import BodyModel
from poseformer_ros.geometry.mesh_mask import mesh_mask
from poseformer_ros.silhouette.person import Silhouette


def mesh_overlap(vertices: np.ndarray, faces: np.ndarray, person: Silhouette) -> float:
    """Intersection over union of a mesh's pixels with a silhouette's, of those that lie in the image.

    What the person hides outside the image counts for neither; what furniture hides counts against the overlap.
    vertices: (V, 3) metres, optical frame. faces: (F, 3). NaN where nobody was found, or where neither has a pixel.
    """
    if not person.found:
        return np.nan
    width, height = person.image_size
    image = person.intrinsics.crop(-person.roi.x, -person.roi.y, width, height)
    before = vertices[vertices[:, 2] > 0.0]
    # The window that holds both; the mesh may reach out of the crop.
    low = np.array([person.roi.x, person.roi.y])
    high = low + [person.roi.width, person.roi.height]
    if len(before):
        pixels = image.project(before)
        low = np.clip(np.floor(pixels.min(axis=0)), 0, low).astype(int)
        high = np.clip(np.ceil(pixels.max(axis=0)) + 1, high, [width, height]).astype(int)
    window = image.crop(*(int(v) for v in (*low, *(high - low))))
    mesh = mesh_mask(vertices, faces, window)
    x, y = person.roi.x - low[0], person.roi.y - low[1]
    both = int((mesh[y:y + person.roi.height, x:x + person.roi.width] & person.mask).sum())
    either = int(mesh.sum()) + int(person.mask.sum()) - both
    return both / either if either else np.nan


def with_overlap(fit: BodyFitResult, model: BodyModel, person: Silhouette) -> BodyFitResult:
    """The fit with the overlap of its mesh with the silhouette that it was fitted to; as it is where nobody is fitted."""
    if not fit.fitted:
        return fit
    vertices = shaped_body(model, fit.betas).posed_vertices(fit.pose, fit.translation)
    return replace(fit, silhouette_overlap=mesh_overlap(vertices, model.f, person))
