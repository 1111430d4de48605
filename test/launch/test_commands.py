"""The commands of the README, run as a user runs them."""

import os
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from poseformer_ros.cli.docs import pages

ROOT = Path(__file__).parents[2]


def poseformer(*words, timeout=100):
    environment = os.environ | {'ROS_DOMAIN_ID': str(101 + os.getpid() % 100), 'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST'}
    return subprocess.run([sys.executable, '-m', 'poseformer_ros.cli.main', *words], capture_output=True, text=True,
                          timeout=timeout, env=environment, stdin=subprocess.DEVNULL)


def test_demo_leaves_a_sheet_and_a_table(tmp_path):
    done = poseformer('demo', '--drawn', '--seconds', '3', '--rate', '10', '--out', str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert '30 pictures, somebody seen in 30' in (tmp_path / 'times.md').read_text()
    sheet = cv2.imread(str(tmp_path / 'contact_sheet.png'))
    # The mask pictures are white on black: some of each, and a person is smaller than the picture.
    assert 0.005 < (sheet == 255).all(axis=2).mean() < 0.3


def test_bad_input_is_said_in_one_line(tmp_path):
    done = poseformer('demo', '--pictures', str(tmp_path / 'nothing_here'))
    assert done.returncode == 2
    assert done.stderr.strip().splitlines() == [
        f'poseformer: {tmp_path}/nothing_here/rgb: no .png, .jpg, .jpeg pictures; set folder.path to a recording']


def test_a_parameter_out_of_range_ends_the_start_with_its_name(tmp_path):
    parameters = tmp_path / 'p.yaml'
    parameters.write_text('/**/rgbd_sync: {ros__parameters: {sync.slop_s: 7.0}}')
    done = poseformer('station', '--params-file', str(parameters))
    assert done.returncode == 2
    assert 'sync.slop_s' in done.stderr and '[0.0, 1.0]' in done.stderr and 'Traceback' not in done.stderr


@pytest.mark.parametrize('name', ['parameters.md', 'topics.md'])
def test_generated_docs_are_fresh(name):
    assert (ROOT / 'docs' / name).read_text() == pages()[name], 'run `make docs`'
