"""Stories about DAEMON services: one task on each instance that suits, the first there and the last to leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from core.actions import Action, PullImage, StopContainer
from core.model.instance import Connectivity
from core.model.service import RolloutState
from core.model.task import Task, TaskStatus
from core.record import replace
from core.reports import Outcome, Result
from tests.core.stage import WEB, Stage

if TYPE_CHECKING:
    from collections.abc import Callable


def daemon(stage: Stage, name: str = "logs", **more: Any) -> None:
    """Create a DAEMON service."""
    given = {"serviceName": name, "taskDefinition": "web", "schedulingStrategy": "DAEMON"}
    stage.submit("CreateService", given | more)


def where(stage: Stage, service: str = "logs") -> dict[str, Task]:
    """The wanted task of each host, by the host's name."""
    tasks = [t for t in stage.wanted() if t.service == service and t.instance]
    found = {stage.state.instances[t.instance].name: t for t in tasks}
    assert len(found) == len(tasks), "never two on one host"
    return found


def test_it_runs_once_on_every_host_also_on_those_that_come_later() -> None:
    stage = Stage("a", "b")
    daemon(stage)
    stage.pass_s(10.0)
    assert sorted(where(stage)) == ["a", "b"]
    assert (stage.service("logs").desired_count, stage.service("logs").steady) == (2, True)
    before = where(stage)
    stage.hosts["c"] = stage.hosts["a"].__class__()
    stage.declare("a", "b", "c")
    stage.pass_s(10.0)
    assert sorted(where(stage)) == ["a", "b", "c"]
    assert {name: where(stage)[name].id for name in before} == {name: t.id for name, t in before.items()}
    assert stage.service("logs").steady
    stage.declare("b", "c")
    stage.pass_s(10.0)
    assert sorted(where(stage)) == ["b", "c"]
    assert stage.service("logs").desired_count == 2
    assert stage.hosts["a"].up == set()


def test_what_ends_is_started_again_on_the_same_host() -> None:
    stage = Stage("a", "b")
    daemon(stage)
    stage.pass_s(10.0)
    stage.hosts["a"].die()
    stage.pass_s(10.0)
    assert sorted(where(stage)) == ["a", "b"]
    assert len(stage.hosts["a"].up) == 1
    assert stage.service("logs").steady


def test_on_a_draining_host_it_is_the_last_to_leave() -> None:
    stage = Stage("a", "b")
    daemon(stage)
    stage.serve(4)
    a = stage.instance("a").id
    stage.submit("UpdateContainerInstancesState", {"containerInstances": [a], "status": "DRAINING"})
    stage.pass_s(20.0)
    assert stage.tasks("a") == []
    stopped = [stage.state.tasks[act.task] for act in stage.hosts["a"].done if isinstance(act, StopContainer)]
    assert [t.service for t in stopped] == ["web", "web", "logs"]
    ended = [t.stopped_at or 0.0 for t in stopped]
    assert (stopped[-1].stopping_at or 0.0) >= max(ended[:-1]), "only when nothing else was left"
    assert sorted(where(stage)) == ["b"]
    assert stage.service("logs").steady
    stage.submit("UpdateContainerInstancesState", {"containerInstances": [a], "status": "ACTIVE"})
    stage.pass_s(10.0)
    assert sorted(where(stage)) == ["a", "b"]


def test_a_lost_host_keeps_its_task_for_when_it_is_back() -> None:
    stage = Stage("a", "b", "c")
    daemon(stage)
    stage.pass_s(10.0)
    before = where(stage)
    stage.hosts["a"].silent = True
    stage.pass_s(60.0)
    assert stage.instance("a").connectivity is Connectivity.LOST
    assert (stage.service("logs").desired_count, stage.service("logs").steady) == (2, True)
    assert sorted(t.instance for t in stage.tasks()) == sorted(t.instance for t in before.values())
    stage.hosts["a"].silent = False
    stage.pass_s(10.0)
    assert stage.instance("a").connectivity is Connectivity.CONNECTED
    assert {t.id for t in stage.wanted()} == {t.id for t in before.values()}
    assert (stage.service("logs").desired_count, stage.service("logs").steady) == (3, True)


