"""GPUs: those that the config names of a host, each held by one task at a time."""

from __future__ import annotations

from typing import Any

import pytest

from core.actions import CreateContainer
from core.ecs import describe_container_instance, describe_task
from core.errors import Refused
from core.fold.config import Declared, DeclaredInstance
from core.model.task_definition import ALL_GPUS
from core.taskdef.parse import parse
from tests.core.stage import Stage


def container(name: str, amount: str) -> dict[str, Any]:
    gpus = [{"type": "GPU", "value": amount}]
    return {"name": name, "image": "demo/web:1", "memory": 64, "resourceRequirements": gpus}


def with_gpus(**gpus: tuple[str, ...]) -> Stage:
    """Hosts with these GPUs, and the families one, pair and all."""
    stage = Stage(*gpus)
    capacity = tuple(
        DeclaredInstance(name, "default", f"ssh://{name}", gpus=ids) for name, ids in gpus.items()
    )
    stage.rest(Declared(clusters=("default",), capacity=capacity))
    for family, containers in (
        ("one", [container("main", "1")]),
        ("pair", [container("main", "1"), container("side", "1")]),
        ("all", [container("main", "ALL")]),
    ):
        stage.submit("RegisterTaskDefinition", {"family": family, "containerDefinitions": containers})
    return stage


def run(stage: Stage, family: str, count: int = 1) -> dict[str, Any]:
    return stage.submit("RunTask", {"taskDefinition": family, "count": count})


def held(stage: Stage) -> list[tuple[str, ...]]:
    return sorted(task.gpus for task in stage.tasks())


def test_no_two_tasks_have_the_same_gpu_and_a_freed_one_is_given_again() -> None:
    stage = with_gpus(a=("0", "1"))
    output = run(stage, "one", 3)
    assert held(stage) == [("0",), ("1",)]
    assert [failure["reason"] for failure in output["failures"]] == ["RESOURCE:GPU"]
    given = [a.gpus for a in stage.hosts["a"].done if isinstance(a, CreateContainer)]
    assert sorted(given) == [("0",), ("1",)]
    stage.restart()
    stage.pass_s(5.0)
    assert run(stage, "one")["failures"]
    first = next(task for task in stage.tasks() if task.gpus == ("0",))
    stage.submit("StopTask", {"task": first.id})
    stage.pass_s(5.0)
    assert not run(stage, "one")["failures"]
    assert held(stage) == [("0",), ("1",)]


def test_each_container_of_a_task_has_its_own_and_all_is_what_a_host_has() -> None:
    stage = with_gpus(a=("0", "1"), b=("GPU-1f",))
    run(stage, "pair")
    given = {a.container: a.gpus for a in stage.hosts["a"].done if isinstance(a, CreateContainer)}
    assert given == {"main": ("0",), "side": ("1",)}
    run(stage, "all")
    assert [task.gpus for task in stage.tasks("b")] == [("GPU-1f",)]
    assert run(stage, "all")["failures"]


def test_a_service_says_what_it_waits_for() -> None:
    stage = with_gpus(a=("0",), b=())
    given = {"serviceName": "web", "taskDefinition": "one", "desiredCount": 2}
    stage.submit("CreateService", given)
    stage.pass_s(5.0)
    (waiting,) = [task for task in stage.tasks() if not task.instance]
    assert (
        waiting.why == "can't be placed: 1 instance has 0 of 1 GPUs free, 1 has no GPUs that the config names"
    )
    assert any('encountered error "RESOURCE:GPU"' in text for text in stage.said)


def test_describe_shows_what_is_held_and_what_is_left() -> None:
    stage = with_gpus(a=("0", "1"), b=())
    run(stage, "one")
    (task,) = stage.tasks()
    assert describe_task(stage.state, task)["containers"][0]["gpuIds"] == ["0"]
    shown = describe_container_instance(stage.state, stage.instance("a"))
    found = [
        {r["name"]: r.get("stringSetValue") for r in shown[key]}["GPU"]
        for key in ("registeredResources", "remainingResources")
    ]
    assert found == [["0", "1"], ["1"]]
    without = describe_container_instance(stage.state, stage.instance("b"))
    assert "GPU" not in {r["name"] for r in without["registeredResources"]}


def test_a_definition_tells_what_it_is_charged() -> None:
    told = [
        parse({"family": "x", "containerDefinitions": containers}).charged_told
        for containers in (
            [container("a", "1")],
            [container("a", "1"), container("b", "2")],
            [container("a", "ALL")],
        )
    ]
    assert told == [
        "0 cpu units, 64 MiB, 1 GPU",
        "0 cpu units, 128 MiB, 3 GPUs",
        "0 cpu units, 64 MiB, all GPUs",
    ]


