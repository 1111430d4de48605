"""The `poseformer` command: station, sources, camera check, bags, view, demo, studio, training, evaluation, bench, docs."""

import argparse
import importlib
import os
import sys
import types

from poseformer_ros.errors import BadInput
from poseformer_ros.ros import surroundings
from poseformer_ros.station import stopping

# Before NumPy is loaded: two BLAS threads on a stage's small matrices cost six times what one does.
os.environ.setdefault('OPENBLAS_NUM_THREADS', '1')
os.environ.setdefault('OMP_NUM_THREADS', '1')

# Each command is a module of this folder (with _ for -) with `add_arguments(parser)` and `run(arguments) -> int`, loaded when
# asked for.
COMMANDS = {
    'station': 'run the whole station',
    'node': 'run one node of the graph',
    'play': 'publish a folder of images as a camera would',
    'check-camera': "compare a camera's live topics with its preset: what is wrong, and the remedy",
    'record': 'record topics into a bag',
    'replay': 'publish what a bag holds, as it was recorded',
    'view': 'show the station, or a bag, in Rerun: a window, a page in a browser or a file',
    'bag': 'show what a bag holds, or repair one that was cut off',
    'demo': 'run station and images, name the exercises, write a contact sheet, a time line and a table of times',
    'fit': 'fit the body to recordings: results, markers for OpenSim, images',
    'features': 'images, bags or skeletons to fused features, over processes or machines',
    'report': 'what was done in a session and how: a page, a PDF, tables',
    'sessions': 'list, export or delete the sessions that are kept',
    'studio': 'render recordings with known truth',
    'train': 'train the models that find people and name exercises, on rendered recordings',
    'evaluate': 'measure joint methods and person models against rendered truth',
    'reproduce': "the tables of the paper, by subject, from a data set's skeletons",
    'bench': 'measure times, latency and losses',
    'docs': 'write the generated tables of docs/',
}

# Those that run until they are stopped, which is no failure of theirs.
UNTIL_STOPPED = ('station', 'node', 'play', 'record', 'replay', 'view')

# What a plain `pip install` of the method leaves out, and where to get it.
OPTIONAL_PACKAGES = {
    'fpdf': "pip install fpdf2",
    'jinja2': 'pip install jinja2',
    'ray': "pip install ray, here and on every machine of the cluster",
    'rclpy': "source your ROS 2, or '. scripts/env.sh' in the repository",
    'mcap': "'. scripts/env.sh' in the repository, or pip install mcap rosbags",
    'matplotlib': "'. scripts/env.sh studio' in the repository, or pip install matplotlib",
    'msgspec': "'. scripts/env.sh studio' in the repository, or pip install msgspec",
    'onnx': "'. scripts/env.sh studio' in the repository, or pip install onnx",
    'open3d': "'. scripts/env.sh studio' in the repository, or pip install open3d",
    'rerun': "'. scripts/env.sh view' in the repository, or pip install rerun-sdk",
    'rosbags': "'. scripts/env.sh' in the repository, or pip install mcap rosbags",
    'sklearn': "'. scripts/env.sh test' in the repository, or pip install scikit-learn",
    'torch': "'. scripts/env.sh test' in the repository, or pip install torch",
}


def main(words: list[str] | None = None) -> int:
    """Run a command; bad input is said in one line, without a traceback."""
    words = sys.argv[1:] if words is None else words
    if not words or words[0] not in UNTIL_STOPPED:
        return _run(words)
    stopping.end_at_once()
    stopping.leave(_run(words))


def _run(words: list[str]) -> int:
    try:
        surroundings.check_middleware()
        arguments = _parse(words)
        return _module(arguments.command).run(arguments)
    except BadInput as error:
        print(f'poseformer: {error}', file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition('.')[0] not in OPTIONAL_PACKAGES:
            raise
        print(f'poseformer: this command needs {error.name}; {OPTIONAL_PACKAGES[error.name.partition(".")[0]]}', file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _parse(words: list[str]) -> argparse.Namespace:
    # ROS arguments are for rclpy, whatever the command makes of the rest.
    cut = words.index('--ros-args') if '--ros-args' in words else len(words)
    parser = argparse.ArgumentParser(prog='poseformer', description=__doc__)
    subparsers = parser.add_subparsers(dest='command', required=True, metavar='COMMAND')
    for name, text in COMMANDS.items():
        command = subparsers.add_parser(name, help=text, description=text)
        # Only the command that was asked for is loaded: ROS need not be there for the others.
        if name in words[:1]:
            _module(name).add_arguments(command)
    arguments = parser.parse_args(words[:cut])
    arguments.ros_arguments = words[cut:]
    return arguments


def _module(command: str) -> types.ModuleType:
    return importlib.import_module(f'poseformer_ros.cli.{command.replace("-", "_")}')


if __name__ == '__main__':
    sys.exit(main())
