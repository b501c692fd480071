"""One line of a form: a label, the field beside it, and below what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.markup import escape
from textual.containers import Horizontal, Vertical

from core.safe_text import plain
from tui.listing.row import Tone
from tui.widgets.field import Field
from tui.widgets.lines import Bar
from tui.widgets.pager import Fixed, Pager
from tui.widgets.prompt import Completer
from tui.widgets.text import wrapped

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.forms.form import Entry, Form
    from tui.glyphs import Glyphs


class Row(Vertical):
    """One field with its label, and below it what is wrong with it."""

    def __init__(self, glyphs: Glyphs, form: Form, entry: Entry) -> None:
        """Begin with the field's first value."""
        super().__init__()
        self.entry: Final = entry
        self.field: Final = Field(
            entry.value,
            placeholder=escape(glyphs.shown(f"({entry.hint})" if entry.hint else "")),
            suggester=None if entry.is_closed else Completer(lambda _typed: form.completions(entry.id)),
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
