"""Clothes: depth points lie on them, and the body within."""

import numpy as np
import pytest

from poseformer_ros.body.fitting.clothes import usual_clothes
from poseformer_ros.body.fitting.depth_term import Surface
from poseformer_ros.body.fitting.jacobian import pose_body
from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.errors import BadInput
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT, MIRROR


@pytest.fixture(scope='module')
def model():
    return load_body_model(default_body_path())


def test_the_dressed_surface_is_as_thick_as_its_clothes(model):
    unknowns = np.zeros(85)
    unknowns[84] = 3.0
    body = pose_body(model, unknowns)
    bare, dressed = (Surface(model, clothes)._posed(body, np.zeros(10))[0]
                     for clothes in (np.zeros(JOINT_COUNT), np.full(JOINT_COUNT, 0.02)))
    np.testing.assert_allclose(np.linalg.norm(dressed - bare, axis=1), 0.02, atol=1e-5)


def test_what_ships_is_cloth_on_the_trunk_and_none_on_head_and_hands():
    clothes = usual_clothes()
    assert 0.005 < clothes[JOINT['spine_centre']] < 0.025       # the studio's shirts stand 4 to 25 mm off
    for name in ('head', 'left_hand', 'right_hand', 'left_ankle'):
        assert abs(clothes[JOINT[name]]) < 0.004
    np.testing.assert_array_equal(clothes, clothes[list(MIRROR)])


def test_another_file_is_refused(tmp_path):
    np.savez(tmp_path / 'short.npz', thickness_m=np.zeros(3))
    with pytest.raises(BadInput, match='learn_clothes'):
        usual_clothes(tmp_path / 'short.npz')
    with pytest.raises(BadInput, match='learn_clothes'):
        usual_clothes(tmp_path / 'nothing.npz')
