from __future__ import annotations

from dataclasses import replace

import pytest

from core.client.applying import plan
from core.client.manifest import Manifest
from core.commands import Action
from core.errors import Refused
from core.model.auto_scaling import AutoScaling, ScalingMetric, ScalingPolicy
from core.model.service import CircuitBreaker
from core.model.state import State
from core.taskdef.parse import parse
from tests.core.builders import service

DEFINITION = {"family": "web", "containerDefinitions": [{"name": "app", "image": "nginx:1", "memory": 64}]}
NEWER = {"family": "web", "containerDefinitions": [{"name": "app", "image": "nginx:2", "memory": 64}]}
SERVICE = {"serviceName": "web", "taskDefinition": "web", "desiredCount": 2}


def state_with_web() -> State:
    state = State()
    state.put(replace(parse(DEFINITION), revision=1))
    state.put(replace(service(2), cluster="default"))
    return state


def state_with_definition_alone() -> State:
    state = State()
    state.put(replace(parse(DEFINITION), revision=1))
    return state


def test_an_empty_state_gets_everything_and_the_definition_first() -> None:
    definition, made = plan(State(), Manifest((DEFINITION,), (SERVICE,)), "default")
    assert (definition.sign, definition.action) == ("+", Action.REGISTER_TASK_DEFINITION)
    assert (made.sign, made.action) == ("+", Action.CREATE_SERVICE)
    # Its revision is known only once it is registered.
    assert made.given["taskDefinition"] == ""
    assert made.family == "web"
    assert made.given["cluster"] == "default"


def test_what_is_as_it_should_be_is_not_asked_for() -> None:
    steps = plan(state_with_web(), Manifest((DEFINITION,), (SERVICE,)), "default")
    assert [step.action for step in steps] == [None, None]
    assert [step.service for step in steps] == ["", "default/web"]


def test_a_change_asks_for_what_differs_and_nothing_else() -> None:
    wanted = {**SERVICE, "desiredCount": 5, "deploymentConfiguration": {"minimumHealthyPercent": 100}}
    (step,) = plan(state_with_web(), Manifest(services=(wanted,)), "default")
    assert step.action is Action.UPDATE_SERVICE
    assert step.given == {"cluster": "default", "service": "web", "desiredCount": 5}
    assert step.differences == ("~ desiredCount: 2 → 5",)


def test_a_changed_definition_is_shown_and_takes_its_service_along() -> None:
    definition, moved = plan(state_with_web(), Manifest((NEWER,), (SERVICE,)), "default")
    assert definition.differences == ('~ containerDefinitions[app].image: "nginx:1" → "nginx:2"',)
    assert moved.given == {"cluster": "default", "service": "web", "taskDefinition": ""}
    assert moved.differences == ("~ taskDefinition: web:1 → the new revision of web",)


