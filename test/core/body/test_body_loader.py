"""The loader reads every kind of SMPL file and runs nothing that is in it."""

import os
import pickle
import sys
import types
from pathlib import Path

import numpy as np
import pytest

from poseformer_ros.body.model import SHIPPED_BODIES, BodyModel, load_body_model, shipped_body_path
from poseformer_ros.body.restricted_pickle import dense, read_pickle
from poseformer_ros.errors import BadInput


@pytest.fixture(scope='module', params=SHIPPED_BODIES)
def shipped(request) -> Path:
    return shipped_body_path(request.param)


@pytest.fixture(scope='module')
def arrays(shipped) -> dict[str, np.ndarray]:
    with np.load(shipped, allow_pickle=False) as archive:
        found = {name: archive[name]
                 for name in ('v_template', 'f', 'weights', 'kintree_table', 'J_regressor', 'shapedirs')}
    return {**found, 'posedirs': np.zeros((6890, 3, 207), np.int8)}


def pickled(path: Path, content, protocol: int = 2) -> Path:
    path.write_bytes(pickle.dumps(content, protocol))
    return path


def assert_same(found: BodyModel, wanted: BodyModel) -> None:
    for name, value in wanted.__dict__.items():
        assert np.array_equal(getattr(found, name), value), name


@pytest.fixture(scope='module')
def free_body(shipped) -> BodyModel:
    return load_body_model(shipped)


@pytest.mark.parametrize('protocol', (0, 1, 2, 4, 5))
def test_pickle_of_plain_arrays(tmp_path, arrays, free_body, protocol):
    content = {**arrays, 'bs_style': 'lbs', 'J': np.float64(1.5), 'extra': None}
    assert_same(load_body_model(pickled(tmp_path / 'a.pkl', content, protocol)), free_body)


@pytest.mark.parametrize('kind', ('csc_matrix', 'csr_matrix'))
def test_pickle_with_a_sparse_regressor(tmp_path, arrays, free_body, kind):
    sparse = pytest.importorskip('scipy.sparse')
    content = {**arrays, 'J_regressor': getattr(sparse, kind)(arrays['J_regressor'])}
    assert_same(load_body_model(pickled(tmp_path / 'a.pkl', content)), free_body)


@pytest.mark.parametrize('protocol', (0, 2))
@pytest.mark.parametrize('module', ('chumpy.ch', 'chumpy'))
def test_pickle_with_chumpy_arrays_and_no_chumpy(tmp_path, arrays, free_body, module, protocol, monkeypatch):
    """As the official files hold them: an object of chumpy's class with the values in `x` and bookkeeping beside."""
    class Ch:
        pass

    Ch.__module__, Ch.__qualname__ = module, 'Ch'
    class Select(Ch):
        pass

    Select.__module__, Select.__qualname__ = 'chumpy.reordering', 'Select'
    bookkeeping = {'_dirty_vars': {'x'}, '_itr': None, '_make_dense': False, '_depends_on_deps': {}}
    whole, part = Ch(), Select()
    longer = np.concatenate([arrays['shapedirs'], np.ones((6890, 3, 2), np.float32)], axis=-1)
    chosen = np.arange(longer.size).reshape(longer.shape)[:, :, :10]
    whole.__dict__.update(bookkeeping, x=longer)
    part.__dict__.update(bookkeeping, a=whole, idxs=chosen.ravel(), preferred_shape=chosen.shape)
    with monkeypatch.context() as patch:
        for name in ('chumpy', 'chumpy.ch', 'chumpy.reordering'):
            patch.setitem(sys.modules, name, types.ModuleType(name))
        sys.modules[module].Ch, sys.modules['chumpy.reordering'].Select = Ch, Select
        paths = [pickled(tmp_path / f'{number}.pkl', {**arrays, 'shapedirs': values}, protocol)
                 for number, values in enumerate((whole, part))]
    assert not any(name.startswith('chumpy') for name in sys.modules)
    for path in paths:
        assert_same(load_body_model(path), free_body)


def test_array_as_python_2_wrote_it(tmp_path):
    """Texts of Python 2 are bytes; the values are 0 to 5 in two rows."""
    values = np.arange(6.0).reshape(2, 3)
    raw = ''.join(f'\\x{byte:02x}' for byte in values.tobytes())
    program = ("(dS'a'\ncnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n(I2\nI3\nt"
               "cnumpy\ndtype\n(S'f8'\nI0\nI1\ntR(I3\nS'<'\nNNNI-1\nI-1\nI0\ntbI00\nS'" + raw + "'\ntbs.")
    (tmp_path / 'a.pkl').write_bytes(program.encode('ascii'))
    assert np.array_equal(dense(read_pickle(tmp_path / 'a.pkl')['a']), values)


def test_more_than_ten_shapes_are_cut_to_ten(tmp_path, arrays, free_body):
    longer = np.concatenate([arrays['shapedirs'], np.ones((6890, 3, 290), np.float32)], axis=-1)
    assert_same(load_body_model(pickled(tmp_path / 'a.pkl', {**arrays, 'shapedirs': longer})), free_body)


