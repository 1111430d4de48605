"""Options declared once: type, default, range, unit, text."""

import ast
import dataclasses
from dataclasses import dataclass
from pathlib import Path

import pytest

from poseformer_ros.errors import BadInput
from poseformer_ros.options import check, facts, option, problem_with


@dataclass(frozen=True)
class Options:
    """One of each kind."""

    share: float = option(0.5, 0.0, 1.0, 'a share')
    reach: float = option(1.5, 0.1, None, 'how far', unit='m')
    count: int = option(3, 1, 10, 'how many')
    fast: bool = option(False, text='whether to hurry')
    mode: str = option('near', choices=('near', 'far'), text='which way', live=False)
    path: str = option('', text='any folder')
    place: tuple = option((0.0, 0.0, 1.0), -2.0, 2.0, 'where', unit='m')

    def __post_init__(self) -> None:
        check(self)


FIELDS = {field.name: field for field in dataclasses.fields(Options)}


@pytest.mark.parametrize('values', [
    {}, {'share': 0.0}, {'share': 1.0}, {'share': 1}, {'reach': 1e6}, {'count': 1}, {'count': 10}, {'fast': True},
    {'mode': 'far'}, {'path': '/somewhere'}, {'place': (-2.0, 2.0, 1)},
])
def test_value_inside_is_taken_as_it_is(values):
    options = Options(**values)
    for name, value in values.items():
        assert getattr(options, name) == value


@pytest.mark.parametrize(('name', 'value', 'said'), [
    ('share', -0.001, '-0.001 is outside [0.0, 1.0]; choose a value inside'),
    ('share', 1.001, 'outside'), ('share', float('nan'), 'outside'), ('share', float('inf'), 'outside'),
    ('share', '0.5', "'0.5' is not a float; give a value like 0.5"), ('share', True, 'True is not a float'),
    ('share', None, 'None is not a float'),
    ('reach', 0.0, '0.0 is outside [0.1, None] m; choose a value inside'), ('reach', float('inf'), 'outside'),
    ('count', 0, 'outside [1, 10]'), ('count', 11, 'outside'), ('count', 2.0, '2.0 is not a int'),
    ('count', True, 'True is not a int'),
    ('fast', 1, '1 is not a bool'), ('fast', 'yes', "'yes' is not a bool"),
    ('mode', 'Near', "'Near' is not known; choose one of near, far"), ('mode', '', 'choose one of'),
    ('path', 7, '7 is not a str'),
    ('place', (0.0, 0.0), 'has 2 numbers, wanted 3'), ('place', (0.0, 0.0, 2.1), 'outside [-2.0, 2.0] m'),
    ('place', (0.0, float('nan'), 0.0), 'outside'), ('place', [0.0, 0.0, 0.0], 'is not a tuple'),
])
def test_value_that_cannot_be_used_is_named_with_the_remedy(name, value, said):
    with pytest.raises(BadInput) as error:
        Options(**{name: value})
    assert str(error.value).startswith(f'Options.{name}: ') and said in str(error.value)
    assert problem_with(FIELDS[name], value) in str(error.value)


def test_good_value_has_no_problem():
    assert all(problem_with(field, field.default) == '' for field in FIELDS.values())


def test_what_was_declared_can_be_read():
    known = facts(FIELDS['reach'])
    assert (known.text, known.low, known.high, known.unit, known.choices, known.live) == ('how far', 0.1, None, 'm', (), True)
    assert facts(FIELDS['mode']).choices == ('near', 'far') and not facts(FIELDS['mode']).live


def test_changed_copy_is_checked_too():
    with pytest.raises(BadInput, match='Options.count'):
        dataclasses.replace(Options(), count=100)


SUFFIXES = {'m': '_m', 's': '_s', 'Hz': '_hz', 'rad': '_rad', 'px': '_px', 'm/s': '_m_s', 'rad/s': '_rad_s', 'MB': '_mb'}
STATED_OTHERWISE = {'1/m', 's/s', 'grey levels'}


def declared_options():
    """(module, name, unit) of every option in the package, read from the source."""
    for path in (Path(__file__).parents[2] / 'src' / 'poseformer_ros').rglob('*.py'):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == 'option':
                unit = next((word.value.value for word in node.value.keywords if word.arg == 'unit'), '')
                yield path.stem, node.target.id, unit


def test_a_number_with_a_unit_says_it_in_its_name():
    with_unit = [(module, name, unit) for module, name, unit in declared_options() if unit not in ('', *STATED_OTHERWISE)]
    assert len(with_unit) > 60
    assert [entry for entry in with_unit if not entry[1].endswith(SUFFIXES[entry[2]])] == []
