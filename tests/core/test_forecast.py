"""What a trial foretells is what the engine then does: both are the same planner, and here one is held against the other."""

from __future__ import annotations

import json
from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from core.client.what_if import Consequences, Fate, consequences
from core.commands import Command
from core.fold.commands import fold_command
from core.fold.context import TurnContext
from core.forecast import Trial, try_change
from core.model.instance import Connectivity
from core.model.settings import Settings
from core.model.task import DesiredStatus, StopCode, TaskStatus
from core.record import replace
from tests.core.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Collection

    from core.model.state import State


def foretold(stage: Stage, action: str, given: dict[str, Any]) -> Trial:
    """A trial of one command; the stage's own rows stay as they are."""
    turn = TurnContext(stage.now, Random(5), Settings(), by_engine=False)

    def change(state: State) -> None:
        fold_command(state, Command("t", action, json.dumps(given)), turn)

    before = {**stage.state.tasks, **stage.state.instances, **stage.state.services}
    trial = try_change(stage.state, "default", change, stage.now)
    assert {**stage.state.tasks, **stage.state.instances, **stage.state.services} == before
    assert not stage.state.changes()
    assert trial.settled
    return trial


def spread(state: State) -> Counter[tuple[str, str]]:
    """How many wanted tasks of each group are on each host; those without a place are on none."""
    names = {key: instance.name for key, instance in state.instances.items()}
    return Counter((t.group, names.get(t.instance, "")) for t in state.tasks.values() if t.wanted)


def shares(state: State) -> list[tuple[str, bool, int]]:
    """How the groups share the host that drains and the others, of which any may be the fuller where they were equally good."""
    return sorted((group, host == "a", count) for (group, host), count in spread(state).items())


def read(stage: Stage, trial: Trial, leaving: Collection[str] = ()) -> Consequences:
    return consequences(trial, stage.now, leaving)


def told(found: Consequences) -> Counter[tuple[str, str, str, str]]:
    return Counter((e.group, e.fate.value, e.source, e.target) for e in found.effects)


DRAIN = {"containerInstances": ["a"], "status": "DRAINING"}


@pytest.mark.parametrize(
    ("minimum", "maximum"), [(100, 200), (50, 200), (50, 100), (0, 100), (100, 150), (75, 125), (100, 100)]
)
def test_a_drain_moves_what_was_foretold_to_where_it_was_foretold(minimum: int, maximum: int) -> None:
    stage = Stage("a", "b", "c")
    bounds = {"minimumHealthyPercent": minimum, "maximumPercent": maximum}
    stage.serve(6, deploymentConfiguration=bounds)
    stage.serve(3, "api")
    trial = foretold(stage, "UpdateContainerInstancesState", DRAIN)
    stage.submit("UpdateContainerInstancesState", DRAIN)
    stage.pass_s(60.0)
    assert shares(trial.after) == shares(stage.state)
    found = read(stage, trial, {stage.instance("a").id})
    if (minimum, maximum) == (100, 100):
        stays = [e for e in found.effects if e.fate is Fate.STAYS]
        assert {e.why for e in stays} == {
            "web must keep 100 % and may have 100 % of 6: neither a stop nor a start is allowed"
        }
        assert len(stays) == 2
    else:
        assert {e.fate for e in found.effects} == {Fate.MOVES}
        assert {(e.source, e.target) for e in found.effects} <= {("a", "b"), ("a", "c")}
    assert not any(served.broken for served in found.served)


def test_what_has_no_room_waits_and_says_why() -> None:
    stage = Stage("a", "b", memory_mib=256)
    stage.serve(6)
    assert len(stage.wanted("a")) == 3
    trial = foretold(stage, "UpdateContainerInstancesState", DRAIN)
    found = read(stage, trial, {stage.instance("a").id})
    assert told(found) == {("service:web", "moves", "a", "b"): 1, ("service:web", "stays", "a", ""): 2}
    assert {e.why for e in found.effects if e.fate is Fate.STAYS} == {
        "its replacement can't be placed: 1 instance is DRAINING, 1 lacks 64 MiB"
    }
    stage.submit("UpdateContainerInstancesState", DRAIN)
    stage.pass_s(30.0)
    assert spread(trial.after) == spread(stage.state)


def test_a_host_on_which_tasks_failed_to_start_lately_comes_last_in_a_trial_too() -> None:
    stage = Stage("a", "b")
    stage.serve(2)
    primary = stage.state.primary_of("default/web")
    assert primary is not None
    failed = replace(
        stage.wanted("b")[0],
        id="f" * 32,
        desired_status=DesiredStatus.STOPPED,
        last_status=TaskStatus.STOPPED,
        stop_code=StopCode.TASK_FAILED_TO_START,
        stopped_at=stage.now,
        deployment=primary.id,
    )
    stage.state.put(failed)
    stage.state.keep()
    trial = foretold(stage, "UpdateService", {"service": "web", "desiredCount": 4})
    assert spread(trial.after) == {("service:web", "a"): 3, ("service:web", "b"): 1}
    stage.submit("UpdateService", {"service": "web", "desiredCount": 4})
    stage.pass_s(5.0)
    assert spread(stage.state) == spread(trial.after)


