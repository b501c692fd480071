"""The terminal is lent and taken again, whatever became of the program that had it."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

import pytest

from core.errors import UsageError
from tests.tui import shop
from tests.tui.test_screens import SMALL, opened
from tui.lending import lent, not_for_us

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What became of the terminal. As Textual's own: what is raised inside leaves it to the other program for ever."""
    told: list[str] = []

    @contextmanager
    def suspend(_app: object) -> Iterator[None]:
        told.append("left")
        yield
        told.append("taken again")

    monkeypatch.setattr("textual.app.App.suspend", suspend)
    return told


def fail() -> None:
    raise UsageError("vi ended with 1")


async def test_a_program_that_fails_leaves_the_screen_whole(told: list[str]) -> None:
    session = shop.session()
    async with opened(session, SMALL) as (_, main):
        session.use_mouse = lambda is_used: told.append(f"mouse {is_used}")
        session.mouse = False
        with pytest.raises(UsageError, match="vi ended with 1"):
            await lent(main, fail, nullcontext())
        assert await lent(main, lambda: 7, nullcontext()) == 7
    assert told == ["left", "taken again", "mouse False"] * 2


async def test_a_terminal_that_can_not_be_lent_is_told() -> None:
    async with opened(shop.session(), SMALL) as (_, main):
        with pytest.raises(UsageError, match="can't be given"):
            await lent(main, fail, nullcontext())


def test_ctrl_c_in_the_terminal_is_the_program_s() -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP)}
    with not_for_us(signal.SIGTSTP):
        for number in before:
            os.kill(os.getpid(), number)
    assert {number: signal.getsignal(number) for number in before} == before
