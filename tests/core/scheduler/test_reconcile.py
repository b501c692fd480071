"""One service's plan: table tests for each story, and properties over random ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.instance import Connectivity, ContainerInstance, InstanceStatus
from core.model.service import Replace, RolloutState
from core.model.task import StopCode, Task, TaskStatus
from core.record import replace
from core.scheduler.bounds import bounds
from core.scheduler.reconcile import ServicePlan, reconcile
from tests.core.builders import NOW, deployment, instance, service, task, unhealthy

if TYPE_CHECKING:
    from core.model.service import Deployment, Service

OLD = "ecs-svc/1"
PENDING, STOPPING = TaskStatus.PENDING, TaskStatus.STOPPING


def plan(
    wanted: Service,
    tasks: list[Task],
    *instances: ContainerInstance,
    primary: Deployment | None = None,
    older: Deployment | None = None,
) -> ServicePlan:
    deployments = [primary or deployment(created_at=2.0), older or deployment(OLD, created_at=1.0)]
    known = {i.id: i for i in instances or (instance("a"), instance("b"))}
    return reconcile(wanted, deployments, tasks, known, NOW)


def stopped(found: ServicePlan) -> list[str]:
    return [stop.task.id for stop in found.stops]


@pytest.mark.parametrize(
    ("desired", "minimum", "maximum", "floor", "cap"),
    [
        (4, 50, 200, 2, 8),
        (2, 75, 200, 2, 4),
        (3, 100, 125, 3, 3),
        (1, 100, 200, 1, 2),
        (4, 0, 100, 0, 4),
        (0, 100, 200, 0, 0),
    ],
)
def test_bounds_round_as_ecs_does(desired: int, minimum: int, maximum: int, floor: int, cap: int) -> None:
    assert bounds(desired, minimum, maximum) == (floor, cap)


def test_a_new_service_starts_all_it_lacks() -> None:
    assert len(plan(service(3), []).starts) == 3


def test_a_steady_service_is_left_alone() -> None:
    found = plan(service(2), [task("1"), task("2", on="b")])
    assert found == ServicePlan(steady=True)


def test_scaling_in_stops_what_is_least_useful_first() -> None:
    tasks = [task("1"), task("2", PENDING), task("3", healthy=False)]
    assert stopped(plan(service(1), tasks)) == ["2", "3"]


def test_an_unhealthy_task_is_replaced_before_it_is_stopped() -> None:
    sick = unhealthy(task("1"))
    assert (len(plan(service(1), [sick]).starts), stopped(plan(service(1), [sick]))) == (1, [])
    assert stopped(plan(service(1), [sick, task("2", PENDING)])) == []
    assert stopped(plan(service(1), [sick, task("2")])) == ["1"]


def test_an_unhealthy_task_goes_first_where_the_cap_leaves_no_room() -> None:
    found = plan(service(1, maximum=100), [unhealthy(task("1"))])
    assert (stopped(found), found.starts) == (["1"], ())
    assert found.stops[0].failed_checks


def test_a_sick_task_that_recovers_makes_its_unfinished_replacement_surplus() -> None:
    assert stopped(plan(service(1), [task("1"), task("2", PENDING)])) == ["2"]


def test_a_rolling_update_starts_first_and_stops_as_the_new_ones_become_healthy() -> None:
    old = [task(f"o{i}", deployed=OLD) for i in range(4)]
    assert len(plan(service(4), old).starts) == 4
    new = [task("n0"), task("n1", PENDING), task("n2", PENDING), task("n3", PENDING)]
    found = plan(service(4), old + new)
    assert (len(found.stops), found.starts) == (1, ())


def test_a_rolling_update_within_100_percent_stops_first_down_to_the_floor() -> None:
    old = [task(f"o{i}", deployed=OLD) for i in range(4)]
    found = plan(service(4, minimum=50, maximum=100), old)
    assert (len(found.stops), found.starts) == (2, ())
    leaving = [task("o0", STOPPING, deployed=OLD), task("o1", STOPPING, deployed=OLD), *old[2:]]
    assert plan(service(4, minimum=50, maximum=100), leaving) == replace(
        plan(service(4, minimum=50, maximum=100), leaving), starts=(), stops=()
    )


def test_100_to_100_percent_is_stuck_and_says_so() -> None:
    old = [task(f"o{i}", deployed=OLD) for i in range(2)]
    found = plan(service(2, maximum=100), old)
    assert (found.stuck, found.starts, found.stops) == (True, (), ())


def test_a_failing_revision_waits_and_stops_nothing_of_the_old_one_for_room() -> None:
    failing = replace(deployment(created_at=2.0), failed_tasks=3, retry_at=NOW + 8)
    old = [task(f"o{i}", deployed=OLD) for i in range(2)]
    found = plan(service(2, minimum=50, maximum=100), old, primary=failing)
    assert (found.starts, found.stops, found.wake_at) == ((), (), NOW + 8)


def test_what_fails_of_two_revisions_is_replaced_by_neither() -> None:
    failing = replace(deployment(created_at=2.0), failed_tasks=3, retry_at=NOW + 8)
    given_up = replace(deployment(OLD, created_at=1.0), rollout_state=RolloutState.FAILED)
    sick = [unhealthy(task("o1", deployed=OLD))]
    assert plan(service(2), sick, primary=failing, older=given_up).starts == ()
    serves = replace(given_up, rollout_state=RolloutState.COMPLETED)
    assert [s.deployment for s in plan(service(2), sick, primary=failing, older=serves).starts] == [OLD, OLD]


def test_what_fails_its_checks_is_told_apart_from_what_moves() -> None:
    tasks = [unhealthy(task("1")), task("o1", deployed=OLD), task("2", PENDING)]
    assert plan(service(2), tasks).why == "1 starting, 1 failing health checks, 1 to move"


def test_what_finds_no_place_is_not_called_starting() -> None:
    unplaced = task("1", TaskStatus.PROVISIONING, on="")
    waits = replace(unplaced, why="can't be placed: 2 instances lack port 8080")
    tasks = [waits, replace(unplaced, id="2"), task("3", PENDING)]
    assert plan(service(3), tasks).why == "1 can't be placed: 2 instances lack port 8080, 2 starting"


def test_a_long_failure_is_cut_where_it_can_be_seen() -> None:
    told = [
        plan(
            service(2),
            [],
            primary=replace(deployment(), failed_tasks=1, retry_at=NOW + 8, last_failure=failure),
        ).why
        for failure in ("x" * 160, "x" * 161)
    ]
    assert told == [
        f"backing off after a failure, the last: {'x' * 160}",
        f"backing off after a failure, the last: {'x' * 159}…",
    ]


def test_a_pause_after_forgiven_failures_does_not_count_them() -> None:
    forgiven = replace(deployment(), failed_tasks=0, retry_at=NOW + 8)
    assert plan(service(2), [], primary=forgiven).why == "backing off before the next start"


def test_while_the_new_revision_fails_the_old_one_holds_the_floor_with_its_own() -> None:
    failing = replace(deployment(created_at=2.0), failed_tasks=3, retry_at=NOW + 8)
    found = plan(service(2), [task("o1", deployed=OLD)], primary=failing)
    assert [start.deployment for start in found.starts] == [OLD]


def test_what_the_old_revision_starts_to_hold_the_floor_backs_off_as_well_when_it_fails() -> None:
    failing = replace(deployment(created_at=2.0), failed_tasks=3, retry_at=NOW + 8)
    too = replace(deployment(OLD, created_at=1.0), failed_tasks=2, retry_at=NOW + 4)
    found = plan(service(2), [task("o1", deployed=OLD)], primary=failing, older=too)
    assert (found.starts, found.wake_at) == ((), NOW + 4)


def test_what_a_draining_host_holds_moves_replacement_first() -> None:
    draining = instance("b", status=InstanceStatus.DRAINING)
    tasks = [task("1"), task("2", on="b")]
    assert len(plan(service(2), tasks, instance("a"), draining).starts) == 1
    assert stopped(plan(service(2), [*tasks, task("3")], instance("a"), draining)) == ["2"]
    assert stopped(plan(service(2), [task("1"), task("2", PENDING, on="b")], instance("a"), draining)) == [
        "2"
    ]


def test_a_disconnected_host_s_tasks_are_live_and_not_healthy_and_nothing_is_replaced() -> None:
    silent = instance("b", connectivity=Connectivity.DISCONNECTED)
    found = plan(service(2), [task("1"), task("2", on="b")], instance("a"), silent)
    assert (found.starts, found.stops, found.steady) == ((), (), False)


def test_a_lost_host_s_tasks_are_replaced_also_at_100_percent_and_given_up_when_the_stand_in_is_healthy() -> (
    None
):
    lost = instance("b", connectivity=Connectivity.LOST)
    wanted = service(2, maximum=100)
    held = [task("1"), task("2", on="b")]
    found = plan(wanted, held, instance("a"), lost)
    assert [start.supersedes for start in found.starts] == ["2"]
    superseded = [held[0], replace(held[1], superseded_by="3")]
    assert plan(wanted, [*superseded, task("3", PENDING)], instance("a"), lost).stops == ()
    stop = plan(wanted, [*superseded, task("3")], instance("a"), lost).stops[0]
    assert (stop.task.id, stop.code) == ("2", StopCode.INFRASTRUCTURE_HEALTH)


def test_a_host_that_is_back_before_the_stand_in_is_healthy_keeps_its_task() -> None:
    back = instance("b", connectivity=Connectivity.RETURNING)
    tasks = [task("1"), replace(task("2", on="b"), superseded_by="3"), task("3", PENDING)]
    assert stopped(plan(service(2), tasks, instance("a"), back)) == ["3"]


@pytest.mark.parametrize(
    ("answer", "confirmed", "starts"),
    [(Replace.NO, (), 0), (Replace.ASK, (), 0), (Replace.ASK, ("instance-b",), 1)],
)
def test_a_service_may_wait_for_its_lost_host(
    answer: Replace, confirmed: tuple[str, ...], starts: int
) -> None:
    lost = instance("b", connectivity=Connectivity.LOST)
    wanted = replace(service(1), replace=answer, replace_confirmed=confirmed)
    assert len(plan(wanted, [task("2", on="b")], instance("a"), lost).starts) == starts


HOSTS = {
    i.id: i
    for i in (
        instance("a"),
        instance("b", status=InstanceStatus.DRAINING),
        instance("c", connectivity=Connectivity.DISCONNECTED),
        instance("d", connectivity=Connectivity.LOST),
        instance("e", connectivity=Connectivity.RETURNING),
    )
}
TASKS = st.lists(
    st.builds(
        lambda status, on, healthy, sick, old: (
            unhealthy(task("x", status, on=on, deployed=OLD if old else "ecs-svc/2"))
            if sick
            else task("x", status, on=on, healthy=healthy, deployed=OLD if old else "ecs-svc/2")
        ),
        st.sampled_from([PENDING, TaskStatus.RUNNING, STOPPING]),
        st.sampled_from("abcde"),
        st.booleans(),
        st.booleans(),
        st.booleans(),
    ),
    max_size=12,
).map(lambda found: [replace(one, id=f"{i:02}") for i, one in enumerate(found)])


@given(
    tasks=TASKS,
    desired=st.integers(0, 6),
    minimum=st.sampled_from([0, 50, 75, 100]),
    maximum=st.sampled_from([100, 125, 150, 200]),
    failing=st.booleans(),
)
def test_no_plan_breaks_a_bound(
    tasks: list[Task], desired: int, minimum: int, maximum: int, *, failing: bool
) -> None:
    wanted = service(desired, minimum, maximum)
    primary = replace(
        deployment(created_at=2.0), failed_tasks=2 * failing, retry_at=NOW + 5 if failing else None
    )
    found = reconcile(wanted, [primary, deployment(OLD, created_at=1.0)], tasks, HOSTS, NOW)

    def is_healthy(one: Task) -> bool:
        return (
            one.last_status is TaskStatus.RUNNING
            and one.healthy_since is not None
            and one.instance[-1] in "abe"
        )

    floor, cap = -(-desired * minimum // 100), desired * maximum // 100
    gone = set(stopped(found))
    healthy_before = sum(is_healthy(t) for t in tasks)
    healthy_after = sum(is_healthy(t) for t in tasks if t.id not in gone)
    assert healthy_after >= min(floor, healthy_before)
    live = sum(t.instance != "instance-d" for t in tasks)
    assert not found.starts or live + len(found.starts) <= cap
    assert not any(s.task.last_status is STOPPING for s in found.stops), "nothing is told to stop twice"
    assert len(gone) == len(found.stops)


def test_a_service_scaled_back_while_it_backs_off_is_looked_at_when_that_ends() -> None:
    """Until then it is not steady, and nothing else may ever happen to it."""
    backing_off = replace(deployment(created_at=2.0), failed_tasks=3, retry_at=NOW + 20.0)
    found = plan(service(1), [task("1")], primary=backing_off)
    assert (found.steady, found.wake_at) == (False, NOW + 20.0)
