"""The dialogs of verbs: what each says on a small and on a large screen, and what may be chosen before all of it is known."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from core.config import parse
from tests.tui import shop
from tests.tui.every_command import CONFIG, TEXT, news, row, session, view
from tests.tui.screens import assert_golden, press, text_of, until
from tui.app import DockyardApp
from tui.keymap import resolve
from tui.plans.foresight import Foresight
from tui.previews import Previews

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from textual.pilot import Pilot

    from tui.plans.plan import Plan
    from tui.plans.rows import Rows
    from tui.previews import Tell

SMALL, LARGE = (80, 24), (160, 50)
GO = ("tab", "enter")


@asynccontextmanager
async def opened(
    desk: shop.Desk | None = None,
    previews: Previews | None = None,
    text: str = TEXT,
) -> AsyncIterator[Pilot[int]]:
    config = parse(text.encode(), CONFIG.path)
    made = session(desk or shop.Desk(), shop.Told([news(config)]))
    made.previews = previews or made.previews
    app = DockyardApp(made)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        await pilot.pause()
        yield pilot


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("restart", (*row("api"), "R")),
        ("rebalance", (*row("api"), "M", "type:2")),
        ("autoscale", (*row("api"), "A")),
        ("stop-deployment", (*row("name:web"), "H")),
        ("replace", (*row("db"), "C")),
        ("tags", (*row("api"), "#", "type:tier=1 team-")),
        ("delete-service", (*row("api"), "X")),
        ("delete-stack", (*view("stacks"), *row("shop"), "X")),
        ("protect", (*view("tasks"), *row(shop.TASKS[0].id[:8]), "P")),
        ("drain", (*view("capacity"), *row("edge-1"), "D", "type:30m")),
        ("lost", (*view("capacity"), *row("edge-3"), "L")),
        ("accept", (*view("capacity"), *row("edge-5"), "C")),
        ("attributes", (*view("capacity"), *row("edge-1"), "T", "type:rack=7")),
        ("remove-host", (*view("capacity"), *row("edge-1"), "X")),
        ("apply-config", (*view("capacity"), *view("apply-config"))),
    ],
)
async def test_dialogs(name: str, keys: tuple[str, ...]) -> None:
    async with opened() as pilot:
        await press(pilot, *keys)
        await until(pilot, lambda screen: "Cancel" in screen and "working out" not in screen)
        await assert_golden(pilot, f"dialog-{name}-80x24")
        await pilot.resize_terminal(*LARGE)
        await pilot.pause()
        await assert_golden(pilot, f"dialog-{name}-160x50")


class Waiting(Previews):
    """Answers when a test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[Plan, Tell]] = []
        self.drops = 0

    def ask(self, plan: Plan, rows: Rows, now: float, tell: Tell) -> None:
        self.asked.append((plan, tell))

    def drop(self) -> None:
        self.drops += 1

    async def answer(self, pilot: Pilot[int], foresight: Foresight, which: int = -1) -> None:
        self.asked[which][1](foresight)
        await pilot.pause()


async def test_what_destroys_cant_be_chosen_before_its_numbers_are_there() -> None:
    previews, desk = Waiting(), shop.Desk()
    async with opened(desk, previews) as pilot:
        await press(pilot, *row("api"), "X")
        shown = text_of(pilot.app)
        assert "working out what follows …" in shown
        assert "[ Cancel ]" in shown
        assert "[ Cancel ]  Delete" not in shown
        await previews.answer(pilot, Foresight(("api: stops 2 tasks: 2 on edge-1",)))
        assert "api: stops 2 tasks: 2 on edge-1" in text_of(pilot.app)
        assert "[ Cancel ]  Delete" in text_of(pilot.app), "and what was chosen stays so"
        await press(pilot, *GO)
        assert [action for action, _ in desk.asked] == ["DeleteService"]
        assert previews.drops, "nobody waits any more"


async def test_what_can_be_taken_back_may_be_chosen_at_once() -> None:
    previews, desk = Waiting(), shop.Desk()
    async with opened(desk, previews) as pilot:
        await press(pilot, *row("api"), "R")
        assert "[ Cancel ]  Restart" in text_of(pilot.app)
        await press(pilot, *GO)
        assert [action for action, _ in desk.asked] == ["UpdateService"]
        await previews.answer(pilot, Foresight(("too late",)))
        assert "too late" not in text_of(pilot.app)


async def test_what_is_typed_puts_what_was_asked_before_out_of_date() -> None:
    previews = Waiting()
    async with opened(previews=previews) as pilot:
        await press(pilot, *row("api"), "S", "ctrl+u", "type:12")
        assert [plan.requests[0].given["desiredCount"] for plan, _ in previews.asked] == [1, 12]
        await previews.answer(pilot, Foresight(("of one",)), 0)
        assert "of one" not in text_of(pilot.app)
        assert "working out" in text_of(pilot.app)
        await previews.answer(pilot, Foresight(("of twelve",)))
        assert "of twelve" in text_of(pilot.app)
        assert "[ Scale ]" in text_of(pilot.app)


async def test_what_the_engine_would_refuse_is_not_offered() -> None:
    previews = Waiting()
    async with opened(previews=previews) as pilot:
        await press(pilot, *row("api"), "M", "tab")
        assert "[ Even out ]" in text_of(pilot.app)
        await previews.answer(pilot, Foresight(("The engine would refuse it: no.",), is_refused=True))
        shown = text_of(pilot.app)
        assert "The engine would refuse it: no." in shown
        assert "[ Cancel ]" in shown
        assert "  Even out  " not in shown


async def test_a_host_of_a_protected_cluster_wants_the_name_typed_for_either_answer() -> None:
    desk = shop.Desk()
    text = TEXT.replace("[clusters.prod]", "[clusters.prod]\nprotected = true")
    async with opened(desk, text=text) as pilot:
        await press(pilot, *view("capacity"), *row("edge-3"), "L")
        await until(pilot, lambda screen: "working out" not in screen)
        await press(pilot, *GO)
        assert desk.asked == []
        await press(pilot, "L")
        await until(pilot, lambda screen: "working out" not in screen)
        await press(pilot, "type:prod", "enter")
        assert [action for action, _ in desk.asked] == ["DeclareContainerInstanceLost"]


async def test_a_dialog_about_what_stands_there_already_opens_on_cancel() -> None:
    desk = shop.Desk()
    async with opened(desk) as pilot:
        await press(pilot, *view("tasks"), *row(shop.TASKS[0].id[:8]), "P")
        assert "[ Cancel ]  Protect" in text_of(pilot.app)
        await press(pilot, "enter")
        assert desk.asked == []


async def test_who_only_reads_changes_nothing_by_a_word_either() -> None:
    made = session(shop.Desk(), shop.Told([news()]))
    made.keymap = resolve(read_only=True)
    async with DockyardApp(made).run_test(size=SMALL) as pilot:
        await pilot.pause()
        await press(pilot, *view("apply-config"))
        await until(pilot, lambda screen: "This screen only reads: apply config would change" in screen)


async def test_a_config_file_that_cant_be_written_is_said_and_nothing_is_asked() -> None:
    desk = shop.Desk()
    async with opened(desk) as pilot:
        await press(pilot, *view("capacity"), *row("edge-1"), "X")
        await until(pilot, lambda screen: "  Remove  " in screen)
        await press(pilot, *GO)
        await until(pilot, lambda screen: "config.toml" in screen.splitlines()[-2])
        assert desk.asked == []
