"""Which columns a table shows, in what order and how wide, and how that is kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.tui import shop
from tests.tui.screens import assert_golden, press, text_of, until
from tests.tui.test_screens import LARGE, SMALL, foot, opened
from tui.listing.column import Column, fit, wide
from tui.listing.layout import Choice, Layout, arranged
from tui.saved import FILE, Layouts

if TYPE_CHECKING:
    from pathlib import Path

    from tui.screens.main import Main

COLUMNS = (Column("a", "A"), Column("b", "B", 9), Column("c", "C", 1), Column("d", "D", 2))
TOLD_APART = (Column("a", "A"), Column("b", "B", 9, tells_apart=True), Column("c", "C", 2))
DIALOG = (":", "type:columns", "enter")


def shown_ids(main: Main) -> list[str]:
    return [main.tables.listing.columns[slot.index].id for slot in main.tables.table.slots]


def test_what_tells_rows_of_several_clusters_apart_goes_last() -> None:
    for has_clusters, shown in ((False, ["a", "c"]), (True, ["a", "b"])):
        made, order = arranged(TOLD_APART, (), has_clusters=has_clusters)
        assert [made[slot.index].id for slot in fit(made, [1, 1, 1], 12, order)] == shown


def test_columns_stand_as_they_were_chosen() -> None:
    made, order = arranged(
        COLUMNS, (Choice("d", width=6), Choice("a", shown=False), Choice("gone"), Choice("b"))
    )
    slots = fit(made, [1, 1, 1, 1], 40, order)
    assert [(made[slot.index].id, slot.width) for slot in slots] == [("d", 6), ("b", 4), ("c", 4)]
    assert [made[slot.index].id for slot in fit(made, [1, 1, 1, 1], 12, order)] == ["d", "b"], (
        "from the right"
    )
    assert [made[slot.index].id for slot in wide(made, [1, 1, 1, 1], 40, 1, order)] == ["d", "c"]


def test_without_choices_they_stand_as_they_come() -> None:
    assert arranged(COLUMNS, ()) == (COLUMNS, (0, 1, 2, 3))


async def test_screens() -> None:
    async with opened(size=SMALL) as (pilot, _):
        await press(pilot, *DIALOG, "down", "down", "space", "+")
        await assert_golden(pilot, "columns-80x24")
        await pilot.resize_terminal(*LARGE)
        await pilot.pause()
        await assert_golden(pilot, "columns-160x50")


async def test_a_choice_holds_for_the_view_and_is_kept(tmp_path: Path) -> None:
    session = shop.session()
    session.layouts = Layouts(tmp_path / FILE)
    async with opened(session) as (pilot, main):
        # Status to the front, no definition, a narrow name.
        await press(pilot, *DIALOG, "down", "down", "K", "K", "G", "g")
        await press(pilot, *("down",) * 6, "space", "enter")
        assert shown_ids(main)[:3] == ["status", "name", "cluster"]
        assert "definition" not in shown_ids(main)
        await press(pilot, "down", "enter", "escape")
        assert shown_ids(main)[0] == "status", "as it was left"
        await until(pilot, lambda _: (tmp_path / FILE).exists())
    again = shop.session()
    again.layouts = Layouts(tmp_path / FILE)
    async with opened(again) as (pilot, main):
        assert shown_ids(main)[:3] == ["status", "name", "cluster"]
        await press(pilot, *DIALOG, "r", "enter")
        assert shown_ids(main)[0] == "name"
        assert again.layouts.of("services") == Layout()


async def test_escape_changes_nothing_and_one_column_stays() -> None:
    async with opened() as (pilot, main):
        before = shown_ids(main)
        await press(pilot, *DIALOG, "space", "escape")
        assert shown_ids(main) == before
        await press(pilot, *DIALOG, *(key for _ in range(13) for key in ("space", "down")), "enter")
        assert len(shown_ids(main)) == 1


async def test_sorting_is_kept() -> None:
    session = shop.session()
    async with opened(session) as (pilot, main):
        await press(pilot, ":", "type:sort running", "enter", "o")
        assert session.layouts.of("services") == Layout(sort="running", descending=True)
        await press(pilot, ":", "type:services prod", "enter")
        listing = main.tables.listing
        assert (listing.columns[listing.sort_column].id, listing.descending) == ("running", True)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "it is no JSON"),
        ("[]", "it is not of version 1"),
        ('{"version": 2, "views": {}}', "it is not of version 1"),
        (
            '{"version": 1, "views": {"tasks": {"choices": [{"width": 3}]}}}',
            "a view in it is not as Dockyard writes it",
        ),
    ],
)
async def test_a_file_that_can_t_be_used_is_told_once_and_does_no_harm(
    tmp_path: Path, text: str, why: str
) -> None:
    path = tmp_path / FILE
    path.write_text(text)
    session = shop.session()
    session.layouts = Layouts(path)
    async with opened(session, LARGE) as (pilot, main):
        assert session.layouts.problem == f"{path} can't be used ({why}): tables look as they do at first"
        # However long the path is: what doesn't fit is left out of its middle.
        assert foot(pilot).endswith(f"{path.name} can't be used ({why}): tables look as they do at first")
        assert shown_ids(main)[0] == "name"


def test_what_is_written_is_read_again_and_others_than_the_views_of_today_are_harmless(
    tmp_path: Path,
) -> None:
    kept = Layouts(tmp_path / FILE)
    layout = Layout((Choice("a", shown=False, width=3), Choice("b")), "b", descending=True)
    assert kept.keep("of_tomorrow", layout)
    assert not kept.keep("of_tomorrow", layout)
    kept.write()
    assert Layouts(tmp_path / FILE).of("of_tomorrow") == layout
    assert list(tmp_path.iterdir()) == [tmp_path / FILE]
    assert json.loads((tmp_path / FILE).read_text())["version"] == 1


async def test_a_folder_that_can_t_be_written_is_told(tmp_path: Path) -> None:
    session = shop.session()
    session.layouts = Layouts(tmp_path / "no folder" / FILE)
    async with opened(session) as (pilot, _):
        await press(pilot, "o")
        await until(pilot, lambda screen: "How tables look can't be kept" in screen)
        assert "No such file" in text_of(pilot.app)
