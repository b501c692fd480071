"""Stories from seeds: nothing breaks, the same seed is the same story, and the engine may be killed anywhere."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from core.commands import Action
from core.model.probe import TargetState
from core.model.settings import Settings
from core.sim.__main__ import main
from core.sim.check import Checker
from core.sim.process import POINTS
from core.sim.rest import unrest
from core.sim.story import tell
from core.sim.world import BEGIN, World

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.slow
def test_three_hundred_stories_break_nothing_and_every_fault_and_step_occurs_in_ten(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = main(["--seeds", "300", "--processes", "2"])
    assert code == 0, capsys.readouterr().out[-6000:]


def test_the_same_seed_is_the_same_story_in_every_process() -> None:
    told = tell(7)
    assert len(told.trace) > 300
    script = (
        "import hashlib; from core.sim.story import tell;"
        "print(hashlib.sha256('\\n'.join(tell(7).trace).encode()).hexdigest())"
    )
    again = subprocess.run(
        [sys.executable, "-c", script],
        cwd=REPOSITORY,
        env={"PYTHONHASHSEED": "12345", "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert again.stdout.strip() == hashlib.sha256("\n".join(told.trace).encode()).hexdigest()


def small_world(seed: int, **more: object) -> World:
    """Three machines, a service of five tasks, a rolling update in its middle."""
    world = World(seed, Settings(), 3)
    world.watcher = Checker(world)
    world.start_engine()
    world.timeline.run(BEGIN + 2)
    for image in ("demo/web:1", "demo/web:2"):
        container = {"name": "main", "image": image, "memory": 64}
        given = {"family": "web", "containerDefinitions": [container]}
        world.submit(Action.REGISTER_TASK_DEFINITION, given)
    service = {"serviceName": "web", "taskDefinition": "web:1", "desiredCount": 5}
    world.submit(Action.CREATE_SERVICE, service | more)
    update = {"service": "web", "taskDefinition": "web:2"}
    world.timeline.after(12, lambda: world.submit(Action.UPDATE_SERVICE, update))
    return world


@cache
def passed() -> dict[str, int]:
    """How often each point at which the engine can be killed is passed when it isn't."""
    world = small_world(1)
    world.timeline.run(BEGIN + 60)
    assert unrest(world) == []
    return dict(world.passed)


@pytest.mark.parametrize("point", POINTS)
def test_the_engine_may_be_killed_at_every_single_point_of_every_turn(point: str) -> None:
    assert passed()[point] > 20
    for number in range(passed()[point]):
        world = small_world(1)
        world.dies = (point, number)
        world.timeline.run(BEGIN + 150)
        assert unrest(world) == [], f"killed {point}, number {number}"
        assert len(world.disk.answers) == 4


@pytest.mark.parametrize("point", POINTS)
def test_a_service_with_a_probe_comes_to_rest_wherever_the_engine_is_killed(point: str) -> None:
    probe = {"protocol": "HTTP", "containerName": "main", "containerPort": 80, "intervalSeconds": 6}
    for number in range(0, 40, 4):
        world = small_world(2, probe=probe)
        world.dies = (point, number)
        world.timeline.run(BEGIN + 200)
        assert unrest(world) == [], f"killed {point}, number {number}"
        assert {
            task.target_health.state for task in world.disk.tasks() if task.wanted and task.target_health
        } == {TargetState.HEALTHY}
