"""Sessions on disk: what was written comes back, whatever happened between."""

import json
import resource
import signal
from dataclasses import replace

import numpy as np
import pytest
from helpers.acted_sets import acted_clip, acted_movement

from poseformer_ros.assessment.live_set import Phase
from poseformer_ros.assessment.repetitions.excursions import RepetitionOptions
from poseformer_ros.assessment.set_assessment import assess_set
from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.live_session import LiveSession, SessionOptions
from poseformer_ros.recordings.session_file import SessionWriter, read_session, session_path

START_S = 1_700_000_000.0


@pytest.fixture(scope='module')
def squats():
    model = load_body_model(default_body_path())
    return acted_movement(acted_clip('kimore_es5', 62020, model), model)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / 'sessions'


def session(folder, **options):
    return LiveSession(SessionOptions(folder=str(folder), **options), RepetitionOptions(), {'software': 'test'})


def show(live, movement, first=0, last=None, shift_s=0.0):
    """What the session tells of each moment."""
    moments = range(first, len(movement) if last is None else last)
    return [live(START_S + shift_s + float(movement.stamps_s[i]), movement[i:i + 1]) for i in moments]


def path_of(folder):
    return next(folder.glob('*/*/session.jsonl'))


def test_live_is_what_is_read_back(folder, squats):
    live = session(folder)
    live.start('kimore_es5', 'p1', START_S)
    told = show(live, squats)
    assert [one.repetition.number for _, one in told if one is not None] == [1, 2, 3]
    ended = live.end()
    stored = read_session(path_of(folder)).sets[0]
    assert stored.ended and stored.exercise == 'kimore_es5'
    np.testing.assert_allclose(stored.movement.joints, squats.joints, atol=5.1e-5)
    again = assess_set(stored.movement, live.specs['kimore_es5'])
    assert [one.repetition for one in again.repetitions] == [one.repetition for one in ended.repetitions]
    assert len(again.repetitions) == 3


@pytest.mark.parametrize('exercise', ['kimore_es2', 'kimore_es4'])
def test_a_repetition_is_told_live_as_the_whole_set_so_far_tells_it(folder, exercise):
    """One is assessed, not all; the figures must not differ, also of those that rest on the whole set."""
    model, live, compared = load_body_model(default_body_path()), session(folder), 0
    live.start(exercise, 'p1', START_S)
    movement = acted_movement(acted_clip(exercise, 62021, model, repetitions=4), model)
    for index in range(len(movement)):
        _, one = live(START_S + float(movement.stamps_s[index]), movement[index:index + 1])
        if one is not None:
            so_far = read_session(path_of(folder)).sets[0].movement
            found = assess_set(so_far, live.specs[exercise], errors=False).repetitions
            wanted = found[min(one.repetition.number, len(found)) - 1]
            assert one.faults == wanted.faults and replace(one.repetition, number=0) == replace(wanted.repetition, number=0)
            assert [m.name for m in one.measures] == [m.name for m in wanted.measures]
            np.testing.assert_array_equal([m.value for m in one.measures], [m.value for m in wanted.measures])
            np.testing.assert_array_equal(one.posture, wanted.posture)
            compared += 1
    assert compared >= 3


@pytest.mark.parametrize('cut', [0, 7])
def test_a_restart_goes_on_and_loses_no_repetition(folder, squats, cut):
    live, half = session(folder), len(squats) // 2
    live.start('kimore_es5', 'p1', START_S)
    show(live, squats, last=half)
    if cut:
        path = path_of(folder)
        path.write_bytes(path.read_bytes()[:-cut])       # killed in the middle of a line
    again = session(folder)
    assert again.exercise == 'kimore_es5'
    show(again, squats, first=half)
    assert len(again.end().repetitions) == 3
    stored = read_session(path_of(folder))
    assert stored.damaged == (1 if cut else 0) and len(stored.sets) == 1


def test_time_that_goes_back_and_a_lost_person_do_not_end_a_set(folder, squats):
    live, third = session(folder), len(squats) // 3
    live.start('kimore_es5', 'p1', START_S)
    show(live, squats, last=third)
    nobody = replace(squats[:1], joints=np.full((1, 24, 3), np.nan))
    assert live(START_S + float(squats.stamps_s[third - 1]) + 0.01, nobody)[0].phase == Phase.LOST
    show(live, squats, first=third, shift_s=-500.0)
    assert len(live.end().repetitions) == 3


def test_a_full_disk_is_said_and_nothing_is_lost(folder, squats):
    live = session(folder)
    live.start('kimore_es5', 'p1', START_S)
    show(live, squats, last=10)
    size = path_of(folder).stat().st_size
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 500, before[1]))
    try:
        with pytest.raises(BadInput, match='free some space'):
            show(live, squats, first=10, last=11)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    show(live, squats, first=11)
    assert len(live.end().repetitions) == 3
    stored = read_session(path_of(folder)).sets[0]
    assert len(stored.movement) == len(squats)


def test_what_cannot_be_is_said(folder, squats):
    live = session(folder)
    for call, words in ((lambda: live.end(), 'start_set first'), (lambda: live.mark('x'), 'start_set first'),
                        (lambda: live.start('juggling', 'p1', START_S), 'juggling'),
                        (lambda: live.start('kimore_es1', '../Jane Doe', START_S), 'pseudonym')):
        with pytest.raises(BadInput, match=words):
            call()
    live.start('kimore_es5', 'p1', START_S)
    show(live, squats, last=3)
    with pytest.raises(BadInput, match='person in view'):
        live.end()
    path = path_of(folder)
    path.write_text(json.dumps({'kind': 'session', 'version': 99}) + '\n')
    with pytest.raises(BadInput, match='version 99'):
        read_session(path)
    path.write_text('hello\n')
    with pytest.raises(BadInput, match='does not begin'):
        SessionWriter(folder, 'p1', path.parent.name, {})
    assert session_path(folder, 'p1', path.parent.name) == path


def test_an_exercise_that_is_shown_once_is_counted(folder):
    model = load_body_model(default_body_path())
    once = acted_movement(acted_clip('mri_both_upper_limb_extension', 62021, model, repetitions=1), model)
    live = session(folder)
    live.start('', 'p1', START_S)
    show(live, once)
    spec = live.teach('arm_swing')
    assert spec.title == 'arm swing'
    live.start('arm_swing', 'p1', START_S + 100)
    four = acted_movement(acted_clip('mri_both_upper_limb_extension', 62022, model, repetitions=4), model)
    show(live, four, shift_s=100)
    assert len(live.end().repetitions) == 4
    assert 'arm_swing' in session(folder).specs
