"""A body as lines, from the front and from its left side, as SVG; nobody can be recognised in it."""

from collections.abc import Collection

import numpy as np

from poseformer_ros.skeleton.joints import BONES, JOINT, JOINT_NAMES

PIXELS_PER_M, MARGIN, GAP = 90.0, 14.0, 34.0
INK, FAULT, LEFT_SIDE = '#4a5568', '#d62828', '#2b6cb0'
HIDDEN = ('left_collarbone', 'right_collarbone')


def body_svg(joints: np.ndarray, marked: Collection[str]) -> str:
    """An SVG of joints (24, 3) in the room, y up; the left limbs in blue, bones between marked joints and the joints themselves in
    red."""
    across = joints[JOINT['left_hip']] - joints[JOINT['right_hip']]
    heading = np.arctan2(-across[2], across[0])
    c, s = np.cos(heading), np.sin(heading)
    own = (joints - joints[JOINT['pelvis']]) @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    own[:, 1] += joints[JOINT['pelvis'], 1]
    views = (own[:, [0, 1]], own[:, [2, 1]] * [-1, 1])
    lowest, highest = own[:, 1].min(), own[:, 1].max()
    height = (highest - lowest) * PIXELS_PER_M + 2 * MARGIN + 16
    parts, x = [], MARGIN
    for view, name in zip(views, ('front', 'from its left')):
        width = np.ptp(view[:, 0]) * PIXELS_PER_M
        across_m, down_m = view[:, 0] - view[:, 0].min(), highest - view[:, 1]
        places = np.stack([x + across_m * PIXELS_PER_M, MARGIN + down_m * PIXELS_PER_M], axis=1)
        parts += _lines(places, marked)
        parts.append(f'<text x="{x:.0f}" y="{height - 4:.0f}" font-size="11" fill="{INK}">{name}</text>')
        x += max(width, 60.0) + GAP
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{x:.0f}" height="{height:.0f}" viewBox="0 0 {x:.0f} {height:.0f}" '
            f'font-family="sans-serif">{"".join(parts)}</svg>')


def _lines(places: np.ndarray, marked: Collection[str]) -> list[str]:
    parts = []
    for a, b in BONES:
        names = JOINT_NAMES[a], JOINT_NAMES[b]
        color = FAULT if set(names) <= set(marked) else LEFT_SIDE if names[1].startswith('left') else INK
        parts.append(f'<line x1="{places[a, 0]:.1f}" y1="{places[a, 1]:.1f}" x2="{places[b, 0]:.1f}" y2="{places[b, 1]:.1f}" '
                     f'stroke="{color}" stroke-width="{5 if color == FAULT else 3}" stroke-linecap="round"/>')
    head = places[JOINT['head']]
    parts.append(f'<circle cx="{head[0]:.1f}" cy="{head[1] - 4:.1f}" r="9" fill="none" stroke="{INK}" stroke-width="3"/>')
    parts += [f'<circle cx="{places[JOINT[name], 0]:.1f}" cy="{places[JOINT[name], 1]:.1f}" r="5" fill="{FAULT}"/>'
              for name in marked if name in JOINT and name not in HIDDEN]
    return parts
