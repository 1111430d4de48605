"""`poseformer features`: what is in the files, the same bytes by whoever makes them, going on after a kill, bad recordings."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from helpers.bag_messages import NAME, text
from helpers.small_recordings import RATE_HZ, images, write_bag, write_folder, write_joints

from poseformer_ros.cli.main import main
from poseformer_ros.errors import BadInput
from poseformer_ros.features.run_features import read_index
from poseformer_ros.pipeline import UP_TO_FEATURES, Pipeline
from poseformer_ros.recognition.layout import FUSED
from poseformer_ros.recordings.bags.writer import BagWriter
from poseformer_ros.recordings.feature_sequences import FeatureSequence, load_feature_sequence
from poseformer_ros.recordings.labelled.label_file import read_label_file


def made(out: Path) -> dict[str, bytes]:
    """All files by name."""
    return {path.name: path.read_bytes() for path in sorted(out.iterdir())}


def sequence(out: Path, name: str) -> FeatureSequence:
    return load_feature_sequence(out / next(line.file for line in read_index(out) if line.recording == name), FUSED)


@pytest.fixture(scope='module')
def frames():
    return images()


@pytest.fixture(scope='module')
def recordings(tmp_path_factory, frames):
    """Joints of three people, a folder of images, a bag."""
    root = tmp_path_factory.mktemp('recordings')
    write_folder(root / 'shown', frames)
    write_bag(root / 'bag', frames)
    for number in (1, 3, 5):
        write_joints(root / f'es{number}.npz', name=f'kimore_es{number}')
    return root


@pytest.fixture(scope='module')
def given(recordings):
    return [str(recordings / name) for name in ('shown', 'bag', 'es1.npz', 'es3.npz', 'es5.npz')]


@pytest.fixture(scope='module')
def alone(tmp_path_factory, given):
    """Made by this process."""
    out = tmp_path_factory.mktemp('alone')
    assert main(['features', *given, '--out', str(out)]) == 0
    return out


def test_images_give_what_the_stages_say(alone, frames):
    found, pipeline = sequence(alone, 'shown'), Pipeline(stages=UP_TO_FEATURES)
    assert found.facts['person'] == 'ada' and len(found) == len(frames)
    for index, frame in enumerate(frames):
        said = pipeline(frame, index / RATE_HZ).features
        np.testing.assert_array_equal(found.values[index], said.values)
        np.testing.assert_array_equal(found.present[index], said.present)


def test_a_bag_gives_what_its_images_give(alone):
    """Colour in another order of bytes with padded rows, depth a little later, and depth without colour, which is no moment."""
    shown, bag = sequence(alone, 'shown'), sequence(alone, 'bag')
    np.testing.assert_array_equal(bag.present, shown.present)
    np.testing.assert_allclose(bag.values, shown.values, atol=2e-3)     # the fit knows seconds, which a bag has to nanoseconds
    np.testing.assert_allclose(bag.stamps_s, shown.stamps_s, atol=1e-6)


def test_joints_give_body_and_joints_alone(alone, recordings):
    found, known = sequence(alone, 'es5'), np.load(recordings / 'es5.npz')['positions']
    joints = found.values[:, FUSED.part('mesh/joints')].reshape(len(known), 24, 3)
    for here, there in zip(joints, known):      # distances do not depend on axes
        away, wanted = (np.linalg.norm(some[:, None] - some[None], axis=2) for some in (here, there))
        assert np.abs(away - wanted).max() < 0.005
    assert (joints[:, 15, 2] > 0.4).all() and found.facts['joints'] == 'of the recording'     # the head is above the pelvis
    by_part = dict(zip(FUSED.names, found.present.all(axis=0)))
    assert by_part['mesh/vertices'] and by_part['mesh/height'] and by_part['joint/left_wrist']
    assert not any(there for name, there in by_part.items() if name.startswith(('keypoints/', 'contour/')))


def test_a_second_run_makes_nothing_and_other_content_or_options_are_made(alone, given, recordings, tmp_path):
    """Where a recording lies does not matter; what is in it, and how it is looked at, does."""
    out = tmp_path / 'out'
    shutil.copytree(alone, out)
    times = {path: path.stat().st_mtime_ns for path in out.glob('*.npz')}
    assert main(['features', *given, '--out', str(out)]) == 0
    assert {path: path.stat().st_mtime_ns for path in out.glob('*.npz')} == times
    elsewhere = tmp_path / 'elsewhere'
    elsewhere.mkdir()
    shutil.copy(recordings / 'es5.npz', elsewhere)
    main(['features', str(elsewhere / 'es5.npz'), '--out', str(out)])
    assert set(out.glob('*.npz')) == set(times)
    main(['features', str(elsewhere / 'es5.npz'), '--out', str(out), '--every', '2'])
    assert len(sequence(out, 'es5')) == 3 and set(out.glob('*.npz')) > set(times)
    parameters = tmp_path / 'parameters.yaml'
    parameters.write_text('smpl_fit: {ros__parameters: {body.model_file: adults}}\n')
    count = len(list(out.glob('*.npz')))
    main(['features', str(elsewhere / 'es5.npz'), '--out', str(out), '--params-file', str(parameters)])
    assert len(list(out.glob('*.npz'))) == count + 1
    write_joints(elsewhere / 'es5.npz', name='kimore_es1')
    main(['features', str(elsewhere / 'es5.npz'), '--out', str(out)])
    assert len(list(out.glob('*.npz'))) == count + 2


@pytest.mark.slow
def test_two_processes_make_the_same_bytes(alone, given, tmp_path):
    assert main(['features', *given, '--out', str(tmp_path), '--processes', '2']) == 0
    assert made(tmp_path) == made(alone)


@pytest.mark.slow
def test_a_ray_head_and_a_worker_make_the_same_bytes(alone, given, tmp_path):
    """Two Ray nodes on this machine, each with one processor."""
    cluster_utils = pytest.importorskip('ray.cluster_utils')
    cluster = cluster_utils.Cluster(initialize_head=True, head_node_args={'num_cpus': 1})
    try:
        cluster.add_node(num_cpus=1)
        assert main(['features', *given, '--out', str(tmp_path), '--ray', cluster.address]) == 0
    finally:
        cluster.shutdown()
    assert made(tmp_path) == made(alone)


def test_nobody_at_the_address_of_ray(given, tmp_path, capsys):
    pytest.importorskip('ray')
    assert main(['features', given[-1], '--out', str(tmp_path), '--ray', '127.0.0.1:1']) == 2
    assert '--ray 127.0.0.1:1' in capsys.readouterr().err


@pytest.mark.slow
def test_a_run_that_was_killed_goes_on(alone, given, tmp_path):
    command = [sys.executable, '-m', 'poseformer_ros.cli.main', 'features', *given, '--out', str(tmp_path)]
    running = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True,
                               env={**os.environ, 'PYTHONPATH': os.pathsep.join(sys.path)})
    deadline = time.monotonic() + 120
    while not list(tmp_path.glob('*.npz')) and time.monotonic() < deadline:
        time.sleep(0.01)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    first = {path: path.stat().st_mtime_ns for path in tmp_path.glob('*.npz')}
    assert 1 <= len(first) < len(given) and not (tmp_path / 'features.csv').exists()
    assert main(['features', *given, '--out', str(tmp_path)]) == 0
    assert {path: path.stat().st_mtime_ns for path in first} == first
    assert {name: content for name, content in made(tmp_path).items() if not name.endswith('.part')} == made(alone)


def test_bad_recordings_stop_the_run_or_are_named_and_left_out(recordings, frames, tmp_path, capsys):
    root = tmp_path / 'mixed'
    write_folder(root / 'good', frames)
    write_folder(root / 'without_calibration', frames)
    (root / 'without_calibration' / 'calibration.json').unlink()
    write_folder(root / 'torn', frames)
    torn = root / 'torn' / 'depth' / '0001.png'
    torn.write_bytes(torn.read_bytes()[:200])
    out = tmp_path / 'out'
    assert main(['features', str(root), '--out', str(out)]) == 2
    assert 'calibration.json' in capsys.readouterr().err
    assert main(['features', str(root), '--out', str(out), '--bad', 'skip']) == 0
    said = capsys.readouterr()
    assert 'without_calibration' in said.err and str(torn) in said.err and '1 recordings, 2 left out' in said.out
    lines = {line.recording: line for line in read_index(out)}
    assert lines['good'].file and not lines['torn'].file and str(torn) in lines['torn'].problem
    (root / 'without_calibration' / 'calibration.json').write_text('{}')
    assert main(['features', str(root / 'torn'), '--out', str(out)]) == 2
    assert '--bad skip' in capsys.readouterr().err


def test_labels_of_ones_own(recordings, tmp_path, capsys):
    table = tmp_path / 'labels.csv'
    table.write_text('recording,person,label,begin_s,end_s\nes5,ada,squat,0.0,0.2\nes5,ada,squat,0.35,0.45\n')
    assert main(['features', str(recordings / 'es5.npz'), '--labels', str(table), '--out', str(tmp_path / 'out')]) == 0
    found = sequence(tmp_path / 'out', 'es5')
    assert found.labels.tolist() == ['squat', 'squat', 'rest', 'rest', 'squat', 'rest'] and found.facts['person'] == 'ada'
    assert found.repetition.tolist() == [1, 1, 0, 0, 2, 0]
    table.write_text('recording,person,label,begin_s,end_s\nes5,ada,squat,0.0,soon\n')
    with pytest.raises(BadInput, match='line 2'):
        read_label_file(table)
    table.write_text('recording,person,label,begin_s,end_s\nes6,ada,squat,0.0,0.2\n')
    assert main(['features', str(recordings / 'es5.npz'), '--labels', str(table), '--out', str(tmp_path / 'out')]) == 2
    assert "'es6' is none of the recordings" in capsys.readouterr().err


def test_a_bag_without_a_camera_is_named(tmp_path, capsys):
    bag = BagWriter(tmp_path / 'words')
    bag.add_topic(NAME)
    bag.write(NAME.name, text('Ada'), 1, 1)
    bag.close({})
    assert main(['features', str(tmp_path / 'words'), '--out', str(tmp_path / 'out')]) == 2
    assert 'no pair of colour and depth images among /name' in capsys.readouterr().err
