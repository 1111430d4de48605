"""Fusion (paper, eq. 30): what the stages know of one image, as one vector of fixed layout.

Body frame: origin at the pelvis, z up along the floor's normal, x away from the camera along the floor, y left; metres. Where
no floor is known, the optical axes stand in (x forward, y left, z up) and `mesh/height` is missing: the body is taken for upright.
Contour points: from the middle of the person's box in the image, by the box's height; x right, y down.
"""

from dataclasses import dataclass

import numpy as np

from poseformer_ros.body.fitting.result import BodyFitResult
from poseformer_ros.body.kinematics import shaped_body
from poseformer_ros.body.model import BodyModel, with_vertices
from poseformer_ros.errors import BadInput
from poseformer_ros.geometry.rotations import rotation_matrices
from poseformer_ros.keypoints.body_parts import BodyParts
from poseformer_ros.keypoints.layout import Detector
from poseformer_ros.keypoints.points import Keypoints
from poseformer_ros.options import check, option
from poseformer_ros.recognition.layout import CONTOUR_POINTS, FUSED, VERTEX_COUNT, contour_part, keypoint_part
from poseformer_ros.silhouette.person import LEVEL_CAMERA, Floor, Silhouette
from poseformer_ros.skeleton.joints import JOINT_NAMES, JointState, Skeleton


@dataclass(frozen=True)
class FusionOptions:
    """Each field becomes a ROS parameter `fusion.<name>`."""

    patience: int = option(1, 0, 30, 'an image waits for a slow stage until more than this many newer ones have come; then the '
                                     'stage is flagged missing', live=False)

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class FusedFeatures:
    """One image's vector. values: (F,) float32, 0 in missing parts. present: (P,) bool, by part of the layout."""

    values: np.ndarray
    present: np.ndarray
    track_id: int


class Fusion:
    """Stateless but for the body model, whose vertices it needs."""

    def __init__(self, model: BodyModel) -> None:
        self._body = with_vertices(model, spread_vertices(model.v_template, VERTEX_COUNT))

    def __call__(self, person: Silhouette, keypoints: Keypoints | None = None, parts: BodyParts | None = None,
                 skeleton: Skeleton | None = None, fit: BodyFitResult | None = None) -> FusedFeatures:
        """Put together what there is of one image; a stage that is off is None, and its parts are flagged missing.

        Raises BadInput where a stage's result does not go with the layout.
        """
        found: dict[str, np.ndarray] = {}
        if person.found:
            if keypoints is not None:
                found |= _keypoints(keypoints)
            if parts is not None:
                found |= _contours(parts, person)
            fitted = fit if fit is not None and fit.fitted else None
            if skeleton is not None:
                found |= _joints(skeleton, person.floor, None if fitted is None else fitted.joints[0])
            if fitted is not None:
                found |= self._mesh(fitted, person.floor)
        return _laid_out(found, person.track_id)

    def _mesh(self, fit: BodyFitResult, floor: Floor | None) -> dict[str, np.ndarray]:
        axes = body_axes(floor)
        rotations = rotation_matrices(fit.pose)
        rotations[0] = axes.T @ rotations[0]
        vertices = shaped_body(self._body, fit.betas).posed_vertices(fit.pose, fit.translation)
        found = {'mesh/pose': np.swapaxes(rotations[:, :, :2], 1, 2), 'mesh/shape': fit.betas,
                 'mesh/joints': (fit.joints - fit.joints[0]) @ axes, 'mesh/vertices': (vertices - fit.joints[0]) @ axes}
        if floor is not None:
            found['mesh/height'] = floor.height(fit.joints[:1])
        return found


def body_axes(floor: Floor | None) -> np.ndarray:
    """(3, 3) whose columns are the body frame's axes in the optical frame."""
    return (floor or LEVEL_CAMERA).axes


def spread_vertices(vertices: np.ndarray, count: int) -> np.ndarray:
    """Indices (count,) of vertices (V, 3) far from one another: each the farthest from those before, the highest first."""
    chosen = [int(np.argmax(vertices[:, 1]))]
    distance = np.full(len(vertices), np.inf)
    while len(chosen) < count:
        distance = np.minimum(distance, np.linalg.norm(vertices - vertices[chosen[-1]], axis=1))
        chosen.append(int(np.argmax(distance)))
    return np.array(chosen)


def _keypoints(keypoints: Keypoints) -> dict[str, np.ndarray]:
    return {keypoint_part(detector): keypoints.features[detector] for detector in Detector
            if np.isfinite(keypoints.features[detector]).all()}


def _contours(parts: BodyParts, person: Silhouette) -> dict[str, np.ndarray]:
    if len(parts.part_ids) and parts.contours.shape[1] != CONTOUR_POINTS:
        raise BadInput(f'body_parts: {parts.contours.shape[1]} contour points for each part, the feature layout {FUSED.version} '
                       f'wants {CONTOUR_POINTS}; set the parameter body_parts.contour_points')
    rows, columns = (np.flatnonzero(person.mask.any(axis=axis)) for axis in (1, 0))
    height = rows[-1] - rows[0] + 1
    middle = person.roi.x + (columns[0] + columns[-1]) / 2, person.roi.y + (rows[0] + rows[-1]) / 2
    return {contour_part(int(part)): (points - middle) / height for part, points in zip(parts.part_ids, parts.contours)
            if contour_part(int(part)) in FUSED.names}


def _joints(skeleton: Skeleton, floor: Floor | None, pelvis: np.ndarray | None) -> dict[str, np.ndarray]:
    """Measured joints from the fitted pelvis, where there is one, else from their own; without either nothing is known."""
    origin = skeleton.positions[0] if pelvis is None else pelvis
    if np.isnan(origin).any():
        return {}
    placed = (skeleton.positions - origin) @ body_axes(floor)
    known = (skeleton.state != JointState.MISSING) & np.isfinite(placed).all(axis=1)
    return {f'joint/{JOINT_NAMES[index]}': placed[index] for index in np.flatnonzero(known)}


def _laid_out(found: dict[str, np.ndarray], track_id: int) -> FusedFeatures:
    values, present = np.zeros(FUSED.size, np.float32), np.zeros(len(FUSED.names), bool)
    for index, name in enumerate(FUSED.names):
        if name in found:
            values[FUSED.offsets[index]:FUSED.offsets[index] + FUSED.sizes[index]] = np.ravel(found[name])
            present[index] = True
    return FusedFeatures(values, present, track_id)
