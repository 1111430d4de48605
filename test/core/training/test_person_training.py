"""The person network's training: losses by hand, the same file from the same seed, also when it is stopped and resumed."""

import argparse
import json
from pathlib import Path

import numpy as np
import pytest
import yaml

torch = pytest.importorskip('torch', reason='training needs torch; pip install -r requirements/learning.txt')
pytest.importorskip('onnx', reason='writing a model needs onnx; pip install -r requirements/learning.txt')
pytest.importorskip('open3d', reason='rendering needs open3d; pip install -r requirements/studio.txt')

from helpers.small_crops import ALL_AGES, saved  # noqa: E402

from poseformer_ros.cli import evaluate, train  # noqa: E402
from poseformer_ros.errors import BadInput  # noqa: E402
from poseformer_ros.person.answers import ANSWER_SHAPES, INPUT_SHAPE, JOINTS, SIDES  # noqa: E402
from poseformer_ros.person.model_file import PersonModelFacts, load_person_model  # noqa: E402
from poseformer_ros.skeleton.joints import JOINT_NAMES  # noqa: E402
from poseformer_ros.synthesis.person_crops import open_shard  # noqa: E402
from poseformer_ros.synthesis.person_examples import UNTOLD, plain_example  # noqa: E402
from poseformer_ros.training import checkpoint, train_person  # noqa: E402
from poseformer_ros.training.person_export import write_person_model  # noqa: E402
from poseformer_ros.training.person_loss import JOINTS_WEIGHT, PARTS_WEIGHT, SCALE_WEIGHT, part_weights, person_loss  # noqa: E402
from poseformer_ros.training.person_network import PersonNetwork  # noqa: E402
from poseformer_ros.training.person_options import PersonTrainingOptions  # noqa: E402
from poseformer_ros.training.person_quantised import write_quantised  # noqa: E402

SPLIT = {'seed': 1, 'shards': 1, 'crops': 8, 'sensors': ['kinect_v2'], 'noises': [{'kind': 'clean'}], 'camera_height_m': [0.5, 2]}
RECIPE = {'name': 'small', 'body': ALL_AGES.name, 'splits': {'train': SPLIT, 'clutter': {**SPLIT, 'seed': 3, 'crops': 4},
                                                              'test': {**SPLIT, 'seed': 2, 'crops': 4}}}
FACING = 0.12       # weight of the facing angle


class PowerCut(Exception):
    """The machine stops."""


def command(module, *words: str) -> int:
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)
    return module.run(parser.parse_args(list(words)))


def facts() -> PersonModelFacts:
    return PersonModelFacts(JOINT_NAMES, 'a test', '')


def weights(network: PersonNetwork) -> list[np.ndarray]:
    return [tensor.numpy() for tensor in network.state_dict().values()]


@pytest.fixture(scope='module')
def trained(tmp_path_factory) -> tuple[Path, list[str]]:
    """Folder of one whole run of the command on a small recipe, and the command's words but the folder."""
    folder = tmp_path_factory.mktemp('person')
    recipe = folder / 'recipe.yaml'
    recipe.write_text(yaml.safe_dump(RECIPE))
    words = ['person', str(recipe), '--crops', str(folder / 'crops'), '--epochs', '2', '--clutter-from', '1', '--batch', '4',
             '--readers', '0', '--device', 'cpu']
    assert command(train, *words, '--out', str(folder / 'once')) == 0
    return folder / 'once', words


@pytest.mark.slow
def test_the_same_command_gives_the_same_file_also_when_it_was_killed(trained, tmp_path, monkeypatch):
    once, words = trained
    save = train_person.save_checkpoint

    def cut(*arguments):
        save(*arguments)
        raise PowerCut
    monkeypatch.setattr(train_person, 'save_checkpoint', cut)
    with pytest.raises(PowerCut):
        command(train, *words, '--out', str(tmp_path))
    monkeypatch.undo()
    assert not (tmp_path / 'person.onnx').exists()
    assert command(train, *words, '--out', str(tmp_path), '--resume') == 0
    assert (tmp_path / 'person.onnx').read_bytes() == (once / 'person.onnx').read_bytes()
    assert command(train, *words, '--out', str(tmp_path), '--resume') == 0      # all epochs done: writes and judges alone
    assert (tmp_path / 'person.onnx').read_bytes() == (once / 'person.onnx').read_bytes()
    assert (tmp_path / 'model_card.json').read_text() == (once / 'model_card.json').read_text()


def test_the_command_writes_model_and_card(trained):
    once, _ = trained
    model, card = load_person_model(once / 'person.onnx'), json.loads((once / 'model_card.json').read_text())
    assert model.facts.training == 'small: 12 rendered crops, 2 epochs, seed 0' and len(model.facts.recipe_sha256) == 64
    assert card['model']['bytes'] == (once / 'person.onnx').stat().st_size and card['options']['batch'] == 4
    assert card['test']['exact']['crops'] == card['test']['candidate']['crops'] == 4
    assert '# Model card: person_v1' in (once / 'model_card.md').read_text()


