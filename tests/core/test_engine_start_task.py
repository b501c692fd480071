"""Stories about StartTask: on the instances that are named, and nowhere else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.commands import Command
from core.ecs import ADDITIONS
from core.fold.commands import fold_command
from core.fold.context import TurnContext
from core.model.task import StopCode, TaskStatus
from core.model.task_request import overrides_of, tags_of
from tests.botocore_shapes import departures, ecs
from tests.core.stage import Stage


def start(stage: Stage, *instances: str, **more: Any) -> dict[str, Any]:
    return stage.submit("StartTask", {"taskDefinition": "web", "containerInstances": [*instances], **more})


def test_it_starts_one_task_on_each_instance_named_whatever_the_constraints_say() -> None:
    stage = Stage("a", "b", "c")
    nowhere = [{"type": "memberOf", "expression": "attribute:zone == nowhere"}]
    container = {"name": "main", "image": "demo/web:1", "memory": 64}
    picky = {"family": "web", "containerDefinitions": [container], "placementConstraints": nowhere}
    stage.submit("RegisterTaskDefinition", picky)
    more = {
        "startedBy": "me",
        "tags": [{"key": "k", "value": "v"}],
        "overrides": {"containerOverrides": [{"name": "main", "command": ["x"]}]},
    }
    output = start(stage, "a", stage.instance("c").id, "a", **more)
    assert output["failures"] == []
    shape = ecs().operation_model("StartTask").output_shape
    assert list(departures(output, shape, ADDITIONS)) == []
    assert [t["containerInstanceName"] for t in output["tasks"]] == ["a", "c"]
    assert {(t["group"], t["startedBy"]) for t in output["tasks"]} == {("family:web", "me")}
    stage.pass_s(5.0)
    assert [t.last_status for t in stage.wanted()] == [TaskStatus.RUNNING] * 2
    assert stage.wanted("b") == []
    (task,) = stage.wanted("a")
    assert tags_of(task.request) == [{"key": "k", "value": "v"}]
    assert overrides_of(task.request) == {"containerOverrides": [{"name": "main", "command": ["x"]}]}


def test_what_has_no_room_or_is_no_instance_is_a_failure_and_leaves_nothing() -> None:
    stage = Stage("a", "b", "c", "d", memory_mib=64)
    stage.submit("UpdateContainerInstancesState", {"containerInstances": ["c"], "status": "DRAINING"})
    stage.hosts["d"].silent = True
    stage.pass_s(20.0)
    start(stage, "b")
    output = start(stage, "a", "b", "c", "d", "x")
    assert [t["containerInstanceName"] for t in output["tasks"]] == ["a"]
    reasons = {f["arn"].rpartition("/")[2]: f["reason"] for f in output["failures"]}
    assert reasons == {
        "x": "MISSING",
        stage.instance("b").id: "RESOURCE:MEMORY",
        stage.instance("c").id: "INACTIVE",
        stage.instance("d").id: "AGENT",
    }
    assert len(stage.tasks()) == 2


def test_none_of_them_leaves_an_answer_of_failures_alone() -> None:
    stage = Stage("a")
    output = start(stage, "x", "y")
    assert output["tasks"] == []
    assert [f["reason"] for f in output["failures"]] == ["MISSING", "MISSING"]


@pytest.mark.parametrize("turns", range(1, 5))
def test_it_happens_once_though_the_engine_is_killed(turns: int) -> None:
    stage = Stage("a", "b")
    command = stage.command("StartTask", {"taskDefinition": "web", "containerInstances": ["b"]})
    actions = stage.turn(command)
    for _ in range(turns):
        actions = stage.turn(*(stage.perform(*action) for action in actions))
    stage.restart()
    stage.pass_s(10.0)
    (task,) = stage.wanted()
    assert (task.instance, task.last_status) == (stage.instance("b").id, TaskStatus.RUNNING)


def test_a_started_task_is_not_moved_nor_replaced() -> None:
    stage = Stage("a", "b")
    start(stage, "a")
    stage.pass_s(5.0)
    stage.hosts["a"].die()
    stage.pass_s(20.0)
    assert stage.wanted() == []


def test_what_waits_for_an_instance_that_goes_ends_with_the_reason() -> None:
    """Accepted while no engine ran, it is placed when one comes; its instance has gone before."""
    stage = Stage("a", "b")
    turn = TurnContext(stage.now, stage.chance, stage.settings, by_engine=False)
    given = json.dumps({"taskDefinition": "web", "containerInstances": ["b"]})
    gone = stage.instance("b").id
    fold_command(stage.state, Command("s", "StartTask", given), turn)
    stage.state.delete(stage.state.instances[gone])
    stage.rest()
    (task,) = stage.tasks(stopped=True)
    assert task.stop_code is StopCode.TASK_FAILED_TO_START
    assert task.stopped_reason == "It can't be placed: the container instance it was to run on is gone"
