"""The evaluation's figures against figures worked out by hand."""

import csv

import numpy as np
import pytest

from poseformer_ros.body.fitting import methods as fit_methods
from poseformer_ros.body.fitting.result import BodyFitResult, FitState, no_fit
from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.errors import BadInput
from poseformer_ros.evaluation.evaluate_pose import (
    evaluate_sequence,
    floor_errors,
    jitter_at_rest,
    mask_overlap,
    rendered_silhouette,
)
from poseformer_ros.evaluation.pose_figures import write_plots
from poseformer_ros.evaluation.pose_methods import PoseWay, pose_method
from poseformer_ros.evaluation.pose_tables import pose_report, write_csv
from poseformer_ros.options import Method
from poseformer_ros.silhouette.person import Floor, nobody
from poseformer_ros.skeleton import methods as joint_methods
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT, JointState, no_skeleton
from poseformer_ros.skeleton.true_skeleton import true_skeleton
from poseformer_ros.synthesis.rendered_recording import FrameTruth
from poseformer_ros.synthesis.rendering.cameras import CameraPose

K = Intrinsics(64, 48, 60.0, 60.0, 31.5, 23.5)
JOINTS = np.stack([np.linspace(-0.3, 0.3, JOINT_COUNT), np.linspace(-0.5, 0.6, JOINT_COUNT), np.full(JOINT_COUNT, 3.0)], 1)
FACTS = {'name': 'a', 'exercise': 'still', 'noise': 'clean', 'camera': 'front'}


MODEL = load_body_model(default_body_path())


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
                           exercise='still', label='rest', repetition=0, phase=np.nan, depth_stamp_s=0.1 * index,
                           color_stamp_s=0.1 * index)
        return RgbdFrame(np.zeros((48, 64, 3), np.uint8), np.full((48, 64), 3.0, np.float32), K), truth


def deeper_by_four_centimetres(person):
    """A method that errs along the optical axis by 4 cm and never finds the head."""
    found = true_skeleton(JOINTS + [0.0, 0.0, 0.04], np.ones(JOINT_COUNT, bool), K)
    state, positions = found.state.copy(), found.positions.copy()
    state[JOINT['head']], positions[JOINT['head']] = JointState.MISSING, np.nan
    return type(found)(**{**found.__dict__, 'state': state, 'positions': positions})


class BodyTwoCentimetresAside:
    """A fit: the true body 2 cm to the right in even images and 3 cm in odd ones; lost in the last of four."""

    def __init__(self):
        self._count = 0

    def __call__(self, skeleton, stamp_s, person):
        assert stamp_s == pytest.approx(0.1 * self._count)
        aside = np.array([0.03 if self._count % 2 else 0.02, 0.0, 0.0])
        self._count += 1
        if self._count == 4:
            return no_fit(FitState.LOST, 1)
        return BodyFitResult(pose=np.zeros((24, 3)), betas=np.zeros(10), translation=aside, joints=JOINTS + aside,
                             joint_state=np.ones(24, np.uint8), joint_covariance=np.zeros((24, 3, 3)), joint_residual=0.0,
                             surface_residual=0.0, state=FitState.FITTED, track_id=1)


@pytest.fixture
def results(monkeypatch):
    monkeypatch.setitem(joint_methods.METHODS, 'deeper', Method(lambda options: deeper_by_four_centimetres))
    monkeypatch.setitem(joint_methods.METHODS, 'silent', Method(lambda options: lambda person: no_skeleton()))
    monkeypatch.setitem(fit_methods.METHODS, 'aside', Method(lambda options, model, betas: BodyTwoCentimetresAside()))
    ways = [PoseWay('deeper'), PoseWay('silent'), PoseWay('silent', 'aside')]
    return evaluate_sequence(_Known(), FACTS, ways, ['rendered'], MODEL)


def test_errors_are_those_that_the_method_was_given(results):
    deeper = results[0]
    found = np.arange(JOINT_COUNT) != JOINT['head']
    assert deeper.error[:, found] == pytest.approx(0.04)
    assert np.isnan(deeper.error[:, JOINT['head']]).all()
    ray = JOINTS / np.linalg.norm(JOINTS, axis=1, keepdims=True)
    assert deeper.across[0, found] == pytest.approx(0.04 * np.sqrt(1 - ray[found, 2] ** 2))
    assert (deeper.overlap == 1.0).all()
    assert np.isnan(results[1].error).all()


def test_a_body_is_measured_by_its_vertices_and_its_jitter(results):
    """The true person's pose is zero and the camera stands in the room's origin, so that bodies differ by the shift alone."""
    body = results[2]
    assert body.vertex[:3] == pytest.approx([0.02, 0.03, 0.02], abs=1e-6)
    assert np.isnan(body.vertex[3]) and body.lost.tolist() == [False, False, False, True]
    assert body.jitter[1:3] == pytest.approx(0.01)
    assert np.isnan(body.jitter[[0, 3]]).all()
    assert np.isnan(results[0].vertex).all() and results[1].lost.all()
    line = next(line for line in pose_report(results).splitlines() if line.startswith('| silent, aside fit'))
    assert [word.strip() for word in line.split('|')[8:11]] == ['23', '10.0', '25.0']


def test_only_joints_at_rest_have_jitter():
    """Joint 0 stands, joint 1 moves by 4 and joint 2 by 6 mm in a tenth of a second: 40 and 60 mm/s."""
    truths = np.tile(JOINTS, (3, 1, 1))
    truths[:, 1, 0] += np.arange(3) * 0.004
    truths[:, 2, 0] += np.arange(3) * 0.006
    offset = np.zeros((3, JOINT_COUNT, 3))
    offset[1, :, 2] = 0.007
    jitter = jitter_at_rest(offset, truths, np.arange(3) / 10.0)
    assert jitter[1:, :2] == pytest.approx(0.007)
    assert np.isnan(jitter[:, 2]).all() and np.isnan(jitter[0]).all()


def test_methods_are_told_apart_by_exercise_and_noise(results):
    report = pose_report(results)
    row = next(line for line in report[report.index('By exercise and noise'):].splitlines() if line.startswith('| rendered'))
    assert [word.strip() for word in row.split('|')[1:-1]] == ['rendered', 'still', 'clean', '40', '-', '23', '23']


def test_report_and_csv_say_so(results, tmp_path):
    report = pose_report(results)
    line = next(line for line in report.splitlines() if line.startswith('| deeper'))
    assert [word.strip() for word in line.split('|')[3:6]] == ['40', '40', '40']
    assert f'{100 / 24:.1f}' in line
    assert '1 sequences, 4 images' in report
    write_csv(results, tmp_path / 'pose.csv')
    rows = list(csv.DictReader(open(tmp_path / 'pose.csv')))
    assert len(rows) == 3 * JOINT_COUNT
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
    found = pose_method(PoseWay('poseformer_ros.skeleton.dkp24:Dkp24'), MODEL)(nobody(K, None), 0.0)
    assert found.fit is None and (found.skeleton.state == JointState.MISSING).all()
    for wrong in ('papre', 'poseformer_ros.skeleton.dkp24:Nothing', 'no_such_module:Thing'):
        with pytest.raises(BadInput, match='--joints'):
            pose_method(PoseWay(wrong), MODEL)


def test_a_way_says_its_methods():
    names = [way.name for way in (PoseWay('paper'), PoseWay('paper', 'fast'), PoseWay('paper', 'fast', depth=False))]
    assert names == ['paper', 'paper, fast fit', 'paper, fast fit without depth']


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
