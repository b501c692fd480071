"""Stories about services with a probe: what its verdicts make of tasks, deployments and the floor, and what they never do."""

from __future__ import annotations

import re
from typing import Any

import pytest

from core.client.explained_service import explain_service
from core.client.progress import service_stable
from core.commands import Verdict
from core.model.probe import Probe, ProbeProtocol, TargetHealth, TargetReason, TargetState
from core.model.service import RolloutState
from core.model.task import Health, TaskStatus
from core.record import replace
from core.reports import ProbeVerdict, SeenState
from tests.core.stage import WEB, Stage

HTTP = {"protocol": "HTTP", "containerName": "main", "containerPort": 80, "path": "/healthz"}
WELL = TargetHealth(TargetState.HEALTHY)
SICK = TargetHealth(
    TargetState.UNHEALTHY, TargetReason.MISMATCH, "Health checks failed with these codes: [503]"
)
NO_WAY = TargetHealth(TargetState.UNAVAILABLE, TargetReason.NO_WAY, "the sshd forbids forwarding")
ROLLBACK = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
CHECKED = {
    "family": "web",
    "containerDefinitions": [
        {"name": "main", "image": "demo/web:1", "memory": 64, "healthCheck": {"command": ["CMD", "true"]}}
    ],
}


def create(stage: Stage, desired: int = 2, **more: Any) -> None:
    """A service with a probe whose tasks run, and of which nothing is known yet."""
    given = {"serviceName": "web", "taskDefinition": "web", "desiredCount": desired, "probe": HTTP}
    stage.submit("CreateService", given | more)
    stage.pass_s(10.0)


def serve(stage: Stage, desired: int = 2, **more: Any) -> None:
    create(stage, desired, **more)
    stage.probe_says(WELL)
    assert stage.service().steady, stage.service().why


def healthy(stage: Stage) -> list[str]:
    return [t.id for t in stage.wanted() if t.healthy_since is not None]


def test_a_task_is_healthy_with_its_probe_and_not_by_running_for_long() -> None:
    stage = Stage("a", "b")
    create(stage)
    stage.pass_s(120.0)
    assert healthy(stage) == []
    assert not stage.service().steady
    assert {t.target_health for t in stage.wanted()} == {TargetHealth()}, (
        "nothing is known, and nothing held against it"
    )
    stage.probe_says(WELL, "a")
    assert len(healthy(stage)) == 1
    stage.probe_says(WELL)
    assert stage.service().steady
    assert {t.health for t in stage.wanted()} == {Health.UNKNOWN}, "ECS's own is of containers' checks alone"


def test_an_unhealthy_task_is_replaced_when_another_is_healthy_in_its_place() -> None:
    stage = Stage("a", "b")
    serve(stage)
    (sick,) = stage.wanted("a")
    stage.probe_says(SICK, "a")
    assert healthy(stage) == [t.id for t in stage.wanted("b") if t.id != sick.id and t.healthy_since]
    stage.pass_s(5.0)
    assert len(stage.wanted()) == 3, "the new one first: there is room for it"
    assert stage.state.tasks[sick.id].wanted
    fresh = [t for t in stage.wanted() if t.target_health == TargetHealth()]
    assert len(fresh) == 1
    verdicts = [
        ProbeVerdict(i, target, WELL)
        for i, probes in stage.probes.items()
        for target, _ in probes
        if target.task == fresh[0].id
    ]
    stage.rest(*verdicts)
    stage.pass_s(5.0)
    gone = stage.state.tasks[sick.id]
    assert not gone.wanted
    assert gone.stopped_reason == (
        "Task failed health checks in (probe http://main:80/healthz): Health checks failed with these codes: [503]"
    )
    assert stage.service().steady
    name = "(instance a) (port 80) is unhealthy in (probe http://main:80/healthz)"
    reason = "(reason Health checks failed with these codes: [503])"
    assert f"(service web) (task {sick.id}) {name} due to {reason}." in stage.said


def test_one_that_recovers_in_time_stays() -> None:
    stage = Stage("a", "b")
    serve(stage, 2)
    before = {t.id for t in stage.wanted()}
    stage.probe_says(SICK, "a")
    stage.probe_says(WELL, "a")
    stage.pass_s(10.0)
    stage.probe_says(WELL)
    stage.pass_s(10.0)
    assert len(stage.wanted()) == 2
    assert stage.service().steady
    assert before & {t.id for t in stage.wanted()}


