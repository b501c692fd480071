"""Stories about tags that tasks are made with: those asked for, those propagated to them, and ECS's managed ones."""

from __future__ import annotations

from typing import Any

from core.ecs import describe_service, describe_task
from tests.core.stage import WEB, Stage

TEAM = [{"key": "team", "value": "shop"}, {"key": "tier", "value": "1"}]


def stage_with_tags() -> Stage:
    """A host, and the definition `web`, whose newest revision has tags."""
    stage = Stage("a")
    stage.submit("RegisterTaskDefinition", {**WEB, "tags": TEAM})
    return stage


def tags(stage: Stage) -> list[dict[str, str]]:
    """The tags of every task that is wanted, as DescribeTasks shows them, the oldest first."""
    wanted = sorted(stage.wanted(), key=lambda task: (task.created_at, task.id))
    shown = (describe_task(stage.state, task)["tags"] for task in wanted)
    return [{tag["key"]: tag["value"] for tag in each} for each in shown]


def test_a_service_s_tasks_have_the_tags_it_propagates_from_when_they_are_made() -> None:
    stage = stage_with_tags()
    own = [{"key": "owner", "value": "ada"}]
    stage.serve(1, tags=own, propagateTags="SERVICE", enableECSManagedTags=True)
    managed = {"aws:ecs:clusterName": "default", "aws:ecs:serviceName": "web"}
    assert tags(stage) == [{"owner": "ada"} | managed]
    change = {"service": "web", "propagateTags": "TASK_DEFINITION", "enableECSManagedTags": False}
    output = stage.submit("UpdateService", change)
    assert len(output["service"]["deployments"]) == 1, "no deployment begins"
    stage.pass_s(30.0)
    assert tags(stage) == [{"owner": "ada"} | managed], "what runs keeps its tags"
    stage.submit("UpdateService", {"service": "web", "forceNewDeployment": True})
    stage.pass_s(30.0)
    assert tags(stage) == [{"team": "shop", "tier": "1"}]
    stage.submit("UpdateService", {"service": "web", "propagateTags": "NONE", "desiredCount": 2})
    stage.pass_s(30.0)
    assert tags(stage)[1] == {}
    shown = describe_service(stage.state, stage.service())
    assert (shown["propagateTags"], shown["enableECSManagedTags"]) == ("NONE", False)


def test_a_moved_task_s_successor_and_a_restarted_engine_s_tasks_have_them_too() -> None:
    stage = Stage("a", "b")
    stage.serve(1, enableECSManagedTags=True)
    managed = {"aws:ecs:clusterName": "default", "aws:ecs:serviceName": "web"}
    stage.restart()
    stage.look()
    (first,) = stage.wanted()
    stage.submit(
        "UpdateContainerInstancesState", {"containerInstances": [first.instance], "status": "DRAINING"}
    )
    stage.pass_s(60.0)
    (second,) = stage.wanted()
    assert second.instance != first.instance
    assert tags(stage) == [managed]


def test_the_tags_of_the_run_go_before_those_of_its_definition() -> None:
    stage = stage_with_tags()
    more: dict[str, Any] = {"propagateTags": "TASK_DEFINITION", "enableECSManagedTags": True}
    asked = {"taskDefinition": "web", "tags": [{"key": "tier", "value": "9"}], **more}
    for output in (
        stage.submit("RunTask", asked),
        stage.submit("StartTask", {**asked, "containerInstances": ["a"]}),
    ):
        (task,) = output["tasks"]
        shown = {tag["key"]: tag["value"] for tag in task["tags"]}
        assert shown == {"team": "shop", "tier": "9", "aws:ecs:clusterName": "default"}
    stage.submit("RunTask", {"taskDefinition": "web", "propagateTags": "NONE"})
    assert tags(stage)[-1] == {}


def test_a_schedule_s_runs_propagate_as_its_target_says() -> None:
    stage = stage_with_tags()
    target = {"taskDefinition": "web", "propagateTags": "TASK_DEFINITION", "enableECSManagedTags": True}
    given = {"name": "nightly", "scheduleExpression": "rate(1 hour)", "target": target, "tags": TEAM[:1]}
    shown = stage.submit("CreateSchedule", given)["schedule"]
    assert (shown["target"], shown["tags"]) == (target | {}, TEAM[:1])
    stage.pass_s(5.0)
    assert tags(stage) == [{"team": "shop", "tier": "1", "aws:ecs:clusterName": "default"}]
