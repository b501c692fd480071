"""A line to type in, as prompts, dialogs and the palette have it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from textual.widgets import Input

from core.safe_text import plain

if TYPE_CHECKING:
    from textual import events

#: More than a person types; a clipboard can hold anything.
_MOST_CHARACTERS: Final = 500


class Field(Input):
    """What is pasted is foreign text: its first line is taken, made safe, as far as there is room."""

    def __init__(self, value: str = "", **more: Any) -> None:
        """As an Input."""
        super().__init__(value, max_length=_MOST_CHARACTERS, **more)

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        pasted = plain(next(iter(event.text.splitlines()), ""))
        self.replace(pasted[: _MOST_CHARACTERS - len(self.value)], *self.selection)
