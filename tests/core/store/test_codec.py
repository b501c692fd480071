"""Every value that a row can have comes back from its columns."""

from __future__ import annotations

import sqlite3
import types
from enum import StrEnum
from math import inf
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from core.errors import StoreError
from core.model.state import ROW_TYPES, Kind
from core.store.codec import codec

_SCALARS: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(st.characters(codec="utf-8"), max_size=6),
    int: st.integers(-(2**63), 2**63 - 1),
    bool: st.booleans(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    type(None): st.none(),
}


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    """Any value of a field's type."""
    if hint in _SCALARS:
        return _SCALARS[hint]
    args = get_args(hint)
    if get_origin(hint) in {Union, types.UnionType}:
        return st.one_of([values_of(arg) for arg in args])
    if get_origin(hint) is tuple and args[-1] is Ellipsis:
        return st.lists(values_of(args[0]), max_size=2).map(tuple)
    if get_origin(hint) is tuple:
        return st.tuples(*map(values_of, args))
    if issubclass(hint, StrEnum):
        return st.sampled_from(hint)
    return st.builds(hint, **{name: values_of(inner) for name, inner in get_type_hints(hint).items()})


@pytest.mark.parametrize("kind", Kind)
@settings(deadline=None, max_examples=50)
@given(data=st.data())
def test_a_row_comes_back_from_its_columns(kind: Kind, data: st.DataObject) -> None:
    row = data.draw(values_of(ROW_TYPES[kind]))
    # JSON, in which nested values stand, has no infinity, and none of them is ever infinite; a column may be.
    endless = [name for name, hint in get_type_hints(ROW_TYPES[kind]).items() if hint is float]
    if endless:
        row = structs.replace(
            row, **{data.draw(st.sampled_from(endless)): data.draw(st.sampled_from([inf, -inf, 0.0]))}
        )
    columns = codec(kind)
    with sqlite3.connect(":memory:") as db:
        names = ", ".join(f'"{column.name}" {column.sql_type}' for column in columns.columns)
        db.execute(f"CREATE TABLE t ({names})")
        db.execute(f"INSERT INTO t VALUES ({', '.join('?' * len(columns.columns))})", columns.encode(row))
        (back,) = columns.decode(db.execute("SELECT * FROM t"))
    db.close()
    assert back == row
    assert [type(getattr(back, column.name)) for column in columns.columns] == [
        type(getattr(row, column.name)) for column in columns.columns
    ]


def test_nested_values_leave_out_what_is_at_its_default() -> None:
    row = ROW_TYPES[Kind.TASK](id="a", cluster="c", definition="d:1", group="g")  # type: ignore[call-arg]
    columns = [column.name for column in codec(Kind.TASK).columns]
    assert codec(Kind.TASK).encode(row)[columns.index("containers")] == "[]"


def test_what_another_version_wrote_is_read_where_it_means_the_same_and_told_where_not() -> None:
    row = ROW_TYPES[Kind.TASK](id="a", cluster="c", definition="d:1", group="g")  # type: ignore[call-arg]
    tasks = codec(Kind.TASK)
    place = [column.name for column in tasks.columns].index("containers")
    values = tasks.encode(row)
    values[place] = '[{"name":"web","image":"web:1","exit_code":137.0,"later":1}]'
    (back,) = tasks.decode([tuple(values)])
    assert [(each.name, each.exit_code) for each in back.containers] == [("web", 137)]
    values[place] = '[{"name":"web","image":"web:1","exit_code":"killed"}]'
    with pytest.raises(
        StoreError, match=r"its 'containers' is not as this version writes it: .*\$\[0\]\.exit_code"
    ):
        list(tasks.decode([tuple(values)]))