def test_a_service_that_names_a_revision_stays_on_it() -> None:
    pinned = {**SERVICE, "taskDefinition": "web:1"}
    definition, kept = plan(state_with_web(), Manifest((NEWER,), (pinned,)), "default")
    assert definition.action is Action.REGISTER_TASK_DEFINITION
    assert kept.action is None


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ({**SERVICE, "taskDefinition": "wbe"}, "no task definition wbe"),
        ({"serviceName": "web", "desiredCount": 1}, r"no task definition \(none is named\)"),
        ({"serviceName": "new", "taskDefinition": "web"}, "desiredCount is missing"),
        (
            {**SERVICE, "desiredCuont": 3},
            "service default/web: desiredCuont: unknown member; did you mean desiredCount",
        ),
        ({**SERVICE, "desiredCount": "3"}, "service default/web: desiredCount: must be a whole number"),
        ({**SERVICE, "loadBalancers": [{"containerPort": 80}]}, "loadBalancers can't be served"),
        ({**SERVICE, "schedulingStrategy": "DAEMON"}, "schedulingStrategy can't be changed from REPLICA"),
        ({**SERVICE, "tags": [{"key": "a", "value": "b"}]}, "tags can't be changed from none"),
    ],
)
def test_a_file_that_can_not_be_carried_out_is_refused_before_anything_is(
    wanted: dict[str, object], sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        plan(state_with_web(), Manifest(services=(wanted,)), "default")


def test_what_has_no_effect_here_is_no_change() -> None:
    """Else the same file would be a change each time it is applied."""
    alarms = {"alarms": {"alarmNames": ["5xx"], "enable": True, "rollback": True}, "maximumPercent": 200}
    wanted = {**SERVICE, "launchType": "FARGATE", "deploymentConfiguration": alarms}
    (kept,) = plan(state_with_web(), Manifest(services=(wanted,)), "default")
    assert kept.action is None
    (made,) = plan(State(), Manifest(services=({**wanted, "taskDefinition": "web:1"},)), "default")
    assert made.given["launchType"] == "FARGATE", "the engine warns of it"


def test_a_circuit_breaker_is_compared_as_a_whole_with_what_it_leaves_unsaid() -> None:
    state = state_with_web()
    breaker = CircuitBreaker(enabled=True, rollback=True, reset_on_healthy_task=False)
    state.put(replace(state.services["default/web"], circuit_breaker=breaker))
    said = {"enable": True, "rollback": True, "resetOnHealthyTask": False}

    def changes(said: dict[str, bool]) -> tuple[str, ...]:
        wanted = {**SERVICE, "deploymentConfiguration": {"deploymentCircuitBreaker": said}}
        return plan(state, Manifest(services=(wanted,)), "default")[0].differences

    assert changes(said) == ()
    del said["resetOnHealthyTask"]
    (change,) = changes(said)
    assert "resetOnHealthyTask False" in change.partition("→")[0]
    assert "resetOnHealthyTask True" in change.partition("→")[2]


def test_what_has_no_effect_is_told_with_each_change() -> None:
    definition = {**NEWER, "taskRoleArn": "arn:aws:iam::1:role/a"}
    wanted = {**SERVICE, "launchType": "FARGATE"}
    role = "taskRoleArn has no effect: no AWS credentials are served to containers."
    launch_type = "launchType has no effect: every connected instance of the cluster may be used."
    for state in (State(), state_with_web()):
        steps = plan(state, Manifest((definition,), (wanted,)), "default")
        assert [step.warnings for step in steps] == [(role,), (launch_type,)]
    (kept,) = plan(state_with_web(), Manifest(services=(wanted,)), "default")
    assert (kept.action, kept.warnings) == (None, ())


CPU = {"predefinedMetricType": "ECSServiceAverageCPUUtilization", "targetValue": 60}
SCALED = {**SERVICE, "autoScaling": {"minCapacity": 1, "maxCapacity": 6, "policies": [CPU]}}


def scaled_state(desired: int) -> State:
    state = state_with_web()
    scaling = AutoScaling(1, 6, (ScalingPolicy(ScalingMetric.CPU, 60.0),))
    state.put(replace(state.services["default/web"], desired_count=desired, auto_scaling=scaling))
    return state


def test_a_file_s_count_is_only_what_an_auto_scaled_service_begins_with() -> None:
    (made,) = plan(state_with_definition_alone(), Manifest(services=(SCALED,)), "default")
    assert made.given["desiredCount"] == 2
    (step,) = plan(scaled_state(5), Manifest(services=(SCALED,)), "default")
    assert step.action is None
    # Also where somebody switched it on by hand, and the file doesn't know of it.
    (step,) = plan(scaled_state(5), Manifest(services=(SERVICE,)), "default")
    assert step.action is None


def test_without_a_count_it_begins_with_the_minimum() -> None:
    wanted = {name: value for name, value in SCALED.items() if name != "desiredCount"}
    (made,) = plan(state_with_definition_alone(), Manifest(services=(wanted,)), "default")
    assert made.what == "service default/web: 1 of web:1"


def test_what_auto_scaling_is_asked_is_compared_as_a_whole() -> None:
    wider = {**SCALED, "autoScaling": {"minCapacity": 1, "maxCapacity": 9, "policies": [CPU]}}
    (step,) = plan(scaled_state(5), Manifest(services=(wider,)), "default")
    assert step.given["autoScaling"]["maxCapacity"] == 9
    assert "desiredCount" not in step.given
    (step,) = plan(scaled_state(5), Manifest(services=({**SERVICE, "autoScaling": {}},)), "default")
    assert step.given == {"cluster": "default", "service": "web", "autoScaling": {}, "desiredCount": 2}
    assert step.differences[-1].endswith("→ none")
