"""Inputs: what is refused and in which words, what is only warned about, and that ECS's members are all known."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from core.decisions import DECISIONS, Kind
from core.errors import Refused
from core.fold.inputs import INPUTS
from core.fold.reading import input_of
from core.fold.unserved import BY_ACTION
from core.taskdef.shape import nearest
from tests.botocore_shapes import ecs, filled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.commands import Action
    from tests.core.fold.desk import Desk

#: Input members of ours in ECS's own actions.
OURS = {
    "CreateService": {"autoScaling", "replace", "healthyAfterSeconds", "probe"},
    "UpdateService": {"autoScaling", "replace", "healthyAfterSeconds", "probe"},
    "UpdateContainerInstancesState": {"drainDeadlineSeconds"},
}
OF_ECS = sorted(set(INPUTS) & set(ecs().operation_names))
SERVICE = {"serviceName": "api", "taskDefinition": "web", "desiredCount": 1}
TASK = {"taskDefinition": "web"}

REFUSALS: list[tuple[str, str | dict[str, Any], str]] = [
    (
        "CreateServce",
        {},
        'UnknownOperationException: There is no action "CreateServce". Did you mean CreateService?',
    ),
    (
        "CreateTaskSet",
        {},
        "UnsupportedFeatureException: CreateTaskSet is no command here: task sets belong to deployment controllers other than ECS, which are not there.",
    ),
    ("Explode", {}, 'UnknownOperationException: There is no action "Explode".'),
    ("CreateCluster", "[1]", "SerializationException: The input must be a JSON object, not a list."),
    (
        "CreateCluster",
        "{",
        "SerializationException: The input can't be read: It is not valid JSON at line 1, column 2: expecting",
    ),
    (
        "CreateCluster",
        '{"clusterName": "\\ud800"}',
        "SerializationException: The input can't be read: clusterName: holds half a character",
    ),
    (
        "CreateCluster",
        '{"clusterName": NaN}',
        "SerializationException: The input can't be read: NaN is not a number in JSON.",
    ),
    (
        "CreateCluster",
        '{"clusterName": "a", "clusterName": "b"}',
        "SerializationException: The input can't be read: clusterName: is given more than once.",
    ),
    (
        "StopTask",
        {"task": "t", "reason": "a\0b"},
        "SerializationException: The input can't be read: reason: must not hold a zero byte.",
    ),
    (
        "CreateCluster",
        {"clusterName": "a b"},
        'InvalidParameterException: clusterName: "a b" is not allowed: up to 255 letters, digits, hyphens and underscores are.',
    ),
    ("CreateCluster", {"clusterName": "a\n"}, "InvalidParameterException: clusterName: "),
    ("CreateService", {"taskDefinition": "web"}, "ClientException: serviceName: is missing."),
    (
        "CreateService",
        {"servicename": "api", "taskDefinition": "web"},
        "ClientException: servicename: unknown member; did you mean serviceName?",
    ),
    (
        "CreateService",
        {**SERVICE, "desiredCont": 1},
        "ClientException: desiredCont: unknown member; did you mean desiredCount?",
    ),
    (
        "CreateService",
        {**SERVICE, "deploymentConfiguration": {"maxPercent": 1}},
        "ClientException: deploymentConfiguration.maxPercent: unknown member; did you mean maximumPercent?",
    ),
    (
        "CreateService",
        {**SERVICE, "desiredCount": "3"},
        'ClientException: desiredCount: must be a whole number, not "3".',
    ),
    (
        "CreateService",
        {**SERVICE, "desiredCount": True},
        "ClientException: desiredCount: must be a whole number",
    ),
    (
        "CreateService",
        {**SERVICE, "desiredCount": -1},
        "InvalidParameterException: desiredCount: must be at least 0, not -1.",
    ),
    (
        "CreateService",
        {
            **SERVICE,
            "autoScaling": {
                "policies": [{"predefinedMetricType": "ECSServiceAverageCPUUtilization", "targetValue": -5}]
            },
        },
        "InvalidParameterException: autoScaling.policies[0].targetValue: must be more than 0, not -5.",
    ),
    (
        "CreateService",
        {**SERVICE, "desiredCount": 5001},
        "InvalidParameterException: desiredCount: must be at most 5000, not 5001.",
    ),
    (
        "CreateService",
        {**SERVICE, "replace": "maybe"},
        'InvalidParameterException: replace: "maybe" is not one of yes, no or ask.',
    ),
    (
        "CreateService",
        {**SERVICE, "placementStrategy": [{"type": "random"}] * 6},
        "InvalidParameterException: placementStrategy: has more than 5 entries.",
    ),
    (
        "CreateService",
        {**SERVICE, "loadBalancers": [{"targetGroupArn": "x"}]},
        "InvalidParameterException: loadBalancers can't be served: there are no load balancers here",
    ),
    (
        "CreateService",
        {**SERVICE, "serviceRegistries": [{}, {"port": 1}], "vpcLatticeConfigurations": [{"portName": "x"}]},
        "InvalidParameterException: serviceRegistries can't be served: there is no AWS Cloud Map here. vpcLatticeConf",
    ),
    (
        "CreateService",
        {**SERVICE, "launchType": "EC2", "capacityProviderStrategy": [{"capacityProvider": "x"}]},
        "InvalidParameterException: Specify either Launch Type or Capacity Provider Strategy, but not both.",
    ),
    (
        "RunTask",
        {**TASK, "launchType": "FARGAT"},
        'InvalidParameterException: launchType: "FARGAT" is not one of EC2, EXTERNAL, FARGATE, MANAGED_INSTANCES; did you mean FARGATE?',
    ),
    (
        "CreateService",
        {**SERVICE, "launchType": 5, "propagateTags": "ALL"},
        "InvalidParameterException: launchType: 5 is not one of EC2, EXTERNAL, FARGATE, MANAGED_INSTANCES.",
    ),
    (
        "CreateService",
        {**SERVICE, "propagateTags": "ALL"},
        'InvalidParameterException: propagateTags: "ALL" is not one of NONE, SERVICE or TASK_DEFINITION.',
    ),
    ("RunTask", {**TASK, "count": 11}, "InvalidParameterException: count: must be at most 10, not 11."),
    (
        "RunTask",
        {**TASK, "overrides": {"containerOverrides": [{"name": "main", "image": "x"}]}},
        "ClientException: overrides.containerOverrides[0].image: unknown member",
    ),
    (
        "RunTask",
        {**TASK, "startedBy": "a b"},
        'InvalidParameterException: startedBy: "a b" is not allowed: up to 128',
    ),
    ("RunTask", {**TASK, "clientToken": "ä"}, "InvalidParameterException: clientToken: "),
    ("StopTask", {"task": ""}, "InvalidParameterException: task: must not be empty."),
    (
        "StopTask",
        {"task": "t", "reason": "x" * 1025},
        "InvalidParameterException: reason: has more than 1024 characters.",
    ),
    (
        "PutAttributes",
        {"attributes": [{"name": "a", "value": " x", "targetId": "a"}]},
        'InvalidParameterException: attributes[0].value: " x" is not allowed: letters, digits, spaces between them and _ - . @ : / \\ are.',
    ),
]


@pytest.mark.parametrize(("action", "given", "expected"), REFUSALS)
def test_an_input_that_is_wrong_is_refused_in_a_sentence(
    desk: Desk, action: str, given: str | dict[str, Any], expected: str
) -> None:
    answer = desk.ask(action, given)
    assert f"{answer.code}: {answer.message}".startswith(expected)


@pytest.mark.parametrize("depth", [101, 190, 600, 950, 100_000])
def test_a_bottomless_input_is_refused(desk: Desk, depth: int) -> None:
    """The parser, pydantic and our own walk over it each end at a depth of their own."""
    for action in ("CreateCluster", "RegisterTaskDefinition"):
        answer = desk.ask(action, '{"x": ' + "[" * depth + "]" * depth + "}")
        expected = ("SerializationException", "The input can't be read: It is nested too deeply.")
        assert (answer.code, answer.message) == expected


def test_only_so_much_of_a_wrong_input_is_looked_into(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each guess costs milliseconds of the engine's one thread."""
    guesses = 0

    def counted(key: str, options: tuple[str, ...]) -> str:
        nonlocal guesses
        guesses += 1
        return nearest(key, options)

    monkeypatch.setattr("core.fold.reading.nearest", counted)
    assert desk.refused("CreateService", **SERVICE, tags=[{"ky": "a"}] * 3000).count("did you mean key?") == 5
    assert guesses < 200


