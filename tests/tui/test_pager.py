"""Texts to read: cut or wrapped to the screen whatever they are made of, searched, and followed at their end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult

from tests.tui.screens import text_of
from tui.glyphs import UNICODE
from tui.listing.order import cell_width
from tui.listing.row import Tone
from tui.widgets.pager import Fixed, Pager
from tui.widgets.text import Line, cut, sgr_style, wrapped

PIECES = st.lists(st.tuples(st.text("ab 日é\u0301👩", max_size=30), st.just(Tone.PLAIN)), max_size=4).map(
    tuple
)


def text(line: Line) -> str:
    return "".join(piece for piece, _ in line)


@given(PIECES, st.integers(-1, 40))
def test_a_wrapped_line_loses_nothing_and_fits(line: Line, width: int) -> None:
    parts = wrapped(line, width)
    assert "".join(map(text, parts)).replace(" ", "") == text(line).replace(" ", "")
    assert all(cell_width(text(part)) <= max(width, 2) for part in parts)


@given(PIECES, st.integers(0, 40), st.integers(0, 40))
def test_a_cut_line_fits(line: Line, left: int, width: int) -> None:
    assert cell_width(text(cut(line, left, width))) <= width


def test_a_line_of_nothing_but_combining_marks_ends() -> None:
    line = (("\u0301" * 1000, Tone.PLAIN),)
    assert "".join(map(text, wrapped(line, 10))) == "\u0301" * 1000


def test_lines_are_broken_between_words_where_they_can() -> None:
    line = (("one two three-and-a-half", Tone.PLAIN),)
    assert [text(part) for part in wrapped(line, 10)] == ["one two ", "three-and-", "a-half"]
    assert [text(part) for part in wrapped((("at most 12 live", Tone.PLAIN),), 7)] == ["at most", "12 live"]


def test_sgr_parameters_become_a_style() -> None:
    assert sgr_style("1;31").bold
    assert sgr_style("38;5;0").color is not None
    assert sgr_style("nonsense").color is None


class PagerApp(App[None]):
    """A pager and nothing else."""

    def __init__(self, lines: int) -> None:
        super().__init__()
        self.pager = Pager(UNICODE)
        self.source = Fixed([((f"line {number}", Tone.PLAIN),) for number in range(lines)])

    def compose(self) -> ComposeResult:
        yield self.pager

    def on_mount(self) -> None:
        self.pager.show(self.source, follow=True)


async def test_the_end_is_followed_until_someone_scrolls_up() -> None:
    app = PagerApp(100)
    async with app.run_test(size=(20, 5)) as pilot:
        await pilot.pause()
        assert text_of(app).split("\n")[-1] == " line 99"
        app.pager.move(-2)
        await pilot.pause()
        assert text_of(app).split("\n")[-1] == " line 97"
        app.pager.replace(Fixed([((f"line {number}", Tone.PLAIN),) for number in range(200)]))
        await pilot.pause()
        assert text_of(app).split("\n")[-1] == " line 97"
        app.pager.toggle_follow()
        await pilot.pause()
        assert text_of(app).split("\n")[-1] == " line 199"


@pytest.mark.parametrize(("lines", "told"), [(0, "0 lines"), (1, "1 line"), (2, "2 lines")])
async def test_lines_that_are_followed_are_counted(lines: int, told: str) -> None:
    app = PagerApp(lines)
    async with app.run_test(size=(20, 5)) as pilot:
        await pilot.pause()
        if not app.pager.is_following:
            app.pager.toggle_follow()
        assert app.pager.position() == f"{told}, following"


async def test_a_search_goes_round() -> None:
    app = PagerApp(100)
    async with app.run_test(size=(20, 5)) as pilot:
        await pilot.pause()
        assert app.pager.search("line [25]0$")
        await pilot.pause()
        assert " line 20" in text_of(app)
        assert app.pager.found() == "1 of 2"
        assert app.pager.next_match(1)
        await pilot.pause()
        assert " line 50" in text_of(app)
        assert app.pager.next_match(1)
        assert app.pager.next_match(-1)
        await pilot.pause()
        assert " line 50" in text_of(app)
        assert app.pager.found() == "2 of 2"
        assert not app.pager.search("nowhere")
        assert app.pager.found() == "0"
        app.pager.search("")
        assert app.pager.found() == ""


async def test_who_follows_sees_the_end_however_long_the_lines_before_it_are() -> None:
    app = PagerApp(0)
    async with app.run_test(size=(20, 6)) as pilot:
        lines = [((("word " * 10) + str(number), Tone.PLAIN),) for number in range(5)]
        app.pager.show(Fixed([*lines, (("the end", Tone.PLAIN),)]), follow=True, wrap=True)
        await pilot.pause()
        assert "the end" in text_of(app)
