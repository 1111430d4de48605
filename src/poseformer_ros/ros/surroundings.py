"""What of a process's surroundings rclpy ends at with a traceback or without a word: looked at before it is loaded."""

import os
import sys
from pathlib import Path

from poseformer_ros.errors import BadInput

RMW_VARIABLE = 'RMW_IMPLEMENTATION'


def check_middleware() -> None:
    """To be called before rclpy is loaded, whose libraries end the process where the chosen DDS is not there.

    Raises:
        BadInput: the environment chooses one that is not installed.
    """
    chosen = os.environ.get(RMW_VARIABLE)
    if not chosen:
        return
    folders = [Path(prefix) / 'lib' for prefix in os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep)]
    folders += map(Path, os.environ.get('LD_LIBRARY_PATH', '').split(os.pathsep))
    if not any((folder / f'lib{chosen}.so').is_file() for folder in folders):
        package = chosen.replace('_', '-')
        raise BadInput(f'{RMW_VARIABLE}={chosen}: not installed here; unset it, or install ros-$ROS_DISTRO-{package}')


def log_arguments() -> list[str]:
    """ROS arguments that turn log files off where their folder cannot be written, which is said; else none."""
    try:
        folder = _log_folder()
        folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK)
        why = 'cannot be written'
    except (OSError, RuntimeError) as error:
        writable, why = False, str(error)
    if writable:
        return []
    print(f'poseformer: no log files: {why}; set ROS_LOG_DIR to a folder that can be written', file=sys.stderr)
    return ['--ros-args', '--disable-external-lib-logs']


def _log_folder() -> Path:
    """Where rcl_logging puts its files. Raises RuntimeError where there is no home folder."""
    if os.environ.get('ROS_LOG_DIR'):
        return Path(os.environ['ROS_LOG_DIR']).expanduser()
    if os.environ.get('ROS_HOME'):
        return Path(os.environ['ROS_HOME']).expanduser() / 'log'
    if not os.environ.get('HOME'):
        raise RuntimeError('HOME is not set')
    return Path(os.environ['HOME']) / '.ros' / 'log'
