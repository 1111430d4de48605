"""The benchmark of people: figures against figures worked out by hand, and a small benchmark run twice, and interrupted."""

import re
from pathlib import Path

import numpy as np
import pytest
import yaml

pytest.importorskip('open3d', reason='rendering needs open3d; pip install -r requirements/studio.txt')

from poseformer_ros.camera.intrinsics import Intrinsics  # noqa: E402
from poseformer_ros.cli import main  # noqa: E402
from poseformer_ros.errors import BadInput  # noqa: E402
from poseformer_ros.evaluation.evaluate_people import (  # noqa: E402
    EMPTY_ROW,
    SEQUENCE_ROW,
    _errors,
    faced,
    image_row_type,
    overlap,
)
from poseformer_ros.evaluation.people_run import Settings, judge_people  # noqa: E402
from poseformer_ros.evaluation.people_tables import people_figures, people_report  # noqa: E402
from poseformer_ros.evaluation.pose_methods import PoseWay  # noqa: E402
from poseformer_ros.person.answers import HIDDEN, OUTSIDE, SEEN  # noqa: E402
from poseformer_ros.silhouette.person import nobody  # noqa: E402
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT, MIRROR, Skeleton, no_skeleton  # noqa: E402
from poseformer_ros.synthesis.people_bench import (  # noqa: E402
    EMPTY,
    IMAGES,
    bench_image,
    bench_sequence,
    load_people_bench,
    world_of,
)
from poseformer_ros.synthesis.people_sequences import BESIDE, ENTRY, PASSER_BY, TOUCHING  # noqa: E402
from poseformer_ros.synthesis.whole_images import TAGS, TruePerson  # noqa: E402

STUDIO = Path(__file__).parents[3] / 'studio'
WAYS = [PoseWay('learned')]
# Somebody who faces the camera three metres away, left on the image's right; all other joints at the pelvis.
AT = {'left_shoulder': (0.2, -0.5, 3), 'right_shoulder': (-0.2, -0.5, 3), 'left_hip': (0.1, 0, 3), 'right_hip': (-0.1, 0, 3),
      'neck': (0, -0.6, 3), 'pelvis': (0, 0, 3)}


def facing_camera() -> np.ndarray:
    joints = np.tile([0.0, 0.0, 3.0], (JOINT_COUNT, 1))
    for name, place in AT.items():
        joints[JOINT[name]] = place
    return joints


def skeleton(positions: np.ndarray, missing: tuple[str, ...] = (), facing_rad: float = np.nan) -> Skeleton:
    state = np.ones(JOINT_COUNT, np.uint8)
    state[[JOINT[name] for name in missing]] = 0
    blank = no_skeleton()
    return Skeleton(positions, blank.confidence, blank.covariance, state, blank.pixels, facing_rad=facing_rad)


def true_person() -> TruePerson:
    return TruePerson(facing_camera(), np.array([0.0, 0.0, -1.0]), np.zeros(JOINT_COUNT, np.uint8), np.zeros((4, 4), bool))


def test_errors_of_one_person():
    error, facing, swapped = _errors(skeleton(facing_camera() + [0.0, 0.03, 0.04], ('head',), np.radians(20.0)), true_person())
    np.testing.assert_allclose(np.delete(error, JOINT['head']), 0.05)
    assert np.isnan(error[JOINT['head']]) and swapped == 0.0 and np.degrees(facing) == pytest.approx(20.0, abs=0.1)
    exchanged, facing, swapped = _errors(skeleton(facing_camera()[list(MIRROR)]), true_person())
    assert swapped == 1.0 and np.degrees(facing) > 179.0 and exchanged[JOINT['left_shoulder']] == pytest.approx(0.4)
    assert np.isnan(_errors(no_skeleton(), true_person())[1:]).all()


def test_a_trunk_tells_where_it_faces():
    turned = facing_camera()
    turned[:, [0, 2]] = np.stack([0.5 ** 0.5 * turned[:, 0], 3.0 + 0.5 ** 0.5 * turned[:, 0]], axis=1)   # left shoulder goes back
    assert np.degrees(faced(skeleton(facing_camera()))) == pytest.approx(0.0, abs=1e-6)
    assert np.degrees(faced(skeleton(turned))) == pytest.approx(45.0, abs=1e-6)     # the chest turns to the image's right
    assert np.isnan(faced(no_skeleton()))


