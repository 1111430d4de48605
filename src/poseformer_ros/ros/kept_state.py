"""What a node must still know when its process has died and was started again, in a small file.

A latched topic would die with its publisher. An orderly end removes the file, so that a new station begins afresh.
"""

import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rclpy.node import Node

from poseformer_ros.ros.conversions import NANO

EVERY_S = 0.5           # between two writings
BELIEVED_S = 30.0       # of the images' time, after which people have moved on


def folder() -> Path:
    """Of this user alone. Raises OSError when there is no folder for temporary files."""
    return Path(tempfile.gettempdir()) / f'poseformer_{os.getuid()}'


def forget_all() -> None:
    """Remove what stations of this domain that died have left, so that the next one begins afresh whoever was followed before."""
    for file in folder().glob(f'{_domain()}.*.json'):
        file.unlink(missing_ok=True)


def _domain() -> str:
    return os.environ.get('ROS_DOMAIN_ID', '0')


class KeptState:
    """The file of one node.

    trouble: why nothing can be kept, for people; empty when all is well.
    """

    def __init__(self, node: Node) -> None:
        self._name = f'{_domain()}{node.get_fully_qualified_name().replace("/", ".")}.json'
        self._written_ns: int | None = None
        self.trouble = ''

    def recall(self, stamp_ns: int) -> dict[str, Any]:
        """What was kept before the image of this stamp, by a process that died; empty if there is nothing to go on from.

        Only the first image of a process may ask: later ones go on from what it has seen itself.
        """
        if self._written_ns is not None:
            return {}
        self._written_ns = stamp_ns - round(EVERY_S * NANO)
        try:
            path = folder() / self._name
            said = json.loads(path.read_text())
            is_new = time.time() - path.stat().st_mtime < BELIEVED_S
            return said['state'] if is_new and 0 <= stamp_ns - said['stamp_ns'] <= BELIEVED_S * NANO else {}
        except (OSError, ValueError, KeyError, TypeError):
            return {}

    def keep(self, stamp_ns: int, state: Callable[[], dict[str, Any]]) -> None:
        """Write the state down if that is due; by another name first, so that no half a file is ever read."""
        if self._written_ns is not None and 0 <= stamp_ns - self._written_ns < EVERY_S * NANO:
            return
        self._written_ns = stamp_ns
        try:
            folder().mkdir(mode=0o700, exist_ok=True)
            new = folder() / f'{self._name}.new'
            new.write_text(json.dumps({'stamp_ns': stamp_ns, 'state': state()}))
            new.replace(folder() / self._name)
            self.trouble = ''
        except OSError as error:
            self.trouble = (f'{error.filename or "temporary files"}: {error.strerror}; should this process die, the next one '
                            'begins afresh. Set TMPDIR to a folder that can be written')

    def forget(self) -> None:
        """Remove the file: this is an orderly end."""
        try:
            (folder() / self._name).unlink(missing_ok=True)
        except OSError:
            pass    # it could not be written either
