"""What is told of a schedule: its next times in its own zone, and when an operator should look at it."""

from __future__ import annotations

import pytest

from core.client.faults import cluster_faults
from core.client.schedules import problem_of, upcoming, wall_time
from core.model.cluster import Cluster
from core.model.instance import Connectivity
from core.model.schedule import MissedRuns, Run, RunResult, Schedule, ScheduleState
from core.model.state import State
from core.model.task import TaskStatus
from core.record import replace
from core.taskdef.parse import parse
from tests.core.builders import instance, task

NINE = 32_400.0  # 1970-01-01 09:00 UTC, 10:00 in Berlin
SCHEDULE = Schedule(
    "default", "n", "cron(0 10 * * ? *)", "Europe/Berlin", "web", "{}", next_at=NINE, planned_at=NINE
)
WEB = {"family": "web", "containerDefinitions": [{"name": "app", "image": "nginx:1", "memory": 64}]}


def state(*runs: Run, **changes: object) -> tuple[State, Schedule]:
    schedule = replace(SCHEDULE, runs=runs, **changes)  # type: ignore[arg-type]
    return State((Cluster("default"), replace(parse(WEB), revision=1), schedule)), schedule


def run(result: RunResult, reason: str = "") -> Run:
    return Run(NINE, NINE, result, reason=reason)


def test_the_next_times_are_those_of_its_zone() -> None:
    assert [wall_time(SCHEDULE, run.at) for run in upcoming(SCHEDULE, 2)] == [
        "Thu 1970-01-01 10:00 CET",
        "Fri 1970-01-02 10:00 CET",
    ]
    assert upcoming(replace(SCHEDULE, next_at=None, planned_at=None), 2) == []


@pytest.mark.parametrize(
    ("runs", "problem"),
    [
        ((), ""),
        ((run(RunResult.SUCCEEDED), run(RunResult.FAILED, "exit code 3")), ""),
        ((run(RunResult.RUNNING),), ""),
        (
            (run(RunResult.RUNNING, "can't be placed"),),
            "its run of Thu 1970-01-01 10:00 CET waits: can't be placed",
        ),
        ((run(RunResult.FAILED, "exit code 3"),), "its run of Thu 1970-01-01 10:00 CET failed: exit code 3"),
        (
            (run(RunResult.RUNNING), run(RunResult.SKIPPED), run(RunResult.FAILED, "exit code 3")),
            "its run of Thu 1970-01-01 10:00 CET failed: exit code 3",
        ),
        ((run(RunResult.MISSED, "too old"),), "its run of Thu 1970-01-01 10:00 CET was missed: too old"),
        ((run(RunResult.STOPPED, "enough"),), ""),
    ],
)
def test_what_went_wrong_last_is_a_fault_until_it_goes_well(runs: tuple[Run, ...], problem: str) -> None:
    rows, schedule = state(*runs)
    assert problem_of(rows, schedule) == problem
    assert list(cluster_faults(rows, "default")) == ([f"schedule default/n: {problem}"] if problem else [])


def test_what_an_operator_wants_so_is_no_fault() -> None:
    rows, schedule = state(run(RunResult.MISSED), missed_runs=MissedRuns.SKIP)
    assert problem_of(rows, schedule) == ""
    rows, schedule = state(run(RunResult.FAILED), state=ScheduleState.DISABLED, next_at=None)
    assert problem_of(rows, schedule) == ""


def test_skipping_for_a_task_on_a_lost_host_is_a_fault() -> None:
    rows, schedule = state(run(RunResult.SKIPPED))
    assert problem_of(rows, schedule) == ""
    host = replace(instance("b"), cluster="default", connectivity=Connectivity.LOST)
    rows.put(host)
    rows.put(
        replace(task("1" * 32), cluster="default", service="", schedule="n", instance=host.id, last_status=TaskStatus.RUNNING)
    )  # fmt: skip
    assert problem_of(rows, schedule).startswith("it skips its runs, for task ")
    assert problem_of(rows, schedule).endswith(" of an earlier one is on b, which is LOST")