def test_only_hosts_that_suit_have_it_and_one_that_suits_no_more_loses_it() -> None:
    stage = Stage("a", "b")
    for name, disk in (("a", "ssd"), ("b", "hdd")):
        attribute = {"name": "disk", "value": disk, "targetId": stage.instance(name).id}
        stage.submit("PutAttributes", {"attributes": [attribute]})
    fast = {"type": "memberOf", "expression": "attribute:disk == ssd"}
    daemon(stage, placementConstraints=[fast])
    stage.pass_s(10.0)
    assert sorted(where(stage)) == ["a"]
    assert (stage.service("logs").desired_count, stage.service("logs").steady) == (1, True)
    for name, disk in (("a", "hdd"), ("b", "ssd")):
        attribute = {"name": "disk", "value": disk, "targetId": stage.instance(name).id}
        stage.submit("PutAttributes", {"attributes": [attribute]})
    stage.pass_s(10.0)
    assert sorted(where(stage)) == ["b"]
    assert (
        "(service logs) stops its task on a, which no longer meets what it requires of an instance."
        in stage.said
    )


@pytest.mark.parametrize(("percent", "least"), [(0, 0), (50, 2), (75, 3)])
def test_a_new_revision_stops_and_starts_host_by_host_down_to_the_floor(percent: int, least: int) -> None:
    stage = Stage("a", "b", "c", "d")
    daemon(stage, deploymentConfiguration={"minimumHealthyPercent": percent})
    stage.pass_s(10.0)
    stage.submit("RegisterTaskDefinition", WEB)
    stage.submit("UpdateService", {"service": "logs", "taskDefinition": "web"})
    fewest = 4
    for _ in range(60):
        stage.pass_s(1.0)
        serving = [t for t in where(stage).values() if t.healthy_since is not None]
        fewest = min(fewest, len(serving))
        for host in stage.hosts.values():
            assert len(host.up) <= 1
    assert fewest == least
    assert {t.definition for t in where(stage).values()} == {"web:2"}
    assert stage.service("logs").steady
    assert stage.state.deployments_of("default/logs")[0].rollout_state is RolloutState.COMPLETED


def test_its_room_is_kept_from_other_tasks() -> None:
    """A replica that would fit into what is left must not take what the daemon waits for."""
    big = {"family": "big", "containerDefinitions": [{"name": "main", "image": "demo/web:1", "memory": 300}]}
    stage = Stage("a", memory_mib=512)
    stage.submit("RegisterTaskDefinition", big)
    stage.serve(5)  # 5 × 64 MiB
    daemon(stage, taskDefinition="big")
    stage.pass_s(5.0)
    assert where(stage) == {}
    (waiting,) = [t for t in stage.wanted() if t.service == "logs"]
    assert "lacks 300 MiB" in waiting.why
    stage.submit("UpdateService", {"service": "web", "desiredCount": 6})
    stage.pass_s(5.0)
    assert len([t for t in stage.wanted() if t.service == "web" and t.instance]) == 5
    stage.submit("UpdateService", {"service": "web", "desiredCount": 3})
    stage.pass_s(30.0)
    assert sorted(where(stage)) == ["a"]
    assert stage.service("logs").steady


def test_a_deployment_that_keeps_failing_backs_off_and_is_rolled_back() -> None:
    stage = Stage("a", "b", "c")
    breaker = {"enable": True, "rollback": True}
    daemon(stage, deploymentConfiguration={"minimumHealthyPercent": 66, "deploymentCircuitBreaker": breaker})
    stage.pass_s(10.0)
    bad = {"family": "web", "containerDefinitions": [{"name": "main", "image": "demo/bad:1", "memory": 64}]}
    for name, host in stage.hosts.items():

        def refuse(action: Action, name: str = name) -> Outcome | None:
            if not (isinstance(action, PullImage) and action.image == "demo/bad:1"):
                return None
            return Outcome(stage.instance(name).id, action, Result.FAILED, stage.now, error="there is none")

        host.refuse = refuse
    stage.submit("RegisterTaskDefinition", bad)
    stage.submit("UpdateService", {"service": "logs", "taskDefinition": "web"})
    stage.pass_s(60.0)
    assert {t.definition for t in where(stage).values()} == {"web:1"}
    assert sorted(where(stage)) == ["a", "b", "c"]
    assert stage.service("logs").steady


