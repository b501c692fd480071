"""A line of a table as a value: what each cell says, how it is meant, and what it sorts by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

Sortable = tuple[bool, "str | float | tuple[str | int, ...]"]
SortValue = str | float | tuple[str | int, ...] | None

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


@dataclass(frozen=True, slots=True)
class Row:
    """One thing, by its id. `cells` are safe one-line texts in the order of the columns.

    `tones` and `sort` may be empty: plain cells, sorted by their text, so that `web-9` comes before `web-10`. A None in `sort`
    comes after every value; an empty text there stands for the cell's own, so that nothing is kept twice.
    """

    id: str
    cells: tuple[str, ...]
    tones: tuple[Tone, ...] = ()
    sort: tuple[SortValue, ...] = ()
    dim: bool = False

    @property
    def is_fault(self) -> bool:
        """Whether any of its cells needs attention."""
        return Tone.BAD in self.tones or Tone.WARN in self.tones

    def tone(self, column: int) -> Tone:
        """How a cell is meant."""
        return self.tones[column] if self.tones else Tone.PLAIN

    def sort_key(self, column: int) -> Sortable:
        """What the row sorts by in a column."""
        value = self.sort[column] if self.sort else ""
        if value == "":
            value = natural(self.cells[column])
        return (True, "") if value is None else (False, value)


@lru_cache(maxsize=8192)
def natural(text: str) -> tuple[str | int, ...]:
    """A sort value in which `web-9` comes before `web-10`."""
    parts = _NUMBER.split(text.casefold())
    return tuple(int(part) if odd % 2 else part for odd, part in enumerate(parts))
