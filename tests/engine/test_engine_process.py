"""The engine as a process: killed, stopped, started twice, not started at all, and asked by several clients at once."""

from __future__ import annotations

import contextlib
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from core.commands import Action, Verdict
from core.errors import StoreError
from core.model.task import TaskStatus
from tests.engine.testbed import run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.dockyard import Installation, Result

pytestmark = pytest.mark.engine

#: What the engine could wait for, and must not, lasts half a minute: the stops, the pull, the host that hangs.
ENDS_WITHIN_S = 4.0
#: PID 1 without a handler for it: the kernel drops SIGTERM, and Docker kills it when its stop timeout is over.
DEAF: dict[str, Any] = {"image": "demo/busybox:1", "command": ["sleep", "3600"], "stopTimeout": 30}


def test_killed_thirty_times_amid_forty_starts_it_loses_and_doubles_nothing(yard: Installation) -> None:
    chance = Random(40)
    yard.start()
    yard.register()
    yard.create("web", 40, wait=False)
    accepted = []
    for kill in range(30):
        engine = yard.engine
        assert engine is not None
        threading.Event().wait(chance.uniform(0.0, 0.2))
        if kill % 3 == 0:
            # Asked while an engine runs, it may be answered by that one, or here after its death.
            answered = yard.dockyard.submit(
                Action.CREATE_SERVICE,
                {"serviceName": f"side{kill}", "taskDefinition": "web", "desiredCount": 0},
            )
            assert answered.answer is not None
            assert answered.answer.verdict is Verdict.ACCEPTED
            accepted.append(f"side{kill}")
        engine.kill9()
        if kill == 15:
            # All over again, so that the later kills find something to interrupt too.
            yard.do("service", "restart", "web")
        engine = yard.launch()
        yard.wait(lambda engine=engine: f"pid {engine.pid} " in engine.log(), "the next engine runs")  # type: ignore[misc]
    yard.wait_steady(40)
    names = {service.name for service in yard.state().services.values()}
    assert set(accepted) <= names
    wanted = {task.id for task in yard.tasks()}
    assert len(wanted) == 40
    seen = yard.containers()
    running = sorted(c.task for c in seen if c.running)
    assert running == sorted(wanted), "each task runs once, and nothing else does"
    known = yard.state().tasks
    assert not [c.name for c in seen if c.task not in known], "nothing is left that no task answers for"
    assert all(known[c.task].last_status is TaskStatus.STOPPED for c in seen if not c.running)


def test_a_second_engine_is_refused_and_told_who_holds_the_lock(yard: Installation) -> None:
    engine = yard.start()
    second = yard.cli("--no-ui")
    assert second.exit_code == 1
    assert f"pid {engine.pid}" in second.stderr
    assert engine.running
    engine.stop(signal.SIGINT, ENDS_WITHIN_S)
    assert engine.ended(0) == 0


def test_without_an_engine_commands_are_accepted_and_carried_out_by_the_next_one(yard: Installation) -> None:
    yard.do("config", "apply")
    yard.register()
    created = yard.cli("service", "create", "web", "--task-definition", "web", "--desired-count", "3")
    assert (created.exit_code, "accepted; waits for an engine" in created.stderr) == (0, True)
    assert [t.last_status for t in yard.tasks()] == []
    run = yard.cli("task", "run", "web", "--count", "2")
    assert run.exit_code == 0, run.stderr
    assert {t.last_status for t in yard.state().tasks.values()} == {TaskStatus.PROVISIONING}
    waited = yard.cli("service", "scale", "web", "4", "--wait")
    assert waited.exit_code == 1
    assert "No engine runs" in waited.stderr
    yard.start()
    yard.wait_steady(4)
    yard.wait(
        lambda: sum(t.last_status is TaskStatus.RUNNING for t in yard.state().tasks.values()) == 6,
        "the two tasks of RunTask run as well",
    )


@pytest.fixture
def mute_registry(yard: Installation) -> Iterator[str]:
    """A registry that never answers: a pull from it hangs."""
    rule = "INPUT -p tcp --dport 5009 -j DROP"
    yard.bed.switch.run(f"iptables -I {rule}")
    yield f"{yard.bed.network}.2:5009"
    yard.bed.switch.run(f"iptables -D {rule}")


def test_it_ends_at_once_whatever_its_hosts_do_and_leaves_tasks_running(
    yard: Installation, mute_registry: str
) -> None:
    engine = yard.start()
    yard.register("deaf", **DEAF)
    yard.create("deaf", 40, definition="deaf")
    yard.register("far", image=f"{mute_registry}/far:1")
    yard.create("far", 3, definition="far", wait=False)
    yard.do("service", "scale", "deaf", "0")
    yard.wait(lambda: sum("stopping" in t.why for t in yard.tasks("deaf")) == 40, "forty stops wait")
    yard.wait(lambda: any("pulling" in t.why for t in yard.tasks("far")), "a pull runs")
    yard.hosts[2].hang()
    engine.stop(signal.SIGTERM, ENDS_WITHIN_S)
    assert engine.ended(0) == 0
    assert engine.log().splitlines()[-1].endswith("The engine stops; tasks keep running.")
    assert yard.truth("deaf", yard.hosts[:2]).total() > 20


