"""`poseformer evaluate pose DIR|RECIPE`: joint methods against rendered truth; tables as Markdown and CSV, plots."""

import argparse
import multiprocessing
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from tqdm import tqdm

from poseformer_ros.body.model import load_body_model
from poseformer_ros.body.model_files import body_file
from poseformer_ros.evaluation.evaluate_pose import SILHOUETTES, PoseErrors, evaluate_sequence
from poseformer_ros.evaluation.pose_figures import write_plots
from poseformer_ros.evaluation.pose_methods import pose_method
from poseformer_ros.evaluation.pose_tables import pose_report, write_csv
from poseformer_ros.synthesis.data_set import StoredSequence, facts, stored_sequences
from poseformer_ros.synthesis.rendered_recording import RenderedRecording
from poseformer_ros.synthesis.studio_recipe import SequencePlan, load_recipe, recording_plan, sequence_plans


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is evaluated, and on what."""
    tasks = parser.add_subparsers(dest='task', required=True, metavar='TASK')
    pose = tasks.add_parser('pose', help='joints against rendered truth')
    pose.add_argument('images', type=Path, help='folder of rendered sequences, or a recipe to render as it goes')
    pose.add_argument('--method', nargs='+', default=['paper'],
                      help='paper (DKP-24), fit (the body fitted to it with depth), fit_joints (without depth), fit_paper (the '
                      'paper\'s fit: slow), or package.module:Name of a callable from Silhouette to Skeleton')
    pose.add_argument('--silhouette', nargs='+', default=list(SILHOUETTES), choices=SILHOUETTES,
                      help='the rendered mask, or what our silhouette stage finds')
    pose.add_argument('--out', type=Path, default=Path('out/evaluate_pose'), help='folder for tables and plots')
    pose.add_argument('--workers', type=int, default=1, help='processes')
    pose.add_argument('--body', type=body_file, default='adults',
                      help='body that the images are rendered with: adults, all_ages, or a file (adults)')


def run(arguments: argparse.Namespace) -> int:
    """Evaluate, print and write."""
    model = load_body_model(arguments.body)
    for name in arguments.method:
        pose_method(name, model)    # a wrong name is said before an hour of work
    work: list[Path | SequencePlan] = (stored_sequences(arguments.images) if arguments.images.is_dir()
                                       else sequence_plans(load_recipe(arguments.images)))
    results = []
    with tqdm(total=len(work), desc='sequences', unit='sequence') as bar:
        for found in _evaluated(work, arguments):
            results += found
            bar.update()
    arguments.out.mkdir(parents=True, exist_ok=True)
    results.sort(key=lambda r: (r.facts['name'], r.method, r.silhouette))
    report = pose_report(results)
    (arguments.out / 'pose.md').write_text(report)
    write_csv(results, arguments.out / 'pose.csv')
    write_plots(results, arguments.out)
    print(f'{report}\n{arguments.out}: pose.md, pose.csv and plots')
    return 0


def _evaluated(work: list[Path | SequencePlan], arguments: argparse.Namespace):
    settings = (arguments.body, arguments.method, arguments.silhouette)
    if arguments.workers <= 1:
        yield from (_evaluate(one, *settings) for one in work)
        return
    with ProcessPoolExecutor(arguments.workers, mp_context=multiprocessing.get_context('spawn')) as pool:
        for done in as_completed([pool.submit(_evaluate, one, *settings) for one in work]):
            yield done.result()


def _evaluate(one: Path | SequencePlan, body: Path, methods: list[str], silhouettes: list[str]) -> list[PoseErrors]:
    model = load_body_model(body)
    if isinstance(one, Path):
        sequence = StoredSequence(one)
        return evaluate_sequence(sequence, sequence.facts, methods, silhouettes, model)
    recording = RenderedRecording(recording_plan(one, model), model)
    return evaluate_sequence(recording, facts(recording), methods, silhouettes, model)