def test_within_the_grace_period_nothing_is_replaced() -> None:
    stage = Stage("a", "b")
    create(stage, healthCheckGracePeriodSeconds=60)
    stage.probe_says(SICK)
    before = {t.id for t in stage.wanted()}
    stage.pass_s(30.0)
    assert {t.id for t in stage.wanted()} == before
    stage.pass_s(40.0)
    assert {t.id for t in stage.wanted()} > before


def test_a_deployment_that_is_never_healthy_is_given_up_by_the_breaker_and_rolled_back() -> None:
    stage = Stage("a", "b")
    serve(stage, 2, deploymentConfiguration=ROLLBACK)
    before = {t.id for t in stage.wanted()}
    stage.submit("RegisterTaskDefinition", WEB | {"cpu": "128"})
    stage.submit("UpdateService", {"service": "web", "taskDefinition": "web"})
    for _ in range(60):
        stage.pass_s(1.0)
        new = {t.id for t in stage.wanted()} - before
        told = [(i, target) for i, probes in stage.probes.items() for target, _ in probes]
        stage.rest(*(ProbeVerdict(i, target, SICK) for i, target in told if target.task in new))
        assert before <= {t.id for t in stage.wanted()}
    present, failed = stage.state.deployments_of("default/web")
    assert (present.definition, present.rollout_state) == ("web:1", RolloutState.COMPLETED)
    assert (failed.definition, failed.rollout_state) == ("web:2", RolloutState.FAILED)
    assert failed.failures >= 3
    assert stage.service().steady


def test_a_service_whose_probe_never_passes_is_tried_ever_more_rarely_and_says_why() -> None:
    stage = Stage("a", "b")
    serve(stage, 1)
    tried = set()
    for _ in range(600):
        stage.pass_s(1.0)
        stage.probe_says(SICK)
        tried |= {t.id for t in stage.wanted()}
    assert len(tried) < 15
    assert len(stage.wanted()) == 1
    why = r"backing off after \d+ failures, the last: on [ab], Task failed health checks in \(probe http://main:80/healthz\)"
    assert re.match(why, stage.service().why)
    assert "(service web) is unable to consistently start tasks successfully." in " ".join(stage.said)
    # Who mends the probe waits for none of that.
    stage.submit("UpdateService", {"service": "web", "probe": {"path": "/"}})
    stage.pass_s(5.0)
    (spared,) = stage.wanted()
    stage.probe_says(WELL)
    stage.pass_s(10.0)
    assert stage.service().steady
    assert healthy(stage) == [spared.id]


def test_a_container_check_counts_beside_it() -> None:
    stage = Stage("a")
    stage.submit("RegisterTaskDefinition", CHECKED)
    create(stage, 1)
    stage.probe_says(WELL)
    assert healthy(stage) == []
    host = stage.hosts["a"]
    for name, seen in host.containers.items():
        host.containers[name] = replace(seen, health=Health.HEALTHY)
    stage.look()
    assert len(healthy(stage)) == 1
    for name, seen in host.containers.items():
        host.containers[name] = replace(seen, health=Health.UNHEALTHY)
    stage.look()
    assert healthy(stage) == []


def test_a_restart_in_place_begins_at_initial_again() -> None:
    stage = Stage("a")
    policy = {"enabled": True, "restartAttemptPeriod": 60}
    main = WEB["containerDefinitions"][0] | {"restartPolicy": policy}  # type: ignore[operator]
    stage.submit("RegisterTaskDefinition", WEB | {"containerDefinitions": [main]})
    serve(stage, 1)
    ((former, _),) = stage.probes[stage.instance("a").id]
    stage.pass_s(100.0)
    stage.exit("a")
    stage.pass_s(5.0)
    (task,) = stage.wanted()
    assert task.containers[0].restart_count == 1
    assert (task.target_health, task.healthy_since) == (TargetHealth(), None)
    ((target, known),) = stage.probes[stage.instance("a").id]
    assert (target != former, known) == (True, TargetHealth())
    stage.rest(ProbeVerdict(task.instance, former, WELL))
    assert healthy(stage) == [], "what was said of the former run is nothing to this one"
    stage.probe_says(WELL)
    assert healthy(stage) == [task.id]


