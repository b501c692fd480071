"""Tags changed after they were given: by ARN, key by key, and nothing else of what has them with it."""

from __future__ import annotations

from typing import Any

import pytest

from core.ecs import describe_cluster, describe_container_instance, describe_task, describe_task_definition
from core.lifecycle import Signal, advance, order_stop
from core.model.tags import STACK_TAG
from core.model.task import StopCode
from core.taskdef.describe import diff
from tests.core.fold.desk import ARN, Desk, declared, definition

SERVICE = f"{ARN}:service/default/api"


@pytest.fixture
def tagged(desk: Desk) -> Desk:
    tags = [{"key": "team", "value": "a"}, {"key": STACK_TAG, "value": "shop"}]
    desk.do("CreateService", serviceName="api", taskDefinition="web", desiredCount=2, tags=tags)
    return desk


def tags(desk: Desk) -> dict[str, str]:
    return dict(desk.state.services["default/api"].tags)


def test_a_tag_is_given_changed_and_taken_and_begins_no_deployment(tagged: Desk) -> None:
    before = tagged.state.deployments_of("default/api")
    changed = [{"key": "team", "value": "b"}, {"key": "tier"}]
    assert tagged.do("TagResource", resourceArn=SERVICE, tags=changed) == {}
    assert tags(tagged) == {"team": "b", STACK_TAG: "shop", "tier": ""}
    assert tagged.do("UntagResource", resourceArn=SERVICE, tagKeys=["team", "never there"]) == {}
    assert tags(tagged) == {STACK_TAG: "shop", "tier": ""}
    assert tagged.state.deployments_of("default/api") == before


def test_which_stack_a_service_is_of_is_a_tag(tagged: Desk) -> None:
    assert tagged.state.services["default/api"].stack == "shop"
    tagged.do("UntagResource", resourceArn=SERVICE, tagKeys=[STACK_TAG])
    assert tagged.state.services["default/api"].stack == ""


@pytest.mark.parametrize(
    "arn",
    ["arn:aws:ecs:eu-west-1:123456789012:service/default/api", "arn:aws-cn:ecs:cn-north-1:1:service/api"],
)
def test_a_service_is_named_by_any_arn_of_its_cluster_and_name(tagged: Desk, arn: str) -> None:
    tagged.do("UntagResource", resourceArn=arn, tagKeys=["team"])
    assert tags(tagged) == {STACK_TAG: "shop"}


def test_a_schedule_is_tagged_likewise_and_its_next_occasion_stays(desk: Desk) -> None:
    named = {"name": "nightly", "scheduleExpression": "rate(1 hour)", "target": {"taskDefinition": "web"}}
    made = desk.do("CreateSchedule", **named, tags=[{"key": "team", "value": "a"}])["schedule"]
    assert made["tags"] == [{"key": "team", "value": "a"}]
    desk.now += 600
    arn = f"{ARN}:schedule/default/nightly"
    desk.do("TagResource", resourceArn=arn, tags=[{"key": STACK_TAG, "value": "shop"}])
    desk.do("UntagResource", resourceArn=arn, tagKeys=["team"])
    schedule = desk.state.schedules["default/nightly"]
    assert (schedule.tags, schedule.stack) == (((STACK_TAG, "shop"),), "shop")
    assert schedule.next_at == made["nextRunAt"]
    full = [{"key": f"k{n}"} for n in range(50)]
    assert desk.refused("TagResource", resourceArn=arn, tags=full) == (
        "LimitExceededException: tags: at most 50 to a schedule; nightly would have 51."
    )
    assert desk.refused("UntagResource", resourceArn=f"{arn}x", tagKeys=["a"]).endswith(
        'There is no schedule "nightlyx" in default; did you mean nightly?'
    )
    assert desk.refused("CreateSchedule", **named, tags=[{"key": "aws:x"}]).startswith(
        "InvalidParameterException: aws: prefixed"
    )
    assert desk.refused("CreateSchedule", **named).startswith("ConflictException")


def given(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in tags.items()]


def test_a_cluster_has_tags_until_it_is_deleted(desk: Desk) -> None:
    made = desk.do("CreateCluster", clusterName="edge", tags=given({"team": "a"}))["cluster"]
    assert made["tags"] == given({"team": "a"})
    arn = f"{ARN}:cluster/edge"
    desk.do("TagResource", resourceArn=arn, tags=given({"tier": "1"}))
    desk.do("UntagResource", resourceArn=arn, tagKeys=["team"])
    assert describe_cluster(desk.state, desk.state.clusters["edge"])["tags"] == given({"tier": "1"})
    desk.do("DeleteCluster", cluster="edge")
    assert desk.refused("TagResource", resourceArn=arn, tags=given({"a": ""})) == (
        "InvalidParameterException: The specified cluster is inactive. Specify an active cluster and try again."
    )
    assert desk.do("CreateCluster", clusterName="edge")["cluster"]["tags"] == []


def test_a_revision_s_tags_change_and_nothing_that_was_registered_does(desk: Desk) -> None:
    desk.do("RegisterTaskDefinition", **definition(tags=given({"team": "a"})))
    before = desk.state.definitions["web:2"]
    arn = f"{ARN}:task-definition/web:2"
    desk.do("TagResource", resourceArn=arn, tags=given({"team": "b", "tier": "1"}))
    after = desk.state.definitions["web:2"]
    assert describe_task_definition(after)["tags"] == given({"team": "b", "tier": "1"})
    assert after.digest == before.digest
    assert diff(before, after) == [
        '~ tags[team].value: "a" → "b"',
        '+ tags[tier]: {"key": "tier", "value": "1"}',
    ]
    assert desk.state.definitions["web:1"].tags == ()
    assert desk.refused("TagResource", resourceArn=arn[:-2], tags=[]).endswith(
        "Revision is missing. Name one, as in web:1."
    )
    assert desk.refused("TagResource", resourceArn=f"{arn}9", tags=[]).endswith(
        'There is no task definition "web:29"; did you mean web:2?'
    )
    desk.do("DeregisterTaskDefinition", taskDefinition="web:2")
    inactive = "The specified task definition is inactive. Specify an active task definition and try again."
    assert desk.refused("UntagResource", resourceArn=arn, tagKeys=["team"]).endswith(inactive)


