"""A terminal, or pipes, connected to a session: until that ends, or is left by keys."""

from __future__ import annotations

import os
import select
import signal
import termios
import threading
import tty as terminal
from contextlib import contextmanager, suppress
from enum import Enum
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Final

from core.cli.leaving_keys import DETACH, DISCONNECT, LeavingKeys
from core.errors import HostError
from core.hosts.frames import STDERR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.cli.aside import Aside
    from core.streams import Place, Session
    from core.streams.streams import Attachment

_BLOCK_BYTES: Final = 32 * 1024
#: How often a new size is told, each time after a longer pause.
_RESIZES: Final = 5
_RESIZE_PAUSE_S: Final = 0.1
#: After the leaving keys, how long it may take until a command that has ended is known to have.
_LEFT_S: Final = 0.3
#: What a program that is cut off in the middle leaves a terminal in: another screen, mouse and paste reports, odd cursor keys.
_USUAL_MODES: Final = (
    b"\x1b[?1047l\x1b[?1l\x1b>\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[?25h\x1b[0m\r\n"
)
#: From here on an exit code says that a signal ended the program.
_SIGNALLED: Final = 128
_CTRL_Q: Final = b"\x11"
_NONE: Final = b"\x00"


class Way(Enum):
    """How input comes."""

    #: From a pipe, or not at all.
    PIPE = "pipe"
    #: Every key goes to a terminal of the session's own; Docker itself knows the keys that leave it.
    KEYS = "keys"
    #: The same on a host, where `~.` at the beginning of a line leaves it, as with ssh.
    HOST_KEYS = "host keys"
    #: Line by line, to what has no terminal. Ctrl-C leaves it, and so do the keys that Docker knows.
    LINES = "lines"


class Bridge:
    """Connects this process's standard input and output to a session. `run` may be called in any thread."""

    def __init__(
        self, session: Session, way: Way, *, stdin: bool = True, descriptors: tuple[int, int, int] = (0, 1, 2)
    ) -> None:
        """Without `stdin` only its output is passed on, and of what is typed only the keys that leave it count.

        `descriptors` are those of standard input, output and error.
        """
        self._in, self._out, self._err = descriptors
        self._session = session
        self._way = way
        self._stdin = stdin
        self._is_read = stdin or way is not Way.PIPE
        self._keys = LeavingKeys({Way.HOST_KEYS: DISCONNECT, Way.PIPE: b""}.get(way, DETACH))
        self._sizes: SimpleQueue[bool] = SimpleQueue()
        self._over = threading.Event()
        self._wake = os.pipe()
        self._pump = threading.Thread(target=self._pump_input, name="input", daemon=True)
        self._sizer = threading.Thread(target=self._tell_sizes, name="size", daemon=True)

    def resized(self) -> None:
        """The terminal has another size; may be called by a signal's handler."""
        self._sizes.put(True)

    def run(self) -> int | None:
        """Pass everything on until the session ends; its exit code, None when it was left. Raises HostError."""
        code: int | None = None
        is_whole = False
        try:
            with self._terminal():
                self._begin()
                try:
                    self._pass_output()
                    code = self._session.exit_code(*([_LEFT_S] if self._keys.typed else []))
                    is_whole = code is None or code < _SIGNALLED
                finally:
                    self._end()
        finally:
            if self._way in {Way.KEYS, Way.HOST_KEYS} and not is_whole:
                with suppress(OSError):
                    _write(self._out, _USUAL_MODES)
        return code

    def leave(self) -> None:
        """End it from another thread, or a signal's handler."""
        self._keys.typed = True
        self._session.close()

    # -- own parts ----------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        if self._is_read:
            self._pump.start()
        if self._way is not Way.PIPE:
            self.resized()
            self._sizer.start()

    def _end(self) -> None:
        self._over.set()
        self._sizes.put(False)
        os.write(self._wake[1], b"x")
        self._session.close()
        # What is typed next is not the session's any more: nothing may read on.
        if self._is_read:
            self._pump.join()
        for descriptor in self._wake:
            os.close(descriptor)

    def _pass_output(self) -> None:
        for source, data in self._session.output():
            _write(self._err if source == STDERR else self._out, data)

    def _pump_input(self) -> None:
        """Pass input on until its end, or the session's."""
        poll = select.poll()
        poll.register(self._in, select.POLLIN)
        poll.register(self._wake[0], select.POLLIN)
        with suppress(OSError, HostError):
            while not self._over.is_set():
                ready = [descriptor for descriptor, _ in poll.poll()]
                if self._wake[0] in ready:
                    return
                try:
                    data = os.read(self._in, _BLOCK_BYTES)
                except OSError:  # the terminal is gone
                    self._session.close()
                    return
                if not data and self._way in {Way.KEYS, Way.HOST_KEYS}:  # so is this: keys have no end
                    self._session.close()
                    return
                if not data:
                    break
                passed = self._keys.passed(data)
                if self._keys.typed and self._way is not Way.KEYS:
                    self._session.close()
                    return
                if self._stdin:
                    self._session.write(passed)
            if self._stdin:
                self._session.close_input()

    def _tell_sizes(self) -> None:
        while self._sizes.get():
            # Docker refuses, or forgets, a size that comes before the command has its terminal: docker's own client repeats it too.
            for attempt in range(_RESIZES):
                # COLUMNS and LINES, where they are set, say nothing of this terminal after it was resized.
                with suppress(HostError, OSError):
                    size = os.get_terminal_size(self._in)
                    self._session.resize(size.columns, size.lines)
                if self._over.wait(_RESIZE_PAUSE_S * attempt):
                    return

    @contextmanager
    def _terminal(self) -> Iterator[None]:
        """The terminal as the way wants it; afterwards as it was."""
        descriptor = self._in
        if self._way is Way.PIPE or not os.isatty(descriptor):
            yield
            return
        before = termios.tcgetattr(descriptor)
        try:
            if self._way is Way.LINES:
                termios.tcsetattr(descriptor, termios.TCSADRAIN, _line_mode(before))
            else:
                # What was typed already is the session's as well.
                terminal.setraw(descriptor, termios.TCSADRAIN)
            yield
        finally:
            with suppress(termios.error):  # the terminal is gone
                termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