def test_another_probe_begins_no_deployment_and_what_the_old_one_said_comes_too_late() -> None:
    stage = Stage("a", "b")
    serve(stage)
    before, deployments = stage.wanted(), stage.state.deployments_of("default/web")
    old = [(i, target) for i, probes in stage.probes.items() for target, _ in probes]
    stage.submit("UpdateService", {"service": "web", "probe": {"path": "/other", "intervalSeconds": 3}})
    assert stage.service().probe == Probe(ProbeProtocol.HTTP, "main", 80, "/other", interval_s=3)
    stage.rest(*(ProbeVerdict(i, target, SICK) for i, target in old))
    assert healthy(stage) == [t.id for t in before]
    assert [d.id for d in stage.state.deployments_of("default/web")] == [d.id for d in deployments]
    for instance, probes in stage.probes.items():
        assert [(target.probe.path, known) for target, known in probes] == [("/other", TargetHealth())], (
            instance
        )
    assert not service_stable(stage.state, "default/web", lambda: stage.now).done
    assert "(2 tasks not probed yet)" in service_stable(stage.state, "default/web", lambda: stage.now).text
    stage.probe_says(WELL)
    assert service_stable(stage.state, "default/web", lambda: stage.now).done
    stage.submit("UpdateService", {"service": "web", "probe": {"path": "/other", "intervalSeconds": 9}})
    assert {t.target_health for t in stage.wanted()} == {WELL}, "the same question, asked less often"


def test_whoever_waits_for_another_probe_waits_for_its_word_where_deployments_may_be_completed_early_too() -> (
    None
):
    stage = Stage("a", "b")
    criteria = {"enable": True, "healthyPercent": 50, "sourceServiceRevisionCleanup": "DEFERRED"}
    serve(stage, deploymentConfiguration={"minimumHealthyPercent": 50, "earlySuccessCriteria": criteria})
    stage.submit("UpdateService", {"service": "web", "probe": {"path": "/other"}})
    primary = stage.state.primary_of("default/web")
    assert primary is not None
    waited = service_stable(stage.state, "default/web", lambda: stage.now, primary.id)
    assert (waited.done, waited.text) == (False, "web: 2/2 running (2 tasks not probed yet)")
    stage.probe_says(SICK)
    assert not service_stable(stage.state, "default/web", lambda: stage.now, primary.id).done
    stage.probe_says(WELL)
    assert service_stable(stage.state, "default/web", lambda: stage.now, primary.id).done


def test_what_one_probe_said_against_a_task_is_nothing_to_the_next() -> None:
    stage = Stage("a", "b")
    serve(stage)
    stage.submit("UpdateService", {"service": "web", "healthCheckGracePeriodSeconds": 600})
    stage.probe_says(SICK)
    assert healthy(stage) == []
    stage.submit("UpdateService", {"service": "web", "probe": {"path": "/other"}})
    assert {t.target_health for t in stage.wanted()} == {TargetHealth()}
    assert healthy(stage) == []
    stage.probe_says(WELL)
    assert len(healthy(stage)) == 2


def test_tasks_that_serve_stay_healthy_when_their_service_comes_to_have_a_probe_until_that_says_otherwise() -> (
    None
):
    stage = Stage("a", "b")
    stage.serve(2)
    stage.submit("UpdateService", {"service": "web", "probe": HTTP})
    assert len(healthy(stage)) == 2
    assert {t.target_health for t in stage.wanted()} == {TargetHealth()}
    stage.probe_says(SICK, "a")
    assert len(healthy(stage)) == 1
    stage.submit("UpdateService", {"service": "web", "probe": {}})
    stage.pass_s(10.0)
    assert {t.target_health for t in stage.wanted()} == {None}
    assert stage.service().steady, stage.service().why
    assert not any(stage.probes.values())


