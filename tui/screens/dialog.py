"""The dialog: says what will happen, opens on Cancel, and ignores keys that were typed before it could be read."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text
from textual.containers import Vertical

from core.safe_text import plain
from tui.listing.row import Tone
from tui.screens.box import Box
from tui.widgets.field import Field
from tui.widgets.lines import Bar, buttons
from tui.widgets.pager import Fixed, Pager
from tui.widgets.text import wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.widgets import Input

    from tui.glyphs import Glyphs

CANCEL = "Cancel"
_MOST_LINES = 14
_WIDTH = 84
_STEPS = {"tab": 1, "right": 1, "down": 1, "shift+tab": -1, "left": -1, "up": -1}


@dataclass(frozen=True, slots=True)
class Answer:
    """The button that was chosen, and what stood in the field."""

    choice: str
    typed: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What a dialog says for what stands in its field, and whether it may be chosen."""

    lines: Sequence[str]
    is_ready: bool = True
    #: The word on the first button after Cancel, where it isn't always the same.
    go: str = ""


class _Field(Field):
    """Of keys older than the dialog's first picture only letters count, which choose nothing; in a secret one none."""

    readable_at = float("inf")
    #: Until another key than a letter came early.
    hears_early = True

    @property
    def _value(self) -> Text:
        # Textual's sign for what is hidden is not one of ASCII's.
        return Text("*" * len(self.value), no_wrap=True, end="") if self.password else super()._value

    async def take_key(self, event: events.Key) -> bool:
        """As every field, but for those that are too old."""
        if event.time < self.readable_at:
            self.hears_early = self.hears_early and event.is_printable and not self.password
            if not self.hears_early:
                return True
        return await super().take_key(event)


class Dialog(Box[Answer | None], inherit_bindings=False):
    """Asks one question. Esc, Ctrl-C and Cancel answer None."""

    DEFAULT_CSS = """
    Dialog Pager { padding: 0; }
    Dialog Input { height: 1; border: none; padding: 0 1; margin: 1 0 0 0; background: $boost; }
    Dialog Input:focus { border: none; }
    Dialog #buttons { margin: 1 0 0 0; }
    """

    def __init__(
        self,
        glyphs: Glyphs,
        title: str,
        say: Callable[[str], Said],
        choices: Sequence[str],
        *,
        field: str | None = None,
        label: str = "",
        is_secret: bool = False,
    ) -> None:
        """`say` tells what will happen for what stands in the field; `field` is what stands there first, None: no field.

        What is typed into a secret one is not shown.
        """
        super().__init__(glyphs)
        self._title = plain(title)
        self._say = say
        self._choices = (CANCEL, *choices)
        self._chosen = 0
        self._readable_at = float("inf")
        #: Letters that were typed before. Of `12` half a number would be another one, so the field takes either all or none.
        self._early = ""
        #: What the field held when that was said.
        self._about = field or ""
        self._said = say(self._about)
        self._heading = Bar(glyphs)
        self._text = Pager(glyphs)
        self._field = None if field is None else _Field(field, placeholder=label, password=is_secret)
        self._buttons = Bar(glyphs, id="buttons")

    def compose(self) -> ComposeResult:
        """A title, the words, the field, the buttons."""
        with Vertical():
            yield self._heading
            yield self._text
            if self._field is not None:
                yield self._field
            yield self._buttons

    def on_mount(self) -> None:
        """Say what there is to say; keys count from the first picture on."""
        self._heading.write([(self._title, Tone.KEY)])
        self.set_focus(None)
        self._show()
        self.call_after_refresh(self._become_readable)

    def _become_readable(self) -> None:
        self._readable_at = time.monotonic()
        if self._field is not None:
            self._field.readable_at = self._readable_at
            if self._early:
                # As if it had been typed now: in place of what stands there.
                self._field.select_on_focus = False
                self._field.value = self._early
                self._field.cursor_position = len(self._early)
            self.set_focus(self._field)
        self._show_buttons()

    def _show(self) -> None:
        lines = [((plain(line), Tone.PLAIN),) for line in self._said.lines]
        needed = sum(len(wrapped(line, self._text_width())) for line in lines)
        self._text.styles.height = max(1, min(needed, self._most_lines()))
        self._text.show(Fixed(lines), wrap=True)
        self._show_buttons()

    def _text_width(self) -> int:
        # Within the edge, the padding, and what the screen leaves.
        return min(_WIDTH, self.size.width * 90 // 100) - 4

    def _most_lines(self) -> int:
        """The buttons must stay on the screen, with their edge, the title and the field."""
        others = 5 + (2 if self._field is not None else 0)
        return min(_MOST_LINES, self.size.height * 90 // 100 - others)

    def on_resize(self) -> None:
        """How long the text is depends on its width."""
        self._show()

    def _show_buttons(self) -> None:
        # Shown once keys count.
        hint = "Enter chooses, Tab moves, Esc cancels" if self._readable_at < float("inf") else ""
        self._buttons.write(buttons(self._offered(), self._chosen), [(hint, Tone.DIM)])

    def _offered(self) -> tuple[str, ...]:
        if not self._said.is_ready or len(self._choices) == 1:
            return self._choices[:1]
        return (CANCEL, self._said.go or self._choices[1], *self._choices[2:])

    def renew(self) -> None:
        """Say anew what will happen: more is known of it. What was chosen stays so, where it still is offered."""
        if not self.is_attached:
            return
        self._said = self._say(self._about)
        self._chosen = self._chosen if self._chosen < len(self._offered()) else 0
        self._show()

    def on_key(self, event: events.Key) -> None:
        """Move between the buttons, choose one, or leave; the rest is the field's."""
        if event.time < self._readable_at:
            event.stop()
            self._take_early(event)
            return
        step = _STEPS.get(event.key)
        if event.key == "escape":
            event.stop()
            self.end(None)
        elif event.key in {"pagedown", "pageup"}:
            event.stop()
            self._text.move(self._text.page() * (1 if event.key == "pagedown" else -1))
        elif step is not None and (self._field is None or "tab" in event.key):
            event.stop()
            self._move(step)
        elif event.key == "enter" and self._field is None:
            event.stop()
            self._choose(self._offered()[self._chosen])

    def _take_early(self, event: events.Key) -> None:
        field = self._field
        if field is None or field.password or not field.hears_early:
            return
        field.hears_early = event.is_printable
        self._early = self._early + (event.character or "") if field.hears_early else ""

    def _move(self, step: int) -> None:
        self._chosen = (self._chosen + step) % len(self._offered())
        self._show_buttons()

    def _choose(self, choice: str, typed: str = "") -> None:
        self.end(None if choice == CANCEL else Answer(choice, typed))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Say anew what will happen; when that is something, Enter means it."""
        event.stop()
        if event.value == self._about:
            return  # as it opens with what stands there first, on Cancel
        self._about = event.value
        self._said = self._say(event.value)
        self._chosen = 1 if self._said.is_ready else 0
        self._show()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in the field chooses the button that is marked."""
        event.stop()
        if event.time >= self._readable_at:
            # The field may hold more by now: keys that came with this one.
            self._choose(self._offered()[self._chosen], event.value)
