"""Opening a .npz file with an error for people."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from poseformer_ros.errors import BadInput


@contextmanager
def arrays_of(path: Path) -> Iterator[np.lib.npyio.NpzFile]:
    """The arrays of a file, closed afterwards. Raises BadInput where it is absent or no .npz of plain arrays."""
    if not path.is_file():
        raise BadInput(f'{path}: no such file; give the folder that holds it')
    try:
        archive = np.load(path, allow_pickle=False)
    except (ValueError, OSError, zipfile.BadZipFile) as error:
        raise BadInput(f'{path}: not a readable .npz file ({error}); get it again') from error
    if not isinstance(archive, np.lib.npyio.NpzFile):
        raise BadInput(f'{path}: holds one bare array, wanted a .npz file of named arrays; get it again')
    with archive:
        yield archive
