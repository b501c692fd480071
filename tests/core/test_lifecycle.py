"""The task state machine: forward only, final at the end, and drawn as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import lifecycle
from core.lifecycle import TRANSITIONS, LifecycleError, Signal, advance, order_stop
from core.model.task import DesiredStatus, Health, StopCode, TaskStatus
from core.record import replace
from tests.core.builders import NOW, task

ORDER = list(TaskStatus)


def test_the_readme_shows_the_life_of_a_task_as_it_is() -> None:
    readme = Path(__file__).parents[2] / "core" / "README.md"
    assert f"```mermaid\n{lifecycle.mermaid()}\n```" in readme.read_text(encoding="utf-8")


def test_every_step_leads_forward_and_stopped_is_final() -> None:
    assert TRANSITIONS[TaskStatus.STOPPED] == {}
    for before, steps in TRANSITIONS.items():
        assert all(ORDER.index(after) > ORDER.index(before) for after in steps.values())


@pytest.mark.parametrize("status", TaskStatus)
@pytest.mark.parametrize("signal", Signal)
def test_what_the_table_does_not_name_is_refused(status: TaskStatus, signal: Signal) -> None:
    one = task("1", status)
    if signal in TRANSITIONS[status]:
        assert advance(one, signal, NOW).last_status is TRANSITIONS[status][signal]
    else:
        with pytest.raises(LifecycleError, match=f"{signal.value}.* does not follow {status.value}"):
            advance(one, signal, NOW)


def test_the_first_reason_to_stop_stays() -> None:
    once = order_stop(task("1"), NOW, StopCode.USER_INITIATED, "by hand")
    assert order_stop(once, NOW + 1, StopCode.SERVICE_SCHEDULER_INITIATED, "scaled in") == once
    assert (once.last_status, once.stopped_reason) == (TaskStatus.STOPPING, "by hand")


def test_a_task_that_was_placed_nowhere_stops_at_once() -> None:
    one = order_stop(task("1", TaskStatus.PROVISIONING, on=""), NOW, StopCode.USER_INITIATED, "x" * 2000)
    assert (one.last_status, one.desired_status, len(one.stopped_reason)) == (
        TaskStatus.STOPPED,
        DesiredStatus.STOPPED,
        1024,
    )


@pytest.mark.parametrize(
    ("healths", "checked", "expected"),
    [
        ({"a": Health.HEALTHY, "b": Health.UNHEALTHY}, {"a": True, "b": True}, Health.UNHEALTHY),
        ({"a": Health.HEALTHY, "b": Health.UNKNOWN}, {"a": True, "b": True}, Health.UNKNOWN),
        ({"a": Health.HEALTHY, "b": Health.UNKNOWN}, {"a": True, "b": False}, Health.HEALTHY),
        ({"a": Health.UNKNOWN}, {"a": False}, Health.UNKNOWN),
    ],
)
def test_health_is_that_of_the_essential_containers_with_a_check(
    healths: dict[str, Health], checked: dict[str, bool], expected: Health
) -> None:
    one = task("1")
    containers = tuple(
        replace(one.containers[0], name=name, health=health) for name, health in healths.items()
    )
    assert lifecycle.health_of(replace(one, containers=containers), checked) is expected
