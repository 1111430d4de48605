"""`poseformer fit FILE...`: the body model fitted to recordings; .npz of the body, .trc for OpenSim, an image strip, a video."""

import argparse
import hashlib
import importlib.metadata
import sys
from collections.abc import Iterator
from concurrent.futures import as_completed
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from poseformer_ros.body.fitting.result import BodyFitResult
from poseformer_ros.body.kinematics import shaped_body
from poseformer_ros.body.model import BodyModel, load_body_model
from poseformer_ros.body.model_files import GENDERS, body_model_path
from poseformer_ros.cli.stage_arguments import add_recording_arguments, add_stage_arguments, given_by, parameters_from
from poseformer_ros.drawing.fit_drawing import Video, around, blank_views, draw_over, draw_views, strip, write_image
from poseformer_ros.errors import BadInput
from poseformer_ros.evaluation.fit_tables import FitMeasures, fit_table, measured_fit
from poseformer_ros.in_processes import fresh_processes
from poseformer_ros.pipeline import Pipeline, fitted_moments
from poseformer_ros.recordings.fitted_sequence import FitFacts, FittedSequence, gathered, load_fitted, save_fitted
from poseformer_ros.recordings.loaders import StoredRecording, recordings_at
from poseformer_ros.recordings.observations import Observation
from poseformer_ros.recordings.trc import opensim_axes, trc_text
from poseformer_ros.silhouette.person import LEVEL_CAMERA
from poseformer_ros.stage_options import OF_JOINTS, STAGES, StageOptions, stage_options

STRIP_WIDTH = 2600      # pixels, at most
OF_IMAGES = ('silhouette', 'joints', 'smpl_fit')
TOLD_APART = 12         # so many sequences get a line each; of more there is a table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Recordings, method, model, what is written."""
    parser.add_argument('recordings', type=Path, nargs='+', metavar='FILE',
                        help="KIMORE's folders, KIMORE's or MARS' .npz, UTKinect's joints_*.txt, joints of your own (.npz or .csv, "
                             'docs/fit_command.md), a folder of images as `poseformer play` takes, or a folder of any of these')
    parser.add_argument('--sequence', nargs='+', default=['*'], metavar='NAME', help="only these, such as E_ID1_Es5 or '*_Es5'")
    add_stage_arguments(parser)
    parser.add_argument('--model', help='all_ages or adults, the free bodies; or your SMPL file, or a folder of them')
    parser.add_argument('--gender', choices=GENDERS, help='which file of a folder of SMPL models')
    parser.add_argument('--no-depth', action='store_true', help='joints only, also where there are images')
    add_recording_arguments(parser)
    parser.add_argument('--out', type=Path, default=Path('out/fit'), help='folder for the results; what is there is kept')
    parser.add_argument('--strip', type=int, default=8, metavar='COUNT', help='moments on the image strip; 0 for no strip')
    parser.add_argument('--video', choices=('mp4', 'avi'), help='write a video too')
    parser.add_argument('--table', action='store_true', help='print residual, constancy of bones and losses by exercise')
    parser.add_argument('--workers', type=int, default=1, help='processes')


@dataclass(frozen=True)
class Job:
    """One recording, how it is fitted, and where the result goes.

    options: of the stages. model: file of the body. strip: moments on the image strip. video: ending of the video, or nothing.
    """

    source: StoredRecording
    facts: FitFacts
    options: StageOptions
    model: Path
    out: Path
    strip: int
    video: str

    def path(self, ending: str, part: str = '') -> Path:
        """A file of the result; `part` marks one that is being written."""
        return self.out / f'{self.source.name}{part}.{ending}'

    @property
    def endings(self) -> list[str]:
        """Of the files that are made. The .npz comes last: where it is, all are."""
        return ['trc', *(['png'] if self.strip else []), *([self.video] if self.video else []), 'npz']


