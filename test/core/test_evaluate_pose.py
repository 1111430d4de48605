"""The evaluation's figures against figures worked out by hand."""

import csv

import numpy as np
import pytest

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.errors import BadInput
from poseformer_ros.silhouette.person import Floor, nobody
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT, JointState, no_skeleton
from poseformer_ros.skeleton.true_skeleton import true_skeleton
from poseformer_ros.synthesis.cameras import CameraPose
from poseformer_ros.synthesis.recording import FrameTruth
from poseformer_ros.training import pose_methods
from poseformer_ros.training.evaluate_pose import evaluate_sequence, floor_errors, mask_overlap, rendered_silhouette
from poseformer_ros.training.pose_methods import joint_method
from poseformer_ros.training.pose_plots import write_plots
from poseformer_ros.training.pose_tables import pose_report, write_csv

K = Intrinsics(64, 48, 60.0, 60.0, 31.5, 23.5)
JOINTS = np.stack([np.linspace(-0.3, 0.3, JOINT_COUNT), np.linspace(-0.5, 0.6, JOINT_COUNT), np.full(JOINT_COUNT, 3.0)], 1)
FACTS = {'name': 'a', 'exercise': 'still', 'noise': 'clean', 'camera': 'front'}


class _Known:
    """A sequence of one rectangle, whose joints are known."""

    def __len__(self):
        return 4

    def frame(self, index):
        mask = np.zeros((48, 64), bool)
        mask[10:40, 20:44] = True
        truth = FrameTruth(positions=JOINTS, pixels=K.project(JOINTS), visible=np.ones(JOINT_COUNT, bool),
                           pose=np.zeros((24, 3)), translation=np.zeros(3), betas=np.zeros(10), mask=mask,
                           parts=np.where(mask, 0, -1).astype(np.int8), others=np.zeros_like(mask),
                           floor=Floor(np.array([0.0, -1.0, 0.0]), 1.0), camera=CameraPose(np.eye(3), np.zeros(3)),
                           exercise='still', label='rest', repetition=0, phase=np.nan, depth_stamp_s=0.0, color_stamp_s=0.0)
        return RgbdFrame(np.zeros((48, 64, 3), np.uint8), np.full((48, 64), 3.0, np.float32), K), truth


def deeper_by_four_centimetres(person):
    """A method that errs along the optical axis by 4 cm and never finds the head."""
    found = true_skeleton(JOINTS + [0.0, 0.0, 0.04], np.ones(JOINT_COUNT, bool), K)
    state, positions = found.state.copy(), found.positions.copy()
    state[JOINT['head']], positions[JOINT['head']] = JointState.MISSING, np.nan
    return type(found)(**{**found.__dict__, 'state': state, 'positions': positions})


@pytest.fixture
def results(monkeypatch):
    monkeypatch.setitem(pose_methods.METHODS, 'deeper', lambda: deeper_by_four_centimetres)
    monkeypatch.setitem(pose_methods.METHODS, 'silent', lambda: lambda person: no_skeleton())
    return evaluate_sequence(_Known(), FACTS, ['deeper', 'silent'], ['rendered'])


def test_errors_are_those_that_the_method_was_given(results):
    deeper = results[0]
    found = np.arange(JOINT_COUNT) != JOINT['head']
    assert deeper.error[:, found] == pytest.approx(0.04)
    assert np.isnan(deeper.error[:, JOINT['head']]).all()
    ray = JOINTS / np.linalg.norm(JOINTS, axis=1, keepdims=True)
    assert deeper.across[0, found] == pytest.approx(0.04 * np.sqrt(1 - ray[found, 2] ** 2))
    assert (deeper.overlap == 1.0).all()
    assert np.isnan(results[1].error).all()


def test_report_and_csv_say_so(results, tmp_path):
    report = pose_report(results)
    line = next(line for line in report.splitlines() if line.startswith('| deeper'))
    assert [word.strip() for word in line.split('|')[3:6]] == ['40', '40', '40']
    assert f'{100 / 24:.1f}' in line
    assert '1 sequences, 4 pictures' in report
    write_csv(results, tmp_path / 'pose.csv')
    rows = list(csv.DictReader(open(tmp_path / 'pose.csv')))
    assert len(rows) == 2 * JOINT_COUNT
    head = next(row for row in rows if row['joint'] == 'head' and row['method'] == 'deeper')
    assert head['mean_mm'] == '-' and head['missing_percent'] == '100.0'


def test_overlap_is_intersection_over_union():
    frame, truth = _Known().frame(0)
    person = rendered_silhouette(frame, truth)
    shifted = np.zeros_like(truth.mask)
    shifted[10:40, 26:50] = True
    assert mask_overlap(person, truth.mask) == 1.0
    assert mask_overlap(person, shifted) == pytest.approx(18 / 30)


def test_a_method_is_found_by_name_or_by_module():
    assert joint_method('poseformer_ros.skeleton.dkp24:Dkp24').__class__.__name__ == 'Dkp24'
    for wrong in ('papre', 'poseformer_ros.skeleton.dkp24:Nothing', 'no_such_module:Thing'):
        with pytest.raises(BadInput, match='method'):
            joint_method(wrong)


def test_plots_are_written(results, tmp_path):
    pytest.importorskip('matplotlib', reason='plots need matplotlib; pip install -r requirements/studio.txt')
    for path in write_plots(results, tmp_path):
        assert path.stat().st_size > 5000


def test_a_silhouette_of_somebody_else_counts_as_lost():
    frame, truth = _Known().frame(0)
    person = rendered_silhouette(frame, truth)
    elsewhere = np.zeros_like(truth.mask)
    elsewhere[10:40, 46:60] = True
    assert mask_overlap(person, elsewhere) == 0.0
    assert mask_overlap(nobody(K, None), elsewhere) == 0.0


def test_floor_errors_are_angle_and_height():
    frame, truth = _Known().frame(0)
    tilted = Floor(np.array([0.0, -np.cos(0.03), np.sin(0.03)]), 1.02)
    person = nobody(K, tilted)
    assert floor_errors(person, truth) == pytest.approx((0.03, 0.02))
    assert np.isnan(floor_errors(nobody(K, None), truth)).all()