def test_a_task_s_tags_change_also_those_it_was_given_by_others(desk: Desk) -> None:
    desk.do("RegisterTaskDefinition", **definition(tags=given({"team": "a", "tier": "1"})))
    run = {"propagateTags": "TASK_DEFINITION", "enableECSManagedTags": True, "tags": given({"tier": "2"})}
    task = desk.task("a", **run)
    arn = f"{ARN}:task/default/{task.id}"
    desk.do("TagResource", resourceArn=arn, tags=given({"who": "ada"}))
    desk.do("UntagResource", resourceArn=arn, tagKeys=["tier", "team"])
    managed = {"aws:ecs:clusterName": "default"}
    shown = describe_task(desk.state, desk.state.tasks[task.id])
    assert {tag["key"]: tag["value"] for tag in shown["tags"]} == managed | {"who": "ada"}
    assert desk.state.tasks[task.id].request == task.request, "what was asked for stays known"
    full = {f"k{n}": "" for n in range(49)}
    desk.do("TagResource", resourceArn=arn, tags=given(full))
    assert desk.refused("TagResource", resourceArn=arn, tags=given({"more": ""})) == (
        f"LimitExceededException: tags: at most 50 to a task; {task.id} would have 51."
    )
    stopping = order_stop(desk.state.tasks[task.id], desk.now, StopCode.USER_INITIATED, "")
    desk.state.put(advance(stopping, Signal.ENDED, desk.now))
    desk.close()
    assert desk.refused("TagResource", resourceArn=arn, tags=given({"a": ""})) == (
        "InvalidParameterException: The specified task is stopped. Specify a running task and try again."
    )


def test_a_container_instance_keeps_its_tags_when_the_config_is_read_again(desk: Desk) -> None:
    arn = f"{ARN}:container-instance/default/{desk.instance().id}"
    desk.do("TagResource", resourceArn=arn, tags=given({"rack": "7", "team": "a"}))
    desk.do("UntagResource", resourceArn=f"{ARN}:container-instance/{desk.instance().id}", tagKeys=["team"])
    desk.config(declared("a", "b", attributes=(("zone", "x"),)))
    assert describe_container_instance(desk.state, desk.instance())["tags"] == given({"rack": "7"})


NO_ARN = (
    "is not the ARN of a cluster, a service, a task definition, a task, a container instance or a schedule."
)
CONFIG_S = f"{NO_ARN} The config names a capacity provider, and nothing else says anything of it."


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"resourceArn": "api"}, f'InvalidParameterException: resourceArn: "api" {NO_ARN}'),
        ({"resourceArn": f"{ARN}:task/a/b/c"}, f'InvalidParameterException: resourceArn: "{ARN}:task/a/b…" {NO_ARN}'),
        ({"resourceArn": f"{ARN}:cluster/a/b"}, f'InvalidParameterException: resourceArn: "{ARN}:cluster/…" {NO_ARN}'),
        ({"resourceArn": "arn:a:ecs:::capacity-provider/x"}, f'InvalidParameterException: resourceArn: "arn:a:ecs:::capacity-provider/x" {CONFIG_S}'),
        (
            {"resourceArn": f"{ARN}:cluster/defualt"},
            'ClusterNotFoundException: Cluster not found. There is no cluster "defualt"; did you mean default?',
        ),
        (
            {"resourceArn": f"{ARN}:task/default/1234"},
            'ResourceNotFoundException: The specified resource could not be found. There is no task "1234" in default.',
        ),
        (
            {"resourceArn": f"{ARN}:container-instance/default/1234"},
            'ResourceNotFoundException: The specified resource could not be found. There is no container instance "1234" in default.',
        ),
        (
            {"resourceArn": f"{ARN}:service/default/apo"},
            'ResourceNotFoundException: The specified resource could not be found. There is no service "apo" in default; did you mean api?',
        ),
        (
            {"resourceArn": f"{ARN}:service/defualt/api"},
            'ClusterNotFoundException: Cluster not found. There is no cluster "defualt"; did you mean default?',
        ),
        ({"tags": [{"key": "aws:x"}]}, "InvalidParameterException: aws: prefixed tag key names are not allowed for external use."),
        ({"tags": [{"key": "a"}, {"key": "a"}]}, "InvalidParameterException: tags: a key may be given once."),
        ({"tags": [{"key": f"k{n}"} for n in range(49)]}, "LimitExceededException: tags: at most 50 to a service; api would have 51."),
    ],
)  # fmt: skip
def test_what_can_not_be_is_refused(tagged: Desk, given: dict[str, Any], sentence: str) -> None:
    before = tags(tagged)
    assert (
        tagged.refused("TagResource", **{"resourceArn": SERVICE, "tags": [{"key": "a"}]} | given) == sentence
    )
    assert tags(tagged) == before


def test_aws_s_own_tags_can_not_be_taken(tagged: Desk) -> None:
    told = tagged.refused("UntagResource", resourceArn=SERVICE, tagKeys=["aws:x"])
    assert told.startswith("InvalidParameterException: aws: prefixed")
