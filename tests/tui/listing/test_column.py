"""Columns fit the screen, and the least important ones go first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.listing.column import GAP, Column, fit, wide

COLUMNS = (
    Column("name", "NAME", 0, minimum=6, maximum=20),
    Column("status", "STATUS", 1, minimum=7, maximum=10),
    Column("age", "AGE", 3, minimum=4, maximum=6),
    Column("why", "WHY", 2, minimum=10, maximum=30),
)
CONTENT = (8, 7, 3, 60)


def shown(available: int) -> dict[str, int]:
    return {COLUMNS[slot.index].id: slot.width for slot in fit(COLUMNS, CONTENT, available)}


def test_the_column_that_sorts_is_shown_whatever_it_is_worth() -> None:
    slots = fit(COLUMNS, CONTENT, 20, (), 2)
    assert [COLUMNS[slot.index].id for slot in slots] == ["name", "age"]


def test_the_least_important_columns_are_dropped_first() -> None:
    assert list(shown(80)) == ["name", "status", "age", "why"]
    assert list(shown(30)) == ["name", "status", "why"]
    assert list(shown(20)) == ["name", "status"]
    assert list(shown(10)) == ["name"]
    assert shown(3) == {"name": 3}


def test_columns_are_as_wide_as_their_content_wants() -> None:
    assert shown(80) == {"name": 8, "status": 7, "age": 4, "why": 55}
    assert shown(200)["why"] == 60


def test_wide_columns_are_scrolled_out_behind_the_pinned_first() -> None:
    assert [slot.index for slot in wide(COLUMNS, CONTENT, 200, skip=0)] == [0, 1, 2, 3]
    assert [slot.index for slot in wide(COLUMNS, CONTENT, 200, skip=2)] == [0, 3]
    assert [slot.index for slot in wide(COLUMNS, CONTENT, 12, skip=0)] == [0, 1]


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(1, 12), st.integers(1, 40)), min_size=1, max_size=12),
    st.integers(1, 250),
    st.data(),
)
def test_whatever_the_columns_they_fit(
    shapes: list[tuple[int, int, int]], available: int, data: st.DataObject
) -> None:
    columns = [Column(str(n), f"C{n}", *shape) for n, shape in enumerate(shapes)]
    content = data.draw(st.lists(st.integers(0, 100), min_size=len(columns), max_size=len(columns)))
    for slots in (fit(columns, content, available), wide(columns, content, available, 0)):
        assert sum(slot.width for slot in slots) + GAP * (len(slots) - 1) <= available
        assert all(slot.width > 0 for slot in slots)
        assert [slot.index for slot in slots] == sorted(slot.index for slot in slots)
