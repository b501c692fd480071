"""Gestures on the whole screen, and the screen itself as characters."""

from __future__ import annotations

import threading
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from textual.events import Key, Paste

from core.client.engine_process import EngineStatus
from core.errors import ConfigError, DockyardError
from core.events import Event, Subject
from core.model.cluster import Cluster
from core.model.state import Kind
from core.model.task import TaskStatus
from core.record import replace
from core.store import Recorded
from core.streams import LogLine
from tests.tui import shop
from tests.tui.screens import assert_golden, press, text_of, until
from tests.tui.test_world import parts
from tui.app import DockyardApp
from tui.glyphs import ASCII
from tui.keymap import resolve
from tui.listing.row import Tone
from tui.place import About, Place
from tui.secrets import Secrets
from tui.slices import Slice
from tui.views.tree import row_id
from tui.world import News

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from rich.console import RenderableType
    from textual.pilot import Pilot
    from textual.screen import Screen

    from core.api import EngineChild
    from core.streams import Place as LogPlace
    from core.streams import Streams
    from tui.screens.main import Main
    from tui.session import Session

SMALL, LARGE = (80, 24), (160, 50)


@asynccontextmanager
async def opened(
    session: Session | None = None, size: tuple[int, int] = (120, 24)
) -> AsyncIterator[tuple[Pilot[int], Main]]:
    app = DockyardApp(session or shop.session())
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        main = app.main()
        assert main is not None
        await pilot.pause()
        yield pilot, main


def foot(pilot: Pilot[int]) -> str:
    return text_of(pilot.app).splitlines()[-2].strip()


def title(pilot: Pilot[int]) -> str:
    return text_of(pilot.app).splitlines()[1].strip()


def row_names(main: Main) -> list[str]:
    listing = main.tables.listing
    return [row.cells[0] for row in listing.window(0, len(listing))]


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("services", ()),
        ("tasks", ("down", "down", "enter")),
        ("containers", ("down", "down", "enter", "enter")),
        ("clusters", (":", "type:clusters", "enter")),
        ("capacity", (":", "type:capacity", "enter")),
        ("definitions", (":", "type:definitions", "enter")),
        ("revisions", (":", "type:definitions", "enter", "down", "enter")),
        ("deployments", ("down", "down", "V")),
        ("schedules", (":", "type:schedules", "enter")),
        ("describe-schedule", (":", "type:schedules", "enter", "d")),
        ("stacks", (":", "type:stacks", "enter")),
        ("describe-stack", (":", "type:stacks", "enter", "down", "d")),
        ("events", (":", "type:events", "enter")),
        ("commands", (":", "type:commands", "enter")),
        ("describe-service", ("down", "down", "d")),
        ("why-service", ("down", "down", "w")),
        ("raw-task", ("down", "down", "enter", "y")),
        ("help", ("?",)),
        ("scale", ("down", "down", "S", "type:7")),
        ("filter", ("/", "type:~wb")),
    ],
)
async def test_screens(name: str, keys: tuple[str, ...]) -> None:
    async with opened(size=SMALL) as (pilot, _):
        await press(pilot, *keys)
        await until(pilot, lambda screen: "working out" not in screen)
        await assert_golden(pilot, f"{name}-80x24")
        await pilot.resize_terminal(*LARGE)
        await pilot.pause()
        await assert_golden(pilot, f"{name}-160x50")


