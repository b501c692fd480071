"""RunTask and StopTask: what a task is made of, started once for each token, stopped with the first reason."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from core.commands import Command
from core.fold.commands import fold_command, run_task_answer
from core.model.ports import HostPort
from core.model.task import ContainerStatus, DesiredStatus, TaskStatus
from core.model.task_definition import PAUSE_CONTAINER, PAUSE_IMAGE
from core.model.task_request import constraints_of, overrides_of, tags_of
from core.record import replace
from core.scheduler.filters import Refusal
from core.scheduler.placement import Placement
from tests.core.fold.desk import ARN, Desk, declared, definition

if TYPE_CHECKING:
    from core.model.task import Task


def tasks(desk: Desk) -> list[Task]:
    return sorted(desk.state.tasks.values(), key=lambda task: task.id)


def test_a_task_waits_to_be_placed(desk: Desk) -> None:
    shown = desk.do("RunTask", taskDefinition="web", count=2, startedBy="nightly/42")
    assert (len(shown["tasks"]), shown["failures"]) == (2, [])
    one, two = tasks(desk)
    assert one.id != two.id
    assert (one.last_status, one.desired_status) == (TaskStatus.PROVISIONING, DesiredStatus.RUNNING)
    assert (one.group, one.started_by, one.request) == ("family:web", "nightly/42", "")
    assert [(c.name, c.status) for c in one.containers] == [("main", ContainerStatus.PENDING)]
    assert (one.cpu_units, one.memory_mib) == (10, 64)


def test_a_task_takes_the_host_ports_that_are_given(desk: Desk) -> None:
    ports = [{"containerPort": 80, "hostPort": 8080}, {"containerPort": 53, "protocol": "udp"}]
    main = {"name": "main", "image": "demo/web:1", "memory": 64, "portMappings": ports}
    desk.do("RegisterTaskDefinition", family="net", containerDefinitions=[main])
    desk.do("RunTask", taskDefinition="net")
    assert [task.ports for task in tasks(desk)] == [(HostPort(8080),)]


def test_a_shared_namespace_is_held_by_a_container_of_its_own(desk: Desk) -> None:
    desk.do("RegisterTaskDefinition", **definition("net", networkMode="awsvpc"))
    shown = desk.do("RunTask", taskDefinition="net")["tasks"][0]
    (task,) = tasks(desk)
    assert (task.containers[0].name, task.containers[0].image) == (PAUSE_CONTAINER, PAUSE_IMAGE)
    assert [container["name"] for container in shown["containers"]] == ["main"]


@pytest.mark.parametrize(
    ("members", "overrides", "charged"),
    [
        ({}, {"cpu": ".5 vCPU", "memory": "2GB"}, (512, 2048)),
        ({}, {"containerOverrides": [{"name": "main", "cpu": 7, "memory": 99}]}, (7, 99)),
        ({}, {"containerOverrides": [{"name": "main", "memory": 99, "memoryReservation": 33}]}, (10, 33)),
        (
            {"cpu": "256", "memory": "512"},
            {"containerOverrides": [{"name": "main", "memory": 99}]},
            (256, 512),
        ),
    ],
)
def test_overrides_are_charged(
    desk: Desk, members: dict[str, Any], overrides: dict[str, Any], charged: tuple[int, int]
) -> None:
    desk.do("RegisterTaskDefinition", **definition("job", **members))
    desk.do("RunTask", taskDefinition="job", overrides=overrides)
    (task,) = tasks(desk)
    assert (task.cpu_units, task.memory_mib) == charged
    assert overrides_of(task.request).keys() == overrides.keys()


def test_what_was_asked_can_be_read_from_the_task(desk: Desk) -> None:
    shown = desk.do(
        "RunTask",
        taskDefinition="web",
        group="batch",
        tags=[{"key": "a", "value": "b"}],
        placementConstraints=[{"type": "distinctInstance"}],
        placementStrategy=[{"type": "spread", "field": "host"}],
    )["tasks"][0]
    (task,) = tasks(desk)
    constraints, strategy = constraints_of(task.request)
    assert [c.type.value for c in constraints] == ["distinctInstance"]
    assert [(s.type.value, s.field) for s in strategy] == [("spread", "instanceId")]
    assert tags_of(task.request) == shown["tags"] == [{"key": "a", "value": "b"}]
    assert shown["group"] == "batch"


REFUSALS: list[tuple[dict[str, Any], str]] = [
    ({"taskDefinition": "wbe"}, "ClientException: TaskDefinition not found."),
    ({"cluster": "x"}, "ClusterNotFoundException: Cluster not found."),
    ({"group": "service:web"}, "InvalidParameterException: group: the prefix service: is the services' own."),
    (
        {"overrides": {"containerOverrides": [{"name": "side"}]}},
        "InvalidParameterException: Override for container named side is not a container in the TaskDefinition.",
    ),
    (
        {"overrides": {"cpu": "much"}},
        "InvalidParameterException: Invalid 'cpu' setting for task: overrides.cpu.",
    ),
    (
        {"overrides": {"memory": "0"}},
        "InvalidParameterException: Invalid 'memory' setting for task: overrides.memory.",
    ),
    (
        {"overrides": {"containerOverrides": [{"name": "main", "memory": 9, "memoryReservation": 10}]}},
        "InvalidParameterException: Invalid setting for container 'main'. 'memory' must be greater than or equal to",
    ),
    (
        {
            "overrides": {
                "containerOverrides": [{"name": "main", "environment": [{"name": "A=B", "value": "c"}]}]
            }
        },
        "InvalidParameterException: Invalid setting for container 'main'. \"A=B\" can't be the name of an environment",
    ),
    (
        {"overrides": {"memory": "63"}},
        "InvalidParameterException: Invalid 'memory' setting for task: its containers ask for 64 MiB together, the",
    ),
    (
        {"overrides": {"cpu": "128", "containerOverrides": [{"name": "main", "cpu": 129}]}},
        "InvalidParameterException: Invalid 'cpu' setting for task: its containers ask for 129 units together, the",
    ),
    (
        {"overrides": {"containerOverrides": [{"name": "main", "command": ["x" * 8192]}]}},
        "InvalidParameterException: Container Overrides length must be at most 8192",
    ),
    (
        {"placementStrategy": [{"type": "spread"}]},
        "InvalidParameterException: placementStrategy[0].field: spread goes",
    ),
]


@pytest.mark.parametrize(("change", "expected"), REFUSALS)
def test_a_task_that_can_t_be_run_is_refused(desk: Desk, change: dict[str, Any], expected: str) -> None:
    assert desk.refused("RunTask", **{"taskDefinition": "web", **change}).startswith(expected)


def test_a_cluster_without_instances_runs_nothing_while_an_engine_says_so(desk: Desk) -> None:
    desk.config(declared(force=True))
    assert desk.refused("RunTask", taskDefinition="web") == (
        "InvalidParameterException: No Container Instances were found in your cluster."
    )
    desk.by_engine = False
    assert len(desk.do("RunTask", taskDefinition="web")["tasks"]) == 1


def test_a_token_starts_its_tasks_once(desk: Desk) -> None:
    ask = {"taskDefinition": "web", "count": 2, "clientToken": "once"}
    first = desk.do("RunTask", **ask)
    desk.do("RegisterTaskDefinition", **definition())
    assert desk.do("RunTask", **ask) == first
    assert len(desk.state.tasks) == 2
    for other in ({"count": 1}, {"startedBy": "me"}, {"group": "g"}, {"overrides": {"cpu": "512"}}):
        assert desk.refused("RunTask", **{**ask, **other}).startswith("ConflictException: ")
    desk.do("RunTask", **{**ask, "clientToken": "again"})
    assert len(desk.state.tasks) == 4


def test_a_token_belongs_to_its_cluster(desk: Desk) -> None:
    desk.do("CreateCluster", clusterName="other")
    desk.by_engine = False
    for cluster in ("default", "other"):
        desk.do("RunTask", taskDefinition="web", clientToken="once", cluster=cluster)
    assert sorted(task.cluster for task in desk.state.tasks.values()) == ["default", "other"]


def test_the_answer_after_placement_says_what_found_no_place(desk: Desk) -> None:
    text = json.dumps({"taskDefinition": "web", "count": 2, "launchType": "FARGATE"})
    fold_command(desk.state, Command("run", "RunTask", text), desk.turn)
    found, left = tasks(desk)
    host = desk.instance("a").id
    desk.state.put(replace(found, instance=host))
    full = Refusal("RESOURCE:CPU", "has too little cpu", "have too little cpu")
    placement = Placement(((found.id, host),), (left.id,), ((host, full),))
    run_task_answer(desk.state, "run", [found.id, left.id], dict.fromkeys((found.id, left.id), placement))
    assert tasks(desk) == [replace(found, instance=host)], "what found no place leaves nothing behind"
    (answer,) = desk.state.changes().answers
    output = json.loads(answer.output)
    assert len(output["tasks"]) == 1
    arn = f"{ARN}:container-instance/default/{host}"
    assert output["failures"] == [{"arn": arn, "reason": "RESOURCE:CPU", "detail": "has too little cpu"}]
    assert len(output["warnings"]) == 1
    assert answer.answered_at == desk.now


def test_a_running_task_is_stopping_and_keeps_the_first_reason(desk: Desk) -> None:
    task = desk.task(on="a")
    desk.do("StopTask", task=f"{ARN}:task/default/{task.id}", reason="wrong version")
    shown = desk.do("StopTask", task=task.id)["task"]
    assert (shown["lastStatus"], shown["desiredStatus"]) == ("STOPPING", "STOPPED")
    assert (shown["stopCode"], shown["stoppedReason"]) == ("UserInitiated", "wrong version")
    assert sum("is told to stop" in event for event in desk.events) == 1


def test_a_task_that_is_nowhere_ends_at_once(desk: Desk) -> None:
    shown = desk.do("StopTask", task=desk.task().id)["task"]
    assert (shown["lastStatus"], shown["stoppedReason"]) == ("STOPPED", "Task stopped by user")


def test_a_task_of_another_cluster_is_not_found(desk: Desk) -> None:
    desk.do("CreateCluster", clusterName="other")
    task = desk.task()
    expected = "InvalidParameterException: The referenced task was not found."
    assert desk.refused("StopTask", task=task.id, cluster="other") == expected
    assert desk.refused("StopTask", task="nope") == expected
