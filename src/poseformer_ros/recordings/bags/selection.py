"""Which topics are recorded or replayed."""

import re
from collections.abc import Set
from dataclasses import dataclass

from poseformer_ros.errors import BadInput


@dataclass(frozen=True)
class Selection:
    """A choice among topics, by absolute name.

    profile: names; None for all that there are. hidden: those that only a topic named in `topics` brings in. topics: more names.
    regex: an expression that may stand anywhere in further names. exclude: the same for names that are left out whatever else says.
    """

    profile: Set[str] | None = None
    hidden: Set[str] = frozenset()
    topics: Set[str] = frozenset()
    regex: str = ''
    exclude: str = ''

    def __post_init__(self) -> None:
        for what in ('regex', 'exclude'):
            try:
                re.compile(getattr(self, what))
            except re.error as error:
                raise BadInput(f'{what} {getattr(self, what)!r}: {error}; give a regular expression, as "/camera/.*"') from error

    def wants(self, name: str) -> bool:
        """Whether a topic is chosen."""
        if self.exclude and re.search(self.exclude, name):
            return False
        if name in self.topics:
            return True
        in_profile = self.profile is None or name in self.profile
        return name not in self.hidden and (in_profile or bool(self.regex and re.search(self.regex, name)))


def names_in(text: str) -> tuple[str, ...]:
    """Names that are separated by commas or spaces."""
    return tuple(re.findall(r'[^\s,]+', text))
