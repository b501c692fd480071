"""The terminal's driver, where it is not Textual's own."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

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