def test_what_can_not_be_probed_is_held_against_nobody_and_is_told_once() -> None:
    stage = Stage("a", "b")
    create(stage, 4)
    before = {t.id for t in stage.wanted()}
    stage.probe_says(NO_WAY)
    stage.pass_s(60.0)
    assert {t.id for t in stage.wanted()} == before
    assert healthy(stage) == []
    told = [text for text in stage.said if "can't be probed" in text]
    assert len(told) == 1
    assert re.search(r" On [ab]: the sshd forbids forwarding$", told[0])


def test_a_silent_hosts_tasks_are_not_judged_by_it() -> None:
    stage = Stage("a", "b")
    serve(stage)
    stage.hosts["a"].silent = True
    stage.pass_s(20.0)
    before = {t.id for t in stage.wanted()}
    stage.probe_says(SICK, "a")
    stage.pass_s(3.0)
    assert {t.id for t in stage.wanted()} == before
    stage.probe_says(WELL, "a")
    stage.hosts["a"].silent = False
    stage.pass_s(5.0)
    assert {t.id for t in stage.wanted()} == before
    assert stage.service().steady


def test_after_an_engines_restart_what_was_healthy_stays_so_and_goes_on_from_there() -> None:
    stage = Stage("a", "b")
    serve(stage)
    before = stage.wanted()
    stage.restart()
    stage.look()
    stage.pass_s(30.0)
    assert stage.wanted() == before
    assert [known for probes in stage.probes.values() for _, known in probes] == [WELL, WELL]
    assert stage.service().steady


def test_a_verdict_folded_twice_is_folded_once() -> None:
    stage = Stage("a")
    create(stage, 1)
    ((target, _),) = stage.probes[stage.instance("a").id]
    verdict = ProbeVerdict(stage.instance("a").id, target, SICK)
    stage.discard(verdict)
    assert stage.wanted()[0].target_health == TargetHealth()
    stage.rest(verdict, verdict)
    assert sum("is unhealthy in" in text for text in stage.said) == 1


def test_a_turn_that_can_not_be_written_tells_no_agent_anything() -> None:
    stage = Stage("a")
    create(stage, 1)
    command = stage.command("UpdateService", {"service": "web", "probe": {"path": "/other"}})
    stage.discard(command)
    assert stage.engine.probes.take() == {}
    stage.rest(command)
    ((target, _),) = stage.probes[stage.instance("a").id]
    assert target.probe.path == "/other"


def test_a_daemon_is_exchanged_by_its_probe() -> None:
    stage = Stage("a", "b")
    given = {"serviceName": "web", "taskDefinition": "web", "schedulingStrategy": "DAEMON", "probe": HTTP}
    stage.submit("CreateService", given)
    stage.pass_s(10.0)
    stage.probe_says(WELL)
    assert stage.service().steady
    (sick,) = stage.wanted("a")
    stage.probe_says(SICK, "a")
    stage.pass_s(10.0)
    assert stage.state.tasks[sick.id].last_status is TaskStatus.STOPPED
    assert [t.id != sick.id for t in stage.wanted("a")] == [True]


def test_an_older_revision_without_its_container_is_healthy_as_before() -> None:
    stage = Stage("a", "b")
    stage.serve(2, deploymentConfiguration={"minimumHealthyPercent": 50, "maximumPercent": 100})
    main = WEB["containerDefinitions"][0]
    beside = {"name": "beside", "image": "demo/web:1", "memory": 64}
    stage.submit("RegisterTaskDefinition", WEB | {"containerDefinitions": [main, beside]})
    probe = HTTP | {"containerName": "beside"}
    stage.submit("UpdateService", {"service": "web", "taskDefinition": "web", "probe": probe})
    for _ in range(20):
        stage.pass_s(2.0)
        stage.probe_says(WELL)
        assert len(healthy(stage)) >= 1, "the floor holds while old tasks have no probe"
    assert stage.service().steady
    assert {t.definition for t in stage.wanted()} == {"web:2"}


def test_an_awsvpc_task_is_found_at_its_pause_containers_address() -> None:
    stage = Stage("a")
    stage.submit("RegisterTaskDefinition", WEB | {"networkMode": "awsvpc"})
    create(stage, 1)
    ((target, _),) = stage.probes[stage.instance("a").id]
    assert "pause" in target.address_of
    assert target.name != target.address_of


