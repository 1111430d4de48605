"""The Fast DDS profile that lets images through; it must be set in the process that publishes them, before it starts.

With its defaults Fast DDS drops best-effort messages that do not fit its 512 KB of shared memory, silently: of 150 images of
640 x 480 a reader in another process got 31 to 64. With the profile all of them arrive.
"""

import os
import shutil
import sys
from pathlib import Path

PROFILE_VARIABLE = 'FASTRTPS_DEFAULT_PROFILES_FILE'
SHARED_MEMORY = Path('/dev/shm')
# As in config/fastdds.xml: room for a dozen images of 640 x 480; containers often give /dev/shm 64 MB in all.
SEGMENT_BYTES = 16 * 1024 * 1024


def profile_path() -> Path:
    """The profile in the package's share folder."""
    from ament_index_python.packages import get_package_share_directory
    return Path(get_package_share_directory('poseformer_ros')) / 'config' / 'fastdds.xml'


def chosen_profile() -> str:
    """The profile that this process and its children use; empty for Fast DDS's defaults."""
    return os.environ.get(PROFILE_VARIABLE, '')


def use_profile() -> None:
    """Set the profile for this process and its children, unless the user has set one or there is no room for it."""
    if PROFILE_VARIABLE in os.environ:
        return
    small = too_small()
    if small:
        print(f'poseformer: {small}', file=sys.stderr)
        return
    os.environ[PROFILE_VARIABLE] = str(profile_path())


def too_small() -> str:
    """That there is no room for the profile's shared memory, with the remedy; empty where there is."""
    free = shutil.disk_usage(SHARED_MEMORY).free if SHARED_MEMORY.exists() else 0
    if free >= 2 * SEGMENT_BYTES:
        return ''
    return (f'{SHARED_MEMORY} has {free >> 20} MB free, the image transport wants {2 * SEGMENT_BYTES >> 20}: '
            'best-effort images may be lost; give the container more with --shm-size=256m')
