"""An order is always the sorted list it stands for, however it came about."""

from __future__ import annotations

from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from tui.listing.column import Column
from tui.listing.filter import NO_FILTER, Filter, parse
from tui.listing.order import Order, build
from tui.listing.row import Row, Sortable, SortValue, natural, packed

IDS = st.sampled_from([f"row-{n}" for n in range(8)])
KEYS = st.one_of(st.just((True, "")), st.tuples(st.just(False), st.integers(0, 3)))


@given(st.lists(st.tuples(IDS, st.one_of(st.none(), KEYS)), max_size=40), st.booleans())
def test_places_are_those_of_a_sorted_list(
    steps: list[tuple[str, Sortable | None]], descending: bool
) -> None:
    order, expected = Order(0), dict[str, Sortable]()
    order.descending = descending
    for row_id, key in steps:
        if key is None:
            order.drop(row_id)
            expected.pop(row_id, None)
        else:
            order.put(Row(row_id, ("",), sort=(None if key[0] else key[1],)))
            expected[row_id] = key
        assert order.window(0, 99) == _sorted(expected, descending)
        assert (order.place(row_id) is None) == (key is None)
    assert [order.at(place) for place in range(len(order))] == _sorted(expected, descending)
    assert [order.place(row_id) for row_id in _sorted(expected, descending)] == list(range(len(expected)))


def _sorted(keys: dict[str, Sortable], descending: bool) -> list[str]:
    """What has no value stays at the end, whichever way the others go."""
    entries = sorted((key, row_id) for row_id, key in keys.items())
    valued = [row_id for key, row_id in entries if not key[0]]
    return [*(valued[::-1] if descending else valued), *(row_id for key, row_id in entries if key[0])]


def test_a_build_in_many_slices_is_the_same_as_in_one() -> None:
    rows = [Row(f"{n}", (f"name-{n * 7919 % 1000}", "x" * (n % 13))) for n in range(1000)]
    ticks = count()
    sliced = build(
        rows,
        parse("name-.*[02468]$", (Column("name", "NAME"),)),
        0,
        2,
        lambda: float(next(ticks)),
        slice_s=0.5,
    )
    slices = 0
    while True:
        try:
            next(sliced)
            slices += 1
        except StopIteration as done:
            built = done.value
            break
    assert slices > 10
    expected = {row.id: row.sort_key(0) for row in rows if row.cells[0][-1] in "02468"}
    assert built.keys == expected
    assert built.ids == _sorted(expected, descending=False)
    assert built.widths == [8, 12]


def test_a_small_build_needs_one_slice() -> None:
    assert list(build([Row("a", ("a",))], NO_FILTER, 0, 1, lambda: 0.0)) == []


def test_numbers_in_names_count_as_numbers() -> None:
    assert sorted(["web-10", "web-9", "Web-1", "api"], key=natural) == ["api", "Web-1", "web-9", "web-10"]


def test_rows_without_a_value_come_last() -> None:
    rows = [Row("none", ("-",), sort=(None,)), Row("two", ("2",), sort=(2,)), Row("zero", ("0",), sort=(0,))]
    assert [row.id for row in sorted(rows, key=lambda row: row.sort_key(0))] == ["zero", "two", "none"]


def test_an_empty_filter_passes_everything() -> None:
    assert Filter().matches(Row("a", ("anything",)))


@given(
    st.lists(
        st.one_of(st.sampled_from(["", None]), st.integers(0, 3), st.just(("a", 1))), min_size=1, max_size=6
    )
)
def test_packed_sort_values_are_those_that_were_packed(values: list[SortValue]) -> None:
    cells = tuple(f"cell-{n}" for n in range(len(values)))
    plain = Row("a", cells, sort=tuple(values))
    sort, places = packed(values)
    made = Row("a", cells, sort=sort, sort_places=places)
    assert [made.sort_value(n) for n in range(len(values))] == values
    assert [made.sort_key(n) for n in range(len(values))] == [plain.sort_key(n) for n in range(len(values))]
