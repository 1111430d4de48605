"""Tables as spreadsheets save them; numbers are compared with what was typed into the cells."""

import numpy as np
import pytest

from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.own_joints.joint_file import read_joint_file
from poseformer_ros.recordings.table_file import read_table
from poseformer_ros.skeleton.joints import JOINT

PLAIN = 'stamp_s,pelvis_x,pelvis_y,pelvis_z\n0,0.5,-0.25,2.5\n0.033,0.51,,2.5\n'
GERMAN = 'stamp_s;pelvis_x;pelvis_y;pelvis_z\r\n0;0,5;-0,25;2,5\r\n0,033;0,51;;2,5\r\n'
WAYS = {
    'plain': PLAIN.encode(),
    'byte order mark': PLAIN.encode('utf-8-sig'),
    'semicolons, decimal commas': GERMAN.encode(),
    'sep line': ('sep=;\r\n' + GERMAN).encode('utf-8-sig'),
    'sep line of commas': ('sep=,\n' + PLAIN).encode(),
    'semicolons, decimal points': PLAIN.replace(',', ';').encode(),
    'unicode text of Excel': GERMAN.replace(';', '\t').encode('utf-16'),
    'quoted': b'"stamp_s","pelvis_x","pelvis_y","pelvis_z"\n"0","0.5","-0.25","2.5"\n"0.033","0.51","","2.5"\n',
    'cleared columns and lines': GERMAN.replace('\r\n', ';;\r\n').encode() + b';;;;;\r\n;;;;;\r\n',
    'blanks': PLAIN.replace(',', ' , ').encode(),
    'no newline at the end, empty lines': ('\n' + PLAIN.replace('\n', '\n\n')).rstrip().encode(),
}


@pytest.mark.parametrize('content', WAYS.values(), ids=WAYS)
def test_joints_are_read_however_a_spreadsheet_saved_them(tmp_path, content):
    path = tmp_path / 'joints.csv'
    path.write_bytes(content)
    stamps, skeletons = read_joint_file(path)
    assert stamps.tolist() == [0.0, 0.033]
    np.testing.assert_array_equal(skeletons[0].positions[JOINT['pelvis']], [0.5, -0.25, 2.5])
    assert np.isnan(skeletons[1].positions).all()


BAD = {
    'empty file': (b'', 'is empty'),
    'only a mark': (b'\xef\xbb\xbf', 'is empty'),
    'only blank lines': (b'\n ; ;\n', 'is empty'),
    'latin letters': (PLAIN.replace('pelvis_x', 'hüfte').encode('latin-1'), 'CSV UTF-8'),
    'another separator': (b'sep=|\n' + PLAIN.replace(',', '|').encode(), "'sep=|'"),
    'decimal commas between commas': (GERMAN.replace(';', ',').encode(), r'line 2: has 7 cells, the head 4; .*put ; between'),
    'quoted decimal commas between commas': (b'stamp_s,pelvis_x,pelvis_y,pelvis_z\n"0,1","0,5",1,2\n', "line 2: .*'0,1'.*point"),
    'thousands': (GERMAN.replace('0,51', '1.000,51').encode(), r'line 3: has a point in a number, line 2 a comma'),
    'points and commas': (GERMAN.replace('0,033', '0.033').encode(), 'line 3: has a point in a number, line 2 a comma'),
    'a line that was cut': (PLAIN.encode()[:-5], 'line 3: has 3 cells, the head 4'),
    'a cell too many': (PLAIN.replace('-0.25', '-0.25,9').encode(), 'line 2: has 5 cells'),
    'a column twice': (PLAIN.replace('pelvis_y', 'pelvis_x').encode(), "line 1: column 'pelvis_x' is there twice"),
    'after a sep line': (b'sep=;\n\n' + GERMAN.replace('0,51', 'here').encode(), "line 5: .*'here'"),
    'no head': (b'0,0.5,-0.25,2.5\n', 'line 1: has no column stamp_s'),
    'a quote that does not end': (PLAIN.replace('0.51', '"0.51').encode(), 'line 3'),
    'binary': (bytes(range(256)), 'CSV UTF-8'),
}


@pytest.mark.parametrize('content, said', BAD.values(), ids=BAD)
def test_what_is_not_clear_is_refused_with_its_line(tmp_path, content, said):
    path = tmp_path / 'joints.csv'
    path.write_bytes(content)
    with pytest.raises(BadInput, match=said) as error:
        read_joint_file(path)
    assert str(error.value).startswith(f'{path}: ') and '; ' in str(error.value) or '? ' in str(error.value)


def test_words_may_hold_commas_and_points(tmp_path):
    """Only numbers tell what marks the decimals."""
    path = tmp_path / 'labels.csv'
    path.write_text('recording;label;begin_s\nmonday.bag;arms, both;0,5\n')
    table = read_table(path, ('recording', 'begin_s'), 'give labels')
    assert table.texts('label') == ['arms, both'] and table.numbers(('begin_s',)).tolist() == [[0.5]]


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(BadInput, match=r'gone.csv: no such file; give labels'):
        read_table(tmp_path / 'gone.csv', (), 'give labels')
    with pytest.raises(BadInput, match='directory'):
        read_table(tmp_path, (), 'give labels')
