"""A dialog while something is done that takes time: says what, and how far it is; Esc gives it up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical

from core.safe_text import plain
from tui.listing.row import Tone
from tui.screens.box import Box
from tui.widgets.lines import Bar

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

    from tui.glyphs import Glyphs


class Waiting(Box[bool], inherit_bindings=False):
    """Answers False when it was given up; whoever opened it dismisses it with True when it is done."""

    def __init__(self, glyphs: Glyphs, text: str) -> None:
        """Say what is done."""
        super().__init__(glyphs)
        self._first = text
        self._text = Bar(glyphs)
        self._far = Bar(glyphs)
        self._foot = Bar(glyphs)

    def compose(self) -> ComposeResult:
        """What, how far, and how to give it up."""
        with Vertical():
            yield self._text
            yield self._far
            yield self._foot

    def on_mount(self) -> None:
        """Say it."""
        self._text.write([(plain(self._first), Tone.KEY)])
        self._foot.write([], [("Esc gives it up", Tone.DIM)])

    def say(self, how_far: str) -> None:
        """How far it is."""
        self._far.write([(plain(how_far), Tone.PLAIN)])

    async def obey(self, event: events.Key) -> None:
        """Give it up."""
        if event.key in {"escape", "q"}:
            self.end(False)

    def done(self) -> None:
        """It is done; where it was given up it is closed already."""
        self.end(True)
