"""Recipes of crops: what they hold, what is refused, and the shards on disk."""

import copy
from pathlib import Path

import numpy as np
import pytest
import yaml
from helpers.small_crops import ALL_AGES

from poseformer_ros.errors import BadInput
from poseformer_ros.synthesis import person_shards
from poseformer_ros.synthesis.people_recipe import CLUTTER, TEST, TRAIN, load_people_recipe
from poseformer_ros.synthesis.person_crops import CROP
from poseformer_ros.synthesis.person_shards import shards_of
from poseformer_ros.synthesis.rendering.sensor_noise import NoiseModel

PEOPLE_V1 = Path(__file__).parents[3] / 'studio' / 'people_v1.yaml'
SPLIT = {'seed': 1, 'shards': 2, 'crops': 3, 'sensors': ['kinect_v1'], 'noises': [{'kind': 'clean'}], 'camera_height_m': [0.5, 2]}
CONTENT = {'name': 'small', 'body': ALL_AGES.name, 'splits': {TRAIN: SPLIT, CLUTTER: {**SPLIT, 'seed': 3, 'shards': 1},
                                                                    TEST: {**SPLIT, 'seed': 2, 'shards': 1}}}


def written(folder: Path, content) -> Path:
    path = folder / 'recipe.yaml'
    path.write_text(yaml.safe_dump(content))
    return path


def with_entry(where: str, value) -> dict:
    """The small recipe with one entry set, or left out where the value is None."""
    content = copy.deepcopy(CONTENT)
    *path, last = where.split('.')
    entries = content
    for name in path:
        entries = entries[name]
    entries[last] = value
    if value is None:
        del entries[last]
    return content


def test_the_recipe_that_ships_is_what_it_promises():
    recipe = load_people_recipe(PEOPLE_V1)
    train, clutter, test = recipe.splits[TRAIN], recipe.splits[CLUTTER], recipe.splits[TEST]
    assert recipe.name == 'people_v1' and recipe.body == ALL_AGES and len(recipe.sha256) == 64
    assert (train.shards, train.count, test.shards, test.count) == (60, 1000, 3, 1000)
    assert (clutter.shards, clutter.count) == (8, 1000) and clutter.split.noises == train.split.noises
    assert (train.split.seed, test.split.seed, clutter.split.seed) == (20261201, 20261202, 20261203)
    assert clutter.split.crowded and not train.split.crowded and not test.split.crowded
    assert train.split.noises == (NoiseModel(), *(NoiseModel(kind, strength) for kind, strengths in (
        ('kinect_v1', (1.0, 0.6, 1.4)), ('time_of_flight', (1.0, 0.6, 1.6))) for strength in strengths))
    assert test.split.noises == (NoiseModel(), NoiseModel('kinect_v1', 1.1), NoiseModel('time_of_flight', 1.1))
    assert train.split.sensors == ('kinect_v1', 'kinect_v2', 'azure_nfov')
    assert test.split.sensors == (*train.split.sensors, 'realsense_848')
    assert train.split.camera_height_m == (0.4, 2.6) and test.split.camera_height_m == (0.5, 2.4)
    assert test.split.test_poses and not train.split.test_poses and not clutter.split.test_poses