def test_a_daemon_that_comes_to_ask_for_gpus_leaves_the_hosts_that_have_none() -> None:
    stage = with_gpus(a=("0",), b=())
    stage.submit(
        "RegisterTaskDefinition",
        {"family": "none", "containerDefinitions": [{"name": "main", "image": "demo/web:1", "memory": 64}]},
    )
    stage.submit(
        "CreateService", {"serviceName": "each", "taskDefinition": "none", "schedulingStrategy": "DAEMON"}
    )
    stage.pass_s(30.0)
    assert [len(stage.tasks(host)) for host in ("a", "b")] == [1, 1]
    stage.submit("UpdateService", {"service": "each", "taskDefinition": "one"})
    stage.pass_s(60.0)
    assert held(stage) == [("0",)], "and nothing waits for a place where there will never be one"


def overriding(**amounts: str) -> dict[str, Any]:
    """RunTask's overrides: so many GPUs for these containers."""
    each = [
        {"name": name, "resourceRequirements": [{"type": "GPU", "value": amount}]}
        for name, amount in amounts.items()
    ]
    return {"containerOverrides": each}


def test_a_run_has_as_many_gpus_as_its_overrides_say() -> None:
    stage = with_gpus(a=("0", "1", "2"), b=())
    stage.submit("RunTask", {"taskDefinition": "pair", "overrides": overriding(main="2")})
    assert held(stage) == [("0", "1", "2")]
    given = {a.container: a.gpus for a in stage.hosts["a"].done if isinstance(a, CreateContainer)}
    assert given == {"main": ("0", "1"), "side": ("2",)}
    (task,) = stage.tasks()
    shown = {c["name"]: c["gpuIds"] for c in describe_task(stage.state, task)["containers"]}
    assert shown == {"main": ["0", "1"], "side": ["2"]}
    stage.restart()
    stage.pass_s(5.0)
    output = stage.submit("RunTask", {"taskDefinition": "web", "overrides": overriding(main="ALL")})
    reasons = [failure["reason"] for failure in output["failures"]]
    assert reasons == ["RESOURCE:GPU"] * 2, "also where the definition itself asks for none"
    stage.submit("StopTask", {"task": task.id})
    stage.pass_s(5.0)
    started = {"containerInstances": ["a"], "overrides": overriding(main="ALL")}
    assert not stage.submit("StartTask", {"taskDefinition": "web", **started})["failures"]
    assert held(stage) == [("0", "1", "2")]


SHARED = {"type": "GPU", "sharingStrategy": {"nvidiaMps": {"memory": 512}}}


def test_a_shared_gpu_is_refused_by_its_own_name() -> None:
    container_ = {**container("a", "1"), "resourceRequirements": [SHARED]}
    with pytest.raises(Refused) as refused:
        parse({"family": "x", "containerDefinitions": [container_]})
    assert refused.value.problems == (
        (
            "containerDefinitions[0].resourceRequirements[0].sharingStrategy: Invalid setting for container 'a'. "
            "resourceRequirements.sharingStrategy can't be served: it needs NVIDIA's MPS control daemon on the host, which Docker "
            "doesn't start; name in value how many GPUs the container has to itself."
        ),
    )


@pytest.mark.parametrize(
    ("requirement", "sentence"),
    [
        ({"type": "GPU", "value": "0"}, '"0" is not allowed: a number above 0 or ALL is.'),
        ({"type": "GPU", "value": "-1"}, '"-1" is not allowed: a number above 0 or ALL is.'),
        ({"type": "GPU"}, "resourceRequirements[0].value: is missing."),
        (SHARED, "sharingStrategy can't be served: it needs NVIDIA's MPS control daemon on the host"),
        ({"type": "InferenceAccelerator", "value": "x"}, '"InferenceAccelerator" is not one of GPU.'),
    ],
)
def test_overrides_that_ask_for_no_gpus_are_refused(requirement: dict[str, Any], sentence: str) -> None:
    stage = with_gpus(a=("0",))
    overrides = {"containerOverrides": [{"name": "main", "resourceRequirements": [requirement]}]}
    command = stage.command("RunTask", {"taskDefinition": "one", "overrides": overrides})
    stage.rest(command)
    assert sentence in stage.answers[command.id].message


def test_a_container_that_asks_for_all_shares_them_with_its_task_s_others_alone() -> None:
    containers = [container("a", "1"), container("b", "ALL"), container("c", "1")]
    made = parse({"family": "x", "containerDefinitions": containers})
    assert made.gpu_count == ALL_GPUS
    assert [made.gpus_of(name, ("0", "1")) for name in "abc"] == [("0",), ("0", "1"), ("1",)]
