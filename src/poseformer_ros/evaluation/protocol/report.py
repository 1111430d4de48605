"""The report of a data set, made from saved predictions alone: no training, the same file every time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from poseformer_ros.drawing.figure_plots import confusion_plot, interval_plot, roc_plot, seconds_plot
from poseformer_ros.drawing.page import Block, Heading, Plot, Table, Text, html, markdown
from poseformer_ros.errors import BadInput
from poseformer_ros.evaluation.protocol.ablation_table import ABLATION, ablation_blocks, ablation_figures
from poseformer_ros.evaluation.protocol.measures import Figures, figures_of, roc
from poseformer_ros.evaluation.protocol.paper_figures import COST_MS, PAPER, PaperFigures
from poseformer_ros.evaluation.protocol.predictions import Predictions, by_motion, load_predictions, together
from poseformer_ros.evaluation.protocol.samples import SECONDS_SEEN, UNITS
from poseformer_ros.evaluation.protocol.scores import figures_of_file
from poseformer_ros.recordings.whole_file import read_json, write_json, write_whole

REPORT, PLOTS, FIGURES, SCORES = 'report', 'plots', 'figures.json', 'scores'
TIMES, STAGE_TIMES = 'times.json', 'stage_times.json'
CLINICAL = ('TS', 'PO', 'CF')
LEAKY = 'leaky'
SCHEMES = {'one_out': 'leave one person out', 'grouped': 'grouped folds of people',
           'healthy_to_patients': 'healthy people to patients', LEAKY: 'LEAKY: samples by lot, for comparison alone'}
# Of these the report shows confusion, classes and ROC; named before the outer folds were run. The comparison shows all methods.
SHOWN = ('linear', 'features_linear', 'windows')
# The mean of the first two is the third.
WHOLE, WINDOWS, TOGETHER = 'both_ways', 'windows_both_ways', 'together'
# A motion's answer from its windows, by the method that told these: further ones for whole sequences, without further training and
# without marks when asked.
POOLED_UNIT, POOLED = 'rest_1s', {'windows': 'linear', WINDOWS: WHOLE}
POOLED_TEXT = 'on all windows of 1 s with rest as a class; their mean, rest left out'
HEAD = ('Nobody is in training and test at once, but in the rows that are called LEAKY. Options were chosen on inner folds of the '
        "training people. Intervals are 95 %: by people (bootstrap) and, in square brackets, Wilson's of the samples as if they "
        'were independent.')
# Beside which of the paper's data sets another is shown: its exercises are KIMORE's, acted and rendered.
BESIDE = {'synthetic': 'kimore'}


@dataclass(frozen=True)
class Asked:
    """A method's answers to the samples of a unit under a scheme of folds, and the figures of these."""

    unit: str
    scheme: str
    method: str
    predictions: Predictions
    figures: Figures

    @property
    def title(self) -> str:
        """Unit and scheme, for people."""
        return f'{UNITS[self.unit].text}, {SCHEMES[self.scheme]}'


def write_report(data_set: str, predictions: Path, out: Path, methods: Mapping[str, str]) -> dict[str, Figures]:
    """Write report.md, report.html, plots and figures.json into `out`; returns the figures.

    predictions: folder unit/scheme/method/fold.csv. methods: the comparison's rows, name to text.
    Raises BadInput where nothing was predicted yet.
    """
    asked, paper = load_all(predictions, tuple(methods)), PAPER.get(BESIDE.get(data_set, data_set))
    blocks = [*_head(data_set, asked), *_figure_table(asked), *_shown(paper, asked),
              *_comparison(paper, asked, dict(methods) | {name: f'{method}, {POOLED_TEXT}' for name, method in POOLED.items()}
                            | {TOGETHER: f'the mean of {WHOLE} on the whole recording and {WINDOWS}'}),
              *_ablation(paper, out / ABLATION), *_seconds(asked), *_scores(out / SCORES), *_cost(out)]
    write_whole(out / f'{REPORT}.md', markdown(blocks, PLOTS))
    write_whole(out / f'{REPORT}.html', html(blocks, f'Figures of {data_set}'))
    for block in blocks:
        if isinstance(block, Plot):
            (out / PLOTS).mkdir(parents=True, exist_ok=True)
            (out / PLOTS / f'{block.name}.png').write_bytes(block.png)
    figures = {f'{one.unit} {one.scheme} {one.method}': one.figures for one in asked} | ablation_figures(out / ABLATION)
    write_json(out / FIGURES, figures)
    return figures


