"""Pastes: whatever is in them, nothing of it is a key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual._xterm_parser import XTermParser
from textual.events import Key, Paste

from tui.pasted import Pastes

HOSTILE = "web\nX\n\x1b[31mrm -rf\n"
BEGIN, END = "\x1b[200~", "\x1b[201~"


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 100])
def test_an_escape_in_a_paste_makes_no_keys_of_the_rest(size: int) -> None:
    sent = f"a{BEGIN}{HOSTILE}{END}b"
    pastes, parser = Pastes(), XTermParser()
    pieces = [pastes.through(sent[at : at + size]) for at in range(0, len(sent), size)]
    messages = [message for piece in pieces if piece for message in parser.feed(piece)]
    assert [message.key for message in messages if isinstance(message, Key)] == ["a", "b"]
    assert [message.text for message in messages if isinstance(message, Paste)] == [
        "web\nX\n\u241b[31mrm -rf\n"
    ]


def test_an_escape_outside_is_given_on_at_once() -> None:
    pastes = Pastes()
    assert [pastes.through(each) for each in ("\x1b", "[A", "\x1b[20", "1~")] == [
        "\x1b",
        "[A",
        "\x1b[20",
        "1~",
    ]


@given(st.lists(st.sampled_from(["\x1b", "[20", "0~", "1~", BEGIN, END, "x"])), st.integers(1, 9))
def test_where_a_piece_ends_changes_nothing(parts: list[str], size: int) -> None:
    sent = "".join(parts)
    whole, pieces = Pastes().through(sent + END), Pastes()
    cut = [pieces.through((sent + END)[at : at + size]) for at in range(0, len(sent + END), size)]
    assert "".join(cut) == whole
