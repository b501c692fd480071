"""The dashboard: what its figures say, and that each of them leads somewhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.cluster import Cluster
from tests.tui import shop
from tests.tui.past import live_through
from tests.tui.screens import assert_golden, press, text_of
from tests.tui.test_screens import LARGE, SMALL, opened, title
from tui.glyphs import ASCII
from tui.listing.order import cell_width
from tui.pages.pulses import boxes, columns_for, page, tiles
from tui.world import News, World

PULSES = (":", "type:pulses", "enter")


async def test_screens() -> None:
    async with opened(size=SMALL) as (pilot, main):
        live_through(main.session.world, 30)
        await press(pilot, *PULSES, "down")
        await assert_golden(pilot, "pulses-80x24")
        await pilot.resize_terminal(*LARGE)
        await pilot.pause()
        await assert_golden(pilot, "pulses-160x50")


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        ((), "Capacity(all)[4]"),
        (("right",), "Services(all)[3]"),
        (("down",), "Tasks(all)[9]"),
        (("down", "right"), "Faults(all)[2]"),
        (("G", "left"), "Services(all)[3]"),
        (("G", "g", "1"), "Pulses(prod)"),
    ],
)
async def test_figures_lead_to_what_they_tell_of(keys: tuple[str, ...], shown: str) -> None:
    async with opened(size=SMALL) as (pilot, _):
        await press(pilot, *PULSES, *keys, *([] if "1" in keys else ["enter"]))
        assert shown in title(pilot)
        await press(pilot, *([] if "1" in keys else ["escape"]))
        assert title(pilot).startswith("Pulses"), "and back"


async def test_what_uses_the_most_comes_first() -> None:
    async with opened(size=SMALL) as (pilot, main):
        live_through(main.session.world, 3)
        await press(pilot, *PULSES, "G", "enter")
        listing = main.tables.listing
        assert listing.columns[listing.sort_column].id == "memory"
        assert [row.cells[0] for row in listing.window(0, 9)] == ["web", "api", "try"]
        assert main.session.layouts.of("services").sort == "", (
            "the operator did not ask for this order for good"
        )


async def test_a_click_chooses_and_a_second_one_goes_in() -> None:
    async with opened(size=SMALL) as (pilot, main):
        await press(pilot, *PULSES)
        await pilot.click(offset=(50, 10))
        assert main.pulses.chosen == 3
        await pilot.click(offset=(50, 10), times=2)
        assert title(pilot).startswith("Faults")


async def test_it_is_shown_in_ascii() -> None:
    async with opened(shop.session(glyphs=ASCII), SMALL) as (pilot, main):
        live_through(main.session.world, 9)
        await press(pilot, *PULSES)
        assert text_of(pilot.app).isascii()


async def test_it_copies_its_figures() -> None:
    async with opened(size=SMALL) as (pilot, main):
        await press(pilot, *PULSES)
        assert "hosts: 3/4 connected; not connected: edge-3" in main.pane.copied().splitlines()


def test_a_cluster_s_figures_are_its_own() -> None:
    said = {tile.name: (tile.figure, tile.note) for tile in tiles(shop.world(), "staging")}
    assert said == {
        "hosts": ("1/1 connected", "all answer"),
        "services": ("1/1 steady", "all steady"),
        "tasks": ("1/1 running", "0 pending"),
        "faults": ("0 faults", "nothing is wrong"),
        "cpu": ("34% used", "4 cores, 0.25 reserved"),
        "memory": ("50% used", "8.0G, 512M reserved"),
    }


def test_without_anything_it_says_so() -> None:
    world = World(shop.now)
    world.absorb(News((Cluster("prod"),), (), True, read_at=shop.NOW))
    said = {tile.name: (tile.figure, tile.note) for tile in tiles(world, "")}
    assert said["hosts"] == ("0/0 connected", "none yet")
    assert said["cpu"][0] == "not measured"


@given(st.integers(1, 200), st.integers(1, 60), st.integers(0, 5))
def test_every_line_fits_whatever_the_size(width: int, height: int, chosen: int) -> None:
    lines = page(shop.world(), "", width, height, chosen)
    assert len(lines) == height
    assert all(sum(cell_width(text) for text, _ in line) <= width for line in lines)
    box = boxes(width, height, 6, chosen)[chosen]
    assert 0 <= box.top < height or box.height > height, "the chosen one is on the screen"
    assert 1 <= columns_for(width, 6) <= 3
