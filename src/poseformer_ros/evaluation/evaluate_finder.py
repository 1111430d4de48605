"""The finder network judged on rendered views: whose pixels it sees, and what it sees where nobody is."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from poseformer_ros.person.finder import FinderModel
from poseformer_ros.synthesis.person_crops import open_shard
from poseformer_ros.synthesis.room_views import MOST_PEOPLE, VIEW, view_depth

HELD = 0.5                  # probability of a pixel that is taken for a person's
LEAST_PX, WELL_SEEN_PX = 60, 400    # known pixels of people who are counted; of those well in sight
SOMEBODY_PX = 200           # held in an empty room, which would be somebody


def judge_finder(model: FinderModel, shards: Sequence[Path]) -> dict[str, float]:
    """Figures by name: numbers of views and people, shares, and the mean error of a vote in metres."""
    both = either = 0
    seen: list[tuple[int, float, float]] = []
    empty: list[int] = []
    views = [view for path in shards for view in open_shard(path, records=VIEW)]
    for view in tqdm(views, desc='views', unit='view'):
        rows, columns = view['size']
        depth, person = view_depth(view), view['person'][:rows, :columns]
        known = np.isfinite(depth)
        said = model(depth, float(view['focal_px']))
        held, true = (said.person > HELD) & known, (person > 0) & known
        both, either = both + int((held & true).sum()), either + int((held | true).sum())
        if not true.any():
            empty.append(int(held.sum()))
        for number in range(1, MOST_PEOPLE + 1):
            own = (person == number) & known
            if np.count_nonzero(own) >= LEAST_PX:
                seen.append((int(own.sum()), float(held[own].mean()), _vote_error(view, number, own, depth, said.votes)))
    pixels, share, error = np.array(seen).T
    return {'views': float(len(views)), 'people': float(len(seen)), 'pixels, IoU': both / max(1, either),
            'people held by half': float((share > 0.5).mean()), 'well seen people held by half':
            float((share[pixels >= WELL_SEEN_PX] > 0.5).mean()), 'error of a vote, m': float(np.median(error)),
            'empty views': float(len(empty)), 'empty views with somebody': float((np.array(empty) > SOMEBODY_PX).mean())}


def _vote_error(view: np.ndarray, number: int, own: np.ndarray, depth: np.ndarray, votes: np.ndarray) -> float:
    """Median distance in metres, across the line of sight, of a person's votes from the true middle."""
    rows, columns = np.nonzero(own)
    metres = depth[own] / view['focal_px']
    wanted = (view['middle'][number - 1] - np.stack([columns, rows], axis=1)) * metres[:, None]
    return float(np.median(np.linalg.norm(votes[own] - wanted, axis=1)))
