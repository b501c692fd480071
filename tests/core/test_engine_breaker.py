"""Stories about deployments that fail: what the circuit breaker gives up, what it goes back to, and what runs meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from core.actions import Action, CreateContainer, PullImage
from core.client.explained_service import explain_service
from core.model.service import Deployment, RolloutState, rolled_back_from
from core.record import replace
from core.reports import Outcome, Result, SeenState
from tests.core.stage import WEB, Stage

ROLLBACK = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
NO_ROLLBACK = {"deploymentCircuitBreaker": {"enable": True, "rollback": False}}
BAD = {"family": "web", "containerDefinitions": [{"name": "main", "image": "demo/bad:1", "memory": 64}]}


def without_bad_images(stage: Stage) -> None:
    """No host gets an image of that name."""
    for name, host in stage.hosts.items():

        def refuse(action: Action, name: str = name) -> Outcome | None:
            if not (isinstance(action, PullImage) and action.image == "demo/bad:1"):
                return None
            error = "CannotPullContainerError: there is none"
            return Outcome(stage.instance(name).id, action, Result.FAILED, stage.now, error=error)

        host.refuse = refuse


def nothing_works(stage: Stage, kind: type[Action]) -> None:
    """Every host refuses all actions of a kind."""
    for name, host in stage.hosts.items():

        def refuse(action: Action, name: str = name) -> Outcome | None:
            if not isinstance(action, kind):
                return None
            return Outcome(stage.instance(name).id, action, Result.FAILED, stage.now, error="out of order")

        host.refuse = refuse


def deployments(stage: Stage) -> list[Deployment]:
    return stage.state.deployments_of("default/web")


def update(stage: Stage, definition: dict[str, Any] = BAD) -> None:
    stage.submit("RegisterTaskDefinition", definition)
    stage.submit("UpdateService", {"service": "web", "taskDefinition": "web"})


def test_a_bad_image_is_given_up_and_rolled_back_and_never_costs_a_healthy_task() -> None:
    stage = Stage("a", "b")
    stage.serve(4, deploymentConfiguration=ROLLBACK)
    before = {task.id for task in stage.wanted()}
    without_bad_images(stage)
    update(stage)
    for _ in range(60):
        stage.pass_s(1.0)
        assert before <= {task.id for task in stage.wanted()}
    present, failed = deployments(stage)
    assert (present.definition, present.rollout_state) == ("web:1", RolloutState.COMPLETED)
    assert (failed.definition, failed.rollout_state) == ("web:2", RolloutState.FAILED)
    assert failed.failures == 4, "all that were started together failed before the breaker could open"
    assert (
        failed.rollout_reason == f"ECS deployment circuit breaker: rolling back to deploymentId {present.id}."
    )
    assert stage.service().definition == "web:1"
    assert stage.service().steady
    assert {task.id for task in stage.wanted()} == before
    said = [text for text in stage.said if f"(deployment {failed.id}) deployment failed" in text]
    reason = "tasks failed to start. The last: " + failed.last_failure
    assert said == [f"(service web) (deployment {failed.id}) deployment failed: {reason}"]
    assert "there is none" in failed.last_failure
    assert f"(service web) (deployment {present.id}) rolling back to web:1." in stage.said
    assert rolled_back_from(deployments(stage)) == failed
    told = f"It was rolled back from web:2: {failed.last_failure}"
    assert told in list(explain_service(stage.state, stage.service(), stage.now))
    update(stage, WEB)
    stage.pass_s(20.0)
    assert stage.service().steady
    assert rolled_back_from(deployments(stage)) is None, "what came after it went well"


def test_without_rollback_it_starts_nothing_more_and_what_serves_goes_on() -> None:
    stage = Stage("a", "b")
    stage.serve(4, deploymentConfiguration=NO_ROLLBACK)
    before = {task.id for task in stage.wanted()}
    without_bad_images(stage)
    update(stage)
    stage.pass_s(60.0)
    present = deployments(stage)[0]
    assert (present.definition, present.rollout_state) == ("web:2", RolloutState.FAILED)
    assert present.rollout_reason == "ECS deployment circuit breaker: tasks failed to start."
    assert {task.id for task in stage.wanted()} == before
    assert not stage.service().steady
    assert "the deployment failed, it starts nothing more" in stage.service().why
    tries = len(stage.tasks(stopped=True))
    stage.pass_s(600.0, step_s=5.0)
    assert len(stage.tasks(stopped=True)) == tries


def test_what_serves_is_replaced_by_its_own_revision_while_the_new_one_has_failed() -> None:
    stage = Stage("a", "b")
    stage.serve(4, deploymentConfiguration=NO_ROLLBACK)
    without_bad_images(stage)
    update(stage)
    stage.pass_s(60.0)
    stage.hosts["a"].die()
    stage.pass_s(10.0)
    assert [task.definition for task in stage.wanted()] == ["web:1"] * 4


def test_the_next_deployment_begins_anew() -> None:
    stage = Stage("a", "b")
    stage.serve(4, deploymentConfiguration=NO_ROLLBACK)
    without_bad_images(stage)
    update(stage)
    stage.pass_s(60.0)
    update(stage, WEB)
    stage.pass_s(20.0)
    assert {task.definition for task in stage.wanted()} == {"web:3"}
    assert stage.service().steady


def test_a_first_deployment_that_fails_has_nothing_to_go_back_to() -> None:
    stage = Stage("a")
    without_bad_images(stage)
    stage.submit("RegisterTaskDefinition", BAD)
    given = {"serviceName": "web", "taskDefinition": "web", "desiredCount": 1}
    stage.submit("CreateService", given | {"deploymentConfiguration": ROLLBACK})
    stage.pass_s(60.0)
    (present,) = deployments(stage)
    assert (present.rollout_state, present.failures) == (RolloutState.FAILED, 3)
    assert stage.wanted() == []


def test_what_it_goes_back_to_and_fails_as_well_is_given_up_where_it_is() -> None:
    stage = Stage("a", "b")
    stage.serve(4, deploymentConfiguration=ROLLBACK | {"minimumHealthyPercent": 0, "maximumPercent": 100})
    nothing_works(stage, CreateContainer)
    update(stage)
    stage.pass_s(120.0)
    present, other = deployments(stage)
    assert (present.definition, present.rollout_state) == ("web:1", RolloutState.FAILED)
    assert present.rollout_reason == "ECS deployment circuit breaker: tasks failed to start."
    assert (other.definition, other.rollout_state) == ("web:2", RolloutState.FAILED)


def test_the_same_definition_again_goes_back_to_what_was_completed_of_it() -> None:
    stage = Stage("a", "b")
    stage.serve(4, deploymentConfiguration=ROLLBACK)
    before = {task.id for task in stage.wanted()}
    first = deployments(stage)[0]
    nothing_works(stage, PullImage)
    stage.submit("UpdateService", {"service": "web", "forceNewDeployment": True})
    stage.pass_s(60.0)
    assert deployments(stage)[0].id == first.id
    assert {task.id for task in stage.wanted()} == before
    assert stage.service().steady


def test_tasks_that_ran_well_and_went_down_with_their_host_are_no_failures_of_a_deployment() -> None:
    stage = Stage("a", "b", "c")
    breaker = {"enable": True, "rollback": True, "thresholdConfiguration": {"type": "COUNT", "value": 3}}
    one_by_one = {"minimumHealthyPercent": 100, "maximumPercent": 112, "deploymentCircuitBreaker": breaker}
    stage.serve(9, deploymentConfiguration=one_by_one)
    stage.submit("UpdateService", {"service": "web", "forceNewDeployment": True})
    stage.pass_s(35.0)
    present = deployments(stage)[0]
    fallen = [t for t in stage.wanted("a") if t.deployment == present.id and t.healthy_since]
    assert present.in_progress
    assert len(fallen) >= 2
    stage.hosts["a"].die()
    stage.pass_s(120.0)
    assert deployments(stage)[0].id == present.id
    assert deployments(stage)[0].rollout_state is RolloutState.COMPLETED


@pytest.mark.parametrize(("resets", "state"), [(True, RolloutState.COMPLETED), (False, RolloutState.FAILED)])
def test_a_task_that_becomes_healthy_takes_the_failures_back_unless_they_are_to_stay(
    resets: bool, state: RolloutState
) -> None:
    stage = Stage("a", "b")
    breaker: dict[str, Any] = {"enable": True, "rollback": False, "resetOnHealthyTask": resets}
    breaker |= {"thresholdConfiguration": {"type": "COUNT", "value": 3}}
    stage.submit(
        "CreateService",
        {
            "serviceName": "web",
            "taskDefinition": "web",
            "desiredCount": 2,
            "deploymentConfiguration": {"deploymentCircuitBreaker": breaker},
        },
    )
    (first, second) = stage.wanted()
    stage.pass_s(2.0)
    youngest_dies(stage)
    assert deployments(stage)[0].failures == 1
    while not any(stage.state.tasks[task.id].healthy_since for task in (first, second)):
        stage.pass_s(0.1, step_s=0.1)
    stage.turn()
    youngest_dies(stage)
    assert deployments(stage)[0].failures == (1 if resets else 2)
    youngest_dies(stage)
    stage.pass_s(60.0)
    assert deployments(stage)[0].rollout_state is state


def youngest_dies(stage: Stage) -> None:
    """The newest of two tasks, which is not healthy yet, exits with an error as soon as it runs."""
    while len([task for task in stage.wanted() if task.started_at]) < 2:
        stage.pass_s(0.1, step_s=0.1)
    young = max(stage.wanted(), key=lambda task: task.created_at)
    assert young.healthy_since is None
    for host in stage.hosts.values():
        for name, seen in host.containers.items():
            if seen.task == young.id:
                host.containers[name] = replace(seen, state=SeenState.EXITED, exit_code=1)
    stage.look()


def test_an_operator_stops_a_deployment_and_its_service_goes_back() -> None:
    stage = Stage("a", "b")
    stage.serve(4)
    before = {task.id for task in stage.wanted()}
    nothing_works(stage, PullImage)
    update(stage)
    stage.pass_s(5.0)
    present = deployments(stage)[0]
    stage.submit("StopServiceDeployment", {"serviceDeploymentArn": present.id})
    stage.pass_s(10.0)
    again, stopped = deployments(stage)
    assert {task.id for task in stage.wanted()} == before
    assert stage.service().steady
    assert (stopped.id, stopped.rollout_state) == (present.id, RolloutState.FAILED)
    reason = f"ECS deployment stopped by user: rolling back to deploymentId {again.id}."
    assert stopped.rollout_reason == reason


def test_an_operator_stops_a_deployment_where_it_is() -> None:
    stage = Stage("a", "b")
    stage.serve(4)
    nothing_works(stage, PullImage)
    update(stage)
    stage.pass_s(5.0)
    arn = f"arn:aws:ecs:local:000000000000:service-deployment/default/web/{deployments(stage)[0].id}"
    stage.submit("StopServiceDeployment", {"serviceDeploymentArn": arn, "stopType": "ABORT"})
    stage.pass_s(5.0)
    tries = len(stage.tasks(stopped=True))
    stage.pass_s(300.0, step_s=5.0)
    assert len(stage.tasks(stopped=True)) == tries
    present = deployments(stage)[0]
    assert (present.definition, present.rollout_reason) == ("web:2", "ECS deployment stopped by user.")
    assert [task.definition for task in stage.wanted() if task.instance] == ["web:1"] * 4
