"""Joints as markers in a .trc file (Motion Analysis' Track Row Column), which OpenSim reads.

Form as OpenSim 4 reads and writes it (opensim-core, TRCFileAdapter): five head lines, a blank line, one line a moment; cells end
with tabs; the cells of a marker that is not there are empty.
"""

import numpy as np

from poseformer_ros.silhouette.person import Floor
from poseformer_ros.skeleton.joints import JOINT_COUNT, JOINT_NAMES

MILLIMETRES = 1000.0
HEAD = ('DataRate', 'CameraRate', 'NumFrames', 'NumMarkers', 'Units', 'OrigDataRate', 'OrigDataStartFrame', 'OrigNumFrames')


def opensim_axes(points: np.ndarray, floor: Floor) -> np.ndarray:
    """Points (..., 3) in the optical frame to OpenSim's ground frame, metres: x forward, y up, z right.

    Of a person who faces the camera: x points from the person to the camera along the floor, z to the person's right. The origin is
    the floor's point below the camera.
    """
    away, left, up = floor.axes.T
    return (points - floor.below_camera) @ np.stack([-away, up, left]).T


def trc_text(name: str, positions: np.ndarray, stamps_s: np.ndarray, rate_hz: float) -> str:
    """A file of that name: joints (T, 24, 3) in metres, OpenSim's axes, NaN where not there; it holds millimetres.

    stamps_s: (T,) seconds. rate_hz: nominal.
    """
    count = len(positions)
    values = (f'{rate_hz:g}', f'{rate_hz:g}', str(count), str(JOINT_COUNT), 'mm', f'{rate_hz:g}', '1', str(count))
    lines = [f'PathFileType\t4\t(X/Y/Z)\t{name}', '\t'.join(HEAD), '\t'.join(values),
             'Frame#\tTime\t' + ''.join(f'{joint}\t\t\t' for joint in JOINT_NAMES),
             '\t\t' + ''.join(f'X{k}\tY{k}\tZ{k}\t' for k in range(1, JOINT_COUNT + 1)), '']
    for number, (stamp, markers) in enumerate(zip(stamps_s, positions, strict=True), start=1):
        there = np.isfinite(markers).all(axis=1)
        cells = [f'{value * MILLIMETRES:.3f}\t' if known else '\t' for marker, known in zip(markers, there) for value in marker]
        lines.append(f'{number}\t{stamp:.6f}\t' + ''.join(cells))
    return '\n'.join(lines) + '\n'
