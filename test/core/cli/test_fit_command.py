"""`poseformer fit`: known motions, resuming, results read back, real joints, bad input."""

import csv
import json

import cv2
import numpy as np
import pytest
from helpers.fit_motion import RATE_HZ, exercise
from helpers.trc_reader import opensim_reads

from poseformer_ros.body.fitting.result import FitState
from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.camera.depth import millimetres_from_metres
from poseformer_ros.cli import fit as fit_command
from poseformer_ros.cli.main import main
from poseformer_ros.recordings.fitted_sequence import load_fitted
from poseformer_ros.recordings.observations import floor_below
from poseformer_ros.recordings.own_joints.joint_file import read_joint_file
from poseformer_ros.recordings.trc import opensim_axes
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT, JOINT_NAMES, JointState
from poseformer_ros.synthesis.capsule.capsule_figure import CapsuleStudio, StudioCamera
from poseformer_ros.synthesis.capsule.figure_pose import FigurePose

MOMENTS = 30


@pytest.fixture(scope='module')
def motion():
    return exercise(load_body_model(default_body_path()), 'kimore_es5').joints[30:30 + MOMENTS]


@pytest.fixture
def joint_file(tmp_path, motion):
    path = tmp_path / 'squat.npz'
    np.savez(path, positions=motion, stamps_s=np.arange(MOMENTS) / RATE_HZ, covariance=exactly(motion))
    return path


def exactly(joints):
    """The covariance (T, 24, 3, 3) of joints known to a millimetre."""
    return np.tile(1e-6 * np.eye(3), (*joints.shape[:2], 1, 1))


def test_a_known_motion_is_fitted_to_millimetres(tmp_path, joint_file, motion):
    assert main(['fit', str(joint_file), '--out', str(tmp_path / 'out'), '--strip', '2', '--video', 'avi']) == 0
    found = load_fitted(tmp_path / 'out/squat.npz')
    assert (found.state == FitState.FITTED).all()
    assert np.linalg.norm(found.joints - motion, axis=2).mean() < 0.001
    assert found.facts.source == str(joint_file.resolve()) and found.facts.method == 'fast'
    assert found.facts.detector == ''
    assert len(found.facts.model_sha256) == 64
    assert cv2.imread(str(tmp_path / 'out/squat.png')).shape == (360, 4 * 290, 3)
    video = cv2.VideoCapture(str(tmp_path / 'out/squat.avi'))
    assert (video.get(cv2.CAP_PROP_FRAME_COUNT), video.get(cv2.CAP_PROP_FPS)) == (MOMENTS, RATE_HZ)
    assert not list((tmp_path / 'out').glob('*.part*'))


def test_the_markers_are_the_same_joints_upright(tmp_path, joint_file):
    """No camera saw the floor: up comes from the body, distances must stay."""
    main(['fit', str(joint_file), '--out', str(tmp_path / 'out'), '--strip', '0'])
    found = load_fitted(tmp_path / 'out/squat.npz')
    head, _, times, markers = opensim_reads((tmp_path / 'out/squat.trc').read_text())
    np.testing.assert_allclose(times, found.stamps_s, atol=1e-6)
    away = np.linalg.norm(found.joints[:, :, None] - found.joints[:, None], axis=3)
    np.testing.assert_allclose(np.linalg.norm(markers[:, :, None] - markers[:, None], axis=3), away * 1000.0, atol=0.002)
    feet = markers[:, [JOINT['left_heel'], JOINT['right_heel']]]
    assert np.abs(feet[..., 1]).max() < 60.0
    up = markers[0, JOINT['neck']] - (markers[0, JOINT['left_ankle']] + markers[0, JOINT['right_ankle']]) / 2
    assert up[1] / np.linalg.norm(up) > np.cos(np.radians(5.0))
    assert (markers[:, JOINT['right_hip'], 2] > markers[:, JOINT['left_hip'], 2]).all()     # z is the person's right
    toes = markers[:, JOINT['left_heel']] - markers[:, JOINT['left_ankle']]
    assert (toes[:, 0] > 0).all()                                                           # x is ahead


