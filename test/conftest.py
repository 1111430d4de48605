"""Shared fixtures."""

import os
from pathlib import Path

import pytest

# Before NumPy is loaded: a stage's small matrices want one BLAS thread, as in the station.
os.environ.setdefault('OPENBLAS_NUM_THREADS', '1')
os.environ.setdefault('OMP_NUM_THREADS', '1')

SHARED_DATA = Path(os.environ.get('POSEFORMER_DATA', Path(__file__).parents[2] / 'shared' / 'data'))


@pytest.fixture(scope='session')
def shared_data() -> Path:
    """Folder of the real recordings, which never enter the repository; without it the test is skipped, saying so."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f'no real recordings at {SHARED_DATA}; set POSEFORMER_DATA to their folder')
    return SHARED_DATA
