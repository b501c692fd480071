"""The palette: all commands that work here, found by typing a few letters of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical

from tui.keymap import shown_key
from tui.listing.column import Column
from tui.listing.listing import Listing
from tui.listing.row import Row, Tone
from tui.screens.box import Box
from tui.widgets.field import Field
from tui.widgets.table import Table

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.widgets import Input

    from tui.commands import Scope
    from tui.glyphs import Glyphs
    from tui.keymap import Keymap

_COLUMNS = (
    Column("label", "COMMAND", maximum=20),
    Column("keys", "KEYS", 1, maximum=20),
    Column("help", "WHAT IT DOES", 1, minimum=20, maximum=80),
)


class Palette(Box[str | None], inherit_bindings=False):
    """Answers with the id of the command that was chosen."""

    DEFAULT_CSS = """
    Palette { align: center top; }
    Palette > Vertical { width: 90; max-width: 95%; height: 70%; max-height: 100%; padding: 0; margin: 2 0 0 0; }
    Palette Input { height: 1; border: none; padding: 0 1; }
    Palette Input:focus { border: none; }
    """

    def __init__(self, glyphs: Glyphs, keymap: Keymap, scope: Scope) -> None:
        """List the commands of a scope."""
        super().__init__(glyphs)
        self._field = Field(placeholder="a command")
        self._narrowed_by = ""
        self._table = Table(Listing(_COLUMNS), glyphs)
        self._rows = [
            Row(
                command.id,
                (command.label, " ".join(map(shown_key, keys)), command.help),
                (Tone.KEY, Tone.DIM, Tone.PLAIN),
            )
            for keys, command in keymap.menu(scope)
        ]

    def compose(self) -> ComposeResult:
        """A line to type in, and what it finds."""
        with Vertical():
            yield self._field
            yield self._table

    def on_mount(self) -> None:
        """List everything."""
        self._table.can_focus = False
        self._table.listing.apply(self._rows, ())
        self._field.focus()

    @property
    def scroller(self) -> Table:
        """The list."""
        return self._table

    def fills_in(self, event: events.Key) -> bool:
        """What is typed ahead says which command is meant."""
        return Field.edits(event)

    async def obey(self, event: events.Key) -> None:
        """Move in the list, choose, leave, or narrow the list down."""
        match event.key:
            case "escape":
                self.end(None)
            case "down" | "up":
                self._table.move(1 if event.key == "down" else -1)
            case "enter":
                self.end(self._table.listing.cursor)
            case _:
                await self._field.take_key(event)
                self._narrow()

    def on_input_changed(self, event: Input.Changed) -> None:
        """What was pasted."""
        event.stop()
        self._narrow()

    def _narrow(self) -> None:
        value = self._field.value
        if value == self._narrowed_by:
            return
        self._narrowed_by = value
        self._table.set_filter(" ".join(f"~{word}" for word in value.split()))
        listing = self._table.listing
        shown = listing.window(0, len(listing))
        typed = value.strip().casefold()
        if typed and shown:
            self._table.move_to(min(range(len(shown)), key=lambda place: _distance(shown[place], typed)))


def _distance(row: Row, typed: str) -> int:
    """How far a command is from what was typed: its label comes before its id, and that before what it does."""
    label, _, help_text = (cell.casefold() for cell in row.cells)
    near = (label.startswith(typed), typed in label, typed in row.id, typed in help_text, True)
    return near.index(True)
