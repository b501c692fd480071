"""Samples into datapoints: whole periods, each task's own average, and what may not be folded twice to another end."""

from __future__ import annotations

from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from core.model.auto_scaling import AutoScaling, ScalingMetric, ScalingPolicy
from core.model.cluster import Cluster
from core.model.instance import ContainerInstance
from core.model.service import Service
from core.model.state import State
from core.model.task import Container, ContainerStatus, Task, TaskStatus
from core.record import replace
from core.reports import Utilisation
from core.usage import KEPT, Datapoint, Usage
from tests.core.builders import definition

PERIOD_S: Final = 60.0
KEY: Final = "default/web"
WEB: Final = definition("web:1", memory_mib=100)
SCALING: Final = AutoScaling(1, 9, (ScalingPolicy(ScalingMetric.CPU, 50.0),))
SERVICE: Final = Service("default", "web", "web:1", 2, auto_scaling=SCALING)


def task(name: str, instance: str = "h") -> Task:
    running = Container("main", "demo/web:1", ContainerStatus.RUNNING)
    row = Task(name, "default", "web:1", "service:web", service="web", instance=instance)
    return replace(row, last_status=TaskStatus.RUNNING, containers=(running,), cpu_units=512, memory_mib=100)


def state(*tasks: Task) -> State:
    # Half a core of its two is kept for others: what is used is a share of all of it.
    host = ContainerInstance(
        id="h", name="h", cluster="default", url="", cpu_units=1536, reserved_cpu_units=512
    )
    return State([Cluster("default"), WEB, SERVICE, host, *tasks])


def used(at: float, **percents: float) -> Utilisation:
    """So much of the whole host each, and as many MiB."""
    return Utilisation("h", at, containers={(name, "main"): (use, use) for name, use in percents.items()})


def test_a_datapoint_is_the_average_of_its_period_and_of_the_tasks_that_run() -> None:
    rows, usage = state(task("a"), task("b")), Usage()
    ends_at = usage.closes_at(KEY, 1000.0, PERIOD_S)
    usage.take(rows, used(ends_at - 70.0, a=99.0, b=99.0), PERIOD_S)  # the period before
    for _ in range(2):  # a turn that could not be written comes again
        usage.take(rows, used(ends_at - 30.0, a=10.0, b=20.0), PERIOD_S)
        usage.take(rows, used(ends_at - 15.0, a=20.0, b=30.0, gone=50.0), PERIOD_S)
    usage.take(rows, used(ends_at + 1.0, a=99.0, b=99.0), PERIOD_S)  # the period after
    # 15 and 25 percent of 2048 units, of 512 each; 15 and 25 MiB of 100 each.
    for _ in range(2):
        assert usage.close(rows, SERVICE, ends_at, PERIOD_S)[-1] == Datapoint(2, 2, 80.0, 20.0)


def test_what_was_not_measured_counts_as_idle_and_is_told() -> None:
    rows, usage = state(task("a"), task("b")), Usage()
    ends_at = usage.closes_at(KEY, 1000.0, PERIOD_S)
    usage.take(rows, used(ends_at - 30.0, a=20.0), PERIOD_S)
    point = usage.close(rows, SERVICE, ends_at, PERIOD_S)[-1]
    assert point == Datapoint(2, 1, 40.0, 10.0)
    assert not point.whole


def test_without_a_running_task_there_is_none_and_a_gap_stays_one() -> None:
    rows, usage = state(), Usage()
    ends_at = usage.closes_at(KEY, 1000.0, PERIOD_S)
    assert usage.close(rows, SERVICE, ends_at, PERIOD_S) == [None] * KEPT
    busy = state(task("a"))
    later = ends_at + 3 * PERIOD_S
    usage.take(busy, used(later - 30.0, a=25.0), PERIOD_S)
    points = usage.close(busy, SERVICE, later, PERIOD_S)
    assert [point is not None for point in points[-4:]] == [False, False, False, True]


def test_periods_of_another_length_begin_anew() -> None:
    rows, usage = state(task("a")), Usage()
    ends_at = usage.closes_at(KEY, 1000.0, PERIOD_S)
    usage.take(rows, used(ends_at - 30.0, a=25.0), PERIOD_S)
    usage.close(rows, SERVICE, ends_at, PERIOD_S)
    points = usage.close(rows, SERVICE, ends_at, 10.0)
    assert [point for point in points if point is not None] == [Datapoint(1, 0, 0.0, 0.0)]


@given(
    key=st.text("abc/-", min_size=1, max_size=12),
    now=st.floats(1e9, 2e9),
    period_s=st.sampled_from([2.0, 7.0, 60.0]),
)
def test_a_period_ends_after_now_and_within_its_length_whatever_is_rounded(
    key: str, now: float, period_s: float
) -> None:
    usage = Usage()
    ends_at = usage.closes_at(key, now, period_s)
    assert now < ends_at <= now + period_s + 0.01
    assert usage.closes_at(key, ends_at, period_s) > ends_at + period_s / 2
