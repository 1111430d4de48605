"""The tables of `poseformer evaluate pose --motions`, as Markdown."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from poseformer_ros.evaluation.real_motion.figures import ANGLES, BOTH_SIDES, LEFT_OUT, OF, Figures
from poseformer_ros.evaluation.tables import markdown_table

MILLIMETRES = ('mean', 'median', 'p95', 'arms p95')
HOW_TO_READ = (
    'Joints: distance in millimetres from the true joint centre, over joints that were found; arms are elbow, wrist and hand. '
    'By joint: mean distance, and how far the found joint lies above and, as the hips face, ahead of the true one in the median. '
    'Angles: degrees, median size of the error and in brackets its mean with its sign, positive where more is read than there is. '
    'Range of motion: the same of the largest less the smallest angle within each repetition. '
    "Primary outcomes: KIMORE's, of each repetition, by the fit and by the true joints, which are the Kinect's brought onto the "
    "body: bias, limits of agreement (95 %), intraclass correlation ICC(2,1); a person's repetitions are more alike than those of "
    'people. Recognition: images inside marked repetitions that are called by their name; repetitions and sequences by the label '
    'of most of these images. Sequences with bad recorded legs are in the last row alone.')
WHERE = ('mean', 'up', 'ahead')
COUNTED = ('images', 'repetitions', 'sequences')


def motion_report(figures: Figures, title: str) -> str:
    """All tables. title: what was judged."""
    groups, people = figures['groups'], figures['people']
    whole = [group for name, group in groups.items() if name in ('all', LEFT_OUT)]
    counted = ', '.join(f'{sum(group[what] for group in whole)} {what}' for what in ('sequences', 'images'))
    parts = [f'# {title}\n', f'{counted}. {HOW_TO_READ}\n',
             '## Joints\n', _table(('people', 'sequences', 'images', *(f'{of} {name}' for of in OF for name in MILLIMETRES),
                                    'fitted missing', 'mask IoU'), groups, _joints)]
    if 'all' in groups:
        head = ('', *(f'{of} {name}' for of in OF for name in WHERE))
        parts += ['## By joint, of all that are not left out\n',
                  markdown_table(head, [(name, *_where(groups['all']['by joint'], name)) for name in BOTH_SIDES])]
    parts += [part for of in OF for part in (f'## Angles, {of}\n', _table(ANGLES, groups, partial(_angles, of)))]
    parts += ['## Range of motion, fitted\n', _table(ANGLES, groups, lambda group: _errors(group['range of motion']['fitted'])),
              '## Primary outcomes\n', _outcomes(figures['primary outcomes']),
              '## Recognition\n', _table(COUNTED, groups, _recognition),
              '## By person\n', _table(('sequences', *(f'fitted {name}' for name in MILLIMETRES), *COUNTED), people, _person)]
    return '\n'.join(parts)


def _table(head: Iterable[str], groups: Mapping[str, Figures], cells: Callable[[Figures], list[str]]) -> str:
    return markdown_table(('', *head), [(name, *cells(group)) for name, group in groups.items()])


def _joints(group: Figures) -> list[str]:
    counts = [str(group[what]) for what in ('people', 'sequences', 'images')]
    errors = [_whole(group['joints'][of][name]) for of in OF for name in MILLIMETRES]
    return [*counts, *errors, f'{100 * group["joints"]["fitted"]["missing"]:.1f} %', f'{group["overlap"]:.3f}']


def _where(by_joint: Figures, name: str) -> list[str]:
    """Mean error without a sign, the others with theirs."""
    return [_whole(by_joint[of][name][what], '.0f' if what == 'mean' else '+.0f') for of in OF for what in WHERE]


def _angles(of: str, group: Figures) -> list[str]:
    return _errors(group['angles'][of])


def _errors(angles: Figures) -> list[str]:
    return ['-' if one['median'] is None else f'{one["median"]:.1f} ({one["bias"]:+.1f})' for one in angles.values()]


def _outcomes(agreement: Figures) -> str:
    rows = [(exercise, name, str(one['repetitions']), f'{one["bias"]:+.1f}', '{:+.1f} to {:+.1f}'.format(*one['limits']),
             f'{one["icc"]:.2f}') for exercise, outcomes in agreement.items() for name, one in outcomes.items()]
    return markdown_table(('exercise', 'outcome', 'repetitions', 'bias', 'limits of agreement', 'ICC'), rows)


def _recognition(group: Figures) -> list[str]:
    return [_share(*group['recognition'][what]) for what in COUNTED]


def _person(group: Figures) -> list[str]:
    return [str(group['sequences']), *(_whole(group['joints']['fitted'][name]) for name in MILLIMETRES), *_recognition(group)]


def _whole(value: float | None, form: str = '.0f') -> str:
    return '-' if value is None else format(value, form)


def _share(right: int, count: int) -> str:
    return f'{right} of {count} ({100 * right / count:.1f} %)' if count else '-'
