"""Stories about the end of a deployment: it bakes before it is completed, or is completed early."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from core.client.progress import service_stable
from core.model.probe import TargetHealth, TargetState
from core.model.service import Deployment, DeploymentStatus, RolloutState
from core.record import replace
from core.reports import SeenState
from tests.core.stage import Stage

if TYPE_CHECKING:
    from core.model.task import Task

BREAKER = {"enable": True, "rollback": True}
#: Long enough for tasks to start and to be healthy.
SOON: dict[str, Any] = {"healthyAfterSeconds": 2}


def deployments(stage: Stage) -> list[Deployment]:
    return stage.state.deployments_of("default/web")


def present(stage: Stage) -> Deployment:
    return deployments(stage)[0]


def update(stage: Stage, image: str = "demo/web:2", **more: Any) -> None:
    stage.submit(
        "RegisterTaskDefinition",
        {
            "family": "web",
            "containerDefinitions": [{"name": "main", "image": image, "memory": 64}],
        },
    )
    stage.submit("UpdateService", {"service": "web", "taskDefinition": "web"} | more)


def baking(stage: Stage, desired: int = 2, minutes: int = 1, **bounds: Any) -> Deployment:
    """A second deployment, which bakes."""
    stage.serve(desired, deploymentConfiguration=bounds, **SOON)
    update(stage, deploymentConfiguration={"bakeTimeInMinutes": minutes})
    while present(stage).baking_since is None:
        stage.pass_s(1.0)
    return present(stage)


def dies(stage: Stage, task: Task) -> None:
    """A task's container exits with an error."""
    for host in stage.hosts.values():
        for name, seen in host.containers.items():
            if seen.task == task.id:
                host.containers[name] = replace(seen, state=SeenState.EXITED, exit_code=1)
    stage.look()


def test_a_deployment_bakes_before_it_is_completed_by_an_alarm_and_says_so() -> None:
    stage = Stage("a", "b")
    fresh = baking(stage)
    assert fresh.baking_since is not None
    assert {t.definition for t in stage.tasks()} == {"web:2"}, "the older ones are gone when it begins"
    until = fresh.baking_since + 60
    stage.pass_s(until - stage.now - 1.0)
    assert present(stage).rollout_state is RolloutState.IN_PROGRESS
    assert stage.service().steady
    assert stage.service().why == "its deployment bakes"
    stage.now = until - 0.001
    stage.rest()
    assert present(stage).in_progress
    assert stage.wrote.wake_at == pytest.approx(until), "time alone wakes the engine"
    stage.now = until
    stage.rest()
    assert (present(stage).rollout_state, present(stage).baking_since) == (RolloutState.COMPLETED, None)
    assert stage.service().why == ""
    done = f"(service web) (deployment {fresh.id}) deployment completed."
    assert stage.said.count(done) == 1


def test_the_first_deployment_of_a_service_bakes_too() -> None:
    stage = Stage("a")
    stage.serve(1, deploymentConfiguration={"bakeTimeInMinutes": 1}, **SOON)
    assert present(stage).in_progress
    stage.pass_s(61.0)
    assert present(stage).rollout_state is RolloutState.COMPLETED


def test_another_engine_goes_on_with_the_bake_time() -> None:
    stage = Stage("a", "b")
    began_at = baking(stage).baking_since
    assert began_at is not None
    stage.pass_s(20.0)
    stage.restart()
    stage.pass_s(3.0)
    assert present(stage).baking_since == began_at
    stage.pass_s(began_at + 59 - stage.now)
    assert present(stage).in_progress
    stage.pass_s(2.0)
    assert present(stage).rollout_state is RolloutState.COMPLETED


def test_an_engine_that_was_away_for_the_bake_time_looks_before_it_completes() -> None:
    stage = Stage("a", "b")
    baking(stage)
    stage.now += 600.0
    stage.restart()
    stage.rest()
    assert present(stage).in_progress, "no host was looked at yet"
    stage.hosts["a"].die()
    stage.pass_s(1.0)
    assert present(stage).in_progress
    assert present(stage).failures == len([t for t in stage.tasks(stopped=True) if t.definition == "web:2"])
    stage.pass_s(30.0)
    assert present(stage).rollout_state is RolloutState.COMPLETED


