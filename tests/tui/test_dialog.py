"""Dialogs with a field."""

from __future__ import annotations

import pytest
from textual.events import Key

from tests.tui.screens import press, text_of, until
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


@pytest.mark.parametrize(
    ("early", "shown"),
    [
        (("1", "2"), "it is 12"),
        (("1", "backspace", "2"), "it is 2"),
        (("1", "2", "enter"), "it is 12"),
        (("1", "2", "tab", "7"), "it is 12"),
        (("escape", "1"), "it is 80"),
    ],
)
async def test_what_is_typed_ahead_fills_a_field_up_to_what_chooses_or_leaves(
    early: tuple[str, ...], shown: str
) -> None:
    answers: list[Answer | None] = []
    async with opened() as (pilot, main):
        dialog = Dialog(main.session.glyphs, "T", lambda typed: Said([f"it is {typed}"]), ["Go"], field="80")
        main.app.push_screen(dialog, answers.append)
        for key in early:
            main.app.post_message(Key(key, key if len(key) == 1 else None))
        hint = "once more" if "enter" in early else "Enter chooses"
        await until(pilot, lambda screen: shown in screen and hint in screen)
        assert answers == [], "nothing is chosen by what was typed before it could be read"
        await press(pilot, "3")
        await until(pilot, lambda screen: f"{shown}3" in screen or "it is 3" in screen)


async def test_an_enter_that_came_too_soon_is_told() -> None:
    answers: list[Answer | None] = []
    async with opened() as (pilot, main):
        dialog = Dialog(main.session.glyphs, "T", lambda typed: Said([typed]), ["Go"], field="80")
        main.app.push_screen(dialog, answers.append)
        for key in ("5", "enter"):
            main.app.post_message(Key(key, key if len(key) == 1 else None))
        await until(pilot, lambda screen: "Enter came before this was shown: once more" in screen)
        assert answers == []
        await press(pilot, "enter")
        await until(pilot, lambda _: answers == [Answer("Go", "5")])


async def test_a_hidden_field_takes_nothing_that_was_typed_ahead() -> None:
    async with opened() as (pilot, main):
        dialog = Dialog(
            main.session.glyphs, "T", lambda typed: Said([f"it is {typed}"]), ["Go"], field="", is_secret=True
        )
        main.app.push_screen(dialog)
        main.app.post_message(Key("j", "j"))
        await until(pilot, lambda screen: "Enter chooses" in screen)
        await press(pilot, "k")
        assert "it is k" in text_of(pilot.app)
