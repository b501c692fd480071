"""A line of a table as a value: what each cell says, how it is meant, and what it sorts by."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from core.record import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

Sortable = tuple[bool, "str | float | tuple[str | int, ...]"]
SortValue = str | float | tuple[str | int, ...] | None

#: Places of sort values that are no row's own.
_OF_ITS_TEXT: Final = -2
_OF_NOTHING: Final = -1
_NO_VALUE: Final[Sortable] = (True, "")
_NUMBER: Final = re.compile(r"(\d{1,18})")


class Tone(StrEnum):
    """What a cell means; a theme gives it a colour, its words carry the meaning without one."""

    PLAIN = "plain"
    GOOD = "good"
    BUSY = "busy"
    WARN = "warn"
    BAD = "bad"
    DIM = "dim"
    KEY = "key"


class Paint(str):
    """A colour of the operator's choosing, as a background: a name or `#rrggbb`."""

    __slots__ = ()


class Row(Record):
    """One thing, by its id. `cells` are safe one-line texts in the order of the columns.

    `tones` and `sort` may be empty: plain cells, sorted by their text, so that `web-9` comes before `web-10`. A None among the
    sort values comes after all others; an empty text stands for the cell's own, so that nothing is kept twice.
    """

    id: str
    cells: tuple[str, ...]
    tones: tuple[Tone, ...] = ()
    sort: tuple[SortValue, ...] = ()
    dim: bool = False
    #: Where the sort values of the columns stand in `sort`, if not one after the other: see `packed`.
    sort_places: tuple[int, ...] = ()

    @property
    def is_fault(self) -> bool:
        """Whether any of its cells needs attention."""
        return Tone.BAD in self.tones or Tone.WARN in self.tones

    def tone(self, column: int) -> Tone:
        """How a cell is meant."""
        return self.tones[column] if self.tones else Tone.PLAIN

    def sort_value(self, column: int) -> SortValue:
        """The sort value of a column."""
        if not self.sort_places:
            return self.sort[column] if self.sort else ""
        place = self.sort_places[column]
        if place < 0:
            return "" if place == _OF_ITS_TEXT else None
        return self.sort[place]

    def sort_key(self, column: int) -> Sortable:
        """What the row sorts by in a column."""
        value = self.sort_value(column)
        if value == "":
            return by_text(self.cells[column])
        return _NO_VALUE if value is None else _valued(value)


def packed(values: Sequence[SortValue]) -> tuple[tuple[SortValue, ...], tuple[int, ...]]:
    """Sort values for a Row, and their places: most columns of most rows need none of their own."""
    own: list[SortValue] = []
    places: list[int] = []
    for value in values:
        if value == "":
            places.append(_OF_ITS_TEXT)
        elif value is None:
            places.append(_OF_NOTHING)
        else:
            places.append(len(own))
            own.append(value)
    return tuple(own), _once(tuple(places))


@lru_cache(maxsize=1024)
def _once(places: tuple[int, ...]) -> tuple[int, ...]:
    return places


@lru_cache(maxsize=8192)
def _valued(value: str | float | tuple[str | int, ...]) -> Sortable:
    """The key of a value: one for all rows that sort alike, as those of one status do."""
    return False, value


def by_text(text: str) -> Sortable:
    """The key of a cell that sorts by its own text."""
    return _valued(natural(text))


@lru_cache(maxsize=8192)
def natural(text: str) -> tuple[str | int, ...]:
    """A sort value in which `web-9` comes before `web-10`."""
    parts = _NUMBER.split(text.casefold())
    return tuple(int(part) if odd % 2 else part for odd, part in enumerate(parts))
