"""The terminal UI from outside, as in `screen`, beside the product's own engine on simulated hosts: keys, unread, memory.

What needs one certain row to change, such as the bytes that one costs, is measured beside the stand-in alone.
"""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.figures import load, spread
from benchmarks.screen import TASKS, UNREAD_S, answered, first_pictures, moved, show_tasks
from benchmarks.simulated import Simulated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.tui.pseudo_terminal import PseudoTerminal

#: How often the engine is asked how soon it answers.
_ASK_EVERY_S: Final = 0.5
_COUNTED_S: Final = 5.0


def measure(tasks: int) -> Iterator[str]:
    """All figures for so many tasks."""
    with tempfile.TemporaryDirectory(prefix="dockyard-bench-") as folder:
        began = time.perf_counter()
        with Simulated(Path(folder), tasks) as yard:
            yard.settle()
            yield f"the engine knows all of it, and is quiet, after {time.perf_counter() - began:.0f} s"
            yield from first_pictures(yard)
            with yard.opened() as terminal:
                show_tasks(terminal, tasks)
                yield moved(terminal)
                yard.turn()
                yield from _busy(yard, terminal, "checks turn")
                if tasks == TASKS[1]:
                    yield from _unread(yard, terminal)
                yard.restart_all()
                yield from _busy(yard, terminal, "everything is restarted")
                yield f"memory {terminal.resident_mib():.0f} MiB (aim ≤ 250 at 100,000)"
        yield load()


def _busy(yard: Simulated, terminal: PseudoTerminal, words: str) -> Iterator[str]:
    with Reader(terminal):
        rate = yard.changes_in(_COUNTED_S)
    yield f"{words}, {rate:,.0f} changes a second: {answered(terminal)}"


def _unread(yard: Simulated, terminal: PseudoTerminal) -> Iterator[str]:
    """Nobody reads the terminal, as over a link that hangs: how soon the engine's turns answer."""
    with Reader(terminal):
        read = _answers(yard, UNREAD_S / 2)
    unread = _answers(yard, UNREAD_S)
    terminal.read(first_s=2, quiet_s=1)
    key_ms = terminal.time_until(b" ", b" marked")
    yield (
        f"a terminal not read for {UNREAD_S:g} s: the engine's turns answer commands in {spread(unread)}, at most "
        f"{max(unread):.0f} (read: {spread(read)}, at most {max(read):.0f}); then a key is answered in {key_ms:.0f} ms"
    )


def _answers(yard: Simulated, seconds: float) -> list[float]:
    until, answers = time.perf_counter() + seconds, []
    while time.perf_counter() < until:
        answers.append(yard.answer_ms())
        time.sleep(_ASK_EVERY_S)
    return answers


class Reader:
    """Reads a terminal in a thread while something else is measured."""

    def __init__(self, terminal: PseudoTerminal) -> None:
        self._terminal = terminal
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._read)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _read(self) -> None:
        while not self._over.is_set():
            self._terminal.bytes_in(0.1)