def load_all(folder: Path, methods: Sequence[str]) -> list[Asked]:
    """All that was predicted, in the order of units, schemes and methods, and what is pooled from it."""
    found = []
    for unit in UNITS:
        for scheme in SCHEMES:
            for method in methods:
                paths = sorted((folder / unit / scheme / method).glob('*.csv'))
                if paths:
                    found.append(_asked(unit, scheme, method, load_predictions(paths)))
    if not found:
        raise BadInput(f'{folder}: no predictions are there yet; run without --report-only first')
    pooled = [_asked('sequence', one.scheme, name, by_motion(one.predictions)) for name, method in POOLED.items() for one in found
              if (one.unit, one.method) == (POOLED_UNIT, method) and one.scheme != LEAKY]
    whole = {one.scheme: one for one in found if (one.unit, one.method) == ('sequence', WHOLE)}
    pooled += [_asked('sequence', one.scheme, TOGETHER, together(whole[one.scheme].predictions, one.predictions))
               for one in pooled if one.method == WINDOWS and one.scheme in whole]
    return sorted(found + pooled, key=lambda one: (list(UNITS).index(one.unit), list(SCHEMES).index(one.scheme)))


def _asked(unit: str, scheme: str, method: str, predictions: Predictions) -> Asked:
    return Asked(unit, scheme, method, predictions, figures_of(predictions))


def _head(data_set: str, asked: Sequence[Asked]) -> list[Block]:
    people = {name for one in asked for name in one.predictions.person.tolist()}
    return [Heading(f'Figures of {data_set}', 1), Text(f'{len(people)} people. {HEAD}')]


def _figure_table(asked: Sequence[Asked]) -> list[Block]:
    rows = [(UNITS[one.unit].text, SCHEMES[one.scheme], one.method, _share(one.figures), _errors(one.figures),
             f'{100 * one.figures["macro recall"]:.1f}', _worst(one.figures), _groups(one.figures)) for one in asked]
    head = ('unit', 'folds', 'method', '% right', 'errors / n', 'macro recall %', 'worst person', 'by group %')
    return [Heading('All figures'), Table(head, rows)]


def _share(figures: Figures) -> str:
    low, high = figures['people95']
    wilson_low, wilson_high = figures['wilson95']
    return (f'{100 * figures["right"]:.1f} ({100 * low:.1f} to {100 * high:.1f}) '
            f'[{100 * wilson_low:.1f} to {100 * wilson_high:.1f}]')


def _errors(figures: Figures) -> str:
    return f'{figures["errors"]} / {figures["n"]}'


def _worst(figures: Figures) -> str:
    person, share = figures['worst person']
    return f'{person} {100 * share:.0f} %'


def _groups(figures: Figures) -> str:
    return ', '.join(f'{name} {100 * share["right"]:.1f}' for name, share in figures['groups'].items())


def _shown(paper: PaperFigures | None, asked: Sequence[Asked]) -> list[Block]:
    """Confusion, scores by class and ROC of each unit (the paper's Tables 4 to 9 and its ROC plots)."""
    blocks: list[Block] = []
    for one in asked:
        if one.method in SHOWN and one.scheme != LEAKY and not one.unit.startswith('seen_'):
            name, counts = f'{one.unit}_{one.scheme}_{one.method}', one.figures['confusion']
            blocks += [Heading(f'{one.title}, {one.method}'), Text('Counts of samples; rows are true.'),
                       Table(('truth', *one.predictions.classes),
                             [(label, *map(str, row)) for label, row in zip(one.predictions.classes, counts)]),
                       Plot(f'confusion_{name}', confusion_plot(one.predictions.classes, counts), 'confusion'),
                       _class_table(one, paper),
                       Plot(f'roc_{name}', roc_plot(_curves(one.predictions)), 'ROC curves')]
    return blocks


def _class_table(one: Asked, paper: PaperFigures | None) -> Table:
    head = ('class', 'n', 'precision', 'recall', 'F1', 'AUC')
    rows = [(name, str(found['n']), *(_digits(found[key]) for key in ('precision', 'recall', 'f1', 'auc')))
            for name, found in one.figures['classes'].items()]
    if paper is None or len(rows) != len(paper.scores):
        return Table(head, rows)
    printed = [(', '.join(f'{value:.2f}' for value in scores), f'{right:.2f}')
               for scores, right in zip(paper.scores, paper.diagonal)]
    return Table((*head, "the paper's precision, recall, F1", "the paper's confusion, share right"),
                 [(*row, *said) for row, said in zip(rows, printed)])


