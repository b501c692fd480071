"""What is shown over the main screen ends once, whatever is typed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from textual.events import Key

import tui
from core.record import replace
from tests.tui import shop
from tests.tui import test_dialogs as dialogs
from tests.tui.every_command import TEXT, row
from tests.tui.screens import press, text_of, until
from tests.tui.test_screens import opened
from tui.app import DockyardApp
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


@pytest.mark.parametrize(("is_newer", "left"), [(True, 0), (False, 1)])
async def test_a_key_that_comes_before_it_is_known_that_all_is_painted_is_judged_when_it_is(
    monkeypatch: pytest.MonkeyPatch, is_newer: bool, left: int
) -> None:
    become = Dialog._become_readable

    async def late(dialog: Dialog) -> None:
        assert isinstance(dialog.app, DockyardApp)
        event = Key("escape", None)
        event.time = dialog.app.painted_at + (0.001 if is_newer else -0.001)
        await dialog.take_key(event)
        await become(dialog)

    monkeypatch.setattr(Dialog, "_become_readable", late)
    async with opened() as (pilot, main):
        main.app.push_screen(Dialog(main.session.glyphs, "T", lambda _typed: Said(["what follows"]), ["Go"]))
        await pilot.pause()
        await until(pilot, lambda screen: screen.count("what follows") == left)
        assert isinstance(pilot.app.screen, Main) is is_newer


async def test_what_comes_while_earlier_keys_are_taken_stands_behind_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    become, take = Dialog._become_readable, Dialog._take

    async def begun(dialog: Dialog) -> None:
        for key in ("a", "b"):
            await dialog.take_key(Key(key, key))
        await become(dialog)

    async def taken(dialog: Dialog, event: Key) -> None:
        if event.key == "a":
            await dialog.take_key(Key("c", "c"))
        await take(dialog, event)

    monkeypatch.setattr(Dialog, "_become_readable", begun)
    monkeypatch.setattr(Dialog, "_take", taken)
    async with opened() as (pilot, main):
        dialog = Dialog(main.session.glyphs, "T", lambda typed: Said([f"makes it {typed}"]), ["Go"], field="")
        main.app.push_screen(dialog)
        await until(pilot, lambda screen: "makes it abc" in screen)


async def test_what_was_not_read_is_asked_anew() -> None:
    answers: list[Answer | None] = []
    async with opened() as (pilot, main):
        dialog = Dialog(
            main.session.glyphs, "T", lambda typed: Said([f"makes it {typed}"]), ["Go"], field="8"
        )
        main.app.push_screen(dialog, answers.append)
        await pilot.pause()
        await at_once(pilot, "1", "2", "enter", "7", "tab", "enter")
        assert answers == [], "Enter was typed before anybody could read of 12"
        assert "makes it 12" in text_of(pilot.app)
        await at_once(pilot, "enter", "3")
        assert answers == [Answer("Go", "12")], "what comes behind Enter is not of what was chosen"


async def test_the_words_of_a_protected_name_are_read_before_they_count() -> None:
    desk = shop.Desk()
    text = TEXT.replace("[clusters.prod]", "[clusters.prod]\nprotected = true")
    async with dialogs.opened(desk, text=text) as pilot:
        await press(pilot, *row("api"), "X")
        await until(pilot, lambda screen: "working out" not in screen)
        await at_once(pilot, *"prod", "enter")
        assert desk.asked == []
        assert "[ Delete ]" in text_of(pilot.app)
        await at_once(pilot, "enter")
        assert [action for action, _ in desk.asked] == ["DeleteService"]


async def test_what_was_said_is_what_is_done_whatever_the_world_became() -> None:
    desk = shop.Desk()
    async with dialogs.opened(desk) as pilot:
        await press(pilot, *row("api"), "S", "ctrl+u", "type:+2")
        await until(pilot, lambda screen: "api: 2 → 4" in screen)
        state = pilot.app.session.world.state  # type: ignore[attr-defined]
        state.put(replace(state.services["prod/api"], desired_count=7))
        await press(pilot, "enter")
        ((_, given),) = desk.asked
        assert given["desiredCount"] == 4


async def test_who_comes_back_to_a_box_reads_it_first() -> None:
    async with opened() as (pilot, main):
        await press(pilot, "N", "type:shop")
        await at_once(pilot, "escape", "escape", "escape")
        assert "What was typed here is lost" in text_of(pilot.app), "only the first was about the form"
        await at_once(pilot, "escape", "escape")
        assert pilot.app.screen is not main
        assert "New service" in text_of(pilot.app)


@pytest.mark.parametrize("key", ["?", "ctrl+p"])
async def test_pages_scroll_in_what_is_longer_than_its_box(key: str) -> None:
    async with opened() as (pilot, _):
        await press(pilot, key)
        first = text_of(pilot.app)
        await press(pilot, "pagedown", "pagedown")
        assert text_of(pilot.app) != first
        await press(pilot, "pageup", "pageup")
        assert text_of(pilot.app) == first


async def test_a_burst_into_the_palette_runs_what_it_names() -> None:
    async with opened() as (pilot, main):
        await press(pilot, "ctrl+p")
        await at_once(pilot, *"describe", "enter")
        assert main.trail.here.place.view == "describe"


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
