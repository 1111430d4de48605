"""A report as blocks, written as Markdown and as one HTML file that holds its plots."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from tabulate import tabulate

STYLE = ('body{font-family:sans-serif;max-width:70em;margin:2em auto;padding:0 1em;color:#222}'
         'table{border-collapse:collapse;margin:1em 0}td,th{border:1px solid #ccc;padding:.25em .6em;text-align:left;font-size:90%}'
         'th{background:#f2f2f2}img{max-width:100%}')


@dataclass(frozen=True)
class Heading:
    """A title of this level, 1 the highest."""

    text: str
    level: int = 2


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class Table:
    """head: of the columns. rows: of texts."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Plot:
    """A PNG image. name: of its file beside the Markdown, without ending."""

    name: str
    png: bytes
    text: str


Block = Heading | Text | Table | Plot


def markdown(blocks: Sequence[Block], plot_folder: str) -> str:
    """The report as Markdown; plots are files in a folder beside it."""
    return '\n\n'.join(_markdown(block, plot_folder) for block in blocks) + '\n'


def html(blocks: Sequence[Block], title: str) -> str:
    """The report as one HTML file."""
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
    return (f'<!doctype html>\n<html lang="en"><head>{head}</head><body>\n' + '\n'.join(map(_html, blocks)) + '\n</body></html>\n')


def _markdown(block: Block, plot_folder: str) -> str:
    match block:
        case Heading(text, level):
            return f'{"#" * level} {text}'
        case Text(text):
            return text
        case Table(head, rows):
            return tabulate(list(rows), list(head), tablefmt='github', disable_numparse=True)
        case Plot(name, _, text):
            return f'![{text}]({plot_folder}/{name}.png)'


def _html(block: Block) -> str:
    match block:
        case Heading(text, level):
            return f'<h{level}>{escape(text)}</h{level}>'
        case Text(text):
            return f'<p>{escape(text)}</p>'
        case Table(head, rows):
            lines = [_row('th', head), *(_row('td', row) for row in rows)]
            return f'<table>{"".join(lines)}</table>'
        case Plot(_, png, text):
            return f'<img alt="{escape(text)}" src="data:image/png;base64,{base64.b64encode(png).decode()}">'


def _row(kind: str, cells: Sequence[str]) -> str:
    return '<tr>' + ''.join(f'<{kind}>{escape(str(cell))}</{kind}>' for cell in cells) + '</tr>'
