"""The table of faults: what `dockyard status` calls so, each with the keys of what it is about."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from core.client.faults import engine_faults, state_faults
from core.events import Subject
from core.model.instance import Connectivity
from core.model.task import Health, Task
from core.record import replace
from tests.tui import shop
from tests.tui.screens import assert_golden, press, text_of, until
from tests.tui.test_screens import LARGE, SMALL, opened, row_names, title
from tui.commands import Scope
from tui.world import News

if TYPE_CHECKING:
    from core.model.service import Service

FAULTS = (":", "type:faults", "enter")
BACK = (replace(shop.EDGE_3, connectivity=Connectivity.CONNECTED, problem=""), replace(shop.WEB, why=""))


async def test_screens() -> None:
    async with opened(size=SMALL) as (pilot, _):
        await press(pilot, *FAULTS)
        await assert_golden(pilot, "faults-80x24")
        await pilot.resize_terminal(*LARGE)
        await pilot.pause()
        await assert_golden(pilot, "faults-160x50")


async def test_they_come_and_go() -> None:
    source = shop.Told()
    async with opened(shop.session(source=source), SMALL) as (pilot, main):
        await press(pilot, *FAULTS)
        assert row_names(main) == ["service", "host"], "the newest first"
        source.tell(News(BACK, read_at=shop.NOW))
        await until(pilot, lambda screen: "Faults(all)[0]" in screen)
        await press(pilot, "down")
        assert "Nothing is wrong" in text_of(pilot.app)
        source.tell(News((shop.EDGE_3,), engine=replace(shop.ENGINE, running=False), read_at=shop.NOW))
        await until(pilot, lambda screen: "Faults(all)[2]" in screen)
        assert "no engine runs" in text_of(pilot.app)


@pytest.mark.parametrize(
    ("keys", "scope", "shown"),
    [
        (("enter",), Scope.TASKS, "Tasks(prod/web)"),
        (("d",), Scope.TEXT, "Describe service web"),
        (("down", "w"), Scope.TEXT, "Why host edge-3"),
        (("down", "enter"), Scope.TASKS, "Tasks(prod/edge-3)"),
    ],
)
async def test_each_has_the_keys_of_what_it_is_about(keys: tuple[str, ...], scope: Scope, shown: str) -> None:
    async with opened(size=SMALL) as (pilot, main):
        await press(pilot, *FAULTS, *keys)
        assert main.scope is scope
        assert title(pilot).startswith(shown)


async def test_the_engine_s_own_lead_to_its_page() -> None:
    source = shop.Told([replace(shop.NEWS, engine=replace(shop.ENGINE, running=False))])
    async with opened(shop.session(source=source), LARGE) as (pilot, main):
        await press(pilot, *FAULTS, "/", "type:kind:engine", "enter")
        assert main.scope is Scope.ENGINE
        await press(pilot, "enter")
        assert title(pilot).removeprefix("╭ ").startswith("Describe engine")
        assert "none runs" in text_of(pilot.app)
        await press(pilot, "escape", "w")
        assert "no engine runs: nothing is watched" in text_of(pilot.app)


def test_they_are_those_of_the_command_line() -> None:
    world = shop.world(replace(shop.NEWS, engine=replace(shop.ENGINE, running=False)))
    assert world.engine is not None
    told = [fault.sentence for fault in world.faults.found().values()]
    assert told == [*engine_faults(world.engine, "`:engine` starts one"), *state_faults(world.state)]
    assert [fault.kind for fault in world.faults.found().values()] == [
        Subject.ENGINE,
        Subject.INSTANCE,
        Subject.SERVICE,
    ]


def many_unsteady() -> tuple[Service | Task, ...]:
    """Two services that say why they wait, of 600 tasks each, of which one is unhealthy."""
    services = [replace(shop.API, name=name, desired_count=600, why="waits") for name in ("one", "two")]
    tasks = [
        replace(shop.TASKS[0], id=f"{service.name}-{n:029}", service=service.name, health=Health.HEALTHY)
        for service in services
        for n in range(600)
    ]
    return *services, *tasks[1:], replace(tasks[0], health=Health.UNHEALTHY)


def test_they_are_looked_for_a_part_at_a_time_and_the_engine_s_are_told_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tui.faults.time", SimpleNamespace(perf_counter=lambda: 0.0))
    world = shop.world()
    before = world.faults.found()
    assert world.faults.more_in_s() is None
    world.absorb(News(many_unsteady(), engine=replace(shop.ENGINE, running=False), read_at=shop.NOW))
    first = world.faults.found()
    assert world.faults.more_in_s() == 0.0, "there is more to be looked at"
    assert next(iter(first.values())).why.startswith("no engine runs")
    assert [*first.values()][1:] == [*before.values()]
    parts = 1
    while world.faults.more_in_s() is not None:
        world.faults.found()
        parts += 1
    assert parts == 3, "each of the two is one part, and what is left the last"
    found = world.faults.found()
    assert {fault.name for fault in found.values()} - {fault.name for fault in before.values()} == {
        "engine",
        "one",
    }
    assert [f.sentence for f in found.values() if f.kind is not Subject.ENGINE] == [
        *state_faults(world.state)
    ]
    assert world.faults.found() is found, "nothing changed"
    world.absorb(News((replace(shop.EDGE_1, version=99),), read_at=shop.NOW))
    while world.faults.more_in_s() is not None:
        world.faults.found()
    assert world.faults.found() is found, "nothing changed that is wrong"


async def test_a_long_look_comes_to_its_end_though_nothing_else_happens() -> None:
    source = shop.Told()
    async with opened(shop.session(source=source), SMALL) as (pilot, main):
        source.tell(News(many_unsteady(), read_at=shop.NOW))
        await until(pilot, lambda screen: "3 faults" in screen.splitlines()[0])
        assert main.session.world.faults.more_in_s() is None


def test_one_whose_beginning_nobody_told_is_as_old_as_it_was_seen() -> None:
    world = shop.world()
    world.faults.found()
    assert world.faults.since(f"service {shop.WEB.key}") == shop.NOW
    assert world.faults.since(f"instance {shop.EDGE_3.id}") == shop.NOW - 40
    world.now = lambda: shop.NOW + 90
    world.absorb(News((replace(shop.WEB, why="something else"),), read_at=shop.NOW))
    assert world.faults.since(f"service {shop.WEB.key}") == shop.NOW
