"""Any command is answered once; a refused one changes nothing; an accepted one answers in ECS's shape."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from core.commands import Action, Verdict
from core.ecs.additions import ADDITIONS, ANSWER_ADDITIONS
from core.fold.inputs import INPUTS
from core.model.instance import Connectivity
from core.taskdef.describe import describe
from tests.botocore_shapes import departures, ecs
from tests.core.fold.desk import Desk, declared, definition, desk

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
#: What may mean something at one member or another, so that many commands get past the first checks.
PLAUSIBLE = st.sampled_from(
    [
        "default", "a", "b", "web", "web:1", "api", "new", "ACTIVE", "DRAINING", "ask", "no", "", 0, 1, 3, True, False,
        ["a"], ["a", "b", "c"], ["default"], {"maximumPercent": 100}, [{"type": "distinctInstance"}],
        [{"type": "spread", "field": "host"}], [{"key": "k", "value": "v"}], {"cpu": "512"},
        [{"name": "zone", "value": "x", "targetId": "a"}], [{"name": "c", "url": "ssh://c"}],
    ]
)  # fmt: skip


def inputs(action: Action) -> SearchStrategy[Any]:
    """Inputs of an action: nearly right ones, and any JSON at all."""
    if action is Action.REGISTER_TASK_DEFINITION:
        members = {name: st.just(value) for name, value in definition().items()}
        return st.fixed_dictionaries(members, optional={"tags": JSON, "cpu": JSON}) | JSON
    names = [field.alias or name for name, field in INPUTS[action].model_fields.items()]
    nearly = st.dictionaries(st.sampled_from(names), PLAUSIBLE, max_size=len(names))
    right = st.fixed_dictionaries({name: VALUES.get(name, PLAUSIBLE) for name in names})
    return (
        nearly
        | right
        | JSON
        | st.dictionaries(st.sampled_from(names) | st.text(max_size=8), JSON, max_size=4)
    )


def stocked() -> Desk:
    """A desk on which most actions have something to act on."""
    made = desk()
    made.do("CreateService", serviceName="api", taskDefinition="web", desiredCount=2, replace="ask")
    made.task(on="a")
    made.connect("b", connectivity=Connectivity.LOST)
    return made


#: Values that fit the members that must be there.
_SCALING = {
    "minCapacity": 1,
    "maxCapacity": 3,
    "policies": [{"predefinedMetricType": "ECSServiceAverageMemoryUtilization", "targetValue": 50}],
}
VALUES: dict[str, SearchStrategy[Any]] = {
    "cluster": st.just("default"),
    "clusters": st.just(["default"]),
    "clusterName": st.sampled_from(["default", "edge"]),
    "service": st.just("api"),
    "serviceName": st.sampled_from(["api", "new"]),
    "taskDefinition": st.sampled_from(["web", "web:1"]),
    "desiredCount": st.integers(0, 9),
    "count": st.integers(1, 10),
    "containerInstance": st.sampled_from(["a", "b"]),
    "containerInstances": st.just(["a"]),
    "status": st.sampled_from(["ACTIVE", "DRAINING"]),
    "task": st.sampled_from(sorted(stocked().state.tasks)),
    "attributes": st.just([{"name": "zone", "value": "x", "targetId": "a"}]),
    "capacity": st.just([{"name": "a", "url": "ssh://a"}]),
    "deploymentConfiguration": st.none() | st.just({"maximumPercent": 100}),
    "replace": st.none() | st.sampled_from(["yes", "ask", True]),
    "autoScaling": st.none() | st.sampled_from([{}, {"minCapacity": 1}, _SCALING]),
    "force": st.booleans(),
    "forceNewDeployment": st.booleans(),
    "resourceArn": st.sampled_from(["arn:aws:ecs:local:0:service/default/api", "arn:aws:ecs:local:0:service/new"]),
    "tagKeys": st.sampled_from([["k"], ["aws:k"], []]),
    **dict.fromkeys(
        (
            "clientToken", "group", "healthCheckGracePeriodSeconds", "healthyAfterSeconds", "overrides", "probe",
            "placementConstraints", "placementStrategy", "reason", "referenceId", "schedulingStrategy", "startedBy", "tags",
        ),
        st.none(),
    ),
}  # fmt: skip
COMMANDS = st.sampled_from(Action).flatmap(lambda action: st.tuples(st.just(action), inputs(action)))


@given(commands=st.lists(COMMANDS, min_size=1, max_size=8))
@settings(deadline=None, max_examples=150)
def test_any_command_is_answered(commands: list[tuple[Action, Any]]) -> None:
    """`ask` asserts that there is one answer, and that a refused command changes nothing."""
    made = stocked()
    for action, asked in commands:
        answer = made.ask(action, asked if isinstance(asked, str) else json.dumps(asked))
        if answer.verdict is Verdict.REFUSED:
            assert answer.message.strip()
            answer.message.encode()
        elif action in ecs().operation_names:
            output = json.loads(answer.output)
            shape = ecs().operation_model(action).output_shape
            ours = {**ADDITIONS, shape.name: ANSWER_ADDITIONS}
            assert list(departures(output, shape, ours)) == []


@given(asked=st.sampled_from(Action).flatmap(lambda a: st.tuples(st.just(a), inputs(a))))
@settings(deadline=None)
def test_a_command_may_be_folded_again_after_an_undo(asked: tuple[Action, Any]) -> None:
    """A commit failed: the same input in the same state comes to the same rows, chance aside."""
    made = stocked()
    before = {kind: dict(table) for kind, table in made.state._tables.items()}
    state = made.chance.getstate()
    made.ask(asked[0], json.dumps(asked[1]))
    once = {kind: dict(table) for kind, table in made.state._tables.items()}
    again = stocked()
    again.chance.setstate(state)
    assert {kind: dict(table) for kind, table in again.state._tables.items()} == before
    again.asked = made.asked - 1
    again.ask(asked[0], json.dumps(asked[1]))
    assert {kind: dict(table) for kind, table in again.state._tables.items()} == once


def test_every_action_is_folded() -> None:
    assert {*INPUTS, Action.REGISTER_TASK_DEFINITION} == set(Action)


def test_a_definition_in_an_answer_is_the_one_that_is_described() -> None:
    made = Desk()
    made.config(declared("a"))
    shown = made.do("RegisterTaskDefinition", **definition())
    assert shown == json.loads(json.dumps(describe(made.state.definitions["web:1"])))
