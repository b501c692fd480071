"""What `/` means: parses a filter into terms that a row must all match. Pure.

A term is a regular expression (tui/pattern.py), found in any cell without regard to case; `!term` must not match, `~term` has its letters
in that order anywhere, `column:term` looks in one column. Terms are separated by spaces.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from core.record import Record
from tui.pattern import Pattern, fuzzy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.listing.column import Column
    from tui.listing.row import Row


_COLUMN: Final = re.compile(r"!?(?P<name>[^\W\d]\w*):(?!//)")


class Term(Record):
    """One condition on a row; `column` None means any cell."""

    pattern: Pattern
    column: int | None = None
    inverse: bool = False

    def matches(self, row: Row) -> bool:
        """Whether the row meets this condition."""
        # Cells are lines of one text, so that ^ and $ mean a cell's ends and one search does for the whole row.
        text = "\n".join(row.cells) if self.column is None else row.cells[self.column]
        return self.pattern.is_in(text) is not self.inverse


class Filter(Record):
    """All terms of a filter, and the text they came from; without terms it lets every row pass."""

    text: str = ""
    terms: tuple[Term, ...] = ()
    only_faults: bool = False

    def matches(self, row: Row) -> bool:
        """Whether the row is shown."""
        return (row.is_fault or not self.only_faults) and all(term.matches(row) for term in self.terms)


NO_FILTER: Final = Filter()


def parse(text: str, columns: Sequence[Column]) -> Filter:
    """The filter a person typed. What isn't a regular expression yet is looked for as it stands."""
    text = text.strip()
    return Filter(text, tuple(_term(word, columns) for word in text.split() if word.strip("!~")))


def _term(word: str, columns: Sequence[Column]) -> Term:
    inverse = word.startswith("!")
    word = word.removeprefix("!")
    column, word = _column_of(word, columns)
    if word.startswith("~"):
        return Term(fuzzy(word[1:]), column, inverse)
    return Term(Pattern(word), column, inverse)


def _column_of(word: str, columns: Sequence[Column]) -> tuple[int | None, str]:
    name, colon, value = word.partition(":")
    for index, column in enumerate(columns):
        if colon and name.casefold() in {column.id.casefold(), column.title.casefold()}:
            return index, value
    return None, word


def unknown_column(text: str, columns: Sequence[Column]) -> str:
    """A sentence about the first `column:term` of a filter that names none; empty where each does. What it finds it finds all the same."""
    names = [column.id for column in columns]
    for word in text.split():
        named = _COLUMN.match(word)
        if named is None or _column_of(word.lstrip("!"), columns)[0] is not None:
            continue
        near = get_close_matches(named["name"].casefold(), names, n=1)
        there_is = f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}."
        return f"There is no column {named['name']}: {there_is}"
    return ""