async def first_and_last(
    session: Session, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> tuple[list[str], list[str]]:
    """The lines of the screen as they are first painted, and as they come to be."""
    app, painted = DockyardApp(session), list[str]()
    paint = app._display

    def keep(screen: Screen[Any], picture: RenderableType | None) -> None:
        if picture is not None and not app._batch_count:
            painted.append(text_of(app))
        paint(screen, picture)

    monkeypatch.setattr(app, "_display", keep)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        return painted[0].splitlines(), text_of(app).splitlines()


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_the_first_picture_has_its_rows_and_tells_how_true_they_are(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, last = await first_and_last(shop.session(), size, monkeypatch)
    assert "engine 812, live" in first[0]
    assert any("web" in line for line in first)
    # The titles of its columns are chosen by the rows, and come with the next one.
    titles = next(n for n, line in enumerate(last) if "NAME" in line)
    assert first[:titles] + first[titles + 1 :] == last[:titles] + last[titles + 1 :]


async def test_where_an_engine_is_brought_up_the_first_picture_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stopped = EngineStatus(running=False, holder=None, pulse=shop.ENGINE.pulse, beat_age_s=720.0)
    session, is_up = shop.session(source=shop.Told([replace(shop.NEWS, engine=stopped)])), threading.Event()

    def start() -> None:
        is_up.wait(10)

    session.start_engine = start
    first, last = await first_and_last(session, SMALL, monkeypatch)
    is_up.set()
    assert "starting an engine" in first[0]
    assert "starting an engine" in last[0]


async def test_a_key_does_not_wait_for_rows_that_wait_for_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    session = shop.session()
    async with opened(session) as (_, main):
        # Every row is a slice, and has to wait for the key as long as a key may take.
        monkeypatch.setattr("tui.panes.making.Slice", lambda clock: Slice(clock, -1.0))
        monkeypatch.setattr("tui.turns._KEY_S", 10.0)
        session.turns.pressed()
        main.jump(Place("tasks"))
        assert not len(main.tables.listing)
        await main.tables.settled()
        assert len(main.tables.listing) == len(shop.TASKS)


async def test_ascii_terminals_see_ascii() -> None:
    async with opened(shop.session(glyphs=ASCII), LARGE) as (pilot, _):
        for keys in (("down", "d"), ("escape", "/", "type:web", "enter", "?"), ("escape", "S")):
            await press(pilot, *keys)
            assert text_of(pilot.app).isascii()


async def test_enter_goes_down_and_escape_comes_back_to_the_same_row() -> None:
    async with opened() as (pilot, main):
        await press(pilot, "down", "down", "enter")
        assert title(pilot).startswith("Tasks(prod/web)[5]")
        assert foot(pilot).startswith("prod › services › web")
        await press(pilot, "enter", "enter")
        assert main.trail.here.place.view == "logs"
        await press(pilot, "escape", "escape", "escape")
        assert title(pilot).startswith("Services(all)[3]")
        assert main.tables.listing.cursor == "prod/web"
        await press(pilot, "[")
        assert title(pilot).startswith("Tasks(prod/web)")
        await press(pilot, "]")
        assert title(pilot).startswith("Services(all)")


async def test_escape_closes_one_thing_a_press() -> None:
    async with opened() as (pilot, main):
        await press(pilot, "down", "down", "enter", "space", "/", "type:edge", "enter")
        assert title(pilot) == "Tasks(prod/web)[4/5] </edge> 1 marked"
        await press(pilot, "/", "type:-1", "escape")
        assert title(pilot) == "Tasks(prod/web)[5] 1 marked", (
            "the prompt, and the filter that was being typed"
        )
        await press(pilot, "escape")
        assert title(pilot) == "Tasks(prod/web)[5]"
        await press(pilot, "q")
        assert title(pilot) == "Services(all)[3]"
        await press(pilot, "escape")
        assert foot(pilot) == "This is the first view; [ goes back to the view before, Ctrl-c quits"
        assert main.trail.here.place.view == "services"
        await press(pilot, "enter")
        assert foot(pilot).startswith("prod › services › web"), "the hint was of the key before"
        await press(pilot, ":", "type:pods", "enter")
        assert foot(pilot) == "There is no view or command 'pods'; did you mean tasks?"
        await press(pilot, "j")
        assert foot(pilot).startswith("prod › services › web"), "and so was what that word meant"


async def test_a_message_that_does_not_fit_can_be_read_whole_with_those_before_it() -> None:
    async with opened(size=SMALL) as (pilot, main):
        await press(pilot, "W")
        assert "Nothing was said yet." in text_of(pilot.app)
        await press(pilot, "escape")
        words = "the host's Docker knows no GPUs: NVIDIA's container toolkit is missing there (could not select a driver)"
        main.say(
            "Service web is told to have 7 tasks", Tone.GOOD, "dockyard service scale web 7 --cluster prod"
        )
        main.say(f"edge-1 can't take it: {words}", Tone.BAD)
        main.paint_lines()
        await pilot.pause()
        assert foot(pilot).endswith("containe… W all")
        await press(pilot, "W")
        await assert_golden(pilot, "messages-80x24")
        await press(pilot, "W")
        await press(pilot, "escape")
        assert main.trail.here.place.view == "services", "it is there once"
        await pilot.resize_terminal(*LARGE)
        await press(pilot, ":", "type:messages", "enter")
        await assert_golden(pilot, "messages-160x50")


async def test_a_filter_may_follow_the_name_of_a_view() -> None:
    async with opened() as (pilot, main):
        await press(pilot, ":", "type:tasks prod /edge-1", "enter")
        assert title(pilot).startswith("Tasks(prod)")
        assert "</edge-1>" in title(pilot)
        assert {row.split()[4] for row in text_of(pilot.app).splitlines()[3:-3] if "web" in row} == {"edge-1"}
        await press(pilot, ":", "type:services /ap", "enter")
        assert row_names(main) == ["api"]
        await press(pilot, ":", "type:nowhere /web", "enter")
        assert foot(pilot).startswith("There is no view or command 'nowhere'")


async def test_a_key_that_means_nothing_here_says_where_it_does() -> None:
    async with opened() as (pilot, _):
        await press(pilot, "D")
        assert foot(pilot) == "D means nothing here; it is drain in capacity"
        await press(pilot, "j")
        assert foot(pilot).startswith("all › services")
        await press(pilot, "Z")
        assert foot(pilot).startswith("all › services"), "it means nothing anywhere"


def type_at_once(pilot: Pilot[Any], *keys: str) -> None:
    for key in keys:
        pilot.app.post_message(Key(key, key if len(key) == 1 else None))


async def test_without_hosts_the_first_thing_to_do_is_said_until_it_is_done() -> None:
    bare = News((Cluster("prod"),), (), True, shop.ENGINE, (), (), "", shop.NOW)
    source = shop.Told([bare])
    async with opened(shop.session(source=source)) as (pilot, _):
        assert "No capacity yet. Add a Docker host: A in :capacity, or dockyard capacity add" in text_of(
            pilot.app
        )
        source.tell(News((shop.EDGE_1,), read_at=shop.NOW))
        await pilot.pause(0.2)
        assert "No services here. Make one: N, or dockyard service create" in text_of(pilot.app)


async def test_what_is_typed_in_one_go_is_taken_in_its_order() -> None:
    async with opened() as (pilot, main):
        type_at_once(pilot, ":", "t", "d", "enter", ":", "c", "a", "enter", "j", "d")
        await pilot.pause()
        assert main.trail.here.place.view == "describe"
        assert "edge-2" in title(pilot)


async def test_what_is_typed_ahead_waits_for_the_rows_it_is_meant_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On a busy machine a view's first rows may take more than a slice."""
    monkeypatch.setattr(Slice, "is_over", lambda _: True)
    async with opened() as (pilot, main):
        type_at_once(pilot, ":", "c", "a", "enter", "j", "d")
        await pilot.pause()
        assert main.trail.here.place.view == "describe"
        assert "edge-2" in title(pilot)


@pytest.mark.parametrize("is_slow", [False, True])
async def test_a_verb_typed_behind_a_filter_acts_on_the_row_it_leads_to(
    monkeypatch: pytest.MonkeyPatch, is_slow: bool
) -> None:
    """On a busy machine the key comes before the row is painted, or the rows are chosen in several slices."""
    if is_slow:
        monkeypatch.setattr(Slice, "is_over", lambda _: True)
    async with opened() as (pilot, _):
        await press(pilot, ":", "type:capacity", "enter")
        type_at_once(pilot, "/", "e", "d", "g", "e", "-", "2", "enter", "D")
        await until(pilot, lambda screen: "Drain edge-2" in screen)


async def test_a_backspace_that_comes_with_letters_deletes_what_was_before_it() -> None:
    async with opened() as (pilot, main):
        type_at_once(pilot, ":", "c", "x", "backspace", "a", "enter")
        await pilot.pause()
        assert main.trail.here.place.view == "capacity"


async def test_what_is_typed_into_a_dialog_in_one_go_is_taken_in_its_order() -> None:
    desk = shop.Desk()
    async with opened(shop.session(desk=desk)) as (pilot, _):
        await press(pilot, "S")
        type_at_once(pilot, "ctrl+u", "4", "1", "backspace", "2", "left", "left", "delete", "1", "enter", "9")
        await pilot.pause()
        assert desk.asked == [], "Enter came before anything was said of 12"
        await press(pilot, "enter")
        assert desk.asked == [("UpdateService", {"cluster": "prod", "service": "api", "desiredCount": 12})]


async def test_ctrl_c_leaves_a_dialog_whose_field_has_letters_marked() -> None:
    desk = shop.Desk()
    async with opened(shop.session(desk=desk)) as (pilot, _):
        await press(pilot, "S", "type:5", "ctrl+shift+a")
        type_at_once(pilot, "ctrl+c")
        await pilot.pause()
        assert "Scale api" not in text_of(pilot.app)
        assert desk.asked == []


async def test_a_name_that_isnt_understood_is_answered_with_the_nearest() -> None:
    async with opened() as (pilot, _):
        await press(pilot, ":", "type:servces", "enter")
        assert foot(pilot) == "There is no view or command 'servces'; did you mean services?"
        await press(pilot, ":", "type:sort nme", "enter")
        assert foot(pilot) == "There is no column 'nme'; did you mean name?"


async def test_enter_takes_the_completion_that_is_shown() -> None:
    async with opened() as (pilot, main):
        await press(pilot, ":", "type:tas", "enter")
        assert title(pilot).startswith("Tasks(all)")
        await press(pilot, ":", "type:c", "enter")
        assert title(pilot).startswith("Containers(all)"), "an alias, and so its own completion"
        type_at_once(pilot, ":", "e", "v", "e", "enter")
        await pilot.pause()
        assert main.trail.here.place.view == "events"


async def test_an_event_can_be_read_to_its_end_on_a_narrow_screen() -> None:
    source = shop.Told()
    words = [f"word{n}" for n in range(60)]
    event = Event(shop.NOW, Subject.SERVICE, "web", " ".join(words), "prod")
    source.waiting.append(News(events=(Recorded(9, event),), read_at=shop.NOW))
    async with opened(shop.session(source=source), SMALL) as (pilot, _):
        await press(pilot, ":", "type:events", "enter", "ctrl+r")
        source.ring()
        await until(pilot, lambda screen: "word0" in screen)
        await press(pilot, "g", "d")
        shown = text_of(pilot.app)
        assert all(word in shown for word in words)


async def test_what_is_no_regular_expression_is_looked_for_as_it_stands_and_said() -> None:
    async with opened() as (pilot, _):
        await press(pilot, "/", "type:[", "enter")
        assert "Nothing matches. [ is no regular expression, and is looked for as it stands." in text_of(
            pilot.app
        )


async def test_digits_choose_a_cluster() -> None:
    async with opened() as (pilot, main):
        await press(pilot, "2")
        assert title(pilot) == "Services(staging)[1]"
        await press(pilot, "0")
        assert title(pilot) == "Services(all)[3]"
        await press(pilot, "9")
        assert foot(pilot) == "There is no cluster 9: there are 2 clusters"
        assert row_names(main) == ["api", "try", "web"]


async def test_only_faults() -> None:
    async with opened() as (pilot, main):
        await press(pilot, "ctrl+z")
        assert row_names(main) == ["web"]
        assert title(pilot) == "Services(all)[1/3] only faults"
        await press(pilot, "escape")
        assert len(row_names(main)) == 3


async def test_news_change_rows_and_keep_cursor_and_filter() -> None:
    source = shop.Told()
    async with opened(shop.session(source=source)) as (pilot, main):
        await press(pilot, "down", "down", "enter", "/", "type:edge", "enter", "down")
        cursor = main.tables.listing.cursor
        stopped = replace(shop.TASKS[1], last_status=TaskStatus.STOPPING)
        source.tell(News((stopped,), ((Kind.TASK, shop.TASKS[0].id),), read_at=shop.NOW))
        await pilot.pause(0.2)
        assert (
            title(pilot) == "Tasks(prod/web)[3/5] </edge>" or title(pilot) == "Tasks(prod/web)[3/4] </edge>"
        )
        assert main.tables.listing.cursor == cursor
        assert main.tables.listing.rows[stopped.id].cells[3] == "STOPPING"


async def test_a_flood_of_news_is_shown_also_when_the_view_changes_meanwhile() -> None:
    source = shop.Told()
    many = [replace(shop.TASKS[0], id=f"{n:032x}") for n in range(3000)]
    async with opened(shop.session(source=source)) as (pilot, main):
        await press(pilot, ":", "type:tasks", "enter")
        source.tell(News(tuple(many), read_at=shop.NOW))
        await pilot.pause(0.11)
        main.enter(Place("events"))
        main.go(main.trail.up)
        stopped = [replace(each, last_status=TaskStatus.STOPPING) for each in many]
        source.tell(News(tuple(stopped), read_at=shop.NOW))
        listing = main.tables.listing
        await until(pilot, lambda _: len(listing.rows) == 3000 + len(shop.TASKS))
        await until(
            pilot, lambda _: sum(each.cells[3] == "STOPPING" for each in listing.rows.values()) == 3000
        )


async def test_a_verb_on_a_row_that_is_gone_does_nothing() -> None:
    source, desk = shop.Told(), shop.Desk()
    async with opened(shop.session(source=source, desk=desk)) as (pilot, main):
        await press(pilot, "down", "down", "enter")
        cursor = main.tables.listing.cursor
        assert cursor is not None
        source.tell(News((), ((Kind.TASK, cursor),), read_at=shop.NOW))
        await pilot.pause(0.2)
        await press(pilot, "X")
        assert foot(pilot) == "There is nothing here to act on"
        await press(pilot, "d")
        assert foot(pilot) == "This row is gone"
        assert desk.asked == []


async def test_of_a_row_that_is_gone_no_key_says_what_it_means_elsewhere() -> None:
    source = shop.Told()
    async with opened(shop.session(source=source)) as (pilot, main):
        await press(pilot, ":", "type:tree", "enter")
        web = row_id(About.SERVICE, "prod/web")
        await until(pilot, lambda _: main.tables.listing.place_of(web) is not None)
        main.tables.table.move_to_row(web)
        source.tell(News((), ((Kind.SERVICE, "prod/web"),), read_at=shop.NOW))
        await until(pilot, lambda _: main.tables.listing.is_gone(web))
        await press(pilot, "d")
        assert foot(pilot) == "This row is gone"


async def test_scaling_asks_first_and_says_its_twin() -> None:
    desk = shop.Desk()
    async with opened(shop.session(desk=desk)) as (pilot, _):
        await press(pilot, "S")
        assert "[ Cancel ]" in text_of(pilot.app)
        await press(pilot, "enter")
        assert desk.asked == [], "a dialog opens on Cancel"
        await press(pilot, "S", "type:+2")
        assert "api: 2 → 4, starts 2 tasks" in text_of(pilot.app)
        await press(pilot, "enter")
        assert desk.asked == [("UpdateService", {"cluster": "prod", "service": "api", "desiredCount": 4})]
        assert foot(pilot) == "Service api is scaled to 4  dockyard service scale api 4 --cluster prod"


async def test_a_dialog_on_a_tiny_screen_shows_its_words_and_its_buttons() -> None:
    async with opened(size=(40, 10)) as (pilot, _):
        await press(pilot, "R")
        shown = text_of(pilot.app)
        words = "api: replaces 2 tasks, at most 2 at once; at least 2 stay healthy, at most 4 live [ Cancel ] Restart"
        assert all(word in shown for word in words.split())
        await pilot.resize_terminal(120, 24)
        await pilot.pause()
        assert "api: replaces 2 tasks, at most 2 at once; at least 2 stay healthy, at most 4 " in text_of(
            pilot.app
        )


async def test_the_command_that_does_the_same_is_never_cut() -> None:
    async with opened(size=SMALL) as (pilot, _):
        await press(pilot, "S", "type:12", "enter")
        assert text_of(pilot.app).splitlines()[-2:] == [
            " Service api is scaled to 12  dockyard service scale api 12 --cluster prod",
            " ? help  Enter open  d describe  l logs  w why  S scale  R restart  U update",
        ]
        await pilot.resize_terminal(60, 24)
        await pilot.pause()
        assert text_of(pilot.app).splitlines()[-2:] == [
            " Service api is scaled to 12",
            " dockyard service scale api 12 --cluster prod",
        ]


async def test_keys_typed_before_the_dialog_could_be_read_dont_count() -> None:
    desk = shop.Desk()
    async with opened(shop.session(desk=desk)) as (pilot, _):
        for key in ("R", "tab", "enter"):
            pilot.app.post_message(Key(key, key if key == "R" else None))
        await pilot.pause()
        assert desk.asked == []
        assert "[ Cancel ]" in text_of(pilot.app)
        await press(pilot, "tab", "enter")
        assert [action for action, _ in desk.asked] == ["UpdateService"]


async def test_marked_rows_are_acted_on_together() -> None:
    desk = shop.Desk()
    async with opened(shop.session(desk=desk)) as (pilot, _):
        await press(pilot, "down", "down", "enter", "space", "down", "down", "ctrl+@", "X")
        assert "web: 3 tasks stopped, and replaced by the service" in text_of(pilot.app)
        await press(pilot, "tab", "enter")
        assert [action for action, _ in desk.asked] == ["StopTask"] * 3


async def test_a_refusal_among_many_answers_stays_to_be_seen() -> None:
    desk = shop.Desk(refusals=["", "The engine says no.", ""])
    async with opened(shop.session(desk=desk)) as (pilot, _):
        await press(pilot, "down", "down", "enter", "space", "down", "down", "ctrl+@", "X", "tab", "enter")
        assert foot(pilot).startswith("1 of 3 failed: The engine says no.  dockyard task stop")


async def test_the_history_keeps_no_rows_of_tables_that_were_left() -> None:
    async with opened() as (pilot, main):
        left = main.tables.listing
        await press(pilot, "down", "down", "enter")
        assert left.rows, "on the way down they are one Esc away"
        await press(pilot, ":", "type:tasks", "enter")
        assert not left.rows
        await press(pilot, "[", "escape")
        assert main.tables.listing is left
        assert left.cursor == "prod/web"
        assert row_names(main) == ["api", "try", "web"]


async def test_what_is_pasted_is_one_safe_line_of_bounded_length() -> None:
    async with opened() as (pilot, main):
        pilot.app.post_message(Paste("web"))
        await pilot.pause()
        assert not main.prompt.is_open
        await press(pilot, ":")
        pilot.app.post_message(Paste("quit\x1b[2J\u202e\n:quit\n"))
        await pilot.pause()
        assert main.prompt.text == "quit⇄"
        await press(pilot, "escape", "/")
        pilot.app.post_message(Paste("x" * 100_000))
        await pilot.pause()
        assert len(main.prompt.text) == 500


async def test_a_refusal_is_shown_in_its_words() -> None:
    desk = shop.Desk(refusal="The engine says no.")
    async with opened(shop.session(desk=desk)) as (pilot, _):
        await press(pilot, "R", "tab", "enter")
        assert foot(pilot).startswith("The engine says no.")


async def test_a_protected_cluster_wants_its_name_typed() -> None:
    desk, session = shop.Desk(), shop.session()
    session.desk, session.world.protected = desk, frozenset({"prod"})
    async with opened(session) as (pilot, _):
        await press(pilot, "X", "tab", "enter")
        assert desk.asked == []
        await press(pilot, "X", "type:prod", "enter")
        assert desk.asked == [("DeleteService", {"cluster": "prod", "service": "api", "force": True})]


async def test_a_protected_cluster_is_not_slipped_past_among_marks_of_others() -> None:
    desk, session = shop.Desk(), shop.session()
    session.desk, session.world.protected = desk, frozenset({"staging", "other"})
    async with opened(session) as (pilot, _):
        await press(pilot, "space", "down", "space", "U")
        assert foot(pilot) == "One service is updated at a time: clear the marks first (Esc)"
        await press(pilot, "X", "tab", "enter")
        assert desk.asked == []
        await press(pilot, "X", "type:staging", "enter")
        assert [given["service"] for _, given in desk.asked] == ["api", "try"]


async def test_read_only_offers_nothing_that_changes() -> None:
    async with opened(shop.session(keys=resolve(read_only=True))) as (pilot, _):
        await press(pilot, "S", "X", "R")
        assert "Cancel" not in text_of(pilot.app)
        assert foot(pilot) == "This screen only reads: restart would change something"
        await press(pilot, "?")
        assert "Changes something" not in text_of(pilot.app)


async def test_the_palette_runs_what_is_found() -> None:
    async with opened() as (pilot, main):
        await press(pilot, "ctrl+p", "type:descr", "enter")
        assert main.trail.here.place.view == "describe"


async def test_sorting_by_a_named_column_and_the_other_way_round() -> None:
    async with opened() as (pilot, main):
        await press(pilot, ":", "type:sort run", "enter")
        assert row_names(main) == ["try", "api", "web"]
        await press(pilot, "o")
        assert row_names(main) == ["web", "api", "try"]


def only_file(folder: Path) -> list[str]:
    (file,) = folder.iterdir()
    return file.read_text().splitlines()


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        (("down", "down"), "web"),
        (("down", "down", "enter", "down"), shop.TASKS[0].id),
        ((":", "type:capacity", "enter"), "edge-1"),
        ((":", "type:events", "enter"), "(service web) was unable to place a task."),
        (("down", "down", "V"), shop.deployment(shop.WEB).id),
        ((":", "type:revisions", "enter"), "web:12"),
    ],
)
async def test_what_is_copied_is_what_one_would_type_or_say(keys: tuple[str, ...], text: str) -> None:
    async with opened() as (pilot, _):
        await press(pilot, *keys, "c")
        assert pilot.app.clipboard == text
        assert foot(pilot).startswith("Copied ")


