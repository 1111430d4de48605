"""Crops and examples: the same from the same seed, and labels, joints and mirror images that agree."""

from dataclasses import fields

import numpy as np
import pytest

pytest.importorskip('open3d', reason='rendering needs open3d; pip install -r requirements/studio.txt')

from helpers.small_crops import SPLIT, body, small_crops  # noqa: E402

from poseformer_ros.body.kinematics import shaped_body  # noqa: E402
from poseformer_ros.errors import BadInput  # noqa: E402
from poseformer_ros.person.answers import (  # noqa: E402
    BACK,
    FACING_RAD,
    FRONT,
    NOBODY,
    OUTSIDE,
    PARTS_PX,
    PERSON,
    SEEN,
    TWO,
)
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT, MIRROR, PARENT  # noqa: E402
from poseformer_ros.synthesis.clutter_crops import render_clutter_shard  # noqa: E402
from poseformer_ros.synthesis.motion.everyday_poses import KINDS, draw_pose, mirrored  # noqa: E402
from poseformer_ros.synthesis.motion.motion_style import sample_style  # noqa: E402
from poseformer_ros.synthesis.person_crops import CROP, KIND_NAMES, LABEL_BITS, open_shard, render_shard, write_shard  # noqa: E402
from poseformer_ros.synthesis.person_examples import (  # noqa: E402
    UNTOLD,
    Example,
    crop_images,
    exact_mask,
    facing_angle,
    mirrored_example,
    person_class,
    plain_example,
)
from poseformer_ros.synthesis.person_scene import KIND_SHARES, draw_person  # noqa: E402
from poseformer_ros.training.person_augmentation import augmented_example  # noqa: E402

MARGIN_PX = 18          # of a crop around its middle, in which others may be


def people() -> np.ndarray:
    return small_crops()[small_crops()['person']]


def things() -> np.ndarray:
    return small_crops()[~small_crops()['person']]


def kin(joint: int, bones: int) -> set[int]:
    """Labels of the joints that are at most so many bones away."""
    near = {int(joint)}
    for _ in range(bones):
        near |= {PARENT[j] for j in near} - {-1} | {j for j in range(JOINT_COUNT) if PARENT[j] in near}
    return {j + 1 for j in near}


def pixels_of(crop: np.ndarray) -> np.ndarray:
    """(24, 2) column and row of the joints."""
    fx, fy, cx, cy = crop['intrinsics']
    x, y, z = crop['joints'].T
    return np.stack([x / z * fx + cx, y / z * fy + cy], axis=1)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes(tmp_path):
    again = render_shard(SPLIT, 0, 8, *body())
    assert again.tobytes() == small_crops()[:8].tobytes()
    assert render_shard(SPLIT, 1, 2, *body()).tobytes() != again[:2].tobytes()


def test_shards_are_read_and_others_refused(tmp_path):
    path = tmp_path / 'small_0000.npy'
    write_shard(path, small_crops())
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    assert open_shard(path, len(small_crops())).tobytes() == small_crops().tobytes()
    with pytest.raises(BadInput, match='small_0000.npy: holds other things than 3 records.*remove it'):
        open_shard(path, 3)
    np.save(tmp_path / 'other.npy', np.zeros(4))
    (tmp_path / 'cut.npy').write_bytes(path.read_bytes()[:5000])
    for name in ('other', 'cut', 'none'):
        with pytest.raises(BadInput, match=f'{name}.npy: .*remove it'):
            open_shard(tmp_path / f'{name}.npy')


def test_a_seen_joint_lies_under_its_own_part():
    seen = 0
    for crop in people():
        label, depth = crop['label'] & LABEL_BITS, crop['depth'] * 0.001
        for joint in np.flatnonzero(crop['sight'] == SEEN):
            column, row = np.rint(pixels_of(crop)[joint]).astype(int)
            assert int(label[row, column]) in kin(joint, 3)
            if depth[row, column] > 0:
                assert -0.05 < crop['joints'][joint, 2] - depth[row, column] < 0.25
            seen += 1
    assert seen > 200


