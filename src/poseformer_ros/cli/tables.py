"""Tables of times for people."""

from collections.abc import Iterable, Sequence

import numpy as np

PERCENTILES = (50, 95, 99)


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; columns are padded so that it reads well in a terminal too."""
    lines = [list(map(str, head)), *(list(map(str, row)) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    padded = ['| ' + ' | '.join(word.ljust(width) for word, width in zip(line, widths, strict=True)) + ' |' for line in lines]
    return '\n'.join([padded[0], '|' + '|'.join('-' * (width + 2) for width in widths) + '|', *padded[1:]]) + '\n'


def percentile_row(name: str, values_ms: Sequence[float]) -> tuple[str, ...]:
    """Name and percentiles in milliseconds."""
    return (name, *(f'{np.percentile(values_ms, p):.1f}' for p in PERCENTILES))


def stage_rows(nodes: Iterable) -> list[tuple[str, ...]]:
    """Processor time per picture of each node that worked."""
    return [percentile_row(f'{node.get_name()} (processor time)', list(node.health.cpu_ms))
            for node in nodes if node.health.cpu_ms]
