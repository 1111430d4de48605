"""`poseformer studio render RECIPE`: rendered recordings with known truth on disk."""

import argparse
from functools import lru_cache
from pathlib import Path

from tqdm import tqdm

from poseformer_ros.body.model import BodyModel, load_body_model
from poseformer_ros.body.model_files import body_file
from poseformer_ros.errors import BadInput
from poseformer_ros.in_processes import in_processes
from poseformer_ros.synthesis.data_set import write_sequence
from poseformer_ros.synthesis.rendered_recording import RenderedRecording
from poseformer_ros.synthesis.studio_recipe import SequencePlan, load_recipe, recording_plan, sequence_plans


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Recipe, folder, share of the work."""
    actions = parser.add_subparsers(dest='action', required=True, metavar='ACTION')
    render = actions.add_parser('render', help='render the sequences of a recipe; those that are there are kept')
    render.add_argument('recipe', type=Path, help='YAML file, such as studio/bench_v1.yaml')
    render.add_argument('--out', type=Path, required=True, help='folder of the data set')
    render.add_argument('--shard', default='1/1', help='i/n: every n-th sequence from the i-th on, for n machines')
    render.add_argument('--workers', type=int, default=1, help='processes on this machine')
    render.add_argument('--body', type=body_file, default='adults', help='adults, all_ages, or a body model of your own (adults)')


def run(arguments: argparse.Namespace) -> int:
    """Render what is not there yet."""
    plans = _shard(sequence_plans(load_recipe(arguments.recipe)), arguments.shard)
    missing = [plan for plan in plans if not (arguments.out / plan.name).is_dir()]
    with tqdm(total=len(plans), initial=len(plans) - len(missing), desc='sequences', unit='sequence') as bar:
        for _ in in_processes(_render, missing, arguments.workers, arguments.out, arguments.body):
            bar.update()
    print(f'{len(plans)} sequences: {arguments.out}')
    return 0


def _render(plan: SequencePlan, out: Path, body: Path) -> None:
    model = _model(body)
    write_sequence(RenderedRecording(recording_plan(plan, model), model), out / plan.name)


@lru_cache(maxsize=1)
def _model(path: Path) -> BodyModel:
    return load_body_model(path)


def _shard(plans: list[SequencePlan], text: str) -> list[SequencePlan]:
    try:
        i, n = (int(word) for word in text.split('/'))
    except ValueError as error:
        raise BadInput(f"--shard {text!r}: wanted i/n, such as 1/4") from error
    if not 1 <= i <= n:
        raise BadInput(f"--shard {text!r}: i must be from 1 to n")
    return plans[i - 1::n]