async def test_logs_are_copied_in_part_and_saved_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def log(place: LogPlace, **_: object) -> Iterator[LogLine]:
        for number in range(5000):
            yield LogLine(
                place, f"2026-11-23T12:04:{number:05}Z", f"\x1b[31mline {number:04}\x1b[0m of a long log"
            )

    monkeypatch.chdir(tmp_path)
    session = shop.session()
    session.open_streams = lambda: cast("Streams", SimpleNamespace(logs=log, close=lambda: None))
    async with opened(session) as (pilot, main):
        await press(pilot, "down", "down", "enter", "down", "l")
        await until(pilot, lambda screen: "the log ends here" in screen)
        await press(pilot, "c")
        copied = pilot.app.clipboard.splitlines()
        assert copied[-2] == "line 4999 of a long log"
        assert 2000 < len(copied) < 3000
        assert "the newest; Ctrl-s saves all" in foot(pilot)
        await press(pilot, "ctrl+s")
        await until(pilot, lambda screen: "Saved 5001 lines to" in screen)
        assert only_file(tmp_path)[0] == "line 0000 of a long log"
        assert len(main.logs.ring) == 5001


async def test_searching_a_page() -> None:
    async with opened(size=(100, 12)) as (pilot, _):
        await press(pilot, "down", "down", "d", "/", "type:unable", "enter")
        assert "(service web) was unable to place a task." in text_of(pilot.app)
        assert "</unable> 1 of 1" in title(pilot)
        await press(pilot, "escape")
        assert "</unable>" not in title(pilot)


