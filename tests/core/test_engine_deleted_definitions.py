"""Stories about deleted revisions: each stays for as long as anything uses it, and no number ever comes again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from core.client.holding import held_by
from core.model.settings import Settings
from core.model.task_definition import TaskDefinitionStatus
from tests.core.stage import WEB, Stage

if TYPE_CHECKING:
    from core.model.task_definition import TaskDefinition

#: What has stopped is soon forgotten; a deleted service is kept for an hour.
QUICK = Settings(stopped_retention_s=300.0, container_cleanup_s=60.0)
LONG_S = 4500.0


def delete(stage: Stage, *names: str) -> dict[str, Any]:
    for name in names:
        stage.submit("DeregisterTaskDefinition", {"taskDefinition": name})
    return stage.submit("DeleteTaskDefinitions", {"taskDefinitions": [*names]})


def pass_long(stage: Stage) -> None:
    stage.pass_s(LONG_S, 100.0)


def known(stage: Stage, name: str = "web:1") -> TaskDefinition | None:
    return stage.state.definitions.get(name)


def register(stage: Stage) -> int:
    made = stage.submit("RegisterTaskDefinition", WEB)
    revision: int = made["taskDefinition"]["revision"]
    return revision


def test_what_nothing_uses_goes_and_its_number_never_comes_again() -> None:
    stage = Stage("a", settings=QUICK)
    assert register(stage) == 2
    output = delete(stage, "web:1", "web:2")
    assert [d["status"] for d in output["taskDefinitions"]] == ["DELETE_IN_PROGRESS"] * 2
    assert not output["failures"]
    pass_long(stage)
    assert not stage.state.definitions
    assert "Task definition web:2 was deleted." in stage.said
    stage.restart()
    stage.look()
    assert register(stage) == 3
    delete(stage, "web:3")
    pass_long(stage)
    assert register(stage) == 4
    assert register(stage) == 5


def test_a_service_keeps_its_revision_scales_with_it_and_its_history_too() -> None:
    stage = Stage("a", settings=QUICK)
    stage.serve(1)
    delete(stage, "web:1")
    assert held_by(stage.state, "web:1") == ["service default/web"]
    stage.submit("UpdateService", {"service": "web", "desiredCount": 3})
    pass_long(stage)
    assert len(stage.wanted()) == 3
    register(stage)
    stage.submit("UpdateService", {"service": "web", "taskDefinition": "web:2"})
    pass_long(stage)
    assert held_by(stage.state, "web:1") == ["an earlier deployment of service default/web"]
    stage.submit("RollbackService", {"service": "web"})
    stage.pass_s(60.0)
    assert {task.definition for task in stage.wanted()} == {"web:1"}, "what it may go back to is there"
    stage.submit("DeleteService", {"service": "web", "force": True})
    assert held_by(stage.state, "web:1") == ["the deleted service default/web"]
    pass_long(stage)
    assert known(stage) is None
    assert known(stage, "web:2") is not None


def test_a_task_keeps_it_until_nobody_can_describe_the_task_any_more() -> None:
    stage = Stage("a", settings=QUICK)
    output = stage.submit("RunTask", {"taskDefinition": "web"})
    stage.pass_s(5.0)
    delete(stage, "web:1")
    pass_long(stage)
    assert held_by(stage.state, "web:1") == ["1 task"]
    stage.submit("StopTask", {"task": output["tasks"][0]["taskArn"]})
    stage.pass_s(60.0)
    assert held_by(stage.state, "web:1") == ["1 stopped task"]
    assert known(stage) is not None
    pass_long(stage)
    assert known(stage) is None


def test_a_schedule_keeps_the_revision_that_it_names_and_a_family_s_keeps_none() -> None:
    stage = Stage("a", settings=QUICK)
    register(stage)
    for name, definition in (("one", "web:1"), ("any", "web")):
        target = {"taskDefinition": definition}
        given = {"name": name, "scheduleExpression": "rate(30 days)", "target": target, "state": "DISABLED"}
        stage.submit("CreateSchedule", given)
    delete(stage, "web:1", "web:2")
    pass_long(stage)
    assert held_by(stage.state, "web:1") == ["schedule default/one"]
    assert set(stage.state.definitions) == {"web:1"}
    stage.submit("DeleteSchedule", {"name": "one"})
    pass_long(stage)
    assert not stage.state.definitions


@pytest.mark.parametrize("before_it_goes", [True, False])
def test_nothing_new_uses_a_deleted_revision(before_it_goes: bool) -> None:
    stage = Stage("a", settings=QUICK)
    stage.serve(1)
    delete(stage, "web:1")
    if not before_it_goes:
        stage.submit("DeleteService", {"service": "web", "force": True})
        pass_long(stage)
    found = known(stage)
    assert (found is not None and found.status is TaskDefinitionStatus.DELETE_IN_PROGRESS) is before_it_goes
    words = "TaskDefinition is inactive" if before_it_goes else "TaskDefinition not found."
    for action, given in (
        ("RunTask", {}),
        ("StartTask", {"containerInstances": ["a"]}),
        ("CreateService", {"serviceName": "other", "desiredCount": 1}),
    ):
        command = stage.command(action, {"taskDefinition": "web:1", **given})
        stage.rest(command)
        assert stage.answers[command.id].message.startswith(words)


def test_a_turn_that_is_not_kept_takes_no_revision_away() -> None:
    stage = Stage("a", settings=QUICK)
    delete(stage, "web:1")
    stage.now += LONG_S
    stage.discard()
    assert known(stage) is not None
    stage.pass_s(120.0, 10.0)
    assert known(stage) is None
    assert stage.state.families["web"].last_revision == 1
