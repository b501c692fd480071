"""Logs: bounded, merged, parsed only where they are seen, and ended when they are left."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest

from core.errors import HostError
from core.safe_text import LINE_LIMIT
from core.streams import LogLine, Streams, places
from tests.tui import shop
from tui.listing.row import Tone
from tui.logs import KEPT, KEPT_CHARACTERS, MOST_LOGS, Entry, LogReader, LogRing
from tui.pattern import Pattern
from tui.widgets.text import sgr_style

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from core.streams import Place

PATIENCE_S = 20.0
PLACES = [place for task in shop.TASKS[:2] for place in places(shop.world().state, task)]


class Canned:
    """Streams that give what a test wants: lines, then an error, or then nothing until they are closed."""

    def __init__(self, lines: int, error: str = "", *, stays: bool = False) -> None:
        self.is_closed = threading.Event()
        self._lines, self._error, self._stays = lines, error, stays

    def logs(self, place: Place, **_: Any) -> Iterator[LogLine]:
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
    reader.follow(PLACES)
    reader.follow(PLACES)
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


def test_a_flood_is_bounded_and_says_what_was_dropped() -> None:
    streams = Canned(60_000, stays=True)
    rung = threading.Event()
    reader = LogReader(lambda: cast("Streams", streams), rung.set)
    reader.follow(PLACES[:1])
    deadline = time.monotonic() + PATIENCE_S
    while reader._came < 60_000:
        assert time.monotonic() < deadline
        rung.wait(0.05)
    entries = reader.take()
    assert entries[0].text == "… 40000 lines came faster than they could be shown"
    assert "line 59999" in [entry.text for entry in entries]
    reader.close()
    assert streams.is_closed.wait(PATIENCE_S)


def test_the_ring_keeps_the_newest_lines_and_says_how_many_went() -> None:
    ring = LogRing()
    assert ring.add(Entry("", "", f"line {n}") for n in range(KEPT)) == 0
    dropped = ring.add(Entry("", "", f"more {n}") for n in range(10_000))
    assert dropped == 10_000
    assert len(ring) == KEPT
    assert ring.text(0) == "line 10000"


def test_the_ring_is_bounded_in_characters_too() -> None:
    ring = LogRing()
    ring.only(Pattern("7$"))
    lines, dropped = 4000, 0
    for start in range(0, lines, 100):
        dropped += ring.add(Entry("", "", "x" * LINE_LIMIT + str(n)[-1]) for n in range(start, start + 100))
    kept = sum(len(entry.text) for entry in ring.entries)
    assert KEPT_CHARACTERS * 0.9 < kept < KEPT_CHARACTERS * 1.1
    assert dropped > 0
    assert len(ring) == lines // 10 - dropped, "what matches goes when it goes"
    assert [ring.entries[-3].text[-1], ring.text(len(ring) - 1)[-1]] == ["7", "7"]


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
    many = [replace(PLACES[0], task=f"{n:032x}") for n in range(MOST_LOGS + 1)]
    assert not reader.follow(many)
    assert reader.count == MOST_LOGS
    streams.is_closed.set()
    deadline = time.monotonic() + PATIENCE_S
    while not reader.follow(many):
        assert time.monotonic() < deadline, "the next is read when one has ended"
    assert reader.count == MOST_LOGS + 1


def test_only_matching_lines_while_more_come() -> None:
    ring = LogRing()
    ring.add(Entry("", "", text) for text in ("one error", "fine", "error two"))
    ring.only(Pattern("error"))
    ring.add([Entry("", "", "fine again"), Entry("", "", "error three")])
    assert [ring.text(n) for n in range(len(ring))] == ["one error", "error two", "error three"]
    ring.only(None)
    assert len(ring) == 5


def test_a_line_keeps_its_colours_and_nothing_else() -> None:
    ring = LogRing()
    ring.add([Entry("web/1", "2026-11-23T12:04:00.123456789Z", "\x1b[31mred\x1b[0m \x1b[2Jclean\x07")])
    assert ring.line(0) == (("red", "31"), (" clean␇", ""))
    ring.shows_times = ring.shows_labels = True
    time_piece, label, *_ = ring.line(0)
    assert time_piece == ("2026-11-23T12:04:00.123 ", Tone.DIM)
    assert label[0] == "web/1 "
    assert sgr_style(label[1]).color is not None


def test_a_task_without_a_host_has_no_log() -> None:
    with pytest.raises(HostError):
        places(shop.world().state, shop.WAITING)