def test_a_container_that_ended_is_not_probed_any_more() -> None:
    stage = Stage("a")
    serve(stage, 1)
    (task,) = stage.wanted()
    stage.submit("StopTask", {"task": task.id})
    assert all(target.task != task.id for probes in stage.probes.values() for target, _ in probes)
    assert stage.hosts["a"].containers[next(iter(stage.hosts["a"].containers))].state is not SeenState.CREATED


@pytest.mark.parametrize(
    ("probe", "words"),
    [
        (
            {"intervalSeconds": 5},
            "probe.protocol: is missing, and there is no probe that this changes; it is one of HTTP, HTTPS, TCP, EXEC.",
        ),
        (HTTP | {"protocol": "UDP"}, "probe.protocol: "),
        (
            HTTP | {"containerName": "mian"},
            "probe.containerName: the task definition web:1 has no container mian; it has main.",
        ),
        (HTTP | {"containerPort": 0}, "probe.containerPort: must be at least 1, not 0."),
        (
            {"protocol": "TCP", "containerName": "main"},
            "probe.containerPort: is missing; a probe by TCP needs it.",
        ),
        ({"protocol": "EXEC", "containerName": "main"}, "probe.command: is missing"),
        (
            {"protocol": "EXEC", "containerName": "main", "command": []},
            "probe.command: must not be empty.",
        ),
        (HTTP | {"command": ["true"]}, "probe.command: a probe by HTTP has none."),
        (HTTP | {"path": "healthz"}, "probe.path: "),
        (HTTP | {"matcher": "200-"}, "probe.matcher: "),
        (HTTP | {"matcher": "399-200"}, "probe.matcher: "),
        (HTTP | {"intervalSeconds": 301}, "probe.intervalSeconds: must be at most 300, not 301."),
        (HTTP | {"interval": 3}, "probe.interval: unknown member; did you mean intervalSeconds?"),
    ],
)
def test_a_probe_that_can_not_be_is_refused_with_its_member(probe: dict[str, Any], words: str) -> None:
    stage = Stage("a")
    given = {"serviceName": "web", "taskDefinition": "web", "desiredCount": 1, "probe": probe}
    command = stage.command("CreateService", given)
    stage.rest(command)
    answer = stage.answers[command.id]
    assert answer.verdict is Verdict.REFUSED
    assert answer.message.startswith(words)


def test_a_definition_that_its_probe_does_not_fit_is_refused() -> None:
    stage = Stage("a")
    serve(stage, 1)
    other = {"name": "other", "image": "demo/web:1", "memory": 64}
    stage.submit("RegisterTaskDefinition", WEB | {"containerDefinitions": [other]})
    command = stage.command("UpdateService", {"service": "web", "taskDefinition": "web"})
    stage.rest(command)
    words = "probe.containerName: the task definition web:2 has no container main; it has other."
    assert stage.answers[command.id].message == words


def beside(*, restarts: bool) -> dict[str, Any]:
    """A definition with a second essential container, which is not probed."""
    main = WEB["containerDefinitions"][0]
    policy = {"restartPolicy": {"enabled": True, "restartAttemptPeriod": 60}} if restarts else {}
    other: dict[str, Any] = {"name": "other", "image": "demo/web:1", "memory": 64}
    return WEB | {"containerDefinitions": [main, other | policy]}


def test_a_task_whose_other_container_is_restarted_is_as_well_as_its_probe_said_when_that_runs_again() -> (
    None
):
    stage = Stage("a")
    stage.submit("RegisterTaskDefinition", beside(restarts=True))
    serve(stage, 1)
    told = dict(stage.probes)
    stage.pass_s(100.0)
    stage.exit("a", "other")
    stage.pass_s(5.0)
    (task,) = stage.wanted()
    assert (task.containers[1].restart_count, task.target_health) == (1, WELL)
    assert healthy(stage) == [task.id], "its own container was never away, so nothing new is said of it"
    assert stage.probes == told


