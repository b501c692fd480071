"""What only colours show, as pictures: few, since each is some fifty kilobytes. Time, ids and logs are the shop's.

`pytest tests/tui/test_snapshots.py --snapshot-update` makes them anew, to be looked at before they are committed.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Event
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from core.model.state import Kind
from core.model.task import Health
from core.record import replace
from core.streams import LogLine
from tests.tui import shop
from tests.tui.past import live_through
from tests.tui.screens import press, until
from tui.app import DockyardApp
from tui.world import News

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.pilot import Pilot

    from core.streams import Place, Streams

Compare = Callable[..., bool]

SIZE = (100, 30)
LOGS = 4
PATIENCE_S = 30.0
TASKS = ("down", "down", "enter")
COLOURED = (
    "\x1b[32mINFO\x1b[0m listening on 8080",
    "\x1b[1;31mERROR\x1b[0m upstream timed out \x1b[2J\x07",
    "\x1b[33mWARN\x1b[0m \x1b[4mretrying\x1b[24m upstream",
    "plain [bold]markup[/bold] stays as it is",
)


def app(theme: str = "", source: shop.Told | None = None) -> DockyardApp:
    session = shop.session(source=source)
    session.theme = theme
    return DockyardApp(session)


def pressing(*keys: str) -> Callable[[Pilot[Any]], Any]:
    async def run(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda screen: "engine 812" in screen)
        await press(pilot, *keys)
        await until(pilot, lambda screen: "working out" not in screen)

    return run


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "ansi"])
def test_statuses_cursor_mark_and_a_silent_host(snap_compare: Compare, theme: str) -> None:
    keys = (*TASKS, "space", "down", "/", *"RUN", "enter")
    assert snap_compare(app(theme), terminal_size=SIZE, run_before=pressing(*keys))


def test_without_colour_weight_and_reverse_video_are_left(
    snap_compare: Compare, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(app(), terminal_size=SIZE, run_before=pressing(*TASKS, "space", "down"))


def test_what_changed_and_what_is_gone(snap_compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.widgets.flashes.FLASH_S", 1e6)
    source = shop.Told()

    async def change(pilot: Pilot[Any]) -> None:
        await pressing(*TASKS, "down")(pilot)
        changed = replace(shop.TASKS[1], health=Health.UNHEALTHY)
        source.tell(News((changed,), ((Kind.TASK, shop.TASKS[0].id),), read_at=shop.NOW))
        await until(pilot, lambda screen: "UNHEALTHY" in screen)

    assert snap_compare(app(source=source), terminal_size=SIZE, run_before=change)


def test_production_looks_like_production_and_use_has_a_course(snap_compare: Compare) -> None:
    shown = app()
    shown.session.world.colors = {"prod": "red"}
    shown.session.world.protected = frozenset({"prod"})

    async def look(pilot: Pilot[Any]) -> None:
        await pressing(":", *"capacity prod", "enter")(pilot)
        live_through(shown.session.world, 8)
        await until(pilot, lambda screen: "▇" in screen)

    assert snap_compare(shown, terminal_size=(120, 30), run_before=look)


def test_a_dialog_stands_out(snap_compare: Compare) -> None:
    assert snap_compare(app(), terminal_size=SIZE, run_before=pressing("down", "down", "R", "tab"))


def test_colours_of_logs_and_of_what_was_searched_for(snap_compare: Compare) -> None:
    started, ended = Barrier(LOGS), Event()
    tasks: list[str] = []
    turns = [Event() for _ in range(LOGS)]

    def logs(place: Place, **_: object) -> Iterator[LogLine]:
        """Lines come from threads, at any time and in any parts: here always in the order of their times, one log after another."""
        tasks.append(place.task)
        started.wait(PATIENCE_S)
        turn = sorted(tasks).index(place.task)
        if turn:
            turns[turn - 1].wait(PATIENCE_S)
        for number, text in enumerate(COLOURED):
            yield LogLine(place, f"2026-11-23T12:0{turn}:0{number}.{place.task[:2]}Z", text)
        turns[turn].set()
        ended.wait(PATIENCE_S)

    shown = app()
    shown.session.open_streams = lambda: cast("Streams", SimpleNamespace(logs=logs, close=ended.set))

    async def search(pilot: Pilot[Any]) -> None:
        await pressing("down", "down", "l")(pilot)
        await until(pilot, lambda screen: screen.count("listening on 8080") == LOGS)
        await press(pilot, "/", *"upstream", "enter")

    assert snap_compare(shown, terminal_size=SIZE, run_before=search)
