"""The screen's verbs end to end: real hosts over SSH, the real program in tmux, its window resized in the middle of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.client.engine_process import engine_runs
from core.model.instance import InstanceStatus
from core.scheduler.standing import protected
from tests.tui.tmux import Terminal, end_with_engine, missing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.dockyard import Installation

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

SMALL, LARGE = (80, 24), (150, 40)


@pytest.fixture
def terminal(yard: Installation) -> Iterator[Terminal]:
    """The program with an engine as its child."""
    with Terminal("--config", str(yard.config), "--state", str(yard.state_dir), columns=150) as opened:
        opened.wait("(ours)", "3/3 hosts")
        yield opened
        if engine_runs(yard.state_dir):
            end_with_engine(opened)


def go(terminal: Terminal, view: str, *texts: str) -> None:
    terminal.type(f":{view}")
    terminal.press("Enter")
    terminal.wait(f"{view.capitalize()}(all)", *texts)


def choose(terminal: Terminal, button: str) -> None:
    """Choose the button beside Cancel of a dialog whose words are all there."""
    terminal.wait("Esc cancels", until=lambda screen: "working out" not in screen)
    terminal.press("Tab")
    terminal.wait(f"[ {button} ]")
    terminal.press("Enter")


def hosts_of(yard: Installation) -> dict[str, int]:
    """How many running tasks of web each host has, as its own Docker says."""
    found = {host.name: 0 for host in yard.hosts}
    for seen in yard.containers():
        found[seen.host] += seen.running and seen.service == "web"
    return found


def test_scale(yard: Installation, terminal: Terminal) -> None:
    yard.register()
    yard.create("web", 2)
    terminal.wait("2/2 tasks")
    terminal.press("S")
    terminal.wait("Scale web", "Esc cancels")
    terminal.resize(*SMALL)
    terminal.type("5")
    terminal.wait("web: 2 → 5, starts 3 tasks", "web: starts 3 tasks: ", "[ Scale ]")
    terminal.press("Enter")
    terminal.wait("dockyard service scale web 5 --cluster default")
    terminal.resize(*LARGE)
    terminal.wait("5/5 tasks")
    yard.wait_steady(5)
    assert sorted(hosts_of(yard).values()) == [1, 2, 2], "where the dialog said"


def test_break_and_heal(yard: Installation, terminal: Terminal) -> None:
    yard.register()
    yard.create("web", 2)
    terminal.wait("2/2 tasks")
    terminal.press("Enter")
    terminal.wait("Tasks(default/web)[2]")
    victim = next(seen for seen in yard.containers() if seen.running)
    yard.docker(next(host for host in yard.hosts if host.name == victim.host)).kill(victim.id)
    terminal.resize(*SMALL)
    screen = terminal.wait("Tasks(default/web)[3]", victim.task[:8], "2/2 tasks")
    assert any(victim.task[:8] in line and "STOPPED" in line for line in screen.splitlines())
    terminal.resize(*LARGE)
    terminal.type(f"/{victim.task[:8]}")
    terminal.press("Enter")
    terminal.type("d")
    terminal.wait("Essential container in task exited", "137")
    yard.wait_steady(2)


def test_roll_back(yard: Installation, terminal: Terminal) -> None:
    yard.register()
    yard.create("web", 2)
    yard.register(environment=[{"name": "NEW", "value": "1"}])
    yard.do("service", "update", "web", "--task-definition", "web:2", "--wait")
    terminal.wait("web:2", "COMPLETED")
    terminal.press("B")
    terminal.wait("web: web:2 → web:1", "Esc cancels")
    terminal.resize(*SMALL)
    choose(terminal, "Roll back")
    terminal.wait("rolls back to web:1")
    terminal.resize(*LARGE)
    terminal.wait("web:1", "2/2 tasks", "COMPLETED")
    yard.wait_steady(2)
    assert {task.definition for task in yard.running()} == {"web:1"}


def test_drain_with_a_deadline_and_activate(yard: Installation, terminal: Terminal) -> None:
    yard.register(stopTimeout=2)
    yard.create("web", 3)
    name = next(name for name, count in hosts_of(yard).items() if count)
    (alone,) = yard.json("task", "run", "web")["tasks"]
    terminal.wait("4/4 tasks")
    host = next(i for i in yard.state().instances.values() if i.id in alone["containerInstanceArn"])
    go(terminal, "capacity", host.name)
    terminal.type(f"/{host.name}")
    terminal.press("Enter")
    terminal.press("D")
    terminal.wait(f"Drain {host.name}", "Esc cancels", "belongs to no service", "[ Cancel ]")
    terminal.resize(*SMALL)
    terminal.type("1h")
    terminal.wait("what is left after 1h is stopped", "web: moves ", "[ Drain ]")
    terminal.press("Enter")
    terminal.wait(f"dockyard capacity drain {host.name} --deadline 1h --cluster default")
    terminal.resize(*LARGE)
    yard.wait(lambda: not hosts_of(yard)[host.name], "the service's tasks have left")
    terminal.type("w")
    terminal.wait(
        "1 task left on it:", "belongs to no service: it stays until it ends", "what is left is stopped"
    )
    terminal.press("D")
    # From its page nothing is drained: keys of a table work there alone.
    terminal.type("q")
    terminal.wait("Capacity(all)")
    terminal.press("D")
    terminal.wait(f"Activate {host.name}", f"{host.name}: 1 task left", "Esc cancels")
    choose(terminal, "Activate")
    terminal.wait("takes tasks again")
    yard.wait(lambda: yard.instance(host.name).status is InstanceStatus.ACTIVE, f"{host.name} is ACTIVE")
    assert name, "the service was on hosts before"


def test_rebalance(yard: Installation, terminal: Terminal) -> None:
    first, second, _ = yard.hosts
    yard.register()
    yard.do("capacity", "drain", second.name)
    yard.create("web", 4)
    assert not hosts_of(yard)[second.name]
    yard.do("capacity", "activate", second.name)
    # What follows is worked out of what the screen knows: it must have seen that the host takes tasks again.
    terminal.type(":capacity")
    terminal.press("Enter")
    terminal.wait(until=lambda screen: screen.count(" ACTIVE ") == len(yard.hosts))
    terminal.type(":services")
    terminal.press("Enter")
    terminal.wait("4/4 tasks", "COMPLETED")
    terminal.press("M")
    terminal.wait("Even out web", f"to {second.name}", "Esc cancels")
    terminal.resize(*SMALL)
    terminal.type("1")
    terminal.wait(f"to {second.name}", "[ Even out ]")
    terminal.press("Enter")
    terminal.wait("dockyard service rebalance web --at-once 1 --cluster default")
    terminal.resize(*LARGE)
    yard.wait(lambda: sorted(hosts_of(yard).values()) == [1, 1, 2], "its tasks are spread")
    terminal.wait("4/4 tasks")
    assert first.name in hosts_of(yard)


def test_protect(yard: Installation, terminal: Terminal) -> None:
    yard.register()
    yard.create("web", 3)
    terminal.wait("3/3 tasks")
    terminal.press("Enter")
    terminal.wait("Tasks(default/web)[3]")
    kept = yard.tasks()[0]
    terminal.type(f"/{kept.id[:8]}")
    terminal.press("Enter")
    terminal.wait("[1/3]")
    terminal.press("P")
    terminal.wait(f"Protect {kept.id[:8]}", "left alone by scale-in", "Esc cancels")
    terminal.resize(*SMALL)
    choose(terminal, "Protect")
    terminal.wait("1 task protected", f"dockyard task protect {kept.id[:8]} --for 2h --cluster default")
    terminal.resize(*LARGE)
    now = yard.dockyard.now
    yard.wait(lambda: protected(yard.state().tasks[kept.id], now()), "it is protected")
    yard.do("service", "scale", "web", "1", "--wait")
    assert [task.id for task in yard.running()] == [kept.id]
    terminal.press("P")
    terminal.wait("no longer protected", "Esc cancels")
    choose(terminal, "Unprotect")
    yard.wait(lambda: not protected(yard.state().tasks[kept.id], now()), "it is protected no longer")


def test_restart_by_marks_and_stop_a_rollout(yard: Installation, terminal: Terminal) -> None:
    yard.register()
    yard.create("web", 2)
    yard.create("api", 1)
    terminal.wait("3/3 tasks")
    before = {task.id for task in [*yard.running(), *yard.running("api")]}
    terminal.press("g")
    terminal.press("Space")
    terminal.press("j")
    terminal.press("Space")
    terminal.wait("2 marked")
    terminal.press("R")
    terminal.wait("Restart api, web", "3 tasks move.", "Esc cancels")
    terminal.resize(*SMALL)
    choose(terminal, "Restart")
    terminal.wait("2 of 2 accepted")
    terminal.resize(*LARGE)
    yard.wait(
        lambda: not before & {t.id for t in [*yard.running(), *yard.running("api")]}, "all of them are new"
    )
    yard.wait_steady(2)
    terminal.press("Escape")
    # A rollout whose tasks never become healthy is stopped, and goes back.
    yard.register(healthCheck={"command": ["CMD-SHELL", "exit 1"], "interval": 5, "retries": 10})
    yard.do("service", "update", "web", "--task-definition", "web:2")
    terminal.wait("web:2", "IN_PROGRESS")
    terminal.press("G")
    terminal.press("H")
    terminal.wait("Stop the deployment of web", "it goes back to web:1", "Esc cancels")
    choose(terminal, "Go back")
    terminal.wait("the deployment is stopped, and the service goes back")
    yard.wait_steady(2)
    assert {task.definition for task in yard.running()} == {"web:1"}


BROKEN = """
stack = "shop"
[services.web]
task_definition = "wbe"
desired_cuont = 2
"""
SHOP = """
stack = "shop"
[task_definitions.job]
container_definitions = [{ name = "web", image = "demo/web:1", cpu = 10, memory = 16 }]
[services.web]
task_definition = "job"
desired_count = 2
[schedules.nightly]
schedule_expression = "cron(0 3 * * ? *)"
target = { task_definition = "job" }
"""


def test_apply_files_and_change_and_delete_what_they_made(yard: Installation, terminal: Terminal) -> None:
    file = yard.folder / "shop.toml"
    file.write_text(BROKEN)
    go(terminal, "stacks", "No stacks here")
    terminal.type(f":apply {file}")
    terminal.press("Enter")
    terminal.wait("2 problems, see below", "there is no task definition wbe", "did you mean desired_count?")
    terminal.resize(*SMALL)
    file.write_text(SHOP)
    terminal.press("C-r")
    terminal.wait("+ service default/web: 2 of the new revision of job", "+ schedule default/nightly")
    terminal.press("BTab", "Enter")
    terminal.wait("Schedule nightly is created.", "done")
    terminal.press("Enter")
    terminal.wait("Applied: 3 changes")
    terminal.resize(*LARGE)
    yard.wait_steady(2)
    terminal.type("V")
    terminal.wait("Schedules(default/shop)[1]", "cron(0 3 * * ? *)")
    terminal.type("U")
    terminal.wait("Change schedule default/nightly", "Nothing is changed yet")
    terminal.press("C-u")
    terminal.type("rate(1 hour)")
    terminal.wait('"cron(0 3 * * ? *)" → "rate(1 hour)"')
    terminal.press("BTab", "Enter")
    terminal.wait("Schedule nightly is changed", "schedule update nightly --cluster default")
    assert yard.state().schedules["default/nightly"].expression == "rate(1 hour)"
    name = yard.hosts[0].name
    terminal.type("0")
    go(terminal, "capacity", name)
    terminal.type(f"/{name}")
    terminal.press("Enter")
    terminal.type("S")
    terminal.wait("Start task on hosts")
    terminal.type("job")
    terminal.wait(f"starts 1 task of job:1: {name}")
    terminal.press("BTab", "Enter")
    terminal.wait("1 task of job:1 started", f"dockyard task start job --on {name} --cluster default")
    go(terminal, "stacks", "2/2")
    terminal.press("X")
    terminal.wait("Delete stack shop", "stops 2 tasks", "Esc cancels")
    choose(terminal, "Delete")
    terminal.wait("Stacks(all)[0]")
    yard.wait(lambda: not yard.tasks(), "the service's tasks have stopped")
    assert not yard.state().schedules
