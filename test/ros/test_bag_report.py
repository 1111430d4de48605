"""A report from a bag of a station: the sets that were begun in it, or all of it as the exercise that is named."""

import csv

import numpy as np
import pytest
from helpers.acted_sets import acted_clip, acted_movement
from rclpy.serialization import serialize_message
from rclpy.time import Time
from std_msgs.msg import Header

from poseformer_ros import msg
from poseformer_ros.assessment.movement import room_axes
from poseformer_ros.body.fitting.result import BodyFitResult, FitState
from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.cli.main import main
from poseformer_ros.recordings.bags.definitions import definition, installed_prefixes
from poseformer_ros.recordings.bags.metadata import USUAL_QOS, BagTopic
from poseformer_ros.recordings.bags.writer import BagWriter
from poseformer_ros.ros import conversions
from poseformer_ros.ros.bags.replayed_topics import NAMESPACE_KEY
from poseformer_ros.silhouette.person import Floor

FLOOR = Floor(np.array([0.0, -np.cos(0.2), -np.sin(0.2)]), 1.3)      # a camera that looks down
BEGUN_NS = 1_700_000_000 * 10**9


@pytest.fixture(scope='module')
def bag(tmp_path_factory):
    """Three squats; a set of kimore_es5 is on from the third moment to the last but two."""
    model = load_body_model(default_body_path())
    movement = acted_movement(acted_clip('kimore_es5', 62040, model), model)
    folder = tmp_path_factory.mktemp('bags') / 'squats'
    writer = BagWriter(folder, custom={NAMESPACE_KEY: '/ward'})
    for name, kind in (('body/fit', 'BodyFit'), ('silhouette', 'Silhouette'), ('assessment/live', 'AssessmentLive')):
        full = f'poseformer_ros/msg/{kind}'
        writer.add_topic(BagTopic(f'/ward/{name}', full, '', (USUAL_QOS,), definition(full, installed_prefixes())))
    for index, joints in enumerate(movement.joints @ room_axes(FLOOR) + FLOOR.below_camera):
        stamp_ns = BEGUN_NS + round(1e9 * movement.stamps_s[index])
        header = Header(stamp=Time(nanoseconds=stamp_ns).to_msg())
        fit = BodyFitResult(pose=np.zeros((24, 3)), betas=np.zeros(10), translation=np.zeros(3), joints=joints,
                            joint_state=movement.state[index], joint_covariance=np.broadcast_to(np.eye(3) * 1e-4, (24, 3, 3)),
                            joint_residual=0.01, surface_residual=0.01, state=FitState.FITTED, track_id=3, quality=0.9)
        person = msg.Silhouette(header=header, floor_found=True)
        person.floor.coef = [*FLOOR.normal.tolist(), FLOOR.offset]
        live = msg.AssessmentLive(header=header, exercise='kimore_es5' if 2 <= index < len(movement) - 2 else '')
        for name, message in (('silhouette', person), ('body/fit', conversions.body_fit_message(fit, header)),
                              ('assessment/live', live)):
            writer.write(f'/ward/{name}', serialize_message(message), stamp_ns, stamp_ns)
    writer.close()
    return folder


@pytest.mark.parametrize('said', [(), ('--exercise', 'mri_squat')])
def test_the_sets_of_a_bag_are_reported(bag, tmp_path, said):
    assert main(['report', str(bag), '--out', str(tmp_path), *said]) == 0
    with open(tmp_path / 'figures.csv', newline='') as file:
        rows = list(csv.DictReader(file))
    assert {row['exercise'] for row in rows} == {said[1] if said else 'kimore_es5'}
    assert {row['repetition'] for row in rows} == {'1', '2', '3'}
    knees = [float(row['value']) for row in rows if row['measure'] == 'peak:left_knee']
    assert all(60.0 < knee < 140.0 for knee in knees)
    lean = [float(row['value']) for row in rows if row['measure'] == 'rise:trunk_forward']
    assert all(0.0 < angle < 60.0 for angle in lean)      # in the room, not in the tilted camera's frame


def test_a_bag_without_fits_says_what_to_record(tmp_path, capsys):
    BagWriter(tmp_path / 'empty').close()
    assert main(['report', str(tmp_path / 'empty')]) == 2
    assert 'body/fit' in capsys.readouterr().err
