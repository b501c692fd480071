"""A page about one thing, kept true while it is read: described, as JSON, or why it is as it is."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from tui.commands import Scope
from tui.listing.row import Tone
from tui.naming import name_of
from tui.pages.text import plain_text
from tui.place import About
from tui.widgets.pager import Fixed, Pager

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.widget import Widget

    from tui.pages.text import Line
    from tui.place import Place, Thing
    from tui.trail import Visit
    from tui.widgets.lines import Piece
    from tui.world import Touched, World

#: After a page was made it is left as it is for so many times as long: a tenth of the time goes into it at the most.
_PAUSE: Final = 10


class TextPane:
    """The page of the visit that is shown."""

    scope = Scope.TEXT

    def __init__(self, world: World, pager: Pager) -> None:
        """Paint into this widget."""
        self._world: Final = world
        self.pager: Final = pager
        self._visit: Visit | None = None
        self._lines: list[Line] = []
        self._next_at = 0.0

    @property
    def widgets(self) -> Sequence[Widget]:
        """The pager."""
        return (self.pager,)

    @property
    def scroller(self) -> Pager:
        """The pager."""
        return self.pager

    def show(self, visit: Visit) -> None:
        """Show a page where it was left."""
        self._visit = visit
        self._lines = self._make()
        is_prose = visit.place.view in {"why", "outputs", "messages"} or self._thing().about in {
            About.EVENT,
            About.COMMAND,
        }
        self.pager.show(Fixed(self._lines), top=visit.line, wrap=is_prose)

    def leave(self) -> None:
        """Keep how far it was read."""
        if self._visit is not None:
            self._visit.line = self.pager.top

    def news(self, _touched: Touched) -> None:
        """Pages are short: they are made anew as a whole, and only lines that differ are painted."""
        self.tick()

    def tick(self) -> None:
        """As news; what is dear to make is made the more seldom."""
        began_at = time.perf_counter()
        if began_at < self._next_at:
            return
        lines = self._make()
        ended_at = time.perf_counter()
        self._next_at = ended_at + _PAUSE * (ended_at - began_at)
        if lines != self._lines:
            self._lines = lines
            self.pager.replace(Fixed(lines))

    def title(self) -> list[Piece]:
        """`Describe service web`, and what was searched for."""
        thing = self._thing()
        pieces = [
            (f"{self._place().view.capitalize()} ", Tone.KEY),
            (f"{thing.about} {name_of(self._world, thing)}", Tone.PLAIN),
        ]
        if self.pager.pattern is not None:
            pieces.append((f" </{self.pager.pattern.text}> {self.pager.found()}", Tone.WARN))
        return [*pieces, (f" {self.pager.position()}", Tone.DIM)]

    def things(self) -> tuple[Thing, ...]:
        """What the page is about."""
        return (self._thing(),)

    def close_one(self) -> bool:
        """The search."""
        if self.pager.pattern is None:
            return False
        self.pager.search("")
        return True

    def copied(self) -> str:
        """The whole page."""
        return plain_text(self._lines)

    def saved(self) -> Iterable[str]:
        """The whole page."""
        return plain_text(self._lines).splitlines()

    def _place(self) -> Place:
        assert self._visit is not None
        return self._visit.place

    def _thing(self) -> Thing:
        thing = self._place().of
        assert thing is not None
        return thing

    def _make(self) -> list[Line]:
        if not self._world.is_whole:
            return [(("reading …", Tone.DIM),)]
        from tui.pages.registry import PAGES  # noqa: PLC0415  # loaded behind the first picture (tui/screens/late.py)

        return PAGES[self._place().view](self._world, self._thing())