def test_what_fails_while_it_bakes_counts_and_rolls_it_back() -> None:
    stage = Stage("a", "b")
    baking(stage, minutes=5, deploymentCircuitBreaker=BREAKER)
    bad = present(stage)
    for failures in range(1, 3):
        dies(stage, stage.wanted()[0])
        stage.pass_s(10.0)
        assert present(stage).failures == failures, "a task that becomes healthy takes nothing back"
    dies(stage, stage.wanted()[0])
    stage.pass_s(15.0)
    back, failed = deployments(stage)
    assert (back.definition, back.rollout_state) == ("web:1", RolloutState.COMPLETED)
    assert (failed.id, failed.rollout_state, failed.baking_since) == (bad.id, RolloutState.FAILED, None)
    assert failed.rollout_reason.endswith(f"rolling back to deploymentId {back.id}.")
    assert stage.service().bake_time_minutes == 5, (
        "what it goes back to was completed before, and bakes no more"
    )
    assert {task.definition for task in stage.wanted()} == {"web:1"}
    said = (
        f"(service web) (deployment {bad.id}) deployment failed: tasks failed while it was baking. The last: "
    )
    assert any(text.startswith(said) for text in stage.said)


def test_what_goes_down_with_its_host_is_not_held_against_it() -> None:
    stage = Stage("a", "b")
    baking(stage, desired=6, minutes=5, deploymentCircuitBreaker=BREAKER)
    assert len(stage.wanted("a")) == 3
    stage.hosts["a"].silent = True
    stage.pass_s(20.0)
    stage.hosts["a"].die()
    stage.hosts["a"].silent = False
    stage.pass_s(30.0)
    assert present(stage).definition == "web:2"
    assert (present(stage).failures, present(stage).in_progress) == (0, True)
    assert stage.service().steady


def test_a_healthy_task_that_ends_outside_the_bake_time_counts_for_no_breaker() -> None:
    stage = Stage("a", "b")
    stage.serve(2, deploymentConfiguration={"deploymentCircuitBreaker": BREAKER}, **SOON)
    dies(stage, stage.wanted()[0])
    assert present(stage).failures == 0


def test_it_is_completed_only_when_all_are_healthy_at_the_end() -> None:
    stage = Stage("a", "b")
    began_at = baking(stage).baking_since
    assert began_at is not None
    stage.pass_s(began_at + 59.0 - stage.now)
    dies(stage, stage.wanted()[0])
    stage.pass_s(1.5, step_s=0.5)
    assert stage.now > began_at + 60
    assert present(stage).in_progress
    stage.pass_s(10.0)
    assert present(stage).rollout_state is RolloutState.COMPLETED


def test_nothing_is_completed_of_which_a_host_says_nothing() -> None:
    stage = Stage("a", "b")
    stage.serve(2, replace="no", deploymentConfiguration={"bakeTimeInMinutes": 1}, **SOON)
    stage.hosts["a"].silent = True
    stage.pass_s(120.0)
    assert present(stage).in_progress
    assert present(stage).failures == 0
    stage.hosts["a"].silent = False
    stage.pass_s(5.0)
    assert present(stage).rollout_state is RolloutState.COMPLETED


def test_another_deployment_takes_the_place_of_one_that_bakes() -> None:
    stage = Stage("a", "b")
    baked = baking(stage)
    update(stage, "demo/web:3")
    older = stage.state.deployments[baked.id]
    assert (older.status, older.baking_since) == (DeploymentStatus.ACTIVE, None)
    assert older.rollout_state is RolloutState.IN_PROGRESS, "it was never completed"
    stage.pass_s(30.0)
    assert (present(stage).definition, present(stage).in_progress) == ("web:3", True)
    stage.pass_s(60.0)
    assert present(stage).rollout_state is RolloutState.COMPLETED


def test_a_shorter_bake_time_is_that_of_the_deployment_that_bakes() -> None:
    stage = Stage("a", "b")
    baking(stage, minutes=60)
    stage.submit("UpdateService", {"service": "web", "deploymentConfiguration": {"bakeTimeInMinutes": 0}})
    assert present(stage).rollout_state is RolloutState.COMPLETED


def test_nothing_is_evened_out_while_it_bakes() -> None:
    stage = Stage("a")
    stage.serve(
        4,
        availabilityZoneRebalancing="ENABLED",
        deploymentConfiguration={"bakeTimeInMinutes": 1},
        **SOON,
    )
    stage.hosts["b"] = type(stage.hosts["a"])()
    stage.declare("a", "b")
    stage.pass_s(20.0)
    assert not stage.wanted("b")
    stage.pass_s(120.0)
    assert len(stage.wanted("b")) == 2


# -- early success ------------------------------------------------------------------------------------------------------


def early(percent: int, cleanup: str) -> dict[str, Any]:
    criteria = {"enable": True, "healthyPercent": percent, "sourceServiceRevisionCleanup": cleanup}
    return {"minimumHealthyPercent": 50, "earlySuccessCriteria": criteria}


