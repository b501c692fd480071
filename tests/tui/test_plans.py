"""What a dialog promises: the numbers, where tasks would go, and the commands that follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.commands import Action
from core.fold.reading import input_of
from core.model.auto_scaling import AutoScaling, ScalingMetric, ScalingPolicy
from core.model.service import SchedulingStrategy
from core.model.task_definition import TaskDefinitionStatus
from core.record import replace
from tests.tui import shop
from tui.plans import hosts, others, schedules, services
from tui.world import News

if TYPE_CHECKING:
    from core.model.state import Row, State
    from tui.plans.plan import Plan


def state(*rows: Row) -> State:
    world = shop.world()
    world.absorb(News(tuple(rows), read_at=shop.NOW))
    return world.state


@pytest.mark.parametrize(
    ("typed", "first", "count"),
    [
        ("4", "api: 2 → 4, starts 2 tasks", 4),
        ("+1", "api: 2 → 3, starts 1 task", 3),
        ("-1", "api: 2 → 1, stops 1 task", 1),
        ("-9", "api: 2 → 0, stops 2 tasks", 0),
        ("2", "api: 2 as it is", None),
        ("", "Type a number of tasks, or +N and -N for more and fewer", None),
        ("two", "Type a number of tasks, or +N and -N for more and fewer", None),
        ("--5", "Type a number of tasks, or +N and -N for more and fewer", None),
        ("9" * 5000, "Type a number of tasks, or +N and -N for more and fewer", None),
        ("100000000", "api: 100000000 is too many, a service keeps 5000 tasks at the most", None),
        ("1e3", "Type a number of tasks, or +N and -N for more and fewer", None),
    ],
)
def test_scaling(typed: str, first: str, count: int | None) -> None:
    plan = services.scale(state(), ["prod/api"], typed)
    assert plan.lines[0] == first
    assert [request.given["desiredCount"] for request in plan.requests] == ([] if count is None else [count])


def test_scaling_says_that_auto_scaling_goes_on_from_there() -> None:
    api = state().services["prod/api"]
    scaling = AutoScaling(2, 9, (ScalingPolicy(ScalingMetric.CPU, 60.0),))
    plan = services.scale(state(replace(api, auto_scaling=scaling)), ["prod/api"], "+1")
    assert plan.lines[1] == ("  auto scaling is on and goes on from there: 2 to 9 tasks, average CPU at 60 %")


def test_a_daemon_isnt_scaled() -> None:
    daemon = replace(shop.API, scheduling_strategy=SchedulingStrategy.DAEMON)
    plan = services.scale(state(daemon), ["prod/api"], "9")
    assert plan.lines == ("api is a DAEMON: it runs one task on each host",)
    assert not plan.requests


def test_restarting_says_the_bounds() -> None:
    plan = services.restart(state(), ["prod/api", "prod/web"])
    assert plan.title == "Restart api, web"
    assert (
        plan.lines[0] == "api: replaces 2 tasks, at most 2 at once; at least 2 stay healthy, at most 4 live"
    )


def test_rolling_back_goes_to_what_was_complete_before() -> None:
    plan = services.roll_back(state(), ["prod/web", "prod/api"])
    assert plan.lines[0].startswith("web: web:12 → web:11, replaces 5 tasks")
    assert plan.lines[1] == "api: no other task definition than api:3 was ever deployed completely"
    assert [request.twin for request in plan.requests] == [
        "dockyard service rollback web --to web:11 --cluster prod"
    ]


def test_rolling_back_keeps_what_still_runs_of_what_it_goes_back_to() -> None:
    now = state()
    for task in [task for task in now.tasks_of_service("prod/web") if task.wanted][:2]:
        now.put(replace(task, deployment="ecs-svc/0000000000000000011"))
    (line,) = services.roll_back(now, ["prod/web"]).lines
    assert line.startswith("web: web:12 → web:11, keeps 2 tasks of it, replaces 3 tasks, ")


def test_stopping_says_what_is_replaced_and_what_waits_for_its_host() -> None:
    alone = replace(shop.TASKS[0], id="f" * 32, service="", group="family:web")
    plan = others.stop_tasks(state(alone), [shop.TASKS[0].id, shop.TASKS[3].id, alone.id, shop.STOPPED.id])
    assert plan.lines == (
        "web: 2 tasks stopped, and replaced by the service",
        "1 task of no service: stopped, and not replaced",
        "1 task on hosts that don't answer: stopped when they are back",
    )
    assert len(plan.requests) == 3
    assert plan.destroys


def test_a_cluster_that_isnt_empty_stays() -> None:
    plan = others.delete_clusters(state(), ["prod"], None)
    assert plan.lines == ("prod still has 2 services and 3 hosts: delete and remove these first",)
    assert not plan.requests


@pytest.mark.parametrize(
    "plan",
    [
        services.scale(state(), ["prod/api"], "3"),
        services.restart(state(), ["prod/api"]),
        services.roll_back(state(), ["prod/web"]),
        services.delete(state(), ["prod/web"]),
        others.stop_tasks(state(), [shop.TASKS[0].id]),
        hosts.drain(state(), [shop.EDGE_1.id], "", shop.NOW),
        hosts.remove(state(), [shop.EDGE_3.id], None),
        others.end_revisions(state(), ["web:11"]),
    ],
    ids=lambda plan: plan.title,
)
def test_every_plan_is_a_command_the_engine_understands(plan: Plan) -> None:
    for request in plan.requests:
        input_of(Action(request.action), request.given)
        assert request.twin.startswith("dockyard ")
    assert plan.lines


@pytest.mark.parametrize(
    "plan",
    [
        services.scale(state(), ["prod/none"], "3"),
        services.restart(state(), ["prod/none"]),
        services.delete(state(), ["prod/none"]),
        others.stop_tasks(state(), ["0" * 32]),
        hosts.drain(state(), ["0" * 32], "", shop.NOW),
        hosts.remove(state(), ["0" * 32], None),
        others.end_revisions(state(), ["none:1"]),
        others.delete_clusters(state(), [], None),
    ],
    ids=lambda plan: plan.title,
)
def test_what_is_gone_leaves_nothing_to_do(plan: Plan) -> None:
    assert not plan.requests


# -- schedules -----------------------------------------------------------------------------------------------------------


def test_schedules_are_run_now_beside_what_runs() -> None:
    running = replace(shop.TASKS[0], id="9" * 32, service="", schedule="backup")
    plan = schedules.run_now(state(running), ["prod/backup", "staging/report"])
    assert plan.lines == (
        "backup: runs api now, beside 1 task of earlier runs",
        "report: runs web:12 now",
    )
    assert [request.given for request in plan.requests] == [
        {"cluster": "prod", "name": "backup"},
        {"cluster": "staging", "name": "report"},
    ]
    assert plan.requests[0].twin == "dockyard schedule run backup --cluster prod"


def test_schedules_rest_and_those_that_all_rest_run_again() -> None:
    both = schedules.turn(state(), ["prod/backup", "staging/report"], shop.NOW)
    assert both.title == "Disable backup"
    assert [request.given["state"] for request in both.requests] == ["DISABLED"]
    again = schedules.turn(state(), ["staging/report"], shop.NOW)
    assert again.lines == ("report: runs again, first Mon 2026-11-23 12:09 UTC",)
    assert again.requests[0].given == {"cluster": "staging", "name": "report", "state": "ENABLED"}


def test_deleting_schedules_says_what_goes_on() -> None:
    running = replace(shop.TASKS[0], id="9" * 32, service="", schedule="backup")
    plan = schedules.delete(state(running), ["prod/backup", "prod/gone"])
    assert plan.lines == ("backup goes; 1 task of it goes on",)
    assert plan.destroys
    assert not schedules.delete(state(), ["prod/gone"]).requests


def test_a_revision_that_is_inactive_already_is_deleted_and_who_keeps_it_is_told() -> None:
    there = state()
    there.put(replace(there.definitions["web:12"], status=TaskDefinitionStatus.INACTIVE))
    plan = others.end_revisions(there, ["web:12", "web:11"])
    assert plan.title == "Deregister web:11 and delete web:12 for good"
    assert plan.lines[1].startswith("web:12: its number never comes again; service prod/web")
    assert [(r.given, r.twin) for r in plan.requests] == [
        ({"taskDefinition": "web:11"}, "dockyard taskdef deregister web:11 --yes"),
        ({"taskDefinitions": ["web:12"]}, "dockyard taskdef delete web:12 --yes"),
    ]
