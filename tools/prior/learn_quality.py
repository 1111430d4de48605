"""Learn how likely a fit is right (`body/fitting/quality.py`) on rendered people, and draw how reliable that is.

python tools/prior/learn_quality.py studio/fit_quality_v1.yaml --people studio/fit_quality_people_v1.yaml --body all_ages

Writes fit_quality.npz beside the body models, and docs/images/fit_quality.png.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib import pyplot
from tqdm import tqdm

from poseformer_ros.body.fitting.fast_fit import BodyFitter
from poseformer_ros.body.fitting.fit_options import StationFitOptions
from poseformer_ros.body.fitting.quality import RIGHT_WITHIN_M, QualityModel
from poseformer_ros.body.model import BodyModel, default_body_path, load_body_model
from poseformer_ros.body.model_files import body_file
from poseformer_ros.evaluation.evaluate_people import from_cold, overlap
from poseformer_ros.evaluation.shares import reliability
from poseformer_ros.pipeline import Pipeline
from poseformer_ros.silhouette.stage import SilhouetteStage
from poseformer_ros.stage_options import stage_options
from poseformer_ros.synthesis.people_bench import IMAGES, bench_image, load_people_bench, world_of
from poseformer_ros.synthesis.rendered_recording import RenderedRecording
from poseformer_ros.synthesis.studio_recipe import load_recipe, recording_plan, sequence_plans

matplotlib.use('Agg')
FOLDS, STEPS, RIDGE = 6, 30, 3.0
ASIDE_EVERY, ASIDE_M = 8, (0.25, 0.6)   # images of which the joints are moved aside too, and how far
GROUP, LEAST_OVERLAP = 20, 0.5      # images that are held out together; of a mask with a person, who is then who is fitted


def sequence_samples(recording: RenderedRecording, model: BodyModel) -> tuple[np.ndarray, np.ndarray]:
    """Evidence (T, F) and the furthest joint's error (T,) in metres of the fits of one sequence."""
    fitter = BodyFitter(model, StationFitOptions(doubtful_below=0.0, shape_limit=3.0))
    pipeline = Pipeline(stage_options({'joints': {'joints.method': 'learned'}}), ('silhouette', 'joints', 'smpl_fit'), model,
                        given={'smpl_fit': fitter})
    evidence, errors = [], []
    for index in range(len(recording)):
        frame, truth = recording.frame(index)
        fit = pipeline(frame, truth.depth_stamp_s).fit
        if fit.fitted:
            evidence.append(fitter.evidence)
            errors.append(np.linalg.norm(fit.joints - truth.positions, axis=1).max())
    return np.array(evidence), np.array(errors)


def image_samples(recipe: Path, model: BodyModel) -> list[tuple[np.ndarray, np.ndarray]]:
    """The same of whole images of people as they are, each from a cold start; in groups. Of some the joints are moved aside, as if
    silhouette and joints were two people's: no detector is so wrong and so sure, and the depth image has to say it."""
    bench = load_people_bench(recipe)
    world = world_of(bench)
    fitter = BodyFitter(model, StationFitOptions(doubtful_below=0.0))
    pipeline = Pipeline(stage_options({}), ('joints', 'smpl_fit'), model, given={'smpl_fit': fitter})
    stage, rng = SilhouetteStage(), np.random.default_rng(bench.seed)
    evidence, errors = [], []
    for index in tqdm(range(bench.counts[IMAGES]), desc='images'):
        image = bench_image(bench, world, IMAGES, index)
        person = from_cold(stage, image.frame, bench.looks)
        true = max(image.people, key=lambda one: overlap(person, one.mask))
        if overlap(person, true.mask) < LEAST_OVERLAP:
            continue
        pipeline.reset()
        found = pipeline.of_person(person, 0.0)
        fits = [(found.fit, fitter.evidence)]
        if index % ASIDE_EVERY == 0:
            aside = rng.choice([-1.0, 1.0]) * rng.uniform(*ASIDE_M) * np.array([1.0, 0.0, 0.0])
            fitter.reset()
            fits.append((fitter(replace(found.skeleton, positions=found.skeleton.positions + aside), 0.0, person), fitter.evidence))
        for fit, told in fits:
            if fit is not None and fit.fitted:
                evidence.append(told)
                errors.append(np.linalg.norm(fit.joints - true.joints, axis=1).max())
    return [(np.array(evidence[at:at + GROUP]), np.array(errors[at:at + GROUP])) for at in range(0, len(errors), GROUP)]


