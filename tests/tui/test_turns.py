"""Between two slices of long work the loop does what else is due, and a key that was pressed has the loop for a moment."""

from __future__ import annotations

import asyncio
import itertools
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from tui import turns as module
from tui.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """Time that goes on by what is slept."""
    made = SimpleNamespace(now=100.0, slept=[])

    def sleep(seconds: float) -> None:
        made.slept.append(round(seconds, 6))
        made.now += seconds

    async def pause(seconds: float) -> None:
        sleep(seconds)

    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: made.now, sleep=sleep))
    monkeypatch.setattr(module, "asyncio", SimpleNamespace(sleep=pause, Lock=asyncio.Lock))
    return made


async def test_never_two_slices_in_one_turn_of_the_loop() -> None:
    turns, seen = Turns(), list[str]()

    async def work(name: str) -> None:
        for _ in range(5):
            await turns.next()
            seen.append(name)

    async def else_due() -> None:
        while not all(each.done() for each in working):
            seen.append("-")
            await asyncio.sleep(0)

    working = [asyncio.ensure_future(work(name)) for name in "abc"]
    await else_due()
    assert "".join(seen).replace("-", "") == "abc" * 5
    assert not [pair for pair in itertools.pairwise(seen) if "-" not in pair]


async def test_a_key_has_the_loop_before_the_next_slice(clock: SimpleNamespace) -> None:
    turns = Turns()
    await turns.next()
    turns.pressed()
    clock.now += 0.015
    await turns.next()
    await turns.next()
    assert clock.slept == [0.0, 0.035, 0.0]


async def test_once_something_is_painted_the_next_slice_begins(clock: SimpleNamespace) -> None:
    turns = Turns()
    turns.pressed()
    turns.go_on()
    await turns.next()
    assert clock.slept == [0.0]


async def test_keys_that_never_stop_leave_room_for_slices(clock: SimpleNamespace) -> None:
    turns = Turns()
    for _ in range(3):
        turns.pressed()
        await turns.next()
    assert clock.slept == [0.05, 0.05, 0.05]


def test_another_thread_gives_way_to_a_key(clock: SimpleNamespace) -> None:
    turns = Turns()
    turns.give_way()
    turns.pressed()
    turns.give_way()
    assert clock.slept == [0.0, 0.05]
