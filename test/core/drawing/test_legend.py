"""The legend of colours in the docs."""

from pathlib import Path

import cv2
import numpy as np

from poseformer_ros.drawing.legend import ENTRIES, ROW, draw_legend
from poseformer_ros.drawing.overlay import STATE_COLORS

DOCS = Path(__file__).parents[3] / 'docs'


def swatches(image: np.ndarray) -> list[tuple[int, ...]]:
    """The colour in the middle of each row's swatch."""
    return [tuple(int(v) for v in image[ROW // 2 + ROW * number + 8, 26]) for number in range(len(ENTRIES))]


def test_every_colour_of_a_joint_is_told_and_no_two_are_alike():
    colors = [color for color, _ in ENTRIES]
    assert set(STATE_COLORS.values()) <= set(colors) and len(set(colors)) == len(colors)
    assert swatches(draw_legend()) == colors


def test_the_image_in_the_docs_is_up_to_date():
    """Otherwise: python tools/view/draw_legend.py docs/images/colours.png"""
    assert swatches(cv2.imread(str(DOCS / 'images' / 'colours.png'))) == [color for color, _ in ENTRIES]