def test_nobody_overlaps_nobody():
    assert overlap(nobody(Intrinsics(3, 3, 1.0, 1.0, 1.0, 1.0), None), np.zeros((3, 3), bool)) == 0.0


def image_rows() -> np.ndarray:
    """Four images: two found (one of them a child whose right and left are exchanged), one on furniture, one empty-handed."""
    rows = np.zeros(4, image_row_type(1))
    rows['sensor'], rows['noise'], rows['sight'] = 'kinect_v2', 'clean', SEEN
    rows['sight'][:, 0], rows['sight'][:, 1] = HIDDEN, OUTSIDE
    rows['tags'][1, TAGS.index('child')] = True
    rows['found'], rows['overlap'] = [True, True, True, False], [0.9, 0.7, 0.2, 0.0]
    rows['error'][:, 0] = 0.040
    rows['error'][:, 0, 0], rows['error'][:, 0, 1] = 0.100, 9.0
    rows['error'][0, 0, 5] = np.nan
    rows['facing_error'][:, 0], rows['swapped'][:, 0] = np.radians([10.0, 170.0, 0.0, 0.0]), [0, 1, 0, 0]
    rows['quality'] = np.nan
    return rows


def test_figures_of_images():
    groups = people_figures({IMAGES: image_rows()}, WAYS)[IMAGES]['groups']
    everybody, way = groups['all'], groups['all']['ways'][0]
    assert (everybody['found']['count'], everybody['n'], everybody['somebody else']) == (2, 4, 1)
    assert everybody['IoU'] == pytest.approx(0.8) and way['seen'] == pytest.approx({'mean': 40.0, 'median': 40.0, 'p95': 40.0})
    assert way['all']['mean'] == pytest.approx((43 * 40.0 + 2 * 100.0) / 45)        # 2 x 23 inside the image, one is missing
    assert (way['missing']['count'], way['missing']['n']) == (1, 46)
    assert way['facing within 30 degrees']['share'] == 0.5 and way['swapped']['share'] == 0.5
    assert groups['child']['ways'][0]['swapped']['share'] == 1.0 and 'tall' not in groups


def test_how_reliable_the_quality_is():
    """Twenty fits: of ten that say 0.9 nine are right; of ten that say 0.35 two are, and six are wrong by over 15 cm."""
    rows = np.zeros(20, image_row_type(1))
    rows['sensor'], rows['noise'], rows['found'], rows['overlap'] = 'kinect_v2', 'clean', True, 0.9
    rows['quality'][:10, 0], rows['quality'][10:, 0] = 0.9, 0.35
    rows['error'][:, 0, 7] = [*[0.05] * 9, 0.2, *[0.05] * 2, *[0.12] * 2, *[0.3] * 6]
    found = people_figures({IMAGES: rows}, WAYS)[IMAGES]['quality'][0]
    assert [(round(said, 2), right, count) for said, right, count in found['bins']] == [(0.35, 0.2, 10), (0.9, 0.9, 10)]
    assert dict((least, (of_all, of_wrong)) for least, of_all, of_wrong in found['above'])[0.5] == (0.5, pytest.approx(1 / 7))
    assert people_figures({IMAGES: image_rows()}, WAYS)[IMAGES]['quality'] == [None]
    text = people_report(people_figures({IMAGES: rows}, WAYS), '# quality')
    assert '20 fits; 55% right' in text and '35% wrong' in text
    assert re.search(r'\| 0\.50 +\| 50% +\| 14\.3% +\|', text)


def recording(index: int, overlaps: list[float], numbers: list[int], shown: list[float] | None = None) -> np.ndarray:
    """At 2 Hz; somebody comes at the third image."""
    rows = np.zeros(len(overlaps), SEQUENCE_ROW)
    rows['index'], rows['at'], rows['since_s'] = index, np.arange(len(rows)), 0.5 * (np.arange(len(rows)) - 2) - 0.01
    rows['since_s'][2:] += 0.01
    rows['since_s'][:2] = [-0.5, -0.25]
    rows['overlap'], rows['number'], rows['shown'] = overlaps, numbers, shown or [0.0, 0.0, *[1.0] * (len(rows) - 2)]
    return rows


