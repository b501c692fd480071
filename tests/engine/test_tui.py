"""The terminal UI end to end: the real program in tmux, an engine as its child, containers on real hosts over SSH."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from core.client.engine_process import engine_runs
from core.lock import holder
from tests.tui.tmux import Terminal, end_with_engine, missing, tells_of_replacement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.dockyard import Installation

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

COUNTER = "i=0; while :; do i=$((i+1)); echo count $i; sleep 0.2; done"


@pytest.fixture
def terminal(yard: Installation) -> Iterator[Terminal]:
    """The program on an installation without an engine."""
    with Terminal("--config", str(yard.config), "--state", str(yard.state_dir)) as opened:
        yield opened
        if engine_runs(yard.folder / "state"):
            end_with_engine(opened)


def test_a_service_is_watched_scaled_read_and_stopped(yard: Installation, terminal: Terminal) -> None:
    terminal.wait("(ours)", "live", "3/3 hosts")
    yard.register(command=["sh", "-c", COUNTER], stopTimeout=2)
    yard.create("web", 2, wait=False)
    terminal.wait("2/2 tasks", "COMPLETED")
    assert yard.truth().total() == 2

    terminal.press("S")
    terminal.wait("[ Cancel ]", "Esc cancels")
    terminal.type("4")
    terminal.wait("web: 2 → 4, starts 2 tasks")
    terminal.press("Enter")
    terminal.wait("Service web is scaled to 4", "dockyard service scale web 4")
    terminal.wait("4/4 tasks")
    assert yard.truth().total() == 4

    terminal.press("l")
    terminal.wait("[4 logs]", "count ")
    terminal.type("/count 1$")
    terminal.press("Enter")
    terminal.wait("</count 1$>", "count 1")
    terminal.type("q")
    terminal.wait("Logs service web", until=lambda screen: "</count" not in screen)
    terminal.type("q")
    terminal.wait("Services(all)[1]")

    terminal.press("Enter")
    terminal.wait("Tasks(default/web)[4]")
    terminal.press("X")
    # What destroys can't be chosen before it is known what follows.
    terminal.wait(
        "web: 1 task stopped, and replaced by the service", "Esc cancels", until=tells_of_replacement("web")
    )
    terminal.press("Tab")
    terminal.wait("[ Stop ]")
    terminal.press("Enter")
    terminal.wait("is told to stop")
    terminal.wait("STOPPED", "4/4 tasks")
    yard.wait(lambda: yard.truth().total() == 4, "four containers run")


def test_a_killed_container_is_seen_to_be_replaced(yard: Installation, terminal: Terminal) -> None:
    terminal.wait("(ours)", "3/3 hosts")
    yard.register()
    yard.create("web", 3)
    terminal.wait("3/3 tasks")
    terminal.press("Enter")
    terminal.wait("Tasks(default/web)[3]")
    victim = next(seen for seen in yard.containers() if seen.running)
    host = next(host for host in yard.hosts if host.name == victim.host)
    yard.docker(host).kill(victim.id)
    screen = terminal.wait("Tasks(default/web)[4]", "3/3 tasks", victim.task[:8])
    assert any(victim.task[:8] in line and "STOPPED" in line for line in screen.splitlines())


def test_an_engine_that_stays_goes_on_and_is_attached_to(yard: Installation) -> None:
    arguments = ("--config", str(yard.config), "--state", str(yard.state_dir))
    with Terminal(*arguments) as first:
        first.wait("(ours)", "3/3 hosts")
        first.press("C-c")
        first.wait("was started by this screen", "[ Cancel ]", "Esc cancels")
        first.press("Tab")
        first.wait("[ Leave it running ]")
        first.press("Enter")
        assert first.exit_code() == 0
    assert engine_runs(yard.state_dir)
    with Terminal(*arguments) as second:
        screen = second.wait("live", "3/3 hosts")
        assert "(ours)" not in screen
        second.press("C-c")
        assert second.exit_code() == 0
    status = yard.dockyard.engine()
    assert status.running
    assert status.holder is not None
    os.kill(status.holder.pid, signal.SIGTERM)
    yard.wait(lambda: not engine_runs(yard.state_dir), "the engine ends")


def test_two_screens_see_and_act_at_one_time(yard: Installation) -> None:
    arguments = ("--config", str(yard.config), "--state", str(yard.state_dir))
    with Terminal(*arguments) as first, Terminal(*arguments) as second:
        # Whichever comes first starts the engine; the other one finds it there.
        screens = [screen.wait("engine ", "live", "3/3 hosts") for screen in (first, second)]
        assert sum("(ours)" in screen for screen in screens) == 1
        owner, guest = (first, second) if "(ours)" in screens[0] else (second, first)
        yard.register()
        yard.create("web", 2)
        for screen in (owner, guest):
            screen.wait("2/2 tasks", "COMPLETED")
            screen.press("S")
            screen.wait("[ Cancel ]", "Esc cancels")
        # Both dialogs are open: each carries out its own, and the later one counts.
        for screen, count in ((guest, 3), (owner, 4)):
            screen.type(str(count))
            screen.wait(f"→ {count}, starts")
            screen.press("Enter")
            screen.wait(f"Service web is scaled to {count}")
            owner.wait(f"{count}/{count} tasks")
        guest.wait("4/4 tasks")
        yard.wait(lambda: yard.truth().total() == 4, "four containers run")
        guest.press("C-c")
        assert guest.exit_code() == 0
        yard.do("service", "scale", "web", "1", "--wait")
        owner.wait("(ours)", "live", "1/1 tasks")
        end_with_engine(owner)
    assert not engine_runs(yard.state_dir), (yard.state_dir / "engine.log").read_text()


def test_an_engine_that_is_stopped_with_its_screen_leaves_tasks_running(yard: Installation) -> None:
    with Terminal("--config", str(yard.config), "--state", str(yard.state_dir)) as terminal:
        terminal.wait("(ours)", "3/3 hosts")
        yard.register()
        yard.create("web", 2)
        end_with_engine(terminal)
    assert not engine_runs(yard.state_dir)
    assert yard.truth().total() == 2


def test_an_engine_that_is_killed_is_told_and_so_is_the_next(yard: Installation) -> None:
    with Terminal(
        "--config", str(yard.config), "--state", str(yard.state_dir), columns=80, lines=24
    ) as opened:
        opened.wait("(ours)", "3/3 hosts")
        running = holder(yard.state_dir)
        assert running is not None
        os.kill(running.pid, signal.SIGKILL)
        opened.wait("no engine")
        engine = yard.start()
        opened.wait(f"engine {engine.pid}", until=lambda screen: "no engine" not in screen)
        opened.press("C-c")
        assert opened.exit_code() == 0
        assert engine.running
