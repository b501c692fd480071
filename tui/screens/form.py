"""A form on the screen: fields one below the other, what is wrong beside them, below what will happen, and the command line for it.

Every key is the form's own to take, in the order of typing; what stands in the fields is judged in a thread.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from textual.containers import Vertical

from core.errors import DockyardError
from tui.badge import badge_of_all
from tui.forms.bench import Bench
from tui.forms.form import Form, Judged
from tui.forms.judging import refused
from tui.forms.words import has_made, said
from tui.listing.row import Tone
from tui.plans.outcomes import Outcomes
from tui.screens.box import Box
from tui.screens.dialog import CANCEL, Answer, Dialog, Said
from tui.widgets.form_row import Row
from tui.widgets.lines import Bar, buttons
from tui.widgets.pager import Fixed, Pager
from tui.widgets.text import wrapped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual import events
    from textual.app import ComposeResult
    from textual.widgets import Input

    from core.api import Submitted
    from core.client.yard import Yard
    from tui.forms.sheet import Sheet
    from tui.screens.main import Main

_WIDTH: Final = 110
_SHARE: Final = 94
#: Lines that are neither fields nor words: edges, title, help, buttons.
_AROUND: Final = 6
_LEAST_WORDS: Final = 4
_MOVES: Final = {"tab": 1, "down": 1, "enter": 1, "shift+tab": -1, "up": -1}
_STAY: Final = "Stay"
_THROW_AWAY: Final = "Throw it away"


class FormScreen(Box[tuple[str, Tone, str] | None], inherit_bindings=False):
    """Answers with what to say on the main screen: text, tone and command line; None when it was left."""

    #: Whether Enter that comes while it is judged sends it if it is good: what is asked for stands in its fields.
    sends_ahead: ClassVar[bool] = True

    DEFAULT_CSS = """
    FormScreen > Vertical { width: 94%; max-width: 110; max-height: 94%; }
    FormScreen #fields { height: auto; overflow-y: auto; scrollbar-size: 1 1; }
    FormScreen Row { height: auto; }
    FormScreen Row > Horizontal { height: 1; }
    FormScreen Row Bar { width: 20; }
    FormScreen Row Pager { padding: 0 0 0 2; height: 1; }
    FormScreen Input { height: 1; width: 1fr; border: none; padding: 0 1; background: $boost; }
    FormScreen Input:focus { border: none; background: $panel; }
    FormScreen > Vertical > Pager { padding: 0; }
    """

    def __init__(self, main: Main, sheet: Sheet) -> None:
        """Open a sheet over the main screen."""
        glyphs = main.session.glyphs
        super().__init__(glyphs)
        self._main: Final = main
        self._sheet: Final = sheet
        self.form: Final = Form(sheet.entries, sheet.verb)
        self._bench: Final = Bench(main.session.open_yard)
        self._rows: Final = [Row(glyphs, self.form, entry) for entry in sheet.entries]
        self._help: Final = Bar(glyphs)
        self._words: Final = Pager(glyphs)
        self._words.can_focus = False
        self._buttons: Final = Bar(glyphs, id="buttons")
        self._fields: Final = Vertical(*self._rows, id="fields")
        #: Fields by their number, then Cancel, then the button that goes.
        self._at = 0
        #: The newest question, and whether its answer is what the form is to be sent with.
        self._asked = 0
        self._is_judging = True
        self._is_sending = False
        self._is_sent = False
        self._refusal = ""
        self._has_more = False

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        with Vertical():
            yield self.heading
            yield self._fields
            yield self._help
            yield self._words
            yield self._buttons

    def on_mount(self) -> None:
        """Judge what stands there already."""
        self._name_cluster()
        self._judge()
        self._show()

    def begin(self) -> None:
        """At the first field."""
        self._go_to(0)

    def on_unmount(self) -> None:
        """The thread ends."""
        self._bench.close()

    # Keys

    @property
    def scroller(self) -> Pager:
        """The words."""
        return self._words

    def fills_in(self, event: events.Key) -> bool:
        """What is typed ahead goes into its fields, or the second one's would stand in the first."""
        return event.key not in {"enter", "escape"}

    async def obey(self, event: events.Key) -> None:
        """Fill in, go from field to field, send or leave."""
        key = event.key
        if key == "escape":
            self.cancel()
        elif key == "ctrl+r":
            self.judge_again()
        elif key == "enter" and self._row is None:
            self._press_button()
        elif key == "enter" and self._at == self._cancel_at - 1:
            self._go_to(self._go_at)
        elif key in _MOVES:
            self._go_to((self._at + _MOVES[key]) % (len(self._rows) + 2))
        elif self._row is None:
            if key in {"left", "right"}:
                self._go_to(self._cancel_at if self._at == self._go_at else self._go_at)
        else:
            await self._row.take_key(event)
            self._sync()

    @property
    def _cancel_at(self) -> int:
        return len(self._rows)

    @property
    def _go_at(self) -> int:
        return len(self._rows) + 1

    @property
    def _row(self) -> Row | None:
        return self._rows[self._at] if self._at < len(self._rows) else None

    def _go_to(self, place: int) -> None:
        if self._row is not None:
            self.form.leave(self._row.entry.id)
        self._at = place
        if self._row is not None:
            self.set_focus(self._row.field)
            # What is typed takes the place of what stands there; Right and Left keep it.
            self._row.field.select_all()
            self._row.scroll_visible(animate=False, force=True)
        else:
            self.set_focus(None)
        self._show()

    def _press_button(self) -> None:
        if self._at == self._cancel_at:
            self.cancel()
            return
        self._sync()
        self.form.blame_all()
        self._is_sending = self.sends_ahead
        if not self._is_judging:
            self._send()

    def cancel(self) -> None:
        """Leave it; what was typed isn't thrown away without being asked."""
        if not self.form.is_dirty:
            self.end(None)
            return
        lines = ("What was typed here is lost.",)

        def answered(answer: Answer | None) -> None:
            if answer is not None:
                self.end(None)

        self.app.push_screen(
            Dialog(
                self._main.session.glyphs,
                f"Leave: {self._sheet.title}",
                lambda _: Said(lines),
                [_THROW_AWAY],
                leaving=_STAY,
            ),
            answered,
        )

    def on_click(self, event: events.Click) -> None:
        """A click into a field goes to it."""
        for number, row in enumerate(self._rows):
            if event.widget is row.field:
                self._go_to(number)

    def on_input_changed(self, event: Input.Changed) -> None:
        """What was pasted."""
        event.stop()
        self._sync()

    # Judging

    def _sync(self) -> None:
        """Take over what stands in the fields, and have it judged if that is something new."""
        changed = [row for row in self._rows if self.form.put(row.entry.id, row.field.value)]
        if changed:
            self._name_cluster()
            self._refusal = ""
            self._is_sending = False
            self._judge()
        self._show()

    def _name_cluster(self) -> None:
        """In its colour, once what stands there is the name of one."""
        world, cluster = self._main.session.world, self._sheet.cluster_of(self.form.values)
        self.entitle(
            self._sheet.title, badge_of_all(world, [cluster] if cluster in world.state.clusters else [])
        )

    def _judge(self) -> None:
        self._asked += 1
        self._is_judging = True
        tell = self._main.from_thread(partial(self._judged, self._asked))
        self._bench.ask(partial(_judgement, self._sheet, dict(self.form.values)), tell)

    def judge_again(self) -> None:
        """Something else than what stands there may have changed: a file, or what runs."""
        self._judge()
        self._show()

    def _judged(self, number: int, found: Judged | DockyardError) -> None:
        if number != self._asked or not self.is_attached:
            return
        self._is_judging = False
        self.form.judged = refused(found) if isinstance(found, DockyardError) else found
        self._show()
        if self._is_sending:
            self._send()

    # Sending

    def _send(self) -> None:
        """Ask for it, if nothing is wrong with it; else go to what is."""
        self._is_sending = False
        wrong = self.form.first_wrong()
        if wrong:
            self._go_to(next(n for n, row in enumerate(self._rows) if row.entry.id == wrong))
        elif self.form.judged.is_good and not self._is_sent:
            self.submit()
        self._show()

    def submit(self) -> None:
        """Ask the engine, if there is anything to ask; the form stays until it has answered."""
        if not self.form.judged.requests:
            return
        self._is_sent = True
        (request,) = self.form.judged.requests
        outcomes = Outcomes(1)
        self._main.say("Asking …", Tone.BUSY, request.twin)

        def told(outcome: Submitted | DockyardError) -> None:
            text, tone, twin = outcomes.told(request, outcome)
            self._is_sent = False
            if not self.is_attached:
                self._main.say(text, tone, twin)
            elif tone is Tone.GOOD or has_made(outcome):
                self.end((text, tone, twin))
            else:
                self._refusal = text
                self._show()

        self._main.session.desk.ask(request.action, request.given, self._main.from_thread(told))

    # The picture

    def _show(self) -> None:
        if not self.is_attached:
            return
        width = self._text_width()
        for row in self._rows:
            row.show_label(is_here=row is self._row)
            row.blame(self.form.error(row.entry.id), width - 4)
        words = said(self.form.judged, self._refusal, self._sheet.intro)
        needed = sum(len(wrapped(line, width)) for line in words)
        room = max(2, self.size.height * _SHARE // 100 - _AROUND)
        fields = sum(row.lines(width - 4) for row in self._rows)
        text = max(1, min(needed, max(room - fields, min(room // 3, max(_LEAST_WORDS, room // 4)))))
        self._has_more = needed > text
        self._fields.styles.height = max(1, min(fields, room - text))
        self._words.styles.height = text
        self._words.show(Fixed(words), wrap=True, top=self._words.top)
        self._help.write(*(self._row.help() if self._row is not None else ((), ())))
        self._show_buttons()

    def on_resize(self) -> None:
        """Everything depends on the size."""
        self._show()
        self.call_after_refresh(self._scroll_anew)

    def _scroll_anew(self) -> None:
        """From the top: what was scrolled away where there was less room may be seen again."""
        self._fields.scroll_home(animate=False, force=True, immediate=True)
        if self._row is not None:
            self._row.scroll_visible(animate=False, force=True, immediate=True)

    def _text_width(self) -> int:
        return min(_WIDTH, self.size.width * _SHARE // 100) - 4

    def _show_buttons(self) -> None:
        hint = "asking …" if self._is_sent else "judging …" if self._is_judging else ""
        enter = "Enter goes on" if self._row is not None else "Enter chooses"
        how = f"{'PgDn reads on' if self._has_more else enter}, Tab moves, Esc leaves"
        names = (CANCEL, self._sheet.go)
        self._buttons.write(buttons(names, self._at - self._cancel_at), [(hint or how, Tone.DIM)])


def _judgement(sheet: Sheet, values: Mapping[str, str], yard: Yard) -> Judged:
    return sheet.judge(yard, values)


def open_form(main: Main, screen: FormScreen) -> None:
    """Show a form, and say on the main screen what came of it."""

    def left(told: tuple[str, Tone, str] | None) -> None:
        if told is not None:
            main.say(*told)

    main.app.push_screen(screen, left)
