"""Why a task or a service is as it is: each story's reasons, with the numbers they turn on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.actions import Action, StartContainer
from core.client.explained_service import explain_service
from core.client.explanation import explanation
from core.model.auto_scaling import Scaled
from core.model.ids import SHORT
from core.model.probe import TargetHealth, TargetReason, TargetState
from core.record import replace
from core.reports import Outcome, Result
from core.vitals import ServicePulse
from tests.core.stage import WEB, Stage

if TYPE_CHECKING:
    from core.model.task import Task


def of_task(stage: Stage, task: Task) -> list[str]:
    return list(explanation(stage.state, stage.state.tasks[task.id], stage.now))


def of_service(stage: Stage) -> list[str]:
    return list(explain_service(stage.state, stage.service(), stage.now))


def drain(stage: Stage, name: str) -> None:
    stage.submit("UpdateContainerInstancesState", {"containerInstances": [name], "status": "DRAINING"})


def test_a_task_says_why_it_is_here_and_what_the_other_hosts_say() -> None:
    stage = Stage("a", "b", "c", "d")
    stage.serve(1, "big")
    stage.serve(4)
    stage.hosts["c"].silent = True
    drain(stage, "d")
    stage.pass_s(20.0)
    (task, *_) = [t for t in stage.wanted("a") if t.service == "web"]
    told = of_task(stage, task)
    assert told[0] == f"Task {task.id[:SHORT]} is RUNNING, wanted RUNNING."
    assert told[1] == (
        "It is on a (spread over attribute:ecs.availability-zone, then spread over instanceId); as the hosts are now:"
    )
    assert told[2] == "  a: it is here"
    assert told[3].startswith("  b: could take it, 4096 CPU units and ")
    assert told[3].endswith(" of service:web there")
    assert told[4] == "  c: is DISCONNECTED"
    assert told[5] == "  d: is DRAINING"


def test_a_task_without_a_place_tells_what_each_host_lacks() -> None:
    stage = Stage("a", "b", memory_mib=256)
    stage.submit("CreateService", {"serviceName": "web", "taskDefinition": "web", "desiredCount": 9})
    stage.pass_s(10.0)
    (task,) = [t for t in stage.wanted() if not t.instance]
    told = of_task(stage, task)
    assert "It has no host yet; the cluster default has 2 of 2 hosts connected and ACTIVE." in told
    assert "  a: needs 64 MiB, 0 of 256 are free" in told
    told = of_service(stage)
    assert told[0] == "Service web wants 9 tasks of web:1, has 8 running and 8 healthy."
    assert "1 task has no place; each needs 0 CPU units and 64 MiB. As the hosts are now:" in told
    assert "  b: needs 64 MiB, 0 of 256 are free" in told


def test_of_many_hosts_only_the_counts_are_told() -> None:
    stage = Stage(*(f"h{number:02}" for number in range(20)))
    stage.serve(3)
    drain(stage, "h19")
    stage.pass_s(10.0)
    told = of_task(stage, stage.wanted()[0])
    assert told[3:] == [
        "  18 hosts could take it",
        "  1 instance is DRAINING",
        *told[5:],
    ]


def test_a_restarted_task_tells_what_ended_before_it() -> None:
    stage = Stage("a")
    stage.serve(1)
    (first,) = stage.wanted()
    stage.hosts["a"].die()
    stage.pass_s(10.0)
    (second,) = stage.wanted()
    told = of_task(stage, second)
    assert told[-2] == "Tasks of web that ended and are still known, 1 made before it; the last:"
    assert told[-1].startswith(f"  {first.id[:SHORT]}, ")
    assert told[-1].endswith("s ago: Essential container in task exited – main: exit code 137")
    told = of_service(stage)
    assert told[-1] == "  1 × Essential container in task exited – main: exit code 137"
    assert told[-2].startswith(
        "1 of its tasks that are still known ended unasked and were replaced, the last "
    )
    stopped = of_task(stage, first)
    why = "Essential container in task exited – main: exit code 137"
    assert stopped == [f"Task {first.id[:SHORT]} has stopped (EssentialContainerExited): {why}."]


def test_a_service_is_not_told_the_ends_of_one_of_its_name_that_was_deleted() -> None:
    stage = Stage("a")
    stage.serve(1)
    stage.hosts["a"].die()
    stage.pass_s(10.0)
    assert "ended unasked" in of_service(stage)[-2]
    stage.submit("DeleteService", {"service": "web", "force": True})
    stage.pass_s(10.0)
    stage.serve(1)
    assert "ended unasked" not in "".join(of_service(stage))


def test_a_task_in_the_place_of_a_lost_one_says_so_and_the_lost_one_too() -> None:
    stage = Stage("a", "b", "c")
    stage.serve(3, healthyAfterSeconds=1)
    stage.submit("UpdateService", {"service": "web", "healthyAfterSeconds": 20})
    (lost,) = stage.tasks("a")
    stage.hosts["a"].silent = True
    stage.pass_s(32.0)
    stand_in = stage.state.tasks[stage.state.tasks[lost.id].superseded_by]
    assert f"It takes the place of task {lost.id[:SHORT]}, whose host was lost." in of_task(stage, stand_in)
    why = "(given up): its instance is lost and the service replaces."
    assert f"For its service web it is to go {why}" in of_task(stage, lost)
    assert f"To go: {lost.id[:SHORT]} on a {why}" in of_service(stage)


def test_a_deployment_tells_how_long_it_bakes_and_when_it_is_complete() -> None:
    stage = Stage("a")
    early = {"enable": True, "healthyPercent": 100, "sourceServiceRevisionCleanup": "BLOCKING"}
    ends = {"bakeTimeInMinutes": 5, "earlySuccessCriteria": early}
    stage.serve(1, deploymentConfiguration=ends, healthyAfterSeconds=2)
    told = of_service(stage)
    assert "What it waits for: its deployment bakes." in told
    assert "  It bakes for another 5 min." in told
    assert "  It is completed with 100 % of the tasks healthy, when older ones are gone." in told
    stage.pass_s(300.0)
    assert not any("bakes" in line or "is completed" in line for line in of_service(stage))


def test_a_service_tells_its_bounds_its_deployments_and_its_back_off() -> None:
    stage = Stage("a", "b")
    stage.serve(2)
    stage.submit("RegisterTaskDefinition", WEB)
    threshold = {"type": "COUNT", "value": 20}
    breaker = {
        "deploymentCircuitBreaker": {"enable": True, "rollback": False, "thresholdConfiguration": threshold}
    }
    nothing_starts(stage)
    stage.submit(
        "UpdateService", {"service": "web", "taskDefinition": "web", "deploymentConfiguration": breaker}
    )
    stage.pass_s(2.0)
    told = of_service(stage)
    assert "at least 2 stay healthy and at most 4 live (100 to 200 %)" in told[1]
    assert any(t.startswith("What it waits for: backing off after ") for t in told)
    primary = stage.state.primary_of("default/web")
    assert primary is not None
    assert f"  Its circuit breaker counts {primary.failures} of 20 failures." in told
    assert (
        f"  Its last {primary.failed_tasks} tasks in a row failed, the last: {primary.last_failure}." in told
    )
    assert any(t.startswith("  It starts nothing for another ") for t in told)
    assert any(
        t.startswith("To go: ") and t.endswith(" (move): belongs to an older deployment.") for t in told
    )


def nothing_starts(stage: Stage) -> None:
    """Every host refuses every start from now on."""
    for name, host in stage.hosts.items():

        def refuse(action: Action, name: str = name) -> Outcome | None:
            if not isinstance(action, StartContainer):
                return None
            return Outcome(stage.instance(name).id, action, Result.FAILED, stage.now, error="out of order")

        host.refuse = refuse


def test_a_task_on_a_draining_host_tells_what_holds_it_there() -> None:
    stage = Stage("a", "b", memory_mib=128)
    stage.serve(3)
    drain(stage, "a")
    stage.pass_s(10.0)
    (held,) = stage.wanted("a")
    why = "its replacement can't be placed: 1 instance is DRAINING, 1 lacks 64 MiB"
    assert f"Its host a is DRAINING; what holds it there: {why}." in of_task(stage, held)
    assert f"To go: {held.id[:SHORT]} on a (move): its instance is draining." in of_service(stage)


def test_what_a_probe_says_is_among_the_reasons() -> None:
    stage = Stage("a")
    probe = {"protocol": "HTTP", "containerName": "main", "containerPort": 80}
    stage.submit(
        "CreateService", {"serviceName": "web", "taskDefinition": "web", "desiredCount": 1, "probe": probe}
    )
    stage.pass_s(5.0)
    (task,) = stage.tasks()
    assert "Its service's probe says: initial: no check of it has passed yet." in of_task(stage, task)
    told = of_service(stage)
    pace = "every 10 s, 200 within 5 s; healthy after 2, unhealthy after 3"
    assert f"Its tasks are probed by http://main:80/, {pace}." in told
    what = f"Running, not healthy: {task.id[:SHORT]} on a: its probe says"
    assert f"{what} initial: no check of it has passed yet." in told
    no_way = "The sshd of a forbids forwarding (Allow it there)"
    stage.probe_says(TargetHealth(TargetState.UNAVAILABLE, TargetReason.NO_WAY, no_way))
    assert f"{what} unavailable: {no_way}." in of_service(stage)
    stage.probe_says(TargetHealth(TargetState.HEALTHY))
    assert "Its service's probe says: healthy." in of_task(stage, task)
    stage.probe_says(TargetHealth(TargetState.HEALTHY, TargetReason.NO_WAY, no_way))
    assert f"Its service's probe says: healthy, as last known: {no_way}." in of_task(stage, task)
    codes = "Health checks failed with these codes: [503]"
    for failed in (1, 2):
        stage.probe_says(TargetHealth(TargetState.HEALTHY, TargetReason.MISMATCH, codes, failed=failed))
        stage.pass_s(10.0)
    said = f"healthy; failed 2 of the 3 checks in a row that make it unhealthy, the first 20 s ago: {codes}."
    assert f"Its service's probe says: {said}" in of_task(stage, task)
    assert f"Its probe fails: {task.id[:SHORT]} on a: {said}" in of_service(stage)


def test_a_service_says_what_auto_scaling_makes_of_it() -> None:
    stage = Stage("a")
    stage.serve(2)
    policy = {"predefinedMetricType": "ECSServiceAverageMemoryUtilization", "targetValue": 50}
    scaling = {"minCapacity": 1, "maxCapacity": 4, "policies": [policy]}
    stage.submit("UpdateService", {"service": "web", "autoScaling": scaling})
    scaled = replace(stage.service(), scaled=Scaled(out_at=stage.now - 90.0))
    pulse = ServicePulse(stage.now - 20.0, 2, 1, None, 41.6, "average memory is at least 42 %")
    told = list(explain_service(stage.state, scaled, stage.now, pulse))
    at = told.index("Auto scaling: 1 to 4 tasks, average memory at 50 %.")
    assert told[at + 1 : at + 4] == [
        "  20 s ago: memory 42 % of what is reserved; 1 of 2 running tasks were measured.",
        "  Average memory is at least 42 %.",
        "  It last scaled out 90 s ago.",
    ]
