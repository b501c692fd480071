"""Task definitions: revisions are numbered for ever, and what is wrong is refused as ECS does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.core.fold.desk import ARN, definition

if TYPE_CHECKING:
    from tests.core.fold.desk import Desk


def test_a_revision_number_never_comes_twice(desk: Desk) -> None:
    for revision in (2, 3):
        shown = desk.do("RegisterTaskDefinition", **definition())["taskDefinition"]
        assert (shown["revision"], shown["registeredBy"]) == (revision, "ada")
        desk.do("DeregisterTaskDefinition", taskDefinition=f"{ARN}:task-definition/web:{revision}")
    assert desk.do("RegisterTaskDefinition", **definition())["taskDefinition"]["revision"] == 4
    assert desk.do("RegisterTaskDefinition", **definition("job"))["taskDefinition"]["revision"] == 1


def test_what_was_adapted_is_said(desk: Desk) -> None:
    output = desk.do(
        "RegisterTaskDefinition", **definition(networkMode="awsvpc", tags=[{"key": "a", "value": "b"}])
    )
    assert any("awsvpc" in warning for warning in output["taskDefinition"]["warnings"])
    assert output["tags"] == [{"key": "a", "value": "b"}]


def test_describe_output_registers_again(desk: Desk) -> None:
    shown = desk.do("RegisterTaskDefinition", **definition())
    assert desk.do("RegisterTaskDefinition", **shown)["taskDefinition"]["revision"] == 3


def test_a_deregistered_revision_runs_nothing_new(desk: Desk) -> None:
    output = desk.do("DeregisterTaskDefinition", taskDefinition="web:1")
    assert output["taskDefinition"]["status"] == "INACTIVE"
    assert output["taskDefinition"]["deregisteredAt"] == desk.now
    assert desk.refused("RunTask", taskDefinition="web:1") == "ClientException: TaskDefinition is inactive"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("web", "ClientException: Revision is missing. Name one, as in web:1."),
        ("web:2", "ClientException: The specified task definition does not exist."),
        ("old:1", "ClientException: The specified task definition is inactive."),
    ],
)
def test_such_a_deregistration_is_refused(desk: Desk, name: str, expected: str) -> None:
    desk.do("RegisterTaskDefinition", **definition("old"))
    desk.do("DeregisterTaskDefinition", taskDefinition="old:1")
    assert desk.refused("DeregisterTaskDefinition", taskDefinition=name).startswith(expected)


def test_a_constraint_that_can_t_be_read_is_refused_by_its_path(desk: Desk) -> None:
    constraints = [{"type": "memberOf", "expression": f"attribute:zone {rest}"} for rest in ("== a", "==")]
    assert desk.refused("RegisterTaskDefinition", **definition(placementConstraints=constraints)).startswith(
        "InvalidParameterException: placementConstraints[1].expression: "
    )


def test_a_definition_without_containers_is_refused(desk: Desk) -> None:
    answer = desk.ask("RegisterTaskDefinition", json.dumps({"family": "web", "containerDefinitions": []}))
    assert (answer.code, answer.message) == (
        "ClientException",
        "containerDefinitions: Container list cannot be empty.",
    )


def test_a_deletion_answers_for_each_revision_and_a_second_one_as_the_first(desk: Desk) -> None:
    for family in ("old", "older"):
        desk.do("RegisterTaskDefinition", **definition(family))
        desk.do("DeregisterTaskDefinition", taskDefinition=f"{family}:1")
    names = ["old:1", "web:1", f"{ARN}:task-definition/older:1", "none:7"]
    output = desk.do("DeleteTaskDefinitions", taskDefinitions=names)
    shown = [(d["family"], d["status"], d["deleteRequestedAt"]) for d in output["taskDefinitions"]]
    assert shown == [(family, "DELETE_IN_PROGRESS", desk.now) for family in ("old", "older")]
    assert [(f["arn"].rpartition("/")[2], f["reason"].partition(".")[0]) for f in output["failures"]] == [
        ("web:1", "The specified task definition is still in ACTIVE status"),
        ("none:7", "The specified task definition does not exist"),
    ]
    told = len(desk.events)
    desk.now += 60
    again = desk.do("DeleteTaskDefinitions", taskDefinitions=["old:1"])
    assert again["taskDefinitions"] == output["taskDefinitions"][:1]
    assert len(desk.events) == told


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["web"], "InvalidParameterException: Revision is missing. Name one, as in web:1."),
        ([], "InvalidParameterException: taskDefinitions: must not be empty."),
        (
            [f"web:{n}" for n in range(11)],
            "InvalidParameterException: taskDefinitions: has more than 10 entries.",
        ),
    ],
)
def test_such_a_deletion_is_refused(desk: Desk, names: list[str], expected: str) -> None:
    assert desk.refused("DeleteTaskDefinitions", taskDefinitions=names) == expected
