"""Rows as ECS shows them: of ECS's shapes, with its always-sent members, and honest about what is unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ecs import (
    ADDITIONS,
    describe_cluster,
    describe_container_instance,
    describe_probe,
    describe_service,
    describe_task,
    describe_task_definition,
)
from core.events import Event, Subject
from core.model.auto_scaling import AutoScaling, ScalingMetric, ScalingPolicy
from core.model.instance import Connectivity, ContainerInstance, InstanceStatus
from core.model.ports import HostPort
from core.model.probe import Probe, ProbeProtocol, TargetHealth, TargetReason, TargetState
from core.model.service import Deployment, DeploymentStatus, RolloutState
from core.model.task import Container, NetworkBinding, StopCode, Task
from core.record import replace
from core.taskdef.parse import parse
from tests.botocore_shapes import departures, ecs
from tests.core.fold.desk import ARN, Desk, definition, desk

if TYPE_CHECKING:
    from core.model.service import Service


@pytest.fixture(name="desk")
def busy_desk() -> Desk:
    """A service, a task with everything said of it, and an instance with ports of all kinds."""
    made = desk()
    main = {"name": "main", "image": "demo/web:1", "memory": 64, "memoryReservation": 32, "cpu": 10}
    side = {"name": "side", "image": "demo/side:1", "memory": 64, "essential": False}
    made.do(
        "RegisterTaskDefinition",
        family="job",
        networkMode="awsvpc",
        containerDefinitions=[main, side],
        runtimePlatform={"cpuArchitecture": "X86_64"},
    )
    made.do("CreateService", serviceName="api", taskDefinition="web", desiredCount=2, replace="ask")
    return made


def against(value: Any, shape: str) -> list[str]:
    return list(departures(value, ecs().shape_for(shape), ADDITIONS))


def service(desk: Desk) -> Service:
    return desk.state.services["default/api"]


def run(desk: Desk, **fields: Any) -> Task:
    """A task of `job:1` on host a."""
    task = desk.task(
        on="a",
        taskDefinition="job",
        overrides={"containerOverrides": [{"name": "main", "cpu": 20, "command": ["x"]}]},
        tags=[{"key": "team", "value": "red"}],
        startedBy="ada",
    )
    task = replace(task, **fields)
    desk.state.put(task)
    return task


def test_a_definition_is_of_ecs_s_shape(desk: Desk) -> None:
    shown = describe_task_definition(desk.state.definitions["job:1"])
    assert against(shown["taskDefinition"], "TaskDefinition") == []
    assert ADDITIONS["TaskDefinition"] <= shown["taskDefinition"].keys()


def test_a_cluster_counts_what_is_in_it(desk: Desk) -> None:
    run(desk)
    desk.task()
    desk.connect("a", connectivity=Connectivity.DISCONNECTED)
    shown = describe_cluster(desk.state, desk.state.clusters["default"])
    assert against(shown, "Cluster") == []
    counts = (
        "registeredContainerInstancesCount",
        "runningTasksCount",
        "pendingTasksCount",
        "activeServicesCount",
    )
    assert [shown[name] for name in counts] == [2, 1, 1, 1]
    assert shown["unknownTasksCount"] == 1


def test_a_service_shows_its_deployments_and_events(desk: Desk) -> None:
    old = Deployment("ecs-svc/1", "default", "api", "web:1", status=DeploymentStatus.INACTIVE, created_at=1.0)
    active = replace(
        old, id="ecs-svc/2", status=DeploymentStatus.ACTIVE, retry_at=5.0, rollout_state=RolloutState.FAILED
    )
    desk.state.put(old)
    desk.state.put(active)
    probe = Probe(ProbeProtocol.TCP, "main", 80)
    asked = replace(
        service(desk), replace_asked=("i1",), healthy_after_s=1.5, probe=probe, tags=(("a", "b"),)
    )
    desk.state.put(asked)
    scaling = AutoScaling(1, 4, (ScalingPolicy(ScalingMetric.CPU, 60.0),))
    everything = replace(service(desk), replace_asked=("i1",), healthy_after_s=1.5, tags=(("a", "b"),))
    desk.state.put(replace(everything, auto_scaling=scaling))
    said = Event(3.0, Subject.SERVICE, "api", "(service api) has reached a steady state.", "default")
    shown = describe_service(desk.state, service(desk), [said] * 150)
    assert against(shown, "Service") == []
    assert shown.keys() >= ADDITIONS["Service"]
    assert [d["status"] for d in shown["deployments"]] == ["PRIMARY", "ACTIVE"]
    assert shown["deployments"][1]["retryAt"] == 5.0
    assert len(shown["events"]) == 100
    assert shown["events"][0]["message"] == said.message
    assert len(shown["events"][0]["id"]) == 36


@pytest.mark.parametrize(
    ("probe", "shown"),
    [
        (
            Probe(ProbeProtocol.HTTPS, "main", 443, "/up", matcher="200-299"),
            {"containerPort": 443, "path": "/up", "matcher": "200-299"},
        ),
        (Probe(ProbeProtocol.TCP, "main", 80), {"containerPort": 80}),
        (
            Probe(ProbeProtocol.EXEC, "main", command=("test", "-e", "/up")),
            {"command": ["test", "-e", "/up"]},
        ),
    ],
)
def test_a_probe_is_shown_as_it_is_asked_for(desk: Desk, probe: Probe, shown: dict[str, Any]) -> None:
    pace = {
        "intervalSeconds": 10,
        "timeoutSeconds": 5,
        "healthyThresholdCount": 2,
        "unhealthyThresholdCount": 3,
    }
    said = describe_probe(probe)
    assert said == {"protocol": probe.protocol.value, "containerName": "main"} | shown | pace
    desk.do("CreateService", serviceName="probed", taskDefinition="web", desiredCount=0, probe=said)
    assert desk.state.services["default/probed"].probe == probe


def test_what_a_probe_says_stands_beside_what_the_containers_checks_say(desk: Desk) -> None:
    task = run(desk)
    assert "targetHealth" not in describe_task(desk.state, task)
    said = TargetHealth(TargetState.UNHEALTHY, TargetReason.TIMEOUT, "Request timed out")
    shown = describe_task(desk.state, replace(task, target_health=said))
    assert shown["healthStatus"] == "UNKNOWN"
    assert shown["targetHealth"] == {
        "state": "unhealthy",
        "reason": "Target.Timeout",
        "description": "Request timed out",
    }
    failing = replace(said, state=TargetState.HEALTHY, failed=2, failing_since=5.0)
    shown = describe_task(desk.state, replace(task, target_health=failing))["targetHealth"]
    assert (shown["state"], shown["failedChecks"], shown["failingSince"]) == ("healthy", 2, 5.0)


def test_a_service_counts_running_tasks_of_which_nothing_is_known(desk: Desk) -> None:
    task = run(desk)
    desk.state.put(replace(task, service="api"))
    desk.connect("a", connectivity=Connectivity.LOST)
    shown = describe_service(desk.state, service(desk))
    assert (shown["runningCount"], shown["unknownCount"]) == (1, 1)


def test_a_range_of_ports_is_one_binding_while_the_host_s_are_adjacent(desk: Desk) -> None:
    mappings = [{"containerPort": 80}, {"containerPortRange": "9000-9002"}]
    asked = {"name": "main", "image": "a", "memory": 9, "portMappings": mappings}
    desk.do("RegisterTaskDefinition", family="ranged", containerDefinitions=[asked])
    name = desk.do("RunTask", taskDefinition="ranged")["tasks"][0]["taskArn"].rpartition("/")[2]

    def bindings(*host_ports: int) -> Any:
        bound = [NetworkBinding(80, 8080), *(NetworkBinding(9000 + n, h) for n, h in enumerate(host_ports))]
        ran = Container("main", "a", runtime_id="abc", network_bindings=tuple(bound))
        shown = describe_task(desk.state, replace(desk.state.tasks[name], containers=(ran,)))
        found = shown["containers"][0]["networkBindings"]
        shape = ecs().shape_for("NetworkBinding")
        assert [d for b in found for d in departures(b, shape, {}, always={})] == []
        return found

    one = {"bindIP": "0.0.0.0", "protocol": "tcp"}
    assert bindings(61000, 61001, 61002) == [
        one | {"containerPort": 80, "hostPort": 8080},
        one | {"containerPortRange": "9000-9002", "hostPortRange": "61000-61002"},
    ]
    # As an older engine published them.
    assert [b["hostPort"] for b in bindings(32768, 32770, 32771)] == [8080, 32768, 32770, 32771]


def test_a_task_that_runs(desk: Desk) -> None:
    binding = NetworkBinding(80, 8080)
    containers = (
        Container("~internal~ecs~pause", "pause"),
        Container(
            "main", "demo/web:1", runtime_id="abc", image_digest="sha256:1", network_bindings=(binding,)
        ),
        Container("side", "demo/side:1", exit_code=0, reason="done", finished_at=9.0),
    )
    task = run(desk, containers=containers, pull_started_at=1.0, pull_stopped_at=2.0)
    shown = describe_task(desk.state, task)
    assert against(shown, "Task") == []
    assert shown["containerInstanceArn"] == f"{ARN}:container-instance/default/{desk.instance('a').id}"
    assert (shown["connectivity"], shown["lastStatus"], shown["observedStatus"]) == (
        "CONNECTED",
        "RUNNING",
        "RUNNING",
    )
    assert shown["attributes"] == [{"name": "ecs.cpu-architecture", "value": "x86_64"}]
    assert shown["overrides"]["containerOverrides"] == [
        {"name": "main", "cpu": 20, "command": ["x"]},
        {"name": "side"},
    ]
    main, side = shown["containers"]
    assert (main["cpu"], main["memory"], main["memoryReservation"]) == ("20", "64", "32")
    assert main["networkBindings"] == [
        {"bindIP": "0.0.0.0", "containerPort": 80, "hostPort": 8080, "protocol": "tcp"}
    ]
    assert "exitCode" not in main
    assert (side["exitCode"], side["reason"]) == (0, "done")


@pytest.mark.parametrize("connectivity", [c for c in Connectivity if c not in {"CONNECTED", "RETURNING"}])
def test_a_task_on_an_instance_that_does_not_answer_is_unknown(
    desk: Desk, connectivity: Connectivity
) -> None:
    task = run(desk)
    desk.connect("a", connectivity=connectivity)
    shown = describe_task(desk.state, task)
    assert (shown["connectivity"], shown["lastStatus"], shown["observedStatus"]) == (
        "DISCONNECTED",
        "RUNNING",
        "UNKNOWN",
    )


def test_a_task_that_ended_is_known_also_when_its_instance_is_gone(desk: Desk) -> None:
    task = run(desk)
    desk.do("DeregisterContainerInstance", containerInstance="a", force=True)
    shown = describe_task(desk.state, desk.state.tasks[task.id])
    assert against(shown, "Task") == []
    assert (shown["connectivity"], shown["observedStatus"]) == ("DISCONNECTED", "STOPPED")
    assert shown["stopCode"] == StopCode.USER_INITIATED


def test_an_instance_shows_what_is_taken(desk: Desk) -> None:
    a = replace(
        desk.instance("a"),
        reserved_ports=(HostPort(22), HostPort(53, "udp")),
        foreign_ports=(HostPort(5432),),
        attributes=(("flag", ""), ("zone", "x")),
        docker_version="27.0",
        problem="slow",
        drain_deadline=desk.now + 60.0,
    )
    desk.state.put(a)
    run(desk, ports=(HostPort(8080),))
    shown = describe_container_instance(desk.state, a)
    assert against(shown, "ContainerInstance") == []
    assert shown.keys() >= ADDITIONS["ContainerInstance"]
    registered, remaining = (
        {r["name"]: r.get("stringSetValue", r["integerValue"]) for r in shown[name]}
        for name in ("registeredResources", "remainingResources")
    )
    assert registered == {"CPU": 2048, "MEMORY": 1024, "PORTS": ["22"], "PORTS_UDP": ["53"]}
    assert remaining == {"CPU": 2028, "MEMORY": 928, "PORTS": ["22", "5432", "8080"], "PORTS_UDP": ["53"]}
    assert shown["attributes"] == [{"name": "flag"}, {"name": "zone", "value": "x"}]


def test_an_instance_that_never_answered_is_of_ecs_s_shape(desk: Desk) -> None:
    new = ContainerInstance("i", "new", "default", "ssh://new")
    desk.state.put(new)
    shown = describe_container_instance(desk.state, new)
    assert against(shown, "ContainerInstance") == []
    assert (shown["agentConnected"], shown["status"]) == (False, InstanceStatus.REGISTERING)


TEXT = st.text(max_size=20)
MOMENT = st.none() | st.floats(0, 2e9)
CONTAINER = st.builds(
    Container,
    name=st.sampled_from(["main", "other", "~internal~ecs~pause"]),
    image=TEXT,
    reason=TEXT,
    runtime_id=TEXT,
    exit_code=st.none() | st.integers(0, 255),
    finished_at=MOMENT,
)
TASK = st.builds(
    Task,
    id=st.just("t"),
    cluster=st.just("default"),
    definition=st.sampled_from(["web:1", "gone:1"]),
    group=TEXT,
    instance=st.sampled_from(["", "i", "gone"]),
    containers=st.lists(CONTAINER, max_size=3).map(tuple),
    pull_started_at=MOMENT,
    started_at=MOMENT,
    stopped_at=MOMENT,
    stopped_reason=TEXT,
    request=st.sampled_from(["", '{"tags":[{"key":"a","value":"b"}]}', '{"overrides":{"cpu":"512"}}']),
)


@given(task=TASK, connectivity=st.sampled_from(Connectivity))
def test_any_task_is_of_ecs_s_shape(task: Task, connectivity: Connectivity) -> None:
    made = Desk()
    made.state.put(ContainerInstance("i", "a", "default", "ssh://a", connectivity=connectivity))
    made.state.put(replace(parse(definition()), revision=1))
    shown = describe_task(made.state, task)
    assert against(shown, "Task") == []
    assert shown["observedStatus"] in {task.last_status, "UNKNOWN"}
