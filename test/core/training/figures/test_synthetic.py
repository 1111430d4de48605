"""Rendered recordings through the whole pipeline to the report: known exercises, the ablation's rows, going on after a kill."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from helpers import tiny_synthetic
from helpers.labelled_motions import labelled_motion

from poseformer_ros.errors import BadInput
from poseformer_ros.evaluation.protocol.ablation_table import PAPER_ROWS, change_interval
from poseformer_ros.evaluation.protocol.paper_figures import ABLATION_ROWS
from poseformer_ros.evaluation.protocol.predictions import Predictions
from poseformer_ros.evaluation.protocol.samples import Sample
from poseformer_ros.recognition.layout import FUSED
from poseformer_ros.recordings.feature_sequences import FeatureSequence
from poseformer_ros.recordings.labelled.labelled_motion import PLACE
from poseformer_ros.skeleton.joints import JOINT
from poseformer_ros.training.classifiers.interface import BOTH_WAYS, SERIES, STATISTICS
from poseformer_ros.training.figures.ablation_runs import rows_that_are_there
from poseformer_ros.training.figures.feature_inputs import FeatureInputs, motion_of
from poseformer_ros.training.figures.labelled_features import thinned


def features(count: int = 20, parts: tuple[str, ...] = FUSED.names) -> FeatureSequence:
    """Ten a second; a raised left hand beside the body, which faces the camera."""
    values, present = np.zeros((count, FUSED.size), np.float32), np.zeros((count, len(FUSED.names)), bool)
    for part in parts:
        present[:, FUSED.names.index(part)] = True
    joints = np.zeros((24, 3), np.float32)
    joints[JOINT['left_hand']] = (-0.2, -0.6, 0.7)      # 0.2 m towards the camera, to the image's right, up
    values[:, FUSED.part('mesh/joints')] = joints.ravel()
    return FeatureSequence(values, present, np.full(count, 'squat'), np.ones(count, int), np.arange(count) / 10,
                           {'name': 'r', 'person': 'ada', 'layout': FUSED.version})


def test_found_joints_as_a_motion():
    motion = motion_of(features())
    np.testing.assert_allclose(motion.positions[3, PLACE['left_hand']], (0.6, 0.7, 0.2), atol=1e-6)
    assert motion.rate_hz == pytest.approx(10.0) and motion.exercise == 'squat' and motion.person == 'ada'
    assert np.isnan(motion_of(features(parts=('mesh/pose',))).positions).all()


def test_inputs_hold_the_kept_values_alone():
    sequence = features()
    sequence.values[:, 7] = np.arange(20)
    kept = np.zeros(FUSED.size, bool)
    kept[7] = True
    sample = [Sample(0, 0, 20, 'squat', 'ada', '')]
    assert FeatureInputs([sequence], kept)(sample, STATISTICS)[0, 0] == pytest.approx(9.5)      # the mean comes first
    series = FeatureInputs([sequence], kept)(sample, SERIES)
    assert series.shape == (1, 30, 1) and series[0, 0, 0] == 0.0 and series[0, -1, 0] == 19.0   # 2 s at 15 Hz


def test_features_have_no_mirror_image():
    with pytest.raises(BadInput, match='no mirror image; take moving'):
        FeatureInputs([features()])([Sample(0, 0, 20, 'squat', 'ada', '')], BOTH_WAYS)


def test_skeletons_have_the_rows_of_the_mesh_alone():
    skeleton = features(parts=tuple(name for name in FUSED.names if name.startswith(('joint/', 'mesh/'))))
    assert rows_that_are_there([skeleton]) == ('mesh_25', 'mesh_50', 'mesh_100')
    assert len(rows_that_are_there([features()])) == 11     # all but the one whose recordings differ
    assert set(PAPER_ROWS) == set(ABLATION_ROWS)


def test_the_change_is_of_people_on_the_same_samples():
    """Two people of 4 samples; without the row one more is wrong for each, so that every draw of people gives -1 of 4."""
    classes, truth = ('a', 'b'), np.array(['a'] * 8)
    person = np.repeat(['p', 'q'], 4)

    def answers(wrong):
        probabilities = np.tile([1.0, 0.0], (8, 1))
        probabilities[wrong] = [0.0, 1.0]
        return Predictions(classes, probabilities, truth, person, person, truth, truth)
    assert change_interval(answers([0, 1, 4]), answers([0])) == pytest.approx((-0.25, -0.25, -0.25))


def test_motions_at_the_moments_of_their_features():
    motion = labelled_motion('P0', 'Es1', 0)        # 80 frames at 10 Hz
    half = thinned(motion, 40)
    np.testing.assert_array_equal(half.positions, motion.positions[::2])
    assert half.rate_hz == 5.0 and len(thinned(motion, 27)) == 27 and thinned(motion, 80).rate_hz == 10.0
    with pytest.raises(BadInput, match='make the features again'):
        thinned(motion, 50)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_killed_run_goes_on_and_ends_as_the_whole_one(tmp_path):
    pytest.importorskip('open3d')
    recipe = tmp_path / 'tiny.yaml'
    recipe.write_text(tiny_synthetic.RECIPE)
    whole, cut = tmp_path / 'whole', tmp_path / 'cut'
    running = subprocess.Popen([sys.executable, tiny_synthetic.__file__, str(recipe), str(cut)], start_new_session=True,
                               stderr=subprocess.DEVNULL, env={**os.environ, 'PYTHONPATH': os.pathsep.join(sys.path)})
    deadline = time.monotonic() + 600
    while sum('.part' not in path.name for path in cut.rglob('*.npz')) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    assert not list(cut.rglob('*.csv'))     # it was rendering
    files = tiny_synthetic.run(recipe, whole)
    first = tiny_synthetic.run(recipe, cut)
    assert first == files
    (cut / 'ablation/without/akaze/fold01.csv').unlink()
    (cut / 'predictions/window_1s/grouped/features_encoder/fold02.csv').unlink()
    assert tiny_synthetic.run(recipe, cut) == files
    recipe.write_text(tiny_synthetic.RECIPE.replace('seed: 5', 'seed: 6'))
    with pytest.raises(BadInput, match='another data set, seed, recipe'):
        tiny_synthetic.run(recipe, cut)
    figures = json.loads(files['figures.json'])
    assert figures['window_1s grouped features_linear']['right'] > 0.7      # lifting arms or squatting; by lot 0.5
    assert {'ablation all all', 'ablation without preprocessing', 'ablation only mesh_100'} <= set(figures)
    prepared, unprepared = (np.load(next((whole / 'features' / kind / 'people').glob('*.npz')))
                            for kind in ('prepared', 'unprepared'))
    height = FUSED.names.index('mesh/height')       # is told by the floor alone
    assert prepared['present'][:, height].any() and not unprepared['present'][:, height].any()
    assert 'without AKAZE' in files['report.md'].decode()
