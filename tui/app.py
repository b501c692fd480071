"""The application: one session on a terminal, the engine that may be its child, and how it ends."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import suppress
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, ClassVar, Final

from rich.segment import Segment
from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.filter import LineFilter

from core.errors import DockyardError, NotInTime
from tui import themes
from tui.driver import QuickDriver
from tui.garbage import look_for_little_at_a_time
from tui.listing.row import Tone
from tui.screens.box import Box
from tui.screens.dialog import Answer, Dialog, Said
from tui.screens.main import Main
from tui.status import STARTING, Ours

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType
    from textual.color import Color
    from textual.driver import Driver
    from textual.screen import Screen

    from core.api import EngineChild
    from tui.session import Session

_QUIT: Final = "Quit"
_STAY: Final = "Leave it running"
_STOP: Final = "Stop it"
#: How long a child may take to end before we leave it to itself.
_STOP_S: Final = 5.0
#: How long another thread may keep the interpreter while a key waits; Python's own 5 ms are felt when a flood is read.
_SWITCH_S: Final = 0.001


class _NoColour(LineFilter):
    """Keeps weight and reverse video, and no colour codes at all."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002  # Textual's signature
        """Leave the colours out."""
        return [Segment(text, style and style.without_color, control) for text, style, control in segments]


_NO_COLOUR: Final = _NoColour()


