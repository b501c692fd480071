"""Very many rows as they are made: what is seen before all of them are there."""

from __future__ import annotations

import asyncio
import re
import threading
from typing import TYPE_CHECKING

import pytest

from core.client.following import Extent
from core.record import replace
from tests.tui import shop
from tests.tui.screens import press, text_of, until
from tests.tui.test_screens import opened
from tui.slices import Slice
from tui.turns import Turns
from tui.widgets.table import Table
from tui.world import News

if TYPE_CHECKING:
    from tui.listing.row import Row

MANY = 300
SERVICES = tuple(replace(shop.API, name=f"web-{n}") for n in range(MANY))


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Once a table was filled for the first time, no slice gets anywhere before this is set."""
    come, is_filled, fill = asyncio.Event(), threading.Event(), Table.fill

    async def wait(_: Turns) -> None:
        await come.wait()

    def filled(table: Table, rows: dict[str, Row]) -> None:
        is_filled.set()
        fill(table, rows)

    monkeypatch.setattr(Turns, "next", wait)
    monkeypatch.setattr(Table, "fill", filled)
    monkeypatch.setattr(Slice, "is_over", lambda _: is_filled.is_set() and not come.is_set())
    return come


def shop_of_many() -> shop.Told:
    """Their tasks are still to be read."""
    engine = shop.NEWS.engine
    return shop.Told(
        [News(SERVICES, reloaded=True, engine=engine, read_at=shop.NOW, more=True, extent=Extent.SERVICES)]
    )


def names_of(screen: str) -> list[str]:
    return re.findall(r"^\W*(web-\d+) ", screen, re.MULTILINE)


async def test_the_first_are_shown_in_their_order_before_the_others_are_made(turns: asyncio.Event) -> None:
    async with opened(shop.session(source=shop_of_many())) as (pilot, main):
        shown = text_of(pilot.app)
        assert "Services(all)[100, reading]" in shown
        names = names_of(shown)
        assert len(names) > 10
        assert names == [f"web-{n}" for n in range(len(names))]
        await press(pilot, "j", "j")
        assert main.tables.listing.cursor == "prod/web-2"
        turns.set()
        await until(pilot, lambda screen: f"Services(all)[{MANY}, reading]" in screen)
        assert names_of(text_of(pilot.app)) == names
        assert main.tables.listing.cursor == "prod/web-2", "the cursor stays on its row"
        await press(pilot, "G")
        await until(pilot, lambda screen: f"web-{MANY - 1} " in screen)


async def test_where_another_order_was_chosen_none_is_known_to_be_the_first(turns: asyncio.Event) -> None:
    turns.set()
    async with opened(shop.session(source=shop_of_many())) as (pilot, main):
        await until(pilot, lambda screen: f"[{MANY}, reading]" in screen)
        await press(pilot, "o")
        await until(pilot, lambda screen: "NAME↓" in screen)
        # As a visit is found that was left long ago.
        main.tables.listing.let_go()
        turns.clear()
        main.show_here()
        await pilot.pause()
        assert names_of(text_of(pilot.app)) == []
        turns.set()
        await until(pilot, lambda screen: f"[{MANY}, reading]" in screen)
        await press(pilot, "g")
        await until(pilot, lambda screen: f"web-{MANY - 1} " in screen)
