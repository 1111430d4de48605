"""One recording to its feature sequence, and the name of what comes out: a digest of all that it is made from."""

import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from poseformer_ros.body.model_files import body_model_path
from poseformer_ros.errors import BadInput
from poseformer_ros.person.model_file import default_person_model_path
from poseformer_ros.pipeline import FROM_JOINTS, UP_TO_FEATURES, Pipeline
from poseformer_ros.recognition.fusion import FusedFeatures
from poseformer_ros.recognition.layout import FUSED
from poseformer_ros.recordings.feature_sequences import FeatureSequence, save_feature_sequence
from poseformer_ros.recordings.labelled.label_file import Labels, labels_at
from poseformer_ros.recordings.loaders import StoredRecording
from poseformer_ros.recordings.observations import Observation
from poseformer_ros.stage_options import StageOptions

DIGEST_CHARACTERS = 16      # of 64 bits; two of a million recordings share one by a chance of 3e-8


@dataclass(frozen=True)
class FeatureTask:
    """A recording and how its features are made.

    options: of the stages. every: only each so many moments are looked at. labels: what is done when, where a file tells it.
    """

    source: StoredRecording
    options: StageOptions
    every: int = 1
    labels: Labels | None = None

    @property
    def person(self) -> str:
        """Who is recorded, by the labels before the recording; '' where neither tells."""
        return self.labels.person if self.labels else self.source.person


@dataclass(frozen=True)
class FeatureFile:
    """What came of a task. content: of its file. problem: why there is none; '' where there is."""

    content: bytes
    problem: str = ''


def made_features(task: FeatureTask) -> FeatureFile:
    """Do a task; what is wrong with its recording is told in the result, so that the others go on."""
    try:
        file = io.BytesIO()
        save_feature_sequence(file, sequence_of(task))
        return FeatureFile(file.getvalue())
    except BadInput as error:
        return FeatureFile(b'', str(error))


def sequence_of(task: FeatureTask) -> FeatureSequence:
    """Run the stages over a recording. Raises BadInput for one that cannot be read, or holds no moment."""
    source, stamps, frames = task.source, [], []
    pipeline = Pipeline(task.options, UP_TO_FEATURES if source.images else FROM_JOINTS)
    for seen in islice(source.open(), 0, None, task.every):
        frames.append(_features(pipeline, seen))
        stamps.append(seen.stamp_s)
    if not frames:
        raise BadInput(f'{source.origin}: holds no moment; remove it or record it again')
    stamps_s = np.array(stamps) - stamps[0]
    labels, repetition = labels_at(task.labels, stamps_s)
    facts = {'name': source.name, 'person': task.person, 'layout': FUSED.version,
             'joints': task.options['joints']['joints'].method if source.images else 'of the recording',
             'fit': task.options['smpl_fit']['body'].method}
    return FeatureSequence(np.array([frame.values for frame in frames]), np.array([frame.present for frame in frames]),
                           labels, repetition, stamps_s, facts)


def _features(pipeline: Pipeline, seen: Observation) -> FusedFeatures:
    if seen.frame is not None:
        answer = pipeline(seen.frame, seen.stamp_s)
    else:
        assert seen.skeleton is not None, 'a moment without an image has joints'
        answer = pipeline.of_joints(seen.skeleton, seen.stamp_s, seen.floor)
    assert answer.features is not None, 'fusion runs'
    return answer.features


def digest_of(task: FeatureTask) -> str:
    """Of the recording's files, the options, the models' files and the layout: the same task has the same, wherever it lies."""
    source, options = task.source, task.options
    told = {'layout': FUSED.version, 'name': source.name + source.meant, 'rate_hz': source.rate_hz, 'every': task.every,
            'labels': asdict(task.labels) if task.labels else None,
            'files': [(path.name, file_digest(path)) for path in source.files],
            'options': {stage: {prefix: _options(some) for prefix, some in prefixes.items()}
                        for stage, prefixes in options.items() if stage in (UP_TO_FEATURES if source.images else FROM_JOINTS)},
            'models': sorted(map(file_digest, _model_files(options)))}
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()[:DIGEST_CHARACTERS]


def _options(options: Any) -> Mapping[str, Any]:
    """Values; the place of a file does not matter, its content is in the digest."""
    return {name: Path(value).name if isinstance(value, str) else value for name, value in asdict(options).items()}


def _model_files(options: StageOptions) -> Iterator[Path]:
    """The body, the person network that ships, and every file that an option names."""
    body = options['smpl_fit']['body']
    yield body_model_path(body.model_file, body.gender)
    yield default_person_model_path()
    for prefixes in options.values():
        for some in prefixes.values():
            yield from (path for value in asdict(some).values() if isinstance(value, str) and value
                        and (path := Path(value).expanduser()).is_file())


def file_digest(path: Path) -> str:
    """SHA-256 of a file's content, read once while it does not change. Raises BadInput where it cannot be read."""
    try:
        facts = path.stat()
        return _read_digest(path, facts.st_size, facts.st_mtime_ns)
    except OSError as error:
        raise BadInput(f'{path}: {error.strerror}; remove it from the recordings or get it again') from error


@lru_cache(maxsize=1000)
def _read_digest(path: Path, size: int, changed_ns: int) -> str:
    with open(path, 'rb') as file:
        return hashlib.file_digest(file, 'sha256').hexdigest()
