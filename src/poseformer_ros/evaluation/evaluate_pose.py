"""Pose methods against rendered truth, frame by frame (protocol: pose)."""

from dataclasses import dataclass

import numpy as np

from poseformer_ros.body.fitting.result import BodyFitResult
from poseformer_ros.body.kinematics import ShapedBody, shaped_body
from poseformer_ros.body.model import BodyModel
from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.evaluation.pose_methods import PoseAnswer, PoseWay, pose_method
from poseformer_ros.silhouette.crop import crop
from poseformer_ros.silhouette.found import Found
from poseformer_ros.silhouette.person import Roi, Silhouette, nobody
from poseformer_ros.silhouette.stage import SilhouetteStage
from poseformer_ros.skeleton.joints import JointState
from poseformer_ros.stage_options import Parameters, stage_options
from poseformer_ros.synthesis.data_set import Sequence
from poseformer_ros.synthesis.rendered_recording import FrameTruth

SILHOUETTES = ('rendered', 'own')
STILL_M_S = 0.05        # a joint that truly moves slower in the optical frame counts as at rest


@dataclass(frozen=True)
class PoseErrors:
    """One method on one sequence with one kind of silhouette.

    facts: of the sequence (`data_set.facts`). method, silhouette: names.
    error: (T, 24) metres from the true joint centre, NaN where MISSING.
    across: (T, 24) metres, the part of it across the ray, which the depth reading does not touch.
    jitter: (T, 24) metres, how far the error of a joint at rest has changed since the image before; NaN for others.
    vertex: (T,) metres, mean distance of the body's vertices from the bare true body's; NaN without a body.
    lost: (T,) bool, somebody was found but the method said nothing.
    visible: (T, 24) bool, of the truth.
    overlap: (T,) intersection over union of the silhouette with the person; 0 where nobody was found.
    floor_angle, floor_offset: (T,) radians and metres between the silhouette's floor and the true one; NaN while unknown.
    """

    facts: dict
    method: str
    silhouette: str
    error: np.ndarray
    across: np.ndarray
    jitter: np.ndarray
    vertex: np.ndarray
    lost: np.ndarray
    visible: np.ndarray
    overlap: np.ndarray
    floor_angle: np.ndarray
    floor_offset: np.ndarray


def evaluate_sequence(sequence: Sequence, facts: dict, ways: list[PoseWay], silhouettes: list[str], model: BodyModel,
                      parameters: Parameters | None = None) -> list[PoseErrors]:
    """Go every way with every kind of silhouette over a sequence; each image is rendered or read once.

    model: what the sequence was rendered with; a body that is fitted is this one. parameters: of the stages.
    """
    stage, bodies = SilhouetteStage(stage_options(parameters)['silhouette']), _TrueBody(model)
    running = {(way.name, kind): pose_method(way, model, parameters) for way in ways for kind in silhouettes}
    rows: dict[tuple[str, str], list[tuple]] = {key: [] for key in running}
    truths, stamps = [], []
    for index in range(len(sequence)):
        frame, truth = sequence.frame(index)
        people = {kind: stage(frame) if kind == 'own' else rendered_silhouette(frame, truth) for kind in silhouettes}
        for (name, kind), method in running.items():
            answer = method(people[kind], truth.depth_stamp_s)
            rows[name, kind].append((_offset(answer, truth), bodies.distance(answer.fit, truth), _lost(answer, people[kind]),
                                     truth.visible, mask_overlap(people[kind], truth.mask), *floor_errors(people[kind], truth)))
        truths.append(truth.positions)
        stamps.append(truth.depth_stamp_s)
    return [_errors(facts, *key, np.array(truths), np.array(stamps), rows[key]) for key in running]


def _errors(facts: dict, name: str, kind: str, truths: np.ndarray, stamps: np.ndarray, rows: list[tuple]) -> PoseErrors:
    offset, vertex, lost, visible, overlap, angle, height = (np.array(column) for column in zip(*rows))
    ray = truths / np.linalg.norm(truths, axis=2, keepdims=True)
    along = np.einsum('tjc,tjc->tj', offset, ray)[..., None]
    return PoseErrors(facts=facts, method=name, silhouette=kind, error=np.linalg.norm(offset, axis=2), vertex=vertex, lost=lost,
                      across=np.linalg.norm(offset - along * ray, axis=2), jitter=jitter_at_rest(offset, truths, stamps),
                      visible=visible, overlap=overlap, floor_angle=angle, floor_offset=height)


def jitter_at_rest(offset: np.ndarray, truths: np.ndarray, stamps: np.ndarray) -> np.ndarray:
    """(T, 24) metres, see PoseErrors; offset and truths (T, 24, 3) metres, stamps (T,) seconds."""
    jitter = np.full(offset.shape[:2], np.nan)
    speed = np.linalg.norm(np.diff(truths, axis=0), axis=2) / np.diff(stamps)[:, None]
    jitter[1:] = np.where(speed < STILL_M_S, np.linalg.norm(np.diff(offset, axis=0), axis=2), np.nan)
    return jitter


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
    angle = np.arcsin(min(1.0, float(np.linalg.norm(np.cross(person.floor.normal, truth.floor.normal)))))
    return float(angle), float(abs(person.floor.offset - truth.floor.offset))


class _TrueBody:
    """The true person's vertices, made only for methods that have a body."""

    def __init__(self, model: BodyModel) -> None:
        self._model = model
        self._person: ShapedBody | None = None

    def distance(self, fit: BodyFitResult | None, truth: FrameTruth) -> float:
        """Metres from vertex to vertex on average; NaN without a fitted body."""
        if fit is None or not fit.fitted:
            return np.nan
        if self._person is None:
            self._person = shaped_body(self._model, truth.betas)
        true = truth.camera.to_optical(self._person.posed_vertices(truth.pose, truth.translation))
        found = shaped_body(self._model, fit.betas).posed_vertices(fit.pose, fit.translation)
        return float(np.linalg.norm(found - true, axis=1).mean())


def _offset(answer: PoseAnswer, truth: FrameTruth) -> np.ndarray:
    """(24, 3) metres from the true to the found joints; NaN where MISSING."""
    there = (answer.skeleton.state != JointState.MISSING)[:, None]
    return np.where(there, answer.skeleton.positions, np.nan) - truth.positions


def _lost(answer: PoseAnswer, person: Silhouette) -> bool:
    return person.found and bool((answer.skeleton.state == JointState.MISSING).all())
