"""Dialogs with a field."""

from __future__ import annotations

from tests.tui.screens import press, text_of
from tests.tui.test_screens import opened
from tui.screens.dialog import Answer, Dialog, Said


async def test_what_stands_in_a_field_at_first_chooses_nothing() -> None:
    answers: list[Answer | None] = []
    async with opened() as (pilot, main):
        for keys in (("enter",), ("tab", "enter"), ("end", "x", "backspace", "enter")):
            main.app.push_screen(
                Dialog(main.session.glyphs, "T", lambda typed: Said([typed]), ["Go"], field="80"),
                answers.append,
            )
            await pilot.pause()
            assert "[ Cancel ]" in text_of(pilot.app)
            await press(pilot, *keys)
    assert answers == [None, Answer("Go", "80"), Answer("Go", "80")]
