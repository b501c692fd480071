"""A terminal, or pipes, connected to a command in a container."""

from __future__ import annotations

import os
import signal
import sys
import termios
import threading
import tty as terminal
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Final

from core.errors import HostError
from core.hosts.frames import STDERR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.streams import Exec

_BLOCK_BYTES: Final = 32 * 1024
#: How often a new size is told, each time after a longer pause.
_RESIZES: Final = 5
_RESIZE_PAUSE_S: Final = 0.1


def run_attached(session: Exec, *, tty: bool, stdin: bool) -> int | None:
    """Pass input and output on until the command ends; its exit code, None when it was left running."""
    if stdin:
        threading.Thread(target=_pump_input, args=(session, sys.stdin.fileno()), daemon=True).start()
    out, err = sys.stdout.fileno(), sys.stderr.fileno()
    with _raw_terminal(session) if tty else nullcontext():
        for source, data in session.output():
            _write(err if source == STDERR else out, data)
    return session.exit_code()


def _pump_input(session: Exec, source: int) -> None:
    """Pass input on until its end, or the command's."""
    with suppress(OSError, HostError):
        while data := os.read(source, _BLOCK_BYTES):
            session.write(data)
        session.close_input()


@contextmanager
def _raw_terminal(session: Exec) -> Iterator[None]:
    """Every key goes to the command, and its terminal is as large as this one."""
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)

    def resize() -> None:
        # Docker refuses, or forgets, a size that comes before the command has its terminal: docker's own client repeats it too.
        for attempt in range(_RESIZES):
            # COLUMNS and LINES, where they are set, say nothing of this terminal after it was resized.
            with suppress(HostError, OSError):
                size = os.get_terminal_size(descriptor)
                session.resize(size.columns, size.lines)
            if ended.wait(_RESIZE_PAUSE_S * attempt):
                return

    ended = threading.Event()

    old = signal.signal(signal.SIGWINCH, lambda *_: threading.Thread(target=resize, daemon=True).start())
    try:
        terminal.setraw(descriptor)
        threading.Thread(target=resize, daemon=True).start()
        yield
    finally:
        ended.set()
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
        signal.signal(signal.SIGWINCH, old)


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