def test_a_model_is_evaluated_on_shards_and_folders(trained, tmp_path):
    once, words = trained
    crops = words[words.index('--crops') + 1]
    assert command(evaluate, 'person', str(once / 'person.onnx'), crops, '--out', str(tmp_path)) == 0
    assert json.loads((tmp_path / 'person.json').read_text())['crops'] == 4
    with pytest.raises(BadInput, match='no test_'):
        command(evaluate, 'person', str(once / 'person.onnx'), str(tmp_path))


@pytest.mark.slow
def test_another_seed_gives_another_network(tmp_path):
    shard = saved(tmp_path)
    options = PersonTrainingOptions(epochs=1, batch=20, readers=0, seed=1)
    first, second = (train_person.train([shard], [], options, tmp_path / name) for name in 'ab')
    assert all(np.array_equal(a, b) for a, b in zip(weights(first), weights(second)))
    other = train_person.train([shard], [], PersonTrainingOptions(epochs=1, batch=20, readers=0, seed=2), tmp_path / 'c')
    assert not all(np.array_equal(a, b) for a, b in zip(weights(first), weights(other)))


def test_a_training_starts_from_the_averaged_weights_of_another(tmp_path):
    shard = saved(tmp_path)
    options = PersonTrainingOptions(epochs=1, batch=20, readers=0, seed=1)
    first = weights(train_person.train([shard], [], options, tmp_path / 'first'))
    still = PersonTrainingOptions(epochs=1, batch=20, readers=0, seed=2, learning_rate=1e-6, average=0.0,
                                  start_from=str(tmp_path / 'first' / 'checkpoint.pt'))
    names, second = zip(*train_person.train([shard], [], still, tmp_path / 'second').state_dict().items())
    learned = [(a, b) for name, a, b in zip(names, first, second) if not name.endswith(('running_mean', 'running_var', 'tracked'))]
    assert all(np.allclose(a, b, atol=1e-4) for a, b in learned)
    (tmp_path / 'cut.pt').write_bytes((tmp_path / 'first' / 'checkpoint.pt').read_bytes()[:5000])
    with pytest.raises(BadInput, match='cut.pt: no checkpoint of a training'):
        train_person.train([shard], [], PersonTrainingOptions(batch=20, readers=0, start_from=str(tmp_path / 'cut.pt')), tmp_path)


def test_bad_checkpoints_are_refused(trained, tmp_path):
    once, words = trained
    content = (once / 'checkpoint.pt').read_bytes()
    (tmp_path / 'checkpoint.pt').write_bytes(content[:5000])
    with pytest.raises(BadInput, match='checkpoint.pt: no checkpoint of a training .*; train into another folder'):
        command(train, *words, '--out', str(tmp_path), '--resume')
    (tmp_path / 'checkpoint.pt').write_bytes(content)
    with pytest.raises(BadInput, match="of another training \\('epochs' is 2, wanted 3\\); train into another folder"):
        command(train, *words, '--epochs', '3', '--out', str(tmp_path), '--resume')
    with pytest.raises(BadInput, match="of another training \\('recipe_sha256' is"):
        train_person.train([saved(tmp_path)], [], PersonTrainingOptions(epochs=2, clutter_from=1, batch=4), tmp_path,
                           recipe_sha256='x', resume=True)
    stored = torch.load(once / 'checkpoint.pt', weights_only=True)
    stored['average'] = {name: tensor[..., :1] if tensor.ndim else tensor for name, tensor in stored['average'].items()}
    torch.save(stored, tmp_path / 'checkpoint.pt')
    with pytest.raises(BadInput, match='its tensors are of another size'):
        command(train, *words, '--out', str(tmp_path), '--resume')


def test_too_few_crops_and_absent_devices_are_refused(tmp_path):
    with pytest.raises(BadInput, match='40 crops, fewer than one batch of 96; render more'):
        train_person.train([saved(tmp_path)], [], PersonTrainingOptions(), tmp_path)
    if not torch.cuda.is_available():
        with pytest.raises(BadInput, match="device 'cuda': torch sees no GPU here"):
            checkpoint.chosen_device('cuda')


def test_onnx_answers_as_torch_does(tmp_path):
    torch.manual_seed(1)
    network = PersonNetwork().train()
    with torch.no_grad():       # normalisations that are not those of the start
        network(torch.randn(8, *INPUT_SHAPE))
    write_person_model(tmp_path / 'a.onnx', network, facts())
    write_person_model(tmp_path / 'b.onnx', network, facts())
    assert (tmp_path / 'a.onnx').read_bytes() == (tmp_path / 'b.onnx').read_bytes()
    squares = torch.randn(3, *INPUT_SHAPE)
    with torch.inference_mode():
        expected = dict(zip(ANSWER_SHAPES, network.eval()(squares)))
    found = load_person_model(tmp_path / 'a.onnx')(squares.numpy())
    for name, answer in expected.items():
        assert getattr(found, name) == pytest.approx(answer.numpy(), abs=1e-4)