def test_null_is_not_given(desk: Desk) -> None:
    assert desk.do("CreateService", **SERVICE, clientToken=None, tags=None)["service"]["serviceName"] == "api"


def test_what_asks_for_nothing_passes_in_silence(desk: Desk) -> None:
    output = desk.do(
        "CreateService",
        **SERVICE,
        launchType="EC2",
        loadBalancers=[],
        deploymentController={"type": "ECS"},
        serviceConnectConfiguration={"enabled": False},
        deploymentConfiguration={"deploymentCircuitBreaker": {"enable": False, "rollback": False}, "strategy": "ROLLING"},
    )  # fmt: skip
    assert "warnings" not in output


def test_what_only_aws_has_is_taken_with_a_warning(desk: Desk) -> None:
    output = desk.do(
        "RunTask",
        **TASK,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": ["s"]}},
    )
    assert output["warnings"] == [
        "launchType has no effect: every connected instance of the cluster may be used.",
        "networkConfiguration has no effect: there are no subnets and security groups on plain Docker hosts.",
    ]


def test_roles_of_overrides_are_shown_again_and_warned_of(desk: Desk) -> None:
    roles = {"taskRoleArn": "arn:aws:iam::1:role/a", "executionRoleArn": "arn:aws:iam::1:role/b"}
    output = desk.do("RunTask", **TASK, overrides=roles)
    assert output["warnings"] == [
        f"overrides.{name} has no effect: no AWS credentials are served to containers."
        for name in ("executionRoleArn", "taskRoleArn")
    ]
    assert {name: output["tasks"][0]["overrides"][name] for name in roles} == roles


