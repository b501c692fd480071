"""The terminal's driver, quick to answer Esc: whether it stands alone or begins a sequence is only known after a wait."""

from __future__ import annotations

import os
from codecs import getincrementaldecoder
from contextlib import suppress
from selectors import EVENT_READ, SelectSelector
from typing import TYPE_CHECKING, Any, Final

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Key

from tui.pasted import Pastes

if TYPE_CHECKING:
    from textual.message import Message

    from tui.app import DockyardApp

#: Textual looks ten times a second whether an Esc stood alone. After a byte that may be one, we look sooner.
_WAIT_S: Final = 0.1
_WAIT_AFTER_ESCAPE_S: Final = 0.03
_READ_BYTES: Final = 4096


class QuickDriver(LinuxDriver):
    """Textual's own, with an input thread of ours. Pinned with Textual's version."""

    def __init__(self, app: DockyardApp, **options: Any) -> None:
        """As Textual makes it."""
        super().__init__(app, **options)
        self._session: Final = app.session

    def _sigcont_application(self, *_signal: object) -> None:
        """Take the screen again; a terminal that is closed sends this too, when nothing is left to show anything."""
        with suppress(RuntimeError):  # the loop has ended
            super()._sigcont_application()

    def run_input_thread(self) -> None:
        """Read keys until the program ends; runs in a thread of its own."""
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")(errors="replace").decode
        pastes = Pastes()
        wait_s = _WAIT_S
        with SelectSelector() as selector:
            selector.register(self.fileno, EVENT_READ)
            while not self.exit_event.is_set():
                data = ""
                if selector.select(wait_s):
                    data = decode(os.read(self.fileno, _READ_BYTES))
                    given = pastes.through(data)
                    if given or not data:  # nothing would mean the end to the parser
                        for message in parser.feed(given):
                            self._take(message)
                    if not data:
                        break
                wait_s = _WAIT_AFTER_ESCAPE_S if data.endswith("\x1b") else _WAIT_S
                for message in parser.tick():
                    self._take(message)

    def _take(self, message: Message) -> None:
        """Have a message handled; a key has its turn before all that works in slices."""
        if isinstance(message, Key):
            self._session.turns.pressed()
        self.process_message(message)
