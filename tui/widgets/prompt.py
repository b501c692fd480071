"""The line where the operator types: a view or command after `:`, a filter or search after `/`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Mode(StrEnum):
    """What is typed; the value stands before it."""

    COMMAND = ":"
    FILTER = "/"
    SEARCH = "?"


class Completer(Suggester):
    """Suggests the first known word that goes on as typed."""

    def __init__(self) -> None:
        """Know no words yet."""
        super().__init__(use_cache=False, case_sensitive=True)
        self.words: Callable[[str], Iterable[str]] = lambda _typed: ()

    async def get_suggestion(self, value: str) -> str | None:
        """The whole line, completed."""
        return next((word for word in self.words(value) if value and word.startswith(value)), None)


class Prompt(Input):
    """Hidden until it is asked for. Enter submits, Esc closes, Tab completes; each change is told."""

    DEFAULT_CSS = """
    Prompt {
        height: 1; border: none; padding: 0 1; display: none; background: $surface;
        &:focus { border: none; background-tint: $foreground 0%; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab", "cursor_right", show=False)]

    @dataclass
    class Typed(Message):
        """The text changed."""

        mode: Mode
        text: str

    @dataclass
    class Given(Message):
        """Enter was pressed."""

        mode: Mode
        text: str

    def __init__(self) -> None:
        """Start hidden."""
        self.completer = Completer()
        super().__init__(id="prompt", suggester=self.completer, select_on_focus=False)
        self.mode = Mode.COMMAND

    @property
    def is_open(self) -> bool:
        """Whether the operator is typing."""
        return bool(self.display)

    def open(self, mode: Mode, text: str = "") -> None:
        """Show it with a text to go on from."""
        self.mode = mode
        self.placeholder = _PLACEHOLDERS[mode]
        with self.prevent(Input.Changed):
            self.value = text
        self.cursor_position = len(text)
        self.display = True
        self.focus()

    def close(self) -> None:
        """Hide it."""
        self.display = False

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell what is typed so far."""
        event.stop()
        self.post_message(self.Typed(self.mode, event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Tell what was typed."""
        event.stop()
        self.post_message(self.Given(self.mode, event.value))


_PLACEHOLDERS = {
    Mode.COMMAND: ": a view (services, tasks, capacity …), sort COLUMN, cluster NAME, quit",
    Mode.FILTER: "/ words, regular expressions, !not, ~fuzzy, column:value",
    Mode.SEARCH: "/ search for words or a regular expression",
}