def test_deleting_it_needs_no_scaling_down() -> None:
    stage = Stage("a", "b")
    daemon(stage)
    stage.pass_s(10.0)
    stage.submit("DeleteService", {"service": "logs"})
    stage.pass_s(10.0)
    assert stage.service("logs").status == "INACTIVE"
    assert all(host.up == set() for host in stage.hosts.values())


def test_asking_for_the_same_again_returns_what_is_there() -> None:
    stage = Stage("a", "b")
    daemon(stage)
    stage.pass_s(10.0)
    daemon(stage)
    assert len(stage.state.deployments_of("default/logs")) == 1


def test_a_task_that_an_operator_stops_is_replaced_where_it_was() -> None:
    stage = Stage("a", "b")
    daemon(stage)
    stage.pass_s(10.0)
    victim = where(stage)["b"]
    stage.submit("StopTask", {"task": victim.id})
    stage.pass_s(10.0)
    assert where(stage)["b"].id != victim.id
    assert stage.state.tasks[victim.id].last_status is TaskStatus.STOPPED


def test_the_next_engine_goes_on_with_it() -> None:
    stage = Stage("a", "b")
    daemon(stage)
    stage.pass_s(10.0)
    before = {t.id for t in stage.wanted()}
    stage.restart()
    stage.pass_s(10.0)
    assert {t.id for t in stage.wanted()} == before
    host = stage.hosts["a"]
    host.containers = {n: replace(c) for n, c in host.containers.items()}
    assert stage.service("logs").steady


def test_what_waits_for_a_host_that_is_lost_waits_no_more() -> None:
    big = {"family": "big", "containerDefinitions": [{"name": "main", "image": "demo/web:1", "memory": 9999}]}
    stage = Stage("a", "b")
    stage.submit("RegisterTaskDefinition", big)
    daemon(stage, taskDefinition="big")
    stage.pass_s(5.0)
    assert len(stage.wanted()) == 2
    stage.hosts["a"].silent = True
    stage.pass_s(60.0)
    assert len(stage.wanted()) == 1
    assert len([said for said in stage.said if "unable to place a task" in said]) == 1


def no_stop(stage: Stage, name: str) -> Callable[[Action], Outcome | None]:
    """What a host answers that stops nothing."""

    def refuse(action: Action) -> Outcome | None:
        stops = isinstance(action, StopContainer)
        return Outcome(stage.instance(name).id, action, Result.FAILED, stage.now) if stops else None

    return refuse


def test_early_success_that_blocks_waits_also_for_what_stops_with_the_last_host_that_wants_it() -> None:
    stage = Stage("a", "b")
    criteria = {"enable": True, "healthyPercent": 100, "sourceServiceRevisionCleanup": "BLOCKING"}
    daemon(stage, deploymentConfiguration={"minimumHealthyPercent": 100, "earlySuccessCriteria": criteria})
    stage.pass_s(10.0)
    # No task may be exchanged at this floor; then every host is to be empty, so that none of the new ones is wanted either.
    stage.submit("RegisterTaskDefinition", WEB | {"cpu": "128"})
    stage.submit("UpdateService", {"service": "logs", "taskDefinition": "web"})
    for name, host in stage.hosts.items():
        host.refuse = no_stop(stage, name)
    ids = [stage.instance(name).id for name in "ab"]
    stage.submit("UpdateContainerInstancesState", {"containerInstances": ids, "status": "DRAINING"})
    stage.pass_s(5.0)
    primary = stage.state.primary_of("default/logs")
    assert primary is not None
    assert not where(stage)
    assert primary.in_progress, "older tasks are still being stopped"
    for host in stage.hosts.values():
        host.refuse = lambda _: None
    stage.pass_s(60.0)
    primary = stage.state.primary_of("default/logs")
    assert primary is not None
    assert primary.rollout_state is RolloutState.COMPLETED
