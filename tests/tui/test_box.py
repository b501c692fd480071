"""What is shown over the main screen ends once, whatever is typed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from textual.events import Key

import tui
from tests.tui.screens import press, text_of
from tests.tui.test_screens import opened
from tui.screens.dialog import Answer, Dialog, Said
from tui.screens.main import Main

if TYPE_CHECKING:
    from textual.pilot import Pilot

SOURCES = Path(tui.__file__).parent


async def at_once(pilot: Pilot[int], *keys: str) -> None:
    """As a slow line brings them: all before the first is seen to."""
    for key in keys:
        pilot.app.post_message(Key(key, key if len(key) == 1 else None))
    await pilot.pause()
    await pilot.pause()


@pytest.mark.parametrize(
    "keys", [("tab", "enter", "enter"), ("enter", "enter"), ("escape", "escape", "enter")]
)
async def test_keys_in_one_burst_answer_a_dialog_once(keys: tuple[str, ...]) -> None:
    answers: list[Answer | None] = []
    async with opened() as (pilot, main):
        for _ in range(2):
            dialog = Dialog(main.session.glyphs, "T", lambda _typed: Said(["what follows"]), ["Go"])
            main.app.push_screen(dialog, answers.append)
        await pilot.pause()
        await at_once(pilot, *keys)
        assert len(answers) == 1, "the dialog below still asks"
        assert "what follows" in text_of(pilot.app)
        await at_once(pilot, "enter", "enter", "enter")
        assert len(answers) == 2
        assert isinstance(pilot.app.screen, Main)


@pytest.mark.parametrize(
    "opening",
    [("?",), ("ctrl+p",), ("N",), ("U",), ("S",), ("X",), (":", "c", "o", "l", "u", "m", "n", "s", "enter")],
)
async def test_whatever_is_open_leaves_the_main_screen(opening: tuple[str, ...]) -> None:
    async with opened() as (pilot, main):
        await press(pilot, *opening)
        assert pilot.app.screen is not main
        await at_once(pilot, "escape", "escape", "escape", "escape")
        assert pilot.app.screen is main
        assert pilot.app.is_running


def test_nothing_else_closes_a_box() -> None:
    dismissing = [
        path.name for path in SOURCES.rglob("*.py") if ".dismiss(" in path.read_text(encoding="utf-8")
    ]
    assert dismissing == ["box.py"]
