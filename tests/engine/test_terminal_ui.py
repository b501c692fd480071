"""The terminal UI as a person meets it: the real program in tmux, on real hosts, at two sizes."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.engine.dockyard import ROOT, environment
from tests.engine.testbed import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.engine.dockyard import Engine, Installation

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("bed-2")]

PATIENCE_S = 30.0


def engine_of(yard: Installation) -> Engine:
    assert yard.engine is not None
    return yard.engine


class Tmux:
    """One program in a tmux server of its own."""

    def __init__(self, folder: Path, *command: str, columns: int = 80, lines: int = 24) -> None:
        self._socket = str(folder / "tmux")
        # What is printed after the end stays to be read, and the server ends with it killed.
        line = f"cd {shlex.quote(str(ROOT))} && {shlex.join(command)}; echo ended with $?; exec sleep 1000"
        self._run("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(lines), line)

    def _run(self, *arguments: str) -> str:
        program = ("tmux", "-S", self._socket, *arguments)
        return subprocess.run(program, check=True, capture_output=True, text=True, env=environment()).stdout

    def press(self, *keys: str) -> None:
        self._run("send-keys", *keys)

    def typed(self, key: str, words: str) -> bool:
        """Press a key, and see within a moment whether it brought about what it should."""
        self.press(key)
        deadline = time.monotonic() + 2.0
        while time.monotonic() < deadline:
            if words in self.screen:
                return True
        return False

    def resize(self, columns: int, lines: int) -> None:
        self._run("resize-window", "-x", str(columns), "-y", str(lines))

    @property
    def screen(self) -> str:
        return self._run("capture-pane", "-p")

    def wait_for(self, *words: str) -> str:
        """Wait until the screen shows all of some words; the screen."""
        deadline = time.monotonic() + PATIENCE_S
        while not all(word in (shown := self.screen) for word in words):
            assert time.monotonic() < deadline, f"not all of {words} within {PATIENCE_S:g} s on\n{shown}"
        return shown

    def close(self) -> None:
        self._run("kill-server")


@pytest.fixture
def terminal(yard: Installation, tmp_path: Path) -> Iterator[Tmux]:
    """The terminal UI attached to an engine that keeps two tasks of a service."""
    yard.start()
    yard.register()
    yard.create("web", 2)
    yard.wait_steady(2)
    arguments = ["--config", str(yard.config), "--state", str(yard.state_dir)]
    tmux = Tmux(tmp_path, sys.executable, "-P", "-m", "tui", *arguments)
    try:
        yield tmux
    finally:
        tmux.close()


def test_a_service_is_seen_scaled_healed_and_looked_into(terminal: Tmux, yard: Installation) -> None:
    top = terminal.wait_for("web", "2/2", "3/3 hosts").splitlines()[0]
    assert f"engine {engine_of(yard).pid}" in top

    terminal.press("S")
    terminal.wait_for("Scale web", "Cancel")
    # What is typed before the dialog could be read is passed over, so a person would type it again.
    wait_until(lambda: terminal.typed("4", "2 → 4"), "the new number", PATIENCE_S)
    terminal.press("Enter")
    terminal.wait_for("4/4", "dockyard service scale web 4")
    yard.wait_steady(4)

    terminal.resize(160, 50)
    terminal.press("Enter")
    terminal.wait_for("Tasks(", "[4]", "h0", "h1", "h2")
    victim = next(seen for seen in yard.containers() if seen.running)
    yard.docker(next(h for h in yard.hosts if h.name == victim.host)).kill(victim.id)
    yard.wait(lambda: victim.task not in {t.id for t in yard.tasks()}, "the killed task is STOPPED")
    yard.wait_steady(4)
    line = next(line for line in terminal.wait_for("STOPPED").splitlines() if victim.task[:8] in line)
    assert "STOPPED" in line

    terminal.resize(80, 24)
    terminal.press("Escape")
    terminal.wait_for("Services(")
    terminal.press("d")
    terminal.wait_for("Describe service web", "Bounds")
    terminal.press("Escape")
    terminal.press("C-c")
    terminal.wait_for("ended with 0")
    assert engine_of(yard).running


def test_an_engine_that_is_killed_is_told_at_once(terminal: Tmux, yard: Installation) -> None:
    terminal.wait_for("2/2")
    engine_of(yard).kill9()
    terminal.wait_for("no engine")
    yard.start()
    terminal.wait_for(f"engine {engine_of(yard).pid}", "2/2")


def test_without_a_terminal_it_says_so_in_a_sentence(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-P", "-m", "tui", "--state", str(tmp_path)],
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert result.returncode == 2
    assert "needs a terminal" in result.stderr
    assert "Traceback" not in result.stderr
