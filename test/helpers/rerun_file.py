"""What an .rrd file holds, read by Rerun's own reader."""

from pathlib import Path

import numpy as np
import rerun as rr


def column(path: Path, entity: str, component: str) -> dict[int | None, np.ndarray]:
    """Values of a component ('Points3D:positions') of an entity by stamp in nanoseconds; None for what is of no time."""
    found = {}
    for chunk in rr.chunk.RrdReader(path).stream():
        batch = chunk.to_record_batch()
        if chunk.entity_path != f'/{entity}'.rstrip('/') or component not in batch.schema.names:
            continue
        stamps = [None] * batch.num_rows if chunk.is_static else batch.column('stamp').cast('int64').to_pylist()
        for stamp, value in zip(stamps, batch.column(component), strict=True):
            if value.is_valid:
                found[stamp] = np.array(value.as_py())
    return found


def only(path: Path, entity: str, component: str) -> np.ndarray:
    """The single value of a component."""
    value, = column(path, entity, component).values()
    return value


def entities(path: Path) -> set[str]:
    """All paths that hold something."""
    return {chunk.entity_path.lstrip('/') for chunk in rr.chunk.RrdReader(path).stream()} - {'__properties'}
