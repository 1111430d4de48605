"""Files of weights that users give: what cannot be used is refused by name, and nothing in a file is run."""

import os
import pickle

import pytest

from poseformer_ros.errors import BadInput
from poseformer_ros.silhouette.weights_file import WeightsFile

torch = pytest.importorskip('torch', reason='networks need torch; pip install -r requirements/learning.txt')


def weights(path) -> WeightsFile:
    return WeightsFile('net.weights', str(path), 'give the published file')


def refused(path, why: str):
    return pytest.raises(BadInput, match=f"(?s)net.weights: '{path}' {why}.*; give the published file")


class Hostile:
    """Makes a folder when it is unpickled."""

    def __init__(self, path) -> None:
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


@pytest.mark.parametrize('writer', ['pickle', 'torch'])
def test_a_hostile_file_is_refused_and_not_run(tmp_path, writer):
    path, trap = tmp_path / 'w.pth', tmp_path / 'trap'
    if writer == 'torch':
        torch.save({'conv.weight': Hostile(trap)}, path)
    else:
        path.write_bytes(pickle.dumps(Hostile(trap)))
    with refused(path, 'cannot be read as plain tensors'):
        weights(path).state(torch)
    assert not trap.exists()


@pytest.mark.parametrize('content', [b'', b'not weights', b'PK\x03\x04 cut off'])
def test_a_broken_file_is_refused(tmp_path, content):
    path = tmp_path / 'w.pth'
    path.write_bytes(content)
    with refused(path, 'cannot be read as plain tensors'):
        weights(path).state(torch)


@pytest.mark.parametrize('value', [[1.0], [torch.zeros(3)], {'a': 1}])
def test_a_file_of_something_else_is_refused(tmp_path, value):
    path = tmp_path / 'w.pth'
    torch.save(value, path)
    with refused(path, 'is not a dictionary of tensors'):
        weights(path).state(torch)


@pytest.mark.parametrize('path', ['', 'nowhere/w.pth'])
def test_a_missing_file_is_named(path):
    with refused(path, 'is not a file'):
        weights(path).state(torch)


@pytest.mark.parametrize('change', ['none', 'less', 'more', 'other shape', 'empty'])
def test_only_weights_that_fit_fill_a_network(tmp_path, change):
    network = torch.nn.Linear(3, 2)
    state = {name: torch.full_like(value, 0.5) for name, value in network.state_dict().items()}
    if change == 'less':
        del state['bias']
    if change == 'more':
        state['scale'] = torch.zeros(2)
    if change == 'other shape':
        state['weight'] = torch.zeros(2, 4)
    if change == 'empty':
        state = {}
    path = tmp_path / 'w.pth'
    torch.save(state, path)
    if change == 'none':
        filled = weights(path).filled(network, weights(path).state(torch), 'a line')
        assert all((value == 0.5).all() for value in filled.state_dict().values())
        return
    with refused(path, 'does not fit a line'):
        weights(path).filled(network, weights(path).state(torch), 'a line')