async def test_small_and_changing_terminals_dont_break_anything() -> None:
    async with opened() as (pilot, _):
        for size in ((20, 6), (3, 3), (1, 1), (200, 60), (80, 24)):
            await pilot.resize_terminal(*size)
            await press(
                pilot, "d", "escape", "S", "escape", "?", "escape", ">", "o", "<", "o", "right", "left"
            )
        assert title(pilot) == "Services(all)[3]"


async def test_no_colour_means_no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened() as (pilot, _):
        styles = [
            segment.style
            for strip in pilot.app.screen._compositor.render_strips()
            for segment in strip
            if segment.style
        ]
        assert all(style.color is None and style.bgcolor is None for style in styles)
        assert any(style.reverse for style in styles), "the cursor is in reverse video"


async def test_every_theme_can_be_read() -> None:
    async with opened() as (pilot, _):
        await press(pilot, "down", "down", "enter")
        for name in sorted(pilot.app.available_themes):
            pilot.app.theme = name
            await pilot.pause()
            shown = [
                segment.style
                for strip in pilot.app.screen._compositor.render_strips()
                for segment in strip
                if segment.style and segment.text.strip()
            ]
            assert all(
                style.color is None or style.color.is_default or style.color != style.bgcolor
                for style in shown
            ), name
            assert len({style.color for style in shown}) > 3, name


