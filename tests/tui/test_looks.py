"""How the screen looks by the operator's wish: clusters in their colours, other themes, compact tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.color import Color

from core.config import parse
from tests.tui import shop
from tests.tui.screens import assert_golden, press, text_of
from tests.tui.test_screens import LARGE, SMALL, foot, opened, title
from tui.checking import ui_problems
from tui.glyphs import ASCII
from tui.place import About, Place, Thing
from tui.themes import colors_of
from tui.widgets.lines import Title

if TYPE_CHECKING:
    from rich.style import Style
    from textual.pilot import Pilot

PROD = (":", "type:services prod", "enter")
RED = "#ff0000"


def colored(**colors: str):  # type: ignore[no-untyped-def]
    session = shop.session()
    session.world.colors = colors
    session.world.protected = frozenset({"prod"})
    return session


def edge(main) -> tuple[str | None, str | None]:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """The colours of what follows the title: letters and background."""
    strip = main.query_one(Title).render_line(0)
    segment = next(
        each for each in strip if each.text.strip() in {"", "─" * len(each.text)} and len(each.text) > 9
    )
    return tuple(
        color and color.get_truecolor().hex for color in (segment.style.color, segment.style.bgcolor)
    )


async def test_a_cluster_wears_its_colour_and_its_name() -> None:
    async with opened(colored(prod=RED), SMALL) as (pilot, main):
        assert "prod" not in title(pilot), "all clusters"
        before = edge(main)
        await press(pilot, *PROD)
        assert title(pilot) == "prod, protected  Services(prod)[2]"
        assert edge(main)[1] == RED, "the whole line, where there is no box"
        await pilot.resize_terminal(*LARGE)
        await pilot.pause()
        assert edge(main)[0] == RED, "the edge of the box"
        await press(pilot, "0")
        await pilot.resize_terminal(*SMALL)
        await pilot.pause()
        assert edge(main) == before


async def test_a_page_about_a_thing_of_it_wears_it_too() -> None:
    async with opened(colored(prod=RED), SMALL) as (pilot, _):
        await press(pilot, "down", "down", "d")
        assert title(pilot).startswith("prod, protected  Describe service web")
        await press(pilot, "escape", "down", "up", "up", "down", "d")
        assert title(pilot).startswith("Describe service try"), "of another cluster"


async def test_a_protected_one_is_called_so_without_a_colour() -> None:
    async with opened(colored(), SMALL) as (pilot, _):
        await press(pilot, *PROD)
        assert title(pilot) == "prod, protected  Services(prod)[2]"


async def test_without_colours_it_is_in_reverse_video(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened(colored(prod=RED), SMALL) as (pilot, main):
        await press(pilot, *PROD)
        strip = main.query_one(Title).render_line(0)
        badge = next(segment for segment in strip if "protected" in segment.text)
        assert badge.style is not None
        assert badge.style.reverse
        assert title(pilot).startswith("prod, protected")


async def test_in_the_terminal_s_own_colours_it_is_one_of_them() -> None:
    session = colored(prod="red")
    session.theme = "ansi"
    async with opened(session, SMALL) as (pilot, main):
        await press(pilot, *PROD)
        badge = next(each for each in main.query_one(Title).render_line(0) if "protected" in each.text)
        assert badge.style is not None
        assert badge.style.bgcolor is not None
        assert badge.style.bgcolor.number == Color.parse("red").number


def box_edge(pilot: Pilot[int]) -> set[str]:
    """The colours of the edge of what is open."""
    styles = (style for text, style in shown_segments(pilot) if "╭" in text or "╮" in text)
    return {style.color.get_truecolor().hex for style in styles if style is not None and style.color}


def shown_segments(pilot: Pilot[int]) -> list[tuple[str, Style | None]]:
    strips = pilot.app.screen._compositor.render_strips()
    return [(segment.text, segment.style) for strip in strips for segment in strip]


@pytest.mark.parametrize(
    ("keys", "heading"),
    [
        (("R",), "prod, protected  Restart api"),
        (("S", "ctrl+u", "type:x"), "prod, protected  Scale api"),
        (("U",), "prod, protected  Update prod/api"),
        (("enter", "F"), "prod, protected  Forward to "),
        (("enter", "T"), "prod, protected  Copy files from or to "),
        (("enter", "E"), "prod, protected  Run a command and compare what it prints"),
        (("space", "down", "space", "R"), "prod, protected  staging  Restart api, try"),
    ],
)
async def test_what_asks_wears_the_colour_and_the_name_of_the_cluster(
    keys: tuple[str, ...], heading: str
) -> None:
    async with opened(colored(prod=RED), SMALL) as (pilot, main):
        await press(pilot, *keys)
        assert pilot.app.screen is not main
        assert any(heading in line for line in text_of(pilot.app).splitlines()), text_of(pilot.app)
        assert RED in box_edge(pilot)


async def test_a_form_wears_the_colour_of_the_cluster_that_stands_in_it() -> None:
    async with opened(colored(prod=RED), SMALL) as (pilot, _):
        await press(pilot, ":", "type:services staging", "enter", "N")
        assert "staging  New service" in text_of(pilot.app)
        assert RED not in box_edge(pilot)
        await press(pilot, "tab", "tab", "tab", "type:prod")
        assert "prod, protected  New service" in text_of(pilot.app)
        assert RED in box_edge(pilot)
        await press(pilot, "backspace")
        assert "protected" not in text_of(pilot.app)
        assert RED not in box_edge(pilot)


async def test_a_dialog_in_reverse_video_and_ascii_says_it_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    session = colored(prod=RED)
    session.glyphs = ASCII
    async with opened(session, SMALL) as (pilot, _):
        await press(pilot, "R")
        badge = next(style for text, style in shown_segments(pilot) if "prod, protected" in text)
        assert badge is not None
        assert badge.reverse


@pytest.mark.parametrize(
    ("place", "cluster"),
    [
        (Place("describe", "", Thing(About.CLUSTER, "prod")), "prod"),
        (Place("describe", "", Thing(About.SCHEDULE, "prod/backup")), "prod"),
        (Place("describe", "", Thing(About.TASK, shop.TASKS[7].id)), "staging"),
        (Place("logs", "", Thing(About.CONTAINER, f"{shop.TASKS[0].id}/web")), "prod"),
        (Place("describe", "", Thing(About.INSTANCE, shop.LAB.id)), "staging"),
        (Place("describe", "", Thing(About.DEPLOYMENT, shop.TASKS[0].deployment)), "prod"),
        (Place("describe", "", Thing(About.FAMILY, "web")), ""),
        (Place("describe", "", Thing(About.TASK, "gone")), ""),
    ],
)
def test_the_cluster_of_a_page(place: Place, cluster: str) -> None:
    from tui.naming import cluster_of  # noqa: PLC0415

    assert cluster_of(shop.world(), place) == cluster


def test_colours_come_from_the_config() -> None:
    text = '[clusters.prod]\ncolor = "red"\n[clusters.lab]\n[ui.colors]\nprod = "blue"\nlab = "no-such"\n'
    config = parse(text.encode(), Path("config.toml"))
    assert colors_of(config) == {"prod": "red", "lab": "no-such"}
    assert list(ui_problems(config)) == [
        "config.toml [ui.colors] lab: there is no colour 'no-such'; give a name of CSS, or #rrggbb"
    ]


async def test_a_theme_is_shown_at_once() -> None:
    async with opened(size=SMALL) as (pilot, main):
        background = main.styles.background
        await press(pilot, ":", "type:theme textual-l", "enter")
        assert foot(pilot) == "The theme is textual-light; [ui] theme keeps it so"
        assert main.styles.background != background
        await press(pilot, ":", "type:theme nosuchtheme", "enter")
        assert foot(pilot).startswith("There is no theme 'nosuchtheme'")
        await press(pilot, ":", "type:theme ansi", "enter")
        assert pilot.app.theme == "ansi-dark"


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_a_theme_is_chosen_from_a_list_that_begins_at_the_one_that_is_shown(
    size: tuple[int, int],
) -> None:
    async with opened(size=size) as (pilot, main):
        await press(pilot, ":", "type:theme", "enter")
        await assert_golden(pilot, f"theme-{size[0]}x{size[1]}")
        await press(pilot, "j", "enter")
        assert pilot.app.screen is main
        assert foot(pilot) == "The theme is textual-light; [ui] theme keeps it so"
        await press(pilot, ":", "type:theme", "enter", "k", "escape")
        assert pilot.app.theme == "textual-light"


async def test_without_colours_there_is_no_theme_to_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened(size=SMALL) as (pilot, _):
        await press(pilot, ":", "type:theme", "enter")
        assert foot(pilot) == "NO_COLOR is set: there are no colours to choose"
        await press(pilot, ":", "type:theme nord", "enter")
        assert foot(pilot) == "NO_COLOR is set: there are no colours to choose"


async def test_compact_tables_have_neither_box_nor_titles() -> None:
    async with opened(size=SMALL) as (pilot, _):
        await press(pilot, ":", "type:compact", "enter", "down")
        await assert_golden(pilot, "compact-80x24")
        await pilot.resize_terminal(*LARGE)
        await pilot.pause()
        await assert_golden(pilot, "compact-160x50")
        await press(pilot, ":", "type:compact", "enter")
        assert "NAME" in text_of(pilot.app)
        assert "╭" in text_of(pilot.app)


async def test_the_config_can_ask_for_compact_tables() -> None:
    session = shop.session()
    session.compact = True
    async with opened(session, SMALL) as (pilot, _):
        assert "NAME" not in text_of(pilot.app)
        await press(pilot, "d", "escape", "/", "type:web", "enter")
        assert "NAME" not in text_of(pilot.app)
