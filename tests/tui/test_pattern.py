"""What a person searches for: found as they mean it, and never at the price of a screen that stands still."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tui.pattern import Pattern, fuzzy

#: Each takes Python's own `re` longer than anybody waits on a line of 16 KiB.
SLOW = ("(a+)+$", "(a|a)*b", "(.*)*x", "(a?){60}a{60}b", ".*.*.*x")

SEARCHING = """
import sys
from tui.listing.column import Column
from tui.listing.filter import parse
from tui.listing.row import Row
from tui.logs.entry import Entry
from tui.logs.ring import LogRing
from tui.pattern import Pattern
from tui.slices import Slice
line = "a" * 16384 + "!"
for text in sys.argv[1:]:
    assert not parse(text, (Column("name", "NAME"),)).matches(Row("1", (line,)))
    ring = LogRing()
    ring.add([Entry("", "", line)])
    ring.search(Pattern(text))
    assert ring.scan(Slice(lambda: 0.0))
    assert not ring.matching
    assert not Pattern(text).spans(line)
"""


def test_no_pattern_holds_the_screen_up() -> None:
    # In a process of its own, with a deadline: it can't be told to stop.
    subprocess.run([sys.executable, "-c", SEARCHING, *SLOW], check=True, timeout=120)


@pytest.mark.parametrize(
    ("searched", "text", "spans"),
    [
        ("ab", "xAB ab", [(1, 3), (4, 6)]),
        ("^b$", "a\nb\nc", [(2, 3)]),
        ("É", "日é", [(1, 2)]),
        ("(", "f(x)", [(1, 2)]),
        ("(?=a)b", "(?=A)B", [(0, 6)]),  # RE2 has no look-ahead: as it stands
        ("x", "\udc80x", [(1, 2)]),
        ("nowhere", "here", []),
    ],
)
def test_where_a_text_has_it(searched: str, text: str, spans: list[tuple[int, int]]) -> None:
    assert Pattern(searched).spans(text) == spans
    assert Pattern(searched).is_in(text) is bool(spans)


def test_letters_in_their_order() -> None:
    assert fuzzy("wb.").is_in("web.1")
    assert not fuzzy("wb.").is_in("web1")
