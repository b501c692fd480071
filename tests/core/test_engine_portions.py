"""Stories of more work than one turn plans: it is done in several, in turn and to the same end."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from core.model.task import TaskStatus
from core.model.task_request import pinned
from core.record import replace
from core.scheduler.portion import Portion, split
from tests.core.builders import task
from tests.core.stage import Stage

if TYPE_CHECKING:
    from core.commands import Command
    from core.engine import Input

LEAST = Portion(service_rows=1, candidates=1, hosts=1)
NAMES = ("api", "jobs", "mail", "shop")
HUGE: dict[str, Any] = {
    "family": "huge",
    "containerDefinitions": [{"name": "main", "image": "demo/web:1", "memory": 9999}],
}


def services(stage: Stage, *names: str, definition: str = "web") -> list[Command]:
    return [
        stage.command("CreateService", {"serviceName": name, "taskDefinition": definition, "desiredCount": 3})
        for name in names
    ]


def running(stage: Stage) -> Counter[str]:
    up = set[str]().union(*(host.up for host in stage.hosts.values()))
    return Counter(each.service for each in stage.wanted() if each.id in up)


def test_what_is_due_first_goes_however_much_it_is() -> None:
    weights = {"a": 5, "b": 2, "c": 1}
    assert split(("a", "b", "c"), 1, weights.__getitem__) == (("a",), ("b", "c"))
    assert split(("a", "b", "c"), 6, weights.__getitem__) == (("a", "b"), ("c",))
    assert split(("a", "b", "c"), 9, weights.__getitem__) == (("a", "b", "c"), ())


def test_a_turn_plans_no_more_than_its_portion_and_asks_for_the_next_at_once() -> None:
    stage = Stage("a", "b", portion=LEAST)
    stage.turn(*services(stage, *NAMES))
    seen = [len(stage.state.tasks)]
    while stage.wrote.wake_at <= stage.now:
        stage.turn()
        seen.append(len(stage.state.tasks))
    assert seen[:4] == [3, 6, 9, 12]


@pytest.mark.parametrize("portion", [LEAST, Portion(4, 3, 2), Portion()], ids=["least", "some", "all"])
def test_many_services_come_to_the_same_in_portions_of_any_size(portion: Portion) -> None:
    stage = Stage("a", "b", "c", portion=portion)
    stage.rest(*services(stage, *NAMES))
    stage.pass_s(10.0)
    assert running(stage) == dict.fromkeys(NAMES, 3)
    stage.rest(
        *(stage.command("UpdateService", {"service": name, "forceNewDeployment": True}) for name in NAMES)
    )
    stage.pass_s(60.0)
    assert running(stage) == dict.fromkeys(NAMES, 3)
    assert all(service.steady for service in stage.state.services.values())
    spread = Counter(each.instance for each in stage.wanted())
    assert set(spread.values()) == {4}


def test_a_turn_that_could_not_be_written_takes_nothing_from_what_waits() -> None:
    stage = Stage("a", "b", portion=LEAST)
    came: list[Input] = [*services(stage, *NAMES)]
    is_due = True
    while came or is_due:
        stage.discard(*came)
        actions = stage.turn(*came)
        came = [stage.perform(*action) for action in actions]
        is_due = stage.wrote.wake_at <= stage.now
    assert running(stage) == dict.fromkeys(NAMES, 3)


def test_a_host_that_waits_for_its_work_goes_on_waiting_when_a_turn_could_not_be_written() -> None:
    stage = Stage("a", "b", portion=LEAST)
    told = [host for host, _ in stage.turn(*services(stage, "web"))]
    assert len(set(told)) == 1
    while stage.wrote.wake_at <= stage.now:
        stage.discard()
        told += [host for host, _ in stage.turn()]
    assert set(told) == {stage.instance("a").id, stage.instance("b").id}


def test_who_finds_no_place_keeps_nobody_from_being_tried() -> None:
    """Though a turn takes so long that those who were tried in vain may be tried again."""
    stage = Stage("a", "b", portion=LEAST)
    stage.submit("RegisterTaskDefinition", HUGE)
    stage.rest(*services(stage, "huge-1", "huge-2", "huge-3", definition="huge"))
    stage.now += 2.0
    stage.turn(*services(stage, "web"))
    for _ in range(6):
        stage.now += 2.0
        stage.turn()
    placed = {each.service for each in stage.wanted() if each.instance}
    assert placed == {"web"}


def test_what_is_tried_every_time_leaves_the_others_their_turn() -> None:
    """What StartTask asked for while nothing was planned waits for its instance, goes first, and has no patience."""
    stage = Stage("a", "b", portion=LEAST)
    alone = task("alone", TaskStatus.PROVISIONING, on="", deployed="")
    request = pinned(stage.instance("a").id)
    stage.state.put(replace(alone, group="family:web", service="", memory_mib=9999, request=request))
    stage.rest(*services(stage, *NAMES))
    stage.pass_s(10.0)
    assert running(stage) == dict.fromkeys(NAMES, 3)
    assert not stage.state.tasks["alone"].instance


def test_what_run_task_asks_for_is_answered_in_its_turn_whatever_else_waits() -> None:
    stage = Stage("a", "b", portion=LEAST)
    stage.turn(*services(stage, *NAMES))
    command = stage.command("RunTask", {"taskDefinition": "web", "count": 2})
    stage.turn(command)
    alone = [each for each in stage.wanted() if not each.service]
    assert [bool(each.instance) for each in alone] == [True, True]
    assert command.id in stage.answers
