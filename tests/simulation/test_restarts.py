"""A restart in place, with the engine killed at every single point of the turns around it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from core.commands import Action
from core.fold import judge
from core.model.names import container_name
from core.model.settings import Settings
from core.sim.check import Checker
from core.sim.process import POINTS
from core.sim.rest import unrest
from core.sim.violation import Violation
from core.sim.world import BEGIN, World

if TYPE_CHECKING:
    from core.model.task import Task

#: When the container dies, and when all that follows is over.
DIES_AT_S = 70.0
OVER_AT_S = 130.0


def world_with_a_death() -> World:
    """One machine, one task with a restart policy, and a container that dies after more than a minute."""
    world = World(1, Settings(), 1)
    world.watcher = Checker(world)
    world.start_engine()
    world.timeline.run(BEGIN + 2)
    policy = {"enabled": True, "restartAttemptPeriod": 60}
    container = {"name": "main", "image": "demo/web:1", "memory": 64, "restartPolicy": policy}
    world.submit(Action.REGISTER_TASK_DEFINITION, {"family": "web", "containerDefinitions": [container]})
    service = {"serviceName": "web", "taskDefinition": "web", "desiredCount": 1}
    world.submit(Action.CREATE_SERVICE, service)
    world.timeline.run(BEGIN + DIES_AT_S)
    task = only(world)
    world.machines[0].docker.kill(container_name(task, "main"))
    world.hint(world.machines[0])
    return world


def only(world: World) -> Task:
    (task,) = world.disk.tasks()
    return task


@cache
def passed() -> dict[str, int]:
    """How often each point at which the engine can be killed is passed until all is over."""
    world = world_with_a_death()
    before = dict(world.passed)
    world.timeline.run(BEGIN + OVER_AT_S)
    return {point: world.passed[point] - before.get(point, 0) for point in POINTS}


@pytest.mark.parametrize("point", POINTS)
def test_the_container_is_started_once_wherever_the_engine_is_killed(point: str) -> None:
    assert passed()[point] > 0
    for number in range(passed()[point]):
        world = world_with_a_death()
        task = only(world)
        world.dies = (point, number)
        world.timeline.run(BEGIN + OVER_AT_S + 60)
        assert unrest(world) == [], f"killed {point}, number {number}"
        assert only(world).id == task.id
        assert [c.restart_count for c in only(world).containers] == [1]
        assert world.machines[0].docker.containers[container_name(task, "main")].starts == 2


def test_an_engine_that_judges_a_run_again_after_a_crash_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The checker is checked: with the decision on disk and nothing sent, the next engine must know what it sees."""
    killed = passed()["after the commit"]
    monkeypatch.setattr(judge, "is_over", lambda *_: False)
    problems: list[str] = []
    for number in range(killed):
        world = world_with_a_death()
        world.dies = ("after the commit", number)
        try:
            world.timeline.run(BEGIN + OVER_AT_S + 60)
        except Violation as violation:
            problems.append(str(violation))
    assert [problem for problem in problems if "two restarts follow one run" in problem]
