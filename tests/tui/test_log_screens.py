"""Logs as they are read: gestures, and the screen as characters."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, cast

from core.streams import LogLine
from tests.tui import shop
from tests.tui.screens import assert_golden, press, text_of, until
from tests.tui.test_screens import LARGE, SMALL, foot, opened, title
from tui.logs import reader, ring

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pytest

    from core.streams import Place, Streams
    from tui.screens.main import Main
    from tui.session import Session

#: From the services: the logs of web, which has four tasks on hosts.
WEB = ("down", "down", "l")
API = ("l",)


class Told:
    """Streams whose logs say what a test tells them; those that are followed stay open."""

    def __init__(self, say: Callable[[Place, dict[str, Any]], list[tuple[int, str]]]) -> None:
        self.asked: list[dict[str, Any]] = []
        self._say = say
        self._ended = threading.Event()

    def logs(self, place: Place, **asked: Any) -> Iterator[LogLine]:
        self.asked.append(asked)
        for second, text in self._say(place, asked):
            yield LogLine(place, f"2026-11-23T12:{second // 60:02}:{second % 60:02}.000000000Z", text)
        if asked.get("follow"):
            self._ended.wait(20)

    def close(self) -> None:
        self._ended.set()


def reading(streams: Told) -> Session:
    session = shop.session()
    session.open_streams = lambda: cast("Streams", streams)
    return session


def requests(place: Place, asked: dict[str, Any]) -> list[tuple[int, str]]:
    """Each task answers in its turn; what ended says why."""
    if not asked.get("follow"):
        return [(n, f"\x1b[31mrun {place.task[:2]}\x1b[0m line {n}: out of memory") for n in range(40)]
    offset = int(place.task[:2], 16)
    return [
        (
            n * 5 + offset,
            f"GET /orders/{n} \x1b[32m200\x1b[0m in {n * offset} ms" + " and so on" * (n == 3) * 12,
        )
        for n in range(12)
    ]


def depth(main: Main) -> int:
    return len(main.trail.visits)


async def test_logs_of_several_tasks_are_merged_searched_and_narrowed() -> None:
    async with opened(reading(Told(requests)), SMALL) as (pilot, main):
        await press(pilot, *WEB)
        await until(pilot, lambda screen: "48 lines, following" in screen)
        await press(pilot, "t")
        times = [line.split()[0] for line in text_of(pilot.app).splitlines() if line.startswith(" 2026")]
        assert times == sorted(times)
        await press(pilot, "t", "/", "type:ders/[37]", "enter")
        assert foot(pilot) == "Found in 8 of 48 lines"
        await assert_golden(pilot, "logs-80x24")
        await press(pilot, "n", "&", "w")
        assert title(pilot).startswith("Logs service web [4 logs] </ders/[37]> 8 only matches 1-")
        await pilot.resize_terminal(*LARGE)
        await pilot.pause()
        await assert_golden(pilot, "logs-160x50")
        await press(pilot, "6")
        await until(pilot, lambda _: "last 1h </ders/[37]> 8 only matches" in title(pilot))
        await press(pilot, "escape", "escape")
        assert "</" not in title(pilot)
        await press(pilot, "escape")
        assert main.scope == "services"


async def test_digits_choose_what_is_read() -> None:
    streams = Told(requests)
    async with opened(reading(streams)) as (pilot, _):
        await press(pilot, *API, "/", "type:200", "enter")
        for key, words, asked in (
            ("1", "from its beginning", {"earlier": False}),
            ("4", "last 15m", {"follow": True, "since": ..., "earlier": False}),
            ("6", "last 1h", {"follow": True, "since": ..., "earlier": False}),
            ("0", "</200>", {"follow": True, "tail": 1000}),
        ):
            streams.asked.clear()
            await press(pilot, key)
            assert words in title(pilot)
            assert "</200>" in title(pilot), "the search stays"
            await until(pilot, lambda _: len(streams.asked) == 2)
            for each in streams.asked:
                assert {name: ... if name == "since" else value for name, value in each.items()} == asked
        assert "following" in title(pilot)
        assert "beginning" not in title(pilot)


async def test_what_ran_before_is_read_from_a_row_and_from_its_logs() -> None:
    async with opened(reading(Told(requests)), SMALL) as (pilot, main):
        await press(pilot, "p")
        await until(pilot, lambda screen: "the log ends here" in screen)
        assert title(pilot).startswith("Previous logs service api")
        await assert_golden(pilot, "previous-logs-80x24")
        await press(pilot, "p")
        assert title(pilot).startswith("Logs service api [2 logs]")
        assert depth(main) == 3
        await press(pilot, "p")
        assert title(pilot).startswith("Previous logs service api")
        assert depth(main) == 2, "p goes back where it came from"
        await pilot.resize_terminal(*LARGE)
        await until(pilot, lambda screen: "the log ends here" in screen)
        await assert_golden(pilot, "previous-logs-160x50")


async def test_where_nothing_was_before_that_is_said() -> None:
    async with opened(reading(Told(requests)), LARGE) as (pilot, _):
        await press(pilot, "down", "down", "p")
        assert "There is nothing before web that could be read" in text_of(pilot.app)


async def test_a_log_takes_the_whole_screen_but_for_one_line() -> None:
    async with opened(reading(Told(requests)), LARGE) as (pilot, main):
        await press(pilot, *API)
        await until(pilot, lambda screen: "24 lines, following" in screen)
        await press(pilot, "f")
        lines = text_of(pilot.app).splitlines()
        assert lines[0].startswith(" api/06")
        assert lines[-1] == " Logs service api [2 logs] 24 lines, following"
        await press(pilot, "/", "type:200", "enter")
        assert text_of(pilot.app).splitlines()[-1].strip() == "Found in 24 of 24 lines"
        await press(pilot, "escape", "escape")
        assert text_of(pilot.app).splitlines()[0].startswith(" dockyard")
        assert main.scope == "logs", "the search was closed, then the full screen"
        await press(pilot, "escape")
        assert main.scope == "services"


async def test_search_and_file_say_what_they_cover(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(ring, "KEPT", 100)
    monkeypatch.setattr(ring, "_SLACK", 0.0)
    monkeypatch.chdir(tmp_path)
    streams = Told(lambda _place, _asked: [(0, f"line {n}") for n in range(150)])
    async with opened(reading(streams)) as (pilot, main):
        await press(pilot, "down", "down", "enter", "down", "l")
        await until(pilot, lambda screen: "50 dropped, 100 lines, following" in screen)
        assert main.logs._reader is not None
        main.logs._reader.missed = 7
        await press(pilot, "/", "type:line 9.", "enter")
        assert (
            foot(pilot)
            == "Found in 10 of 100 lines; 57 lines dropped before: 7 came too fast, 50 older made room"
        )
        await press(pilot, "escape", "ctrl+s")
        await until(pilot, lambda screen: "Saved 100 lines" in screen)
        await pilot.resize_terminal(240, 24)
        await pilot.pause()
        assert "Saved 100 lines (57 lines dropped before: 7 came too fast, 50 older made room) to" in foot(
            pilot
        )
        await press(pilot, "C")
        assert "dropped" not in title(pilot)


async def test_a_flood_that_the_screen_cant_follow_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    streams = Told(lambda _place, _asked: [(0, f"line {n}") for n in range(3 * reader._WAITING)])
    async with opened(reading(streams)) as (pilot, main):
        monkeypatch.setattr(main.logs, "drain", lambda: None)
        await press(pilot, "down", "down", "enter", "down", "l")
        assert main.logs._reader is not None
        log = main.logs._reader
        await until(pilot, lambda _: log._came == 3 * reader._WAITING)
        monkeypatch.undo()
        main.logs.drain()
        await pilot.pause()
        assert "40000 dropped, 20001 lines, following" in title(pilot)
        await press(pilot, "g")
        assert "… 40000 lines came faster than they could be shown" in text_of(pilot.app)


async def test_lines_that_come_late_do_not_move_what_is_read() -> None:
    def say(place: Place, _asked: dict[str, Any]) -> list[tuple[int, str]]:
        if place.task.startswith("06"):
            return [(n * 2, f"even {n * 2}") for n in range(60)]
        assert is_scrolled.wait(20)
        return [(n * 2 + 1, f"odd {n * 2 + 1}") for n in range(60)]

    is_scrolled = threading.Event()
    async with opened(reading(Told(say))) as (pilot, _):
        await press(pilot, *API)
        await until(pilot, lambda screen: "60 lines, following" in screen)
        await press(pilot, "pageup")
        first = text_of(pilot.app).splitlines()[2].split()[-1]
        is_scrolled.set()
        await until(pilot, lambda screen: "of 120" in screen)
        lines = [line.split()[-1] for line in text_of(pilot.app).splitlines()[2:6]]
        assert lines == [str(int(first) + n) for n in range(4)]
