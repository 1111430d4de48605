"""Arcs are the angles that are measured: from the same joints, between the same limbs."""

import numpy as np
import pytest
from helpers.acted_sets import acted_clip, acted_movement

from poseformer_ros.assessment.angle_arcs import ARCS, RADIUS_M, angle_arcs
from poseformer_ros.assessment.joint_angles import UP, joint_angles
from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.geometry.vectors import angle_between
from poseformer_ros.skeleton.joints import JOINT


@pytest.mark.parametrize('name', [name for name in ARCS if not name.startswith('trunk') and not name.endswith('flexion')])
def test_an_arc_spans_the_angle_that_is_measured(name):
    model = load_body_model(default_body_path())
    joints = acted_movement(acted_clip('kimore_es5', 62023, model), model, noise=False).joints[20:40:5]
    for posture, angle in zip(joints, joint_angles(joints)[name]):
        arc, = angle_arcs([name], posture, UP)
        first, last = arc.points[[0, -1]] - arc.centre
        assert angle_between(first[None], last[None])[0] == pytest.approx(angle, abs=0.03)
        assert np.linalg.norm(arc.points - arc.centre, axis=1) == pytest.approx(RADIUS_M)


def test_what_is_no_angle_or_rests_on_a_missing_joint_has_no_arc():
    model = load_body_model(default_body_path())
    posture = acted_movement(acted_clip('kimore_es1', 62023, model), model, noise=False).joints[10].copy()
    posture[JOINT['left_wrist']] = np.nan
    assert [arc.angle for arc in angle_arcs(['left_elbow', 'pelvis_left', 'right_elbow'], posture, UP)] == ['right_elbow']
