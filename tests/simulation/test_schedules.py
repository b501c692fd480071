"""An occasion runs once, whichever point of whichever turn the engine is killed at."""

from __future__ import annotations

from functools import cache

import pytest

from core.commands import Action
from core.model.schedule import RunResult
from core.model.settings import Settings
from core.sim.check import Checker
from core.sim.process import POINTS
from core.sim.world import BEGIN, World

#: Once an hour, and first 20 s after the beginning of every world, which is at 13:46:40.
HOURLY = "cron(47 * * * ? *)"


def nightly_world() -> World:
    """One machine, and a job that is to run once."""
    world = World(3, Settings(), 1)
    world.watcher = Checker(world)
    world.start_engine()
    world.timeline.run(BEGIN + 2)
    container = {"name": "main", "image": "demo/job:1", "memory": 64}
    world.submit(Action.REGISTER_TASK_DEFINITION, {"family": "job", "containerDefinitions": [container]})
    target = {"taskDefinition": "job", "count": 2}
    world.submit(Action.CREATE_SCHEDULE, {"name": "nightly", "scheduleExpression": HOURLY, "target": target})
    return world


@cache
def passed() -> dict[str, int]:
    """How often each point at which the engine can be killed is passed when it isn't."""
    world = nightly_world()
    world.timeline.run(BEGIN + 60)
    return dict(world.passed)


@pytest.mark.parametrize("point", POINTS)
def test_it_runs_once_wherever_the_engine_is_killed(point: str) -> None:
    assert passed()[point] > 5
    for number in range(passed()[point]):
        world = nightly_world()
        world.dies = (point, number)
        world.timeline.run(BEGIN + 400)
        (schedule,) = world.disk.schedules()
        (run,) = schedule.runs
        assert run.result is RunResult.SUCCEEDED, f"killed {point}, number {number}"
        made = [task.id for task in world.disk.tasks() if task.schedule == "nightly"]
        assert sorted(made) == sorted(run.tasks), f"killed {point}, number {number}"
        assert len(run.tasks) == 2
