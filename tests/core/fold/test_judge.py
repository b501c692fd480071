"""What is seen of containers, made into a task's life: one judgement says all that follows."""

from __future__ import annotations

import pytest

from core.fold.judge import judge
from core.model.names import container_name
from core.model.settings import Settings
from core.model.state import State
from core.model.task import Health, TaskStatus
from core.observed import HostView
from core.record import replace
from core.reports import ContainerSeen, SeenState
from tests.core.builders import NOW, definition, deployment, instance, task


@pytest.mark.parametrize("health", list(Health))
@pytest.mark.parametrize("seen", [SeenState.CREATED, SeenState.RUNNING, SeenState.EXITED])
@pytest.mark.parametrize("status", [TaskStatus.PENDING, TaskStatus.RUNNING, TaskStatus.STOPPING])
def test_judging_again_finds_nothing_new(status: TaskStatus, seen: SeenState, health: Health) -> None:
    """A task is judged again only when something new is seen: what follows from one look must follow at once."""
    state, view = State(), HostView()
    one = replace(task("t1", status, healthy=False), containers=task("t1", TaskStatus.PENDING).containers)
    for row in (instance("a"), definition(checked=True), deployment(), one):
        state.put(row)
    name = container_name(one, "main")
    view.containers[name] = ContainerSeen(name, "id", seen, "t1", "main", health=health, started_at=NOW - 1)
    judge(state, view, one, NOW, Settings())
    judged = state.tasks["t1"]
    if not judged.stopped:
        judge(state, view, judged, NOW, Settings())
    assert state.tasks["t1"] == judged


def test_a_task_that_comes_to_run_with_its_check_passing_is_healthy_at_once() -> None:
    state, view = State(), HostView()
    one = task("t1", TaskStatus.PENDING)
    for row in (instance("a"), definition(checked=True), deployment(), one):
        state.put(row)
    name = container_name(one, "main")
    view.containers[name] = ContainerSeen(
        name, "id", SeenState.RUNNING, "t1", "main", health=Health.HEALTHY, started_at=NOW - 1
    )
    judge(state, view, one, NOW, Settings())
    assert (state.tasks["t1"].last_status, state.tasks["t1"].healthy_since) == (TaskStatus.RUNNING, NOW)


@pytest.mark.parametrize(("checked", "health"), [(True, Health.UNHEALTHY), (False, Health.UNKNOWN)])
def test_a_check_that_only_the_image_has_says_nothing(checked: bool, health: Health) -> None:
    state, view = State(), HostView()
    one = task("t1", TaskStatus.PENDING)
    for row in (instance("a"), definition(checked=checked), deployment(), one):
        state.put(row)
    name = container_name(one, "main")
    view.containers[name] = ContainerSeen(
        name, "id", SeenState.RUNNING, "t1", "main", health=Health.UNHEALTHY, started_at=NOW - 1
    )
    judge(state, view, one, NOW, Settings())
    (container,) = state.tasks["t1"].containers
    assert container.health is health


def test_a_task_that_was_healthy_for_long_is_the_first_to_fail_also_when_a_check_said_so() -> None:
    """What ended passes no check any more: how long it was healthy is what was known before."""
    state, view = State(), HostView()
    one = replace(task("t1", TaskStatus.RUNNING), health=Health.HEALTHY, healthy_since=NOW - 3600)
    failing = replace(deployment(), backoff_step=7, backoff_at=NOW - 7200, retry_at=NOW - 7000)
    for row in (instance("a"), definition(checked=True), failing, one):
        state.put(row)
    name = container_name(one, "main")
    view.containers[name] = ContainerSeen(
        name, "id", SeenState.EXITED, "t1", "main", exit_code=1, started_at=NOW - 3700, finished_at=NOW
    )
    judge(state, view, one, NOW, Settings())
    after = state.deployments[failing.id]
    assert (after.failed_tasks, after.backoff_step, after.retry_at) == (1, 1, NOW)
