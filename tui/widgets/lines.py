"""One-line widgets: a bar of toned text, the title over a box, and the header of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.message import Message
from textual.strip import Strip

from tui.listing.column import GAP, Align
from tui.listing.order import cell_width
from tui.listing.row import Paint, Tone
from tui.widgets.lined import Lined, segments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

    from tui.glyphs import Glyphs
    from tui.listing.column import Slot
    from tui.listing.listing import Listing

Piece = tuple[str, Tone | Paint]


class BarLook(NamedTuple):
    """What a bar says: from the left, and at the right edge if there is room."""

    left: tuple[Piece, ...] = ()
    right: tuple[Piece, ...] = ()


class Bar(Lined[BarLook]):
    """A line of pieces of safe text; what doesn't fit is cut, the right side first."""

    DEFAULT_CSS = """
    Bar { height: 1; }
    """

    def write(self, left: Sequence[Piece], right: Sequence[Piece] = ()) -> None:
        """Show this; nothing is repainted if it is shown already."""
        self.paint([BarLook(tuple(left), tuple(right))])

    def text(self) -> str:
        """What the bar says, without tones."""
        return "".join(text for look in self.looks for side in look for text, _ in side)

    def render_line(self, y: int) -> Strip:
        """The pieces, cut at the right edge."""
        look = self.looks[0] if self.looks and y == 0 else BarLook()
        width = self.size.width
        filler = self.filler()
        left = Strip(segments((self.shown(text), self.tone(tone)) for text, tone in look.left))
        right = Strip(segments((self.shown(text), self.tone(tone)) for text, tone in look.right))
        between = width - left.cell_length - right.cell_length
        if between < 1:
            right, between = Strip([]), max(0, width - left.cell_length)
        middle = Segment(filler * between, self.filler_style())
        return Strip([*left, middle, *right]).adjust_cell_length(width, self.rich_style)

    def filler(self) -> str:
        """What stands between left and right."""
        return " "

    def filler_style(self) -> Style:
        """How that looks."""
        return self.rich_style


class Title(Bar):
    """The upper edge of a box with a title in it; without the box, the title alone."""

    is_boxed = False
    paint_of: Paint | None = None

    def write_title(self, pieces: Sequence[Piece], *, is_boxed: bool, paint: Paint | None = None) -> None:
        """Show a title; a colour marks the rest of its line too."""
        if (is_boxed, paint) != (self.is_boxed, self.paint_of):
            self.is_boxed, self.paint_of = is_boxed, paint
            self.paint_anew()
        left, right = ("+-", "-+") if self.glyphs.is_ascii() else ("╭ ", "╮")
        edges: tuple[Piece, ...] = ((left, Tone.DIM),) if is_boxed else ((" ", Tone.DIM),)
        self.write([*edges, *pieces, (" ", Tone.DIM)], [(right, Tone.DIM)] if is_boxed else [])

    def filler(self) -> str:
        """The edge of the box."""
        if not self.is_boxed:
            return " "
        return "-" if self.glyphs.is_ascii() else "─"

    def filler_style(self) -> Style:
        """The edge, or all of the line, in the colour of the cluster."""
        if self.paint_of is None or self.app.no_color:
            return self.rich_style
        painted = self.tone(self.paint_of)
        return painted if not self.is_boxed else self.rich_style + Style(color=painted.bgcolor)


class HeaderLook(NamedTuple):
    """One title of a header: its text with the gap behind it, its column, and whether rows are sorted by it."""

    text: str
    column: int
    is_sorted: bool


class Header(Lined[HeaderLook]):
    """The titles above a table's columns; a click sorts by one."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"header--sorted"}
    DEFAULT_CSS = """
    Header { height: 1; color: $foreground; text-style: bold; }
    Header > .header--sorted { color: $text-primary; text-style: bold; }
    """

    @dataclass
    class Clicked(Message):
        """The title of a column was clicked."""

        column: int

    def __init__(self, glyphs: Glyphs) -> None:
        """Start without titles."""
        super().__init__(glyphs)

    def show(self, listing: Listing, slots: Sequence[Slot]) -> None:
        """Show the titles of these columns, with an arrow at the one that sorts."""
        titles = tuple(self._title(listing, slot) for slot in slots)
        if titles != tuple(self.looks):
            self.looks = list(titles)
            self.refresh()

    def _title(self, listing: Listing, slot: Slot) -> HeaderLook:
        column = listing.columns[slot.index]
        is_sorted = slot.index == listing.sort_column
        arrow = self.glyphs.descending if listing.descending else self.glyphs.ascending
        title = column.title[: slot.width]
        text = title.rjust(slot.width) if column.align is Align.RIGHT else title
        # The arrow may stand in the gap to the next column.
        return HeaderLook(
            (text + (arrow if is_sorted else "")).ljust(slot.width + GAP), slot.index, is_sorted
        )

    def render_line(self, y: int) -> Strip:
        """The titles, over their columns."""
        base = self.rich_style
        sorted_style = base + self.get_component_rich_style("header--sorted", partial=True)
        pieces = [(" ", base)]
        if y == 0:
            pieces += [(title.text, sorted_style if title.is_sorted else base) for title in self.looks]
        return Strip(segments(pieces)).adjust_cell_length(self.size.width, base)

    def on_click(self, event: events.Click) -> None:
        """Say which column was meant."""
        end = 1
        for title in self.looks:
            end += cell_width(title.text)
            if event.x < end:
                self.post_message(self.Clicked(title.column))
                return


def buttons(names: Sequence[str], chosen: int) -> list[Piece]:
    """Words to choose among, the chosen one in brackets: which it is must be seen without colours too."""
    return [
        (f"[ {name} ]", Tone.KEY) if number == chosen else (f"  {name}  ", Tone.PLAIN)
        for number, name in enumerate(names)
    ]
