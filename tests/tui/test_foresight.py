"""What dialogs foresee, in the planner's own words and numbers: where tasks would go, what waits and why, which floors break."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from core.forecast import Abandoned
from core.model.auto_scaling import AutoScaling, ScalingMetric, ScalingPolicy
from core.model.capacity_provider import CapacityProvider, ProviderShare
from core.model.instance import Connectivity, InstanceStatus
from core.model.service import Replace
from core.model.task import StopCode
from core.record import replace
from tests.tui import shop
from tests.tui.test_plans import state
from tui.plans import hosts, moving, others, scaling, services
from tui.plans.foresight import Foresight, foresee
from tui.plans.rows import Rows
from tui.previews import Previews

if TYPE_CHECKING:
    from core.model.state import State
    from tui.plans.plan import Plan

#: In the shop a task of web waits that could be placed: it finds its place in every trial.
ALSO = "web: starts 1 task: 1 on edge-2"


def foreseen(plan: Plan, now: State, at: float = shop.NOW) -> tuple[str, ...]:
    return foresee(plan, Rows.of(now).state_of, at).lines


def test_scaling_says_where_tasks_would_go_and_what_waits() -> None:
    lines = foreseen(services.scale(state(), ["prod/web"], "60"), state())
    assert lines == (
        "web: starts 27 tasks: 13 on edge-1, 14 on edge-2",
        "web: 29 tasks wait for a place: 2 instances lack 256 CPU units, 1 is DISCONNECTED",
        "27 tasks start, 29 wait for a place.",
    )


def test_where_they_failed_to_start_lately_they_go_last() -> None:
    web = state().deployments_of("prod/web")[0].id
    failed = replace(
        shop.STOPPED,
        id="f" * 32,
        service="web",
        deployment=web,
        instance=shop.EDGE_2.id,
        stop_code=StopCode.TASK_FAILED_TO_START,
        stopped_at=shop.NOW - 10.0,
    )
    plan = services.scale(state(failed), ["prod/web"], "+3")
    assert foreseen(plan, state(failed)) == ("web: starts 4 tasks: 4 on edge-1",)
    assert foreseen(plan, state(failed), shop.NOW + 3600.0) == foreseen(plan, state())


def test_scaling_shares_new_tasks_out_among_capacity_providers() -> None:
    shares = (ProviderShare("one", weight=1), ProviderShare("two", weight=3))
    of_one = replace(shop.API, capacity_provider_strategy=shares)
    groups = (CapacityProvider("one", ("edge-1",)), CapacityProvider("two", ("edge-2",)))
    now = state(of_one, replace(state().clusters["prod"], capacity_providers=groups))
    lines = foreseen(services.scale(now, ["prod/api"], "+8"), now)
    assert lines[0] == "api: starts 8 tasks: 2 on edge-1, 6 on edge-2"


def test_services_scaled_together_share_what_is_free() -> None:
    lines = foreseen(services.scale(state(), ["prod/api", "prod/web"], "+20"), state())
    assert lines[-1] == "27 tasks start, 14 wait for a place."


def test_what_is_done_in_several_clusters_is_foreseen_in_each() -> None:
    lines = foreseen(services.restart(state(), ["prod/api", "staging/try"]), state())
    assert lines[0] == "prod: api: replaces 2 tasks on edge-1, edge-2: 1 on edge-1, 1 on edge-2"
    assert lines[-1] == "staging: try: replaces 1 task on edge-4: 1 on edge-4"


def test_what_is_done_to_several_services_is_foreseen_of_each() -> None:
    lines = foreseen(services.restart(state(), ["prod/api", "prod/web"]), state())
    assert lines[0] == "api: replaces 2 tasks on edge-1, edge-2: 1 on edge-1, 1 on edge-2"
    assert lines[1].startswith("web: replaces ")


def test_draining_shows_what_moves_where_and_what_stays_and_why() -> None:
    alone = replace(shop.TASKS[0], id="f" * 32, service="", deployment="", group="family:web")
    plan = hosts.drain(state(alone), [shop.EDGE_1.id], "", shop.NOW)
    assert plan.lines == ("edge-1: takes no new tasks; 4 tasks to leave",)
    assert foreseen(plan, state(alone)) == (
        "web: 1 task stays on edge-1: belongs to no service: it stays until it ends or is stopped",
        "api: moves 1 task from edge-1: 1 to edge-2",
        "web: moves 1 task from edge-1: 1 to edge-2",
        "web: starts 2 tasks: 2 on edge-2",
        "web: 1 task stays on edge-1: web: 1 unknown, on silent hosts, 1 to move",
        "2 tasks move, 2 start, 2 stay.",
    )


def test_hosts_that_are_drained_together_dont_take_each_others_tasks() -> None:
    plan = hosts.drain(state(), [shop.EDGE_1.id, shop.EDGE_2.id], "", shop.NOW)
    assert all(" to edge-" not in line for line in foreseen(plan, state()))


def test_a_drain_with_a_deadline_says_when_it_ends() -> None:
    plan = hosts.drain(state(), [shop.EDGE_1.id], "30m", shop.NOW)
    assert plan.lines[-1] == "what is left after 30m is stopped, standalone tasks too"
    assert plan.requests[0].given["drainDeadlineSeconds"] == 1800.0
    wrong = hosts.drain(state(), [shop.EDGE_1.id], "soon", shop.NOW)
    assert not wrong.requests
    assert wrong.lines == ('"soon" is not a duration; write it like "5s", "2m" or "1h30m"',)


def test_a_draining_host_is_activated_or_gets_another_deadline() -> None:
    draining = state(replace(shop.EDGE_1, status=InstanceStatus.DRAINING))
    plan = hosts.drain(draining, [shop.EDGE_1.id], "", shop.NOW)
    assert (plan.go, plan.requests[0].given["status"]) == ("Activate", "ACTIVE")
    assert plan.lines[0].startswith("edge-1: 3 tasks left (")
    again = hosts.drain(draining, [shop.EDGE_1.id], "1h", shop.NOW)
    assert (again.go, again.requests[0].given["drainDeadlineSeconds"]) == ("Drain", 3600.0)


def test_a_silent_host_is_declared_lost_and_one_that_answers_is_not() -> None:
    plan = hosts.declare_lost(state(), [shop.EDGE_3.id, shop.EDGE_1.id])
    assert plan.lines[0] == "edge-1 answers: drain it instead"
    assert [request.given["containerInstance"] for request in plan.requests] == [shop.EDGE_3.id]
    assert "web: moves 1 task from edge-3: 1 to edge-1" in foreseen(plan, state())


def test_giving_a_host_up_says_which_floors_break() -> None:
    lines = foreseen(hosts.remove(state(), [shop.EDGE_1.id], None), state())
    assert lines[:2] == (
        "api: moves 1 task from edge-1: 1 to edge-2",
        "web: moves 2 tasks from edge-1: 2 to edge-2",
    )
    assert "api goes below its minimum for a while: 1 of 2 healthy tasks, and 2 should stay" in lines


def test_only_a_host_in_quarantine_is_accepted() -> None:
    strange = replace(shop.EDGE_3, connectivity=Connectivity.QUARANTINED, problem="another Docker answers")
    plan = hosts.accept(state(strange), [shop.EDGE_3.id, shop.EDGE_1.id])
    assert plan.lines[0] == "edge-1 is not in quarantine: there is nothing to accept"
    assert plan.lines[1].startswith(
        "edge-3: another Docker answers. What answers there becomes edge-3; 1 task"
    )
    assert [request.given["containerInstance"] for request in plan.requests] == [shop.EDGE_3.id]


def test_what_the_engine_would_refuse_is_said_before_it_is_asked() -> None:
    found = foresee(moving.rebalance(state(), ["prod/web"], ""), Rows.of(state()).state_of, shop.NOW)
    assert found.is_refused
    assert found.lines[0].startswith("The engine would refuse it: Service web has a deployment that is not")
    some = foresee(
        moving.rebalance(state(), ["prod/api", "prod/web"], ""), Rows.of(state()).state_of, shop.NOW
    )
    assert not some.is_refused, "one of two is refused, the other isn't"


def test_evening_out_moves_what_is_uneven() -> None:
    now = state(
        *(replace(each, instance=shop.EDGE_1.id) for each in shop.TASKS[5:7]),
        replace(shop.WEB, desired_count=4, steady=True),
    )
    now.delete(now.tasks[shop.WAITING.id])
    plan = moving.rebalance(now, ["prod/api"], "1")
    assert plan.requests[0].given == {"cluster": "prod", "service": "api", "atOnce": 1}
    assert foreseen(plan, now) == ("api: moves 1 task from edge-1: 1 to edge-2",)
    assert moving.rebalance(now, ["prod/api"], "stop").requests[0].given["stop"] is True
    assert not moving.rebalance(now, ["prod/api"], "51").requests


def test_a_deployment_is_stopped_by_going_back_or_where_it_is() -> None:
    plan = moving.stop_deployments(state(), ["prod/web", "prod/api"])
    assert plan.lines == (
        "web: web:12 has 5 of 5 tasks; it goes back to web:11",
        "api: no deployment is in progress",
    )
    assert plan.go == "Go back"
    assert [request.given["stopType"] for request in plan.requests] == ["ROLLBACK"]
    assert [request.given["stopType"] for request in plan.otherwise["Stop where it is"]] == ["ABORT"]


def test_without_anything_to_go_back_to_a_deployment_is_stopped_where_it_is() -> None:
    now = state()
    now.delete(now.deployments["ecs-svc/0000000000000000011"])
    plan = moving.stop_deployments(now, ["prod/web"])
    assert (plan.go, plan.otherwise) == ("Stop where it is", {})


def test_a_service_that_asks_is_answered() -> None:
    lost = replace(shop.EDGE_3, connectivity=Connectivity.LOST)
    asks = replace(shop.WEB, replace=Replace.ASK, replace_asked=(lost.id,))
    now = state(lost, asks)
    plan = moving.confirm_replacements(now, ["prod/web", "prod/api"])
    assert plan.lines[0] == "web: 1 task on edge-3, which is lost"
    assert plan.requests[0].given["replace"] is True
    assert (
        plan.otherwise["Wait for the host"][0].twin == "dockyard service replace web edge-3 no --cluster prod"
    )
    assert "web: moves 1 task from edge-3: 1 to edge-1" in foreseen(plan, now)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Type pairs, as in: min 2 max 10 cpu 60"),
        ("min 2", "max: missing; the desired count is kept between two bounds"),
        ("min 2 max 4", "cpu or memory: missing; it follows one of them, or both (off ends it)"),
        ("min two max 4", "min: 'two' is not a number of tasks"),
        ("mni 2", "'mni' is none of min, max, cpu, memory, "),
        ("min 2 max 4 cpu 0", "cpu: '0' is neither a percentage above 0 nor off"),
        ("suspend yes", "suspend: 'yes' is none of in, out, all, none"),
    ],
)
def test_what_is_wrong_with_auto_scaling_is_said(typed: str, said: str) -> None:
    plan = scaling.autoscale(state(), ["prod/api"], typed)
    assert not plan.requests
    assert plan.lines[-1].startswith(said)


def test_auto_scaling_keeps_what_isnt_named() -> None:
    has = AutoScaling(2, 9, (ScalingPolicy(ScalingMetric.CPU, 60.0),))
    now = state(replace(shop.API, auto_scaling=has))
    assert scaling.first_typed(now.services["prod/api"]) == "min 2 max 9 cpu 60"
    (request,) = scaling.autoscale(now, ["prod/api"], "suspend in").requests
    assert request.given["autoScaling"]["maxCapacity"] == 9
    assert request.given["autoScaling"]["suspendedState"]["dynamicScalingInSuspended"]
    assert scaling.autoscale(now, ["prod/api"], "off").requests[0].given["autoScaling"] == {}


def test_trials_are_given_up_when_nobody_waits_for_them() -> None:
    with pytest.raises(Abandoned):
        foresee(services.restart(state(), ["prod/api"]), Rows.of(state()).state_of, shop.NOW, lambda: False)


def test_of_what_is_asked_quickly_the_last_is_answered() -> None:
    previews, told, done = Previews(), list[str](), threading.Event()

    def tell(foresight: Foresight) -> None:
        told.append(foresight.lines[0])
        done.set()

    rows = Rows.of(state())
    for count in range(3, 30):
        previews.ask(services.scale(state(), ["prod/api"], str(count)), rows, shop.NOW, tell)
    assert done.wait(20.0)
    assert told[-1].startswith(("api: starts 27 tasks", "api: starts")), told
    previews.ask(others.stop_tasks(state(), [shop.TASKS[5].id]), rows, shop.NOW, tell)
    previews.drop()
    done.clear()
    previews.ask(services.scale(state(), ["prod/api"], "4"), rows, shop.NOW, tell)
    assert done.wait(20.0)
    assert told[-1] == "api: starts 2 tasks: 1 on edge-1, 1 on edge-2"