def test_figures_of_entries():
    rows = np.concatenate([recording(0, [0, 0, 0, .8, .8, .8], [0, 0, 0, 1, 1, 1]),
                           recording(1, [0, 0, 0, 0, 0, .8], [1, 1, 1, 1, 1, 2]), recording(2, [0] * 6, [0] * 6),
                           recording(3, [0, 0, 0, 0, .8, .8], [0, 0, 0, 0, 1, 1], [0, 0, .2, .6, 1, 1])])
    figures = people_figures({ENTRY: rows}, WAYS)[ENTRY]
    assert figures['seconds'] == [0.5, 1.5, None, 0.5] and figures['never followed'] == 1
    assert figures['followed within a second']['count'] == 2
    assert figures['rooms in which something was followed before'] == 1
    after = figures['images after the first second in which the patient is followed']
    assert (after['count'], after['n']) == (4, 7)


def test_figures_of_disturbances():
    rows = np.concatenate([recording(0, [.9, .9, .9, 0, .2, .2, .8, .9], [1, 1, 1, 0, 1, 2, 2, 1], [1] * 8),
                           recording(1, [.9, .9, .9, .2], [3, 3, 3, 3], [1, 1, 1, .4]), recording(2, [0] * 4, [0] * 4, [1] * 4)])
    figures = people_figures({TOUCHING: rows}, WAYS)[TOUCHING]
    assert figures['recordings'] == 2 and figures['followed to the end']['count'] == 2
    counts = {name: said['count'] for name, said in figures['images'].items()}
    assert counts == {'the patient': 3, 'the patient, another number': 1, 'nobody': 1, 'another number': 1, 'the same number': 1}


def test_figures_of_empty_rooms():
    rows = np.zeros(4, EMPTY_ROW)
    rows['index'], rows['crowded'], rows['found'] = [7, 8, 9, 10], [False, True, False, True], [False, True, False, False]
    figures = people_figures({EMPTY: rows}, WAYS)[EMPTY]
    assert figures['images with somebody'] == [8]
    assert {name: (of['count'], of['n']) for name, of in figures['groups'].items()}['crowded'] == (1, 2)


def small(folder: Path, **other) -> Path:
    content = yaml.safe_load((STUDIO / 'bench_v2.yaml').read_text())
    content |= {'people': str(STUDIO / 'people_v1.yaml'), IMAGES: 44, EMPTY: 3, 'rate_hz': 2.0,
                'sequences': {ENTRY: 1, PASSER_BY: 0, BESIDE: 0, TOUCHING: 1}, **other}
    path = folder / 'small.yaml'
    path.write_text(yaml.safe_dump(content))
    return path


def test_the_benchmark_that_ships_is_what_it_promises():
    bench = load_people_bench(STUDIO / 'bench_v2.yaml')
    assert bench.name == 'bench_v2' and bench.counts[IMAGES] >= 3000 and bench.counts[EMPTY] >= 3000
    assert all(bench.counts[name] == 24 for name in (ENTRY, PASSER_BY, BESIDE, TOUCHING))
    assert bench.people.splits['test'].split.test_poses and set(bench.mix.kinds) >= {'lying', 'on_all_fours', 'with_frame'}


@pytest.mark.parametrize(('other', 'said'), [
    ({'seed': 20261202}, 'is one of'), ({'kinds': {'flying': 1.0}}, 'kinds.flying: is not known'),
    ({'kinds': {'standing': 0.4}}, 'add up to 1'), ({'looks': 0}, 'looks: 0 is outside'),
    ({'rooms': 1}, 'recipe.rooms: is not known'),
    ({'sequences': {ENTRY: 1}}, 'sequences.passer_by: is missing'), ({'people': 'nobody.yaml'}, 'nobody.yaml')])
def test_a_wrong_recipe_says_what_is_wrong(tmp_path, other, said):
    with pytest.raises(BadInput, match=said):
        load_people_bench(small(tmp_path, **other))


