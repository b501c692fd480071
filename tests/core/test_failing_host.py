"""A host on which nothing starts is the emptiest, and must not be chosen for ever."""

from __future__ import annotations

from core.actions import Action, CreateContainer
from core.fold.placing import SHUNNED_S
from core.reports import Outcome, Result
from tests.core.stage import Stage


def with_a_full_disk(stage: Stage, name: str) -> None:
    def refuse(action: Action) -> Outcome | None:
        if not isinstance(action, CreateContainer):
            return None
        return Outcome(
            *(stage.instance(name).id, action, Result.FAILED, stage.now),
            error="no space left on device",
            error_name="CannotCreateContainerError",
        )

    stage.hosts[name].refuse = refuse


def test_what_fails_to_start_on_one_host_alone_is_started_elsewhere() -> None:
    stage = Stage("a", "b", "c")
    with_a_full_disk(stage, "b")
    stage.submit("CreateService", {"serviceName": "web", "taskDefinition": "web", "desiredCount": 6})
    assert "backing off after 2 failures, the last: on b, CannotCreateContainerError: " in stage.service().why
    stage.pass_s(20.0)
    assert stage.service().steady
    assert {name: len(host.up) for name, host in stage.hosts.items()} == {"a": 3, "b": 0, "c": 3}


def test_it_is_tried_again_when_it_is_the_only_one_that_has_room() -> None:
    stage = Stage("a", "b")
    with_a_full_disk(stage, "b")
    stage.submit(
        "CreateService",
        {
            "serviceName": "web",
            "taskDefinition": "web",
            "desiredCount": 2,
            "placementConstraints": [{"type": "distinctInstance"}],
        },
    )
    stage.pass_s(5.0)
    assert not stage.service().steady
    stage.hosts["b"].refuse = lambda _: None
    stage.pass_s(30.0)
    assert stage.service().steady


def test_and_after_a_while_it_is_a_host_like_any_other() -> None:
    stage = Stage("a", "b", "c")
    with_a_full_disk(stage, "b")
    stage.submit("CreateService", {"serviceName": "web", "taskDefinition": "web", "desiredCount": 3})
    stage.pass_s(20.0)
    assert stage.service().steady
    stage.hosts["b"].refuse = lambda _: None
    stage.pass_s(SHUNNED_S, step_s=5.0)
    stage.submit("UpdateService", {"service": "web", "forceNewDeployment": False, "desiredCount": 4})
    stage.pass_s(10.0)
    assert len(stage.hosts["b"].up) == 1