def test_words_are_ecs_s() -> None:
    for action, paths in BY_ACTION.items():
        for path in paths if action in ecs().operation_names else ():
            shape = ecs().operation_model(action).input_shape
            for name in path.split("."):
                shape = getattr(shape, "member", shape).members[name]
            if DECISIONS[action][path].words:
                assert sorted(DECISIONS[action][path].words) == sorted(shape.enum), path


@pytest.mark.parametrize("action", OF_ECS)
def test_every_member_of_ecs_is_known(action: Action) -> None:
    """With everything that ECS's model has in it, an input may be refused, but never for a member."""
    given = filled(ecs().operation_model(action).input_shape)
    _remove(given, {p for p in BY_ACTION.get(action, ()) if DECISIONS[action][p].kind is Kind.REFUSED})
    given.pop("capacityProviderStrategy", None)
    try:
        input_of(action, given)
    except Refused as why:
        assert "unknown member" not in why.message  # noqa: PT017  # most of these values are no good, and may be refused


@pytest.mark.parametrize("action", OF_ECS)
def test_every_member_of_ours_is_ecs_s(action: Action) -> None:
    schema = INPUTS[action].model_json_schema(by_alias=True)
    shape = ecs().operation_model(action).input_shape
    assert list(_strange(schema, schema, shape, OURS.get(action, set()))) == []


def _remove(given: Any, paths: set[str]) -> None:
    for path in paths:
        *way, last = path.split(".")
        holder = given
        for part in way:
            holder = holder[part][0] if isinstance(holder[part], list) else holder[part]
        del holder[last]


#: By pydantic's word for a type, ECS's.
TYPES: dict[str, set[str]] = {
    "string": {"string"},
    "integer": {"integer"},
    "boolean": {"boolean"},
    "array": {"list"},
    "object": {"structure"},
}


def _strange(schema: Any, here: Any, shape: Any, ours: set[str], path: str = "") -> Iterator[str]:
    here = next((option for option in here.get("anyOf", ()) if option.get("type") != "null"), here)
    if "$ref" in here:
        here = schema["$defs"][here["$ref"].rpartition("/")[2]]
    if shape.type_name not in TYPES[here["type"]]:
        yield f"{path}: {shape.type_name}"
        return
    for name, member in here.get("properties", {}).items():
        if name in shape.members:
            yield from _strange(schema, member, shape.members[name], set(), f"{path}.{name}")
        elif name not in ours:
            yield f"{path}.{name}"
    if "items" in here:
        yield from _strange(schema, here["items"], shape.member, set(), f"{path}[]")
    enum = set(here.get("enum", ()))
    if enum and not enum <= set(shape.enum or enum):
        yield f"{path}: {json.dumps(sorted(enum))}"