def run(arguments: argparse.Namespace) -> int:
    """Fit what is not there yet; say what came out."""
    jobs = _jobs(arguments)
    waiting = [job for job in jobs if not _kept(job)]
    arguments.out.mkdir(parents=True, exist_ok=True)
    problems: list[str] = []
    found = {job.source.name: measured_fit(load_fitted(job.path('npz'))) for job in jobs if job not in waiting}
    with tqdm(total=len(waiting), desc='fitted', unit='sequence', disable=len(jobs) == 1) as bar:
        for name, outcome in _outcomes(waiting, arguments.workers):
            bar.update()
            if isinstance(outcome, BadInput):
                problems.append(str(outcome))
            else:
                found[name] = outcome
    _tell(found, len(jobs) - len(waiting), arguments)
    for problem in problems:
        print(f'poseformer: {problem}', file=sys.stderr)
    return 2 if problems else 0


def _jobs(arguments: argparse.Namespace) -> list[Job]:
    given = given_by(arguments)
    if arguments.strip < 0:
        raise BadInput(f'--strip {arguments.strip}: wanted a number of moments; give 0 for no strip')
    parameters = _parameters(arguments)
    options = {images: stage_options(parameters, STAGES if images else OF_JOINTS) for images in (False, True)}
    body, joints = options[True]['smpl_fit']['body'], options[True]['joints']['joints']
    path = body_model_path(body.model_file, body.gender)
    Pipeline(options[True], ('smpl_fit',), _model(path))    # a wrong model, or no PyTorch, is said before anything else
    facts = FitFacts(source='', group='', detector=joints.method, method=body.method, depth=options[True]['smpl_fit']['fit'].depth,
                     model=path.name, rate_hz=0.0, model_sha256=hashlib.sha256(path.read_bytes()).hexdigest(), version=_version())
    sources = [source for recording in arguments.recordings for source in recordings_at(recording, given)
               if any(fnmatch(source.name, wanted) for wanted in arguments.sequence)]
    if not sources:
        raise BadInput(f'--sequence {" ".join(arguments.sequence)}: no such sequence; names are like '
                       f'{recordings_at(arguments.recordings[0], given)[0].name!r}')
    names = [source.name for source in sources]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise BadInput(f"'{twice}' is the name of two recordings; fit them with two commands and two --out folders")
    return [Job(source, replace(facts, source=source.origin, group=source.group, detector=facts.detector if source.images else '',
                                rate_hz=source.rate_hz),
                options[source.images], path, arguments.out, arguments.strip, arguments.video or '') for source in sources]


def _parameters(arguments: argparse.Namespace) -> dict[str, dict[str, Any]]:
    parameters = parameters_from(arguments)
    said = {'body.model_file': arguments.model, 'body.gender': arguments.gender, 'fit.depth': False if arguments.no_depth else None}
    parameters.setdefault('smpl_fit', {}).update({name: value for name, value in said.items() if value is not None})
    return parameters


def _version() -> str:
    try:
        return importlib.metadata.version('poseformer_ros')
    except importlib.metadata.PackageNotFoundError:
        return 'not installed'


def _kept(job: Job) -> bool:
    """Whether the whole result is there. Raises BadInput where it is of another fit."""
    if not job.path('npz').is_file():
        return False
    there = load_fitted(job.path('npz')).facts
    for name in ('source', 'detector', 'method', 'depth', 'model_sha256', 'rate_hz'):
        if getattr(there, name) != getattr(job.facts, name):
            raise BadInput(f"{job.path('npz')}: was fitted with {name} {getattr(there, name)!r}, wanted "
                           f'{getattr(job.facts, name)!r}; give another --out')
    return all(job.path(ending).is_file() for ending in job.endings)


