"""The rows that are shown, sorted: where each one stands, and how that changes. Pure.

`build` sorts and filters any number of rows in slices of a few milliseconds, so that keys are answered in between.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

from tui.slices import SLICE_S, Slice

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Generator, Iterable

    from tui.listing.filter import Filter
    from tui.listing.row import Row, Sortable

#: A cell that says nothing.
NOTHING: Final = "–"
_CHUNK: Final = 128


#: A row's sort key and its id in one: of 100,000 rows two tuples each are felt.
Entry = tuple[bool, "str | float | tuple[str | int, ...]", str]


class Order:
    """Row ids sorted by key, ties by id; `descending` reads from its end those that have a value."""

    def __init__(self) -> None:
        """Start empty."""
        self._entries: list[Entry] = []
        self._by_id: dict[str, Entry] = {}
        self.descending = False

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, row_id: str) -> bool:
        return row_id in self._by_id

    def at(self, place: int) -> str:
        """The id that stands at a place."""
        return self._entries[self._mirrored(place)][2]

    def window(self, start: int, stop: int) -> list[str]:
        """The ids from `start` up to `stop`."""
        return [self.at(place) for place in range(max(start, 0), min(stop, len(self)))]

    def place(self, row_id: str) -> int | None:
        """Where an id stands, None if it is not shown."""
        entry = self._by_id.get(row_id)
        return None if entry is None else self._mirrored(bisect_left(self._entries, entry))

    def put(self, row_id: str, key: Sortable) -> tuple[int | None, int]:
        """Insert or move an id; gives its old place, if it had one, and its new place."""
        old, entry = self.place(row_id), (*key, row_id)
        if self._by_id.get(row_id) != entry:
            self._take(row_id)
            insort(self._entries, entry)
            self._by_id[row_id] = entry
        new = self.place(row_id)
        assert new is not None
        return old, new

    def drop(self, row_id: str) -> int | None:
        """Take an id out; gives the place it had."""
        old = self.place(row_id)
        self._take(row_id)
        return old

    def replace(self, entries: list[Entry], by_id: dict[str, Entry]) -> None:
        """Take over what `build` made."""
        self._entries, self._by_id = entries, by_id

    def keep(self, row_ids: Container[str]) -> None:
        """Take out all others."""
        self._entries = [entry for entry in self._entries if entry[2] in row_ids]
        self._by_id = {entry[2]: entry for entry in self._entries}

    def _take(self, row_id: str) -> None:
        entry = self._by_id.pop(row_id, None)
        if entry is not None:
            del self._entries[bisect_left(self._entries, entry)]

    def _mirrored(self, place: int) -> int:
        """The place read from the end; what has no value stays at the end either way."""
        if not self.descending:
            return place
        valued = bisect_left(self._entries, (True, "", ""))
        return valued - 1 - place if place < valued else place


class Built:
    """What `build` made: sorted entries, the same by their ids, and the widest cell of each column."""

    def __init__(self, columns: int) -> None:
        """Start with nothing seen."""
        self.entries: list[Entry] = []
        self.by_id: dict[str, Entry] = {}
        self.widths = [0] * columns


def build(
    rows: Iterable[Row],
    matches: Filter,
    column: int,
    columns: int,
    clock: Callable[[], float],
    slice_s: float = SLICE_S,
) -> Generator[None, None, Built]:
    """Filter, measure and sort rows, yielding whenever a slice of time is used up; returns the result."""
    built = Built(columns)
    runs: list[list[Entry]] = [[]]
    slice_ = Slice(clock, slice_s)
    remaining = iter(rows)
    while chunk := list(islice(remaining, _CHUNK)):
        for row in chunk:
            if matches.matches(row):
                entry = built.by_id[row.id] = (*row.sort_key(column), row.id)
                runs[-1].append(entry)
                widen(built.widths, row)
        if slice_.is_over():
            runs[-1].sort()
            runs.append([])
            yield
            slice_.begin()
    runs[-1].sort()
    if len(runs) == 1:
        built.entries = runs[0]
        return built
    merged = merge(*runs)
    while sorted_chunk := list(islice(merged, _CHUNK)):
        built.entries += sorted_chunk
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
