"""Foreign text can neither move the cursor, nor hide, nor freeze the screen."""

from __future__ import annotations

import sys
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.safe_text import LINE_LIMIT, coloured, multi_line, plain

# Arabic and Kaithi number signs and hieroglyph joiners are category Cf, but terminals draw them.
VISIBLE_CF = {0x06DD, 0x070F, 0x08E2, 0x110BD, 0x110CD, *range(0x600, 0x606), *range(0x890, 0x892)} | set(
    range(0x13430, 0x13440)
)

FOREIGN = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("\x1b[]0;m\x07\x9b\x9d\x9c\\cHJ?25hP_\r\n\t\u202e\u200b\ufeff\ud800"),
    ),
    max_size=80,
)


def is_harmless(character: str) -> bool:
    return (
        unicodedata.category(character) not in {"Cc", "Cf", "Zl", "Zp", "Cs"} or ord(character) in VISIBLE_CF
    )


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("nginx:1.27", "nginx:1.27"),
        ("a\x1b[2J\x1b[Hb", "ab"),
        ("\x1b]0;owned\x07title", "title"),
        ("\x1b]52;c;cm0gLXJm\x1b\\copied", "copied"),
        ("\x1b]8;;http://x\x07link\x1b]8;;\x07", "link"),
        ("\x9d0;c1\x9cx", "x"),
        ("\x1bcreset", "reset"),
        ("\x1b(Bset", "set"),
        ("\x1bP1$r\x1b\\dcs", "dcs"),
        ("unfinished \x1b]0;rest is seen", "unfinished ␛]0;rest is seen"),
        ("bell\x07 back\x08 null\x00 del\x7f", "bell␇ back␈ null␀ del␡"),
        ("over\rwritten\nline\ttab", "over␍written␊line␉tab"),
        ("safe\u202etxt.exe", "safe⇄txt.exe"),
        ("a\u200bb\u2028c\x85d", "a·b␤c␤d"),
        ("\ud83d", "�"),
        ("❤\ufe0f", "❤"),
        ("[bold]no markup[/]", "[bold]no markup[/]"),
        ("", ""),
    ],
)
def test_what_foreign_text_becomes(foreign: str, shown: str) -> None:
    assert plain(foreign) == shown


@given(FOREIGN)
def test_nothing_invisible_or_moving_is_left(foreign: str) -> None:
    shown = plain(foreign)
    assert all(map(is_harmless, shown))
    assert plain(shown) == shown
    shown.encode()


@given(FOREIGN)
def test_lines_stay_lines(foreign: str) -> None:
    shown = multi_line(foreign)
    assert shown.count("\n") == foreign.count("\n")
    assert all(is_harmless(character) for character in shown if character != "\n")


@given(FOREIGN)
def test_colours_are_all_that_survives_in_logs(foreign: str) -> None:
    pieces = list(coloured(foreign))
    assert all(set(parameters) <= set("0123456789;:") for parameters, _ in pieces)
    assert "".join(text for _, text in pieces) == plain(foreign.replace("\t", "    "))


def test_every_invisible_character_of_unicode_is_shown() -> None:
    code_points = (chr(code) for code in range(sys.maxunicode + 1))
    hidden = [c for c in code_points if not is_harmless(c) and not all(map(is_harmless, plain(c)))]
    assert hidden == []


def test_colours_follow_each_other_until_a_reset() -> None:
    line = "\x1b[1mbold \x1b[31mred\x1b[K both\x1b[0m plain\x1b[m"
    assert list(coloured(line)) == [("1", "bold "), ("1;31", "red both"), ("", " plain")]


def test_long_lines_are_cut() -> None:
    assert plain("x" * 1_000_000) == "x" * (LINE_LIMIT - 1) + "…"
    assert sum(len(text) for _, text in coloured("\x1b[1m" + "x" * 1_000_000)) < LINE_LIMIT


@pytest.mark.parametrize(
    "unit", ["\x1b]", "\x9d", "\x1b[", "\x1b[1;", "\x1b[31m", "\x1b ", "\x90\x1b", "\u202e"]
)
def test_hostile_lines_take_work_linear_in_their_length(unit: str) -> None:
    def cost(length: int) -> float:
        line = (unit * length)[:length]
        best = min(_timed(line, length) for _ in range(3))
        return max(best, 1e-5)

    # Quadratic work would take 64 times as long.
    assert cost(32_000) / cost(4_000) < 40


def _timed(line: str, limit: int) -> float:
    """What it takes of this thread's processor time: a busy machine makes nothing of it longer."""
    start = time.thread_time()
    plain(line, limit + 1)
    list(coloured(line, limit + 1))
    return time.thread_time() - start
