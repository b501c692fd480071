"""Stories about protected tasks: what leaves them alone and for how long, and what does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from core.ecs import describe_protection
from core.model.service import RolloutState
from core.model.task import Health
from core.record import replace
from tests.botocore_shapes import departures, ecs
from tests.core.stage import WEB, Stage
from tests.core.test_forecast import DRAIN, foretold, read

if TYPE_CHECKING:
    from core.model.task import Task


def protect(stage: Stage, *tasks: Task, minutes: int | None = None, enabled: bool = True) -> dict[str, Any]:
    given: dict[str, Any] = {"tasks": [t.id for t in tasks], "protectionEnabled": enabled}
    output = stage.submit("UpdateTaskProtection", given | ({"expiresInMinutes": minutes} if minutes else {}))
    shape = ecs().operation_model("UpdateTaskProtection").output_shape
    assert list(departures(output, shape, {})) == []
    return output


def scale(stage: Stage, count: int) -> None:
    stage.submit("UpdateService", {"service": "web", "desiredCount": count})


def roll_out(stage: Stage) -> None:
    stage.submit("RegisterTaskDefinition", WEB)
    stage.submit("UpdateService", {"service": "web", "taskDefinition": "web"})


def ids(tasks: list[Task]) -> set[str]:
    return {t.id for t in tasks}


def test_scaling_in_takes_the_others_and_waits_for_the_end_of_protection() -> None:
    stage = Stage("a", "b")
    stage.serve(5)
    kept = stage.wanted()[1:4]
    output = protect(stage, *kept, minutes=10)
    assert [t["protectionEnabled"] for t in output["protectedTasks"]] == [True] * 3
    assert output["protectedTasks"][0]["expirationDate"] == pytest.approx(stage.now + 600.0, abs=1.0)
    scale(stage, 3)
    stage.pass_s(20.0)
    assert ids(stage.wanted()) == ids(kept)
    assert stage.service().steady
    scale(stage, 1)
    stage.pass_s(60.0)
    assert ids(stage.wanted()) == ids(kept)
    assert stage.service().why == "2 protected from scale-in"
    primary = stage.state.primary_of("default/web")
    assert primary is not None
    said = (
        f"(service web) was unable to reach steady state because task set ({primary.id}) was unable to scale in. "
        "Reason: The number of protected tasks are more than the desired count of tasks."
    )
    assert stage.said.count(said) == 1
    stage.restart()
    stage.pass_s(480.0, step_s=2.0)
    assert ids(stage.wanted()) == ids(kept)
    stage.pass_s(60.0)
    assert len(stage.wanted()) == 1
    assert stage.service().steady


@pytest.mark.parametrize(("minimum", "maximum"), [(100, 200), (50, 100), (0, 100)])
def test_a_deployment_replaces_the_others_and_is_completed_when_protection_ends(
    minimum: int, maximum: int
) -> None:
    stage = Stage("a", "b")
    stage.serve(4, deploymentConfiguration={"minimumHealthyPercent": minimum, "maximumPercent": maximum})
    kept = stage.wanted()[:2]
    protect(stage, *kept, minutes=5)
    roll_out(stage)
    stage.pass_s(60.0)
    assert ids(kept) <= ids(stage.wanted())
    assert {t.definition for t in stage.wanted()} == {"web:1", "web:2"}
    assert ids([t for t in stage.wanted() if t.definition == "web:1"]) == ids(kept)
    assert len(stage.tasks()) <= 4 * maximum // 100
    primary = stage.state.primary_of("default/web")
    assert primary is not None
    assert primary.rollout_state is RolloutState.IN_PROGRESS
    stage.pass_s(300.0)
    assert {t.definition for t in stage.wanted()} == {"web:2"}
    assert len(stage.wanted()) == 4
    assert stage.service().steady


def test_what_blocks_a_deployment_can_t_be_protected_for_longer() -> None:
    stage = Stage("a", "b")
    stage.serve(2)
    (kept, _) = stage.wanted()
    protect(stage, kept)
    roll_out(stage)
    stage.pass_s(30.0)
    (failure,) = protect(stage, kept)["failures"]
    assert failure["reason"] == "DEPLOYMENT_BLOCKED"
    assert stage.state.tasks[kept.id].protected_until is not None
    protect(stage, kept, enabled=False)
    stage.pass_s(20.0)
    assert ids(stage.wanted()).isdisjoint({kept.id})
    assert stage.service().steady


def test_a_protected_task_waits_on_a_draining_host_as_was_foretold_until_a_deadline() -> None:
    stage = Stage("a", "b")
    stage.serve(4)
    (kept, other) = stage.wanted("a")
    protect(stage, kept, minutes=60)
    found = read(stage, foretold(stage, "UpdateContainerInstancesState", DRAIN), {stage.instance("a").id})
    assert [(e.fate.value, e.why) for e in found.effects if e.task == kept.id] == [
        ("stays", "is protected from scale-in for another 60 min")
    ]
    stage.submit("UpdateContainerInstancesState", DRAIN)
    stage.pass_s(120.0)
    assert ids(stage.wanted("a")) == {kept.id}
    assert other.id not in ids(stage.wanted())
    stage.submit("UpdateContainerInstancesState", DRAIN | {"drainDeadlineSeconds": 10})
    stage.pass_s(30.0)
    assert stage.wanted("a") == []
    assert len(stage.wanted("b")) == 4


def test_stop_task_a_lost_host_and_the_deletion_of_its_service_end_a_protected_task() -> None:
    stage = Stage("a", "b", "c")
    stage.serve(3)
    first, second, third = (stage.wanted(name)[0] for name in "abc")
    protect(stage, first, second, third)
    stage.submit("StopTask", {"task": first.id})
    stage.hosts["b"].silent = True
    stage.pass_s(60.0)
    assert first.id not in ids(stage.wanted())
    assert stage.state.tasks[second.id].superseded_by
    stage.submit("DeleteService", {"service": "web", "force": True})
    stage.pass_s(10.0)
    assert third.id not in ids(stage.wanted())


def test_what_can_t_be_protected_is_a_failure_beside_the_others() -> None:
    stage = Stage("a")
    stage.serve(1)
    (served,) = stage.wanted()
    run = stage.submit("RunTask", {"taskDefinition": "web"})
    alone = run["tasks"][0]["taskArn"].rpartition("/")[2]
    daemon = {"serviceName": "logs", "taskDefinition": "web", "schedulingStrategy": "DAEMON"}
    stage.submit("CreateService", daemon)
    stage.pass_s(10.0)
    (log,) = [t for t in stage.wanted() if t.service == "logs"]
    given = {"tasks": [served.id, alone, log.id, "0" * 32], "protectionEnabled": True}
    output = stage.submit("UpdateTaskProtection", given)
    assert [t["taskArn"].rpartition("/")[2] for t in output["protectedTasks"]] == [served.id]
    assert [f["reason"] for f in output["failures"]] == ["TASK_NOT_VALID", "TASK_NOT_VALID", "MISSING"]
    shown = describe_protection(stage.state.tasks[served.id], stage.now)
    assert shown["expirationDate"] == pytest.approx(stage.now + 7200.0, abs=1.0)
    assert describe_protection(stage.state.tasks[served.id], stage.now + 8000.0) == {
        "taskArn": shown["taskArn"],
        "protectionEnabled": False,
    }
    command = stage.command(
        "UpdateTaskProtection", {"tasks": [served.id], "protectionEnabled": False, "expiresInMinutes": 5}
    )
    stage.rest(command)
    assert stage.answers[command.id].message.startswith("expiresInMinutes: goes with protectionEnabled true")


def test_an_unhealthy_task_is_replaced_though_it_is_protected() -> None:
    stage = Stage("a", "b")
    checked = {**WEB, "family": "checked"}
    container = {**WEB["containerDefinitions"][0], "healthCheck": {"command": ["CMD", "true"]}}  # type: ignore[dict-item]
    stage.submit("RegisterTaskDefinition", checked | {"containerDefinitions": [container]})
    stage.submit("CreateService", {"serviceName": "web", "taskDefinition": "checked", "desiredCount": 1})
    stage.pass_s(2.0)

    def become(health: Health, *tasks: Task) -> None:
        for host in stage.hosts.values():
            for name, seen in host.containers.items():
                if seen.task in ids(list(tasks)):
                    host.containers[name] = replace(seen, health=health)

    become(Health.HEALTHY, *stage.wanted())
    stage.pass_s(2.0)
    (sick,) = stage.wanted()
    protect(stage, sick)
    become(Health.UNHEALTHY, sick)
    stage.pass_s(5.0)
    become(Health.HEALTHY, *(t for t in stage.wanted() if t.id != sick.id))
    stage.pass_s(5.0)
    assert sick.id not in ids(stage.wanted())
    assert stage.service().steady
