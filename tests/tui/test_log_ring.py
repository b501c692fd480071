"""What is kept of logs: bounded, in order, parsed only where it is seen, searched in slices."""

from __future__ import annotations

from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from core.safe_text import LINE_LIMIT
from tui.listing.row import Tone
from tui.logs.entry import Entry
from tui.logs.ring import KEPT, KEPT_CHARACTERS, LogRing
from tui.pattern import Pattern
from tui.slices import Slice
from tui.widgets.text import sgr_style


def looked_through(ring: LogRing, pattern: str) -> None:
    """Search all of it."""
    ring.search(Pattern(pattern))
    assert ring.scan(Slice(lambda: 0.0))


def shown(ring: LogRing) -> list[str]:
    return [ring.text(number) for number in range(len(ring))]


def test_the_ring_keeps_the_newest_lines_and_says_how_many_went() -> None:
    ring = LogRing()
    assert ring.add(Entry("", "", f"line {n}") for n in range(KEPT)) == 0
    dropped = ring.add(Entry("", "", f"more {n}") for n in range(10_000))
    assert dropped == ring.thrown_away == 10_000
    assert len(ring) == KEPT
    assert ring.text(0) == "line 10000"
    ring.clear()
    assert (len(ring), ring.thrown_away) == (0, 0)


def test_the_ring_is_bounded_in_characters_too() -> None:
    ring = LogRing()
    looked_through(ring, "7$")
    ring.show_matching(True, 0)
    lines, dropped = 4000, 0
    for start in range(0, lines, 100):
        dropped += ring.add(Entry("", "", "x" * LINE_LIMIT + str(n)[-1]) for n in range(start, start + 100))
        assert ring.scan(Slice(lambda: 0.0))
    kept = sum(len(entry.text) for entry in ring.entries)
    assert KEPT_CHARACTERS * 0.9 < kept < KEPT_CHARACTERS * 1.1
    assert dropped > 0
    assert len(ring) == lines // 10 - dropped, "what matches goes when it goes"
    assert [ring.entries[-3].text[-1], ring.text(len(ring) - 1)[-1]] == ["7", "7"]


def test_only_matching_lines_while_more_come() -> None:
    ring = LogRing()
    ring.add(Entry("", "", text) for text in ("one error", "fine", "error two"))
    looked_through(ring, "error")
    assert ring.show_matching(True, 1) == 1, "the next one that matches"
    ring.add([Entry("", "", "fine again"), Entry("", "", "error three")])
    assert ring.scan(Slice(lambda: 0.0))
    assert shown(ring) == ["one error", "error two", "error three"]
    assert ring.matching == 3
    assert ring.show_matching(False, 1) == 2
    assert len(ring) == 5


def test_a_search_goes_round_in_both_directions() -> None:
    ring = LogRing()
    pattern = Pattern("x")
    ring.add(Entry("", "", text) for text in ("a", "x", "b", "x", "c"))
    looked_through(ring, "x")
    assert [ring.match(pattern, n, 1) for n in range(6)] == [1, 1, 3, 3, 1, 1]
    assert [ring.match(pattern, n, -1) for n in range(-1, 5)] == [3, 3, 1, 1, 3, 3]
    assert [ring.place(pattern, n) for n in (None, 0, 1, 3, 9)] == [(0, 2), (0, 2), (1, 2), (2, 2), (0, 2)]
    ring.show_matching(True, 0)
    assert [ring.match(pattern, n, 1) for n in (0, 1, 2)] == [0, 1, 0]
    assert [ring.place(pattern, n) for n in (0, 1, 2)] == [(1, 2), (2, 2), (0, 2)]
    looked_through(ring, "nowhere")
    assert ring.match(pattern, 0, 1) is None


def test_a_long_log_is_searched_in_slices_over_what_comes_and_what_goes() -> None:
    ring = LogRing()
    ring.add(Entry("", "", "x" if n % 2 else "y") for n in range(KEPT))
    ring.search(Pattern("x"))
    ticks = count()
    slices = 0
    while not ring.scan(Slice(lambda: next(ticks) * 1e-5)):
        slices += 1
        ring.add(Entry("", "", "x") for _ in range(100))
    assert slices > 100
    assert ring.matching == sum(entry.text == "x" for entry in ring.entries)
    ring.show_matching(True, 0)
    assert set(shown(ring)) == {"x"}


def test_colours_are_no_part_of_what_is_searched() -> None:
    ring = LogRing()
    ring.add([Entry("", "", "\x1b[31mer\x1b[1mror\x1b[0m 31"), Entry("", "", "\x1b[31mfine")])
    looked_through(ring, "^error 31$")
    assert ring.matching == 1
    looked_through(ring, "31")
    assert ring.matching == 1


MOMENTS = st.lists(st.lists(st.integers(0, 50), max_size=6), max_size=8)


@given(MOMENTS)
def test_lines_stand_in_the_order_of_their_times_however_they_come(batches: list[list[int]]) -> None:
    ring = LogRing()
    looked_through(ring, "[05]$")
    for batch in batches:
        ring.add(Entry("", f"{at:02}", f"line {at}") for at in sorted(batch))
        assert ring.scan(Slice(lambda: 0.0))
    moments = sorted(at for batch in batches for at in batch)
    assert shown(ring) == [f"line {at}" for at in moments]
    ring.show_matching(True, 0)
    assert shown(ring) == [f"line {at}" for at in moments if at % 5 == 0]


def test_what_is_read_is_found_again_behind_what_came_late() -> None:
    ring = LogRing()
    ring.add(Entry("", f"{at:02}", str(at)) for at in (1, 5, 9))
    read = ring.entry(1)
    ring.add([Entry("", "03", "3"), Entry("", "04", "4")])
    assert ring.number_of(read, 1) == 3
    assert shown(ring) == ["1", "3", "4", "5", "9"]


def test_a_line_keeps_its_colours_and_nothing_else() -> None:
    ring = LogRing()
    ring.add([Entry("web/1", "2026-11-23T12:04:00.123456789Z", "\x1b[31mred\x1b[0m \x1b[2Jclean\x07")])
    assert [*ring.line(0)] == [("red", "31"), (" clean␇", "")]
    ring.shows_times = ring.shows_labels = True
    time_piece, label, *_ = ring.line(0)
    assert time_piece == ("2026-11-23T12:04:00.123 ", Tone.DIM)
    assert label[0] == "web/1 "
    assert sgr_style(label[1]).color is not None
