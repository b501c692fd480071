"""Schedules on real hosts: an occasion at which the engine is killed runs once, and what it printed and returned is known."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core.flexible_window import planned
from core.model.schedule import RunResult, Schedule
from core.schedule_expression import timing_of

if TYPE_CHECKING:
    from core.model.schedule import Run
    from tests.engine.dockyard import Installation

#: Far enough ahead to be told of, near enough to wait for.
AHEAD_S = 6.0


def runs(yard: Installation, name: str) -> tuple[Run, ...]:
    return yard.state().schedules[f"default/{name}"].runs


def result(yard: Installation, name: str) -> RunResult | None:
    found = runs(yard, name)
    return found[0].result if found else None


def test_an_occasion_at_which_the_engine_is_killed_runs_once(yard: Installation) -> None:
    engine = yard.start()
    yard.register("job", "demo/busybox:1", command=["sh", "-c", "echo saved; exit 0"])
    at = yard.dockyard.now() + AHEAD_S
    expression = datetime.fromtimestamp(at, UTC).strftime("at(%Y-%m-%dT%H:%M:%S)")
    yard.do("schedule", "create", "backup", "--task-definition", "job", "--expression", expression)
    yard.wait(lambda: runs(yard, "backup") != (), "its time comes", 10.0)
    engine.kill9()
    (run,) = runs(yard, "backup")
    assert run.at - run.scheduled_at < 1.0

    yard.start()
    yard.wait(lambda: result(yard, "backup") is RunResult.SUCCEEDED, "its task has ended")
    assert [r.tasks for r in runs(yard, "backup")] == [run.tasks]
    assert [t.id for t in yard.state().tasks.values()] == [*run.tasks]
    assert len(yard.containers()) == 1
    assert "saved" in yard.do("task", "logs", run.tasks[0])

    yard.do(
        "schedule", "create", "failing", "--task-definition", "job", "--expression", "rate(1 hour)", "--disabled",
        "--command", "sh -c 'exit 3'",
    )  # fmt: skip
    ran = yard.cli("schedule", "run", "failing", "--wait", "--until", "stopped")
    assert ran.exit_code == 1
    yard.wait(lambda: result(yard, "failing") is RunResult.FAILED, "it is known to have failed")
    assert "web: exit code 3" in runs(yard, "failing")[0].reason
    yard.do("schedule", "enable", "failing")
    faults = yard.json("status")["faults"]
    assert any("schedule default/failing" in fault and "exit code 3" in fault for fault in faults)


def soon_after(at: float, expression: str) -> tuple[str, float]:
    """A schedule's name with which an occasion waits in its window of a minute for a few seconds alone, and its moment."""
    for number in range(1000):
        schedule = Schedule(
            "default", f"once-{number}", expression, "UTC", "job", "{}", window_minutes=1, created_at=at
        )
        moment = planned(schedule, timing_of(schedule), at)
        if 4.0 <= moment - at <= 6.0:
            return schedule.name, moment
    raise AssertionError(expression)


def test_an_engine_that_is_killed_in_a_window_runs_at_the_moment_once_and_deletes_what_is_over(
    yard: Installation,
) -> None:
    engine = yard.start()
    yard.register("job", "demo/busybox:1", command=["sh", "-c", "echo saved; sleep 600"])
    at = float(int(yard.dockyard.now() + AHEAD_S))
    expression = datetime.fromtimestamp(at, UTC).strftime("at(%Y-%m-%dT%H:%M:%S)")
    name, moment = soon_after(at, expression)
    yard.do(
        "schedule", "create", name, "--task-definition", "job", "--expression", expression,
        "--flexible-time-window", "1m", "--action-after-completion", "DELETE",
    )  # fmt: skip
    (shown,) = yard.json("schedule", "describe", name)["schedules"]
    assert (shown["nextScheduledAt"], shown["nextRunAt"]) == (at, moment)
    yard.wait(lambda: yard.dockyard.now() > at, "its window begins", 10.0)
    assert runs(yard, name) == ()
    engine.kill9()
    yard.start()
    yard.wait(lambda: not yard.state().schedules, "it is over", 30.0)
    (task,) = yard.state().tasks.values()
    assert task.created_at >= moment
    yard.wait(lambda: len(yard.containers()) == 1, "its task runs on")
    assert "is over and was deleted" in yard.do("events", "--subject", "schedule")
