"""A text over the screen, to be read and closed: what a command said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical

from core.safe_text import plain
from tui.listing.row import Tone
from tui.screens.box import Box
from tui.widgets.lines import Bar
from tui.widgets.pager import Fixed, Pager

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

    from tui.glyphs import Glyphs


class Page(Box[None], inherit_bindings=False):
    """Scrolls, and closes with Esc."""

    DEFAULT_CSS = """
    Page > Vertical { width: 95%; max-width: 100%; height: 90%; padding: 0; }
    """

    def __init__(self, glyphs: Glyphs, title: str, text: str) -> None:
        """Show a text that someone else wrote."""
        super().__init__(glyphs, title)
        self._lines = [((plain(line), Tone.PLAIN),) for line in text.splitlines()]
        self._pager = Pager(glyphs)
        self._foot = Bar(glyphs)

    def compose(self) -> ComposeResult:
        """A title, the text, and how to leave it."""
        with Vertical():
            yield self.heading
            yield self._pager
            yield self._foot

    def on_mount(self) -> None:
        """Show it."""
        self._foot.write([(" j k PgUp PgDn scroll, w wraps, Esc closes", Tone.DIM)])
        self._pager.show(Fixed(self._lines))

    @property
    def scroller(self) -> Pager:
        """The text."""
        return self._pager

    async def obey(self, event: events.Key) -> None:
        """Scroll, or close."""
        pager = self._pager
        match event.key:
            case "escape" | "q" | "enter":
                self.end(None)
            case "j" | "down":
                pager.move(1)
            case "k" | "up":
                pager.move(-1)
            case "ctrl+f" | "space":
                pager.move(pager.page())
            case "ctrl+b":
                pager.move(-pager.page())
            case "g" | "home":
                pager.move_to(0)
            case "G" | "end":
                pager.move_to(-1)
            case "left" | "right":
                pager.scroll_columns(1 if event.key == "right" else -1)
            case "w":
                pager.toggle_wrap()
            case _:
                pass