@contextmanager
def handling_signals(bridge: Bridge, way: Way) -> Iterator[None]:
    """While inside, the session follows this terminal's size; or Ctrl-C leaves what has no terminal that it could go to.

    For the main thread, which alone may handle signals.
    """
    if way is Way.PIPE:
        yield
        return
    number = signal.SIGINT if way is Way.LINES else signal.SIGWINCH
    before = signal.signal(number, lambda *_: bridge.leave() if way is Way.LINES else bridge.resized())
    try:
        yield
    finally:
        signal.signal(number, before)


def run_attached(aside: Aside, session: Session, way: Way, *, stdin: bool) -> int | None:
    """Pass input and output on until the session ends; its exit code, None when it was left running. Raises HostError."""
    bridge = Bridge(session, way, stdin=stdin)
    with handling_signals(bridge, way):
        return aside.run(bridge.run, session.close)


def terminal_here() -> tuple[str, int, int]:
    """This process's terminal: its kind, columns and lines."""
    size = os.get_terminal_size(0)
    return os.environ.get("TERM", "xterm"), size.columns, size.lines


def way_of(attachment: Attachment) -> Way:
    """How what a person types reaches a container's main process."""
    return Way.KEYS if attachment.tty else Way.LINES


def attached_told(place: Place, attachment: Attachment) -> str:
    """What an attached terminal does, for whoever sits at it."""
    where = f"Attached to {place.label} on {place.instance.name}"
    if attachment.tty:
        return f"{where}: every key goes there, Ctrl-C too. Ctrl-P Ctrl-Q leaves it running."
    takes = "it takes what is typed, line by line" if attachment.stdin else "it takes no input"
    return f"{where}: {takes}. Ctrl-P Ctrl-Q or Ctrl-C leaves it running."


def _line_mode(before: list[Any]) -> list[Any]:
    """Lines are edited here, Ctrl-Q comes at once instead of going on with the output, and no key stops or quits us."""
    mode = [*before]
    mode[0] &= ~termios.IXON
    mode[3] |= termios.ICANON | termios.ISIG | termios.ECHO
    mode[6] = [*before[6]]
    mode[6][termios.VEOL] = _CTRL_Q
    mode[6][termios.VSUSP] = mode[6][termios.VQUIT] = _NONE
    return mode


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
