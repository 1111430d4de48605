"""A reader of .trc files by the rules of OpenSim 4, for the tests of what we write."""

import numpy as np


def opensim_reads(text: str) -> tuple[dict[str, str], list[str], np.ndarray, np.ndarray]:
    """Head, marker names, times and markers (T, M, 3), by the rules of OpenSim 4's reader.

    Cells end at tabs and a last cell without one is taken only if it is not empty; head lines are read without their empty
    cells; a row has two cells and three for each marker; a marker with an empty cell is not there.
    """
    lines = text.split('\n')

    def cells(line: str) -> list[str]:
        *ended, last = line.split('\t')
        return ended + ([last] if last else [])
    assert cells(lines[0])[0] == 'PathFileType'
    head = dict(zip((c for c in cells(lines[1]) if c), (c for c in cells(lines[2]) if c), strict=True))
    assert list(head) == ['DataRate', 'CameraRate', 'NumFrames', 'NumMarkers', 'Units', 'OrigDataRate', 'OrigDataStartFrame',
                          'OrigNumFrames']
    labels = [c for c in cells(lines[3]) if c]
    assert labels[:2] == ['Frame#', 'Time']
    count = int(head['NumMarkers'])
    assert [c for c in cells(lines[4]) if c] == [f'{axis}{k}' for k in range(1, count + 1) for axis in 'XYZ']
    assert lines[5] == ''
    rows = [cells(line) for line in lines[6:] if cells(line)]
    assert all(len(row) == 2 + 3 * count for row in rows)
    assert [row[0] for row in rows] == [str(k) for k in range(1, len(rows) + 1)]
    markers = [[[float(c) for c in row[k:k + 3]] if all(row[k:k + 3]) else [np.nan] * 3 for k in range(2, len(row), 3)]
               for row in rows]
    return head, labels[2:], np.array([float(row[1]) for row in rows]), np.array(markers)
