"""`poseformer evaluate pose DIR|RECIPE`: joint methods against rendered truth; tables as Markdown and CSV, plots.

With --motions instead of images: motions of real people (`real_motion`).
"""

import argparse
from pathlib import Path

from tqdm import tqdm

from poseformer_ros.body.fitting.methods import METHODS as FIT_METHODS
from poseformer_ros.body.model import load_body_model
from poseformer_ros.body.model_files import body_file
from poseformer_ros.cli.evaluate.real_motion import add_motion_arguments, run_motions
from poseformer_ros.cli.stage_arguments import add_parameter_file
from poseformer_ros.errors import BadInput
from poseformer_ros.evaluation.evaluate_pose import SILHOUETTES, PoseErrors, evaluate_sequence
from poseformer_ros.evaluation.pose_figures import write_plots
from poseformer_ros.evaluation.pose_methods import PoseWay, pose_method
from poseformer_ros.evaluation.pose_tables import pose_report, write_csv
from poseformer_ros.in_processes import in_processes
from poseformer_ros.skeleton.methods import METHODS
from poseformer_ros.stage_options import Parameters, read_parameters
from poseformer_ros.synthesis.data_set import StoredSequence, facts, stored_sequences
from poseformer_ros.synthesis.rendered_recording import RenderedRecording
from poseformer_ros.synthesis.studio_recipe import SequencePlan, load_recipe, recording_plan, sequence_plans

NO_FIT = 'none'
DEPTH = ('with', 'without')
# How images are judged; motions go through the station as it is.
OF_IMAGES: dict[str, list[str]] = {'joints': ['paper'], 'fit': [NO_FIT], 'depth': ['with'], 'silhouette': list(SILHOUETTES)}

HELP = 'joints against rendered truth'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is evaluated, and on what."""
    parser.add_argument('images', type=Path, nargs='?', help='folder of rendered sequences, or a recipe to render as it goes')
    parser.add_argument('--joints', nargs='+', default=OF_IMAGES['joints'], metavar='METHOD',
                        help=f'{", ".join(METHODS)}, or package.module:Name of what makes a callable from Silhouette to Skeleton')
    parser.add_argument('--fit', nargs='+', default=OF_IMAGES['fit'], choices=(NO_FIT, *FIT_METHODS),
                      help="the joints as found, or those of the body fitted to them; the paper's is slow")
    parser.add_argument('--depth', nargs='+', default=OF_IMAGES['depth'], choices=DEPTH,
                      help="whether the fitted surface is pulled to the depth image")
    add_parameter_file(parser)
    parser.add_argument('--silhouette', nargs='+', default=OF_IMAGES['silhouette'], choices=SILHOUETTES,
                      help='the rendered mask, or what our silhouette stage finds')
    parser.add_argument('--out', type=Path, default=Path('out/evaluate_pose'),
                        help='folder for tables and plots; of motions also for what is done, where the same command goes on')
    parser.add_argument('--workers', type=int, default=1, help='processes')
    parser.add_argument('--body', type=body_file, default='adults',
                      help='body that the images are rendered with: adults, all_ages, or a file (adults)')
    add_motion_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Evaluate, print and write."""
    if (arguments.images is None) == (arguments.motions is None):
        raise BadInput('evaluate pose: nothing or both said; give images, or --motions and --root')
    if arguments.motions is None:
        return _run_images(arguments)
    for name, usual in OF_IMAGES.items():
        if getattr(arguments, name) != usual:
            raise BadInput(f'--{name}: is for images; say it of motions in --params-file')
    return run_motions(arguments)


def _run_images(arguments: argparse.Namespace) -> int:
    model = load_body_model(arguments.body)
    ways, parameters = _ways(arguments), read_parameters(arguments.params_file) if arguments.params_file else {}
    for way in ways:
        pose_method(way, model, parameters)    # a wrong name is said before an hour of work
    work: list[Path | SequencePlan] = (stored_sequences(arguments.images) if arguments.images.is_dir()
                                       else sequence_plans(load_recipe(arguments.images)))
    results = []
    with tqdm(total=len(work), desc='sequences', unit='sequence') as bar:
        for found in in_processes(_evaluate, work, arguments.workers, arguments.body, ways, arguments.silhouette, parameters):
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


def _ways(arguments: argparse.Namespace) -> list[PoseWay]:
    """Every joint method with every fit; depth is said only of a fit."""
    ways = [PoseWay(joints) if fit == NO_FIT else PoseWay(joints, fit, depth == 'with')
            for joints in arguments.joints for fit in arguments.fit for depth in arguments.depth]
    return list(dict.fromkeys(ways))


def _evaluate(one: Path | SequencePlan, body: Path, ways: list[PoseWay], silhouettes: list[str], parameters: Parameters
              ) -> list[PoseErrors]:
    model = load_body_model(body)
    if isinstance(one, Path):
        sequence = StoredSequence(one)
        return evaluate_sequence(sequence, sequence.facts, ways, silhouettes, model, parameters)
    recording = RenderedRecording(recording_plan(one, model), model)
    return evaluate_sequence(recording, facts(recording), ways, silhouettes, model, parameters)