def _digits(value: float | None) -> str:
    return '-' if value is None else f'{value:.3f}'


def _curves(predictions: Predictions) -> dict:
    curves = {name: roc(predictions.probabilities[:, column], predictions.truth == name)
              for column, name in enumerate(predictions.classes)}
    return {f'{name} ({curve.area:.3f})': (curve.false_share, curve.true_share) for name, curve in curves.items()
            if curve.area is not None}


def _comparison(paper: PaperFigures | None, asked: Sequence[Asked], methods: Mapping[str, str]) -> list[Block]:
    """The paper's Table 10: every method on the same folds, wherever more than two were run; beside it what others print."""
    blocks: list[Block] = [Heading('Comparison')]
    for unit, scheme in dict.fromkeys((one.unit, one.scheme) for one in asked):
        group = [one for one in asked if (one.unit, one.scheme) == (unit, scheme)]
        if len(group) > 2:
            rows = {one.method: (one.figures['right'], *one.figures['people95']) for one in group}
            table = [(one.method, methods[one.method], _share(one.figures), _errors(one.figures)) for one in group]
            plot = interval_plot(rows, paper.accuracy / 100 if paper else None)
            blocks += [Heading(group[0].title, 3), Table(('method', 'what it is', '% right', 'errors / n'), table),
                       Plot(f'comparison_{unit}_{scheme}', plot, 'comparison')]
    if paper:
        printed = {'the paper': paper.accuracy, **paper.compared}
        blocks += [Text('Printed elsewhere, with other or untold splits:'),
                   Table(('method', '%'), [(name, f'{value:.2f}') for name, value in printed.items()])]
    return blocks


def _ablation(paper: PaperFigures | None, folder: Path) -> list[Block]:
    """The paper's Table 11."""
    return [] if paper is None else ablation_blocks(folder, paper.ablation)


def _seconds(asked: Sequence[Asked]) -> list[Block]:
    seen = {seconds: one.figures for seconds in SECONDS_SEEN for one in asked if one.unit == f'seen_{seconds:g}s'}
    if len(seen) < 2:
        return []
    low, high = zip(*(figures['people95'] for figures in seen.values()))
    rows = [(f'{seconds:g}', _share(figures), _errors(figures)) for seconds, figures in seen.items()]
    plot = seconds_plot(list(seen), [figures['right'] for figures in seen.values()], low, high)
    return [Heading('Accuracy against seconds seen'), Text('Learned from and tested on the same first seconds.'),
            Table(('seconds', '% right', 'errors / n'), rows), Plot('seconds', plot, 'accuracy by seconds')]


def _scores(folder: Path) -> list[Block]:
    """Clinical scores, where they were told."""
    paths = [path for score in CLINICAL for path in sorted((folder / score).glob('*.csv'))]
    if not paths:
        return []
    found = [(path, figures_of_file(path)) for path in paths]
    rows = [(path.parent.name, path.stem, str(figures['n']), f'{figures["mad"]:.2f} ({_interval(figures["mad people95"])})',
             f'{figures["rmse"]:.2f}', _digits(figures['rank correlation'])) for path, figures in found]
    text = ('Leave one person out; a score belongs to a person and an exercise. TS: total, 0 to 50; PO: primary outcome, 0 to 15; '
            'CF: control factors, 0 to 35. MAD: mean absolute deviation, 95 % by people.')
    return [Heading('Clinical scores'), Text(text), Table(('score', 'method', 'n', 'MAD', 'RMSE', 'rank correlation'), rows)]


def _interval(ends: Sequence[float]) -> str:
    return f'{ends[0]:.2f} to {ends[1]:.2f}'


def _cost(out: Path) -> list[Block]:
    """The paper's Table 12."""
    if (out / STAGE_TIMES).is_file():
        said = read_json(out / STAGE_TIMES)
        text = 'Milliseconds of one processor thread for each image pair.'
        return [Heading('Cost'), Text(text), Table(said['head'], said['rows'])]
    rows = [(stage, f'{value:.1f}', '') for stage, value in COST_MS.items()]
    if (out / TIMES).is_file():
        rows += [(stage, '', f'{value:.2f}') for stage, value in read_json(out / TIMES).items()]
    text = ("Milliseconds: the paper's of a frame on a T4; ours of a window on one processor thread, from joints on. "
            'The stages before the joints: `poseformer bench`.')
    return [Heading('Cost'), Text(text), Table(('stage', 'the paper, per frame', 'ours, per window'), rows)]
