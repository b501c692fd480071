"""One-line widgets: a line of toned text that repaints only when it reads differently, and the table's header."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui.glyphs import UNICODE, Glyphs
from tui.listing.column import GAP, Align
from tui.listing.order import cell_width
from tui.listing.row import Tone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

    from tui.listing.column import Slot
    from tui.listing.listing import Listing

Piece = tuple[str, Tone]


class Line(Widget):
    """A line of pieces of safe text, each with its tone; `right` stands at the right edge if there is room."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"line--{tone}" for tone in Tone}
    DEFAULT_CSS = """
    Line {
        height: 1;
        & > .line--good { color: $text-success; }
        & > .line--busy { color: $text-accent; }
        & > .line--warn { color: $text-warning; }
        & > .line--bad { color: $text-error; text-style: bold; }
        & > .line--dim { color: $text-muted; }
        & > .line--key { color: $text-primary; text-style: bold; }
    }
    """

    def __init__(self, *, glyphs: Glyphs = UNICODE, id: str | None = None) -> None:  # noqa: A002  # Textual's own name
        """Start empty."""
        super().__init__(id=id)
        self.pieces: tuple[Piece, ...] = ()
        self.right = ""
        self._glyphs = glyphs

    def write(self, pieces: Sequence[Piece], right: str = "") -> None:
        """Show this; nothing is repainted if it is shown already."""
        if (tuple(pieces), right) != (self.pieces, self.right):
            self.pieces, self.right = tuple(pieces), right
            self.refresh()

    def text(self) -> str:
        """What the line says, without tones."""
        return "".join(text for text, _ in self.pieces)

    def render_line(self, y: int) -> Strip:
        """The pieces, cut at the right edge."""
        if y:
            return Strip.blank(self.size.width, self.rich_style)
        base = self.rich_style
        segments = []
        for text, tone in self.pieces:
            shown = text.encode("ascii", "replace").decode() if self._glyphs.is_ascii() else text
            segments.append(
                Segment(shown, base + self.get_component_rich_style(f"line--{tone}", partial=True))
            )
        strip = Strip(segments)
        width = self.size.width
        if self.right and strip.cell_length + cell_width(self.right) + 1 < width:
            strip = strip.extend_cell_length(width - cell_width(self.right) - 1, base)
            strip = Strip([*strip, Segment(self.right + " ", base)])
        return strip.adjust_cell_length(width, base)


class Header(Widget):
    """The titles above a table's columns; a click sorts by one."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"header--sorted"}
    DEFAULT_CSS = """
    Header {
        height: 1;
        color: $text-muted;
        text-style: bold;
        & > .header--sorted { color: $text-primary; text-style: bold; }
    }
    """

    @dataclass
    class Clicked(Message):
        """The title of a column was clicked."""

        column: int

    def __init__(self, *, glyphs: Glyphs = UNICODE) -> None:
        """Start without columns."""
        super().__init__()
        self._glyphs = glyphs
        self._shown: tuple[tuple[str, int, int, bool], ...] = ()

    def show(self, listing: Listing, slots: Sequence[Slot]) -> None:
        """Show the titles of these columns, with an arrow at the one that sorts."""
        arrow = self._glyphs.descending if listing.descending else self._glyphs.ascending
        shown = []
        for slot in slots:
            column = listing.columns[slot.index]
            is_sorted = slot.index == listing.sort_column
            title = column.title + (arrow if is_sorted else "")
            title = title.rjust(slot.width) if column.align is Align.RIGHT else title.ljust(slot.width)
            shown.append((title[: slot.width], slot.index, slot.width, is_sorted))
        if tuple(shown) != self._shown:
            self._shown = tuple(shown)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The titles, over their columns."""
        base = self.rich_style
        segments = [Segment(" ", base)]
        if y == 0:
            for number, (title, _, _, is_sorted) in enumerate(self._shown):
                style = (
                    base + self.get_component_rich_style("header--sorted", partial=True)
                    if is_sorted
                    else base
                )
                segments += [Segment(" " * GAP if number else "", base), Segment(title, style)]
        return Strip(segments).adjust_cell_length(self.size.width, Style() + base)

    def on_click(self, event: events.Click) -> None:
        """Say which column was meant."""
        end = 1
        for _, index, width, _ in self._shown:
            end += width + GAP
            if event.x < end:
                self.post_message(self.Clicked(index))
                return