class Runs:
    """Pickles into a call."""

    def __init__(self, function, *arguments) -> None:
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def hostile(marker: Path) -> dict[str, tuple[object, str]]:
    command = f'touch {marker}'
    return {
        'shell': (Runs(os.system, command), f'{os.system.__module__}.system'),
        'eval': (Runs(eval, f'__import__("os").system("{command}")'), '.eval'),
        'attribute': (Runs(getattr, 'text', 'upper'), '.getattr'),
        'file': (Runs(np.load, str(marker)), '.load'),
        'object': (marker, 'pathlib.'),
        'named only': (os.system, f'{os.system.__module__}.system'),
    }


@pytest.mark.parametrize('way', sorted(hostile(Path('x'))))
def test_hostile_pickle_is_refused_and_not_run(tmp_path, arrays, way):
    marker = tmp_path / 'ran'
    thing, name = hostile(marker)[way]
    path = pickled(tmp_path / 'gift.pkl', {**arrays, 'J': thing})
    with pytest.raises(BadInput) as caught:
        load_body_model(path)
    text = str(caught.value)
    assert 'gift.pkl' in text and name in text and 'convert it to .npz' in text
    assert not marker.exists()


def test_reconstructor_makes_no_other_class(tmp_path):
    program = b"ccopy_reg\n_reconstructor\n(cnumpy\nndarray\nc__builtin__\nobject\nNtR."
    path = tmp_path / 'a.pkl'
    path.write_bytes(program)
    with pytest.raises(BadInput, match='a.pkl: not a readable pickle'):
        load_body_model(path)


def test_pickled_objects_in_an_npz_are_refused(tmp_path, arrays):
    marker = tmp_path / 'ran'
    held = np.array([Runs(os.system, f'touch {marker}')], dtype=object)
    np.savez(tmp_path / 'a.npz', **{**arrays, 'weights': held})
    with pytest.raises(BadInput, match='a.npz'):
        load_body_model(tmp_path / 'a.npz')
    assert not marker.exists()


def test_object_array_in_a_pickle_is_no_array(tmp_path, arrays):
    held = np.array([None, 'x'], dtype=object)
    with pytest.raises(BadInput, match="'weights' is not an array"):
        load_body_model(pickled(tmp_path / 'a.pkl', {**arrays, 'weights': held}))


@pytest.mark.parametrize('share', (0.0, 0.3, 0.999))
@pytest.mark.parametrize('ending', ('.npz', '.pkl'))
def test_truncated_file(tmp_path, arrays, shipped, ending, share):
    whole = shipped.read_bytes() if ending == '.npz' else pickle.dumps(arrays, 2)
    path = tmp_path / f'half{ending}'
    path.write_bytes(whole[:int(share * len(whole))])
    with pytest.raises(BadInput, match=f'half{ending}.*get the file again'):
        load_body_model(path)


@pytest.mark.parametrize('name, shape', (
    ('v_template', (10475, 3)), ('f', (20908, 3)), ('weights', (6890, 52)), ('kintree_table', (2, 52)),
    ('J_regressor', (52, 6890)), ('shapedirs', (6890, 3, 9)), ('shapedirs', (6890, 30)), ('posedirs', (6890, 3, 459))))
def test_wrong_shape_is_named(tmp_path, arrays, name, shape):
    path = pickled(tmp_path / 'a.pkl', {**arrays, name: np.zeros(shape)})
    with pytest.raises(BadInput) as caught:
        load_body_model(path)
    text = str(caught.value)
    assert 'a.pkl' in text and f"'{name}'" in text and str(shape) in text and 'wanted' in text


def test_missing_array_is_named(tmp_path, arrays):
    rest = {name: array for name, array in arrays.items() if name != 'J_regressor'}
    with pytest.raises(BadInput, match="a.pkl: has no 'J_regressor'"):
        load_body_model(pickled(tmp_path / 'a.pkl', rest))


def test_other_joint_tree(tmp_path, arrays):
    tree = arrays['kintree_table'].copy()
    tree[0, 5] = 0
    with pytest.raises(BadInput, match="'kintree_table' has parents"):
        load_body_model(pickled(tmp_path / 'a.pkl', {**arrays, 'kintree_table': tree}))


def test_values_that_are_not_finite(tmp_path, arrays):
    template = arrays['v_template'].copy()
    template[7, 1] = np.nan
    with pytest.raises(BadInput, match="'v_template' holds values that are not finite"):
        load_body_model(pickled(tmp_path / 'a.pkl', {**arrays, 'v_template': template}))


def test_faces_beyond_the_vertices(tmp_path, arrays):
    faces = arrays['f'].copy()
    faces[0, 0] = 6890
    with pytest.raises(BadInput, match="'f' names vertices 0 to 6890"):
        load_body_model(pickled(tmp_path / 'a.pkl', {**arrays, 'f': faces}))


def test_no_dictionary(tmp_path):
    with pytest.raises(BadInput, match='holds a list'):
        load_body_model(pickled(tmp_path / 'a.pkl', [1, 2]))


def test_no_file_and_unknown_ending(tmp_path):
    with pytest.raises(BadInput, match='nothing.npz: no such file'):
        load_body_model(tmp_path / 'nothing.npz')
    (tmp_path / 'body.obj').write_text('')
    with pytest.raises(BadInput, match="ending '.obj' is not known"):
        load_body_model(tmp_path / 'body.obj')
