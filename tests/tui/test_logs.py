"""Logs: bounded, merged, parsed only where they are seen, and ended when they are left."""

from __future__ import annotations

import dataclasses
import threading
import time
from typing import TYPE_CHECKING, Any, cast

import pytest

from core.errors import HostError
from core.record import replace
from core.safe_text import LINE_LIMIT
from core.streams import LogLine, Streams, places
from tests.tui import shop
from tui.logs.entry import Entry
from tui.logs.reader import MOST_LOGS, LogReader
from tui.logs.sources import LogSource
from tui.logs.span import HEAD, LINES, SPANS, TAIL, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from core.streams import Place

PATIENCE_S = 20.0
PLACES = [place for task in shop.TASKS[:2] for place in places(shop.world().state, task)]
SOURCES = [LogSource(place) for place in PLACES]


class Canned:
    """Streams that give what a test wants: lines, then an error, or then nothing until they are closed."""

    def __init__(self, lines: int, error: str = "", *, stays: bool = False) -> None:
        self.is_closed = threading.Event()
        self._lines, self._error, self._stays = lines, error, stays
        self.asked: list[dict[str, Any]] = []

    def logs(self, place: Place, **asked: Any) -> Iterator[LogLine]:
        self.asked.append(asked)
        for number in range(self._lines):
            yield LogLine(place, f"2026-11-23T12:04:{number % 60:02}.000000000Z", f"line {number}")
        if self._error:
            raise HostError(self._error)
        if self._stays:
            self.is_closed.wait(PATIENCE_S)

    def close(self) -> None:
        self.is_closed.set()


def read(streams: Canned, until: Callable[[list[Entry]], bool]) -> tuple[LogReader, list[Entry]]:
    rung = threading.Event()
    reader = LogReader(lambda: cast("Streams", streams), rung.set)
    reader.follow(SOURCES)
    reader.follow(SOURCES)
    entries: list[Entry] = []
    deadline = time.monotonic() + PATIENCE_S
    while not until(entries):
        assert time.monotonic() < deadline
        if rung.wait(0.1):
            rung.clear()
            entries += reader.take()
    return reader, entries


def test_several_logs_are_read_at_once_and_each_only_once() -> None:
    reader, entries = read(Canned(3), lambda entries: sum(entry.is_ours for entry in entries) == 2)
    assert reader.count == 2
    assert sorted(entry.text for entry in entries if not entry.is_ours) == sorted(
        ["line 0", "line 1", "line 2"] * 2
    )
    assert {entry.text for entry in entries if entry.is_ours} == {
        f"— {place.label}: the log ends here" for place in PLACES
    }


def test_what_went_wrong_is_said_in_the_log() -> None:
    _, entries = read(
        Canned(1, "edge-1: no answer"), lambda entries: sum(entry.is_ours for entry in entries) == 2
    )
    assert f"— {PLACES[0].label}: edge-1: no answer" in [entry.text for entry in entries]


def test_a_connection_that_opens_late_holds_up_nobody_and_ends_with_the_reader() -> None:
    begun, goes_on, streams = threading.Event(), threading.Event(), Canned(0, stays=True)

    def slowly() -> Streams:
        begun.set()
        assert goes_on.wait(PATIENCE_S)
        return cast("Streams", streams)

    reader = LogReader(slowly, lambda: None)
    reader.follow(SOURCES[:1])
    assert begun.wait(PATIENCE_S)
    assert reader.take() == []
    reader.close()
    goes_on.set()
    assert streams.is_closed.wait(PATIENCE_S)


def test_a_flood_is_bounded_and_says_what_was_dropped() -> None:
    streams = Canned(60_000, stays=True)
    rung = threading.Event()
    reader = LogReader(lambda: cast("Streams", streams), rung.set)
    reader.follow(SOURCES[:1])
    deadline = time.monotonic() + PATIENCE_S
    while reader._came < 60_000:
        assert time.monotonic() < deadline
        rung.wait(0.05)
    entries = reader.take()
    assert entries[0].text == "… 40000 lines came faster than they could be shown"
    assert entries[0].at == entries[1].at, "it stands where they are missing"
    assert "line 59999" in [entry.text for entry in entries]
    assert reader.missed == 40_000
    reader.close()
    assert streams.is_closed.wait(PATIENCE_S)


def test_long_lines_that_wait_are_bounded_too() -> None:
    reader = LogReader(lambda: cast("Streams", Canned(0)), lambda: None)
    for _ in range(2000):
        reader._put(Entry("", "", "x" * LINE_LIMIT))
    entries = reader.take()
    assert entries[0].text == f"… {2000 - len(entries) + 1} lines came faster than they could be shown"
    assert 500 < len(entries) < 520


def test_no_more_logs_are_read_at_once_than_there_may_be() -> None:
    streams = Canned(0, stays=True)
    reader = LogReader(lambda: cast("Streams", streams), lambda: None)
    many = [LogSource(dataclasses.replace(PLACES[0], task=f"{n:032x}")) for n in range(MOST_LOGS + 1)]
    assert not reader.follow(many)
    assert reader.count == MOST_LOGS
    streams.is_closed.set()
    deadline = time.monotonic() + PATIENCE_S
    while not reader.follow(many):
        assert time.monotonic() < deadline, "the next is read when one has ended"
    assert reader.count == MOST_LOGS + 1


@pytest.mark.parametrize(
    ("span", "source", "asked"),
    [
        (TAIL, SOURCES[0], {"follow": True, "tail": LINES}),
        (TAIL, replace(SOURCES[0], is_over=True, ended_at=900.0), {"follow": False, "tail": LINES}),
        (TAIL, replace(SOURCES[0], is_over=True, earlier=True), {"earlier": True}),
        (HEAD, SOURCES[0], {"earlier": False}),
        (SPANS[3], SOURCES[0], {"follow": True, "since": 700.0, "earlier": False}),
        (
            SPANS[3],
            replace(SOURCES[0], is_over=True, ended_at=900.0),
            {"follow": False, "since": 600.0, "earlier": False},
        ),
    ],
    ids=["end", "end of one that ended", "end of an earlier run", "beginning", "5m", "5m before its end"],
)
def test_the_part_that_is_asked_for_is_read(span: Span, source: LogSource, asked: dict[str, Any]) -> None:
    streams = Canned(LINES + 5)
    rung = threading.Event()
    reader = LogReader(lambda: cast("Streams", streams), rung.set, span, lambda: 1000.0)
    reader.follow([source])
    entries: list[Entry] = []
    deadline = time.monotonic() + PATIENCE_S
    while not entries or not entries[-1].is_ours:
        assert time.monotonic() < deadline
        rung.wait(0.1)
        entries += reader.take()
    assert streams.asked == [asked]
    texts = [entry.text for entry in entries[:-1]]
    if span is HEAD:
        assert texts == [f"line {n}" for n in range(LINES)]
        assert "its first 1000 lines end here" in entries[-1].text
    elif source.earlier:
        assert texts == [f"line {n}" for n in range(5, LINES + 5)]


def test_a_task_without_a_host_has_no_log() -> None:
    with pytest.raises(HostError):
        places(shop.world().state, shop.WAITING)
