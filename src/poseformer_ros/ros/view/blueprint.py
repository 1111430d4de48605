"""How the page is laid out: one look shows the person, the fitted body and the exercise."""

import rerun.blueprint as rrb

from poseformer_ros.ros.view import entities

# In the floor's frame, metres: from beside the camera at a person who stands some way off.
BACKGROUND_RGB = (28, 31, 36)       # white bones must show, whichever theme
EYE_M, LOOKED_AT_M = (0.4, -1.6, 1.7), (2.6, 0.0, 0.9)


def blueprint(live: bool) -> rrb.Blueprint:
    """The layout. live: go along with what comes; otherwise play from the beginning."""
    seen = rrb.Spatial3DView(origin=entities.WORLD, name='Person and fitted body', line_grid=False, background=BACKGROUND_RGB,
                             eye_controls=rrb.EyeControls3D(position=EYE_M, look_target=LOOKED_AT_M, eye_up=(0.0, 0.0, 1.0)))
    image = rrb.Spatial2DView(origin=entities.IMAGE, name='Camera',
                              contents=['$origin/**', f'- {entities.PARTS}/**', f'+ {entities.JOINTS}', f'+ {entities.BONES_SEEN}'])
    parts = rrb.Spatial2DView(origin=entities.IMAGE, name='Body parts', contents=[entities.COLOR, entities.PARTS])
    label = rrb.TextDocumentView(origin=entities.LABEL, name='Exercise')
    course = rrb.StateTimelineView(origin=entities.COURSE, name='Exercise over time')
    done = rrb.Horizontal(rrb.TextDocumentView(origin=entities.SET_TEXT, name='Set'),
                          rrb.TimeSeriesView(origin=entities.SET_ANGLES, name='Its angles, degrees'),
                          rrb.TimeSeriesView(origin=entities.COUNT, name='Repetitions'), column_shares=[2, 3, 2], name='Set')
    plots = rrb.Tabs(done, rrb.TimeSeriesView(origin=entities.PROBABILITIES, name='Probabilities'),
                     rrb.TimeSeriesView(origin=entities.ANGLES, name='Joint angles, degrees'),
                     rrb.TimeSeriesView(origin=entities.LATENCY, name='Latency of each stage, ms'))
    panel = rrb.TimePanel(state='collapsed', timeline='stamp', play_state='following' if live else 'playing')
    beside = rrb.Vertical(rrb.Tabs(image, parts), label, course, plots, row_shares=[5, 1.6, 1.9, 3])
    return rrb.Blueprint(rrb.Horizontal(seen, beside, column_shares=[3, 2]), panel, collapse_panels=True)
