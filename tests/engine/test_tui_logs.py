"""Logs of real containers in the real program, in tmux: a flood, and what was before."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pytest

from tests.tui.tmux import Terminal, end_with_engine, missing
from tui.logs.ring import KEPT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.dockyard import Installation

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

#: 2,000 lines ten times a second, coloured, with what would clear the screen, ask the terminal and change its title.
FLOOD: Final = r"""
e=$(printf '\033')
seq 2000 | sed "s|.*|$e[32mGET$e[0m /orders/& $e[2J$e[6n$e]0;owned$e\\\\ 200 in 17 ms|" > /tmp/lines
while :; do cat /tmp/lines; usleep 90000; done
"""
_COUNTED: Final = re.compile(r"(\d+) dropped, (\d+) lines, following")


def test_a_container_that_writes_without_end_is_read_bounded_counted_and_harmless(
    yard: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with Terminal("--config", str(yard.config), "--state", str(yard.state_dir)) as terminal:
        terminal.wait("(ours)", "live", "3/3 hosts")
        yard.register(command=["sh", "-c", FLOOD], stopTimeout=2, memory=32)
        yard.create("web", 1, wait=False)
        terminal.wait("1/1 tasks")
        terminal.press("l")
        screen = terminal.wait("dropped, ", "GET /orders/", "200 in 17 ms", timeout_s=120)
        counted = _COUNTED.search(screen)
        assert counted is not None
        assert KEPT * 0.9 <= int(counted[2]) <= KEPT * 1.1
        for line in screen.splitlines()[3:-4]:
            assert re.fullmatch(r".? ?(web/\w+ )?GET /orders/\d+  ?200 in 17 ms.*", line.strip("│ ")), line
        terminal.resize(80, 24)
        terminal.wait("dropped, ", "GET /orders/")
        terminal.type("/orders/19..\\s")
        terminal.press("Enter")
        terminal.wait("Found in ", "lines; ", "dropped before: ")
        terminal.type("&")
        terminal.wait("only matches")
        terminal.resize(160, 50)
        terminal.wait("/orders/19")
        terminal.type("C")
        terminal.wait("</orders/19..", until=lambda shown: "dropped" not in shown.splitlines()[1])
        terminal.type("qqq")
        terminal.wait("Services(all)[1]")
        end_with_engine(terminal)


def test_what_a_replaced_task_said_is_read(yard: Installation) -> None:
    with Terminal("--config", str(yard.config), "--state", str(yard.state_dir)) as terminal:
        terminal.wait("(ours)", "live", "3/3 hosts")
        long = "head -c 100000 /dev/zero | tr '\\0' x; echo"
        command = f"{long}; echo before; trap 'echo going; exit 0' TERM; while :; do sleep 0.1; done"
        yard.register(command=["sh", "-c", command], stopTimeout=5)
        yard.create("web", 1)
        first = yard.tasks()[0].id
        *parts, last = yard.do("task", "logs", first).splitlines()
        assert ("".join(parts), last) == ("x" * 100_000, "before"), "Docker cuts a long line with times in it"
        yard.do("task", "stop", first)
        yard.wait(
            lambda: bool(yard.tasks()) and yard.tasks()[0].id != first and yard.steady(), "another task"
        )
        terminal.wait("1/1 tasks")
        terminal.press("p")
        terminal.wait("Previous logs service web", "before", "going", "the log ends here")
        terminal.resize(80, 24)
        terminal.wait("Previous logs service web", "going")
        terminal.press("p")
        terminal.wait("Logs service web", until=lambda shown: "going" not in shown)
        terminal.press("1")
        terminal.wait("from its beginning", "before")
        terminal.resize(140, 36)
        end_with_engine(terminal)
