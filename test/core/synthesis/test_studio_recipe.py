"""Recipes and the data set on disk."""

import argparse
from pathlib import Path

import numpy as np
import pytest
import yaml

from poseformer_ros.body.kinematics import shaped_body
from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.cli import studio
from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.image_folder import open_folder
from poseformer_ros.skeleton.joints import JOINT
from poseformer_ros.synthesis.data_set import StoredSequence, stored_sequences
from poseformer_ros.synthesis.motions import cmu_names, motion
from poseformer_ros.synthesis.rendered_recording import RenderedRecording
from poseformer_ros.synthesis.studio_recipe import load_recipe, recording_plan, sequence_plans

BENCH = Path(__file__).parents[3] / 'studio' / 'bench_v1.yaml'


def _content() -> dict:
    split = {'people': [1, 2], 'motions': ['kimore_es1', 'kimore_es5'], 'cameras': {'front': {'sensor': 'kinect_v2'}},
             'noises': [{'kind': 'kinect_v1'}], 'scenes': 2}
    other = {**split, 'people': [3], 'cameras': {'high': {'sensor': 'kinect_v2', 'height_m': 1.6, 'roll_rad': 0.1}},
             'noises': [{'kind': 'time_of_flight'}], 'scenes': 1, 'passer_by': 1.0}
    return {'name': 'small', 'seed': 3, 'rate_hz': 10, 'seconds': 0.3, 'splits': {'train': split, 'test': other}}


def _write(folder: Path, content: dict) -> Path:
    path = folder / 'recipe.yaml'
    path.write_text(yaml.safe_dump(content))
    return path


def _render(recipe: Path, out: Path, *more: str) -> None:
    parser = argparse.ArgumentParser()
    studio.add_arguments(parser)
    assert studio.run(parser.parse_args(['render', str(recipe), '--out', str(out), *more])) == 0


def _bytes(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob('*')) if path.is_file()}


def test_the_benchmark_is_what_it_promises():
    recipe = load_recipe(BENCH)
    plans = sequence_plans(recipe)
    assert len(plans) >= 40
    assert len({plan.person for plan in plans}) == 10
    assert {f'kimore_es{i}' for i in range(1, 6)} <= {plan.motion for plan in plans}
    assert sum(name.startswith('cmu/') for name in {plan.motion for plan in plans}) >= 5
    assert {plan.noise.kind for plan in plans} == {'clean', 'kinect_v1', 'time_of_flight'}
    assert len({plan.camera.name for plan in plans}) >= 3
    assert any(not plan.camera.rig.still for plan in plans)
    assert any(plan.passer_by for plan in plans)
    assert len({plan.name for plan in plans}) == len(plans)


def test_a_clip_by_another_body_stands_on_the_floor_and_faces_the_camera():
    model = load_body_model(default_body_path())
    for name in cmu_names():
        clip = motion(name, 9004, 0, model)
        body = shaped_body(model, clip.betas)
        low = np.array([body.posed_vertices(pose, move)[:, 1].min() for pose, move in zip(clip.poses, clip.translations)])
        assert np.abs(low).max() < 0.03, name       # no jumps among these
        joints = np.array([body.posed_joints(pose, move) for pose, move in zip(clip.poses, clip.translations)])
        across = (joints[:, JOINT['left_hip']] - joints[:, JOINT['right_hip']]).mean(axis=0)
        assert across[0] > 0.95 * np.linalg.norm(across), name
        assert np.abs(np.median(joints[:, 0, [0, 2]], axis=0)).max() < 0.05, name


def test_noises_of_a_scene_share_everything_else():
    plans = sequence_plans(load_recipe(BENCH))
    for scene in zip(*[iter(plans)] * 3):
        assert len({(plan.person, plan.motion, plan.camera, plan.seed, plan.room) for plan in scene}) == 1
        assert len({plan.noise for plan in scene}) == 3


@pytest.mark.parametrize('what, shared', [('people', [3, 1]), ('noises', [{'kind': 'kinect_v1'}]),
                                          ('cameras', {'again': {'sensor': 'kinect_v2'}})])
def test_splits_that_share_something_are_refused(tmp_path, what, shared):
    content = _content()
    content['splits']['test'][what] = shared
    with pytest.raises(BadInput, match=f'share {what}'):
        load_recipe(_write(tmp_path, content))


@pytest.mark.parametrize('change, text', [({'motions': ['dancing']}, 'dancing'), ({'noises': [{'kind': 'lidar'}]}, 'lidar'),
                                          ({'cameras': {'a': {'sensor': 'webcam'}}}, 'webcam'), ({'bodies': 3}, 'bodies'),
                                          ({'cameras': {'a': {'sensor': 'kinect_v2', 'hight_m': 1.2}}}, 'hight_m'),
                                          ({'noises': [{'kind': 'clean', 'seed': 1}]}, 'seed')])
