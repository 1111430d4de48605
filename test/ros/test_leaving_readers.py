"""No process ends because a subscription goes while messages and events wait for it (ros2/rclpy#1644)."""

import subprocess
import sys

import pytest
from helpers import leaving_readers


@pytest.mark.parametrize('scene', ['quality_changes_behind_events', 'quality_changes_ahead_of_events', 'images_are_lost',
                                   'readers_leave'])
def test_process_outlives_a_subscription_that_goes_while_events_wait(scene):
    done = subprocess.run([sys.executable, leaving_readers.__file__, scene], capture_output=True, text=True,
                          timeout=240)
    assert done.returncode == 0 and 'alive' in done.stdout, done.stdout + done.stderr