def test_a_theme_that_isnt_there_is_refused() -> None:
    session = shop.session()
    session.theme = "dracla"
    with pytest.raises(ConfigError, match="there is no theme 'dracla'"):
        DockyardApp(session)


async def test_a_passphrase_is_asked_for_once_and_again_when_it_was_wrong() -> None:
    session = shop.session()
    answers: list[str] = []

    def log(place: LogPlace, **_: object) -> Iterator[LogLine]:
        answers.extend(secrets("Passphrase for /keys/id: ") for _ in range(3))
        yield LogLine(place, "2026-11-23T12:04:00Z", "let in")

    session.open_streams = lambda: cast("Streams", SimpleNamespace(logs=log, close=lambda: None))
    async with opened(session, (100, 24)) as (pilot, _):
        secrets = Secrets(session.ask_secret)
        await press(pilot, "down", "down", "enter", "down", "l")
        await until(pilot, lambda screen: "Passphrase for /keys/id" in screen and "Esc cancels" in screen)
        words = " ".join(text_of(pilot.app).replace("│", " ").split())
        assert "in memory alone, until this program and an engine that it started end." in words, (
            "long lines are wrapped"
        )
        await press(pilot, "type:wrong")
        assert "wrong" not in text_of(pilot.app)
        assert "*****" in text_of(pilot.app)
        await press(pilot, "enter")
        await until(pilot, lambda screen: "That was not it." in screen and "Esc cancels" in screen)
        await press(pilot, "escape")
        await until(pilot, lambda screen: "let in" in screen)
        assert answers == ["wrong", "", ""], "who doesn't answer isn't asked again and again"