@pytest.mark.parametrize('tilt', [-0.4, 0.25])
def test_a_tilted_sensor_is_put_level_by_the_body(motion, tilt):
    """Seen by a sensor that looks down or up: the same heights, and places but for a shift. Too far tilted, nothing is told."""
    turn = cv2.Rodrigues(np.array([tilt, 0.0, 0.0]))[0]
    level, tilted = (opensim_axes(joints, floor_below(joints)) for joints in (motion, motion @ turn.T))
    np.testing.assert_allclose(tilted[..., 1], level[..., 1], atol=1e-9)
    # Ahead is where the sensor looks, along a floor that leans by a milliradian to the side with the person.
    np.testing.assert_allclose(tilted - tilted[0, 0], level - level[0, 0], atol=2e-3)
    lying = motion @ cv2.Rodrigues(np.array([1.2, 0.0, 0.0]))[0].T
    assert floor_below(lying) is None
    assert floor_below(np.where(np.arange(JOINT_COUNT)[:, None] == JOINT['neck'], np.nan, motion)) is None


def test_csv_says_the_same_as_npz(tmp_path, motion):
    """Columns in any order; an empty cell and a joint without columns are missing."""
    path, names = tmp_path / 'joints.csv', [name for name in reversed(JOINT_NAMES) if name != 'left_hand']
    with open(path, 'w', newline='') as file:
        writer = csv.writer(file)
        writer.writerow([*(f'{name}_{axis}' for name in names for axis in 'xyz'), 'stamp_s'])
        for t, joints in enumerate(motion[:5]):
            cells = [str(value) for name in names for value in joints[JOINT[name]]]
            cells[0] = '' if t == 3 else cells[0]
            writer.writerow([*cells, t / RATE_HZ])
    stamps, skeletons = read_joint_file(path)
    np.testing.assert_array_equal(stamps, np.arange(5) / RATE_HZ)
    for t, skeleton in enumerate(skeletons):
        gone = {JOINT['left_hand']} | ({JOINT['right_hand']} if t == 3 else set())
        assert set(np.flatnonzero(skeleton.state == JointState.MISSING)) == gone
        there = np.array([joint not in gone for joint in range(JOINT_COUNT)])
        np.testing.assert_array_equal(skeleton.positions[there], motion[t, there])
        assert np.isnan(skeleton.positions[~there]).all()


def test_a_second_run_goes_on_where_the_first_was_interrupted(tmp_path, motion, monkeypatch, capsys):
    files, out = [], tmp_path / 'out'
    for name in ('first', 'second'):
        files.append(str(tmp_path / f'{name}.npz'))
        np.savez(files[-1], positions=motion, stamps_s=np.arange(MOMENTS) / RATE_HZ)
    fitted_moments, begun = fit_command.fitted_moments, []

    def interrupted(*arguments):
        begun.append(1)
        for index, moment in enumerate(fitted_moments(*arguments)):
            if len(begun) == 2 and index == 5:
                raise KeyboardInterrupt
            yield moment
    monkeypatch.setattr(fit_command, 'fitted_moments', interrupted)
    assert main(['fit', *files, '--out', str(out), '--strip', '1']) == 130
    assert sorted(path.name for path in out.iterdir() if '.part' not in path.name) == ['first.npz', 'first.png', 'first.trc']
    kept = (out / 'first.npz').stat().st_mtime_ns
    assert main(['fit', *files, '--out', str(out), '--strip', '1']) == 0
    assert len(begun) == 3
    assert (out / 'first.npz').stat().st_mtime_ns == kept
    np.testing.assert_array_equal(load_fitted(out / 'first.npz').joints, load_fitted(out / 'second.npz').joints)
    assert main(['fit', files[0], '--out', str(out), '--no-depth']) == 2        # what is there was made otherwise
    assert 'give another --out' in capsys.readouterr().err


