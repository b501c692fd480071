"""A terminal connected with a session: what goes through, how it is left, and that it is as before afterwards."""

from __future__ import annotations

import os
import pty
import select
import signal
import termios
import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING

import pytest

from core.cli.exec import Bridge, Way, handling_signals
from core.errors import ReplyLost
from core.hosts.frames import STDOUT
from tests.engine.testbed import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator


class Far:
    """A session whose other side is the test."""

    def __init__(self) -> None:
        self.said: SimpleQueue[bytes | Exception] = SimpleQueue()
        self.heard = b""
        self.sizes: list[tuple[int, int]] = []
        self.code: int | None = 0
        self.is_closed = False
        self.input_closed = False

    def output(self) -> Iterator[tuple[int, bytes]]:
        while data := self.said.get():
            if isinstance(data, Exception):
                raise data
            yield STDOUT, data

    def write(self, data: bytes) -> None:
        self.heard += data

    def close_input(self) -> None:
        self.input_closed = True

    def resize(self, columns: int, lines: int) -> None:
        self.sizes.append((columns, lines))

    def exit_code(self, patience_s: float = 5.0) -> int | None:
        return None if self.is_closed else self.code

    def close(self) -> None:
        self.is_closed = True
        self.said.put(b"")


class Desk:
    """Where somebody sits."""

    def __init__(self) -> None:
        self.keys, self.terminal = pty.openpty()
        termios.tcsetwinsize(self.terminal, (24, 80))

    def type(self, text: bytes) -> None:
        os.write(self.keys, text)

    def modes(self) -> list[object]:
        return termios.tcgetattr(self.terminal)

    def shown(self, text: bytes) -> None:
        seen = b""
        while text not in seen:
            assert select.select([self.keys], [], [], 20)[0], seen
            seen += os.read(self.keys, 4096)

    def close(self) -> None:
        os.close(self.keys)
        os.close(self.terminal)


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.close()


class Running:
    """A bridge in a thread of its own."""

    def __init__(self, desk: Desk, far: Far, way: Way, *, stdin: bool = True) -> None:
        self.bridge = Bridge(far, way, stdin=stdin, descriptors=(desk.terminal,) * 3)
        self.outcome: list[int | Exception | None] = []
        self._thread = threading.Thread(target=self._run)
        before = desk.modes()
        self._thread.start()
        wait_until(lambda: desk.modes() != before, "the terminal is the session's")

    def _run(self) -> None:
        try:
            self.outcome.append(self.bridge.run())
        except ReplyLost as error:
            self.outcome.append(error)

    def ended(self) -> int | Exception | None:
        self._thread.join(20)
        assert not self._thread.is_alive()
        return self.outcome[0]


def test_every_key_goes_through_and_the_terminal_is_as_before(desk: Desk) -> None:
    before, far = desk.modes(), Far()
    running = Running(desk, far, Way.KEYS)
    far.said.put(b"hello ")
    desk.shown(b"hello ")
    assert desk.modes() != before
    desk.type(b"\x03\x1a\x04x")
    wait_until(lambda: far.heard == b"\x03\x1a\x04x", "the keys")
    wait_until(lambda: (80, 24) in far.sizes, "the size")
    termios.tcsetwinsize(desk.terminal, (33, 101))
    running.bridge.resized()
    wait_until(lambda: (101, 33) in far.sizes, "the new size")
    far.code = 7
    far.said.put(b"")
    assert running.ended() == 7
    assert desk.modes() == before


def test_what_is_typed_after_the_end_is_not_swallowed(desk: Desk) -> None:
    far = Far()
    running = Running(desk, far, Way.KEYS)
    desk.type(b"a")
    wait_until(lambda: far.heard == b"a", "the first key")
    far.said.put(b"")
    running.ended()
    desk.type(b"mine\n")
    assert os.read(desk.terminal, 100) == b"mine\n"
    assert far.heard == b"a"


def test_a_link_that_breaks_is_an_error_and_the_modes_are_set_back(desk: Desk) -> None:
    before, far = desk.modes(), Far()
    running = Running(desk, far, Way.KEYS)
    lost = ReplyLost("the link broke")
    far.said.put(b"\x1b[?1049h")
    far.said.put(lost)
    assert running.ended() is lost
    desk.shown(b"\x1b[?1047l")
    assert desk.modes() == before


def test_lines_go_to_what_has_no_terminal_and_the_detach_keys_leave_it_at_once(desk: Desk) -> None:
    before, far = desk.modes(), Far()
    running = Running(desk, far, Way.LINES)
    desk.type(b"hallo\x7f\x7fo\n")
    wait_until(lambda: far.heard == b"halo\n", "the line")
    desk.type(b"\x10\x11")
    assert running.ended() is None
    assert far.heard == b"halo\n"
    assert desk.modes() == before


def test_ctrl_c_leaves_what_has_no_terminal(desk: Desk) -> None:
    far = Far()
    running = Running(desk, far, Way.LINES, stdin=False)
    with handling_signals(running.bridge, Way.LINES):
        signal.raise_signal(signal.SIGINT)
    assert running.ended() is None
    desk.type(b"x\n")
    assert far.heard == b""


def test_a_host_s_session_is_cut_by_its_own_keys(desk: Desk) -> None:
    far = Far()
    running = Running(desk, far, Way.HOST_KEYS)
    desk.type(b"ls\r~.")
    assert running.ended() is None


def test_a_terminal_that_goes_away_ends_the_session(desk: Desk) -> None:
    far = Far()
    running = Running(desk, far, Way.KEYS)
    wait_until(lambda: bool(far.sizes), "it runs")
    hung_up, desk.keys = desk.keys, os.open(os.devnull, os.O_RDWR)
    os.close(hung_up)
    wait_until(lambda: far.is_closed, "it is closed")
    assert running.ended() is None