def learned(evidence: np.ndarray, right: np.ndarray) -> QualityModel:
    """Logistic regression of evidence (N, F), right (N,) bool. All evidence speaks against a fit: what would speak for it, by its
    correlation with the rest, is left out."""
    mean, scale = evidence.mean(axis=0), np.maximum(evidence.std(axis=0), 1e-3)
    rows = np.column_stack([np.clip((evidence - mean) / scale, -4.0, 4.0), np.ones(len(evidence))])
    used = np.ones(rows.shape[1], bool)
    weights = _regressed(rows, right)
    while (weights[:-1] > 0).any():
        used[:-1] &= weights[:-1] <= 0
        weights = np.zeros(rows.shape[1])
        weights[used] = _regressed(rows[:, used], right)
    return QualityModel(mean, scale, weights[:-1], float(weights[-1]))


def _regressed(rows: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Weights by Newton's method with a ridge, the last column's without."""
    ridge = np.diag(np.append(np.full(rows.shape[1] - 1, RIDGE), 1e-3))
    weights = np.zeros(rows.shape[1])
    for _ in range(STEPS):
        chance = 1.0 / (1.0 + np.exp(-rows @ weights))
        information = (rows * (chance * (1.0 - chance))[:, None]).T @ rows + ridge
        weights += np.linalg.solve(information, rows.T @ (right - chance) - ridge @ weights)
    return weights


def held_out(evidence: list[np.ndarray], errors: list[np.ndarray]) -> np.ndarray:
    """Quality of every frame by a model that has seen none of its sequence's fold."""
    quality = []
    for number, rows in enumerate(evidence):
        others = [i for i in range(len(evidence)) if i % FOLDS != number % FOLDS]
        model = learned(np.vstack([evidence[i] for i in others]), np.hstack([errors[i] for i in others]) < RIGHT_WITHIN_M)
        quality.append([model(row) for row in rows])
    return np.hstack(quality)


def draw(table: list[tuple[float, float, int]], path: Path) -> None:
    """The reliability diagram."""
    figure, axes = pyplot.subplots(figsize=(4, 4))
    axes.plot([0, 1], [0, 1], color='grey', linewidth=1)
    said, true, count = np.array(table).T
    axes.scatter(said, true, s=10 + 200 * count / count.max())
    axes.set(xlabel='quality', ylabel='share of fits with all joints within 10 cm', xlim=(0, 1), ylim=(0, 1))
    figure.savefig(path, dpi=100, bbox_inches='tight')


def report(quality: np.ndarray, errors: np.ndarray) -> list[tuple[float, float, int]]:
    """Print the reliability, and what thresholds let through."""
    table = reliability(quality, errors < RIGHT_WITHIN_M)
    for said, true, count in table:
        print(f'| {said:.2f} | {true:.2f} | {count} |')
    bad = errors > 0.15
    for threshold in (0.05, 0.1, 0.2, 0.3, 0.5):
        through = quality >= threshold
        worse = 100 * through[bad].mean(), 100 * (through & bad).sum() / max(through.sum(), 1)
        print(f'from {threshold}: {100 * through.mean():.0f} % of all, {worse[0]:.0f} % of those wrong by over 15 cm, which are '
              f'{worse[1]:.1f} % of them')
    return table


def main() -> None:
    """Render, fit, learn, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('recipe', type=Path)
    parser.add_argument('--people', type=Path, help='recipe of whole images, learned from too')
    parser.add_argument('--out', type=Path, default=default_body_path().parent / 'fit_quality.npz')
    parser.add_argument('--diagram', type=Path, default=Path('docs/images/fit_quality.png'))
    parser.add_argument('--body', type=body_file, default='adults', help='that is fitted; those rendered are adults')
    arguments = parser.parse_args()
    rendered, model = load_body_model(default_body_path()), load_body_model(arguments.body)
    samples = [sequence_samples(RenderedRecording(recording_plan(plan, rendered), rendered), model)
               for plan in sequence_plans(load_recipe(arguments.recipe))]
    samples += image_samples(arguments.people, model) if arguments.people else []
    finish(*zip(*[one for one in samples if len(one[0])]), arguments.out, arguments.diagram)


def finish(evidence: list[np.ndarray], errors: list[np.ndarray], out: Path, diagram: Path) -> None:
    """Report on held-out sequences, learn from all, write."""
    draw(report(held_out(evidence, errors), np.hstack(errors)), diagram)
    model = learned(np.vstack(evidence), np.hstack(errors) < RIGHT_WITHIN_M)
    np.savez(out, mean=model.mean, scale=model.scale, weights=model.weights, offset=np.array(model.offset))


if __name__ == '__main__':
    main()
