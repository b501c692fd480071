"""Who waits for whom: conditions, start timeouts, the way down."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.model.task import ContainerStatus, Health
from core.taskdef.order import ContainerView, Never, Ready, Verdict, Waits, may_create, ring, stop_order
from core.taskdef.parse import parse
from tests.core.taskdef.samples import container, task

PENDING = ContainerView(ContainerStatus.PENDING)
CREATED = ContainerView(ContainerStatus.CREATED)
RUNNING = ContainerView(ContainerStatus.RUNNING, started_at=100.0)
HEALTHY = ContainerView(ContainerStatus.RUNNING, health=Health.HEALTHY, started_at=100.0)
UNHEALTHY = ContainerView(ContainerStatus.RUNNING, health=Health.UNHEALTHY, started_at=100.0)
DONE = ContainerView(ContainerStatus.STOPPED, exit_code=0, started_at=100.0)
FAILED = ContainerView(ContainerStatus.STOPPED, exit_code=3, started_at=100.0)
NEVER_RAN = ContainerView(ContainerStatus.STOPPED)


@pytest.mark.parametrize(
    ("condition", "view", "verdict"),
    [
        ("START", PENDING, Waits("waits for init to start")),
        ("START", CREATED, Waits("waits for init to start")),
        ("START", RUNNING, Ready()),
        ("START", FAILED, Ready()),
        ("START", NEVER_RAN, Never("init did not start")),
        ("COMPLETE", RUNNING, Waits("waits for init to complete")),
        ("COMPLETE", FAILED, Ready()),
        ("COMPLETE", NEVER_RAN, Never("init did not start")),
        ("SUCCESS", RUNNING, Waits("waits for init to succeed")),
        ("SUCCESS", DONE, Ready()),
        ("SUCCESS", FAILED, Never("init exited with 3, not 0")),
        ("SUCCESS", NEVER_RAN, Never("init did not start")),
        ("HEALTHY", PENDING, Waits("waits for init to be healthy")),
        ("HEALTHY", UNHEALTHY, Waits("waits for init to be healthy")),
        ("HEALTHY", HEALTHY, Ready()),
        ("HEALTHY", DONE, Never("init stopped before it was healthy")),
    ],
)
def test_each_condition(condition: str, view: ContainerView, verdict: Verdict) -> None:
    made = parse(
        task(
            container("init", essential=False, healthCheck={"command": ["CMD", "true"]}),
            container("web", dependsOn=[{"containerName": "init", "condition": condition}]),
        )
    )
    assert may_create(made, "web", {"init": view}, now=0.0) == verdict
    assert may_create(made, "init", {}, now=0.0) == Ready()


def test_links_wait_for_a_start_and_mounts_for_a_creation() -> None:
    made = parse(
        task(
            container("db"),
            container("web", links=["db:d"]),
            container("x", volumesFrom=[{"sourceContainer": "db"}]),
        )
    )
    assert may_create(made, "web", {"db": CREATED}, 0.0) == Waits("waits for db to start")
    assert may_create(made, "x", {"db": CREATED}, 0.0) == Ready()
    assert may_create(made, "x", {}, 0.0) == Waits("waits for db to be created")


def test_a_start_timeout_turns_waiting_into_never() -> None:
    made = parse(
        task(
            container("init", essential=False, startTimeout=30),
            container("web", dependsOn=[{"containerName": "init", "condition": "COMPLETE"}]),
        )
    )
    # Not counted before the dependency itself has started.
    assert may_create(made, "web", {"init": CREATED}, 10_000.0) == Waits("waits for init to complete")
    assert may_create(made, "web", {"init": RUNNING}, 129.0) == Waits(
        "waits for init to complete", until=130.0
    )
    assert may_create(made, "web", {"init": RUNNING}, 130.0) == Never(
        "init did not get there within its startTimeout of 30 s"
    )
    assert may_create(made, "web", {"init": DONE}, 130.0) == Ready()


def test_one_that_can_never_be_met_beats_one_that_waits() -> None:
    made = parse(
        task(
            container("a"),
            container("b", essential=False),
            container(
                "web",
                dependsOn=[
                    {"containerName": "a", "condition": "START"},
                    {"containerName": "b", "condition": "SUCCESS"},
                ],
            ),
        )
    )
    assert may_create(made, "web", {"a": PENDING, "b": FAILED}, 0.0) == Never("b exited with 3, not 0")


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, list[str]]:
    names = [f"c{number}" for number in range(draw(st.integers(1, 10)))]
    return {
        name: draw(st.lists(st.sampled_from(names[:index]), unique=True)) if index else []
        for index, name in enumerate(names)
    }


@settings(deadline=None)
@given(graphs())
def test_stopping_goes_against_the_dependencies(graph: dict[str, list[str]]) -> None:
    made = parse(
        task(
            *(
                container(
                    name, dependsOn=[{"containerName": other, "condition": "START"} for other in others]
                )
                for name, others in graph.items()
            )
        )
    )
    waves = stop_order(made)
    wave_of = {name: index for index, wave in enumerate(waves) for name in wave}
    assert sorted(name for wave in waves for name in wave) == sorted(graph)
    assert all(wave_of[name] < wave_of[other] for name, others in graph.items() for other in others)
    assert ring({name: frozenset(others) for name, others in graph.items()}) == ()


@settings(deadline=None)
@given(graphs(), st.data())
def test_an_edge_back_makes_a_ring_and_the_ring_is_told(
    graph: dict[str, list[str]], data: st.DataObject
) -> None:
    awaited = {name: frozenset(others) for name, others in graph.items()}
    last = list(graph)[-1]
    target = data.draw(st.sampled_from(sorted({last, *graph[last]})))
    found = ring(awaited | {target: awaited[target] | {last}})
    assert found[0] == found[-1]
    assert {target, last} <= set(found)
