"""Which file the body model is read from: a free body, a user's file, or one of a folder of SMPL's files by gender."""

from pathlib import Path

from poseformer_ros.body.model import SHIPPED_BODIES, default_body_path, shipped_body_path
from poseformer_ros.errors import BadInput

GENDERS = ('neutral', 'female', 'male')
# How SMPL's files are named by its makers and by `smplx`, in lower case.
_STEMS = {'neutral': ('smpl_neutral', 'basicmodel_neutral_'), 'female': ('smpl_female', 'basicmodel_f_'),
          'male': ('smpl_male', 'basicmodel_m_')}
_ENDINGS = ('.npz', '.pkl')


def body_model_path(where: str, gender: str = 'neutral') -> Path:
    """The file to read.

    where: a name of SHIPPED_BODIES; a file; a folder that holds SMPL's files, or a folder `smpl` of them; or nothing for the
        free body, which has no gender.
    gender: which of a folder's files.
    Raises BadInput when the folder has no such file.
    """
    path = body_file(where)
    if not path.is_dir():
        return path
    for folder in (path, path / 'smpl'):
        files = sorted(folder.glob('*')) if folder.is_dir() else []
        found = [file for ending in _ENDINGS for file in files if file.suffix == ending and gender_of(file) == gender]
        if found:
            return found[0]
    raise BadInput(f"{path}: no SMPL model of gender '{gender}'; put SMPL_{gender.upper()}.npz or .pkl there, "
                   'or give the file itself')


def body_file(where: str) -> Path:
    """A name of SHIPPED_BODIES, a path, or nothing for the free body."""
    if not where:
        return default_body_path()
    return shipped_body_path(where) if where in SHIPPED_BODIES else Path(where).expanduser()


def is_shipped(path: Path) -> bool:
    """Whether this is one of our own files, and not a user's."""
    return path in map(shipped_body_path, SHIPPED_BODIES)


def gender_of(path: Path) -> str:
    """The gender that a file's name tells; empty where it tells none."""
    name = path.stem.lower()
    return next((gender for gender, stems in _STEMS.items() if name.startswith(stems)), '')
