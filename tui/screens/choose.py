"""A short list to choose one thing of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical

from core.safe_text import plain
from tui.badge import NO_BADGE
from tui.listing.column import Column
from tui.listing.listing import Listing
from tui.listing.row import Row, Tone
from tui.screens.box import Box
from tui.widgets.lines import Bar
from tui.widgets.table import Table
from tui.wording import shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult

    from tui.badge import Badge
    from tui.glyphs import Glyphs

_COLUMNS = (Column("name", "NAME", minimum=8, maximum=40), Column("where", "WHERE", 1, maximum=60))
_MOST_LINES = 12
_STEPS = {"down": 1, "j": 1, "tab": 1, "up": -1, "k": -1, "shift+tab": -1}


class Choose(Box[int | None], inherit_bindings=False):
    """Answers with the number of what was chosen."""

    def __init__(
        self,
        glyphs: Glyphs,
        title: str,
        choices: Sequence[tuple[str, str]],
        badge: Badge = NO_BADGE,
        at: int = 0,
    ) -> None:
        """Each choice is a name and where it is; the cursor begins `at` one of them."""
        super().__init__(glyphs, title, badge)
        self._table = Table(Listing(_COLUMNS), glyphs)
        self._rows = [
            Row(
                str(number),
                (shortened(plain(name)), shortened(plain(where))),
                (Tone.KEY, Tone.DIM),
                (number, number),
            )
            for number, (name, where) in enumerate(choices)
        ]
        self._at = at
        self._foot = Bar(glyphs)

    def compose(self) -> ComposeResult:
        """The question, the list, and the keys."""
        with Vertical():
            yield self.heading
            yield self._table
            yield self._foot

    def on_mount(self) -> None:
        """List everything."""
        self._foot.write([], [("Enter chooses, Esc cancels", Tone.DIM)])
        self._table.can_focus = False
        self._table.styles.height = min(len(self._rows), _MOST_LINES)
        self._table.listing.apply(self._rows, ())
        self._table.move(self._at)

    @property
    def scroller(self) -> Table:
        """The list."""
        return self._table

    async def obey(self, event: events.Key) -> None:
        """Move, choose or leave."""
        step = _STEPS.get(event.key)
        if step is not None:
            self._table.move(step)
        elif event.key == "enter":
            cursor = self._table.listing.cursor
            self.end(int(cursor) if cursor is not None else None)
        elif event.key in {"escape", "q"}:
            self.end(None)