def test_crowded_rooms_lose_depth_and_are_the_same_from_the_same_seed():
    once, again = (render_clutter_shard(SPLIT, 0, 12, *body()) for _ in range(2))
    assert once.tobytes() == again.tobytes()
    assert 0 < once['person'].sum() < len(once) / 2
    lost = (once['depth'] == 0).mean(axis=(1, 2))
    assert np.median(lost) > 2 * np.median((small_crops()['depth'] == 0).mean(axis=(1, 2)))
    for crop in once[~once['person']]:
        assert plain_example(crop).person in (NOBODY, UNTOLD)


def test_people_of_the_crops_are_people():
    crops = people()
    assert len(crops) > 20 and np.isfinite(crops['joints']).all()
    assert np.linalg.norm(crops['front'], axis=1) == pytest.approx(1.0, abs=1e-5)
    assert ((crops['stature_m'] > 0.9) & (crops['stature_m'] < 2.1)).all()
    assert {person_class(exact_mask(crop, crop_images(crop)), crop['label'] & LABEL_BITS) for crop in crops} == {PERSON}


def test_crops_of_things_show_no_person():
    crops = things()
    assert len(crops) >= 5 and (crops['kind'] == KIND_NAMES.index('thing')).all()
    middle = slice(MARGIN_PX, -MARGIN_PX)
    for crop in crops:
        shown = crop['label'][middle, middle] & LABEL_BITS
        assert (shown > 0).sum() <= 0.06 * (crop['depth'][middle, middle] > 0).sum() + 1
        example = plain_example(crop)
        assert example.person in (NOBODY, UNTOLD)
        assert not example.joint_weight.any() and not example.facing.any() and not example.parts.any()
        assert (example.sight == UNTOLD).all()


@pytest.mark.parametrize('kind', KINDS)
def test_people_of_every_kind_are_whole_and_on_the_floor(kind):
    model, crowd = body()
    for seed in range(2):
        rng = np.random.default_rng((seed, 9))
        person = draw_person(model, crowd.betas[seed], kind, seed > 0, rng)
        assert np.isfinite(person.joints).all() and np.isfinite(person.vertices).all()
        low, high = person.vertices.min(axis=0) - 0.01, person.vertices.max(axis=0) + 0.01
        assert ((person.joints > low) & (person.joints < high)).all()
        assert low[1] == pytest.approx(-0.01, abs=1e-4) or kind == 'lying'
        assert np.linalg.norm(person.front) == pytest.approx(1.0)


def test_every_kind_has_its_share():
    assert set(KIND_SHARES) == set(KINDS) and sum(KIND_SHARES.values()) == pytest.approx(1.0)


def test_test_poses_are_others_than_training_poses():
    shape = shaped_body(body()[0], np.zeros(10))
    drawn = [draw_pose('recorded', shape, sample_style(0), test, np.random.default_rng(3)).pose for test in (False, True)]
    assert not np.allclose(*drawn)


def test_a_mirrored_pose_mirrors_the_joints():
    shape = shaped_body(body()[0], np.zeros(10))
    pose = draw_pose('standing', shape, sample_style(0), False, np.random.default_rng(8)).pose
    joints, other = shape.posed_joints(pose), shape.posed_joints(mirrored(pose))
    centred, turned = joints - joints[0], (other - other[0])[list(MIRROR)] * [-1, 1, 1]
    assert np.abs(centred - turned).max() < 0.01


def test_a_mirrored_example_mirrors_everything():
    example = plain_example(people()[0])
    once, twice = mirrored_example(example), mirrored_example(mirrored_example(example))
    for f in fields(Example):
        assert np.array_equal(getattr(twice, f.name), getattr(example, f.name))
    left, right = JOINT['left_wrist'], JOINT['right_wrist']
    assert once.joints[left] == pytest.approx(example.joints[right] * [-1, 1, 1])
    assert (once.square == example.square[:, :, ::-1]).all()
    assert (once.sight[left], once.sight[right]) == (example.sight[right], example.sight[left])
    assert ((once.parts == left + 1) == (example.parts == right + 1)[:, ::-1]).all()
    assert np.angle((once.facing * np.exp(1j * FACING_RAD)).sum()) == pytest.approx(
        -np.angle((example.facing * np.exp(1j * FACING_RAD)).sum()), abs=1e-5)


