"""Reading the file of one of our networks: one .onnx that holds the network and, in its metadata, what is known of it."""

import json
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


def read_model(path: str | Path, kind: ModelKind) -> tuple[bytes, dict[str, Any]]:
    """A file's bytes and its facts. Raises BadInput as `model_bytes` and `model_facts`."""
    content = model_bytes(path, kind)
    return content, model_facts(content, str(path), kind)


def model_bytes(path: str | Path, kind: ModelKind) -> bytes:
    """A file's bytes. Raises BadInput for a file that is not there or too large."""
    path = Path(path)
    if not path.is_file():
        raise BadInput(f'{path}: no such file; {kind.remedy}')
    if path.stat().st_size > kind.most_bytes:
        raise BadInput(f'{path}: {path.stat().st_size / 1e6:.0f} MB, wanted at most {kind.most_bytes / 1e6:.0f}; {kind.remedy}')
    return path.read_bytes()


def model_facts(content: bytes, name: str, kind: ModelKind) -> dict[str, Any]:
    """The facts in a file's bytes, which are seen to hold only the network's operators; nothing in them is run.

    name: for error texts. Raises BadInput for what is no such model, or whose facts cannot be read.
    """
    try:
        text = scan(content, kind.operators).get(kind.key, '')
    except ValueError as error:
        raise BadInput(f'{name}: holds {error}, so it is no {kind.name}; {kind.remedy}') from error
    if not text:
        raise BadInput(f"{name}: an ONNX file without '{kind.key}' in its metadata; {kind.remedy}")
    try:
        facts = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{name}: its '{kind.key}' cannot be read ({type(error).__name__}: {error}); {kind.remedy}") from error
    if not isinstance(facts, dict):
        raise BadInput(f"{name}: its '{kind.key}' is no table of facts; {kind.remedy}")
    return facts