class DockyardApp(App[int], inherit_bindings=False):
    """Ends with the exit code."""

    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = False
    TITLE = "dockyard"
    #: Inputs take Ctrl-C for copying; here it always cancels or quits.
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "interrupt", show=False, priority=True)]

    def __init__(self, session: Session, driver_class: type[Driver] | None = None) -> None:
        """Run a session; without a driver class Textual chooses one."""
        super().__init__(driver_class)
        self.session: Final = session
        self.crash: Exception | None = None
        #: When something was painted last, by `time.monotonic` as keys have it.
        self.painted_at = 0.0
        self._is_starting = False
        session.leave, session.use_mouse = self.leave, self.use_mouse
        session.bring_up_engine, session.ask_secret = self.bring_up_engine, self.ask_secret
        self._use_theme()

    def _use_theme(self) -> None:
        if self.no_color:
            self.theme = themes.ANSI
        else:
            self.theme = themes.theme_named(self.session.theme, self.available_themes)

    async def on_event(self, event: events.Event) -> None:
        """Keys go to the screen first, whole and in their order; what is pasted or clicked goes to widgets."""
        if isinstance(event, events.Key) and not event.is_forwarded and await self._take_key(event):
            return
        await super().on_event(event)

    async def _take_key(self, event: events.Key) -> bool:
        screen = self.screen if self.screen_stack else None
        if isinstance(screen, Main):
            if not screen.prompt.is_open:
                await screen.tables.settled()
            return screen.take_key(event) or await screen.prompt.take_key(event)
        return isinstance(screen, Box) and await screen.take_key(event)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Under NO_COLOR Textual's own filters turn colours into greys; ours leaves them out."""
        return (_NO_COLOUR,) if self.no_color else super().get_line_filters()

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Textual's own; once something is painted work goes on. Its hook for this comes where nothing is painted, too."""
        super()._display(screen, renderable)
        if renderable is not None and not self._batch_count:
            self.painted_at = time.monotonic()
            self.session.turns.go_on()

    def get_default_screen(self) -> Main:
        """The main screen lies below all others: an empty one below it would be laid out and painted as well."""
        return Main(self.session, self.size)

    def bring_up_engine(self) -> None:
        """Start an engine as our child if none runs, without waiting for it."""
        if self.session.start_engine is not None and not self._is_starting:
            self._is_starting = True
            self.session.ours = Ours(note=STARTING)
            threading.Thread(target=self._start_engine, name="engine start", daemon=True).start()

    def main(self) -> Main | None:
        """The main screen, once it is there."""
        return next((screen for screen in self.screen_stack if isinstance(screen, Main)), None)

    def _start_engine(self) -> None:
        assert self.session.start_engine is not None
        try:
            outcome: EngineChild | DockyardError | None = self.session.start_engine()
        except DockyardError as error:
            outcome = error
        with suppress(RuntimeError):  # the program is ending
            assert self._loop is not None
            self._loop.call_soon_threadsafe(self.call_later, self._engine_started, outcome)

    def _engine_started(self, outcome: EngineChild | DockyardError | None) -> None:
        main, self._is_starting = self.main(), False
        self.session.ours = Ours()
        if isinstance(outcome, DockyardError):
            if main is not None:
                main.say(str(outcome), Tone.BAD)
        elif outcome is not None:
            self.session.child = outcome
            if self.session.engine_on_quit == "stay":
                # Now: who is killed can't say it.
                outcome.outlive()
            self.session.ours = Ours(outcome.pid, note="engine starting")
            self.session.source.look_now()
        if main is not None:
            main.paint_lines()

    async def action_interrupt(self) -> None:
        """Ctrl-C: cancels what is open, else quits."""
        if isinstance(self.screen, Box):
            self.screen.cancel()
        elif not isinstance(self.screen, Main):
            self.leave()
        elif self.screen.prompt.is_open:
            self.screen.prompting.close(keep=False)
        else:
            self.leave()

    def leave(self) -> None:
        """Quit, after asking what becomes of an engine that is our child, and whether what is under way may be cut short."""
        lines, choices = self.session.world.own.cut_short(), [_QUIT]
        child = self.session.child
        if child is not None and child.running() and self.session.engine_on_quit == "ask":
            lines += [
                f"The engine (pid {child.pid}) was started by this screen.",
                "Leave it running: it goes on looking after all services; `dockyard` attaches to it again.",
                "Stop it: all tasks run on, but nothing is watched or replaced until an engine runs.",
            ]
            choices = [_STAY, _STOP]
        if not lines:
            self._end(stay=self.session.engine_on_quit == "stay")
            return

        def answered(answer: Answer | None) -> None:
            if answer is not None:
                stays = answer.choice == _STAY or (
                    answer.choice == _QUIT and self.session.engine_on_quit == "stay"
                )
                self._end(stay=stays)

        self.push_screen(Dialog(self.session.glyphs, "Quit", lambda _typed: Said(lines), choices), answered)

    def _end(self, *, stay: bool) -> None:
        child = self.session.child
        if child is not None and child.running() and stay:
            child.stay()
        self.exit(0)

    def ask_secret(self, question: str, again: bool) -> str:
        """Ask in a dialog for what another thread needs, which waits here for the answer."""
        answered: SimpleQueue[str] = SimpleQueue()
        lines = (
            *(["That was not it."] if again else []),
            "The key is encrypted, and no ssh agent holds it.",
            "What you type is kept in memory alone, until this program and an engine that it started end.",
        )

        def ask() -> None:
            dialog = Dialog(
                self.session.glyphs,
                question.rstrip(": "),
                lambda typed: Said(lines, bool(typed)),
                ["Use it"],
                field="",
                is_secret=True,
            )
            self.push_screen(dialog, lambda answer: answered.put(answer.typed if answer is not None else ""))

        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(self.call_later, ask)
        except RuntimeError:  # the program is ending
            return ""
        return answered.get()

    def _fatal_error(self) -> None:
        """Textual would print its traceback over the terminal; whoever runs us says it in a sentence and keeps the trace."""
        self.crash = self._exception
        self._close_messages_no_wait()

    def thread_failed(self, failure: threading.ExceptHookArgs) -> None:
        """No thread of ours ends unnoticed: what it knew would quietly become old."""
        if isinstance(failure.exc_value, Exception) and self._loop is not None:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._handle_exception, failure.exc_value)

    def use_mouse(self, is_used: bool) -> None:
        """Let the program have the mouse, or leave it to the terminal."""
        driver = self._driver
        switch = "_enable_mouse_support" if is_used else "_disable_mouse_support"
        if driver is not None and hasattr(driver, switch):
            getattr(driver, switch)()


def run(session: Session) -> int:
    """Run the terminal UI until it is left; an engine that is its child, and that nobody told to stay, ends.

    Raises what it crashed of, and NotInTime when the engine has not ended.
    """
    look_for_little_at_a_time()
    sys.setswitchinterval(_SWITCH_S)
    app, late = DockyardApp(session, QuickDriver), ""
    hook, threading.excepthook = threading.excepthook, app.thread_failed
    try:
        app.run(mouse=session.mouse)
    finally:
        threading.excepthook = hook
        if session.child is not None and session.child.running():
            if session.engine_on_quit == "stay":
                session.child.stay()
            elif not session.child.stop(_STOP_S):
                late = (
                    f"The engine (pid {session.child.pid}) was told to end, and has not within {_STOP_S:g} s. It may still; "
                    f"`kill -9 {session.child.pid}` ends it at once. Tasks run on either way"
                )
    if app.crash is not None:
        raise app.crash
    if late:
        raise NotInTime(late)
    return app.return_code or 0