def half_rolled_out(cleanup: str, minutes: int = 0) -> Stage:
    """Two of four new tasks find a place, beside two of the older ones; there is room for no more."""
    stage = Stage("a")
    stage.serve(4, deploymentConfiguration=early(50, cleanup), **SOON)
    stage.hosts["a"].memory_mib = 64 * 6
    stage.look()
    update(stage, deploymentConfiguration={"bakeTimeInMinutes": minutes})
    stage.hosts["a"].memory_mib = 64 * 4
    stage.look()
    return stage


def of(stage: Stage, definition: str) -> list[Task]:
    return [task for task in stage.wanted() if task.definition == definition and task.instance]


def told(stage: Stage) -> list[str]:
    """What was said of stops and of the end, in its order; since the second deployment began."""
    began = max(i for i, text in enumerate(stage.said) if "deployment in progress" in text)
    words = ("stopped 1 ", "stopped 2 ", "deployment completed")
    return [word for text in stage.said[began:] for word in words if word in text]


def test_older_tasks_go_down_to_the_floor_before_it_is_completed_where_they_block() -> None:
    stage = half_rolled_out("BLOCKING")
    stage.pass_s(20.0)
    assert told(stage)[:3] == ["stopped 2 ", "stopped 2 ", "deployment completed"]
    assert not present(stage).failures
    assert len(of(stage, "web:2")) == 4, "the rest goes on in the room that the older ones left"
    assert stage.service().steady


def test_it_is_completed_before_older_tasks_go_where_they_are_deferred() -> None:
    stage = half_rolled_out("DEFERRED")
    stage.pass_s(20.0)
    said = told(stage)
    assert said.index("deployment completed") < len(said) - 1
    assert said[-1] == "stopped 2 "
    assert len(of(stage, "web:2")) == 4


@pytest.mark.parametrize("cleanup", ["BLOCKING", "DEFERRED"])
def test_early_success_bakes_before_older_tasks_go(cleanup: str) -> None:
    stage = half_rolled_out(cleanup, minutes=1)
    stage.pass_s(30.0)
    assert present(stage).in_progress
    assert (len(of(stage, "web:1")), len(of(stage, "web:2"))) == (2, 2)
    assert "its deployment bakes" in stage.service().why
    stage.pass_s(60.0)
    assert present(stage).rollout_state is RolloutState.COMPLETED
    assert len(of(stage, "web:2")) == 4


def test_too_few_healthy_tasks_complete_nothing() -> None:
    stage = half_rolled_out("BLOCKING")
    more = early(75, "DEFERRED")
    stage.submit("UpdateService", {"service": "web", "deploymentConfiguration": more})
    stage.pass_s(60.0)
    assert present(stage).in_progress
    assert (len(of(stage, "web:1")), len(of(stage, "web:2"))) == (2, 2)


def test_whoever_waits_for_more_tasks_waits_for_so_many_as_would_complete_a_deployment() -> None:
    stage = Stage("a")
    stage.serve(2, deploymentConfiguration=early(75, "DEFERRED"), **SOON)
    stage.hosts["a"].memory_mib = 64 * 3
    stage.look()

    def waited() -> bool:
        return service_stable(stage.state, "default/web", lambda: stage.now, present(stage).id).done

    assert waited()
    stage.submit("UpdateService", {"service": "web", "desiredCount": 4})
    assert not waited()
    stage.pass_s(20.0)
    assert len([t for t in stage.wanted() if t.instance]) == 3
    assert waited(), "three of four, as the criteria ask"


def test_daemons_bake_and_are_completed_early_as_well() -> None:
    stage = Stage("a", "b", "c", "d")
    bounds = early(50, "DEFERRED") | {"minimumHealthyPercent": 0}
    stage.submit(
        "CreateService",
        {
            "serviceName": "web",
            "taskDefinition": "web",
            "schedulingStrategy": "DAEMON",
            "deploymentConfiguration": bounds | {"bakeTimeInMinutes": 1},
            **SOON,
        },
    )
    stage.hosts["d"].silent = True
    stage.pass_s(59.0)
    assert present(stage).in_progress
    stage.pass_s(10.0)
    assert present(stage).rollout_state is RolloutState.COMPLETED


def test_another_probe_alone_begins_no_bake_anew() -> None:
    stage = Stage("a", "b")
    since = baking(stage, minutes=2).baking_since
    stage.pass_s(60.0)
    tcp = {"protocol": "TCP", "containerName": "main", "containerPort": 80}
    for probe in (tcp, tcp | {"containerPort": 81}):
        stage.submit("UpdateService", {"service": "web", "probe": probe})
        assert present(stage).baking_since == since
    stage.probe_says(TargetHealth(TargetState.HEALTHY))
    stage.pass_s(61.0)
    assert present(stage).rollout_state is RolloutState.COMPLETED