def _outcomes(jobs: list[Job], workers: int) -> Iterator[tuple[str, FitMeasures | BadInput]]:
    if workers <= 1 or len(jobs) <= 1:
        yield from ((job.source.name, _outcome(job, progress=len(jobs) == 1)) for job in jobs)
        return
    pool = fresh_processes(workers)
    try:
        names = {pool.submit(_outcome, job): job.source.name for job in jobs}
        for done in as_completed(names):
            yield names[done], done.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _outcome(job: Job, progress: bool = False) -> FitMeasures | BadInput:
    """Fit one recording; what is wrong with it must not keep the others from being fitted."""
    try:
        return measured_fit(fit_one(job, progress))
    except BadInput as error:
        return error


@lru_cache(maxsize=1)
def _model(path: Path) -> BodyModel:
    return load_body_model(path)


def fit_one(job: Job, progress: bool = False) -> FittedSequence:
    """Fit one recording and write its files, each whole or not at all. Raises BadInput for a recording that cannot be used."""
    model, observations = _model(job.model), job.source.open()
    pipeline = Pipeline(job.options, OF_IMAGES if job.source.images else ('smpl_fit',), model)
    count = len(observations)
    shown = set(np.rint(np.linspace(0, count - 1, min(job.strip, count))).astype(int).tolist())
    tiles: list[np.ndarray] = []
    video = Video(job.path(job.video, '.part'), job.facts.rate_hz) if job.video else None
    moments = fitted_moments(tqdm(observations, desc=job.source.name, unit='moment', disable=not progress), pipeline, model)
    sequence = gathered(_drawn(moments, model, shown, tiles, video), job.facts)
    save_fitted(sequence, job.path('npz', '.part'))
    markers = opensim_axes(sequence.joints, sequence.ground)
    job.path('trc', '.part').write_text(trc_text(f'{job.source.name}.trc', markers, sequence.stamps_s, job.facts.rate_hz))
    if tiles:
        write_image(job.path('png', '.part'), strip(tiles, max(1, STRIP_WIDTH // max(tile.shape[1] for tile in tiles))))
    if video is not None:
        video.close()
    for ending in job.endings:
        job.path(ending, '.part').replace(job.path(ending))
    return sequence


def _drawn(moments: Iterator[tuple[Observation, BodyFitResult]], model: BodyModel, shown: set[int], tiles: list[np.ndarray],
           video: Video | None) -> Iterator[tuple[Observation, BodyFitResult]]:
    """The same moments; images of those to be shown are appended to `tiles`, of all to the video."""
    for index, (seen, result) in enumerate(moments):
        if index in shown or video is not None:
            tile = _tile(seen, result, model)
            if index in shown:
                tiles.append(tile)
            if video is not None:
                video.add(tile)
        yield seen, result


def _tile(seen: Observation, result: BodyFitResult, model: BodyModel) -> np.ndarray:
    """One moment: over the colour image where there is one, from ahead and from the side."""
    views, vertices = blank_views(result.state.name), None
    if result.fitted:
        vertices = shaped_body(model, result.betas).posed_vertices(result.pose, result.translation).astype(np.float64)
        views = draw_views(*(opensim_axes(points, seen.floor or LEVEL_CAMERA)
                             for points in (vertices, result.joints, seen.skeleton.positions)),
                           faces=model.f)
    if seen.frame is None or seen.person is None:
        return views
    image = seen.frame.color
    if vertices is not None:
        image = draw_over(image, seen.frame.intrinsics, vertices, model.f, seen.person)
    return np.hstack([around(image, seen.person), views])


def _tell(found: dict[str, FitMeasures], kept: int, arguments: argparse.Namespace) -> None:
    if found and arguments.table:
        table = fit_table(list(found.values()))
        (arguments.out / 'table.md').write_text(table)
        print(table)
    elif len(found) <= TOLD_APART:
        for name, measures in found.items():
            residual = f', residual {np.median(measures.residual) * 1000.0:.0f} mm' if measures.fitted else ''
            print(f'{name}: {measures.fitted} of {measures.frames} moments fitted{residual}')
    print(f'{arguments.out}: {len(found)} results, {kept} of them from before')
