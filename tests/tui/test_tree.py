"""The tree: rows below one another, folded and unfolded, found and marked, each with the keys of its own kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.instance import ContainerInstance
from core.model.service import Service
from core.model.state import Kind, kind_of
from core.model.task import Task, TaskStatus
from core.record import replace
from tests.tui import shop
from tests.tui.past import live_through
from tests.tui.screens import assert_golden, press, text_of
from tests.tui.test_screens import LARGE, SMALL, foot, opened, title
from tui.commands import Scope
from tui.glyphs import ASCII
from tui.panes.branches import Branches
from tui.place import About, Place, Thing
from tui.trail import visit
from tui.views import tree
from tui.views.tree import row_id
from tui.views.view import Fold, ids_touched
from tui.world import News

if TYPE_CHECKING:
    from core.model.state import Row as StateRow
    from tui.screens.main import Main
    from tui.trail import Visit
    from tui.world import World

TREE = (":", "type:tree", "enter")
PROD, WEB, FIRST = (
    row_id(About.CLUSTER, "prod"),
    row_id(About.SERVICE, "prod/web"),
    row_id(About.TASK, shop.TASKS[0].id),
)


def names(main: Main) -> list[str]:
    listing = main.tables.listing
    return [row.cells[0] for row in listing.window(0, len(listing))]


async def test_screens() -> None:
    async with opened(size=SMALL) as (pilot, main):
        live_through(main.session.world, 6)
        await press(pilot, *TREE, "down", "down", "right", "right", "right", "down", "space")
        await assert_golden(pilot, "tree-80x24")
        await pilot.resize_terminal(*LARGE)
        await pilot.pause()
        await assert_golden(pilot, "tree-160x50")


async def test_rows_are_unfolded_and_folded() -> None:
    async with opened() as (pilot, main):
        await press(pilot, *TREE)
        assert names(main) == ["▾ prod", "  ▸ api", "  ▸ web", "▾ staging", "  ▸ try"]
        await press(pilot, "down", "right", "right")
        assert main.tables.listing.cursor == row_id(About.TASK, shop.TASKS[5].id), "into what was unfolded"
        await press(pilot, "enter")
        assert names(main)[1:5] == ["  ▾ api", "    ▾ 063fa91c", "        api", "    ▸ 073fa91c"]
        await press(pilot, "down", "left")
        assert main.tables.listing.cursor == row_id(About.TASK, shop.TASKS[5].id), "to what it is below"
        await press(pilot, "left", "left", "left")
        assert names(main)[:3] == ["▾ prod", "  ▸ api", "  ▸ web"]
        await press(pilot, "up", "left")
        assert names(main) == ["▸ prod", "▾ staging", "  ▸ try"]


async def test_it_is_left_and_met_again_as_it_was() -> None:
    async with opened() as (pilot, main):
        await press(pilot, *TREE, "down", "right", "down", "d")
        assert title(pilot).startswith("Describe task 063fa91c")
        await press(pilot, "escape")
        assert "  ▾ api" in names(main)
        assert main.tables.listing.cursor == row_id(About.TASK, shop.TASKS[5].id)


@pytest.mark.parametrize(
    ("moves", "scope", "key", "shown"),
    [
        ((), Scope.CLUSTERS, "d", "Describe cluster prod"),
        (("down",), Scope.SERVICES, "V", "Deployments(prod/api)"),
        (("down", "right", "down"), Scope.TASKS, "w", "Why task 063fa91c"),
        (("down", "right", "down", "right", "down"), Scope.CONTAINERS, "enter", "Logs container api"),
    ],
)
async def test_keys_are_those_of_the_thing_under_the_cursor(
    moves: tuple[str, ...], scope: Scope, key: str, shown: str
) -> None:
    session = shop.session()
    session.open_streams = _NoStreams  # type: ignore[assignment]
    async with opened(session) as (pilot, main):
        await press(pilot, *TREE, *moves)
        assert main.scope is scope
        await press(pilot, key)
        assert title(pilot).startswith(shown)


class _NoStreams:
    def logs(self, *_: object, **__: object) -> list[object]:
        return []

    def close(self) -> None:
        pass


async def test_a_verb_acts_on_the_thing_under_the_cursor() -> None:
    desk = shop.Desk()
    async with opened(shop.session(desk=desk)) as (pilot, _):
        await press(pilot, *TREE, "down", "right", "down", "X", "tab", "enter")
        assert desk.asked == [("StopTask", {"cluster": "prod", "task": shop.TASKS[5].id})]


async def test_what_is_marked_is_of_one_kind() -> None:
    async with opened() as (pilot, main):
        await press(pilot, *TREE, "down", "space", "down", "space")
        assert "2 services marked" in title(pilot)
        await press(pilot, "up", "up", "space")
        assert foot(pilot).startswith("What is marked is of another kind")
        assert main.pane.things() == (), "the cursor is on a cluster: its keys don't act on services"
        await press(pilot, "down")
        assert main.pane.things() == (Thing(About.SERVICE, "prod/api"), Thing(About.SERVICE, "prod/web"))


async def test_a_range_of_marks_passes_over_other_kinds() -> None:
    async with opened() as (pilot, main):
        await press(pilot, *TREE, "down", "right", "space", "down", "down", "down", "down", "down", "ctrl+@")
        assert {main.tables.thing(each).about for each in main.tables.listing.marks} == {About.SERVICE}
        assert len(main.tables.listing.marks) == 3


async def test_a_filter_finds_what_is_folded_away() -> None:
    async with opened() as (pilot, main):
        await press(pilot, *TREE, "/", "type:edge-2", "enter")
        assert names(main) == ["prod › api › 073fa91c", "prod › web › 033fa91c"]
        await press(pilot, "enter")
        assert title(pilot).startswith("Containers(prod/073fa91c)"), (
            "found ones are entered as their own tables do it"
        )
        await press(pilot, "escape", "escape")
        assert names(main)[:2] == ["▾ prod", "  ▸ api"]


async def test_only_faults() -> None:
    async with opened() as (pilot, main):
        await press(pilot, *TREE, "ctrl+z")
        assert names(main) == ["prod", "prod › web", "prod › web › 043fa91c", "prod › web › 053fa91c"]


async def test_it_has_an_order_of_its_own() -> None:
    async with opened() as (pilot, main):
        await press(pilot, *TREE)
        for key in ("o", ">", "<"):
            await press(pilot, key)
            assert foot(pilot).startswith("The tree has an order of its own")
        assert names(main)[0] == "▾ prod"


async def test_it_is_shown_in_ascii() -> None:
    async with opened(shop.session(glyphs=ASCII)) as (pilot, _):
        await press(pilot, *TREE, "down", "right")
        shown = text_of(pilot.app)
        assert shown.isascii()
        assert "v prod" in shown
        assert "> web" in shown


def test_a_silent_host_s_tasks_read_unknown() -> None:
    world = shop.world()
    row = tree.VIEW.row(world, Place("tree"), row_id(About.TASK, shop.TASKS[3].id))
    assert row is not None
    assert row.dim
    assert row.cells[1] == "unknown"


def test_a_task_without_a_service_hangs_on_its_cluster_behind_the_services() -> None:
    world = shop.world()
    alone = replace(shop.TASKS[5], id="0" * 32, service="", group="family:api", deployment="")
    world.absorb(News((alone,), read_at=shop.NOW))
    branches = _branches(world, visit(Place("tree", "prod")))
    shown = sorted((_row(world, branches, each) for each in branches.ids()), key=lambda row: row.sort_key(0))
    assert [row.cells[0] for row in shown] == ["▾ prod", "  ▸ api", "  ▸ web", "  ▸ 00000000"]


def _branches(world: World, of: Visit) -> Branches:
    assert tree.VIEW.tree is not None
    return Branches(world, tree.VIEW, tree.VIEW.tree, of)


def _row(world: World, branches: Branches, each: str):  # type: ignore[no-untyped-def]  # noqa: ANN202
    made = tree.VIEW.row(world, Place("tree"), each)
    assert made is not None
    return branches.placed(made)


def changed(row: StateRow, how: int) -> StateRow:
    match row:
        case Task():
            return replace(row, last_status=list(TaskStatus)[how % 5], why=f"why {how}")
        case Service():
            return replace(row, desired_count=how, why=f"why {how}")
        case ContainerInstance():
            return replace(row, name=f"{row.name}-{how}")
        case _:
            return row


ROWS = [row for row in shop.ROWS if kind_of(row) in {Kind.TASK, Kind.SERVICE, Kind.INSTANCE}]


#: A service is not forgotten while it has tasks.
STEPS = st.one_of(
    st.tuples(st.sampled_from(ROWS), st.integers(0, 5)),
    st.tuples(st.sampled_from([row for row in ROWS if kind_of(row) is not Kind.SERVICE]), st.none()),
)


@given(st.lists(STEPS, min_size=1, max_size=5), st.sets(st.sampled_from([PROD, WEB, FIRST])))
def test_rows_are_made_anew_where_something_they_show_changed(
    changes: list[tuple[StateRow, int | None]], turned: set[str]
) -> None:
    world, of = shop.world(), visit(Place("tree"))
    of.turned = turned
    branches = _branches(world, of)

    def make(each: str):  # type: ignore[no-untyped-def]  # noqa: ANN202
        return tree.VIEW.row(world, of.place, each) if branches.shows(each) else None

    def shown_now() -> dict[str, object]:
        return {each: made for each in branches.ids() if (made := make(each)) is not None}

    shown = shown_now()
    for row, how in changes:
        gone = () if how is not None else ((kind_of(row), row.key),)
        touched = world.absorb(News(() if how is None else (changed(row, how),), gone, read_at=shop.NOW))
        for each in ids_touched(tree.VIEW, world, touched):
            made = make(each)
            if made is None:
                shown.pop(each, None)
            else:
                shown[each] = made
    expected = shown_now()
    clusters = {each for each in expected if each.startswith("cluster ")}
    # How many faults a cluster has is brought up to date with the clock: to count them costs too much at every change.
    assert {k: v for k, v in shown.items() if k not in clusters} == {
        k: v for k, v in expected.items() if k not in clusters
    }
    assert clusters <= shown.keys()


def test_turning_gives_all_rows_that_come_or_go() -> None:
    world = shop.world()
    branches = _branches(world, visit(Place("tree", "prod")))
    tasks = {row_id(About.TASK, task.id) for task in shop.TASKS[:5]}
    assert branches.fold_of(WEB) is Fold.FOLDED
    assert branches.turn(WEB) == {WEB, *tasks}
    assert branches.turn(FIRST) == {FIRST, row_id(About.CONTAINER, f"{shop.TASKS[0].id}/web")}
    assert branches.turn(WEB) == {WEB, *tasks, row_id(About.CONTAINER, f"{shop.TASKS[0].id}/web")}
