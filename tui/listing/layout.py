"""How the operator wants a table: which columns, in what order and how wide, and what it is sorted by. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.record import Record, replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.listing.column import Column


class Choice(Record, omit_defaults=False):
    """What was chosen for one column; a width of 0 is that of its content."""

    column: str
    shown: bool = True
    width: int = 0


class Layout(Record, omit_defaults=False):
    """Of one view. Without choices it is as the view itself has it; `sort` is a column's id. It is kept with all its members."""

    choices: tuple[Choice, ...] = ()
    sort: str = ""
    descending: bool = False


def arranged(
    columns: Sequence[Column], choices: Sequence[Choice], *, has_clusters: bool = False
) -> tuple[tuple[Column, ...], tuple[int, ...]]:
    """The columns, in the order of a row's cells, as they were chosen; and their indexes in the order in which they are shown.

    What stands first matters most: a narrow screen drops columns from the right. A column that the choices don't know (it is new)
    comes last, one that is no more is passed over. Without choices, and with several clusters, what tells their rows apart is among the last.
    """
    if not choices:
        made = [
            replace(column, priority=1) if has_clusters and column.tells_apart else column
            for column in columns
        ]
        return tuple(made), tuple(range(len(columns)))
    where = {column.id: index for index, column in enumerate(columns)}
    chosen = {where[choice.column]: choice for choice in choices if choice.column in where}
    order = (*chosen, *(index for index in range(len(columns)) if index not in chosen))
    first = next((index for index in order if index not in chosen or chosen[index].shown), None)
    made = list(columns)
    for index, choice in chosen.items():
        made[index] = replace(
            columns[index],
            hidden=columns[index].hidden or not choice.shown,
            priority=0 if index == first else 1,
            width=choice.width,
        )
    return tuple(made), order