def test_an_unknown_entry_is_named(tmp_path, change, text):
    content = _content()
    content['splits']['test'].update(change)
    with pytest.raises(BadInput, match=text):
        load_recipe(_write(tmp_path, content))


@pytest.mark.parametrize('change, text', [({'each_noise': 'false'}, 'each_noise'), ({'scenes': 2.5}, 'scenes'),
                                          ({'scenes': '2'}, 'scenes'), ({'passer_by': 1.5}, 'passer_by'),
                                          ({'people': ['one']}, 'people'), ({'motions': 'kimore_es1'}, 'motions'),
                                          ({'cameras': {'a': {'sensor': 'kinect_v2', 'height_m': 'high'}}}, 'height_m')])
def test_a_value_of_another_type_is_refused_with_its_place(tmp_path, change, text):
    content = _content()
    content['splits']['test'].update(change)
    with pytest.raises(BadInput, match=rf'recipe\.yaml: splits\.test: .*{text}'):
        load_recipe(_write(tmp_path, content))


@pytest.mark.parametrize('change, text', [({'rate': 10}, 'rate'), ({'seed': 'three'}, 'seed'), ({'splits': []}, 'splits')])
def test_the_head_of_a_recipe_is_as_strict(tmp_path, change, text):
    with pytest.raises(BadInput, match=text):
        load_recipe(_write(tmp_path, _content() | change))


def test_a_missing_entry_is_named(tmp_path):
    content = _content()
    del content['splits']['test']['scenes']
    with pytest.raises(BadInput, match='splits.test.*scenes'):
        load_recipe(_write(tmp_path, content))


@pytest.mark.slow
def test_the_data_set_is_the_same_bytes_whoever_renders_it(tmp_path):
    pytest.importorskip('open3d', reason='the studio casts rays with Open3D; pip install -r requirements/studio.txt')
    recipe = _write(tmp_path, _content())
    _render(recipe, tmp_path / 'one')
    _render(recipe, tmp_path / 'shards', '--shard', '2/2')
    _render(recipe, tmp_path / 'shards', '--shard', '1/2', '--workers', '2')
    assert len(stored_sequences(tmp_path / 'one')) == 3
    assert _bytes(tmp_path / 'one') == _bytes(tmp_path / 'shards')


def test_an_interrupted_run_goes_on(tmp_path):
    pytest.importorskip('open3d', reason='the studio casts rays with Open3D; pip install -r requirements/studio.txt')
    recipe = _write(tmp_path, _content())
    _render(recipe, tmp_path / 'out', '--shard', '1/3')
    (done,) = stored_sequences(tmp_path / 'out')
    mark = done / 'truth.npz'
    stamp = mark.stat().st_mtime_ns
    half = tmp_path / 'out' / sequence_plans(load_recipe(recipe))[1].name
    half.with_name(half.name + '.part').mkdir(parents=True)
    _render(recipe, tmp_path / 'out')
    assert len(stored_sequences(tmp_path / 'out')) == 3
    assert mark.stat().st_mtime_ns == stamp


def test_what_is_read_back_is_what_was_rendered(tmp_path):
    pytest.importorskip('open3d', reason='the studio casts rays with Open3D; pip install -r requirements/studio.txt')
    recipe = _write(tmp_path, _content())
    _render(recipe, tmp_path / 'out')
    plan = next(plan for plan in sequence_plans(load_recipe(recipe)) if plan.passer_by)
    model = load_body_model(default_body_path())
    recording, stored = RenderedRecording(recording_plan(plan, model), model), StoredSequence(tmp_path / 'out' / plan.name)
    assert len(stored) == len(recording) == 3
    assert len(open_folder(tmp_path / 'out' / plan.name)) == 3      # what `poseformer play` opens
    (frame, truth), (read, known) = recording.frame(2), stored.frame(2)
    assert np.nanmax(np.abs(read.depth - frame.depth)) <= 0.0005 + 1e-6      # whole millimetres
    assert np.array_equal(np.isnan(read.depth), np.isnan(frame.depth))
    assert np.abs(read.color.astype(int) - frame.color).mean() < 3
    assert read.intrinsics == frame.intrinsics
    for name in ('positions', 'pixels', 'visible', 'pose', 'translation', 'betas', 'mask', 'parts', 'others', 'exercise',
                 'label', 'repetition'):
        assert np.array_equal(getattr(known, name), getattr(truth, name)), name
    assert np.array_equal(known.floor.normal, truth.floor.normal) and known.floor.offset == truth.floor.offset
    assert truth.others.any()


def test_a_shard_out_of_range_is_refused(tmp_path):
    with pytest.raises(BadInput, match='from 1 to n'):
        _render(_write(tmp_path, _content()), tmp_path / 'out', '--shard', '3/2')
