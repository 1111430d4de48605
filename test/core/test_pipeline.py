"""The stages one after the other: the same as by hand, from the station's parameters, with a detector of one's own."""

from types import SimpleNamespace

import numpy as np
import pytest
from helpers.toy_joints import TOY

from poseformer_ros.body.fitting.methods import body_fitter
from poseformer_ros.body.fitting.result import FitState
from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.errors import BadInput
from poseformer_ros.evaluation.evaluate_pose import evaluate_sequence
from poseformer_ros.evaluation.pose_methods import PoseWay
from poseformer_ros.keypoints.part_stage import BodyPartStage, joints_for_parts
from poseformer_ros.keypoints.stage import KeypointStage
from poseformer_ros.pipeline import UP_TO_FEATURES, Pipeline
from poseformer_ros.recognition.decision import UNKNOWN
from poseformer_ros.recognition.fusion import Fusion
from poseformer_ros.silhouette.stage import SilhouetteStage
from poseformer_ros.skeleton import methods
from poseformer_ros.skeleton.dkp24 import Dkp24, Dkp24Options
from poseformer_ros.skeleton.joints import JOINT, JointState, no_skeleton
from poseformer_ros.skeleton.methods import joint_detector
from poseformer_ros.skeleton.temporal_filter import TemporalFilter
from poseformer_ros.stage_options import STAGES, stage_options
from poseformer_ros.synthesis.capsule.live_studio import LiveStudio

MODEL = load_body_model(default_body_path())
RATE_HZ = 10.0


@pytest.fixture(scope='module')
def frames():
    studio = LiveStudio()
    return [studio(index, RATE_HZ)[0] for index in range(4)]


def test_it_says_what_the_stages_say_by_hand(frames):
    options = stage_options()
    pipeline, find_person, find_joints = Pipeline(model=MODEL), SilhouetteStage(), joint_detector(options['joints'])
    smooth, fit, label = TemporalFilter(options['joints']['filter']), body_fitter(options['smpl_fit'], MODEL), BodyPartStage()
    find_points, fuse = KeypointStage(), Fusion(MODEL)
    for index, frame in enumerate(frames):
        answer = pipeline(frame, index / RATE_HZ)
        person = find_person(frame)
        skeleton = find_joints(person)
        result = fit(skeleton, index / RATE_HZ, person)
        parts, points = label(person, result.joints), find_points(person)
        fused = fuse(person, points, parts, skeleton, result)
        np.testing.assert_array_equal(answer.person.mask, person.mask)
        np.testing.assert_array_equal(answer.skeleton.positions, skeleton.positions)
        np.testing.assert_array_equal(answer.filtered.positions, smooth(skeleton, index / RATE_HZ).positions)
        np.testing.assert_array_equal(answer.fit.pose, result.pose)
        np.testing.assert_array_equal(answer.parts.labels, parts.labels)
        np.testing.assert_array_equal(answer.keypoints.features, points.features)
        np.testing.assert_array_equal(answer.features.values, fused.values)
        assert answer.exercise.label == UNKNOWN     # too little was seen


def test_reset_forgets_everything(frames):
    pipeline = Pipeline(model=MODEL)
    first = [pipeline(frame, index / RATE_HZ) for index, frame in enumerate(frames)]
    pipeline.reset()
    again = [pipeline(frame, index / RATE_HZ) for index, frame in enumerate(frames)]
    for a, b in zip(first, again):
        np.testing.assert_array_equal(a.features.values, b.features.values)
        np.testing.assert_array_equal(a.filtered.positions, b.filtered.positions)


def test_a_stage_that_does_not_run_says_nothing(frames):
    answer = Pipeline(stages=('silhouette', 'joints'))(frames[0], 0.0)
    assert answer.skeleton is not None and answer.filtered is not None
    assert (answer.fit, answer.keypoints, answer.parts, answer.features, answer.exercise) == (None,) * 5


def test_every_piece_of_work_can_be_watched(frames):
    done = []

    def watch(stage, work, *inputs):
        done.append(stage)
        return work(*inputs)
    Pipeline(stages=UP_TO_FEATURES, model=MODEL, do=watch)(frames[0], 0.0)
    assert done == ['silhouette', 'joints', 'filter', 'smpl_fit', 'keypoints', 'body_parts', 'fusion']


def test_parts_are_told_by_the_fitted_joints_else_by_the_detected_ones(frames):
    answer = Pipeline(stages=UP_TO_FEATURES, model=MODEL)(frames[0], 0.0)
    assert answer.fit.state == FitState.FITTED
    assert joints_for_parts(answer.skeleton, answer.fit) is answer.fit.joints
    assert joints_for_parts(answer.skeleton, None) is answer.skeleton.positions
    assert np.isnan(joints_for_parts(no_skeleton(), None)).all() and np.isnan(joints_for_parts(None, None)).all()


def test_parameters_reach_their_stage(frames):
    said = {'joints': {'joints.method': 'paper', 'dkp24.mirrored': True}}
    mirrored = Pipeline(stage_options(said), ('silhouette', 'joints'))(frames[0], 0.0)
    wanted = Dkp24(Dkp24Options(mirrored=True))(mirrored.person)
    np.testing.assert_array_equal(mirrored.skeleton.positions, wanted.positions)


def test_a_detector_of_ones_own_is_one_row(frames, monkeypatch):
    """Through the pipeline; `evaluate` and a live node are below and in test/ros/test_own_detector.py."""
    monkeypatch.setitem(methods.METHODS, 'toy', TOY)
    answer = Pipeline(stage_options({'joints': {'joints.method': 'toy'}}), model=MODEL)(frames[0], 0.0)
    assert answer.skeleton.state[JOINT['pelvis']] == JointState.OBSERVED and (answer.skeleton.state > 0).sum() == 1
    assert answer.fit.state != FitState.FITTED and answer.features is not None


def test_a_detector_of_ones_own_is_evaluated(monkeypatch):
    monkeypatch.setitem(methods.METHODS, 'toy', TOY)
    errors, = evaluate_sequence(_Drawn(), {'name': 'drawn'}, [PoseWay('toy')], ['rendered'], MODEL)
    assert errors.method == 'toy'
    assert (errors.error[:, JOINT['pelvis']] < 0.4).all() and np.isnan(errors.error[:, JOINT['head']]).all()


class _Drawn:
    """The drawn figure as a sequence with truth."""

    def __init__(self):
        self._studio = LiveStudio()

    def __len__(self):
        return 2

    def frame(self, index):
        frame, known = self._studio(index, RATE_HZ)
        return frame, SimpleNamespace(positions=known.positions, visible=known.visible, mask=known.mask, floor=known.floor,
                                      depth_stamp_s=index / RATE_HZ)


def test_a_method_that_nobody_has_is_refused():
    with pytest.raises(BadInput, match="'poseformer' is not known; choose one of"):
        stage_options({'joints': {'joints.method': 'poseformer'}})


ONLY_OF_NODES = ('diagnostics', 'freshness', 'mesh')      # how a node watches itself, and what it draws


def test_the_stages_are_the_stations_nodes():
    pytest.importorskip('rclpy')
    from poseformer_ros.station import graph
    for stage, prefixes in STAGES.items():
        of_the_node = {prefix: options for prefix, options in graph.node(stage).options.items() if prefix not in ONLY_OF_NODES}
        assert of_the_node == prefixes
