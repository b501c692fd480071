"""Cursor, marks and scroll belong to the operator: no change of the data moves them."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.listing.column import Column
from tui.listing.listing import Listing
from tui.listing.row import Row

COLUMNS = (Column("name", "NAME"), Column("status", "STATUS"))


def still() -> float:
    return 0.0


def row(name: str, status: str = "RUNNING") -> Row:
    return Row(name, (name, status))


def listing(*names: str) -> Listing:
    made = Listing(COLUMNS)
    made.apply([row(name) for name in names], ())
    return made


def names(made: Listing) -> list[str]:
    return [shown.id for shown in made.window(0, len(made))]


def test_the_cursor_starts_on_the_first_row() -> None:
    assert listing("b", "a").cursor == "a"
    assert listing().cursor is None


def test_the_cursor_stays_on_its_row_when_others_come_before_it() -> None:
    made = listing("b", "c")
    made.move_to(1)
    made.apply([row("a")], ())
    assert (made.cursor, made.cursor_place()) == ("c", 2)


def test_a_vanished_row_is_held_under_the_cursor_and_takes_no_verb() -> None:
    made = listing("a", "b", "c")
    made.move_to(1)
    made.apply((), ["b"])
    assert names(made) == ["a", "b", "c"]
    assert made.window(1, 2)[0].dim
    assert made.matching == 2
    assert made.targets() == ()
    made.move_to(2)
    assert names(made) == ["a", "c"]
    assert made.targets() == ("c",)


def test_a_filter_that_hides_the_row_of_the_cursor_leads_to_its_first() -> None:
    made = listing("api", "db", "web-1", "web-2", "web-3")
    made.move_to(1)
    made.set_filter("web", still)
    assert made.cursor == "web-1"
    made.move_to(1)
    made.set_filter("", still)
    assert made.cursor == "web-2", "what it does not hide keeps the cursor"


def test_rows_that_are_all_read_anew_leave_cursor_and_marks_where_they_were() -> None:
    made = listing("a", "b", "c", "d")
    made.move_to(1)
    made.mark()
    made.move_to(2)
    made.mark()
    made.fill({name: row(name) for name in "bxd"}, still)
    assert names(made) == ["b", "c", "d", "x"]
    assert (made.cursor, made.marks, made.matching) == ("c", {"b"}, 3)
    assert made.window(1, 2)[0].dim
    made.fill({name: row(name) for name in "bcd"}, still)
    assert names(made) == ["b", "c", "d"]
    made.clear_marks()
    assert made.targets() == ("c",)


def test_a_table_that_let_go_of_its_rows_comes_back_as_it_was_left() -> None:
    made = listing(*"abcdefgh")
    made.move_to(5)
    made.mark()
    made.follow(3)
    made.let_go()
    made.follow(3)
    assert names(made) == []
    made.fill({name: row(name) for name in "abcdefgh"}, still)
    assert (made.cursor, made.top, made.marks) == ("f", 3, {"f"})
    made.let_go()
    made.fill({name: row(name) for name in "abc"}, still)
    assert made.cursor == "a", "its row went meanwhile"


def test_a_flood_of_changes_does_not_keep_sorting_from_its_end() -> None:
    ticks = count()
    made = Listing(COLUMNS)
    made.fill({f"web-{n:04}": row(f"web-{n:04}") for n in range(5000)}, lambda: float(next(ticks)))
    for burst in range(200):
        next(made.work or iter(()), None)
        made.apply([row(f"new-{n:04}", str(burst)) for n in range(500)], ())
        if made.matching == 5500:
            return
    raise AssertionError(made.matching)


def test_what_is_gone_is_not_shown_while_the_rest_is_being_sorted() -> None:
    ticks = count()
    made = listing(*(f"web-{n:04}" for n in range(1000)))
    made.fill({f"web-{n:04}": row(f"web-{n:04}") for n in range(500, 2000)}, lambda: float(next(ticks)))
    assert made.work is not None
    assert names(made)[1:] == [f"web-{n:04}" for n in range(500, 1000)], (
        "behind the cursor's row, which is held"
    )
    made.run()
    assert made.matching == 1500


def test_a_held_row_that_returns_is_itself_again() -> None:
    made = listing("a", "b")
    made.apply((), ["a"])
    made.apply([row("a", "PENDING")], ())
    assert not made.window(0, 1)[0].dim
    assert made.targets() == ("a",)


def test_a_row_that_stops_matching_under_the_cursor_is_held_but_can_be_acted_on() -> None:
    made = listing("a", "b")
    made.set_filter("status:RUNNING", still)
    made.apply([row("a", "STOPPED")], ())
    assert [(shown.id, shown.dim) for shown in made.window(0, 2)] == [("a", True), ("b", False)]
    assert made.targets() == ("a",)
    made.move_to(1)
    assert names(made) == ["b"]


def test_a_new_filter_keeps_the_cursor_where_it_can() -> None:
    made = listing("api", "db", "web")
    made.move_to(2)
    made.set_filter("web|api", still)
    assert (names(made), made.cursor) == (["api", "web"], "web")
    made.set_filter("api", still)
    assert (names(made), made.cursor) == (["api"], "api")
    made.set_filter("nothing", still)
    assert (names(made), made.cursor, made.targets()) == ([], None, ())
    made.set_filter("", still)
    assert made.cursor == "api"


def test_sorting_keeps_the_cursor_on_its_row() -> None:
    made = Listing(COLUMNS)
    made.apply([row("a", "3"), row("b", "1"), row("c", "2")], ())
    made.sort_by(1, still)
    assert (names(made), made.cursor) == (["b", "c", "a"], "a")
    made.sort_by(1, still)
    assert (names(made), made.descending) == (["a", "c", "b"], True)


def test_marks_are_what_verbs_act_on() -> None:
    made = listing("a", "b", "c", "d")
    made.mark()
    made.move_to(2)
    made.mark_range()
    assert made.targets() == ("a", "b", "c")
    made.apply((), ["b"])
    assert made.targets() == ("a", "c")
    made.clear_marks()
    assert made.targets() == ("c",)


def test_the_cursor_is_always_on_the_screen() -> None:
    made = listing(*[f"{n:02}" for n in range(50)])
    made.move_to(30)
    made.follow(10)
    assert made.top == 21
    made.apply([row("0-"), row("1-")], ())
    made.follow(10)
    assert made.cursor_place() == 32
    assert made.top == 23, "what is read stays where it is"
    made.move_to(0)
    made.follow(10)
    assert made.top == 0


@pytest.mark.parametrize("count_changed", [5, 1000])
def test_rows_that_change_while_others_are_sorted_by_another_column_are_placed_by_the_old_one_until_then(
    count_changed: int,
) -> None:
    ticks = count()
    made = Listing(COLUMNS)
    made.fill(
        {f"web-{n}": Row(f"web-{n}", (f"web-{n}", str(n % 7)), sort=("", n % 7)) for n in range(5000)}, still
    )
    made.sort_by(1, lambda: float(next(ticks)))
    assert made.work is not None, "names are texts, what it is sorted by from now on are numbers"
    made.apply([Row(f"web-{n}", (f"new-{n}", "9"), sort=("", 9)) for n in range(count_changed)], ["web-4000"])
    assert made.work is not None
    assert names(made) == [
        *(f"web-{n}" for n in range(count_changed)),
        *(f"web-{n}" for n in range(count_changed, 5000) if n != 4000),
    ]
    made.run()
    expected = sorted(made.rows.values(), key=lambda row: (row.sort_key(1), row.id))
    assert names(made) == [row.id for row in expected]


def test_large_work_is_done_in_slices_and_the_old_order_stays_until_then() -> None:
    ticks = count()
    made = Listing(COLUMNS)
    made.apply([row(f"{n:04}", str(n % 10)) for n in range(2000)], ())
    made.move_to(5)
    made.set_filter("status:^7$", lambda: float(next(ticks)))
    assert made.work is not None
    assert len(made) == 2000
    made.apply([row("new", "7"), row("0017", "8")], ["0007"])
    made.run()
    assert names(made)[:2] == ["0027", "0037"]
    assert names(made)[-1] == "new"
    assert made.work is None


STEP = st.one_of(
    st.tuples(st.just("put"), st.integers(0, 9), st.integers(0, 2)),
    st.tuples(st.just("remove"), st.integers(0, 9), st.just(0)),
    st.tuples(st.just("filter"), st.integers(0, 2), st.just(0)),
    st.tuples(st.just("sort"), st.integers(0, 1), st.just(0)),
    st.tuples(st.just("move"), st.integers(-1, 12), st.just(0)),
    st.tuples(st.just("slice"), st.just(0), st.just(0)),
)


@given(st.lists(STEP, max_size=60))
def test_after_any_steps_the_listing_shows_what_it_should(steps: list[tuple[str, int, int]]) -> None:
    ticks = count()
    made = Listing(COLUMNS)
    for verb, first, second in steps:
        cursor = made.cursor
        match verb:
            case "put":
                made.apply([row(f"row-{first}", str(second))], ())
            case "remove":
                made.apply((), [f"row-{first}"])
            case "filter":
                made.set_filter(["", "status:[01]", "!0$"][first], lambda: float(next(ticks)))
            case "sort":
                made.sort_by(first, lambda: float(next(ticks)))
            case "slice" if made.work is not None:
                next(made.work, None)
            case _:
                made.move_to(first)
        if verb in {"put", "remove", "sort"} and cursor is not None and made.work is None:
            assert made.cursor == cursor
    made.run()
    made.move_to(0 if made.cursor_place() != 0 else 99)
    expected = [shown for shown in made.rows.values() if made.filter.matches(shown)]
    expected.sort(key=lambda shown: (shown.sort_key(made.sort_column), shown.id), reverse=made.descending)
    shown = made.window(0, len(made))
    if len(made) == 1 and made.cursor is not None and made.cursor not in {each.id for each in expected}:
        shown = []  # a lone held row has nowhere to let the cursor go
    assert shown == expected
    assert made.cursor is None or made.cursor in {each.id for each in made.window(0, len(made))}
