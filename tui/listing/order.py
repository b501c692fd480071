"""The rows that are shown, sorted: where each one stands, and how that changes. Pure.

`build` sorts and filters any number of rows in slices of a few milliseconds, so that keys are answered in between.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

from tui.listing.row import Sortable
from tui.slices import SLICE_S, Slice

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Generator, Iterable

    from tui.listing.filter import Filter
    from tui.listing.row import Row

#: A cell that says nothing.
NOTHING: Final = "–"
_CHUNK: Final = 128


_Entry = tuple[Sortable, str]


class Order:
    """Row ids sorted by key, ties by id; `descending` reads from its end those that have a value.

    Of 100,000 rows every tuple is felt: there is none for a row here but its key, which rows that sort alike share.
    """

    def __init__(self, column: int) -> None:
        """Start empty."""
        self._ids: list[str] = []
        self._keys: dict[str, Sortable] = {}
        #: Whose keys these are. While rows are sorted by another it is the old one: keys of two columns can't be compared.
        self.column = column
        self.descending = False

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, row_id: str) -> bool:
        return row_id in self._keys

    def at(self, place: int) -> str:
        """The id that stands at a place."""
        return self._ids[_mirrored(place, self._valued())]

    def window(self, start: int, stop: int) -> list[str]:
        """The ids from `start` up to `stop`."""
        valued = self._valued()
        return [self._ids[_mirrored(place, valued)] for place in range(max(start, 0), min(stop, len(self)))]

    def place(self, row_id: str) -> int | None:
        """Where an id stands, None if it is not shown."""
        return _mirrored(self._index(row_id), self._valued()) if row_id in self._keys else None

    def put(self, row: Row) -> None:
        """Insert a row, or move it where its key is another."""
        key = row.sort_key(self.column)
        if self._keys.get(row.id) != key:
            self.drop(row.id)
            self._keys[row.id] = key
            insort(self._ids, row.id, key=self._entry)

    def drop(self, row_id: str) -> None:
        """Take an id out, if it is there."""
        if row_id in self._keys:
            del self._ids[self._index(row_id)]
            del self._keys[row_id]

    def replace(self, built: Built) -> None:
        """Take over what `build` made."""
        self._ids, self._keys, self.column = built.ids, built.keys, built.column

    def clear(self) -> None:
        """Take out all."""
        self._ids, self._keys = [], {}

    def keep(self, row_ids: Container[str]) -> None:
        """Take out all others."""
        self._ids = [row_id for row_id in self._ids if row_id in row_ids]
        self._keys = {row_id: self._keys[row_id] for row_id in self._ids}

    def _entry(self, row_id: str) -> _Entry:
        return self._keys[row_id], row_id

    def _index(self, row_id: str) -> int:
        return bisect_left(self._ids, self._entry(row_id), key=self._entry)

    def _valued(self) -> int:
        """How many are read from their end."""
        if not self.descending:
            return 0
        return bisect_left(self._ids, True, key=lambda row_id: self._keys[row_id][0])


def _mirrored(place: int, valued: int) -> int:
    """The place among the first `valued` read from their end; what has no value stays behind them either way."""
    return valued - 1 - place if place < valued else place


class Built:
    """What `build` made: sorted ids, their keys, and the widest cell of each column."""

    def __init__(self, column: int, columns: int) -> None:
        """Start with nothing seen, to be sorted by one of the columns."""
        self.column = column
        self.ids: list[str] = []
        self.keys: dict[str, Sortable] = {}
        self.widths = [0] * columns

    def entry(self, row_id: str) -> _Entry:
        """What an id is sorted by."""
        return self.keys[row_id], row_id


def build(
    rows: Iterable[Row],
    matches: Filter,
    column: int,
    columns: int,
    clock: Callable[[], float],
    slice_s: float = SLICE_S,
) -> Generator[None, None, Built]:
    """Filter, measure and sort rows, yielding whenever a slice of time is used up; returns the result."""
    built = Built(column, columns)
    runs: list[list[str]] = [[]]
    slice_ = Slice(clock, slice_s)
    remaining = iter(rows)
    while chunk := list(islice(remaining, _CHUNK)):
        for row in chunk:
            if matches.matches(row):
                built.keys[row.id] = row.sort_key(column)
                runs[-1].append(row.id)
                widen(built.widths, row)
        if slice_.is_over():
            runs[-1].sort(key=built.entry)
            runs.append([])
            yield
            slice_.begin()
    runs[-1].sort(key=built.entry)
    if len(runs) == 1:
        built.ids = runs[0]
        return built
    merged = merge(*runs, key=built.entry)
    while sorted_chunk := list(islice(merged, _CHUNK)):
        built.ids += sorted_chunk
        if slice_.is_over():
            yield
            slice_.begin()
    return built


def widen(widths: list[int], row: Row) -> bool:
    """Let the columns' widths grow to a row's cells; says whether any grew."""
    grew = False
    for index, cell in enumerate(row.cells):
        # What says nothing needs no room: a column of nothing else may be left out.
        if (cell != NOTHING and len(cell) > widths[index]) or (cell != NOTHING and not cell.isascii()):
            width = cell_width(cell)
            if width > widths[index]:
                widths[index] = width
                grew = True
    return grew


def cell_width(text: str) -> int:
    """How many terminal cells a safe text takes."""
    return len(text) if text.isascii() else cell_len(text)
