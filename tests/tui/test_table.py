"""The table widget: what is on the screen, what is repainted, and what a verb would act on."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest
from textual.app import App

from tui.glyphs import ASCII, UNICODE, Glyphs
from tui.listing.column import Align, Column
from tui.listing.listing import Listing
from tui.listing.row import Row, Tone
from tui.slices import SLICE_S
from tui.widgets.rows import aligned
from tui.widgets.table import Table

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.geometry import Region

COLUMNS = (
    Column("name", "NAME", 0, minimum=6, maximum=20),
    Column("status", "STATUS", 1),
    Column("cpu", "CPU", 2, align=Align.RIGHT),
    Column("why", "WHY", 3, minimum=10, maximum=40),
)


class TableApp(App[None]):
    """A table and nothing else."""

    def __init__(self, rows: int = 0, glyphs: Glyphs = UNICODE) -> None:
        super().__init__()
        self.table = Table(Listing(COLUMNS), glyphs)
        self._rows = rows

    def compose(self) -> ComposeResult:
        yield self.table

    def on_mount(self) -> None:
        self.table.apply([row(f"web-{n:05}") for n in range(self._rows)])


def row(name: str, status: str = "RUNNING", why: str = "") -> Row:
    return Row(name, (name, status, "12%", why), (Tone.PLAIN, Tone.GOOD, Tone.PLAIN, Tone.WARN))


def screen(app: App[None]) -> list[str]:
    lines = app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip).rstrip() for strip in lines]


async def test_rows_stand_in_columns_that_fit() -> None:
    app = TableApp()
    async with app.run_test(size=(44, 4)) as pilot:
        app.table.apply([row("web", why="placing 1 task"), row("api", "PENDING")])
        await pilot.pause()
        assert screen(app) == [
            " api     PENDING   12%",
            " web     RUNNING   12%  placing 1 task",
            "",
            "",
        ]
        await pilot.resize_terminal(24, 4)
        await pilot.pause()
        assert screen(app)[:2] == [" api     PENDING   12%", " web     RUNNING   12%"]
        await pilot.resize_terminal(9, 4)
        await pilot.pause()
        assert screen(app)[:2] == [" api", " web"]


async def test_rows_that_are_dear_are_made_anew_one_after_the_other() -> None:
    app = TableApp(rows=20)
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        made: list[str] = []

        def dear(row_id: str) -> Row:
            end = time.perf_counter() + 2 * SLICE_S
            while time.perf_counter() < end:
                """Compute something."""
            made.append(row_id)
            return row(row_id, "STOPPED")

        app.table.freshen = dear
        app.table.tick()
        assert len(made) == 1
        deadline = time.monotonic() + 20
        while len(made) < 20:
            assert time.monotonic() < deadline
            await pilot.pause(0.02)
        assert len(set(made)) == 20
        assert all("STOPPED" in line for line in screen(app))


async def test_only_lines_that_changed_are_repainted(monkeypatch: pytest.MonkeyPatch) -> None:
    app = TableApp(rows=200)
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        painted: list[Region] = []

        def refresh(*regions: Region) -> None:
            painted.extend(regions)

        monkeypatch.setattr(app.table, "refresh", refresh)
        app.table.apply([row("web-00007", "STOPPED"), row("web-00150", "STOPPED")])
        assert [region.y for region in painted] == [7]
        painted.clear()
        app.table.move(1)
        assert [region.y for region in painted] == [0, 1]
        painted.clear()
        app.table.apply([row("web-00002")])
        assert painted == []


async def test_all_lines_are_repainted_when_columns_move() -> None:
    app = TableApp()
    async with app.run_test(size=(60, 3)) as pilot:
        app.table.apply([row("api"), row("web")])
        await pilot.pause()
        app.table.apply([row("api", "DEPROVISIONING")])
        await pilot.pause()
        first, second = screen(app)[:2]
        assert first.startswith(" api     DEPROVISIONING ")
        assert first.index("12%") == second.index("12%")


async def test_a_hundred_thousand_rows_are_filtered_in_between_other_events() -> None:
    app = TableApp(rows=100_000)
    async with app.run_test(size=(60, 10)) as pilot:
        await app.workers.wait_for_complete()
        app.table.set_filter("web-99[0-9]*7$")
        turns = 0
        while app.table.listing.work is not None:
            assert app.table.listing.matching == 100_000, "the old view stays until the new one is done"
            app.table.move(1)
            turns += 1
            assert turns < 10_000, "a worker that failed would let this loop fill the memory"
            await asyncio.sleep(0)
        await pilot.pause()
        assert turns > 5
        assert app.table.listing.matching == 100
        assert screen(app)[0].startswith(" web-99")


async def test_a_verb_acts_on_what_could_be_seen() -> None:
    app = TableApp(rows=3)
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.pause()
        assert app.table.targets() == ("web-00000",)
        other = Listing(COLUMNS)
        other.apply([row("api")], ())
        app.table.show(other, other.rows.get)
        assert app.table.targets() == (), "a key that came before the new rows were painted"
        await pilot.pause()
        assert app.table.targets() == ("api",)
        app.table.apply((), ["api"])
        assert app.table.targets() == ()
        assert screen(app)[0] == "×api     RUNNING   12%"


async def test_the_row_that_a_filter_leads_to_is_chosen_before_it_is_painted() -> None:
    app = TableApp(rows=3)
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.pause()
        app.table.set_filter("00002")
        assert app.table.targets() == (), "while it is typed nobody has chosen"
        app.table.choose("00002")
        assert app.table.targets() == ("web-00002",)
        app.table.choose("00001")
        assert app.table.targets() == ("web-00001",)


async def test_until_a_filter_has_its_rows_no_verb_acts_on_those_before_it() -> None:
    app = TableApp(rows=20_000)
    async with app.run_test(size=(60, 10)) as pilot:
        app.table.listing.run()
        app.table.choose("web-19999")
        assert app.table.targets() == (), "it takes more than one slice"
        deadline = time.monotonic() + 20
        while app.table.listing.is_narrowing:
            assert time.monotonic() < deadline
            await pilot.pause()
        assert app.table.targets() == ("web-19999",)


async def test_a_table_without_a_size_isnt_painted_with_the_columns_of_the_one_before() -> None:
    app = TableApp(rows=3)
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.pause()
        app.table.display = False
        await pilot.pause()
        narrow = Listing(COLUMNS[:2])
        narrow.apply([Row("api", ("api", "RUNNING"))], ())
        app.table.show(narrow, narrow.rows.get)
        app.table.render_line(0)
        app.table.display = True
        await pilot.pause()
        assert screen(app)[0] == " api     RUNNING"


async def test_a_click_moves_the_cursor_and_a_second_opens() -> None:
    app = TableApp(rows=5)
    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.pause()
        await pilot.click(Table, offset=(3, 2))
        assert app.table.listing.cursor == "web-00002"


def test_our_own_signs_have_a_like_in_ascii() -> None:
    assert ASCII.shown("RUNNING → STOPPED – 日") == "RUNNING > STOPPED - ?"
    assert UNICODE.shown("a → b") == "a → b"


async def test_what_an_empty_table_says_is_wrapped() -> None:
    app = TableApp()
    async with app.run_test(size=(30, 6)) as pilot:
        app.table.empty_text = lambda: "Nothing here yet. Make one: dockyard service create NAME"
        app.table.tick()
        await pilot.pause()
        assert [line.strip() for line in screen(app)[:4]] == [
            "",
            "Nothing here yet. Make",
            "one: dockyard service",
            "create NAME",
        ]


async def test_ascii_terminals_get_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    app = TableApp(glyphs=ASCII)
    async with app.run_test(size=(40, 3)) as pilot:
        app.table.apply(
            [row("wéb", why="a reason – that is longer than the line"), *[row(f"z{n}") for n in range(9)]]
        )
        app.table.mark()
        await pilot.pause()
        assert "\n".join(screen(app)).isascii()
        assert screen(app)[0].startswith("*w?b")
        assert screen(app)[0].endswith("#")


@pytest.mark.parametrize(
    ("text", "width", "align", "shown"),
    [
        ("web", 5, Align.LEFT, "web  "),
        ("web", 5, Align.RIGHT, "  web"),
        ("frontend", 5, Align.LEFT, "fron…"),
        ("日本語", 5, Align.LEFT, "日本…"),
        ("日本語", 4, Align.LEFT, "日 …"),
        ("日本語", 8, Align.RIGHT, "  日本語"),
    ],
)
def test_a_cell_takes_exactly_its_width(text: str, width: int, align: Align, shown: str) -> None:
    assert aligned(text, width, Column("c", "C", align=align), UNICODE) == shown


async def test_the_cursor_stays_at_the_ends() -> None:
    app = TableApp(rows=3)
    async with app.run_test(size=(44, 9)) as pilot:
        await pilot.pause()
        app.table.move(-1)
        assert app.table.listing.cursor_place() == 0
        app.table.move(9)
        assert app.table.listing.cursor_place() == 2


async def test_a_row_that_is_gone_goes_with_the_cursor_though_there_is_no_other() -> None:
    app = TableApp(rows=1)
    async with app.run_test(size=(44, 9)) as pilot:
        await pilot.pause()
        app.table.apply((), ["web-00000"])
        assert len(app.table.listing) == 1
        app.table.move(1)
        assert len(app.table.listing) == 0
        assert app.table.listing.cursor is None


async def test_a_row_that_is_gone_stays_for_a_while_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    app = TableApp(rows=3)
    async with app.run_test(size=(44, 9)) as pilot:
        await pilot.pause()
        app.table.move_to(1)
        app.table.apply((), ["web-00001"])
        app.table.tick()
        app.table.tick()
        assert (app.table.listing.cursor, app.table.targets()) == ("web-00001", ())
        monkeypatch.setattr("tui.widgets.table._GONE_S", -1.0)
        app.table.tick()
        assert (app.table.listing.cursor, len(app.table.listing)) == ("web-00002", 2)
        app.table.apply((), ["web-00002"])
        app.table.tick()
        app.table.tick()
        assert (app.table.listing.cursor, len(app.table.listing)) == ("web-00000", 1)
        app.table.tick()
        assert app.table.listing.cursor == "web-00000", "it is there"
