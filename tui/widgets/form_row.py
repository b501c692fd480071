"""One line of a form: a label, the field beside it with what keys make of it, and below what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.cells import set_cell_size
from rich.markup import escape
from textual.containers import Horizontal, Vertical

from core.safe_text import plain
from tui.listing.order import cell_width
from tui.listing.row import Tone
from tui.widgets.field import Field
from tui.widgets.lines import Bar
from tui.widgets.pager import Fixed, Pager
from tui.widgets.text import wrapped

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

    from tui.forms.form import Entry, Form
    from tui.glyphs import Glyphs
    from tui.widgets.lines import Piece


_CYCLES: Final = {"ctrl+n": 1, "ctrl+p": -1}


class Row(Vertical):
    """One field with its label, and below it what is wrong with it."""

    def __init__(self, glyphs: Glyphs, form: Form, entry: Entry) -> None:
        """Begin with the field's first value."""
        super().__init__()
        self._form: Final = form
        self._glyphs: Final = glyphs
        self.entry: Final = entry
        self._hint: Final = glyphs.shown(f"({entry.hint})" if entry.hint else "")
        self.field: Final = Field(
            entry.value,
            placeholder=escape(self._hint),
            completions=None if entry.is_closed else lambda _typed: form.completions(entry.id),
            select_on_focus=False,
        )
        self._label: Final = Bar(glyphs)
        self._error: Final = Pager(glyphs)
        self._error.can_focus = False
        self._said = ""

    def compose(self) -> ComposeResult:
        """The field beside its label, the error below."""
        with Horizontal():
            yield self._label
            yield self.field
        yield self._error

    def on_mount(self) -> None:
        """Nothing is wrong yet."""
        self.show_label(is_here=False)
        self._error.display = False

    def on_resize(self) -> None:
        """A hint that has no room for all of it says so."""
        room, hint = self.field.content_size.width, self._hint
        if cell_width(hint) > room:
            hint = set_cell_size(hint, max(0, room - 1)) + self._glyphs.ellipsis
        self.field.placeholder = escape(hint)

    async def take_key(self, event: events.Key) -> None:
        """Take a value over as a whole, or have the field write and edit."""
        value = self._taken_over(event)
        if value is None:
            await self.field.take_key(event)
        else:
            self.field.value = value
            self.field.cursor_position = len(value)

    def _taken_over(self, event: events.Key) -> str | None:
        """The value that a key means; None leaves it to the field."""
        entry, field, form = self.entry, self.field, self._form
        if event.key in _CYCLES:
            return form.choose(entry.id, _CYCLES[event.key])
        if entry.is_closed:
            return self._chosen(event)
        if event.key == "right" and field.cursor_position == len(field.value):
            return form.completed(entry.id)
        return None

    def _chosen(self, event: events.Key) -> str:
        """What a key makes of a choice: a letter means the first that begins so."""
        entry, form = self.entry, self._form
        if event.key in {"left", "right", "space"}:
            return form.choose(entry.id, -1 if event.key == "left" else 1)
        letter = (event.character or "").casefold()
        matching = (offered for offered in entry.offered if letter and offered.casefold().startswith(letter))
        return next(matching, form.values[entry.id])

    def help(self) -> tuple[list[Piece], list[Piece]]:
        """What may stand there, and how it gets there."""
        entry = self.entry
        names = entry.offered if entry.is_closed else self._form.completions(entry.id)
        now = self._form.values[entry.id]
        pieces: list[Piece] = [(f"{plain(name)} ", Tone.KEY if name == now else Tone.DIM) for name in names]
        if not names:
            pieces = [(entry.hint, Tone.DIM)]
        elif entry.is_closed:
            pieces.append((f" {entry.hint}", Tone.DIM))
        how = "Space changes it" if entry.is_closed else "Right completes, Ctrl-n next" if names else ""
        return pieces, [(how, Tone.DIM)]

    def show_label(self, *, is_here: bool) -> None:
        """The label, with a sign where the operator is."""
        sign = self._label.glyphs.crumb if is_here else " "
        star = " *" if self.entry.is_required else ""
        self._label.write([(f"{sign} {self.entry.label}{star}", Tone.KEY if is_here else Tone.DIM)])

    def lines(self, width: int) -> int:
        """How many it takes."""
        return 1 + (len(wrapped(((self._said, Tone.BAD),), width)) if self._said else 0)

    def blame(self, error: str, width: int) -> None:
        """Say what is wrong; nothing where nothing is."""
        self._said = plain(error)
        self._error.display = bool(error)
        if error:
            self._error.styles.height = self.lines(width) - 1
            self._error.show(Fixed([((self._said, Tone.BAD),)]), wrap=True)
