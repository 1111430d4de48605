"""A body fitted to a whole recording, and the file that it is kept in."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from poseformer_ros.body.fitting.result import BodyFitResult, FitState
from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.npz_file import arrays_of
from poseformer_ros.recordings.observations import Observation
from poseformer_ros.silhouette.person import LEVEL_CAMERA, Floor


@dataclass(frozen=True)
class FitFacts:
    """What made a fit.

    source: the recording. group: of the table that it is counted in. depth: whether depth was used.
    detector: who found the joints in images; '' where the recording is joints. method: of the fit.
    model, model_sha256: name and content of the body model's file. version: of this software. rate_hz: of the recording.
    """

    source: str
    group: str
    detector: str
    method: str
    depth: bool
    model: str
    model_sha256: str
    version: str
    rate_hz: float


@dataclass(frozen=True)
class FittedSequence:
    """The body over T moments; lengths in metres, optical frame, NaN unless the state is FITTED or DOUBTFUL.

    stamps_s: (T,) seconds. state: (T,) of FitState. track_id: (T,).
    pose: (T, 24, 3) rotation vectors in radians. betas: (T, 10), the last known. translation: (T, 3).
    joints: (T, 24, 3). joint_state: (T, 24) of JointState. joint_covariance: (T, 24, 3, 3) square metres.
    measured: (T, 24, 3) the joints that went in; NaN where MISSING.
    joint_residual, surface_residual: (T,). silhouette_overlap: (T,) intersection over union; quality: (T,) chance of being right;
    NaN without images.
    floor: (4,) normal and offset, the median over the recording; NaN where none is known.
    facts: what made it.
    """

    stamps_s: np.ndarray
    state: np.ndarray
    track_id: np.ndarray
    pose: np.ndarray
    betas: np.ndarray
    translation: np.ndarray
    joints: np.ndarray
    joint_state: np.ndarray
    joint_covariance: np.ndarray
    measured: np.ndarray
    joint_residual: np.ndarray
    surface_residual: np.ndarray
    silhouette_overlap: np.ndarray
    quality: np.ndarray
    floor: np.ndarray
    facts: FitFacts

    def __len__(self) -> int:
        return len(self.stamps_s)

    @property
    def fitted(self) -> np.ndarray:
        """(T,) bool."""
        return np.isin(self.state, (FitState.FITTED, FitState.DOUBTFUL))

    @property
    def ground(self) -> Floor:
        """The floor; where none is known a level one at the camera's height."""
        return Floor(self.floor[:3], float(self.floor[3])) if np.isfinite(self.floor).all() else LEVEL_CAMERA


# Of a moment, in the order of `gathered`'s rows.
COLUMNS = tuple(field.name for field in fields(FittedSequence) if field.name not in ('floor', 'facts'))


def gathered(moments: Iterable[tuple[Observation, BodyFitResult]], facts: FitFacts) -> FittedSequence:
    """All moments as arrays. Images are not kept. Raises BadInput where there is none."""
    rows, floors = [], []
    for seen, result in moments:
        assert seen.skeleton is not None, 'a fit comes from a skeleton'
        rows.append((seen.stamp_s, result.state, result.track_id, result.pose, result.betas, result.translation, result.joints,
                     result.joint_state, result.joint_covariance.astype(np.float32), seen.skeleton.positions,
                     result.joint_residual, result.surface_residual, result.silhouette_overlap, result.quality))
        if seen.floor is not None:
            floors.append([*seen.floor.normal, seen.floor.offset])
    if not rows:
        raise BadInput(f'{facts.source}: holds no moment; give a longer recording')
    columns = dict(zip(COLUMNS, (np.array(column) for column in zip(*rows))))
    return FittedSequence(**columns, floor=_median_floor(floors), facts=facts)


def _median_floor(floors: list[list[float]]) -> np.ndarray:
    if not floors:
        return np.full(4, np.nan)
    median = np.median(floors, axis=0)
    return median / np.array([np.linalg.norm(median[:3])] * 3 + [1.0])


def save_fitted(sequence: FittedSequence, path: Path) -> None:
    """Write a .npz file; the facts are arrays of their own names."""
    arrays = {field.name: getattr(sequence, field.name) for field in fields(sequence) if field.name != 'facts'}
    facts = {field.name: np.array(getattr(sequence.facts, field.name)) for field in fields(sequence.facts)}
    everything: dict[str, Any] = arrays | facts
    np.savez_compressed(path, **everything)


def load_fitted(path: Path) -> FittedSequence:
    """Read what `save_fitted` wrote. Raises BadInput for another file."""
    with arrays_of(path) as archive:
        wanted = {field.name for field in (*fields(FittedSequence), *fields(FitFacts))} - {'facts'}
        lacking = sorted(wanted - set(archive.files))
        if lacking:
            raise BadInput(f"{path}: has no '{lacking[0]}'; is it a result of `poseformer fit`? Move it away")
        facts = FitFacts(**{field.name: archive[field.name].item() for field in fields(FitFacts)})
        return FittedSequence(**{field.name: archive[field.name] for field in fields(FittedSequence) if field.name != 'facts'},
                              facts=facts)