def test_an_examples_joints_parts_and_facing_agree():
    """Under a seen limb's joint lies that limb's part: seen from the front by its name, from behind by the other side's."""
    limbs = [JOINT[f'{side}_{name}'] for side in ('left', 'right') for name in ('elbow', 'wrist', 'hand', 'knee', 'ankle')]
    right, count = {FRONT: 0, BACK: 0}, {FRONT: 0, BACK: 0}
    for crop in people():
        example, towards = plain_example(crop), facing_angle(crop['front'], crop['joints'].mean(0))[1]
        side = FRONT if towards > 0 else BACK
        assert example.joint_weight[side].any()
        assert (example.joint_weight[:, example.sight == OUTSIDE] < 0.21).all()
        for joint in limbs:
            column, row = np.floor((example.joints[joint, :2] + 1) / 2 * PARTS_PX).astype(int)
            if example.sight[joint] == SEEN and 0 <= column < PARTS_PX and 0 <= row < PARTS_PX:
                named = joint if side == FRONT else MIRROR[joint]
                right[side] += int(example.parts[row, column]) in kin(named, 2)
                count[side] += 1
    assert min(count.values()) > 20
    assert all(right[side] >= 0.9 * count[side] for side in count)


@pytest.mark.parametrize(('front', 'angle', 'towards'), [
    ((0, 0, -1), 0.0, 1.0), ((1, 0, 0), np.pi / 2, 0.0), ((-1, 0, 0), -np.pi / 2, 0.0), ((0, 0, 1), np.pi, -1.0)])
def test_facing_is_told_as_seen_from_the_camera(front, angle, towards):
    found, cosine = facing_angle(np.array(front, float), np.array([0.0, 0.0, 2.5]))
    assert np.angle(np.exp(1j * (found - angle))) == pytest.approx(0.0, abs=1e-9) and cosine == pytest.approx(towards)


def test_facing_turns_with_the_square():
    """Somebody who lies and faces upwards in the image faces right in a square that is turned by a quarter to the left."""
    found, _ = facing_angle(np.array([0.0, -1.0, 0.0]), np.array([0.0, 0.0, 2.5]), -np.pi / 2)
    assert found == pytest.approx(np.pi / 2)


@pytest.mark.parametrize(('own', 'other', 'room', 'wanted'), [
    (100, 0, 0, PERSON), (100, 0, 100, PERSON), (20, 0, 80, UNTOLD), (10, 0, 90, NOBODY), (0, 0, 100, NOBODY),
    (60, 40, 0, TWO), (90, 10, 0, PERSON), (0, 100, 0, UNTOLD)])
def test_who_a_mask_is_of(own, other, room, wanted):
    label = np.repeat(np.array([3, 25, 0], np.uint8), [own, other, room])[None]
    assert person_class(np.ones(label.shape, bool), label) == wanted


def test_augmented_examples_are_the_same_from_the_same_seed():
    for index, crop in enumerate(small_crops()[:12]):
        once, again = (augmented_example(crop, np.random.default_rng(index)) for _ in range(2))
        for f in fields(Example):
            value = getattr(once, f.name)
            assert np.array_equal(value, getattr(again, f.name)) and np.isfinite(value).all()


def test_a_crop_without_any_depth_still_makes_an_example():
    crop = people()[0].copy()
    crop['depth'] = 0
    example = plain_example(crop)
    assert np.isfinite(example.square).all() and not example.square[1].any() and example.person == NOBODY
    assert np.isfinite(augmented_example(crop, np.random.default_rng(0)).square).all()


def test_the_dtype_of_a_crop_is_frozen():
    """Shards on disk are read as they lie."""
    assert CROP.itemsize == 128 * 128 * 3 + 24 * 12 + 24 + 12 + 16 + 1 + 1 + 4
