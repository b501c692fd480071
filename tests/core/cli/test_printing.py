from __future__ import annotations

import io
import json
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cli.printing import Cell, Column, Printer, Tone, age, display_width, json_text, table_lines

#: Controls, formats, halves of surrogate pairs, line and paragraph separators.
UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
COLUMNS = (Column("NAME"), Column("COUNT", right=True), Column("WHY"))


def test_columns_are_aligned_and_nothing_is_a_dash() -> None:
    lines = list(table_lines(COLUMNS, [("web", 3, None), ("worker", 12, "pulling")], None))
    assert lines == [
        "NAME    COUNT  WHY",
        "web         3  -",
        "worker     12  pulling",
    ]


def test_a_wide_character_takes_two_cells() -> None:
    lines = list(table_lines(COLUMNS, [("港", 1, "x"), ("ab", 1, "y")], None))
    assert lines[1].index("x") == lines[2].index("y") - 1
    assert display_width("港e\u0301") == 3


@given(
    st.lists(st.tuples(st.text(max_size=60), st.integers(), st.text(max_size=60)), max_size=5),
    st.integers(min_value=40, max_value=200),
)
def test_no_line_is_wider_than_the_terminal(rows: list[tuple[str, int, str]], width: int) -> None:
    for line in table_lines(COLUMNS, rows, width):
        assert display_width(line) <= width


def test_a_narrow_terminal_loses_spare_columns_before_cells_are_cut() -> None:
    columns = (Column("NAME"), Column("AGE", spare=True), Column("URL", spare=True), Column("WHY"))
    row = ("web", "12m", "ssh://a-long-name.example.net", "a reason that is longer than the twenty-four")
    by_width = {width: list(table_lines(columns, [row], width)) for width in (84, 70, 40, 30)}
    assert [lines[0].split() for lines in by_width.values()] == [
        ["NAME", "AGE", "URL", "WHY"],
        ["NAME", "AGE", "URL", "WHY"],
        ["NAME", "AGE", "WHY"],
        ["NAME", "WHY"],
    ]
    assert by_width[84][1].endswith("…")
    assert by_width[30][1] == "web   a reason that is longer…"
    assert all(len(line) <= width for width, lines in by_width.items() for line in lines)


def test_a_sentence_that_is_whole_is_never_cut() -> None:
    columns = (Column("TIME"), Column("EVENT", whole=True))
    sentence = "has started 2 tasks: " + "(task 35288e8df4122cdd8d7e990488c23adf) " * 3 + "end"
    (_, line) = table_lines(columns, [("2026-11-25 20:55:04Z", sentence)], 60)
    assert line == f"2026-11-25 20:55:04Z  {sentence}"


@given(st.text())
def test_foreign_text_brings_no_controls_to_a_terminal(text: str) -> None:
    (_, line) = table_lines((Column("X"),), [(text,)], None)
    assert all(category(character) not in UNSEEN for character in line)


def test_colour_is_for_terminals_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for stream, coloured in ((Terminal(), True), (io.StringIO(), False)):
        Printer(out=stream).table((Column("X"),), [(Cell("bad", Tone.BAD),)])
        assert ("\x1b[31mbad\x1b[0m" in stream.getvalue()) == coloured
    monkeypatch.setenv("NO_COLOR", "1")
    assert not Printer(out=Terminal()).coloured


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_json_is_the_same_document_without_anything_invisible(value: object) -> None:
    text = json_text(value)
    assert json.loads(text) == value
    assert all(character.isprintable() or character == "\n" for character in text)


@pytest.mark.parametrize(
    ("seconds", "text"), [(-1.0, "0s"), (59.9, "59s"), (60.0, "1m"), (3600.0, "1h"), (200_000.0, "2d")]
)
def test_ages(seconds: float, text: str) -> None:
    assert age(seconds) == text