class Child:
    """An engine that would be a child of ours."""

    pid = 812
    is_left, is_stopped, outlives = False, False, False

    def running(self) -> bool:
        return True

    def outlive(self) -> None:
        self.outlives = True

    def stay(self) -> None:
        self.is_left = True

    def stop(self, timeout_s: float) -> bool:
        self.is_stopped = True
        return True


async def test_an_engine_is_started_and_asked_about_when_quitting() -> None:
    session, child = shop.session(), Child()
    session.start_engine = lambda: cast("EngineChild", child)
    async with opened(session) as (pilot, _):
        await pilot.pause(0.2)
        assert text_of(pilot.app).splitlines()[0].startswith(" dockyard  engine 812 (ours), live")
        await press(pilot, "ctrl+c")
        assert "[ Cancel ]" in text_of(pilot.app)
        await press(pilot, "ctrl+c")
        assert "[ Cancel ]" not in text_of(pilot.app), "Ctrl-C cancels a dialog"
        assert not child.outlives
        await press(pilot, "ctrl+c", "tab", "enter")
        assert child.is_left


async def test_an_engine_that_is_to_stay_is_told_so_before_anything_can_happen_to_its_screen() -> None:
    session, child = shop.session(), Child()
    session.start_engine, session.engine_on_quit = lambda: cast("EngineChild", child), "stay"
    async with opened(session) as (pilot, _):
        await until(pilot, lambda screen: "(ours)" in screen)
        assert child.outlives
        await press(pilot, "ctrl+c")
        assert child.is_left