@pytest.mark.parametrize(('where', 'value', 'said'), [
    ('name', None, 'recipe.name: is missing'),
    ('name', 5, 'recipe.name: 5 is no str'),
    ('rooms', 3, 'recipe.rooms: is not known'),
    ('body', 'nobody.npz', "body: 'nobody.npz' is neither"),
    ('splits', [], r'recipe.splits: \[\] is no dict'),
    ('splits.test', None, 'splits.test: is missing'),
    ('splits.clutter', None, 'splits.clutter: is missing'),
    ('splits.clutter.seed', 1, 'splits share a seed'),
    ('splits.extra', {}, 'splits.extra: is not known'),
    ('splits.train.seed', True, 'splits.train.seed: True is no int'),
    ('splits.train.seed', -1, 'splits.train.seed: -1 is outside'),
    ('splits.train.seed', 2, r'splits share a seed \(train 2, clutter 3, test 2\); give each'),
    ('splits.train.shards', 0, 'splits.train.shards: 0 is outside'),
    ('splits.train.crops', '9', "splits.train.crops: '9' is no int"),
    ('splits.train.poses', 'all', 'splits.train.poses: is not known'),
    ('splits.test.sensors', [], 'splits.test.sensors: is empty'),
    ('splits.test.sensors', ['kinect_v9'], "splits.test.sensors: .*'kinect_v9' is not known"),
    ('splits.test.sensors', [3], 'splits.test.sensors: 3 is no str'),
    ('splits.test.noises', ['clean'], "splits.test.noises: 'clean' is no table"),
    ('splits.test.noises', [{'kind': 'rain'}], "splits.test.noises: .*'rain' is not known"),
    ('splits.test.noises', [{'kind': 'clean', 'strength': 'much'}], "splits.test.noises.strength: 'much' is no float"),
    ('splits.test.noises', [{'kind': 'clean', 'strength': 9}], 'splits.test.noises: .*9 is outside'),
    ('splits.test.camera_height_m', [1.0], 'splits.test.camera_height_m: .*1 numbers'),
    ('splits.test.camera_height_m', [1.2, 2.0], r'splits.test.camera_height_m: 1.2 is outside \[0.0, 1.1\]'),
    ('splits.test.camera_height_m', [0.5, 90], 'splits.test.camera_height_m: 90 is outside'),
])
def test_a_bad_entry_is_named_with_the_file(tmp_path, where, value, said):
    with pytest.raises(BadInput, match=f'recipe.yaml: {said}'):
        load_people_recipe(written(tmp_path, with_entry(where, value)))


@pytest.mark.parametrize('text', ['', '- 1', 'name: [', 'name: {1: 2'])
def test_what_is_no_recipe_is_refused(tmp_path, text):
    (tmp_path / 'recipe.yaml').write_text(text)
    with pytest.raises(BadInput, match='recipe.yaml: '):
        load_people_recipe(tmp_path / 'recipe.yaml')
    with pytest.raises(BadInput, match='none.yaml: .*give a recipe'):
        load_people_recipe(tmp_path / 'none.yaml')


@pytest.fixture
def blank(monkeypatch):
    """Shards of empty crops, and the list of those that were made."""
    made = []

    def render(kind):
        def rendered(split, index, count, model, crowd):
            made.append(f'{split.name} {index} {kind}')
            return np.zeros(count, CROP)
        return rendered
    monkeypatch.setattr(person_shards, 'render_shard', render('rooms'))
    monkeypatch.setattr(person_shards, 'render_clutter_shard', render('crowded rooms'))
    return made


def test_only_missing_shards_are_rendered(tmp_path, blank):
    recipe = load_people_recipe(written(tmp_path, CONTENT))
    shards = shards_of(recipe, tmp_path / 'crops')
    assert [path.name for path in shards[TRAIN]] == ['train_0000.npy', 'train_0001.npy']
    assert [path.name for path in shards[CLUTTER] + shards[TEST]] == ['clutter_0000.npy', 'test_0000.npy']
    assert blank == ['train 0 rooms', 'train 1 rooms', 'clutter 0 crowded rooms', 'test 0 rooms']
    shards[TRAIN][1].unlink()
    blank.clear()
    assert shards_of(recipe, tmp_path / 'crops') == shards and blank == ['train 1 rooms']
    more = load_people_recipe(written(tmp_path, with_entry('splits.train.shards', 3)))
    assert len(shards_of(more, tmp_path / 'crops')[TRAIN]) == 3


def test_crops_of_another_recipe_are_refused(tmp_path, blank):
    shards_of(load_people_recipe(written(tmp_path, CONTENT)), tmp_path / 'crops')
    other = load_people_recipe(written(tmp_path, with_entry('splits.test.seed', 7)))
    with pytest.raises(BadInput, match="test.json: what is there was made with another 'seed'; choose another folder"):
        shards_of(other, tmp_path / 'crops')
    (tmp_path / 'crops' / 'test.json').write_text('{')
    with pytest.raises(BadInput, match='test.json: cannot be read'):
        shards_of(other, tmp_path / 'crops')
