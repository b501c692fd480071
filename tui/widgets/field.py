"""A line to type in, as prompts, dialogs and the palette have it."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual.binding import Binding
from textual.widgets import Input

from core.safe_text import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from textual import events

#: More than a person types; a clipboard can hold anything.
_MOST_CHARACTERS: Final = 500
#: Leaves what is open, or the program: the application's.
_LEAVES: Final = "ctrl+c"
#: Chooses.
_SUBMITS: Final = "enter"


def completed(typed: str, lines: Iterable[str]) -> str | None:
    """The line that is shown behind what was typed: the first that goes on so."""
    return next((line for line in lines if typed and line.startswith(typed)), None)


class Field(Input):
    """What is pasted is foreign text: its first line is taken, made safe, as far as there is room."""

    #: What each editing key does, by the names of Textual's actions.
    EDITS: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            key: binding.action
            for binding in Input.BINDINGS
            if isinstance(binding, Binding)
            for key in binding.key.split(",")
            if key != _LEAVES
        }
    )

    def __init__(
        self, value: str = "", *, completions: Callable[[str], Iterable[str]] | None = None, **more: Any
    ) -> None:
        """As an Input; `completions` are the lines that what is typed may become, the first that goes on so is shown behind it."""
        self._completions: Final = completions or (lambda _typed: ())
        super().__init__(value, max_length=_MOST_CHARACTERS, **more)

    def watch_value(self, value: str) -> None:
        """Show the completion at once. A Suggester of Textual's is asked in a task, which the end of the program may overtake."""
        self._suggestion = completed(value, self._completions(value)) or ""

    @classmethod
    def edits(cls, event: events.Key) -> bool:
        """Whether a key writes or edits, and nothing else."""
        return event.is_printable or (event.key in cls.EDITS and event.key != _SUBMITS)

    async def take_key(self, event: events.Key) -> bool:
        """Write a letter or obey an editing key, at once; False: it is neither.

        The application calls this before any widget sees the key. Textual would give letters to the field and let editing keys
        rise back to the application, and of keys that come together, as over a slow line, a Backspace then deleted what was
        typed after it.
        """
        if event.is_printable and event.character is not None:
            if self.selection.is_empty:
                self.insert_text_at_cursor(event.character)
            else:
                self.replace(event.character, *self.selection)
            return True
        action = self.EDITS.get(event.key)
        if action is not None:
            await self.app.run_action(action, self)
        return action is not None

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        pasted = plain(next(iter(event.text.splitlines()), ""))
        self.replace(pasted[: _MOST_CHARACTERS - len(self.value)], *self.selection)
