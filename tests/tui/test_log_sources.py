"""Whose logs are read, and what was there before: restarted containers, replaced tasks, and nothing at all."""

from __future__ import annotations

import pytest

from core.model.task import ContainerStatus, Task
from core.record import replace
from tests.tui import shop
from tui.logs.sources import MOST_ENDED, LogSource, present, previous
from tui.place import About, Thing
from tui.world import News

API_SERVICE = Thing(About.SERVICE, "prod/api")
WEB_TASK, API_TASK = shop.TASKS[0], shop.TASKS[5]


def of(*rows: Task, thing: Thing) -> list[tuple[str, bool, bool]]:
    """The sources of what was before, with some rows changed."""
    state = shop.world(News((*shop.ROWS, *rows), (), True)).state
    return [(source.place.task, source.earlier, source.is_over) for source in previous(state, thing)]


def restarted(task: Task, *, waits: bool = False) -> Task:
    status = ContainerStatus.CREATED if waits else ContainerStatus.RUNNING
    container = replace(task.containers[0], restart_count=2, ended_run="x", started_at=77.0, status=status)
    return replace(task, containers=(container,))


def test_what_runs_is_read_by_service_task_and_container() -> None:
    state = shop.world().state
    tasks = {source.place.task for source in present(state, API_SERVICE)}
    assert tasks == {shop.TASKS[5].id, shop.TASKS[6].id}
    one = present(state, Thing(About.CONTAINER, f"{API_TASK.id}/api"))
    assert [(source.place.container, source.is_over) for source in one] == [("api", False)]
    assert present(state, Thing(About.CONTAINER, f"{API_TASK.id}/other")) == []
    assert present(state, Thing(About.TASK, shop.WAITING.id)) == []


def test_what_is_still_to_be_started_is_read_when_it_has() -> None:
    world = shop.world()
    one = Thing(About.TASK, API_TASK.id)
    pulling = replace(API_TASK.containers[0], status=ContainerStatus.PENDING, started_at=None)
    for container, count in ((pulling, 0), (API_TASK.containers[0], 1)):
        world.absorb(News((replace(API_TASK, containers=(container,)),), (), False))
        assert len(present(world.state, one)) == count


def test_of_a_service_the_tasks_that_ended_are_read_the_last_first() -> None:
    more = [
        replace(shop.STOPPED, id=f"{n:032x}", stopped_at=shop.NOW - 1000 + n) for n in range(MOST_ENDED + 3)
    ]
    found = of(*more, thing=API_SERVICE)
    assert len(found) == MOST_ENDED
    assert found[0] == (shop.STOPPED.id, False, True)
    assert found[1] == (more[-1].id, False, True)


@pytest.mark.parametrize("waits", [False, True])
def test_earlier_runs_of_a_restarted_container_are_its_own_log_up_to_this_run(waits: bool) -> None:
    expected = [(API_TASK.id, True, True)]
    for thing in (Thing(About.TASK, API_TASK.id), Thing(About.CONTAINER, f"{API_TASK.id}/api")):
        assert of(restarted(API_TASK, waits=waits), thing=thing) == expected


def test_before_a_task_was_the_one_of_its_service_that_ended_last() -> None:
    younger = replace(shop.STOPPED, created_at=shop.NOW)
    assert of(younger, thing=Thing(About.TASK, API_TASK.id)) == [], "the one that stopped began later"
    older = replace(shop.STOPPED, created_at=1.0)
    oldest = replace(older, id="f" * 32, stopped_at=2.0)
    assert of(older, oldest, thing=Thing(About.TASK, API_TASK.id)) == [(older.id, False, True)]
    assert of(older, thing=Thing(About.TASK, WEB_TASK.id)) == [], "it was of another service"


def test_before_a_standalone_task_was_one_of_its_family() -> None:
    alone = replace(API_TASK, id="a" * 32, service="", group="family:api")
    older = replace(shop.STOPPED, service="", group="family:api", created_at=1.0, definition="api:2")
    other = replace(older, id="b" * 32, definition="web:12", stopped_at=shop.NOW)
    assert of(alone, older, other, thing=Thing(About.TASK, alone.id)) == [(older.id, False, True)]


def test_the_last_minutes_of_what_ended_are_those_before_its_end() -> None:
    state = shop.world().state
    sources: list[LogSource] = previous(state, API_SERVICE)
    assert [source.ended_at for source in sources] == [shop.STOPPED.stopped_at]
