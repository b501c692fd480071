"""The dialog in which the columns of a table are chosen, ordered and given widths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.containers import Vertical

from core.record import replace
from tui.listing.column import Align, Column
from tui.listing.layout import Choice
from tui.listing.listing import Listing
from tui.listing.row import Row, Tone
from tui.screens.box import Box
from tui.widgets.lines import Bar
from tui.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence

    from textual import events
    from textual.app import ComposeResult

    from tui.glyphs import Glyphs

_COLUMNS: Final = (
    Column("place", "", hidden=True),
    Column("shown", "SHOWN"),
    Column("title", "COLUMN", minimum=16),
    Column("width", "WIDTH", align=Align.RIGHT),
)
#: A column that is given a width is so wide at first, and no narrower than the least.
_FIRST_WIDTH: Final = 12
_LEAST: Final = 2
_MOST: Final = 200
_HINTS: Final = (
    " Space shows or hides   J K move   + - width   = as its content",
    " r as at first          Enter keeps            Esc cancels",
)


class Columns(Box["tuple[Choice, ...] | None"], inherit_bindings=False):
    """Answers with the choices; without any, the view's own columns are wanted."""

    DEFAULT_CSS = """
    Columns Table { height: 10; margin: 1 0; }
    """

    def __init__(
        self,
        glyphs: Glyphs,
        view: str,
        columns: Sequence[Column],
        choices: Sequence[Choice],
        fitting: Callable[[], Container[str]],
    ) -> None:
        """Choose among a view's columns, beginning with what is chosen now; `fitting` are those that there is room for on the screen."""
        super().__init__(glyphs, f"Columns of {view}")
        self._titles = {column.id: column.title for column in columns}
        self._choices = _completed(columns, choices)
        self._as_it_comes = not choices
        self._chosen = {choice.column for choice in self._choices if choice.shown}
        self._fitting = fitting
        self._table = Table(Listing(_COLUMNS, "place", is_fixed=True), glyphs)
        self._feet = [Bar(glyphs) for _ in _HINTS]

    def compose(self) -> ComposeResult:
        """A title, the columns, and what the keys do."""
        with Vertical():
            yield self.heading
            yield self._table
            yield from self._feet

    def on_mount(self) -> None:
        """List the columns."""
        self._table.can_focus = False
        self._show()

    def begin(self) -> None:
        """What keys do is told once they count; the first column is the one that they are about."""
        for foot, hint in zip(self._feet, _HINTS, strict=True):
            foot.write([(hint, Tone.DIM)])
        self._table.move_to(0)

    def on_resize(self) -> None:
        """All of them where there is room."""
        room = self.size.height * 90 // 100 - 7
        self._table.styles.height = max(1, min(len(self._choices), room))
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        without_room = {column for column in self._chosen if column not in self._fitting()}
        rows = [
            Row(
                choice.column,
                (
                    str(n),
                    "[x]" if choice.shown else "[ ]",
                    self._titles[choice.column],
                    str(
                        choice.width or ("no room" if choice.shown and choice.column in without_room else "–")
                    ),
                ),
                (Tone.DIM, Tone.GOOD, Tone.KEY if choice.shown else Tone.DIM, Tone.PLAIN),
                (float(n), None, None, None),
            )
            for n, choice in enumerate(self._choices)
        ]
        self._table.listing.apply(rows, ())
        self._table.apply(rows)

    @property
    def scroller(self) -> Table:
        """The columns."""
        return self._table

    async def obey(self, event: events.Key) -> None:
        """Change the column of the cursor, or end."""
        at = self._table.listing.cursor_place() or 0
        choice = self._choices[at]
        match event.character if event.character and event.character.isprintable() else event.key:
            case "escape" | "q":
                self.end(None)
            case "enter" | "\r":
                self.end(() if self._as_it_comes else tuple(self._choices))
            case "j" | "down":
                self._table.move(1)
            case "k" | "up":
                self._table.move(-1)
            case "g" | "home" | "G" | "end" as to:
                self._table.move_to(0 if to in {"g", "home"} else -1)
            case " " | "space":
                self._put(at, replace(choice, shown=not choice.shown))
            case "J" | "shift+down":
                self._move(at, 1)
            case "K" | "shift+up":
                self._move(at, -1)
            case "+" | "-" as sign:
                wide = (choice.width or _FIRST_WIDTH) + (1 if sign == "+" else -1)
                self._put(at, replace(choice, width=min(max(wide, _LEAST), _MOST)))
            case "=":
                self._put(at, replace(choice, width=0))
            case "r":
                self._choices = [Choice(column) for column in self._titles]
                self._as_it_comes = True
                self._show()
            case _:
                pass

    def _put(self, at: int, choice: Choice) -> None:
        """A table without columns would show nothing: the last one stays."""
        changed = [*self._choices[:at], choice, *self._choices[at + 1 :]]
        if any(each.shown for each in changed):
            self._choices, self._as_it_comes = changed, False
            self._show()

    def _move(self, at: int, step: int) -> None:
        to = at + step
        if 0 <= to < len(self._choices):
            self._choices[at], self._choices[to] = self._choices[to], self._choices[at]
            self._as_it_comes = False
            self._show()


def _completed(columns: Sequence[Column], choices: Sequence[Choice]) -> list[Choice]:
    """A choice for each column: those that were made, then the others."""
    known = {column.id for column in columns}
    made = [choice for choice in choices if choice.column in known]
    return [*made, *(Choice(each.id) for each in columns if each.id not in {c.column for c in made})]