def test_a_standalone_task_stays_on_a_draining_host() -> None:
    stage = Stage("a")
    stage.submit("RunTask", {"taskDefinition": "web"})
    stage.pass_s(2.0)
    trial = foretold(stage, "UpdateContainerInstancesState", DRAIN)
    (effect,) = read(stage, trial, {stage.instance("a").id}).effects
    assert (effect.fate, effect.task) == (Fate.STAYS, stage.wanted("a")[0].id)
    assert effect.why.startswith("belongs to no service")


@pytest.mark.parametrize(
    ("replace_it", "fate", "why"),
    [
        ("yes", Fate.MOVES, ""),
        ("no", Fate.STAYS, "web waits for the host (replace = no)"),
        ("ask", Fate.STAYS, "web asks before it replaces (replace = ask)"),
    ],
)
def test_a_lost_host_s_tasks_and_the_floor_that_breaks(replace_it: str, fate: Fate, why: str) -> None:
    stage = Stage("a", "b", "c", "d")
    stage.serve(4, replace=replace_it)
    stage.submit("RunTask", {"taskDefinition": "web"})
    stage.pass_s(2.0)
    (alone,) = [t for t in stage.wanted() if not t.service]
    name = stage.state.instances[alone.instance].name
    given = {"containerInstance": name}
    trial = foretold(stage, "DeclareContainerInstanceLost", given)
    found = read(stage, trial, {alone.instance})
    assert {(e.group, e.fate, e.source, e.why) for e in found.effects} == {
        ("service:web", fate, name, why),
        ("family:web", Fate.IS_LOST, name, "belongs to no service: nothing replaces it"),
    }
    (served,) = found.served
    assert (served.floor, served.before, served.lowest, served.broken) == (4, 4, 3, True)
    assert served.after == (4 if replace_it == "yes" else 3)
    stage.hosts[name].silent = True
    stage.pass_s(60.0)
    assert stage.instance(name).connectivity is Connectivity.LOST
    after = {t.id: t for t in stage.state.tasks.values()}
    seen = Counter(stage.state.instances[t.instance].name for t in after.values() if t.wanted and t.service)
    assert seen == Counter(
        n for (g, n), c in spread(trial.after).items() if g == "service:web" for _ in range(c)
    )


def test_a_lost_host_whose_tasks_find_no_room_leaves_them_waiting() -> None:
    stage = Stage("a", "b", memory_mib=256)
    stage.serve(8)
    trial = foretold(stage, "DeclareContainerInstanceLost", {"containerInstance": "a"})
    found = read(stage, trial, {stage.instance("a").id})
    assert told(found) == {("service:web", "waits", "a", ""): 4}
    assert {e.why for e in found.effects} == {"can't be placed: 1 instance is LOST, 1 lacks 64 MiB"}
    assert found.served[0].after == 4


@pytest.mark.parametrize("count", [0, 3, 9, 40])
def test_scaling_starts_and_stops_as_foretold(count: int) -> None:
    stage = Stage("a", "b", "c", memory_mib=640)
    stage.serve(6)
    given = {"service": "web", "desiredCount": count}
    trial = foretold(stage, "UpdateService", given)
    stage.submit("UpdateService", given)
    stage.pass_s(20.0)
    assert spread(trial.after) == spread(stage.state)
    found = read(stage, trial)
    placed = min(count, 30)
    assert found.of(Fate.STARTS) == max(0, placed - 6)
    assert found.of(Fate.STOPS) == max(0, 6 - count)
    assert found.of(Fate.WAITS) == max(0, count - 30)
    assert not any(served.broken for served in found.served)


def test_another_host_takes_what_waits_and_a_daemon_s_task() -> None:
    stage = Stage("a", memory_mib=256)
    stage.submit(
        "CreateService", {"serviceName": "logs", "taskDefinition": "web", "schedulingStrategy": "DAEMON"}
    )
    stage.pass_s(5.0)
    stage.submit("CreateService", {"serviceName": "web", "taskDefinition": "web", "desiredCount": 5})
    stage.pass_s(5.0)
    host = replace(stage.instance("a"), id="n", name="n")
    trial = try_change(stage.state, "default", lambda state: state.put(host), stage.now)
    found = read(stage, trial)
    assert told(found) == {
        ("service:logs", "starts", "", "n"): 1,
        ("service:web", "starts", "", "n"): 2,
    }
    waited = {t.id for t in stage.wanted() if not t.instance}
    assert {e.task for e in found.effects if e.group == "service:web"} == waited


def test_a_service_that_backs_off_is_told_to_wait_not_to_recover() -> None:
    stage = Stage("a", "b")
    stage.serve(2)
    while (primary := stage.state.primary_of("default/web")) and (primary.retry_at or 0.0) < stage.now + 10.0:
        for host in stage.hosts.values():
            host.die()
        stage.pass_s(2.0)
    trial = foretold(stage, "UpdateService", {"service": "web", "desiredCount": 5})
    assert "backing off" in trial.after.services["default/web"].why
    assert read(stage, trial).of(Fate.STARTS) == 0