async def test_the_end_of_the_engine_is_said_until_a_key_and_so_is_that_one_runs_again() -> None:
    source = shop.Told()
    async with opened(shop.session(source=source), SMALL) as (pilot, _):
        for running, said in (
            (False, "The engine has ended: nothing is watched or replaced. :engine starts one"),
            (True, "An engine runs again, pid 812"),
        ):
            source.tell(News(engine=replace(shop.ENGINE, running=running), read_at=shop.NOW))
            await until(pilot, lambda screen, said=said: said in screen)  # type: ignore[misc]
        await press(pilot, "j")
        assert foot(pilot).startswith("An engine runs again")
        source.tell(News(engine=replace(shop.ENGINE, running=False), read_at=shop.NOW))
        await until(pilot, lambda screen: "The engine has ended" in screen)
        await press(pilot, "j")
        assert foot(pilot).startswith("all › services")


async def test_an_engine_that_cant_start_is_an_error_that_stays_until_a_key() -> None:
    def fails() -> EngineChild | None:
        raise DockyardError("The engine ended as it started: port taken")

    session = shop.session()
    session.start_engine = fails
    async with opened(session) as (pilot, _):
        await pilot.pause(0.2)
        assert foot(pilot) == "The engine ended as it started: port taken"
        await press(pilot, "j")
        assert foot(pilot).startswith("all › services")


