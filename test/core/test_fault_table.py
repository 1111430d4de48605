"""Every case of docs/faults.md has a test that is there."""

import ast
import functools
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# A row of a case: its name, what comes, file and name of its test.
ROWS = re.findall(r'^\| (.+?) \| .+ \| `(\S+)::(test_\w+)` \|$', (ROOT / 'docs' / 'faults.md').read_text(), re.MULTILINE)
LEAST_CASES = 90


@functools.cache
def names_in(file: str) -> set[str]:
    return {node.name for node in ast.parse((ROOT / 'test' / file).read_text()).body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(('case', 'file', 'name'), ROWS)
def test_the_test_of_a_case_is_there(case, file, name):
    assert name in names_in(file)


def test_cases_are_many_and_each_is_named_once():
    cases = [case for case, _, _ in ROWS]
    assert len(cases) == len(set(cases)) >= LEAST_CASES
    said = int(re.search(r'tries it: (\d+) cases', (ROOT / 'docs' / 'faults.md').read_text()).group(1))
    assert said == len(cases)
