"""The terminal in whose foreground this process runs, for a question amid its other work; left as it was found."""

from __future__ import annotations

import getpass
import os
import signal
import sys
import termios
from contextlib import suppress
from typing import Any, Self


class Foreground:
    """Asks without echo, from any thread. A process in the background asks nothing and gets no answer."""

    def __init__(self, modes: list[Any]) -> None:
        """Made by `of_this_process`; `modes` are the terminal's as they are to be left."""
        self._modes = modes

    @classmethod
    def of_this_process(cls) -> Self | None:
        """The terminal that stdin is; None where it is none. For the main thread."""
        if sys.stdin is None or not sys.stdin.isatty():
            return None
        # Reading or switching the echo from the background (Ctrl-Z, bg) would suspend the whole process.
        for number in (signal.SIGTTIN, signal.SIGTTOU):
            signal.signal(number, signal.SIG_IGN)
        return cls(termios.tcgetattr(sys.stdin))

    def ask(self, question: str) -> str:
        """The answer; empty when there is none."""
        with suppress(OSError, EOFError):
            if os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp():
                return getpass.getpass(question, sys.stderr)
        return ""

    def close(self) -> None:
        """Give the terminal back, also amid a question."""
        with suppress(OSError, termios.error):
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, self._modes)
