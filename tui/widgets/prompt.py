"""The line where the operator types: a view or command after `:`, a filter or search after `/`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input

from tui.listing.row import Tone
from tui.widgets.field import Field
from tui.widgets.lines import Bar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from textual import events
    from textual.app import ComposeResult

    from tui.glyphs import Glyphs


class Mode(StrEnum):
    """What is typed."""

    COMMAND = "command"
    FILTER = "filter"
    SEARCH = "search"

    @property
    def sign(self) -> str:
        """What stands before it."""
        return ":" if self is Mode.COMMAND else "/"


class _Field(Field):
    """Tab takes the suggestion over, as the right arrow does."""

    EDITS: ClassVar[Mapping[str, str]] = MappingProxyType({**Field.EDITS, "tab": "cursor_right"})


class Prompt(Horizontal):
    """Hidden until it is asked for. Each change is told; Enter and Esc are the screen's."""

    DEFAULT_CSS = """
    Prompt { height: 1; display: none; background: $surface; }
    Prompt Bar { width: 2; }
    Prompt Input {
        width: 1fr; height: 1; border: none; padding: 0; background: $surface;
        &:focus { border: none; background-tint: $foreground 0%; }
    }
    """

    @dataclass
    class Typed(Message):
        """The text changed."""

        mode: Mode
        text: str

    def __init__(self, glyphs: Glyphs, words: Callable[[str], Iterable[str]]) -> None:
        """Start hidden; `words` are the whole lines that a typed one may become."""
        super().__init__(id="prompt")
        self.mode = Mode.COMMAND
        self._sign = Bar(glyphs)
        self._field = _Field(completions=words, select_on_focus=False)

    def compose(self) -> ComposeResult:
        """A sign that says what is typed, and the text."""
        yield self._sign
        yield self._field

    @property
    def is_open(self) -> bool:
        """Whether the operator is typing."""
        return bool(self.display)

    def open(self, mode: Mode, text: str = "") -> None:
        """Show it with a text to go on from."""
        self.mode = mode
        self._sign.write([(f" {mode.sign}", Tone.KEY)])
        self._field.placeholder = _PLACEHOLDERS[mode]
        with self.prevent(Input.Changed):
            self._field.value = text
        self._field.cursor_position = len(text)
        self.display = True
        self._field.focus()

    async def take_key(self, event: events.Key) -> bool:
        """Write a letter or obey an editing key; False: it is neither. The field may not have the focus yet."""
        return self.is_open and await self._field.take_key(event)

    @property
    def text(self) -> str:
        """What was typed so far."""
        return self._field.value

    def close(self) -> None:
        """Hide it."""
        self.display = False

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell what is typed so far."""
        event.stop()
        self.post_message(self.Typed(self.mode, event.value))


_PLACEHOLDERS = {
    Mode.COMMAND: "a view (services, tasks, capacity, ...), sort COLUMN, cluster NAME, quit",
    Mode.FILTER: "words, regular expressions, !not, ~fuzzy, column:value",
    Mode.SEARCH: "words or a regular expression",
}
