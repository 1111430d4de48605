"""Writes a report: page, paper and tables."""

import csv
import importlib.util
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment

from poseformer_ros.drawing.report.content import CAUTIONS, FIGURE_COLUMNS, AssessedSession, Section, figures, sections_of
from poseformer_ros.drawing.report.paper import write_paper

TEMPLATE = Path(__file__).parent / 'page.html'


def write_report(session: AssessedSession, earlier: Sequence[AssessedSession], folder: Path) -> list[Path]:
    """Write report.html, report.pdf, figures.csv and, with pyarrow, figures.parquet; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    sections = sections_of(session, earlier)
    page, paper, table, parquet = (folder / name for name in ('report.html', 'report.pdf', 'figures.csv', 'figures.parquet'))
    page.write_text(_page(session, sections))
    write_paper(session, sections, paper)
    rows = figures(session)
    with open(table, 'w', newline='') as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(FIGURE_COLUMNS)
        writer.writerows(rows)
    return [page, paper, table, *([_parquet(rows, parquet)] if importlib.util.find_spec('pyarrow') else [])]


def _page(session: AssessedSession, sections: Sequence[Section]) -> str:
    template = Environment(autoescape=True).from_string(TEMPLATE.read_text())
    return template.render(session=session, sections=sections, cautions=CAUTIONS)


def _parquet(rows: Sequence[tuple], path: Path) -> Path:
    import pyarrow
    import pyarrow.parquet
    columns = list(zip(*rows)) if rows else [()] * len(FIGURE_COLUMNS)
    pyarrow.parquet.write_table(pyarrow.table(dict(zip(FIGURE_COLUMNS, map(list, columns)))), path)
    return path
