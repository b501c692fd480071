"""The table: paints a Listing line by line, and repaints only the lines that look different.

It scrolls by itself instead of being a ScrollView: a change of `virtual_size` is a layout of the whole screen, and a
table of live rows changes its size all the time. No state here is `reactive` for the same reason.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING, Final

from textual.geometry import Size
from textual.message import Message

from tui.listing.column import fit, wide
from tui.slices import Slice
from tui.turns import Turns
from tui.widgets.flashes import FLASH_S, Flashes
from tui.widgets.rows import Line, Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from textual import events
    from textual.geometry import Region
    from textual.strip import Strip
    from textual.timer import Timer
    from textual.worker import Worker

    from tui.glyphs import Glyphs
    from tui.listing.column import Slot
    from tui.listing.listing import Listing
    from tui.listing.row import Row

#: Beside the cells: the mark on the left, the scroll bar on the right.
_MARGIN: Final = 2
_WHEEL_LINES: Final = 3
#: As long as a row that is gone stays under the cursor.
_GONE_S: Final = 10.0
#: Between two slices of making rows anew: several times a slice, since nobody waits for it.
_FRESHEN_PAUSE_S: Final = 0.05


class Table(Rows, can_focus=True):
    """A live table of any number of rows. It has no keys of its own: commands call its methods."""

    @dataclass
    class Changed(Message):
        """Something that titles and headers show is different: columns, counts, sorting, filter."""

        table: Table

        def can_replace(self, message: Message) -> bool:
            """One of these in the queue is enough."""
            return isinstance(message, Table.Changed)

    class Sorted(Message):
        """The operator chose an order."""

    class Opened(Message):
        """The operator wants to go into the row of the cursor."""

    def __init__(self, listing: Listing, glyphs: Glyphs, turns: Turns | None = None) -> None:
        """Show a listing; its columns, rows, cursor and filter come with it. Much work waits for its turns."""
        super().__init__(glyphs, listing.columns)
        self._turns: Final = turns or Turns()
        self.listing = listing
        self.is_wide = False
        self._fitted_to = Size(0, 0)
        #: Makes a row anew by its id, as it is now: ages and use are brought up to date only where they are seen.
        self.freshen: Callable[[str], Row | None] = self.listing.rows.get
        #: Said where rows would be, when there are none.
        self.empty_text: Callable[[], str] = str
        self._fresh: set[str] = set()
        self._has_grown = False
        self._seen: tuple[Listing, str] | None = None
        #: The listing whose filter was ended with Enter: the row under the cursor is then chosen, though not painted yet.
        self._chosen_in: Listing | None = None
        #: The row under the cursor that is gone, and since when it has been seen to be; None in place of the row that is there.
        self._gone: tuple[str | None, float] | None = None
        self._flashes = Flashes()
        self._flash_timer: Timer | None = None
        self._freshen_timer: Timer | None = None
        self._told: object = None
        self._worker: Worker[None] | None = None

    # What commands call

    def show(self, listing: Listing, freshen: Callable[[str], Row | None]) -> None:
        """Show another listing, as it was left."""
        self.listing, self.columns = listing, listing.columns
        self.freshen = freshen
        # A table without a size yet is painted later: not with the lines and columns of the listing before.
        self.slots, self.looks = (), []
        self._fresh.clear()
        self._flashes = Flashes()
        self._flashes.restless = frozenset(n for n, column in enumerate(self.columns) if column.is_restless)
        self._update()

    def apply(self, changed: Sequence[Row], removed: Iterable[str] = ()) -> None:
        """Take over changes of rows; cells on the screen that changed are coloured for a moment."""
        self._note_changes(changed)
        self._fresh.update(row.id for row in changed)
        self.listing.apply(changed, removed)
        self._update()

    def fill(self, rows: dict[str, Row]) -> None:
        """Take over all rows anew, as they are now."""
        self._note_changes(rows[look.row.id] for look in self.looks if look.row and look.row.id in rows)
        self._fresh.clear()
        self.listing.fill(rows, time.perf_counter)
        self._update()

    def set_filter(self, text: str) -> None:
        """Show only matching rows."""
        self.listing.set_filter(text, time.perf_counter)
        self._update()

    def choose(self, text: str) -> None:
        """The same, where the operator is done with typing: what verbs then act on is the row that it leaves the cursor on."""
        self._chosen_in = self.listing
        self.set_filter(text)

    def clear_filter(self) -> None:
        """Show all rows again."""
        self.listing.show_faults(False, time.perf_counter)
        self.set_filter("")

    def toggle_faults(self) -> None:
        """Show only rows that need attention, or all."""
        self.listing.show_faults(not self.listing.only_faults, time.perf_counter)
        self._update()

    def sort_by(self, column: int) -> None:
        """Sort by a column, a second time the other way round."""
        self.listing.sort_by(column, time.perf_counter)
        self._update()
        self.post_message(self.Sorted())

    def show_highest(self, column_id: str) -> None:
        """Sort by a column, the highest first."""
        column = [column.id for column in self.columns].index(column_id)
        if column != self.listing.sort_column:
            self.listing.sort_by(column, time.perf_counter)
        if not self.listing.descending:
            self.listing.reverse()
        self._update()

    def sort_next(self, step: int) -> None:
        """Sort by the next shown column to the right (1) or left (-1)."""
        shown = [slot.index for slot in self.slots] or [self.listing.sort_column]
        here = shown.index(self.listing.sort_column) if self.listing.sort_column in shown else 0
        self.sort_by(shown[(here + step) % len(shown)])

    def reverse(self) -> None:
        """Turn the order round."""
        self.listing.reverse()
        self._update()
        self.post_message(self.Sorted())

    def toggle_wide(self) -> None:
        """All columns at full width, or as many as fit."""
        self.is_wide = not self.is_wide
        self.listing.scrolled_columns = 0
        self._update()

    def scroll_columns(self, step: int) -> None:
        """Scroll sideways by columns; the first one stays."""
        most = len(self.listing.columns) - 2
        self.listing.scrolled_columns = min(max(self.listing.scrolled_columns + step, 0), max(most, 0))
        self._update()

    def move(self, lines: int) -> None:
        """Move the cursor down, or up for negative numbers."""
        self.move_to(max(0, (self.listing.cursor_place() or 0) + lines))

    def move_to(self, place: int) -> None:
        """Put the cursor on a line; -1 is the last."""
        self.listing.move_to(len(self.listing) - 1 if place == -1 else max(place, 0))
        if self.listing.cursor is not None:
            self._seen = (self.listing, self.listing.cursor)
        self._update()

    def move_to_row(self, row_id: str) -> None:
        """Put the cursor on a row, if it is shown."""
        place = self.listing.place_of(row_id)
        if place is not None:
            self.move_to(place)

    def page(self) -> int:
        """How many lines a page is."""
        return max(1, self.size.height - 1)

    def mark(self) -> None:
        """Mark or unmark the row of the cursor."""
        self.listing.mark()
        self._update()

    def mark_range(self) -> None:
        """Mark from the last mark to the cursor."""
        self.listing.mark_range()
        self._update()

    def clear_marks(self) -> None:
        """Unmark everything."""
        self.listing.clear_marks()
        self._update()

    def targets(self) -> tuple[str, ...]:
        """What a verb acts on. The cursor counts only where the operator put it or could see it, and once a filter has its rows."""
        if self.listing.marks or (
            self.listing.cursor is not None
            and self._seen == (self.listing, self.listing.cursor)
            and not self.listing.is_narrowing
        ):
            return self.listing.targets()
        return ()

    @property
    def is_unseen(self) -> bool:
        """Whether there is a row that a verb would act on, had it been on the screen when the key came."""
        return not self.targets() and bool(self.listing.targets())

    def update_title(self) -> None:
        """Have titles told that they are out of date."""
        self.post_message(self.Changed(self))

    def tick(self) -> None:
        """Time went on: make what is seen anew, unless that is still being done."""
        if self._freshen_timer is None:
            self._fresh.clear()
        self._forget_gone()
        self.paint(self._look())
        self._widen()

    def _forget_gone(self) -> None:
        """Let go of a row that has been gone for a while: nobody is about to press a key for it, and what it says is past."""
        gone = self.listing.cursor if self.listing.cursor not in self.listing.rows else None
        if self._gone is None or self._gone[0] != gone:
            self._gone = (gone, time.monotonic())
        elif gone is not None and time.monotonic() - self._gone[1] > _GONE_S:
            self.listing.forget_gone()
            self._update()

    # Changes

    def _note_changes(self, changed: Iterable[Row]) -> None:
        visible = {line.row.id: line.row for line in self.looks if line.row is not None}
        self._flashes.note(changed, visible, time.monotonic())
        if self._flashes and self._flash_timer is None:
            self._flash_timer = self.set_timer(FLASH_S, self._end_flashes)

    def _end_flashes(self) -> None:
        self._flashes.end(time.monotonic())
        self._flash_timer = self.set_timer(FLASH_S / 3, self._end_flashes) if self._flashes else None
        self.paint(self._look())

    def _update(self) -> None:
        """Bring columns, scroll and screen in line with the listing, and let waiting work go on."""
        if not self.size:
            return
        listing, slots = self.listing, self.slots
        self._fit()
        if slots != self.slots:
            self.paint_anew()
        self._see_what_was_chosen()
        self.paint(self._look())
        if listing.work is not None and self._worker is None:
            self._worker = self.run_worker(self._work)
        shown = (listing, self.slots, listing.matching, len(listing.rows), listing.sort_column, listing.descending,
                 listing.filter, len(listing.marks))  # fmt: skip
        if shown != self._told:
            self._told = shown
            self.post_message(self.Changed(self))

    def _see_what_was_chosen(self) -> None:
        """What a filter led to was meant, also by keys that came before it was painted."""
        if self._chosen_in is not self.listing:
            self._chosen_in = None
        elif not self.listing.is_narrowing:
            self._chosen_in = None
            if self.listing.cursor is not None:
                self._seen = (self.listing, self.listing.cursor)

    def _fit(self) -> None:
        """Choose columns and the part of the rows for the size that there is."""
        self._fitted_to = self.size
        self.slots = self._fitting()
        self.listing.follow(self.size.height)

    def _fitting(self) -> tuple[Slot, ...]:
        """The columns that are shown, and their widths."""
        listing, available = self.listing, self.size.width - _MARGIN
        if self.is_wide or listing.scrolled_columns:
            skip = listing.scrolled_columns
            return wide(listing.columns, listing.widths, available, skip, listing.column_order)
        return fit(listing.columns, listing.widths, available, listing.column_order, listing.sort_column)

    async def _work(self) -> None:
        """Run the listing's work slice by slice; keys are answered in between."""
        while self.listing.work is not None:
            next(self.listing.work, None)
            if self.listing.work is not None:
                await self._turns.next()
        self._worker = None
        self._update()

    def _look(self) -> list[Line]:
        listing, height = self.listing, self.size.height
        self._freshen(listing.visible_ids(listing.top, listing.top + height))
        rows: list[Row | None] = [*listing.window(listing.top, listing.top + height)]
        rows += [None] * (height - len(rows))
        thumb = self._thumb(height)
        words = [] if len(listing) else ["", *wrap(self.empty_text(), max(1, self.size.width - 6))]
        return [
            Line(None, thumb=y in thumb, words=words[y] if y < len(words) else "")
            if row is None
            else Line(
                row,
                row.id == listing.cursor,
                row.id in listing.marks,
                listing.is_gone(row.id),
                self._flashes.of(row.id),
                y in thumb,
            )
            for y, row in enumerate(rows)
        ]

    def _freshen(self, row_ids: Sequence[str]) -> None:
        """Make rows anew that are seen, a slice of time at once: the row of a service of 5,000 tasks takes 20 ms."""
        slice_ = Slice(time.perf_counter)
        for row_id in row_ids:
            if row_id in self._fresh or self.listing.is_gone(row_id):
                continue
            if slice_.is_over():
                if self._freshen_timer is None:
                    self._freshen_timer = self.set_timer(_FRESHEN_PAUSE_S, self._go_on_freshening)
                return
            self._fresh.add(row_id)
            if (row := self.freshen(row_id)) is not None and self.listing.renew(row):
                self._has_grown = True

    def _go_on_freshening(self) -> None:
        self._freshen_timer = None
        self.paint(self._look())
        self._widen()

    def _widen(self) -> None:
        """Give columns more room whose cells have become longer."""
        if self._has_grown:
            self._has_grown = False
            self._update()

    def _thumb(self, height: int) -> range:
        total = len(self.listing)
        if total <= height:
            return range(0)
        length = max(1, height * height // total)
        start = (height - length) * self.listing.top // max(1, total - height)
        return range(start, start + length)

    # Events

    def render_line(self, y: int) -> Strip:
        """One line; a row that the cursor is on has been seen."""
        line = self.looks[y] if y < len(self.looks) else None
        if line is not None and line.is_cursor and line.row is not None:
            self._seen = (self.listing, line.row.id)
        return super().render_line(y)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Lines for the size that they are drawn in: it is told after they are drawn for the first time."""
        if self.size != self._fitted_to:
            self._fit()
            self.looks = self._look()
        return super().render_lines(crop)

    def on_resize(self) -> None:
        """Columns, and the cursor's place on the screen, depend on the size."""
        if self.size != self._fitted_to:
            self.paint_anew()
        self._update()

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor, a second one opens."""
        place = self.listing.top + event.y
        if place >= len(self.listing):
            return
        self.move_to(place)
        if event.chain > 1:
            self.post_message(self.Opened())

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the cursor, which always stays on the screen."""
        event.stop()
        self.move(_WHEEL_LINES)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """As down."""
        event.stop()
        self.move(-_WHEEL_LINES)
