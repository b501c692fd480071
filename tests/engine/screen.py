"""A terminal as a program on its other side sees it, and a program run in one."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import struct
import termios
import time
from typing import TYPE_CHECKING, Any

from tests.engine.dockyard import PROGRAM, environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.dockyard import Installation


class Screen:
    """A terminal as a program on its other side sees it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._seen = b""

    def resize(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self._descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def type(self, text: str) -> None:
        os.write(self._descriptor, text.encode())

    def wait_for(self, text: str, timeout_s: float = 15.0) -> None:
        """Read until a text is seen; what came before it counts no more."""
        deadline = time.monotonic() + timeout_s
        while text.encode() not in self._seen:
            left_s = deadline - time.monotonic()
            assert left_s > 0, f"no {text!r} within {timeout_s} s in {self._seen!r}"
            if select.select([self._descriptor], [], [], left_s)[0]:
                try:
                    self._seen += os.read(self._descriptor, 4096)
                except OSError:  # the program has ended
                    raise AssertionError(f"no {text!r} before the end of {self._seen!r}") from None
        self._seen = self._seen.partition(text.encode())[2]

    def modes(self) -> list[Any]:
        """What `stty -a` would say."""
        return termios.tcgetattr(self._descriptor)

    def read_to_the_end(self) -> None:
        with contextlib.suppress(OSError):
            while os.read(self._descriptor, 4096):
                pass


class InScreen(Screen):
    """The command line of an installation in a terminal of its own."""

    def __init__(self, descriptor: int, pid: int) -> None:
        super().__init__(descriptor)
        self.pid = pid

    def exit_code(self) -> int:
        """How it ended, once it has."""
        self.read_to_the_end()
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


@contextlib.contextmanager
def in_screen(yard: Installation, *arguments: str) -> Iterator[InScreen]:
    program = [*PROGRAM, "--config", str(yard.config), "--state", str(yard.state_dir), *arguments]
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(program[0], program, environment())
    screen = InScreen(terminal, pid)
    screen.resize(80, 24)
    try:
        yield screen
    finally:
        os.close(terminal)
