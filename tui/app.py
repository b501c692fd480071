"""The application: one session on a terminal, the engine that may be its child, and how it ends."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar, Final

from textual.app import App
from textual.binding import Binding, BindingType

from core.errors import ConfigError, DockyardError
from tui.listing.row import Tone
from tui.screens.dialog import Answer, Dialog, Said
from tui.screens.main import Main
from tui.status import Ours

if TYPE_CHECKING:
    from core.api import EngineChild
    from tui.session import Session

_STAY: Final = "Leave it running"
_STOP: Final = "Stop it"
#: How long a child may take to end before we leave it to itself.
_STOP_S: Final = 5.0


class DockyardApp(App[int], inherit_bindings=False):
    """Ends with the exit code."""

    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = False
    TITLE = "dockyard"
    #: Inputs take Ctrl-C for copying; here it always cancels or quits.
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "interrupt", show=False, priority=True)]

    def __init__(self, session: Session) -> None:
        """Run a session."""
        super().__init__()
        self.session: Final = session
        session.leave, session.use_mouse = self.leave, self.use_mouse
        self._use_theme()

    def _use_theme(self) -> None:
        if self.no_color:
            # The other themes are made of true colours, which come out as greys without colour.
            self.theme = "textual-ansi"
            return
        name = {"ansi": "textual-ansi", "": "textual-dark"}.get(self.session.theme, self.session.theme)
        if name not in self.available_themes:
            known = ", ".join(sorted(self.available_themes))
            raise ConfigError(f"[ui] theme: there is no theme {name!r}; there are ansi, {known}")
        self.theme = name

    def on_mount(self) -> None:
        """Show the main screen; an engine is started once something is on the screen."""
        self.push_screen(Main(self.session))
        if self.session.start_engine is not None:
            self.session.ours = Ours(note="starting an engine")
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
            self._loop.call_soon_threadsafe(self._engine_started, outcome)

    def _engine_started(self, outcome: EngineChild | DockyardError | None) -> None:
        self.session.ours = Ours()
        main = self.main()
        if isinstance(outcome, DockyardError):
            if main is not None:
                main.say(str(outcome), Tone.BAD)
        elif outcome is not None:
            self.session.child = outcome
            self.session.ours = Ours(outcome.pid)
        if main is not None:
            main.paint_lines()

    async def action_interrupt(self) -> None:
        """Ctrl-C: cancels what is open, else quits."""
        if not isinstance(self.screen, Main):
            self.screen.dismiss(None)
        elif self.screen.prompt.is_open:
            self.screen.close_prompt(keep=False)
        else:
            self.leave()

    def leave(self) -> None:
        """Quit, after asking what becomes of an engine that is our child."""
        child = self.session.child
        if child is None or not child.running():
            self.exit(0)
        elif self.session.engine_on_quit == "ask":
            self.push_screen(self._question(child), self._answered)
        else:
            self._end(stay=self.session.engine_on_quit == "stay")

    def _question(self, child: EngineChild) -> Dialog:
        lines = (
            f"The engine (pid {child.pid}) was started by this screen.",
            "Leave it running: it goes on looking after all services; `dockyard` attaches to it again.",
            "Stop it: all tasks run on, but nothing is watched or replaced until an engine runs.",
        )
        return Dialog(self.session.glyphs, "Quit", lambda _typed: Said(lines), [_STAY, _STOP])

    def _answered(self, answer: Answer | None) -> None:
        if answer is not None:
            self._end(stay=answer.choice == _STAY)

    def _end(self, *, stay: bool) -> None:
        child = self.session.child
        if child is not None and stay:
            child.stay()
        self.exit(0)

    def use_mouse(self, is_used: bool) -> None:
        """Let the program have the mouse, or leave it to the terminal."""
        driver = self._driver
        switch = "_enable_mouse_support" if is_used else "_disable_mouse_support"
        if driver is not None and hasattr(driver, switch):
            getattr(driver, switch)()


def run(session: Session) -> int:
    """Run the terminal UI until it is left; a child that wasn't told to stay is stopped."""
    app = DockyardApp(session)
    app.run(mouse=session.mouse)
    if session.child is not None and session.child.running():
        session.child.stop(_STOP_S)
    return app.return_code or 0
