"""Reads the arrays out of a pickle without running anything in it.

A pickle is a program that may call any function it can name. Here it can name the few that rebuild an array, and
holders that keep the data of a sparse matrix or a chumpy array as it stands; every other name is refused.
"""

import pickle
from pathlib import Path
from typing import Any, Literal

import numpy as np

from poseformer_ros.errors import BadInput

try:
    from numpy._core.multiarray import _reconstruct, scalar
except ImportError:     # NumPy 1
    from numpy.core.multiarray import _reconstruct, scalar  # type: ignore[no-redef]


class InertData:
    """Attributes of a pickled object, kept as data; nothing of the object's own class is imported or run."""


class SparseData(InertData):
    """A scipy.sparse matrix by columns or rows: `data`, `indices`, `indptr`, `_shape`."""

    compressed_axis = 0
    data: Any
    indices: Any
    indptr: Any


class SparseColumns(SparseData):
    """scipy.sparse.csc_matrix."""

    compressed_axis = 1


class SparseRows(SparseData):
    """scipy.sparse.csr_matrix."""


class ChumpyData(InertData):
    """chumpy.Ch; its values are in the attribute `x`."""

    x: Any


class ChumpySelection(InertData):
    """chumpy's Select, a slice of another array: elements `idxs` of the flat `a`, in `preferred_shape` if it has it."""

    a: Any
    idxs: Any


class ArrayName:
    """Stands for numpy.ndarray, which a pickle may name but not call."""


def _new_array(kind: type, shape: tuple[int, ...], typecode: bytes) -> Any:
    """What NumPy's `_reconstruct` is used for: an empty array, filled afterwards."""
    if kind is not ArrayName:
        raise pickle.UnpicklingError(f'an array of kind {kind!r}')
    return _reconstruct(np.ndarray, (0,), b'b')


def _array_from_bytes(data: bytes, dtype: np.dtype, shape: tuple[int, ...], order: Literal['C', 'F']) -> np.ndarray:
    """What NumPy's `_frombuffer` is used for in pickles of protocol 5."""
    return np.frombuffer(data, dtype).reshape(shape, order=order)


def _latin1(text: str, encoding: str = 'latin1') -> bytes:
    """What `_codecs.encode` is used for in pickled arrays; other codecs are refused."""
    if encoding != 'latin1':
        raise pickle.UnpicklingError(f'text encoding {encoding!r}')
    return text.encode('latin1')


def _new_inert(kind: type, base: type = object, state: Any = None) -> InertData:
    """What `copyreg._reconstructor` is used for in old pickles."""
    if not (isinstance(kind, type) and issubclass(kind, InertData)):
        raise pickle.UnpicklingError(f'an object of {kind!r}')
    return kind()


_ALLOWED: dict[tuple[str, str], Any] = {
    ('numpy', 'ndarray'): ArrayName,
    ('numpy', 'dtype'): np.dtype,
    ('_codecs', 'encode'): _latin1,
    ('chumpy', 'Ch'): ChumpyData,
    ('chumpy.ch', 'Ch'): ChumpyData,
    ('chumpy.reordering', 'Select'): ChumpySelection,
}
for _module in ('numpy.core.multiarray', 'numpy._core.multiarray'):
    _ALLOWED[_module, '_reconstruct'] = _new_array
    _ALLOWED[_module, 'scalar'] = scalar
for _module in ('numpy.core.numeric', 'numpy._core.numeric'):
    _ALLOWED[_module, '_frombuffer'] = _array_from_bytes
for _module in ('copy_reg', 'copyreg'):
    _ALLOWED[_module, '_reconstructor'] = _new_inert
for _module in ('__builtin__', 'builtins'):
    for _name, _kind in (('object', object), ('set', set), ('frozenset', frozenset)):
        _ALLOWED[_module, _name] = _kind
for _layout, _holder in (('csc', SparseColumns), ('csr', SparseRows)):
    for _module in (f'scipy.sparse.{_layout}', f'scipy.sparse._{_layout}'):
        for _name in (f'{_layout}_matrix', f'{_layout}_array'):
            _ALLOWED[_module, _name] = _holder


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise _Forbidden(f'{module}.{name}')
        return _ALLOWED[module, name]


class _Forbidden(pickle.UnpicklingError):
    pass


def read_pickle(path: Path) -> Any:
    """Return what a pickle holds, with sparse matrices and chumpy arrays as inert holders (see `dense`).

    Texts of Python 2 are read as latin1. Raises BadInput when the file is damaged or names anything but arrays.
    """
    try:
        with open(path, 'rb') as file:
            return _Reader(file, encoding='latin1').load()
    except _Forbidden as error:
        raise BadInput(f"{path}: this pickle asks for '{error}', which could run code, and was not read further; "
                       'get the file from its makers again, or convert it to .npz on a machine you can lose') from None
    except Exception as error:      # a damaged pickle may raise nearly anything
        reason = f'{type(error).__name__}: {error}'
        raise BadInput(f'{path}: not a readable pickle ({reason}); get the file again') from error


def dense(value: Any) -> np.ndarray:
    """An array from an array, a sparse matrix's data or a chumpy array's data.

    Raises ValueError for what holds no numbers, AttributeError for data that lack a part.
    """
    if isinstance(value, ChumpyData):
        return dense(value.x)
    if isinstance(value, ChumpySelection):
        chosen = dense(value.a).ravel()[dense(value.idxs)]
        return chosen.reshape(getattr(value, 'preferred_shape', chosen.shape))
    if isinstance(value, SparseData):
        return _dense_of_sparse(value)
    array = np.asarray(value)
    if array.dtype.kind not in 'fiub':
        raise ValueError('it holds no numbers')
    return array


def _dense_of_sparse(sparse: SparseData) -> np.ndarray:
    shape: Any = getattr(sparse, '_shape', None) or getattr(sparse, 'shape', None)
    starts, places = np.asarray(sparse.indptr), np.asarray(sparse.indices)
    lines = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    index = (places, lines) if sparse.compressed_axis == 1 else (lines, places)
    array = np.zeros(shape)
    array[index] = sparse.data
    return array
