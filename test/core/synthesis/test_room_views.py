"""Views of rooms: the same from the same seed, and labels, middles and depth that agree."""

from functools import lru_cache

import numpy as np
import pytest

pytest.importorskip('open3d', reason='rendering needs open3d; pip install -r requirements/studio.txt')

from helpers.small_crops import SPLIT, body  # noqa: E402

from poseformer_ros.synthesis.room_views import MOST_PEOPLE, VIEW, VIEW_PX, render_views  # noqa: E402

COUNT = 45
WELL_IN_SIGHT_PX = 500


@lru_cache(maxsize=1)
def views() -> np.ndarray:
    return render_views(SPLIT, 0, COUNT, *body())


def people_of(view: np.ndarray) -> list[int]:
    """Numbers of those who have pixels."""
    return [int(number) for number in np.unique(view['person']) if number]


def test_the_same_arguments_give_the_same_bytes_and_another_shard_others():
    few = render_views(SPLIT, 0, 4, *body())
    assert few.tobytes() == views()[:4].tobytes()
    assert few.tobytes() != render_views(SPLIT, 1, 4, *body()).tobytes()
    assert few.dtype == VIEW and few.shape == (4,)


def test_what_is_no_image_is_unknown_and_nobodys():
    for view in views():
        rows, columns = view['size']
        assert 100 <= rows <= VIEW_PX[0] and 100 <= columns <= VIEW_PX[1]
        for name in ('depth', 'person'):
            outside = view[name].copy()
            outside[:rows, :columns] = 0
            assert not outside.any()
        known = view['depth'][:rows, :columns] > 0
        assert known.mean() > 0.3 and 400 < np.median(view['depth'][:rows, :columns][known]) < 10_000      # of a room, in mm


def test_some_views_show_nobody_some_one_and_some_several():
    counts = [len(people_of(view)) for view in views()]
    assert counts.count(0) >= 3 and counts.count(1) >= 10 and sum(count > 1 for count in counts) >= 3
    assert max(counts) <= MOST_PEOPLE


def test_who_has_pixels_has_a_middle_and_nobody_else():
    """Somebody out of sight or behind a thing may have a middle without pixels; an empty view has none."""
    without = 0
    for view in views():
        there = np.isfinite(view['middle']).all(axis=1)
        assert {number - 1 for number in people_of(view)} <= set(np.flatnonzero(there))
        assert (np.isfinite(view['middle']).any(axis=1) == there).all() and (np.diff(there.astype(int)) <= 0).all()
        without += not there.any()
    assert without >= 3


def test_the_middle_of_somebody_in_sight_lies_in_the_image_and_among_the_pixels():
    """Of who shows most and is not cut: between the outermost pixels, near their mean and hardly ever beside the person."""
    seen, on = 0, 0
    for view in views():
        rows, columns = view['size']
        for number in people_of(view):
            mask = view['person'] == number
            where = np.argwhere(mask)
            low, high = where.min(0), where.max(0)
            if len(where) < WELL_IN_SIGHT_PX or low.min() == 0 or (high >= [rows - 1, columns - 1]).any():
                continue
            column, row = view['middle'][number - 1]
            assert low[0] <= row <= high[0] and low[1] <= column <= high[1]
            assert np.linalg.norm([row, column] - where.mean(0)) < 0.5 * np.linalg.norm(high - low)
            on += bool(mask[int(round(float(row))), int(round(float(column)))])
            seen += 1
    assert seen >= 10 and on > 0.7 * seen


def test_several_people_are_told_apart():
    """Each one's pixels lie around the own middle, not around another's."""
    own_nearer = []
    for view in views():
        large = [number for number in people_of(view) if (view['person'] == number).sum() > WELL_IN_SIGHT_PX / 5]
        for number in large:
            pixels = np.argwhere(view['person'] == number)[:, ::-1].mean(0)
            away = {other: np.linalg.norm(pixels - view['middle'][other - 1]) for other in large}
            own_nearer += [away[number] < away[other] for other in large if other != number]
    assert len(own_nearer) >= 10 and np.mean(own_nearer) >= 0.9


def test_a_persons_pixels_are_of_a_persons_size():
    """Square metres seen of somebody: from the pixels' depth and the focal length, of a whole one."""
    areas = []
    for view in views():
        for number in people_of(view):
            depth = view['depth'][(view['person'] == number) & (view['depth'] > 0)] / 1000.0
            areas.append(((depth / view['focal_px']) ** 2).sum())
    assert max(areas) < 1.6 and np.quantile(areas, 0.8) > 0.3
