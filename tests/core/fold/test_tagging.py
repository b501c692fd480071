"""Tags of services and schedules, changed after they were made: by ARN, key by key, and nothing else of the service with them."""

from __future__ import annotations

from typing import Any

import pytest

from core.model.tags import STACK_TAG
from tests.core.fold.desk import ARN, Desk

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
        'There is no schedule "nightlyx" in default.'
    )
    assert desk.refused("CreateSchedule", **named, tags=[{"key": "aws:x"}]).startswith(
        "InvalidParameterException: aws: prefixed"
    )
    assert desk.refused("CreateSchedule", **named).startswith("ConflictException")


NO_ARN = "is not the ARN of a service or a schedule; the tags of nothing else can be changed."


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"resourceArn": "api"}, f'InvalidParameterException: resourceArn: "api" {NO_ARN}'),
        ({"resourceArn": f"{ARN}:cluster/default"}, f'InvalidParameterException: resourceArn: "{ARN}:cluster/…" {NO_ARN}'),
        (
            {"resourceArn": f"{ARN}:service/default/apo"},
            'ResourceNotFoundException: The specified resource could not be found. There is no service "apo" in default.',
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
