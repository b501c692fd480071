"""What becomes of an engine that a screen started, when the screen is left, or killed: on real hosts, in tmux."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from core.cli.failures import TIMED_OUT
from core.client.engine_process import engine_runs
from core.lock import holder
from tests.tui.tmux import Terminal, end_with_engine, missing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.dockyard import Installation, Seen

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())


@pytest.fixture(autouse=True)
def no_engine_is_left(yard: Installation) -> Iterator[None]:
    """Whatever a test came to: an engine that outlives its screen is nobody's child."""
    yield
    if engine_runs(yard.state_dir):
        end_engine(yard)


def opened(yard: Installation) -> Terminal:
    return Terminal("--config", str(yard.config), "--state", str(yard.state_dir))


def with_web(yard: Installation, terminal: Terminal) -> None:
    """Two tasks, kept by an engine that is the screen's child."""
    terminal.wait("(ours)", "3/3 hosts")
    yard.register()
    yard.create("web", 2)
    terminal.wait("2/2 tasks")


def kill_one(yard: Installation) -> Seen:
    victim = next(seen for seen in yard.containers() if seen.running)
    yard.docker(next(host for host in yard.hosts if host.name == victim.host)).kill(victim.id)
    return victim


def wait_replaced(yard: Installation, victim: Seen) -> None:
    def replaced() -> bool:
        truth = yard.truth()
        return victim.task not in truth and truth.total() == 2

    yard.wait(replaced, "another task runs in the place of the killed one")


def end_engine(yard: Installation) -> None:
    found = holder(yard.state_dir)
    assert found is not None
    os.kill(found.pid, signal.SIGTERM)
    yard.wait(lambda: not engine_runs(yard.state_dir), "the engine ends")


def test_what_dies_during_the_hand_over_is_replaced_by_the_same_engine(yard: Installation) -> None:
    with opened(yard) as first:
        with_web(yard, first)
        before = holder(yard.state_dir)
        first.press("C-c")
        first.wait("was started by this screen", "[ Cancel ]", "Esc cancels")
        first.resize(80, 24)
        first.wait("was started by this screen", "[ Cancel ]")
        first.press("Tab")
        first.wait("[ Leave it running ]")
        victim = kill_one(yard)
        first.press("Enter")
        assert first.exit_code() == 0
    wait_replaced(yard, victim)
    assert holder(yard.state_dir) == before, "the same process, and it never let go of its lock"
    with opened(yard) as second:
        assert before is not None
        assert "(ours)" not in second.wait(f"engine {before.pid}", "live", "2/2 tasks")
        second.press("C-c")
        assert second.exit_code() == 0


def test_an_engine_that_is_to_stay_outlives_a_screen_that_is_killed(yard: Installation) -> None:
    yard.write_config(extra='[ui]\nengine_on_quit = "stay"')
    with opened(yard) as terminal:
        with_web(yard, terminal)
        before = holder(yard.state_dir)
        os.kill(terminal.pid(), signal.SIGKILL)
        assert terminal.exit_code() == 128 + signal.SIGKILL
        wait_replaced(yard, kill_one(yard))
        assert holder(yard.state_dir) == before


def test_an_engine_that_does_not_end_with_its_screen_is_told_of(yard: Installation) -> None:
    with opened(yard) as terminal:
        terminal.wait("(ours)", "3/3 hosts")
        engine = holder(yard.state_dir)
        assert engine is not None
        os.kill(engine.pid, signal.SIGSTOP)
        end_with_engine(terminal, exit_code=TIMED_OUT)
        terminal.wait(f"The engine (pid {engine.pid}) was told to end", f"kill -9 {engine.pid}")
        assert engine_runs(yard.state_dir)
        os.kill(engine.pid, signal.SIGCONT)
        yard.wait(lambda: not engine_runs(yard.state_dir), "the engine ends")


def test_an_engine_that_is_to_stay_is_not_asked_about(yard: Installation) -> None:
    yard.write_config(extra='[ui]\nengine_on_quit = "stay"')
    with opened(yard) as terminal:
        terminal.wait("(ours)", "3/3 hosts")
        before = holder(yard.state_dir)
        terminal.press("C-c")
        assert terminal.exit_code() == 0
    assert engine_runs(yard.state_dir)
    assert holder(yard.state_dir) == before


@pytest.mark.parametrize("on_quit", ["ask", "stop"])
def test_otherwise_an_engine_ends_with_a_screen_that_is_killed_and_tasks_run_on(
    yard: Installation, on_quit: str
) -> None:
    yard.write_config(extra=f'[ui]\nengine_on_quit = "{on_quit}"')
    with opened(yard) as terminal:
        with_web(yard, terminal)
        os.kill(terminal.pid(), signal.SIGKILL)
        assert terminal.exit_code() == 128 + signal.SIGKILL
        yard.wait(lambda: not engine_runs(yard.state_dir), "the engine ends")
        assert yard.truth().total() == 2
