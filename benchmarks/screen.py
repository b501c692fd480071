"""The terminal UI from outside, through a pty: the whole product on its own store, with an engine's load beside it.

A stand-in for the engine (benchmarks/load.py) commits what is asked for, so that the load is the same each time.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from benchmarks.figures import load, spread
from tests.tui.pseudo_terminal import PseudoTerminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

TASKS: Final = (100, 10_000, 100_000)
KEYS: Final = 60
#: What a terminal does that nobody reads.
UNREAD_S: Final = 60.0
_OPENINGS: Final = 3
_SECONDS: Final = 5.0
_REST_S: Final = 4.0
#: Textual's own program with one word in it.
EMPTY: Final = (
    "from textual.app import App\\nfrom textual.widgets import Static\\n"
    "class Empty(App):\\n    def compose(self):\\n        yield Static('useful')\\n"
    "Empty().run()"
).replace("\\n", "\n")


class Shown:
    """An installation that somebody keeps, and the terminal UI on it."""

    #: Which installation it is, for every program of the product; and who keeps it.
    arguments: list[str]
    pid: int

    def opened(self) -> PseudoTerminal:
        return PseudoTerminal([sys.executable, "-m", "tui", *self.arguments])

    def first_picture(self) -> float:
        """Seconds until there are rows, and the status line tells who keeps them true."""
        with self.opened() as terminal:
            terminal.until_all(b"live", f"engine {self.pid}".encode(), b"web-0")
            return time.perf_counter() - terminal.began_at


class Yard(Shown):
    """An installation in a folder, with a load that can be changed."""

    def __init__(self, folder: Path, tasks: int) -> None:
        (folder / "config.toml").write_text("[clusters.default]\n", encoding="utf-8")
        self.arguments = ["--config", str(folder / "config.toml"), "--state", str(folder / "state")]
        command = [sys.executable, "-m", "benchmarks.load", str(folder / "state"), str(tasks)]
        self._load = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid = self._load.pid
        self._answer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._load.kill()
        self._load.wait()

    def load(self, kind: str) -> dict[str, float]:
        """Another load from now on; how commits were until now."""
        assert self._load.stdin is not None
        self._load.stdin.write(f"{kind}\n")
        self._load.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, float]:
        assert self._load.stdout is not None
        answer: dict[str, float] = json.loads(self._load.stdout.readline())
        return answer


def measure(tasks: int) -> Iterator[str]:
    """All figures for so many tasks."""
    with tempfile.TemporaryDirectory(prefix="dockyard-bench-") as folder, Yard(Path(folder), tasks) as yard:
        yield from first_pictures(yard)
        with yard.opened() as terminal:
            show_tasks(terminal, tasks)
            yield from _keys(yard, terminal)
            yield from _bytes(yard, terminal)
            yield from _held(terminal)
            if tasks == TASKS[1]:
                yield from _unread(yard, terminal)
            yield f"memory {terminal.resident_mib():.0f} MiB (aim ≤ 250 at 100,000)"
        yield load()


def first_pictures(yard: Shown) -> Iterator[str]:
    ours = statistics.median(yard.first_picture() for _ in range(_OPENINGS))
    theirs = statistics.median(_empty() for _ in range(_OPENINGS))
    yield f"first useful picture {ours:.2f} s, Textual's empty app {theirs:.2f} s: {ours / theirs:.2f} × (aim ≤ 2.5)"


def _empty() -> float:
    with PseudoTerminal([sys.executable, "-c", EMPTY]) as terminal:
        terminal.until(b"useful")
        return time.perf_counter() - terminal.began_at


def show_tasks(terminal: PseudoTerminal, tasks: int) -> None:
    """Open the table of all tasks, and let it come to rest: beside an engine it is never quiet for long."""
    terminal.until(b"live")
    terminal.press(b":tasks\r")
    terminal.until(f"Tasks(all)[{tasks}] ".encode())
    terminal.bytes_in(_REST_S)


def moved(terminal: PseudoTerminal) -> str:
    """Keys where nothing else changes."""
    moving = [terminal.time(b"j")[0] for _ in range(KEYS)]
    return f"idle: `j` to its first byte {spread(moving)} (aim p50 ≤ 10, p95 ≤ 40)"


def answered(terminal: PseudoTerminal) -> str:
    """Keys where much else changes: the message line says what each did, whatever else is painted."""
    terminal.bytes_in(1.0)
    keys: list[float] = []
    for _ in range(KEYS // 2):
        for words in (b"mouse is off", b"mouse is on"):
            keys.append(terminal.time_until(b"m", words))
            terminal.bytes_in(0.03)
    return f"key to its picture {spread(keys)} (aim p50 ≤ 10, p95 ≤ 40)"


def _keys(yard: Yard, terminal: PseudoTerminal) -> Iterator[str]:
    yield moved(terminal)
    for kind, words in (
        ("hidden", "500 changes a second, none on the screen"),
        ("visible", "every visible row changes ten times a second"),
        ("busy", "500 changes a second anywhere"),
        ("full", "an engine that commits without a pause"),
    ):
        yard.load(kind)
        yield f"{words}: {answered(terminal)}"
    yard.load("idle")
    terminal.read(first_s=2, quiet_s=2)


def _bytes(yard: Yard, terminal: PseudoTerminal) -> Iterator[str]:
    terminal.press(b"g")
    terminal.bytes_in(9.0)  # until the last message has gone
    figures = []
    for kind, aim in (("idle", "≤ 20"), ("hidden", "as idle"), ("one", "≤ 1,000")):
        yard.load(kind)
        terminal.bytes_in(2.0)
        figures.append(f"{kind} {terminal.bytes_in(_SECONDS) / _SECONDS:,.0f} (aim {aim})")
    yard.load("idle")
    yield f"bytes a second: {', '.join(figures)}"


def _held(terminal: PseudoTerminal) -> Iterator[str]:
    """`j` held for five seconds, the last of them at the end of the table."""
    terminal.press(b"G")
    terminal.read(first_s=1, quiet_s=1)
    terminal.press(b"\x1b[5~\x1b[5~")
    terminal.read(first_s=1, quiet_s=1)
    before_end = 0
    for _ in range(150):
        terminal.press(b"j")
        before_end = terminal.bytes_in(1 / 30)
    began = time.perf_counter()
    first, after = terminal.read(first_s=1)
    late_ms = 1000 * (first or 0.0)
    yield (
        f"`j` held at 30 a second: {before_end} bytes for the last key, {after} after it "
        f"({late_ms:.0f} ms late; aim: no more than one picture); {time.perf_counter() - began:.1f} s until quiet"
    )


def _unread(yard: Yard, terminal: PseudoTerminal) -> Iterator[str]:
    """Nobody reads the terminal, as over a link that hangs."""
    yard.load("visible")
    terminal.bytes_in(UNREAD_S / 4)
    read = yard.load("visible")
    time.sleep(UNREAD_S)
    unread = yard.load("idle")
    terminal.read(first_s=2, quiet_s=1)
    answered = terminal.time_until(b"m", b"mouse is o")
    yield (
        f"a terminal not read for {UNREAD_S:g} s: longest commit {unread['longest_s'] * 1000:.0f} ms, {unread['late_s'] * 1000:.0f} ms late "
        f"(read: {read['longest_s'] * 1000:.0f} and {read['late_s'] * 1000:.0f}); then a key is answered in {answered:.0f} ms"
    )
