"""The tree, the faults, the dashboard and the operator's own commands end to end: the real program in tmux, on real hosts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from core.client.engine_process import engine_runs
from tests.tui.tmux import Terminal, end_with_engine, missing, tells_of_replacement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.dockyard import Installation

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

PLUGINS = """
[ui.plugins.show]
key = "f5"
command = ["sh", "-c", "echo container $CONTAINER_ID on $HOST; exit 3"]
dangerous = false
background = true

[ui.plugins.talk]
key = "f6"
command = ["sh", "-c", "stty size; read line; echo you said $line; trap 'echo caught; exit 4' INT; sleep 60"]
"""


@pytest.fixture
def terminal(yard: Installation) -> Iterator[Terminal]:
    """The program on an installation without an engine, with commands of the operator's own."""
    with yard.config.open("a", encoding="utf-8") as config:
        config.write(PLUGINS)
    with Terminal("--config", str(yard.config), "--state", str(yard.state_dir)) as opened:
        yield opened
        if engine_runs(yard.state_dir):
            opened.resize(140, 36)
            end_with_engine(opened)


def test_a_task_is_found_in_the_tree_and_stopped(yard: Installation, terminal: Terminal) -> None:
    terminal.wait("(ours)", "3/3 hosts")
    yard.register(stopTimeout=2)
    yard.create("web", 2)
    terminal.wait("2/2 tasks")
    terminal.type(":tree")
    terminal.press("Enter")
    terminal.wait("▾ default", "▸ web")
    terminal.press("Down", "Right", "Down")
    victim = min(seen.task for seen in yard.containers() if seen.running)
    terminal.wait(f"▸ {victim[:8]}")
    terminal.resize(80, 24)
    terminal.press("X")
    terminal.wait("1 task stopped", "Esc cancels", until=tells_of_replacement("web"))
    terminal.press("Tab")
    terminal.wait("[ Stop ]")
    terminal.press("Enter")
    terminal.wait("is told to stop")
    # The row stays where the cursor is until that moves, and is seen to be gone.
    terminal.wait("2/2 tasks", until=lambda screen: f"×    ▸ {victim[:8]}" in screen)
    terminal.press("Down")
    terminal.wait("2/2 tasks", until=lambda screen: victim[:8] not in screen)
    yard.wait(lambda: yard.truth().total() == 2, "two containers run")


def test_what_breaks_is_a_fault_until_it_is_mended(yard: Installation, terminal: Terminal) -> None:
    terminal.wait("(ours)", "3/3 hosts")
    yard.register()
    yard.create("web", 2)
    terminal.type(":faults")
    terminal.press("Enter")
    terminal.wait("Faults(all)[0]", "Nothing is wrong")
    yard.register("large", memory=1_000_000)
    yard.create("large", 1, definition="large", wait=False)
    terminal.wait("Faults(all)[1]", "service", "large", "1 fault")
    terminal.resize(80, 24)
    terminal.press("Enter")
    terminal.wait("Tasks(default/large)", "PROVISIONING")
    terminal.type(":pulses")
    terminal.press("Enter")
    terminal.wait("▸ HOSTS 3/3 connected", "FAULTS 1 fault")
    yard.do("service", "rm", "large", "--force", "--yes")
    terminal.wait("FAULTS 0 faults", "TASKS 2/2 running")


def test_commands_of_the_operator_s_own_run_beside_the_screen_and_in_the_terminal(
    yard: Installation, terminal: Terminal
) -> None:
    terminal.wait("(ours)", "3/3 hosts")
    yard.register()
    yard.create("web", 1)
    terminal.wait("1/1 tasks")
    terminal.press("Enter")
    terminal.wait("Tasks(default/web)[1]")
    terminal.press("Enter")
    terminal.wait("Containers(", "RUNNING")
    (seen,) = (each for each in yard.containers() if each.running)
    terminal.press("F5")
    terminal.wait("show: exit code 3; :output shows 1 line")
    terminal.type(":output")
    terminal.press("Enter")
    terminal.wait("Esc closes", f"container {seen.id} on {seen.host}")
    terminal.press("Escape")
    terminal.wait("Containers(", until=lambda screen: "Esc closes" not in screen)

    terminal.press("F6")
    terminal.wait("1 command will be run in this terminal:", "Esc cancels")
    terminal.press("Tab", "Enter")
    terminal.wait("36 140")
    terminal.resize(80, 24)
    terminal.type("hello")
    terminal.press("Enter")
    terminal.wait("you said hello")
    terminal.press("C-c")
    terminal.wait("caught", "sh: exit code 4", "Enter goes back to Dockyard.")
    terminal.press("Enter")
    screen = terminal.wait("Containers(", "sh: exit code 4", "live")
    assert len(screen.splitlines()) == 24
    terminal.press("d")
    terminal.wait("Describe container")


def test_how_a_table_is_left_is_how_it_is_met_again(yard: Installation, terminal: Terminal) -> None:
    terminal.wait("(ours)", "3/3 hosts", "STATUS")
    terminal.type(":columns")
    terminal.press("Enter")
    terminal.wait("Columns of services", "Enter keeps")
    terminal.press("Down", "Down", "Space", "Enter")
    terminal.wait("Services(all)", until=lambda screen: "STATUS" not in screen)
    kept = yard.state_dir / "ui.json"
    yard.wait(kept.exists, "the layout is kept")
    assert json.loads(kept.read_text())["views"]["services"]["choices"][2] == {
        "column": "status",
        "shown": False,
        "width": 0,
    }
    with Terminal("--config", str(yard.config), "--state", str(yard.state_dir)) as again:
        again.wait("live", "HEALTHY", until=lambda screen: "STATUS" not in screen)
        again.press("C-c")
        assert again.exit_code() == 0
