"""The figures and tables of the benchmark of people: JSON for everything else, Markdown for people."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from poseformer_ros.body.fitting.quality import RIGHT_WITHIN_M
from poseformer_ros.evaluation.people_run import Judged
from poseformer_ros.evaluation.person_tables import FACING_NEAR_RAD, percent, share
from poseformer_ros.evaluation.pose_methods import PoseWay
from poseformer_ros.evaluation.pose_tables import LOST_OVERLAP
from poseformer_ros.evaluation.shares import reliability
from poseformer_ros.evaluation.tables import markdown_table
from poseformer_ros.person.answers import OUTSIDE, SEEN
from poseformer_ros.synthesis.people_bench import EMPTY, IMAGES
from poseformer_ros.synthesis.people_sequences import ENTRY, SCENARIOS
from poseformer_ros.synthesis.whole_images import TAGS

Figures = dict[str, Any]

ABOVE = (0.1, 0.3, 0.5, 0.6, 0.65, 0.7, 0.8)    # thresholds of the quality that are tried
WRONG_M = 0.15          # error of a joint from which a fit is wrong

STATISTICS, SHARES = ('mean', 'median', 'p95'), ('missing', 'facing within 30 degrees', 'swapped')
WITHIN_S = 1.0          # of entering, in which the patient is to be followed
HALF_SHOWN = 0.5        # of the patient, from which following is asked for
BEFORE_S = 0.35         # before somebody else comes, in which the patient's number is read
PATIENT, RENUMBERED, NOBODY, ANOTHER, SILENT = ('the patient', 'the patient, another number', 'nobody', 'another number',
                                                'the same number')
ABOUT = ('Found: somebody is followed whose mask overlaps a true person by at least {overlap}; somebody else: the mask overlaps '
         'nobody so far. IoU, joints, facing and swapped are of those who are found, against whoever the mask overlaps most. Joint '
         'errors are in millimetres: seen joints, and all that lie inside the image. Missing: of these. Swapped: joints that fit '
         'better with left and right exchanged.')


def people_figures(judged: Judged, ways: Sequence[PoseWay]) -> Figures:
    """All figures of the parts that were judged."""
    figures: Figures = {'ways': [way.name for way in ways]}
    if IMAGES in judged:
        figures[IMAGES] = _image_figures(judged[IMAGES], len(ways))
    if EMPTY in judged:
        figures[EMPTY] = _empty_figures(judged[EMPTY])
    if ENTRY in judged:
        figures[ENTRY] = _entry_figures(judged[ENTRY])
    figures.update({name: _disturbed_figures(judged[name]) for name in SCENARIOS if name != ENTRY and name in judged})
    return figures


def people_report(figures: Figures, title: str) -> str:
    """All tables as Markdown."""
    parts = [f'{title}\n']
    if IMAGES in figures:
        parts += [f'## Images of people\n\n{figures[IMAGES]["n"]} images. {ABOUT.format(overlap=LOST_OVERLAP)}\n',
                  _found_table(figures[IMAGES]['groups'])]
        parts += [f'### Joints: {name}\n\n{_joint_table(figures[IMAGES]["groups"], place)}'
                  for place, name in enumerate(figures['ways'])]
        parts += [f'### Quality: {name}\n\n{_quality_text(found)}'
                  for name, found in zip(figures['ways'], figures[IMAGES]['quality']) if found is not None]
    if EMPTY in figures:
        parts += ['## Empty rooms\n\nImages without anybody in which somebody is found, from a cold start.\n',
                  _empty_table(figures[EMPTY])]
    if ENTRY in figures:
        parts += [_entry_text(figures[ENTRY])]
    disturbed = {name: figures[name] for name in SCENARIOS if name != ENTRY and name in figures}
    if disturbed:
        parts += [_disturbed_text(disturbed)]
    return '\n'.join(parts)


def _image_figures(rows: np.ndarray, ways: int) -> Figures:
    groups = {'all': np.ones(len(rows), bool), **{tag: rows['tags'][:, place] for place, tag in enumerate(TAGS)},
              **{f'sensor {name}': rows['sensor'] == name for name in np.unique(rows['sensor'])},
              **{f'noise {name}': rows['noise'] == name for name in np.unique(rows['noise'])}}
    return {'n': len(rows), 'groups': {name: _group(rows[chosen], ways) for name, chosen in groups.items() if chosen.any()},
            'quality': [_quality_figures(rows, way) for way in range(ways)]}


def _group(rows: np.ndarray, ways: int) -> Figures:
    found = rows['overlap'] >= LOST_OVERLAP
    of = rows[found]
    return {'n': len(rows), 'found': share(found.sum(), len(rows)), 'somebody else': int((rows['found'] & ~found).sum()),
            'IoU': float(of['overlap'].mean()) if len(of) else None, 'ways': [_of_way(of, way) for way in range(ways)]}


def _of_way(rows: np.ndarray, way: int) -> Figures:
    error, facing, swapped = rows['error'][:, way], rows['facing_error'][:, way], rows['swapped'][:, way]
    inside = rows['sight'] != OUTSIDE
    faces, told = np.isfinite(facing), np.isfinite(swapped)
    return {'seen': _millimetres(error[rows['sight'] == SEEN]), 'all': _millimetres(error[inside]),
            'missing': share(int(np.isnan(error[inside]).sum()), int(inside.sum())),
            'facing within 30 degrees': share(int((facing[faces] < FACING_NEAR_RAD).sum()), int(faces.sum())),
            'swapped': share(int(swapped[told].sum()), int(told.sum()))}


def _millimetres(error_m: np.ndarray) -> Figures | None:
    known = error_m[np.isfinite(error_m)].astype(np.float64) * 1000.0
    if not len(known):
        return None
    return {'mean': float(known.mean()), 'median': float(np.median(known)), 'p95': float(np.percentile(known, 95))}


def _quality_figures(rows: np.ndarray, way: int) -> Figures | None:
    """How reliable a fit's stated quality is, of the images in which somebody is found; None of a way without fit."""
    quality, worst = rows['quality'][:, way], rows['error'][:, way].max(axis=1)
    known = rows['found'] & (rows['overlap'] >= LOST_OVERLAP) & np.isfinite(quality) & np.isfinite(worst)
    if not known.any():
        return None
    quality, worst = quality[known], worst[known]
    wrong = worst > WRONG_M
    return {'fits': int(known.sum()), 'right': float((worst < RIGHT_WITHIN_M).mean()), 'wrong': float(wrong.mean()),
            'bins': reliability(quality, worst < RIGHT_WITHIN_M),
            'above': [[least, float((quality >= least).mean()), float((quality[wrong] >= least).mean()) if wrong.any() else None]
                      for least in ABOVE]}