@pytest.fixture(scope='module')
def whole(tmp_path_factory):
    """The small benchmark's recipe, its folder and its report, run at once."""
    folder = tmp_path_factory.mktemp('people')
    recipe = small(folder, images=6)
    assert main.main(['evaluate', 'people', str(recipe), '--out', str(folder / 'out')]) == 0
    return recipe, folder / 'out'


def test_interrupted_and_resumed_gives_the_same(whole, tmp_path):
    recipe, out = whole
    settings = Settings(recipe, tuple(WAYS), {})
    judge_people(settings, tmp_path, [EMPTY, TOUCHING])
    (tmp_path / 'pieces' / f'{EMPTY}_000000.npy').unlink()
    (tmp_path / 'pieces' / f'{IMAGES}_000000.part.npy').write_bytes(b'half of a')
    judged = judge_people(settings, tmp_path, [IMAGES, EMPTY, ENTRY, TOUCHING])
    figures = people_figures(judged, WAYS)
    assert people_report(figures, '# small') + '\n' == (out / 'people.md').read_text() + '\n'
    for piece in (out / 'pieces').glob('*.npy'):
        assert piece.read_bytes() == (tmp_path / 'pieces' / piece.name).read_bytes()
    assert figures[IMAGES]['n'] == 6 and len(judged[TOUCHING]) == len(judged[ENTRY]) == 13


def test_people_are_found_and_empty_rooms_are_empty(whole):
    """With the weights that ship; looser than what they reach, on a handful."""
    recipe, out = whole
    judged = judge_people(Settings(recipe, tuple(WAYS), {}), out, [IMAGES, EMPTY, ENTRY])
    figures = people_figures(judged, WAYS)
    assert figures[IMAGES]['groups']['all']['found']['count'] >= 4
    assert figures[IMAGES]['groups']['all']['ways'][0]['seen']['median'] < 100
    assert figures[EMPTY]['images with somebody'] == [] and figures[ENTRY]['never followed'] == 0


def test_pieces_of_other_settings_are_refused(whole):
    recipe, out = whole
    with pytest.raises(BadInput, match="another 'ways'"):
        judge_people(Settings(recipe, (PoseWay('paper'),), {}), out, [EMPTY])
    with pytest.raises(BadInput, match="another 'parameters'"):
        judge_people(Settings(recipe, tuple(WAYS), {'silhouette': {'people.believed': 0.5}}), out, [EMPTY])


def test_the_frozen_benchmark_still_draws_the_same():
    """Truth of its first images, written down when it was frozen: a change makes another benchmark, which wants another name."""
    bench = load_people_bench(STUDIO / 'bench_v2.yaml')
    world = world_of(bench)
    first = [bench_image(bench, world, IMAGES, index) for index in range(3)]
    assert [image.sensor for image in first] == ['realsense_848', 'azure_nfov', 'realsense_848']
    np.testing.assert_allclose([image.people[0].joints[JOINT['head']] for image in first],
                               [[0.167, -0.516, 1.246], [-0.037, -0.561, 2.288], [-0.288, -0.795, 3.136]], atol=0.002)
    pixels = [int(one.mask.sum()) for image in first for one in image.people]
    assert pixels == pytest.approx([37190, 13060, 19596, 7176, 5949], rel=0.01)
    assert float(np.nanmedian(bench_image(bench, world, EMPTY, 0).frame.depth)) == pytest.approx(2.468, abs=0.005)
    entered = bench_sequence(bench, world, ENTRY, 3).image(40)
    assert int(entered.patient.sum()) == pytest.approx(26944, rel=0.01) and not entered.other.any()


def test_masks_sight_and_tags_agree():
    bench = load_people_bench(STUDIO / 'bench_v2.yaml')
    world = world_of(bench)
    for index in range(8):
        image = bench_image(bench, world, IMAGES, index)
        for one in image.people:
            at = np.rint(image.frame.intrinsics.project(one.joints[one.sight == SEEN])).astype(int)
            assert one.mask[at[:, 1], at[:, 0]].all()
        if 'whole' in image.tags:
            assert (image.people[0].sight != OUTSIDE).all() and not any(tag.startswith('cut') for tag in image.tags)
        assert ('somebody beside' in image.tags or 'somebody touching' in image.tags) == (len(image.people) == 2)
