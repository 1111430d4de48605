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
    """Write report.html, report.pdf and figures.csv; with pyarrow figures.parquet, with the extra `fhir` observations.json.

    Returns their paths.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sections = sections_of(session, earlier)
    page, paper, table = (folder / name for name in ('report.html', 'report.pdf', 'figures.csv'))
    page.write_text(_page(session, sections))
    write_paper(session, sections, paper)
    rows = figures(session)
    with open(table, 'w', newline='') as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(FIGURE_COLUMNS)
        writer.writerows(rows)
    return [page, paper, table, *([_parquet(rows, folder / 'figures.parquet')] if _is_installed('pyarrow') else []),
            *([_observations(session, folder / 'observations.json')] if _is_installed('fhir') else [])]


def _is_installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None


def _page(session: AssessedSession, sections: Sequence[Section]) -> str:
    template = Environment(autoescape=True).from_string(TEMPLATE.read_text())
    return template.render(session=session, sections=sections, cautions=CAUTIONS)


def _parquet(rows: Sequence[tuple], path: Path) -> Path:
    import pyarrow
    import pyarrow.parquet
    columns = list(zip(*rows)) if rows else [()] * len(FIGURE_COLUMNS)
    pyarrow.parquet.write_table(pyarrow.table(dict(zip(FIGURE_COLUMNS, map(list, columns)))), path)
    return path


def _observations(session: AssessedSession, path: Path) -> Path:
    from poseformer_ros.drawing.report.fhir import fhir_bundle
    path.write_text(fhir_bundle(session).model_dump_json(indent=1))
    return path
