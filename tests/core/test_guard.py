"""Moments that one thread keeps for many callers, on the real clock; each wait is for what must come."""

from __future__ import annotations

import queue
import threading
import time
from functools import partial
from typing import TYPE_CHECKING

import pytest

from core.guard import Guard
from tests.engine.testbed import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMEOUT_S = 5.0
LATER_S = 60.0


@pytest.fixture
def guard() -> Iterator[Guard]:
    made = Guard()
    yield made
    made.close()


def test_each_is_called_at_its_moment_the_earliest_first(guard: Guard) -> None:
    called: queue.SimpleQueue[str] = queue.SimpleQueue()
    now = time.monotonic()
    for name, after_s in (("third", 0.06), ("first", 0.02), ("second", 0.04)):
        guard.watch(partial(called.put, name)).set(now + after_s)
    assert [called.get(timeout=TIMEOUT_S) for _ in range(3)] == ["first", "second", "third"]
    assert time.monotonic() - now >= 0.06


def test_a_moment_may_be_moved_earlier_while_the_thread_waits_for_it(guard: Guard) -> None:
    called = threading.Event()
    watch = guard.watch(called.set)
    watch.set(time.monotonic() + LATER_S)
    watch.set(time.monotonic())
    assert called.wait(TIMEOUT_S)


def test_what_was_moved_later_or_ended_is_not_called(guard: Guard) -> None:
    called: queue.SimpleQueue[str] = queue.SimpleQueue()
    soon = time.monotonic() + 0.02
    moved, ended = (guard.watch(partial(called.put, name)) for name in ("moved", "ended"))
    for watch in (moved, ended):
        watch.set(soon)
    moved.set(soon + LATER_S)
    ended.end()
    ended.set(soon)
    guard.watch(lambda: called.put("last")).set(soon + 0.02)
    assert called.get(timeout=TIMEOUT_S) == "last"


def test_a_call_may_set_its_own_next_moment(guard: Guard) -> None:
    called: queue.SimpleQueue[float] = queue.SimpleQueue()

    def call() -> None:
        called.put(time.monotonic())
        watch.set(time.monotonic() + 0.01)

    watch = guard.watch(call)
    watch.set(time.monotonic())
    first, second, third = (called.get(timeout=TIMEOUT_S) for _ in range(3))
    assert second - first >= 0.01
    assert third - second >= 0.01


def test_a_defect_of_one_costs_the_others_nothing_and_is_told(
    guard: Guard, caplog: pytest.LogCaptureFixture
) -> None:
    called = threading.Event()

    def break_down() -> None:
        raise ZeroDivisionError

    now = time.monotonic()
    guard.watch(break_down).set(now)
    guard.watch(called.set).set(now + 0.01)
    assert called.wait(TIMEOUT_S)
    assert "ZeroDivisionError" in caplog.text


def test_there_is_one_thread_however_many_watch_and_none_after_the_end() -> None:
    before = set(threading.enumerate())
    guard = Guard()
    assert set(threading.enumerate()) <= before
    for _ in range(100):
        guard.watch(lambda: None).set(time.monotonic() + LATER_S)
    (mine,) = (thread for thread in set(threading.enumerate()) - before if thread.name == "guard")
    guard.close()
    wait_until(lambda: not mine.is_alive(), "the thread ends")
