"""Our shapes and our output, held against ECS's own service model."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import botocore.session
import pytest
from botocore.validate import ParamValidator

from core.model.task_definition import TaskDefinitionStatus
from core.taskdef.describe import describe
from core.taskdef.parse import parse
from core.taskdef.schema import READ_ONLY, REGISTER_TASK_DEFINITION
from core.taskdef.shape import Choice, Flag, ListOf, Shape, Structure, Text, TextMap, Whole
from tests.core.taskdef.samples import everything

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What describe shows beyond ECS's members.
ADDITIONS: Final = {"warnings"}


@pytest.fixture(scope="module")
def model() -> Any:
    return botocore.session.get_session().get_service_model("ecs")


def differences(ours: Shape, theirs: Any, path: str) -> Iterator[str]:
    """Where a shape of ours differs from ECS's; an enum may be checked later, in ECS's own words."""
    enum = tuple(getattr(theirs, "enum", ()) or ())
    kind = theirs.type_name
    match ours:
        case Structure(members=members):
            if kind != "structure" or set(members) != set(theirs.members):
                yield f"{path}: {set(members) ^ set(theirs.members)}"
                return
            for name in sorted(members):
                yield from differences(members[name], theirs.members[name], f"{path}.{name}")
        case ListOf(item=item):
            if kind != "list":
                yield f"{path}: {kind}"
                return
            yield from differences(item, theirs.member, f"{path}[]")
        case TextMap() if kind != "map" or theirs.value.type_name != "string":
            yield f"{path}: {kind}"
        case Choice(options=options) if kind != "string" or set(options) != set(enum):
            yield f"{path}: {set(options) ^ set(enum)}"
        case Text() if kind != "string" or (enum and not path.endswith(".logDriver")):
            yield f"{path}: {kind} {enum}"
        case Whole() if kind != "integer":
            yield f"{path}: {kind}"
        case Flag() if kind != "boolean":
            yield f"{path}: {kind}"
        case _:
            return


def test_the_schema_is_ecs_input_member_for_member(model: Any) -> None:
    theirs = model.shape_for("RegisterTaskDefinitionRequest")
    assert list(differences(REGISTER_TASK_DEFINITION, theirs, "")) == []


def test_read_only_members_are_what_describe_adds(model: Any) -> None:
    shown = set(model.shape_for("TaskDefinition").members)
    assert set(READ_ONLY) == shown - set(model.shape_for("RegisterTaskDefinitionRequest").members)


def test_what_describe_shows_is_ecs_shape(model: Any) -> None:
    definition = parse(everything())
    shown = describe(definition)
    task = shown["taskDefinition"]
    assert set(task) - set(model.shape_for("TaskDefinition").members) == ADDITIONS
    for name in ADDITIONS:
        del task[name]
    report = ParamValidator().validate(shown, model.shape_for("DescribeTaskDefinitionResponse"))
    assert report.generate_report() == ""
    for container in task["containerDefinitions"]:
        assert {"cpu", "essential", "environment", "mountPoints", "volumesFrom", "portMappings"} <= set(
            container
        )


def test_the_stored_json_is_valid_register_input(model: Any) -> None:
    source = json.loads(parse(everything()).source)
    report = ParamValidator().validate(source, model.shape_for("RegisterTaskDefinitionRequest"))
    assert report.generate_report() == ""


def test_every_status_of_ours_is_one_of_ecs(model: Any) -> None:
    assert {status.value for status in TaskDefinitionStatus} == set(
        model.shape_for("TaskDefinitionStatus").enum
    )
