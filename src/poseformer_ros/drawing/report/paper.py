"""The report as a PDF of A4 pages."""

import io
from collections.abc import Sequence
from pathlib import Path

from fpdf import FPDF
from fpdf.fonts import FontFace

from poseformer_ros.drawing.report.content import CAUTIONS, AssessedSession, Section

FAULTY = FontFace(fill_color=(255, 241, 241), color=(185, 28, 28))
DRAWING_MM, TEXT_MM = 58.0, 5.0
DRAWN_HIGH_MM = 62.0
FIRST_COLUMN = 2.5      # width of what was held, in those of the repetitions
LAST_COLUMN = 3.2       # width of what was found, in those of the others
WORD = 6.5              # letters that a column of the usual width holds


class _Paper(FPDF):
    def footer(self) -> None:
        """Page number."""
        self.set_y(-12)
        self.set_font('helvetica', size=8)
        self.cell(0, 6, f'page {self.page_no()}', align='C')


def write_paper(session: AssessedSession, sections: Sequence[Section], path: Path) -> None:
    """Write the report's PDF."""
    paper = _Paper(format='A4')
    paper.set_margin(14)
    paper.add_page()
    _text(paper, f'Exercise report: {session.patient}, {session.day}', 16, 'B')
    for one in sections:
        _section(paper, one)
    _text(paper, 'How to read this', 12, 'B')
    for line in CAUTIONS:
        _text(paper, '- ' + line, 8)
    _text(paper, "Figures in brackets rest on a joint that was not seen at that moment. The person's left is drawn in blue.", 8)
    _text(paper, f'Made by {session.made_by}. Every figure stands in figures.csv.', 8)
    paper.output(str(path))


def _text(paper: FPDF, text: str, size: float, style: str = '') -> None:
    paper.set_font('helvetica', style, size)
    paper.multi_cell(0, size * 0.5, text.encode('latin-1', 'replace').decode('latin-1'), new_x='LMARGIN', new_y='NEXT', align='L')


def _section(paper: FPDF, one: Section) -> None:
    paper.ln(3)
    _text(paper, one.title, 13, 'B')
    for number, line in enumerate(one.summary):
        _text(paper, line, 10, '' if number else 'B')
    paper.ln(2)
    if one.rows:
        _table(paper, one)
    _drawings(paper, one)
    if one.held:
        _held(paper, one)
    for title, lines in (('Since earlier sessions', one.trend), ('Notes', one.marks)):
        if lines:
            _text(paper, title, 10, 'B')
            for line in lines:
                _text(paper, '- ' + line, 9)


def _table(paper: FPDF, one: Section) -> None:
    paper.set_font('helvetica', size=7.5)
    widths = (*(max(1.0, max(map(len, title.split())) / WORD) for title in one.head[:-1]), LAST_COLUMN)
    aligns = (*['RIGHT'] * (len(one.head) - 1), 'LEFT')
    with paper.table(col_widths=widths, text_align=aligns, line_height=4.0, padding=0.6) as table:
        table.row(one.head)
        for fault, cells in one.rows:
            table.row(cells, style=FAULTY if fault else None)
    paper.ln(3)


def _held(paper: FPDF, one: Section) -> None:
    _text(paper, 'How the rest of the body was held, in each repetition: mean / range', 10, 'B')
    paper.set_font('helvetica', size=7.5)
    columns = len(one.held_head) - 1
    with paper.table(col_widths=(FIRST_COLUMN, *[1.0] * columns), text_align=('LEFT', *['RIGHT'] * columns), line_height=4.0,
                     padding=0.6) as table:
        for cells in (one.held_head, *one.held):
            table.row(cells)
    paper.ln(3)


def _drawings(paper: FPDF, one: Section) -> None:
    """Three in a row."""
    for first in range(0, len(one.drawings), 3):
        if paper.will_page_break(DRAWN_HIGH_MM + 14):
            paper.add_page()
        top = paper.get_y()
        for place, drawing in enumerate(one.drawings[first:first + 3]):
            left = paper.l_margin + place * (DRAWING_MM + 3)
            paper.image(io.BytesIO(drawing.svg.encode()), x=left, y=top, w=DRAWING_MM, h=DRAWN_HIGH_MM, keep_aspect_ratio=True)
            paper.set_xy(left, top + DRAWN_HIGH_MM)
            paper.set_font('helvetica', size=8)
            paper.multi_cell(DRAWING_MM, 3.6, f'{drawing.title}: {drawing.sentence}', align='L')
        paper.set_y(top + DRAWN_HIGH_MM + 14)
