"""Tables of times for people."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from tabulate import tabulate

PERCENTILES = (50, 95, 99)


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; columns are padded so that it reads well in a terminal too."""
    return tabulate(list(rows), list(head), tablefmt='github', disable_numparse=True) + '\n'


def percentile_row(name: str, values_ms: Sequence[float]) -> tuple[str, ...]:
    """Name and percentiles in milliseconds."""
    return (name, *(f'{np.percentile(values_ms, p):.1f}' for p in PERCENTILES))


def stage_rows(health: Mapping[str, Mapping[str, str]], stages: Iterable[str]) -> list[tuple[str, ...]]:
    """Processor time per image of each stage that worked, from what it said of itself in the diagnostics."""
    return [(f'{stage} (processor time)', *(health[stage][f'cpu p{p} [ms]'] for p in PERCENTILES))
            for stage in stages if f'cpu p{PERCENTILES[0]} [ms]' in health.get(stage, {})]