def test_joints_with_y_up_give_the_same_body(tmp_path, joint_file, motion, capsys):
    """What was fitted with other axes is not taken for it."""
    (tmp_path / 'kinect').mkdir()
    np.savez(tmp_path / 'kinect/squat.npz', positions=motion * [-1.0, -1.0, 1.0], stamps_s=np.arange(MOMENTS) / RATE_HZ,
             covariance=exactly(motion))
    other, out = ['fit', str(tmp_path / 'kinect/squat.npz'), '--strip', '0', '--out'], str(tmp_path / 'out')
    assert main([*other, out]) == 2 and 'give --axes kinect' in capsys.readouterr().err
    assert main([*other, out, '--axes', 'kinect']) == 0
    assert main(['fit', str(joint_file), '--strip', '0', '--out', str(tmp_path / 'camera')]) == 0
    found, wanted = load_fitted(tmp_path / 'out/squat.npz'), load_fitted(tmp_path / 'camera/squat.npz')
    np.testing.assert_allclose(found.joints, wanted.joints, atol=1e-9)
    assert main([*other, out, '--axes', 'y_up']) == 2 and 'give another --out' in capsys.readouterr().err


@pytest.fixture
def image_folder(tmp_path):
    """Somebody of capsules, 1.7 m tall, who raises the arms before a level camera."""
    camera, folder = StudioCamera(), tmp_path / 'figure'
    studio = CapsuleStudio(camera, 1.70)
    for name in ('color', 'depth'):
        (folder / name).mkdir(parents=True)
    for index in range(4):
        frame, truth = studio(FigurePose())
        cv2.imwrite(str(folder / f'color/{index:04d}.png'), frame.color)
        cv2.imwrite(str(folder / f'depth/{index:04d}.png'), millimetres_from_metres(frame.depth))
    k = camera.intrinsics
    (folder / 'calibration.json').write_text(json.dumps({'fx': k.fx, 'fy': k.fy, 'cx': k.cx, 'cy': k.cy}))
    return folder, truth


def test_images_go_through_silhouette_joints_and_fit(tmp_path, image_folder):
    folder, truth = image_folder
    assert main(['fit', str(folder), '--rate', '10', '--out', str(tmp_path / 'out')]) == 0
    found = load_fitted(tmp_path / 'out/figure.npz')
    np.testing.assert_allclose(found.stamps_s, [0.0, 0.1, 0.2, 0.3])
    assert (found.state == FitState.FITTED).all()
    assert np.median(np.linalg.norm(found.joints[-1] - truth.positions, axis=1)) < 0.08
    assert found.silhouette_overlap.min() > 0.7
    np.testing.assert_allclose(found.floor, [*truth.floor.normal, truth.floor.offset], atol=0.02)
    assert np.isfinite(found.surface_residual).all()
    assert (found.facts.detector, found.facts.method) == ('learned', 'fast')
    said = ['--joints', 'paper', '--fit', 'fast', '--no-depth', '--strip', '0']
    assert main(['fit', str(folder), *said, '--out', str(tmp_path / 'joints')]) == 0
    assert np.isnan(load_fitted(tmp_path / 'joints/figure.npz').surface_residual).all()


def test_a_parameter_file_of_the_station_holds_here_too(tmp_path, image_folder):
    folder, _ = image_folder
    file, out = tmp_path / 'p.yaml', tmp_path / 'out'
    file.write_text('/**/smpl_fit: {ros__parameters: {fit.depth: false}}')
    assert main(['fit', str(folder), '--params-file', str(file), '--out', str(out), '--strip', '0']) == 0
    found = load_fitted(tmp_path / 'out/figure.npz')
    assert not found.facts.depth and np.isnan(found.surface_residual).all()


