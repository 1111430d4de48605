"""Reading the file of one of our networks: one .onnx that holds the network and, in its metadata, what is known of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from poseformer_ros.errors import BadInput
from poseformer_ros.onnx_scan import scan


@dataclass(frozen=True)
class ModelKind:
    """A kind of model file. name: for people. key: of the metadata under which its facts stand as JSON. operators: of the network.
    most_bytes: of a file. remedy: for error texts.
    """

    name: str
    key: str
    operators: frozenset[str]
    most_bytes: int
    remedy: str


def read_model(path: str | Path, kind: ModelKind) -> tuple[bytes, Mapping[str, Any]]:
    """A file's bytes and its facts; nothing in it is run, and it is seen to hold only the network's operators.

    Raises BadInput for a file that is not there, too large, no such model, or whose facts cannot be read.
    """
    path, remedy = Path(path), kind.remedy
    if not path.is_file():
        raise BadInput(f'{path}: no such file; {remedy}')
    if path.stat().st_size > kind.most_bytes:
        raise BadInput(f'{path}: {path.stat().st_size / 1e6:.0f} MB, wanted at most {kind.most_bytes / 1e6:.0f}; {remedy}')
    content = path.read_bytes()
    try:
        text = scan(content, kind.operators).get(kind.key, '')
    except ValueError as error:
        raise BadInput(f'{path}: holds {error}, so it is no {kind.name}; {remedy}') from error
    if not text:
        raise BadInput(f"{path}: an ONNX file without '{kind.key}' in its metadata; {remedy}")
    try:
        facts = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path}: its '{kind.key}' cannot be read ({type(error).__name__}: {error}); {remedy}") from error
    if not isinstance(facts, dict):
        raise BadInput(f"{path}: its '{kind.key}' is no table of facts; {remedy}")
    return content, facts
