"""Somebody new behind things or hanging on to them is found; truth is the renderer's."""

from dataclasses import replace
from pathlib import Path

import pytest

from poseformer_ros.evaluation.evaluate_people import from_cold, judge_sequence, judges, overlap
from poseformer_ros.synthesis.people_bench import IMAGES, bench_image, bench_sequence, load_people_bench, world_of

BENCH = Path(__file__).parents[3] / 'studio' / 'bench_v2.yaml'
LOOKS = 3


@pytest.fixture(scope='module')
def drawn():
    """The benchmark's kinds of image from another seed, and what they are drawn from."""
    bench = replace(load_people_bench(BENCH), seed=909101)
    return bench, world_of(bench)


# 83: something hangs on to a standing person; 103, 116: things stand before the person. 50, who is far away, and 63, who bends
# behind something, take a closer look.
@pytest.mark.parametrize('index', [83, 103, 116, 50, 63])
def test_a_person_whom_things_hide_or_touch_is_found_from_a_cold_start(drawn, index):
    image = bench_image(*drawn, IMAGES, index)
    person = from_cold(judges([], {}).silhouette, image.frame, LOOKS)
    assert person.found and overlap(person, image.people[0].mask) > 0.5


def test_a_patient_whom_a_helper_touches_stays_who_is_followed(drawn):
    rows = judge_sequence(judges([], {}), bench_sequence(*drawn, 'helper_touching', 0), 0)
    seen = rows[rows['at'] > LOOKS]
    assert (seen['number'] == 1).all() and (seen['overlap'] > 0.5).all()
