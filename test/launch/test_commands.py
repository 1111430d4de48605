"""The commands of the README, run as a user runs them."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2

from poseformer_ros.cli.docs import pages
from poseformer_ros.cli.main import main
from poseformer_ros.station import graph

ROOT = Path(__file__).parents[2]


def poseformer(*words, timeout=100):
    environment = os.environ | {'ROS_DOMAIN_ID': str(101 + os.getpid() % 100), 'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST'}
    return subprocess.run([sys.executable, '-m', 'poseformer_ros.cli.main', *words], capture_output=True, text=True,
                          timeout=timeout, env=environment, stdin=subprocess.DEVNULL)


def test_demo_leaves_a_sheet_and_a_table(tmp_path):
    done = poseformer('demo', '--drawn', '--seconds', '3', '--rate', '10', '--out', str(tmp_path))
    assert done.returncode == 0, done.stderr
    images, seen = map(int, re.search(r'(\d+) images, somebody seen in (\d+)', (tmp_path / 'times.md').read_text()).groups())
    assert images == seen == 30
    assert 'poseformer view' in done.stdout
    sheet = cv2.imread(str(tmp_path / 'contact_sheet.png'))
    # The mask images are white on black: some of each, and a person is smaller than the image.
    assert 0.005 < (sheet == 255).all(axis=2).mean() < 0.3


def test_demo_names_what_the_rendered_person_does(tmp_path):
    """The model that ships, over DDS, on a person that it never saw; truth and answers stand on an image."""
    done = poseformer('demo', '--exercise', 'kimore_es5', '--seconds', '16', '--out', str(tmp_path))
    assert done.returncode == 0, done.stderr
    named = [line.split(': ')[1] for line in done.stdout.splitlines() if ' s to ' in line]
    assert 'kimore_es5' in named
    right, settled = map(int, re.search(r'(\d+) of (\d+) answers are the truth', done.stdout).groups())
    assert settled > 60 and right > 0.8 * settled
    assert cv2.imread(str(tmp_path / 'exercises.png')).std() > 10


def test_station_ends_with_all_its_processes(tmp_path):
    environment = os.environ | {'ROS_DOMAIN_ID': str(101 + os.getpid() % 100), 'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST'}
    log = tmp_path / 'log'
    with log.open('w') as out:
        station = subprocess.Popen([sys.executable, '-m', 'poseformer_ros.cli.main', 'station'], stdout=out, stderr=out,
                                   env=environment, stdin=subprocess.DEVNULL, start_new_session=True)
    until(lambda: all(f': {spec.text}' in log.read_text() for spec in graph.STATION), f'every node in {log}')
    station.send_signal(signal.SIGTERM)
    station.wait(timeout=20)
    until(lambda: not alive(station.pid), 'the end of every process')
    assert 'Traceback' not in log.read_text()


def until(condition, what):
    end = time.monotonic() + 40.0
    while not condition():
        assert time.monotonic() < end, f'never came: {what}'
        time.sleep(0.1)


def alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_bad_input_is_said_in_one_line(tmp_path):
    done = poseformer('demo', '--images', str(tmp_path / 'nothing_here'))
    assert done.returncode == 2
    assert done.stderr.strip().splitlines() == [
        f'poseformer: {tmp_path}/nothing_here/rgb: no .png, .jpg, .jpeg images; set folder.path to a recording']


def test_a_parameter_out_of_range_ends_the_start_with_its_name(tmp_path):
    parameters = tmp_path / 'p.yaml'
    parameters.write_text('/**/rgbd_sync: {ros__parameters: {sync.slop_s: 7.0}}\n'
                          'joints: {ros__parameters: {joints.method: paper}}')
    done = poseformer('station', '--params-file', str(parameters))
    assert done.returncode == 2
    assert 'sync.slop_s' in done.stderr and '[0.0, 1.0]' in done.stderr and 'Traceback' not in done.stderr
    assert f'poseformer: {parameters}: /joints: reaches no node of /poseformer; write /**/joints' in done.stderr


def test_generated_docs_are_fresh():
    assert main(['docs', '--check', '--folder', str(ROOT / 'docs')]) == 0, 'run `make docs`'


def test_docs_check_names_what_is_stale_and_docs_mends_it(tmp_path, capsys):
    """A parameter that was renamed by hand, a node without a page, and the page of a node that is gone."""
    where, nodes = ['--folder', str(tmp_path)], tmp_path / 'nodes'
    assert main(['docs', *where]) == 0
    page = (nodes / 'rgbd_sync.md').read_text()
    (nodes / 'rgbd_sync.md').write_text(page.replace('sync.slop_s', 'sync.slop'))
    (nodes / 'markers.md').unlink()
    (nodes / 'picture_player.md').write_text('# picture_player')
    assert main(['docs', '--check', *where]) == 2
    said = capsys.readouterr().err
    assert all(name in said for name in ('rgbd_sync.md', 'markers.md', 'picture_player.md')) and 'classifier.md' not in said
    assert main(['docs', *where]) == 0 == main(['docs', '--check', *where])
    assert (nodes / 'rgbd_sync.md').read_text() == page
    known = {spec.name for spec in graph.EVERY_NODE}
    assert {path.stem for path in nodes.iterdir()} == {'README'} | known


def test_a_page_of_a_node_lists_topics_services_and_parameters():
    page = pages()['nodes/classifier.md']
    rows = [[cell.strip(' `') for cell in line.split('|')[1:-1]] for line in page.splitlines() if line.startswith('| `')]
    known = {name: facts for name, *facts in rows}
    assert known['features'][0] == 'poseformer_ros/msg/FusedFeatures'
    assert known['exercise'][:2] == ['poseformer_ros/msg/ExerciseState', 'result']
    assert known['exercise/reset'][0] == 'std_srvs/srv/Trigger'
    assert known['classifier.settle_s'][:5] == ['float', '0.1', '0 to 5', 's', 'yes']


def test_a_long_run_is_measured_with_a_recorder_beside(tmp_path):
    """Seconds of what `make bench` does for ten minutes; files of the bag that were finished are gone, and counted."""
    done = poseformer('bench', '--repeats', '0', '--soak', '0.1', '--out', str(tmp_path))
    assert done.returncode == 0, done.stderr
    said = (tmp_path / 'soak.md').read_text()
    messages, topics, lost = map(int, re.search(r'(\d+) messages of (\d+) topics recorded, \d.* (\d+) lost', said).groups())
    # What beside other tests is lost is what is measured, not what is tested.
    assert messages > 100 and topics > 10 and lost < 0.02 * messages
    for what in ('memory of the station, MB', 'memory of the recorder, MB'):
        first, last = map(float, re.search(rf'{what} *\| ([\d.]+) *\| ([\d.]+) ', said).groups())
        assert 50.0 < first < 5000.0 and 50.0 < last < 5000.0
    assert 'stamp to exercise, ms' in said and not (tmp_path / 'station.md').exists()