@pytest.mark.parametrize('say, wanted', [
    (['nothing_there.npz'], 'no such file'),
    (['bare.npz'], "has no array 'positions'"),
    (['short.npz'], 'wanted'),
    (['empty.npz'], 'holds no moment'),
    (['backwards.npz'], 'does not grow'),
    (['bad_covariance.npz'], "'covariance' has shape (3, 24, 3)"),
    (['unknown.csv'], "column 'pelvis_w'"),
    (['words.csv'], 'line 2'),
    (['milliseconds.npz'], 'milliseconds.npz: a moment comes each 33.5 s; give --stamps ms, or --stamps s'),
    (['words.mp3'], 'not known'),
    (['folder'], 'holds no recording'),
    (['good.npz', '--sequence', 'other'], 'names are like'),
    (['good.npz', '--model', 'folder'], "no SMPL model of gender 'neutral'"),
    (['good.npz', '--rate', '0'], '--rate 0'),
    (['good.npz', '--params-file', 'words.csv'], 'ROS parameter file'),
    (['good.npz', 'twin/good.npz'], 'two recordings'),
])
def test_bad_input_is_said_in_one_line(tmp_path, monkeypatch, capsys, motion, say, wanted):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'folder').mkdir()
    (tmp_path / 'twin').mkdir()
    stamps = np.arange(3) / RATE_HZ
    np.savez('bare.npz', joints=motion)
    np.savez('short.npz', positions=motion[:3, :20], stamps_s=stamps)
    np.savez('empty.npz', positions=motion[:0], stamps_s=stamps[:0])
    np.savez('backwards.npz', positions=motion[:3], stamps_s=stamps[::-1])
    np.savez('milliseconds.npz', positions=motion[:3], stamps_s=[0, 33, 67])
    np.savez('bad_covariance.npz', positions=motion[:3], stamps_s=stamps, covariance=motion[:3])
    for name in ('good.npz', 'twin/good.npz'):
        np.savez(name, positions=motion[:3], stamps_s=stamps)
    (tmp_path / 'unknown.csv').write_text('stamp_s,pelvis_w\n0,1\n')
    (tmp_path / 'words.csv').write_text('stamp_s,pelvis_x,pelvis_y,pelvis_z\n0,1,here,3\n')
    (tmp_path / 'words.mp3').write_text('')
    assert main(['fit', *say, '--out', 'out']) == 2
    error = capsys.readouterr().err.strip()
    assert error.startswith('poseformer: ') and '\n' not in error and wanted in error
    assert not list(tmp_path.glob('out/*.npz'))


def test_a_glitch_of_metres_is_survived(tmp_path, shared_data, capsys):
    """KIMORE, E_ID8_Es1: everything jumps by metres at moments 290 and 341."""
    assert main(['fit', str(shared_data / 'kimore'), '--sequence', 'E_ID8_Es1', '--out', str(tmp_path), '--strip', '0',
                 '--table']) == 0
    found = load_fitted(tmp_path / 'E_ID8_Es1.npz')
    fitted = found.state == FitState.FITTED
    assert fitted.mean() > 0.97
    assert np.isfinite(found.joints[fitted]).all() and np.isfinite(found.betas).all()
    away = np.linalg.norm(found.measured - found.joints, axis=2)[fitted]
    assert np.nanmedian(away, axis=1).max() < 0.15
    table = capsys.readouterr().out
    assert next(line for line in table.splitlines() if line.startswith('| Es1')).split('|')[6].strip() == '0'


@pytest.mark.parametrize('movement, side, other', [('m01', 'left', 'right'), ('m02', 'right', 'left')])
def test_mars_is_not_mirrored(tmp_path, shared_data, movement, side, other):
    """Its movements 1 and 2 lift the left and the right arm of people who face the sensor."""
    name = f's2_{movement}_test'
    assert main(['fit', str(shared_data / 'mars'), '--sequence', name, '--out', str(tmp_path), '--strip', '0']) == 0
    found = load_fitted(tmp_path / f'{name}.npz')
    assert (found.state == FitState.FITTED).all()
    assert (found.joints[:, JOINT['left_hip'], 0] > found.joints[:, JOINT['right_hip'], 0]).all()
    wrists = {s: -found.joints[:, JOINT[f'{s}_wrist'], 1] for s in (side, other)}
    assert np.ptp(wrists[side]) > 2.0 * np.ptp(wrists[other])


def test_utkinect_keeps_its_own_times(tmp_path, shared_data):
    path = shared_data / 'utkinect_action3d/joints_s01_e01.txt'
    assert main(['fit', str(path), '--out', str(tmp_path), '--strip', '0']) == 0
    found = load_fitted(tmp_path / 'joints_s01_e01.npz')
    numbers = sorted({int(line.split()[0]) for line in path.read_text().splitlines() if line.strip()})
    np.testing.assert_allclose(found.stamps_s, (np.array(numbers) - numbers[0]) / 30.0)
    assert np.isnan(found.measured[:, JOINT['left_collarbone']]).all()      # Kinect has none
    assert (found.state == FitState.FITTED).mean() > 0.97