def test_whole_numbers_of_8_bits_answer_like_the_exact_network(tmp_path, trained):
    exact = trained[0] / 'person_exact.onnx'
    shards = sorted((trained[0].parent / 'crops').glob('train_*.npy'))
    write_quantised(tmp_path / 'a.onnx', exact, shards)
    assert (tmp_path / 'a.onnx').read_bytes() == (trained[0] / 'person.onnx').read_bytes(), 'the same crops give the same steps'
    assert (tmp_path / 'a.onnx').stat().st_size < 0.35 * exact.stat().st_size
    squares = np.stack([plain_example(crop).square for crop in open_shard(shards[0])])
    one, other = load_person_model(exact)(squares), load_person_model(tmp_path / 'a.onnx')(squares)
    for name in ANSWER_SHAPES:
        expected, found = getattr(one, name), getattr(other, name)
        assert np.sqrt(((found - expected) ** 2).mean()) < 0.1 * expected.std(), name


def made_up(count: int = 2) -> tuple[tuple[torch.Tensor, ...], dict[str, torch.Tensor]]:
    """Answers of nothing but zeros and targets that ask for nothing."""
    answers = tuple(torch.zeros(count, *shape) for shape in ANSWER_SHAPES.values())
    targets = {'joints': torch.zeros(count, JOINTS, 3), 'joint_weight': torch.zeros(count, SIDES, JOINTS),
               'sight': torch.full((count, JOINTS), UNTOLD), 'facing': torch.zeros(count, 24),
               'person': torch.full((count,), UNTOLD), 'parts': torch.zeros(count, 48, 48, dtype=torch.long)}
    return answers, targets


def test_what_is_not_asked_for_costs_nothing():
    losses = person_loss(*made_up(), FACING)
    assert {name: float(loss) for name, loss in losses.items() if name != 'parts'} == {
        'joints': 0.0, 'scale': 0.0, 'sight': 0.0, 'facing': 0.0, 'person': 0.0}
    assert float(losses['parts']) == pytest.approx(PARTS_WEIGHT * np.log(25))


def test_a_joint_costs_by_its_distance_and_only_on_the_side_that_is_asked():
    answers, targets = made_up()
    targets['joints'][0, 5] = torch.tensor([0.3, 0.0, 0.0])
    targets['joint_weight'][0, 1, 5] = 1.0
    losses = person_loss(answers, targets, FACING)
    assert float(losses['joints']) == pytest.approx(JOINTS_WEIGHT * (0.3 - 0.01) / 3)        # smooth L1 of one coordinate of three
    assert float(losses['scale']) == pytest.approx(SCALE_WEIGHT * 0.3 / 3)                   # |error| / 1 + log 1
    targets['joint_weight'][0, 1, 5], targets['joints'][0, 6] = 0.0, 9.0
    assert float(person_loss(answers, targets, FACING)['joints']) == 0.0


def test_facing_costs_by_its_weight():
    answers, targets = made_up()
    targets['facing'][0, 3] = 1.0
    assert float(person_loss(answers, targets, 0.4)['facing']) == pytest.approx(0.4 * np.log(24))


def test_few_pixels_weigh_more_and_the_body_as_much_as_its_surroundings():
    parts = torch.zeros(1, 20, 20, dtype=torch.long)
    parts[0, :8, :8], parts[0, 10, :4] = 3, 7       # 64 pixels of a trunk, 4 of a hand
    weight = part_weights(parts)
    assert float(weight[7] / weight[3]) == pytest.approx(4.0)
    assert float(weight[0]) == 1.0 and float(64 * weight[3] + 4 * weight[7]) / 68 == pytest.approx(1.0)


def test_the_learning_rate_rises_and_falls():
    course = [train_person.learning_rate_share(way) for way in np.linspace(0, 1, 101)]
    assert 0 < course[0] < 0.05 and course[5] == pytest.approx(1.0) and course[-1] == pytest.approx(0.0)
    assert course[:6] == sorted(course[:6]) and course[5:] == sorted(course[5:], reverse=True)


def test_crowded_rooms_are_shown_late(tmp_path, monkeypatch):
    shown = []

    def one_epoch(state, batches, options, epoch):
        shown.append(len(batches.dataset))
        return {}
    monkeypatch.setattr(train_person, '_one_epoch', one_epoch)
    options = PersonTrainingOptions(epochs=3, clutter_from=2, batch=20, readers=0)
    train_person.train([saved(tmp_path)], [saved(tmp_path)], options, tmp_path)
    assert shown == [40, 40, 80]


def test_the_scale_does_not_move_the_joint():
    answers, targets = made_up()
    targets['joints'][:], targets['joint_weight'][:] = 0.5, 1.0
    joints = answers[0].requires_grad_()
    person_loss((joints, *answers[1:]), targets, FACING)['scale'].requires_grad_().backward()
    assert joints.grad is None
