"""Stories about drains: what moves, what stays and for how long, and what a deadline ends."""

from __future__ import annotations

from typing import Any

import pytest

from core.model.task import StopCode, Task, TaskStatus
from tests.core.stage import Stage

PASSED = "The deadline of draining container instance a passed"


def drain(stage: Stage, name: str = "a", **more: Any) -> None:
    given = {"containerInstances": [name], "status": "DRAINING"}
    stage.submit("UpdateContainerInstancesState", given | more)


def standalone(stage: Stage, on: str = "a") -> Task:
    """A task of no service, on a host."""
    constraint = {"type": "memberOf", "expression": f"ec2InstanceId == {stage.instance(on).id}"}
    output = stage.submit("RunTask", {"taskDefinition": "web", "placementConstraints": [constraint]})
    return stage.state.tasks[output["tasks"][0]["taskArn"].rpartition("/")[2]]


def held(stage: Stage, **more: Any) -> None:
    """A service of one task on host a that its bounds never let go, and a standalone task beside it."""
    only_a = {"type": "memberOf", "expression": f"ec2InstanceId == {stage.instance('a').id}"}
    bounds = {"minimumHealthyPercent": 100, "maximumPercent": 100}
    stage.serve(1, placementConstraints=[only_a], deploymentConfiguration=bounds, **more)
    standalone(stage)
    stage.pass_s(2.0)
    assert len(stage.wanted("a")) == 2


def test_without_a_deadline_standalone_tasks_and_held_ones_stay_for_ever() -> None:
    stage = Stage("a", "b")
    held(stage)
    before = stage.wanted("a")
    drain(stage)
    stage.pass_s(3600.0, step_s=5.0)
    assert [t.id for t in stage.wanted("a")] == [t.id for t in before]


def test_what_is_left_at_the_deadline_is_stopped_and_said() -> None:
    stage = Stage("a", "b")
    held(stage)
    drain(stage, drainDeadlineSeconds=60)
    assert "Container instance a is DRAINING. What is left there in 60 s is stopped." in stage.said
    stage.pass_s(55.0)
    assert len(stage.wanted("a")) == 2
    stage.pass_s(15.0)
    assert stage.hosts["a"].up == set()
    ended = stage.tasks("a", stopped=True)
    assert {(t.stop_code, t.stopped_reason) for t in ended} == {(StopCode.USER_INITIATED, PASSED)}
    said = "Container instance a: the deadline of its drain passed; 2 tasks were left and are told to stop."
    assert stage.said.count(said) == 1
    stage.pass_s(60.0)
    assert stage.said.count(said) == 1


@pytest.mark.parametrize("away_s", [10.0, 120.0])
def test_a_deadline_outlives_the_engine_also_when_it_comes_while_none_runs(away_s: float) -> None:
    stage = Stage("a", "b")
    held(stage)
    drain(stage, drainDeadlineSeconds=60)
    stage.now += away_s
    stage.restart()
    stage.pass_s(70.0)
    assert stage.hosts["a"].up == set()


def test_a_deadline_comes_in_a_turn_that_cant_be_written_and_again_in_the_next() -> None:
    stage = Stage("a", "b")
    held(stage)
    drain(stage, drainDeadlineSeconds=60)
    stage.pass_s(59.0)
    stage.now += 1.5
    assert "deadline" in stage.discard().changes.events[0].message
    assert len(stage.wanted("a")) == 2
    stage.pass_s(5.0)
    assert stage.hosts["a"].up == set()


def test_activating_takes_the_deadline_back_and_draining_again_keeps_or_moves_it() -> None:
    stage = Stage("a", "b")
    held(stage)
    drain(stage, drainDeadlineSeconds=60)
    first = stage.instance("a").drain_deadline
    assert first is not None
    drain(stage)
    assert stage.instance("a").drain_deadline == first
    drain(stage, drainDeadlineSeconds=600)
    stage.pass_s(120.0)
    assert len(stage.wanted("a")) == 2
    stage.submit("UpdateContainerInstancesState", {"containerInstances": ["a"], "status": "ACTIVE"})
    assert stage.instance("a").drain_deadline is None
    stage.pass_s(1200.0, step_s=5.0)
    assert len(stage.wanted("a")) == 2


def test_at_the_deadline_a_daemon_is_still_the_last_to_leave() -> None:
    stage = Stage("a", "b")
    stage.submit(
        "CreateService",
        {"serviceName": "logs", "taskDefinition": "web", "schedulingStrategy": "DAEMON"},
    )
    task = standalone(stage)
    stage.pass_s(10.0)
    drain(stage, drainDeadlineSeconds=20)
    stage.pass_s(10.0)
    assert {t.service for t in stage.wanted("a")} == {"", "logs"}
    stage.pass_s(15.0)
    assert stage.state.tasks[task.id].last_status is TaskStatus.STOPPED
    assert stage.tasks("a") == []
    (daemon,) = [t for t in stage.tasks("a", stopped=True) if t.service == "logs"]
    assert daemon.stop_code is StopCode.SERVICE_SCHEDULER_INITIATED
    assert (daemon.stopped_at or 0.0) > (stage.state.tasks[task.id].stopped_at or 0.0)


def test_a_deadline_goes_with_draining_alone() -> None:
    stage = Stage("a")
    given = {"containerInstances": ["a"], "status": "ACTIVE", "drainDeadlineSeconds": 5}
    command = stage.command("UpdateContainerInstancesState", given)
    stage.rest(command)
    assert stage.answers[command.id].message == (
        "drainDeadlineSeconds: goes with the status DRAINING, for it ends a drain."
    )