async def test_a_thread_that_fails_ends_the_program_with_its_error() -> None:
    app = DockyardApp(shop.session())
    error = ValueError("in a thread")

    async def run() -> None:
        async with app.run_test() as pilot:
            app.thread_failed(threading.ExceptHookArgs((ValueError, error, None, None)))
            await pilot.pause(0.2)

    with pytest.raises(ValueError, match="in a thread"):
        await run()
    assert app.crash is error


async def test_nothing_is_foreseen_from_a_part_of_what_changed() -> None:
    source, calls = shop.Told(), list[str]()
    async with opened(shop.session(source=source)) as (pilot, main):
        source.tell(News((shop.WEB,), read_at=shop.NOW, more=True))
        await until(pilot, lambda _: not source.waiting)
        main.when_whole(lambda: calls.append("when whole"))
        assert calls == []
        source.tell(News((shop.API,), read_at=shop.NOW))
        await until(pilot, lambda _: bool(calls))
        source.tell(News(problem="state.db: disk I/O error", more=True))
        await until(pilot, lambda _: not source.waiting)
        main.when_whole(lambda: calls.append("as it was read last"))
        assert calls == ["when whole", "as it was read last"]
        source.tell(parts()[0])
        await until(pilot, lambda _: not source.waiting)
        main.when_whole(lambda: calls.append("what is known stays until all is read anew"))
        await until(pilot, lambda _: len(calls) == 3)


async def test_services_are_shown_before_their_tasks_are_read() -> None:
    source = shop.Told([*parts()[:1]])
    async with opened(shop.session(source=source), size=(120, 30)) as (pilot, main):
        shown = text_of(pilot.app)
        assert "reading hosts and tasks" in shown
        assert not any(word in shown.splitlines()[0] for word in ("fault", "0/0", "connected"))
        for view in ("capacity", "clusters"):
            await press(pilot, ":", *view, "enter")
            assert "reading …" in text_of(pilot.app), view
        source.tell(parts()[1])
        await until(pilot, lambda screen: "reading tasks" in screen)
        shown = text_of(pilot.app)
        assert any(line.startswith("│ prod ") for line in shown.splitlines()), (
            "clusters tell what their hosts are"
        )
        await press(pilot, ":", *"capacity", "enter")
        assert any(line.startswith("│ edge-1 ") for line in text_of(pilot.app).splitlines())
        await press(pilot, ":", *"services", "enter")
        shown = text_of(pilot.app)
        assert "hosts" in shown.splitlines()[0]
        (web,) = (line for line in shown.splitlines() if line.startswith("│ web "))
        assert web.count("…") >= 3
        assert "IN_PROGRESS" in web, "what the service itself says is known"
        await press(pilot, "S")
        assert foot(pilot).startswith("The tasks are still being read")
        assert pilot.app.screen is main
        for view in ("tasks", "tree", "faults", "pulses"):
            await press(pilot, ":", *view, "enter")
            assert "reading …" in text_of(pilot.app), view
        await press(pilot, ":", *"services", "enter", "d")
        assert "reading …" in text_of(pilot.app)
        await press(pilot, "escape")
        for part in parts()[2:]:
            source.tell(part)
        await until(pilot, lambda screen: "reading" not in screen)
        (web,) = (line for line in text_of(pilot.app).splitlines() if line.startswith("│ web "))
        assert " … " not in web
        assert not any(line.changed for line in main.tables.table.looks), "nothing changed"
        await press(pilot, "S")
        assert pilot.app.screen is not main
