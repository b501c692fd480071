"""Rows of a table as they are painted: cells in their columns, marks, the cursor, and what changed a moment ago."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.listing.column import GAP, Align
from tui.listing.order import cell_width
from tui.listing.row import Row, Tone
from tui.widgets.lined import Lined, segments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.glyphs import Glyphs
    from tui.listing.column import Column, Slot


class Line(NamedTuple):
    """Everything that a painted line depends on; a line is repainted when this differs."""

    row: Row | None
    is_cursor: bool = False
    is_marked: bool = False
    #: It no longer exists, and is shown until the cursor leaves it.
    is_gone: bool = False
    changed: frozenset[int] = frozenset()
    thumb: bool = False
    #: Said in place of a row.
    words: str = ""


class Rows(Lined[Line]):
    """Paints lines of rows; which ones, and how they look, is the table's to say."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "table--cursor",
        "table--cursor-gone",
        "table--changed",
        "table--scrollbar",
    }
    DEFAULT_CSS = """
    Rows {
        height: 1fr;
        & > .table--cursor { background: $primary; color: $text; text-style: bold; }
        & > .table--cursor-gone { background: $surface-lighten-2; }
        & > .table--changed { background: $warning-muted; }
        & > .table--scrollbar { color: $primary-darken-1; }
    }
    """

    def __init__(self, glyphs: Glyphs, columns: Sequence[Column]) -> None:
        """Start without lines."""
        super().__init__(glyphs)
        self.slots: tuple[Slot, ...] = ()
        self.columns = columns
        self._styles_by_look: dict[tuple[Tone, bool, bool, bool], Style] = {}
        #: The lines that are shown as they were drawn, for a width and columns: who scrolls moves most of them as they are.
        self._drawn: dict[Line, Strip] = {}
        self._drawn_for: tuple[int, tuple[Slot, ...], Sequence[Column]] = (0, (), ())

    def paint(self, looks: Sequence[Line]) -> None:
        """As all lines are; those that are shown no more are forgotten."""
        drawn = self._drawn
        self._drawn = {look: drawn[look] for look in looks if look in drawn}
        super().paint(looks)

    def render_line(self, y: int) -> Strip:
        """One line: its mark, the cells of its row, the scroll bar."""
        width = self.size.width
        line = self.looks[y] if y < len(self.looks) else Line(None)
        if self._drawn_for != (drawn_for := (width, self.slots, self.columns)):
            self._drawn, self._drawn_for = {}, drawn_for
        if (strip := self._drawn.get(line)) is None:
            strip = self._drawn[line] = self._draw(line, width)
        return strip

    def _draw(self, line: Line, width: int) -> Strip:
        bar = Segment(
            self.glyphs.thumb if line.thumb else " ", self.get_component_rich_style("table--scrollbar")
        )
        if line.row is None:
            words = Strip([Segment(self.shown(f"  {line.words}"), self.tone(Tone.DIM))])
            return Strip([*words.adjust_cell_length(width - 1, self.rich_style), bar], width)
        pieces = [(self._mark(line), self._style(line, Tone.KEY))]
        for slot in self.slots:
            column, tone = self.columns[slot.index], line.row.tone(slot.index)
            text = aligned(line.row.cells[slot.index], slot.width, column, self.glyphs)
            style = self._style(line, tone)
            if slot.index in line.changed:
                pieces.append((text, self._style(line, tone, changed=True)))
                pieces.append((" " * GAP, style))
            else:
                # The gap looks the same in any tone; in the cell's own it costs no colours on the wire.
                pieces.append((text + " " * GAP, style))
        filled = Strip([*segments(pieces)]).adjust_cell_length(width - 1, self._style(line, Tone.PLAIN))
        return Strip([*filled, bar], width)

    def _mark(self, line: Line) -> str:
        if line.is_gone:
            return self.glyphs.gone
        return self.glyphs.mark if line.is_marked else " "

    def _style(self, line: Line, tone: Tone, *, changed: bool = False) -> Style:
        is_dim = line.row is not None and line.row.dim
        is_loud = tone in {Tone.WARN, Tone.BAD}
        look = (Tone.DIM if is_dim and not is_loud else tone, line.is_cursor, line.is_gone, changed)
        if (style := self._styles_by_look.get(look)) is None:
            style = self._styles_by_look[look] = self._make_style(*look)
        return style

    def _make_style(self, tone: Tone, is_cursor: bool, is_gone: bool, changed: bool) -> Style:
        if is_cursor:
            cursor = self.get_component_rich_style("table--cursor-gone" if is_gone else "table--cursor")
            return cursor + Style(reverse=self.app.no_color or None)
        style = self.tone(tone)
        if changed:
            style += self.get_component_rich_style("table--changed", partial=True)
        return style

    def notify_style_update(self) -> None:
        """The theme changed."""
        super().notify_style_update()
        self._styles_by_look.clear()
        self._drawn.clear()


def aligned(text: str, width: int, column: Column, glyphs: Glyphs) -> str:
    """A cell's text in exactly `width` cells."""
    text = glyphs.shown(text)
    length = cell_width(text)
    if length > width and column.has_spark:
        text = text.rpartition(" ")[2]
        length = cell_width(text)
    if length > width and column.keeps_end:
        text = glyphs.ellipsis + set_cell_size(text[::-1], width - 1)[::-1]
    elif length > width:
        text = set_cell_size(text, width - 1) + glyphs.ellipsis
    elif column.align is Align.RIGHT:
        text = " " * (width - length) + text
    else:
        text += " " * (width - length)
    return text
