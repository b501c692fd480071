"""The table: paints a Listing line by line, and repaints only the lines that look different.

It scrolls by itself instead of being a ScrollView: a change of `virtual_size` is a layout of the whole screen, and a
table of live rows changes its size all the time. No state here is `reactive` for the same reason.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui.glyphs import UNICODE, Glyphs
from tui.listing.column import GAP, Align, Column, Slot, fit, wide
from tui.listing.order import cell_width
from tui.listing.row import Row, Tone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from textual import events
    from textual.timer import Timer
    from textual.worker import Worker

    from tui.listing.listing import Listing

#: How long a changed cell stays coloured.
FLASH_S: Final = 1.5
#: Beside the cells: the mark on the left, the scroll bar on the right.
_MARGIN: Final = 2
_WHEEL_LINES: Final = 3


class Line(NamedTuple):
    """Everything that a painted line depends on; a line is repainted when this differs."""

    row: Row | None
    is_cursor: bool = False
    is_marked: bool = False
    changed: frozenset[int] = frozenset()
    thumb: bool = False


class Table(Widget, can_focus=True):
    """A live table of any number of rows. It has no keys of its own: commands call its methods."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "table--cursor",
        "table--cursor-gone",
        "table--changed",
        "table--scrollbar",
        *(f"table--{tone}" for tone in Tone),
    }
    DEFAULT_CSS = """
    Table {
        height: 1fr;
        & > .table--cursor { background: $primary; color: $text; text-style: bold; }
        & > .table--cursor-gone { background: $surface-lighten-2; }
        & > .table--changed { background: $warning 30%; }
        & > .table--scrollbar { color: $primary-darken-1; }
        & > .table--good { color: $text-success; }
        & > .table--busy { color: $text-accent; }
        & > .table--warn { color: $text-warning; }
        & > .table--bad { color: $text-error; text-style: bold; }
        & > .table--dim { color: $text-muted; }
        & > .table--key { color: $text-primary; }
    }
    """

    @dataclass
    class Changed(Message):
        """Something that titles and headers show is different: columns, counts, sorting, filter."""

        table: Table

        def can_replace(self, message: Message) -> bool:
            """One of these in the queue is enough."""
            return isinstance(message, Table.Changed)

    class Opened(Message):
        """The operator wants to go into the row of the cursor."""

    def __init__(self, listing: Listing, *, glyphs: Glyphs = UNICODE, id: str | None = None) -> None:  # noqa: A002  # Textual's own name
        """Show a listing; its columns, rows, cursor and filter come with it."""
        super().__init__(id=id)
        self.listing = listing
        self.slots: tuple[Slot, ...] = ()
        self.is_wide = False
        self._glyphs = glyphs
        self._lines: list[Line] = []
        self._seen: tuple[Listing, str] | None = None
        self._changed_cells: dict[str, tuple[frozenset[int], float]] = {}
        self._flash_timer: Timer | None = None
        self._styles_by_look: dict[tuple[Tone, bool, bool, bool], Style] = {}
        self._told: object = None
        self._worker: Worker[None] | None = None

    # What commands call

    def show(self, listing: Listing) -> None:
        """Show another listing, as it was left."""
        self.listing = listing
        self._changed_cells.clear()
        self._update()

    def apply(self, changed: Sequence[Row], removed: Iterable[str] = ()) -> None:
        """Take over changes of rows; cells on the screen that changed are coloured for a moment."""
        self._note_changes(changed)
        self.listing.apply(changed, removed, time.perf_counter)
        self._update()

    def set_filter(self, text: str) -> None:
        """Show only matching rows."""
        self.listing.set_filter(text, time.perf_counter)
        self._update()

    def sort_by(self, column: int) -> None:
        """Sort by a column, a second time the other way round."""
        self.listing.sort_by(column, time.perf_counter)
        self._update()

    def sort_next(self, step: int) -> None:
        """Sort by the next shown column to the right (1) or left (-1)."""
        shown = [slot.index for slot in self.slots]
        here = shown.index(self.listing.sort_column) if self.listing.sort_column in shown else 0
        self.sort_by(shown[(here + step) % len(shown)])

    def reverse(self) -> None:
        """Turn the order round."""
        self.listing.reverse()
        self._update()

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
        self.move_to((self.listing.cursor_place() or 0) + lines)

    def move_to(self, place: int) -> None:
        """Put the cursor on a line; -1 is the last."""
        self.listing.move_to(len(self.listing) - 1 if place == -1 else max(place, 0))
        if self.listing.cursor is not None:
            self._seen = (self.listing, self.listing.cursor)
        self._update()

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
        """What a verb acts on. The cursor counts only where the operator put it or could see it."""
        if self.listing.marks or (
            self.listing.cursor is not None and self._seen == (self.listing, self.listing.cursor)
        ):
            return self.listing.targets()
        return ()

    def look_again(self, glyphs: Glyphs | None = None) -> None:
        """Paint everything anew: the theme or the characters to draw with have changed."""
        self._glyphs = glyphs or self._glyphs
        self._styles_by_look.clear()
        self._lines = []
        self._update()

    # Changes

    def _note_changes(self, changed: Iterable[Row]) -> None:
        visible = {line.row.id: line.row for line in self._lines if line.row is not None}
        until = time.monotonic() + FLASH_S
        for row in changed:
            old = visible.get(row.id)
            if old is None or old.cells == row.cells:
                continue
            cells = frozenset(n for n, (a, b) in enumerate(zip(old.cells, row.cells, strict=True)) if a != b)
            self._changed_cells[row.id] = (cells, until)
        if self._changed_cells and self._flash_timer is None:
            self._flash_timer = self.set_timer(FLASH_S, self._end_flashes)

    def _end_flashes(self) -> None:
        now = time.monotonic()
        self._changed_cells = {
            each: (cells, until) for each, (cells, until) in self._changed_cells.items() if until > now
        }
        self._flash_timer = self.set_timer(FLASH_S / 3, self._end_flashes) if self._changed_cells else None
        self._repaint()

    def _update(self) -> None:
        """Bring columns, scroll and screen in line with the listing, and let waiting work go on."""
        if not self.size:
            return
        listing = self.listing
        available = self.size.width - _MARGIN
        if self.is_wide or listing.scrolled_columns:
            self.slots = wide(listing.columns, listing.widths, available, listing.scrolled_columns)
        else:
            self.slots = fit(listing.columns, listing.widths, available)
        listing.follow(self.size.height)
        self._repaint()
        if listing.work is not None and self._worker is None:
            self._worker = self.run_worker(self._work)
        shown = (listing, self.slots, listing.matching, len(listing.rows), listing.sort_column, listing.descending,
                 listing.filter.text, len(listing.marks))  # fmt: skip
        if shown != self._told:
            self._told = shown
            self.post_message(self.Changed(self))

    async def _work(self) -> None:
        """Run the listing's work slice by slice; keys are answered in between."""
        while self.listing.work is not None:
            next(self.listing.work, None)
            await asyncio.sleep(0)
        self._worker = None
        self._update()

    def _repaint(self) -> None:
        """Have the lines repainted that no longer look like what is on the screen."""
        lines = self._look()
        if len(lines) != len(self._lines):
            self._lines = lines
            self.refresh()
            return
        dirty = [
            Region(0, y, self.size.width, 1)
            for y, (new, old) in enumerate(zip(lines, self._lines, strict=True))
            if new != old
        ]
        self._lines = lines
        if dirty:
            self.refresh(*dirty)

    def _look(self) -> list[Line]:
        listing, height = self.listing, self.size.height
        rows: list[Row | None] = [*listing.window(listing.top, listing.top + height)]
        rows += [None] * (height - len(rows))
        thumb = self._thumb(height)
        nothing = (frozenset[int](), 0.0)
        return [
            Line(None, thumb=y in thumb)
            if row is None
            else Line(
                row,
                row.id == listing.cursor,
                row.id in listing.marks,
                self._changed_cells.get(row.id, nothing)[0],
                y in thumb,
            )
            for y, row in enumerate(rows)
        ]

    def _thumb(self, height: int) -> range:
        total = len(self.listing)
        if total <= height:
            return range(0)
        length = max(1, height * height // total)
        start = (height - length) * self.listing.top // max(1, total - height)
        return range(start, start + length)

    # Painting

    def render_line(self, y: int) -> Strip:
        """One line, as `_look` decided it should be."""
        width = self.size.width
        line = self._lines[y] if y < len(self._lines) else Line(None)
        if line.is_cursor and line.row is not None:
            self._seen = (self.listing, line.row.id)
        bar = Segment(
            self._glyphs.thumb if line.thumb else " ", self.get_component_rich_style("table--scrollbar")
        )
        if line.row is None:
            return Strip([Segment(" " * (width - 1), self.rich_style), bar], width)
        pieces = [(self._glyphs.mark if line.is_marked else " ", self._style(line, Tone.KEY))]
        plain = self._style(line, Tone.PLAIN)
        used = 1
        for number, slot in enumerate(self.slots):
            column, tone = self.listing.columns[slot.index], line.row.tone(slot.index)
            if number:
                pieces.append((" " * GAP, plain))
                used += GAP
            text = aligned(line.row.cells[slot.index], slot.width, column, self._glyphs)
            pieces.append((text, self._style(line, tone, changed=slot.index in line.changed)))
            used += slot.width
        pieces.append((" " * (width - 1 - used), plain))
        return Strip([*_joined(pieces), bar], width)

    def _style(self, line: Line, tone: Tone, *, changed: bool = False) -> Style:
        is_dim = line.row is not None and line.row.dim
        look = (Tone.DIM if is_dim else tone, line.is_cursor, is_dim, changed)
        if (style := self._styles_by_look.get(look)) is None:
            style = self._styles_by_look[look] = self._make_style(*look)
        return style

    def _make_style(self, tone: Tone, is_cursor: bool, is_dim: bool, changed: bool) -> Style:
        if is_cursor:
            cursor = self.get_component_rich_style("table--cursor-gone" if is_dim else "table--cursor")
            return cursor + Style(reverse=self.app.no_color or None)
        style = self.rich_style + self.get_component_rich_style(f"table--{tone}", partial=True)
        if changed:
            style += self.get_component_rich_style("table--changed", partial=True)
        return style

    # Events

    def on_resize(self) -> None:
        """Columns, and the cursor's place on the screen, depend on the size."""
        self._lines = []
        self._update()

    def notify_style_update(self) -> None:
        """The theme changed."""
        super().notify_style_update()
        self._styles_by_look.clear()

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


def aligned(text: str, width: int, column: Column, glyphs: Glyphs) -> str:
    """A cell's text in exactly `width` cells."""
    if glyphs.is_ascii():
        text = text.encode("ascii", "replace").decode()
    length = cell_width(text)
    if length > width:
        text = set_cell_size(text, width - 1) + glyphs.ellipsis
    elif column.align is Align.RIGHT:
        text = " " * (width - length) + text
    else:
        text += " " * (width - length)
    return text


def _joined(pieces: Iterable[tuple[str, Style]]) -> Iterator[Segment]:
    """Pieces of one style as one segment: each segment costs some forty bytes of colours on the wire."""
    for style, run in groupby(pieces, key=itemgetter(1)):
        yield Segment("".join(text for text, _ in run), style)
