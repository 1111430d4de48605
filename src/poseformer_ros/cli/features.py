"""`poseformer features FILE...`: images, bags or skeletons to fused features, one file each; resumable, over processes or Ray."""

import argparse
import sys
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

from poseformer_ros.cli.stage_arguments import add_recording_arguments, add_stage_arguments, given_by, parameters_from
from poseformer_ros.errors import BadInput
from poseformer_ros.features.feature_task import FeatureTask
from poseformer_ros.features.run_features import INDEX, Workers, run_features
from poseformer_ros.features.workers import here, over_processes, over_ray
from poseformer_ros.pipeline import FROM_JOINTS, Pipeline
from poseformer_ros.recordings.labelled.label_file import read_label_file
from poseformer_ros.recordings.loaders import StoredRecording, paths_at, recordings_at
from poseformer_ros.stage_options import OF_JOINTS, STAGES, stage_options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Recordings, stages, who does it."""
    parser.add_argument('recordings', type=Path, nargs='+', metavar='FILE',
                        help="folders of images as `poseformer play` takes, bags, KIMORE's folders, KIMORE's or MARS' .npz, "
                             "UTKinect's joints_*.txt, "
                             'joints of your own (docs/fit_command.md), or folders of any of these')
    add_stage_arguments(parser)
    add_recording_arguments(parser)
    parser.add_argument('--every', type=int, default=1, metavar='N', help='look at each N-th moment only (1)')
    parser.add_argument('--labels', type=Path, metavar='CSV',
                        help='what is done when: a table of recording, person, label, begin_s, end_s')
    parser.add_argument('--out', type=Path, default=Path('out/features'),
                        help='folder for the features; what was made there of the same recordings and options is kept')
    parser.add_argument('--bad', choices=('stop', 'skip'), default='stop',
                        help='a recording that cannot be used stops the run, or is named and left out (stop)')
    parser.add_argument('--processes', type=int, default=1, help='on this machine (1)')
    parser.add_argument('--ray', metavar='ADDRESS', help="of a Ray cluster's head, or auto: its machines do the work")


def run(arguments: argparse.Namespace) -> int:
    """Make what is not there yet; say what could not be used."""
    if arguments.every < 1 or arguments.processes < 1:
        raise BadInput('--every, --processes: wanted 1 or more')
    tasks, unread = _tasks(arguments)
    lines = run_features(tasks, arguments.out, _workers(arguments), arguments.bad == 'skip')
    bad = [*unread, *(line.problem for line in lines if line.problem)]
    for problem in bad:
        print(f'left out: {problem}', file=sys.stderr)
    print(f'{arguments.out / INDEX}: {sum(not line.problem for line in lines)} recordings, {len(bad)} left out')
    return 0


def _workers(arguments: argparse.Namespace) -> Workers:
    if arguments.ray:
        return partial(over_ray, address=arguments.ray)
    return here if arguments.processes == 1 else partial(over_processes, count=arguments.processes)


def _tasks(arguments: argparse.Namespace) -> tuple[list[FeatureTask], list[str]]:
    """What there is to do, and what is wrong with the recordings that cannot be opened."""
    sources, unread = _sources(arguments)
    parameters: dict[str, Any] = parameters_from(arguments)
    options = {images: stage_options(parameters, STAGES if images else OF_JOINTS) for images in (False, True)}
    Pipeline(options[False], FROM_JOINTS)       # a wrong model, or no PyTorch, is said before anything else
    labels = read_label_file(arguments.labels) if arguments.labels else {}
    unknown = sorted(set(labels) - {source.name for source in sources})
    if unknown:
        raise BadInput(f"{arguments.labels}: '{unknown[0]}' is none of the recordings; their names are like {sources[0].name!r}")
    return [FeatureTask(source, options[source.images], arguments.every, labels.get(source.name)) for source in sources], unread


def _sources(arguments: argparse.Namespace) -> tuple[list[StoredRecording], list[str]]:
    sources, unread, given = [], [], given_by(arguments)
    for path in (one for recording in arguments.recordings for one in paths_at(recording)):
        try:
            sources += recordings_at(path, given)
        except BadInput as error:
            if arguments.bad == 'stop':
                raise
            unread.append(str(error))
    twice = [name for name, count in Counter(source.name for source in sources).items() if count > 1]
    if twice:
        raise BadInput(f"'{twice[0]}' is the name of two recordings; make their features with two commands and two --out folders")
    if not sources:
        raise BadInput(f'{arguments.recordings[0]}: none of its recordings can be used: {unread[0]}')
    return sources, unread
