"""What is seen of containers, made into a task's life: one judgement says all that follows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.fold.judge import judge
from core.model.names import container_name
from core.model.settings import Settings
from core.model.state import State
from core.model.task import Health, TaskStatus
from core.observed import HostView
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
