"""Tables in text files, as programs write them and as spreadsheets save them.

Commas stand between cells and points in numbers; or, where a spreadsheet of another language saved the file, `;` or tabs stand
between cells and commas in numbers. A first line `sep=;` tells which. UTF-8, with a byte order mark or without, or UTF-16 with one.
"""

import codecs
import csv
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from poseformer_ros.errors import BadInput

SEPARATORS = (';', '\t', ',')       # the first of them that the first line holds stands between its cells
TOLD_BY = 'sep='                    # a line of Excel's


@dataclass(frozen=True)
class Line:
    """A line that is not empty. number: in the file, from 1. cells: without blanks around them."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Lines:
    """All lines of a file that are not empty, and what stands between their cells."""

    path: Path
    separator: str
    lines: tuple[Line, ...]

    def bad(self, line: Line, what: str) -> BadInput:
        """An error that names the line."""
        return BadInput(f'{self.path}: line {line.number}: {what}')


@dataclass(frozen=True)
class Table:
    """Lines below a head, which names the columns."""

    rows: Lines
    columns: tuple[str, ...]

    def texts(self, column: str) -> list[str]:
        """The cells of a column."""
        place = self.columns.index(column)
        return [line.cells[place] for line in self.rows.lines]

    def numbers(self, columns: tuple[str, ...]) -> np.ndarray:
        """(lines, columns) of these columns, NaN where a cell is empty. Raises BadInput that names the line."""
        places = [self.columns.index(column) for column in columns]
        cells = [[line.cells[place] for place in places] for line in self.rows.lines]
        return numbers_of(self.rows, cells).reshape(-1, len(columns))


def read_lines(path: Path, remedy: str) -> Lines:
    """The lines of a table without a head. Raises BadInput, which ends with the remedy, for an empty file and what is no text."""
    text = _text(path, remedy)
    told = text[:text.find('\n')].strip() if text.startswith(TOLD_BY) else ''
    body = text[text.find('\n') + 1:] if told else text
    first = next((line for line in body.splitlines() if line.strip()), '')
    separator = told.removeprefix(TOLD_BY).strip() or next((one for one in SEPARATORS if one in first), ',')
    if separator not in SEPARATORS:
        raise BadInput(f'{path}: {told!r} is not known; save it with commas between the cells')
    reader = csv.reader(io.StringIO(body, newline=''), delimiter=separator, strict=True)
    lines, before = [], 1 if told else 0
    try:
        for cells in reader:
            if any(map(str.strip, cells)):
                lines.append(Line(before + reader.line_num, tuple(map(str.strip, cells))))
    except csv.Error as error:
        raise BadInput(f'{path}: line {before + reader.line_num}: {error}; {remedy}') from error
    if not lines:
        raise BadInput(f'{path}: is empty; {remedy}')
    return Lines(path, separator, tuple(lines))


def read_table(path: Path, needed: tuple[str, ...], remedy: str) -> Table:
    """A table with a head. Raises BadInput, which ends with the remedy, where a column that is needed is not there or one is there
    twice, and where a line has not as many cells as the head."""
    rows = read_lines(path, remedy)
    head, *lines = rows.lines
    columns = head.cells
    while not columns[-1]:
        columns = columns[:-1]          # what a spreadsheet leaves of columns that were cleared
    missing = [name for name in needed if name not in columns]
    if missing:
        raise rows.bad(head, f'has no column {missing[0]}; {remedy}')
    twice = [name for name in columns if columns.count(name) > 1]
    if twice:
        raise rows.bad(head, f'column {twice[0]!r} is there twice; keep one')
    for line in lines:
        if len(line.cells) < len(columns) or any(line.cells[len(columns):]):
            raise rows.bad(line, f'has {len(line.cells)} cells, the head {len(columns)}; {_cells_remedy(rows.separator)}')
    return Table(Lines(path, rows.separator, tuple(lines)), columns)


def numbers_of(rows: Lines, cells: list[list[str]]) -> np.ndarray:
    """The numbers in cells (lines, columns), one list for each of the lines; NaN where a cell is empty.

    Between other separators than commas a comma is a decimal one, unless points are there too. Raises BadInput that names the line.
    """
    comma = rows.separator != ',' and _written_with_commas(rows, cells)
    numbers = []
    for line, words in zip(rows.lines, cells, strict=True):
        try:
            numbers.append([float((word.replace(',', '.') if comma else word) or 'nan') for word in words])
        except ValueError as error:
            raise rows.bad(line, f'{error}; give numbers with a decimal point') from error
    return np.array(numbers, np.float64)


def _written_with_commas(rows: Lines, cells: list[list[str]]) -> bool:
    """Whether numbers have decimal commas. Raises BadInput where some have commas and some points: one may mark thousands."""
    commas, points = ([line for line, words in zip(rows.lines, cells, strict=True) if any(mark in word for word in words)]
                      for mark in ',.')
    if commas and points:
        raise rows.bad(points[0], f'has a point in a number, line {commas[0].number} a comma: which marks the decimals? Save the '
                                  'numbers without marks for thousands')
    return bool(commas)


def _cells_remedy(separator: str) -> str:
    return ('save it again; with decimal commas put ; between the cells' if separator == ',' else 'save it again')


def _text(path: Path, remedy: str) -> str:
    try:
        content = path.read_bytes()
        return content.decode('utf-16' if content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else 'utf-8-sig')
    except FileNotFoundError as error:
        raise BadInput(f'{path}: no such file; {remedy}') from error
    except OSError as error:
        raise BadInput(f'{path}: {error.strerror}; {remedy}') from error
    except UnicodeDecodeError as error:
        raise BadInput(f'{path}: is no text in UTF-8 ({error}); save it as CSV UTF-8') from error