def test_a_service_that_went_back_to_a_revision_without_the_container_can_be_scaled() -> None:
    stage = Stage("a")
    stage.serve(1)
    stage.submit("RegisterTaskDefinition", beside(restarts=False))
    probe = HTTP | {"containerName": "other"}
    stage.submit("UpdateService", {"service": "web", "taskDefinition": "web", "probe": probe})
    stage.submit("RegisterTaskDefinition", WEB | {"cpu": "128"})
    stage.submit("RollbackService", {"service": "web", "taskDefinition": "web:3"})
    stage.pass_s(10.0)
    stage.submit("UpdateService", {"service": "web", "desiredCount": 2})
    stage.pass_s(10.0)
    assert stage.service().steady
    told = list(explain_service(stage.state, stage.service(), stage.now))
    why = "the task definition web:3 has no container other; it has main"
    assert (
        f"Its probe http://other:80/healthz is not made, for {why}; its tasks count as without one." in told
    )


def test_a_port_that_changes_with_its_probe_is_asked_of_the_new_tasks_alone_and_gone_back_from_with_them() -> (
    None
):
    stage = Stage("a", "b")
    serve(stage, 2, deploymentConfiguration=ROLLBACK)
    before = {t.id for t in stage.wanted()}
    stage.submit("RegisterTaskDefinition", WEB | {"cpu": "128"})
    moved = HTTP | {"containerPort": 8080}
    stage.submit("UpdateService", {"service": "web", "taskDefinition": "web", "probe": moved})
    assert not stage.service().steady
    for _ in range(30):
        stage.pass_s(1.0)
        told = [(i, target) for i, probes in stage.probes.items() for target, _ in probes]
        assert {t.probe.port for _, t in told if t.task in before} == {80}
        wrong = [(i, target) for i, target in told if target.probe.port == 8080]
        assert not before & {target.task for _, target in wrong}
        stage.rest(*(ProbeVerdict(i, target, SICK) for i, target in wrong))
        assert before <= {t.id for t in stage.wanted()}, "what serves is judged by its own probe"
    assert stage.service().steady
    present, failed = stage.state.deployments_of("default/web")
    assert (present.definition, failed.definition) == ("web:1", "web:2")
    assert stage.service().probe == present.probe == Probe(ProbeProtocol.HTTP, "main", 80, "/healthz")
    because = "Task failed health checks in (probe http://main:8080/healthz): Health checks failed with these codes: [503]"
    assert because in failed.last_failure
    said = f"(service web) (deployment {failed.id}) deployment failed: tasks failed to start. The last: {failed.last_failure}"
    assert said in stage.said
    back = "rolling back to web:1, which is probed by http://main:80/healthz."
    assert f"(service web) (deployment {present.id}) {back}" in stage.said


def test_a_probe_that_is_changed_alone_is_that_of_all_that_were_probed_so() -> None:
    stage = Stage("a", "b")
    serve(stage, 2)
    stage.submit("RegisterTaskDefinition", WEB | {"cpu": "128"})
    stage.submit("UpdateService", {"service": "web", "taskDefinition": "web"})
    stage.pass_s(5.0)
    stage.submit("UpdateService", {"service": "web", "probe": {"path": "/ready"}})
    stage.pass_s(1.0)
    assert {(d.definition, str(d.probe)) for d in stage.state.deployments_of("default/web")} == {
        ("web:1", "http://main:80/ready"),
        ("web:2", "http://main:80/ready"),
    }
    assert {t.probe.path for probes in stage.probes.values() for t, _ in probes} == {"/ready"}
    moved = {"service": "web", "forceNewDeployment": True, "probe": HTTP | {"containerPort": 8080}}
    stage.submit("UpdateService", moved)
    stage.pass_s(5.0)
    stage.submit("UpdateService", {"service": "web", "probe": {"path": "/live"}})
    stage.pass_s(1.0)
    primary = stage.state.primary_of("default/web")
    assert primary is not None
    told = {(t.task, str(t.probe)) for probes in stage.probes.values() for t, _ in probes}
    asked = {True: "http://main:8080/live", False: "http://main:80/ready"}
    assert told == {(t.id, asked[t.deployment == primary.id]) for t in stage.wanted()}
    assert len({probe for _, probe in told}) == 2
    explained = "\n".join(explain_service(stage.state, stage.service(), stage.now))
    assert "  Its tasks are probed by http://main:80/ready, every 10 s" in explained


def test_without_a_probe_nothing_is_told_to_anybody() -> None:
    stage = Stage("a")
    stage.serve(2)
    assert stage.probes == {}
