"""Stories about services that are evened out: previewed, bounded, crash-safe, and with an end."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from core.actions import Action, StartContainer
from core.client.explanation import explanation
from core.commands import Verdict
from core.model.task import TaskStatus
from core.reports import Outcome, Result
from tests.core.stage import WEB, Stage, StageHost
from tests.core.test_forecast import foretold, read, shares, told


def joins(stage: Stage, *names: str, **host: Any) -> None:
    """More hosts come up."""
    known = [i.name for i in stage.state.instances.values()]
    stage.hosts |= {name: StageHost(**host) for name in names}
    stage.declare(*known, *names)
    stage.pass_s(5.0)


def held(stage: Stage, service: str = "web") -> dict[str, int]:
    """How many wanted tasks of a service each host has."""
    names = {i.id: i.name for i in stage.state.instances.values()}
    found = Counter(names[t.instance] for t in stage.wanted() if t.service == service and t.instance)
    return {name: found[name] for name in sorted(names.values())}


def zone(stage: Stage, **zones: str) -> None:
    for name, value in zones.items():
        attribute = {"name": "ecs.availability-zone", "value": value, "targetId": name}
        stage.submit("PutAttributes", {"attributes": [attribute]})


def refused(stage: Stage, action: str, given: dict[str, Any]) -> str:
    command = stage.command(action, given)
    stage.rest(command)
    answer = stage.answers[command.id]
    assert answer.verdict is Verdict.REFUSED
    return answer.message


def test_nothing_moves_by_itself() -> None:
    stage = Stage("a")
    stage.serve(6)
    joins(stage, "b", "c")
    stage.pass_s(600.0, step_s=5.0)
    assert held(stage) == {"a": 6, "b": 0, "c": 0}


@pytest.mark.parametrize(
    ("minimum", "maximum", "at_once"),
    [(100, 200, 1), (100, 200, 3), (50, 200, 2), (50, 100, 2), (0, 100, 6), (100, 125, 4)],
)
def test_a_service_is_evened_out_as_foretold_and_within_its_bounds(
    minimum: int, maximum: int, at_once: int
) -> None:
    stage = Stage("a")
    stage.serve(6, deploymentConfiguration={"minimumHealthyPercent": minimum, "maximumPercent": maximum})
    joins(stage, "b", "c")
    given = {"service": "web", "atOnce": at_once}
    trial = foretold(stage, "RebalanceService", given)
    found = read(stage, trial)
    assert told(found) == {("service:web", "moves", "a", "b"): 2, ("service:web", "moves", "a", "c"): 2}
    assert not found.served[0].broken
    stage.submit("RebalanceService", given)
    floor, cap = 6 * minimum // 100, 6 * maximum // 100
    for _ in range(600):
        stage.pass_s(0.25, step_s=0.25)
        mine = [t for t in stage.tasks() if t.service == "web"]
        assert len(mine) <= cap
        assert sum(t.wanted and t.healthy_since is not None for t in mine) >= floor
        assert len(stage.service().moving) <= at_once
        if stage.service().steady:
            break
    assert held(stage) == {"a": 2, "b": 2, "c": 2}
    assert shares(trial.after) == shares(stage.state)
    assert (stage.service().rebalance_at_once, stage.service().moving) == (0, ())
    assert stage.said[-2:] == [
        "(service web) is balanced with 2 to 2 tasks on a host.",
        "(service web) has reached a steady state.",
    ]
    moved = [t for t in stage.tasks(stopped=True) if t.service == "web"]
    assert len(moved) == 4


def test_zones_come_before_hosts() -> None:
    stage = Stage("a", "b")
    zone(stage, a="x", b="x")
    stage.serve(6)
    joins(stage, "c")
    zone(stage, c="y")
    stage.submit("RebalanceService", {"service": "web"})
    stage.pass_s(120.0)
    assert held(stage) == {"a": 2, "b": 1, "c": 3} or held(stage) == {"a": 1, "b": 2, "c": 3}
    assert "(service web) is balanced with 3 tasks in x, 3 tasks in y, 1 to 3 tasks on a host." in stage.said


def test_an_even_service_is_left_alone() -> None:
    stage = Stage("a", "b")
    stage.serve(5)
    before = {t.id for t in stage.wanted()}
    stage.submit("RebalanceService", {"service": "web"})
    stage.pass_s(20.0)
    assert {t.id for t in stage.wanted()} == before
    assert stage.service().steady
    assert "(service web) is balanced with 2 to 3 tasks on a host." in stage.said


@pytest.mark.parametrize("turns", range(1, 12))
def test_an_engine_killed_anywhere_is_continued_by_the_next(turns: int) -> None:
    stage = Stage("a")
    stage.serve(4)
    joins(stage, "b")
    actions = stage.turn(stage.command("RebalanceService", {"service": "web", "atOnce": 2}))
    for _ in range(turns):
        stage.now += 0.6
        actions = stage.turn(
            *(stage.perform(*action) for action in actions), stage.report("a"), stage.report("b")
        )
    stage.restart()
    stage.pass_s(60.0)
    assert held(stage) == {"a": 2, "b": 2}
    assert stage.service().steady
    assert len([t for t in stage.tasks(stopped=True) if t.service == "web"]) == 2


def test_a_task_that_fails_in_its_new_place_ends_it_and_nothing_is_lost() -> None:
    stage = Stage("a")
    stage.serve(4)
    before = {t.id for t in stage.wanted()}
    joins(stage, "b")

    def refuse(action: Action) -> Outcome | None:
        if not isinstance(action, StartContainer):
            return None
        return Outcome(stage.instance("b").id, action, Result.FAILED, stage.now, error="out of order")

    stage.hosts["b"].refuse = refuse
    stage.submit("RebalanceService", {"service": "web"})
    stage.pass_s(60.0)
    assert {t.id for t in stage.wanted()} == before
    assert stage.service().steady
    assert "(service web) is not evened out any further: a task failed meanwhile." in stage.said


def test_a_place_that_was_taken_meanwhile_ends_it() -> None:
    stage = Stage("a")
    stage.serve(2)
    before = {t.id for t in stage.wanted()}
    joins(stage, "b", memory_mib=64)
    first = {"type": "memberOf", "expression": f"ec2InstanceId == {stage.instance('b').id}"}
    run = {"taskDefinition": "web", "placementConstraints": [first]}
    # In one turn: the move to b is planned, and then its room is given to another.
    stage.rest(stage.command("RebalanceService", {"service": "web"}), stage.command("RunTask", run))
    stage.pass_s(30.0)
    assert {t.id for t in stage.wanted() if t.service} == before
    assert [t.instance for t in stage.wanted() if not t.service] == [stage.instance("b").id]
    why = "a task in its new place can't be placed: 1 instance lacks 64 MiB"
    assert f"(service web) is not evened out any further: {why}." in stage.said
    assert stage.service().steady


def test_a_deployment_takes_its_place_and_it_is_stopped_by_hand() -> None:
    stage = Stage("a")
    stage.serve(8)
    joins(stage, "b")
    stage.submit("RebalanceService", {"service": "web", "atOnce": 1})
    stage.pass_s(1.0)
    assert stage.service().moving
    stage.submit("RebalanceService", {"service": "web", "stop": True})
    stage.pass_s(30.0)
    assert stage.service().steady
    assert sum(held(stage).values()) == 8
    assert held(stage)["b"] <= 1
    assert "(service web) is not evened out any further: me stopped it." in stage.said
    stage.submit("RebalanceService", {"service": "web", "atOnce": 1})
    stage.submit("RegisterTaskDefinition", WEB)
    stage.submit("UpdateService", {"service": "web", "taskDefinition": "web"})
    assert (stage.service().moving, stage.service().rebalance_at_once) == ((), 0)
    assert "has a deployment that is not completed" in refused(stage, "RebalanceService", {"service": "web"})
    stage.pass_s(60.0)
    assert {t.definition for t in stage.wanted()} == {"web:2"}
    assert stage.service().steady


def test_a_service_that_asks_for_it_is_evened_out_whenever_a_host_joins() -> None:
    stage = Stage("a")
    stage.serve(6, availabilityZoneRebalancing="ENABLED")
    stage.serve(6, "api")
    joins(stage, "b")
    stage.pass_s(120.0)
    assert held(stage) == {"a": 3, "b": 3}
    assert held(stage, "api") == {"a": 6, "b": 0}
    assert "(service web) is not balanced with 0 to 6 tasks on a host. Rebalancing in progress." in stage.said
    joins(stage, "c")
    stage.pass_s(120.0)
    assert held(stage) == {"a": 2, "b": 2, "c": 2}
    moved = len(stage.tasks(stopped=True))
    stage.pass_s(600.0, step_s=5.0)
    assert len(stage.tasks(stopped=True)) == moved
    assert all(t.last_status is TaskStatus.RUNNING for t in stage.tasks())


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"placementStrategy": [{"type": "binpack", "field": "memory"}]}, "which spreads over nothing"),
        (
            {"deploymentConfiguration": {"minimumHealthyPercent": 100, "maximumPercent": 100}},
            "its bounds let no task be moved",
        ),
    ],
)
def test_what_can_t_be_evened_out_is_refused(more: dict[str, Any], why: str) -> None:
    stage = Stage("a")
    stage.serve(2, **more)
    assert why in refused(stage, "RebalanceService", {"service": "web"})
    assert "atOnce" in refused(stage, "RebalanceService", {"service": "web", "atOnce": 51})
    asked = {"service": "web", "availabilityZoneRebalancing": "ENABLED"}
    assert why in refused(stage, "UpdateService", asked)
    new = {
        "serviceName": "x",
        "taskDefinition": "web",
        "desiredCount": 1,
        "availabilityZoneRebalancing": "ENABLED",
    }
    assert why in refused(stage, "CreateService", new | more)


def test_nothing_waits_for_the_place_it_was_to_move_to() -> None:
    """What had to stop first has gone when the room is taken: the one in its place goes wherever there is room."""
    stage = Stage("a")
    stage.serve(2, deploymentConfiguration={"minimumHealthyPercent": 0, "maximumPercent": 100})
    joins(stage, "b", memory_mib=64)
    only_b = {"type": "memberOf", "expression": f"ec2InstanceId == {stage.instance('b').id}"}
    stage.turn(stage.command("RebalanceService", {"service": "web", "atOnce": 1}))
    stop = stage.turn(stage.command("RunTask", {"taskDefinition": "web", "placementConstraints": [only_b]}))
    stage.rest(*(stage.perform(*action) for action in stop))
    stage.pass_s(30.0)
    assert held(stage) == {"a": 2, "b": 0}
    assert stage.service().steady
    assert any(
        "is not evened out any further: a task in its new place can't be placed" in s for s in stage.said
    )
    (ended,) = [t for t in stage.tasks(stopped=True) if not t.instance]
    assert ended.stopped_reason == "It can't be placed: 1 instance lacks 64 MiB"


def test_what_moved_says_so_and_the_other_hosts_are_asked_all_the_same() -> None:
    stage = Stage("a")
    stage.serve(2)
    joins(stage, "b")
    stage.submit("RebalanceService", {"service": "web"})
    stage.pass_s(20.0)
    (moved,) = stage.wanted("b")
    reasons = list(explanation(stage.state, moved, stage.now))
    assert reasons[1] == "It is on b (it moved here to even its service out); as the hosts are now:"
    assert reasons[2].startswith("  a: could take it, ")


def test_one_that_is_always_evened_out_rests_after_a_failure_and_begins_again() -> None:
    stage = Stage("a")
    stage.serve(4, availabilityZoneRebalancing="ENABLED")
    stage.hosts["b"] = StageHost(
        refuse=lambda action: (
            Outcome(stage.instance("b").id, action, Result.FAILED, stage.now, error="out of order")
            if isinstance(action, StartContainer)
            else None
        )
    )
    stage.declare("a", "b")
    stage.pass_s(60.0)
    assert held(stage) == {"a": 4, "b": 0}
    given_up = [
        s for s in stage.said if s.endswith("is not evened out any further: a task failed meanwhile.")
    ]
    assert len(given_up) == 1
    assert stage.service().steady
    stage.hosts["b"].refuse = lambda _: None
    stage.restart()
    stage.submit("UpdateService", {"service": "web", "desiredCount": 5})
    stage.pass_s(400.0, step_s=2.0)
    assert held(stage) == {"a": 3, "b": 2} or held(stage) == {"a": 2, "b": 3}


def test_one_that_is_always_evened_out_may_be_scaled_to_where_its_bounds_hold_it() -> None:
    stage = Stage("a")
    bounds = {"minimumHealthyPercent": 100, "maximumPercent": 150}
    stage.serve(3, availabilityZoneRebalancing="ENABLED", deploymentConfiguration=bounds)
    stage.submit("UpdateService", {"service": "web", "desiredCount": 1})
    stage.pass_s(20.0)
    joins(stage, "b")
    stage.pass_s(60.0)
    assert stage.service().steady
    assert not [s for s in stage.said if "evened out" in s or "not balanced" in s]
    assert "its bounds let no task be moved" in refused(stage, "RebalanceService", {"service": "web"})
