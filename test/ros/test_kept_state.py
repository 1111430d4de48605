"""What a node keeps for the process that takes its place: believed for a while, gone after an orderly end, never half a file."""

import os

import pytest
import rclpy

from poseformer_ros.ros import kept_state
from poseformer_ros.ros.kept_state import BELIEVED_S, KeptState

FIRST_NS = 1_700_000_000 * 10**9


@pytest.fixture
def node(tmp_path, monkeypatch):
    monkeypatch.setattr('tempfile.tempdir', str(tmp_path))
    rclpy.init()
    made = rclpy.create_node('silhouette', namespace='ward')
    yield made
    made.destroy_node()
    rclpy.shutdown()


def after(seconds: float) -> int:
    return FIRST_NS + round(seconds * 1e9)


@pytest.fixture
def died(node):
    """A node that kept something and died."""
    before = KeptState(node)
    assert before.recall(FIRST_NS) == {}
    before.keep(FIRST_NS, lambda: {'followed': 2})
    before.keep(after(0.1), lambda: pytest.fail('written twice within half a second'))
    before.keep(after(0.6), lambda: {'followed': 3})
    return node


@pytest.mark.parametrize(('seconds', 'known'), [(0.6, {'followed': 3}), (4.0, {'followed': 3}), (0.5, {}), (0.7 + BELIEVED_S, {})])
def test_the_next_process_goes_on_from_it_if_its_images_do(died, seconds, known):
    """Not from the future, as after a bag's restart, and not from long ago."""
    again = KeptState(died)
    assert again.recall(after(seconds)) == known
    assert again.recall(after(seconds)) == {}       # only the first image asks


def test_after_an_orderly_end_a_new_station_begins_afresh(died):
    KeptState(died).forget()
    assert KeptState(died).recall(after(1.0)) == {}


def test_an_old_file_is_not_believed_whatever_its_stamps_say(died):
    file, = kept_state.folder().iterdir()
    os.utime(file, (1e9, 1e9))
    assert KeptState(died).recall(after(1.0)) == {}


@pytest.mark.parametrize('content', ['', '{"stamp', '[]', '{"stamp_ns": "x", "state": {}}', '{}'])
def test_a_damaged_file_is_passed_over(died, content):
    file, = kept_state.folder().iterdir()
    file.write_text(content)
    assert KeptState(died).recall(after(1.0)) == {}


def test_the_folder_is_the_users_alone(died):
    assert kept_state.folder().stat().st_mode & 0o777 == 0o700


def test_a_folder_that_cannot_be_written_is_said_with_the_remedy(node, tmp_path, monkeypatch):
    (tmp_path / 'file').write_text('')
    monkeypatch.setattr('tempfile.tempdir', str(tmp_path / 'file'))
    kept = KeptState(node)
    assert kept.recall(FIRST_NS) == {}
    kept.keep(FIRST_NS, dict)
    assert 'should this process die' in kept.trouble and 'TMPDIR' in kept.trouble
