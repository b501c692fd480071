"""A picture made of lines that its owner gives; a click says where it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message
from textual.strip import Strip

from tui.listing.row import Tone
from tui.widgets.lined import Lined, segments

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events

    from tui.glyphs import Glyphs

Line = tuple[tuple[str, Tone], ...]


class Tiles(Lined[Line], can_focus=True):
    """It has no keys of its own: commands call the pane."""

    DEFAULT_CSS = """
    Tiles { height: 1fr; }
    """

    @dataclass
    class Clicked(Message):
        """A place was clicked, once or twice."""

        x: int
        y: int
        times: int

    def __init__(self, glyphs: Glyphs) -> None:
        """Start empty."""
        super().__init__(glyphs)
        #: Makes the lines for a width and a height.
        self.make: Callable[[int, int], list[Line]] = lambda _width, _height: []

    def update_lines(self) -> None:
        """Make the lines anew; those that look the same are not painted."""
        if self.size:
            # A cell is left free on both sides, as beside a table.
            self.paint(self.make(max(1, self.size.width - 2), self.size.height))

    def render_line(self, y: int) -> Strip:
        """One line."""
        line = self.looks[y] if y < len(self.looks) else ()
        pieces = [(" ", self.rich_style), *((self.shown(text), self.tone(tone)) for text, tone in line)]
        return Strip(segments(pieces)).adjust_cell_length(self.size.width, self.rich_style)

    def on_resize(self) -> None:
        """Everything depends on the size."""
        self.paint_anew()
        self.update_lines()

    def on_click(self, event: events.Click) -> None:
        """Say where it was."""
        self.post_message(self.Clicked(event.x - 1, event.y, event.chain))