def test_a_changed_config_is_taken_over_and_a_broken_one_is_not(yard: Installation) -> None:
    yard.write_config(hosts=yard.hosts[:2])
    yard.hosts = yard.bed.hosts[:2]
    engine = yard.start()
    yard.register()
    yard.create("web", 4)
    before = yard.truth()

    yard.config.write_text(yard.config.read_text() + "\n[capacity.h2]\nurll = 'unix:///x'\n")
    yard.wait(lambda: bool(yard.dockyard.engine().pulse.config_problem), "the problem is told")
    assert "urll" in yard.do("status")
    assert engine.log().count("the config in force stays") == 1
    assert len(yard.state().instances) == 2

    yard.hosts = yard.bed.hosts
    yard.write_config()
    engine.send(signal.SIGHUP)
    yard.wait(yard.all_connected, "h2 is connected")
    yard.wait(lambda: not yard.dockyard.engine().pulse.config_problem, "the problem is over")
    assert yard.truth() == before

    yard.write_config(hosts=yard.hosts[1:])
    yard.wait(lambda: yard.state().instance_named("default", "h0") is None, "h0 was drained and is gone")
    assert not yard.truth(hosts=yard.hosts[:1])
    yard.wait_steady(4)

    yard.write_config(hosts=[])
    yard.wait(lambda: bool(yard.events("config apply --force")), "dropping all waits for --force")
    assert len(yard.state().instances) == 2


def test_many_clients_at_once_are_all_answered(yard: Installation) -> None:
    yard.start()
    yard.register()

    def create(number: int) -> Result:
        return yard.cli(
            *("service", "create", f"s{number}", "--task-definition", "web"),
            *("--desired-count", "1", "--wait", "--timeout", "60s"),
        )

    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(create, range(6)))
    assert [(r.exit_code, r.stderr) for r in results if r.exit_code] == []
    assert len([c for c in yard.containers() if c.running]) == 6
    logged = [c.command.action for c in yard.dockyard.commands()]
    assert logged.count("CreateService") == 6


def test_links_cut_many_times_leave_no_thread_behind(yard: Installation) -> None:
    engine = yard.start()
    yard.register()
    yard.create("web", 3)
    yard.wait_steady(3)
    before = engine.threads()
    for _ in range(6):
        yard.hosts[0].restart_sshd()
        heard_by(yard, "h0", yard.dockyard.now())
    yard.wait(lambda: engine.threads() <= before, "as many threads as before")
    yard.wait_steady(3)


def heard_by(yard: Installation, name: str, moment: float) -> None:
    """Wait until something was heard of a host after a moment."""
    instance = yard.instance(name).id
    yard.wait(lambda: (yard.dockyard.engine().hosts[instance].heard_at or 0) > moment, f"a word of {name}")


@pytest.fixture
def small_state(yard: Installation) -> Iterator[Installation]:
    """A state folder on a small disk of its own."""
    yard.state_dir.mkdir(mode=0o700)
    run("mount", "-t", "tmpfs", "-o", "size=6m,mode=0700", "tmpfs", yard.state_dir)
    yield yard
    yard.close()
    run("umount", yard.state_dir)


def test_while_the_state_can_not_be_written_nothing_is_dispatched_and_afterwards_all_goes_on(
    small_state: Installation,
) -> None:
    yard = small_state
    engine = yard.start()
    yard.register()
    yard.create("web", 3)
    yard.wait_steady(3)
    before = yard.truth()
    ballast = yard.state_dir / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    # What little room is left in the log goes by commands that are refused for want of it, sooner or later.
    yard.wait(lambda: fails(yard), "the disk is full for clients too")
    victim = next(seen for seen in yard.containers() if seen.running)
    yard.docker(next(h for h in yard.hosts if h.name == victim.host)).kill(victim.id)
    yard.wait(
        lambda: "The state can't be written, nothing is dispatched until it can" in engine.log(), "it says so"
    )
    assert "the disk is full" in engine.log()
    assert set(yard.truth()) == set(before) - {victim.task}, "nothing was started that is not on disk"
    ballast.unlink()
    yard.wait_steady(3)
    assert engine.running


def fails(yard: Installation) -> bool:
    """Whether a command of some length can't be submitted for want of room."""
    attributes = [{"name": f"k{n}", "value": "v" * 100, "targetId": "nobody"} for n in range(10)]
    try:
        yard.dockyard.submit(Action.PUT_ATTRIBUTES, {"attributes": attributes}, wait_answer_s=0.1)
    except StoreError as error:
        return "the disk is full" in str(error)
    return False
