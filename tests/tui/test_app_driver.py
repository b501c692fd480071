"""The terminal's driver, where it is not Textual's own."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from textual._xterm_parser import XTermParser
from textual.events import AppFocus, Key, MouseMove
from textual.message import Message

from tests.tui import shop
from tui.app import DockyardApp
from tui.driver import QuickDriver

if TYPE_CHECKING:
    import pytest


async def test_a_terminal_that_is_closed_continues_a_program_whose_loop_has_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = {number: signal.getsignal(number) for number in (signal.SIGTSTP, signal.SIGCONT)}
    try:
        driver = QuickDriver(DockyardApp(shop.session()))

        def resume() -> None:
            raise RuntimeError("no running event loop")

        monkeypatch.setattr(driver, "resume_application_mode", resume)
        signal.raise_signal(signal.SIGCONT)
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


async def test_only_keys_have_their_turn_before_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mouse tells every cell that it goes over, and the terminal where the focus is."""
    session, seen = shop.session(), list[Message]()
    kept = {number: signal.getsignal(number) for number in (signal.SIGTSTP, signal.SIGCONT)}
    driver = QuickDriver(DockyardApp(session))
    for number, handler in kept.items():
        signal.signal(number, handler)
    monkeypatch.setattr(driver, "process_message", seen.append)
    monkeypatch.setattr(session.turns, "pressed", lambda: seen.append(Message()))
    parser = XTermParser()
    for message in parser.feed("\x1b[<35;10;5M\x1b[Ij"):
        driver._take(message)
    assert [type(message) for message in seen] == [MouseMove, AppFocus, Message, Key]