def _quality_text(found: Figures) -> str:
    told = markdown_table(['quality', 'right', 'fits'], [[f'{said:.2f}', f'{right:.2f}', str(count)]
                                                         for said, right, count in found['bins']])
    let_through = markdown_table(['quality from', 'of all fits', f'of those wrong by over {100 * WRONG_M:.0f} cm'],
                                 [[_number(value, form) for value, form in zip(row, ('.2f', '.0%', '.1%'))]
                                  for row in found['above']])
    said = (f'{found["fits"]} fits; {found["right"]:.0%} right, with all joints within {100 * RIGHT_WITHIN_M:.0f} cm; '
            f'{found["wrong"]:.0%} wrong, with one over {100 * WRONG_M:.0f} cm off. Bins of the stated quality: its mean, and the '
            'share that is right.')
    return f'{said}\n\n{told}\n{let_through}'


def _empty_figures(rows: np.ndarray) -> Figures:
    groups = {'all': np.ones(len(rows), bool), 'furnished': ~rows['crowded'], 'crowded': rows['crowded'],
              **{f'sensor {name}': rows['sensor'] == name for name in np.unique(rows['sensor'])},
              **{f'noise {name}': rows['noise'] == name for name in np.unique(rows['noise'])}}
    return {'images with somebody': rows['index'][rows['found']].tolist(),
            'groups': {name: share(int(rows['found'][chosen].sum()), int(chosen.sum())) for name, chosen in groups.items()}}


def _entry_figures(rows: np.ndarray) -> Figures:
    """How soon the patient is followed, in seconds from being half in sight; and how often something else was before."""
    delays, false, after = [], 0, []
    for _, one in _recordings(rows):
        half = np.flatnonzero((one['since_s'] >= 0) & (one['shown'] >= HALF_SHOWN))
        false += bool(((one['since_s'] < 0) & (one['number'] > 0)).any())
        if len(half):
            since = one[half[0]:]
            follows = np.flatnonzero(since['overlap'] >= LOST_OVERLAP)
            delays.append(float(since['since_s'][follows[0]] - since['since_s'][0]) if len(follows) else np.inf)
            later = since[since['since_s'] - since['since_s'][0] >= WITHIN_S]
            after.append(later['overlap'][later['shown'] >= HALF_SHOWN] >= LOST_OVERLAP)
    kept = np.concatenate(after) if after else np.zeros(0, bool)
    return {'recordings': len(delays), 'followed within a second': share(sum(delay <= WITHIN_S for delay in delays), len(delays)),
            'never followed': delays.count(np.inf),
            'seconds': [delay if np.isfinite(delay) else None for delay in delays],
            'rooms in which something was followed before': false,
            'images after the first second in which the patient is followed': share(int(kept.sum()), len(kept))}


