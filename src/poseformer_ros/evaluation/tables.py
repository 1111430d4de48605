"""Tables of times for people."""

from collections.abc import Iterable, Mapping, Sequence

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


def stage_rows(health: Mapping[str, Mapping[str, str]], stages: Iterable[str]) -> list[tuple[str, ...]]:
    """Processor time per image of each stage that worked, from what it said of itself in the diagnostics."""
    return [(f'{stage} (processor time)', *(health[stage][f'cpu p{p} [ms]'] for p in PERCENTILES))
            for stage in stages if f'cpu p{PERCENTILES[0]} [ms]' in health.get(stage, {})]
