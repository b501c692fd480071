"""One table as the operator left it: rows, sorting, filter, cursor, marks and scroll, kept over every change of the data.

The cursor belongs to a row, not to a line. A row that vanishes under it is held, dimmed, until the cursor moves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.record import replace
from tui.listing.filter import NO_FILTER, Filter, parse
from tui.listing.layout import arranged
from tui.listing.order import Order, build, widen

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Generator, Iterable, Sequence

    from tui.listing.column import Column
    from tui.listing.layout import Choice
    from tui.listing.order import Built
    from tui.listing.row import Row


class Listing:
    """What a table widget paints. Every change of rows, filter or sorting leaves cursor, marks and scroll in place.

    Large work is left to `work`, which a caller runs slice by slice; until it is done the old order is shown.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        sort: str | None = None,
        *,
        descending: bool = False,
        kind_of: Callable[[str], object] | None = None,
        is_fixed: bool = False,
    ) -> None:
        """Start without rows, sorted by the named column, else by the first; for good, where it `is_fixed`.

        Where rows are of several kinds, by their ids, marked ones are of one.
        """
        self._columns_at_first: Final = tuple(columns)
        self.columns = self._columns_at_first
        #: The columns' indexes in the order in which they are shown.
        self.column_order = tuple(range(len(self.columns)))
        self.rows: dict[str, Row] = {}
        self.filter: Filter = NO_FILTER
        self.sort_column = self._index(sort) if sort else 0
        self.widths = [0] * len(self.columns)
        self.marks: set[str] = set()
        self.is_fixed: Final = is_fixed
        self._kind_of: Final = kind_of or (lambda _: None)
        self.cursor: str | None = None
        self.top = 0
        self.scrolled_columns = 0
        self.work: Generator[None, None, None] | None = None
        #: Whether a filter was set by which the rows are not chosen yet.
        self.is_narrowing = False
        self._order = Order(self.sort_column)
        self._order.descending = descending
        self._held: Row | None = None
        self._mark_anchor: str | None = None
        self._changed_during_work: set[str] = set()

    # Reading

    def __len__(self) -> int:
        return len(self._order)

    @property
    def descending(self) -> bool:
        """Whether the largest comes first."""
        return self._order.descending

    @property
    def matching(self) -> int:
        """How many existing rows pass the filter; the held one is not counted."""
        return len(self._order) - (self._held is not None)

    @property
    def only_faults(self) -> bool:
        """Whether only rows that need attention are shown."""
        return self.filter.only_faults

    def is_narrowed(self) -> bool:
        """Whether some rows may be hidden."""
        return bool(self.filter.terms) or self.filter.only_faults

    def cursor_place(self) -> int | None:
        """The line of the cursor among all lines."""
        return None if self.cursor is None else self._order.place(self.cursor)

    def place_of(self, row_id: str) -> int | None:
        """The line of a row, None where it isn't shown."""
        return self._order.place(row_id)

    def window(self, start: int, stop: int) -> list[Row]:
        """The rows of some lines; a held row looks dimmed."""
        return [self._row(row_id) for row_id in self._order.window(start, stop)]

    def visible_ids(self, start: int, stop: int) -> list[str]:
        """The ids of the rows of some lines."""
        return self._order.window(start, stop)

    def is_gone(self, row_id: str) -> bool:
        """Whether this row no longer exists and is only still shown."""
        return row_id not in self.rows

    def targets(self) -> tuple[str, ...]:
        """What a verb acts on: the marked rows, sorted, else the row of the cursor unless it is gone."""
        if self.marks:
            return tuple(sorted(self.marks))
        return (self.cursor,) if self.cursor is not None and not self.is_gone(self.cursor) else ()

    # Data

    def apply(self, changed: Iterable[Row], removed: Iterable[str]) -> None:
        """Take over changes of rows, each of which is put where it belongs: of many, a part at a time."""
        changed, removed = list(changed), list(removed)
        before = self.cursor_place()
        for row in changed:
            self.rows[row.id] = row
        for row_id in removed:
            self._remove(row_id)
        if self.work is not None:
            self._changed_during_work.update(row.id for row in changed)
            self._changed_during_work.update(removed)
        for row in changed:
            self._place(row)
        if self.cursor is None:
            self.move_to(0)
        self._stay_in_line(before)

    def fill(self, rows: dict[str, Row], clock: Callable[[], float]) -> None:
        """Take over all rows anew."""
        kept: Container[str] = rows
        if self.cursor is not None and self.cursor not in rows:
            kept = {*rows, self.cursor}
            self._held = self._held or self.rows.get(self.cursor)
        if any(row_id not in rows for row_id in self.rows):
            self._order.keep(kept)
        self.marks &= rows.keys()
        self.rows = rows
        self._build(clock)

    def renew(self, row: Row) -> bool:
        """Take over how a row looks now, where it stands; says whether it needs more room than any before it."""
        self.rows[row.id] = row
        return widen(self.widths, row)

    def let_go(self) -> None:
        """Keep no rows until they are filled in anew, only how the table was left."""
        self.rows, self.work, self._held = {}, None, None
        self.is_narrowing = False
        self._order.clear()

    def set_filter(self, text: str, clock: Callable[[], float]) -> None:
        """Show only the rows that match; the cursor stays on its row if that still matches."""
        self._narrow(replace(parse(text, self.columns), only_faults=self.filter.only_faults), clock)

    def show_faults(self, only: bool, clock: Callable[[], float]) -> None:
        """Show only rows that need attention, or all."""
        self._narrow(replace(self.filter, only_faults=only), clock)

    def _narrow(self, to: Filter, clock: Callable[[], float]) -> None:
        if to != self.filter:
            self.filter = to
            self._held = None
            self.is_narrowing = True
            self._build(clock, hold=False)

    def sort_by(self, column: int, clock: Callable[[], float]) -> None:
        """Sort by a column; a second time turns the order round."""
        if self.is_fixed:
            return
        if column == self.sort_column:
            self.reverse()
            return
        self.sort_column = column % len(self.columns)
        self._build(clock)

    def reverse(self) -> None:
        """Turn the order round."""
        if not self.is_fixed:
            self._order.descending = not self._order.descending

    def run(self) -> None:
        """Do all waiting work now."""
        for _ in self.work or ():
            pass

    def arrange(self, choices: Sequence[Choice], *, has_clusters: bool = False) -> None:
        """Show the columns as they were chosen, else as it suits one cluster or several."""
        self.columns, self.column_order = arranged(self._columns_at_first, choices, has_clusters=has_clusters)

    # Cursor and marks

    def move_to(self, place: int) -> None:
        """Put the cursor on a line, or as near as there is one; lets go of a held row."""
        if not len(self._order):
            self.cursor = None
            return
        row_id = self._order.at(min(max(place, 0), len(self._order) - 1))
        if self._held is not None and (row_id != self._held.id or len(self._order) == 1):
            self._release()
        if row_id in self._order:
            self.cursor = row_id
        elif not len(self._order):
            # The held row was the only one.
            self.cursor = None

    def follow(self, height: int) -> None:
        """Scroll as little as needed for the cursor to be among `height` lines."""
        if not len(self._order):
            return
        place = self.cursor_place() or 0
        self.top = min(max(self.top, place - height + 1), place)
        self.top = max(0, min(self.top, len(self._order) - height))

    def forget_gone(self) -> None:
        """Let go of a row that is gone; the cursor is then on the one that stands in its place."""
        if self.cursor is not None and self.is_gone(self.cursor):
            place = self.cursor_place() or 0
            self._order.drop(self.cursor)
            self._held = self.cursor = None
            self.move_to(place)

    def mark(self) -> None:
        """Mark the row of the cursor, or unmark it; a later `mark_range` starts here."""
        for row_id in self._markable(self.cursor):
            if self._goes_with_marks(row_id):
                self.marks ^= {row_id}
                self._mark_anchor = row_id

    def mark_range(self) -> None:
        """Mark everything from the last mark to the cursor."""
        start = self._order.place(self._mark_anchor) if self._mark_anchor else None
        stop = self.cursor_place()
        if start is None or stop is None:
            self.mark()
            return
        ids = self._order.window(min(start, stop), max(start, stop) + 1)
        kind = self._kind_of(self._mark_anchor) if self._mark_anchor else None
        self.marks |= {row_id for row_id in ids if not self.is_gone(row_id) and self._kind_of(row_id) == kind}

    def clear_marks(self) -> None:
        """Unmark everything."""
        self.marks.clear()
        self._mark_anchor = None

    # The parts

    def _index(self, column_id: str) -> int:
        return [column.id for column in self.columns].index(column_id)

    def _row(self, row_id: str) -> Row:
        row = self._shown(row_id)
        assert row is not None
        return replace(row, dim=True) if self._held is not None and row_id == self._held.id else row

    def _markable(self, row_id: str | None) -> tuple[str, ...]:
        return () if row_id is None or self.is_gone(row_id) else (row_id,)

    def _goes_with_marks(self, row_id: str) -> bool:
        """Whether all that is marked is of the same kind."""
        marked = next(iter(self.marks), None)
        return marked is None or self._kind_of(marked) == self._kind_of(row_id)

    def _remove(self, row_id: str) -> None:
        row = self.rows.pop(row_id, None)
        self.marks.discard(row_id)
        if row is None or row_id not in self._order:
            return
        if row_id == self.cursor:
            self._held = row
        else:
            self._order.drop(row_id)

    def _place(self, row: Row) -> None:
        if self.filter.matches(row):
            if self._held is not None and row.id == self._held.id:
                self._held = None
        elif row.id == self.cursor and row.id in self._order:
            self._held = row
        else:
            self._order.drop(row.id)
            return
        widen(self.widths, row)
        self._order.put(row)

    def _release(self) -> None:
        if self._held is not None:
            self._order.drop(self._held.id)
            self._held = None

    def _build(self, clock: Callable[[], float], *, hold: bool = True) -> None:
        """Begin to filter and sort everything; what was begun before is forgotten."""
        self._changed_during_work = set()
        self.work = self._building(clock, hold)
        for _ in self.work:
            return

    def _building(self, clock: Callable[[], float], hold: bool) -> Generator[None, None, None]:
        rows = list(self.rows.values())
        built = yield from build(rows, self.filter, self.sort_column, len(self.columns), clock)
        self._take_over(built, hold)

    def _take_over(self, built: Built, hold: bool) -> None:
        before = self.cursor_place()
        under_cursor = self._shown(self.cursor) if self.cursor is not None else None
        self.work = None
        self.is_narrowing = False
        self._held = None
        self._order.replace(built)
        self.widths = built.widths
        for row_id in sorted(self._changed_during_work):
            row = self.rows.get(row_id)
            if row is None:
                self._order.drop(row_id)
            else:
                self._place(row)
        if hold and under_cursor is not None and under_cursor.id not in self._order:
            self._held = under_cursor
            self._order.put(under_cursor)
        if self.cursor_place() is None:
            self.cursor = None
            # What was narrowed down to is looked at from its beginning, wherever the cursor was before.
            self.move_to(before or 0 if hold else 0)
        self._stay_in_line(before)

    def _stay_in_line(self, before: int | None) -> None:
        """Scroll with the cursor's row, so that what moves above it does not move what is read."""
        now = self.cursor_place()
        if self.top and before is not None and now is not None:
            self.top = max(0, self.top + now - before)

    def _shown(self, row_id: str) -> Row | None:
        if self._held is not None and row_id == self._held.id:
            return self.rows.get(row_id, self._held)
        return self.rows.get(row_id)