def _disturbed_figures(rows: np.ndarray) -> Figures:
    """Who is followed after somebody else came, in images that show half of the patient; of patients followed before."""
    outcomes, kept, recordings = [], [], 0
    for _, one in _recordings(rows):
        before = one[(one['since_s'] < 0) & (one['since_s'] >= -BEFORE_S)]
        if not len(before) or before['overlap'][-1] < LOST_OVERLAP:
            continue
        recordings += 1
        after = one[(one['since_s'] >= 0) & (one['shown'] >= HALF_SHOWN)]
        said = [_outcome(row, int(before['number'][-1])) for row in after]
        outcomes += said
        kept.append(bool(said) and said[-1] == PATIENT)
    return {'recordings': recordings, 'followed to the end': share(sum(kept), recordings),
            'images': {name: share(outcomes.count(name), len(outcomes)) for name in (PATIENT, RENUMBERED, NOBODY, ANOTHER, SILENT)}}


def _outcome(row: np.ndarray, number: int) -> str:
    if row['overlap'] >= LOST_OVERLAP:
        return PATIENT if row['number'] == number else RENUMBERED
    if row['number'] == 0:
        return NOBODY
    return SILENT if row['number'] == number else ANOTHER


def _recordings(rows: np.ndarray) -> list[tuple[int, np.ndarray]]:
    return [(int(index), rows[rows['index'] == index]) for index in np.unique(rows['index'])]


def _found_table(groups: dict[str, Figures]) -> str:
    return markdown_table(('', 'images', 'found', 'somebody else', 'mask IoU'), [
        [name, group['n'], percent(group['found']), group['somebody else'], _number(group['IoU'], '.3f')]
        for name, group in groups.items()])


def _joint_table(groups: dict[str, Figures], place: int) -> str:
    head = ('', *(f'{which} {name}' for which in ('seen', 'all') for name in STATISTICS), *SHARES)
    return markdown_table(head, [_joint_row(name, group['ways'][place]) for name, group in groups.items()])


def _joint_row(name: str, way: Figures) -> list[str]:
    lengths = [_number((way[which] or {}).get(statistic), '.0f') for which in ('seen', 'all') for statistic in STATISTICS]
    return [name, *lengths, *(_plain(way[which]) for which in SHARES)]


def _empty_table(figures: Figures) -> str:
    return markdown_table(('', 'images', 'somebody found', 'share (95 %)'), [
        [name, group['n'], group['count'], percent(group)] for name, group in figures['groups'].items()])


def _entry_text(figures: Figures) -> str:
    rows = [['followed within a second', _of(figures['followed within a second'])],
            ['never followed', figures['never followed']],
            ['rooms in which something was followed before', figures['rooms in which something was followed before']],
            ['images after that second in which the patient is followed',
             percent(figures['images after the first second in which the patient is followed'])]]
    return (f'## A patient enters\n\n{figures["recordings"]} recordings of an empty room that somebody enters, walks into the '
            f'middle and stands. The second begins when half of the patient is in sight.\n\n{markdown_table(("", ""), rows)}')


def _disturbed_text(disturbed: dict[str, Figures]) -> str:
    rows: list[tuple[str, Callable[[Figures], str]]] = [
        ('recordings', lambda f: str(f['recordings'])), ('followed at the end', lambda f: _of(f['followed to the end'])),
        *((f'images: {name}', lambda f, name=name: percent(f['images'][name]))
          for name in (PATIENT, RENUMBERED, NOBODY, ANOTHER, SILENT))]
    head = ('', *(name.replace('_', ' ') for name in disturbed))
    return ('## Somebody else comes\n\nWho is followed in the images after somebody else came that show half of the patient at '
            'least, of the recordings in which the patient was followed before. Another number, or nobody with a reason, says that '
            f'there is doubt; "{SILENT}" says nothing: the mask is not of the patient, or of both.\n\n'
            + markdown_table(head, [[name, *(cell(figures) for figures in disturbed.values())] for name, cell in rows]))


def _of(counted: Figures) -> str:
    return f'{counted["count"]} of {counted["n"]}'


def _plain(counted: Figures) -> str:
    return '-' if counted['share'] is None else f'{100 * counted["share"]:.1f} %'


def _number(value: float | None, form: str) -> str:
    return '-' if value is None else format(value, form)
