"""The legend of colours in docs/view.md: python tools/view/draw_legend.py docs/images/colours.png"""

import sys

import cv2

from poseformer_ros.drawing.legend import draw_legend

cv2.imwrite(sys.argv[1], draw_legend())
