"""Joint methods against rendered truth, frame by frame (protocol: pose)."""

from dataclasses import dataclass

import numpy as np

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.silhouette.backend import Found
from poseformer_ros.silhouette.crop import crop
from poseformer_ros.silhouette.person import Roi, Silhouette, nobody
from poseformer_ros.silhouette.stage import SilhouetteStage
from poseformer_ros.skeleton.joints import JointState, Skeleton
from poseformer_ros.synthesis.data_set import Sequence
from poseformer_ros.synthesis.recording import FrameTruth
from poseformer_ros.training.pose_methods import joint_method

SILHOUETTES = ('rendered', 'own')


@dataclass(frozen=True)
class PoseErrors:
    """One method on one sequence with one kind of silhouette.

    facts: of the sequence (`data_set.facts`). method, silhouette: names.
    error: (T, 24) metres from the true joint centre, NaN where MISSING.
    across: (T, 24) metres, the part of it across the ray, which the depth reading does not touch.
    visible: (T, 24) bool, of the truth.
    overlap: (T,) intersection over union of the silhouette with the person; 0 where nobody was found.
    floor_angle, floor_offset: (T,) radians and metres between the silhouette's floor and the true one; NaN while unknown.
    """

    facts: dict
    method: str
    silhouette: str
    error: np.ndarray
    across: np.ndarray
    visible: np.ndarray
    overlap: np.ndarray
    floor_angle: np.ndarray
    floor_offset: np.ndarray


def evaluate_sequence(sequence: Sequence, facts: dict, methods: list[str], silhouettes: list[str]) -> list[PoseErrors]:
    """Run every method with every kind of silhouette over a sequence; each picture is rendered or read once."""
    stage = SilhouetteStage()
    running = {(name, kind): joint_method(name) for name in methods for kind in silhouettes}
    rows: dict[tuple[str, str], list[tuple]] = {key: [] for key in running}
    for index in range(len(sequence)):
        frame, truth = sequence.frame(index)
        people = {kind: stage(frame) if kind == 'own' else rendered_silhouette(frame, truth) for kind in silhouettes}
        for (name, kind), method in running.items():
            rows[name, kind].append(_measured(method(people[kind]), people[kind], truth))
    return [PoseErrors(facts, name, kind, *(np.array(column) for column in zip(*rows[name, kind])))
            for name, kind in running]


def rendered_silhouette(frame: RgbdFrame, truth: FrameTruth) -> Silhouette:
    """The person's crop as a perfect segmentation would give it; the depth is the frame's, with its noise."""
    if not truth.mask.any():
        return nobody(frame.intrinsics, truth.floor)
    height, width = truth.mask.shape
    found = Found(mask=truth.mask, roi=Roi(0, 0, width, height), track_id=1, cut=False)
    return crop(frame, found, truth.floor)


def mask_overlap(person: Silhouette, truth: np.ndarray) -> float:
    """Intersection over union of a silhouette with the true mask (H, W); 0 for nobody, NaN where both are empty."""
    if not person.found:
        return 0.0 if truth.any() else np.nan
    both = int((person.mask & truth[person.roi.slices]).sum())
    return both / (int(person.mask.sum()) + int(truth.sum()) - both)


def floor_errors(person: Silhouette, truth: FrameTruth) -> tuple[float, float]:
    """Angle in radians and difference of height in metres between the floor found and the true one; NaN if none is."""
    if person.floor is None:
        return np.nan, np.nan
    # By the sine: the arc cosine of nearly one has no digits left.
    angle = np.arcsin(min(1.0, np.linalg.norm(np.cross(person.floor.normal, truth.floor.normal))))
    return float(angle), float(abs(person.floor.offset - truth.floor.offset))


def _measured(skeleton: Skeleton, person: Silhouette, truth: FrameTruth) -> tuple:
    found = np.where((skeleton.state != JointState.MISSING)[:, None], skeleton.positions, np.nan)
    error = found - truth.positions
    ray = truth.positions / np.linalg.norm(truth.positions, axis=1, keepdims=True)
    along = np.einsum('ij,ij->i', error, ray)
    return (np.linalg.norm(error, axis=1), np.linalg.norm(error - along[:, None] * ray, axis=1), truth.visible,
            mask_overlap(person, truth.mask), *floor_errors(person, truth))

