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


class Order:
    """Row ids sorted by key, ties by id; `descending` reads from its end those that have a value."""

    def __init__(self) -> None:
        """Start empty."""
        self._entries: list[tuple[Sortable, str]] = []
        self._keys: dict[str, Sortable] = {}
        self.descending = False

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, row_id: str) -> bool:
        return row_id in self._keys

    def at(self, place: int) -> str:
        """The id that stands at a place."""
        return self._entries[self._mirrored(place)][1]

    def window(self, start: int, stop: int) -> list[str]:
        """The ids from `start` up to `stop`."""
        return [self.at(place) for place in range(max(start, 0), min(stop, len(self)))]

    def place(self, row_id: str) -> int | None:
        """Where an id stands, None if it is not shown."""
        key = self._keys.get(row_id)
        return None if key is None else self._mirrored(bisect_left(self._entries, (key, row_id)))

    def put(self, row_id: str, key: Sortable) -> tuple[int | None, int]:
        """Insert or move an id; gives its old place, if it had one, and its new place."""
        old = self.place(row_id)
        if self._keys.get(row_id) != key:
            self._take(row_id)
            insort(self._entries, (key, row_id))
            self._keys[row_id] = key
        new = self.place(row_id)
        assert new is not None
        return old, new

    def drop(self, row_id: str) -> int | None:
        """Take an id out; gives the place it had."""
        old = self.place(row_id)
        self._take(row_id)
        return old

    def replace(self, entries: list[tuple[Sortable, str]], keys: dict[str, Sortable]) -> None:
        """Take over what `build` made."""
        self._entries, self._keys = entries, keys

    def keep(self, row_ids: Container[str]) -> None:
        """Take out all others."""
        self._entries = [entry for entry in self._entries if entry[1] in row_ids]
        self._keys = {row_id: key for row_id, key in self._keys.items() if row_id in row_ids}

    def _take(self, row_id: str) -> None:
        key = self._keys.pop(row_id, None)
        if key is not None:
            del self._entries[bisect_left(self._entries, (key, row_id))]

    def _mirrored(self, place: int) -> int:
        """The place read from the end; what has no value stays at the end either way."""
        if not self.descending:
            return place
        valued = bisect_left(self._entries, ((True, ""), ""))
        return valued - 1 - place if place < valued else place


class Built:
    """What `build` made: sorted entries, their keys, and the widest cell of each column."""

    def __init__(self, columns: int) -> None:
        """Start with nothing seen."""
        self.entries: list[tuple[Sortable, str]] = []
        self.keys: dict[str, Sortable] = {}
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
    runs: list[list[tuple[Sortable, str]]] = [[]]
    slice_ = Slice(clock, slice_s)
    remaining = iter(rows)
    while chunk := list(islice(remaining, _CHUNK)):
        for row in chunk:
            if matches.matches(row):
                key = row.sort_key(column)
                built.keys[row.id] = key
                runs[-1].append((key, row.id))
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
