"""The dialog: says what will happen, opens on Cancel, and ignores keys that were typed before it could be read."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.text import Text
from textual.containers import Vertical

from core.record import Record
from core.safe_text import plain
from tui.badge import NO_BADGE
from tui.listing.row import Tone
from tui.screens.box import Box
from tui.widgets.field import Field
from tui.widgets.lines import Bar, buttons
from tui.widgets.pager import Fixed, Pager
from tui.widgets.text import wrapped
from tui.wording import with_whole_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.widgets import Input

    from tui.badge import Badge
    from tui.glyphs import Glyphs

CANCEL = "Cancel"
_CLOSE = "Close"
_MOST_LINES = 14
_WIDTH = 84
_STEPS = {"tab": 1, "right": 1, "down": 1, "shift+tab": -1, "left": -1, "up": -1}


class Answer(Record):
    """The button that was chosen, and what stood in the field."""

    choice: str
    typed: str = ""


class Said(Record):
    """What a dialog says for what stands in its field, and whether it may be chosen."""

    lines: Sequence[str]
    is_ready: bool = True
    #: The word on the first button after Cancel, where it isn't always the same.
    go: str = ""


class _Secret(Field):
    """What is typed is not shown."""

    @property
    def _value(self) -> Text:
        # Textual's sign for what is hidden is not one of ASCII's.
        return Text("*" * len(self.value), no_wrap=True, end="")


class Dialog(Box[Answer | None], inherit_bindings=False):
    """Asks one question. Esc, Ctrl-C and the first button, mostly Cancel, answer None."""

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
        badge: Badge = NO_BADGE,
        leaving: str = CANCEL,
    ) -> None:
        """`say` tells what will happen for what stands in the field; `field` is what stands there first, None: no field.

        `leaving` is what the button says that does nothing; where there is nothing else to choose it closes. What is typed into a secret one is not shown. `badge` names the clusters that it is about.
        """
        super().__init__(glyphs, title, badge)
        self._title = plain(title)
        self._say = say
        self._leaving = leaving if choices else _CLOSE
        self._choices = (self._leaving, *choices)
        self._chosen = 0
        #: What stood in the field when that was said.
        self._about = field or ""
        self._said = say(self._about)
        #: When that was said, where it is not what the dialog opened with: only what was said before Enter is done.
        self._said_at = 0.0
        self._is_typed = False
        self._has_begun = self._has_more = self._has_missed = False
        self._text = Pager(glyphs)
        self._is_secret = is_secret
        kind = _Secret if is_secret else Field
        self._field = (
            None
            if field is None
            else kind(field, placeholder=label, password=is_secret, select_on_focus=False)
        )
        self._buttons = Bar(glyphs, id="buttons")

    def compose(self) -> ComposeResult:
        """A title, the words, the field, the buttons."""
        with Vertical():
            yield self.heading
            yield self._text
            if self._field is not None:
                yield self._field
            yield self._buttons

    def on_mount(self) -> None:
        """Say what there is to say."""
        self.set_focus(None)
        self._show()

    def begin(self) -> None:
        """From now on keys count, and what they do is shown."""
        self._has_begun = True
        if self._field is not None:
            self.set_focus(self._field)
            # What is typed takes the place of what stands there.
            self._field.select_all()
        self._show_buttons()

    def _show(self) -> None:
        said = with_whole_words(map(plain, self._said.lines), self._title)
        lines = [((line, Tone.PLAIN),) for line in said]
        needed = sum(len(wrapped(line, self._text_width())) for line in lines)
        shown = max(1, min(needed, self._most_lines()))
        self._text.styles.height = shown
        self._has_more = needed > shown
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
        ends = "cancels" if self._leaving == CANCEL else "closes" if len(self._choices) == 1 else "goes back"
        hint = f"{'PgDn reads on' if self._has_more else 'Enter chooses'}, Tab moves, Esc {ends}"
        hint = "Enter came before this was shown: once more" if self._has_missed else hint
        self._buttons.write(
            buttons(self._offered(), self._chosen), [(hint if self._has_begun else "", Tone.DIM)]
        )

    def _offered(self) -> tuple[str, ...]:
        if not self._said.is_ready or len(self._choices) == 1:
            return self._choices[:1]
        return (self._leaving, self._said.go or self._choices[1], *self._choices[2:])

    def renew(self) -> None:
        """Say anew what will happen: more is known of it. What was chosen stays so, where it still is offered.

        What was typed, and only now is something, is what Enter means, as if it had been known at once.
        """
        if not self.is_attached:
            return
        was_ready = self._said.is_ready
        self._say_anew(self._about)
        if self._is_typed and self._said.is_ready and not was_ready:
            self._chosen = 1
        elif self._chosen >= len(self._offered()):
            self._chosen = 0
        self._show()

    def _say_anew(self, about: str) -> None:
        before = self._about, self._offered()
        self._about, self._said = about, self._say(about)
        # A passphrase changes nothing that is said: whoever ends it with Enter means what stands there.
        if not self._is_secret and before != (about, self._offered()):
            self._said_at = time.monotonic()

    @property
    def scroller(self) -> Pager:
        """The words."""
        return self._text

    def missed(self, event: events.Key) -> None:
        """Nobody shall believe that it was done."""
        if event.key == "enter":
            self._has_missed = True
            self._show_buttons()

    def fills_in(self, event: events.Key) -> bool:
        """What is typed ahead is for the field, but not for one that hides what it was."""
        return self._field is not None and not self._is_secret and Field.edits(event)

    async def obey(self, event: events.Key) -> None:
        """Move between the buttons, choose one, or leave; the rest is the field's."""
        step = _STEPS.get(event.key)
        if event.time >= self._readable_at:  # not what was typed ahead
            self._has_missed = False
        if event.key == "escape":
            self.end(None)
        elif event.key == "enter":
            self._choose(event.time)
        elif step is not None and (self._field is None or "tab" in event.key):
            self._chosen = (self._chosen + step) % len(self._offered())
            self._show_buttons()
        elif self._field is not None:
            await self._field.take_key(event)
            self._heed(self._field.value)

    def _choose(self, at: float) -> None:
        """Answer with the button that is marked, by a key of that moment.

        Of keys that come in one burst the field holds more than was said of it when Enter was typed: it is said now, and Enter
        is wanted again. What came behind that one was typed for something else.
        """
        if at < self._said_at:
            self.drop_typed_ahead()
            return
        choice = self._offered()[self._chosen]
        self.end(None if choice == self._leaving else Answer(choice, self._about))

    def on_input_changed(self, event: Input.Changed) -> None:
        """What was pasted."""
        event.stop()
        if self._field is not None:
            self._heed(self._field.value)

    def _heed(self, typed: str) -> None:
        """Say anew what will happen; when that is something, Enter means it."""
        if typed == self._about:
            return  # as it opens with what stands there first, on Cancel
        self._is_typed = True
        self._say_anew(typed)
        self._chosen = 1 if self._said.is_ready else 0
        self._show()
