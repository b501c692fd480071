"""Which columns fit on a screen, and how wide each one is. Pure."""

from __future__ import annotations

from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING, Final

from core.record import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Cells between two columns.
GAP: Final = 2
_SHORT: Final = 20
#: Columns of this priority number and above come only when all before them have the width they want, and some row has a value.
_EXTRA: Final = 5


class Align(StrEnum):
    """Numbers stand right, words left."""

    LEFT = "left"
    RIGHT = "right"


class Column(Record):
    """A column by its id. On a narrow screen those of the highest `priority` number go first; 0 always stays."""

    id: str
    title: str
    priority: int = 0
    minimum: int = 4
    maximum: int = 40
    align: Align = Align.LEFT
    #: What doesn't fit is cut off at its start: the end of an image's name says more.
    keeps_end: bool = False
    #: Says of which cluster a row is, where rows of several may have the same name: it is then among the last to go.
    tells_apart: bool = False
    #: A sparkline stands before its value, and is left out where there is no room for both.
    has_spark: bool = False
    #: Changes all the time by itself: not worth a colour when it does.
    is_restless: bool = False
    #: Tells of tasks, and so nothing before they are read.
    of_tasks: bool = False
    #: Not shown, because all rows say the same here, or nobody wants it.
    hidden: bool = False
    #: Exactly so wide, where the operator chose it.
    width: int = 0


class Slot(Record):
    """A column that is shown: its index among all columns and its width in cells."""

    index: int
    width: int


def fit(
    columns: Sequence[Column],
    content: Sequence[int],
    available: int,
    order: Sequence[int] = (),
    sorts: int | None = None,
) -> tuple[Slot, ...]:
    """The columns that fit into `available` cells: that which sorts, then by priority, each as wide as its content wants.

    They stand in `order`, by their indexes, else in their own. Room that is left goes to the last column that was cut short; `content` is the widest cell of each column.
    """
    place = _places(columns, order)
    wanted = [_natural(column, wide) for column, wide in _pairs(columns, content)]
    least = [
        column.width or min(_natural(column, wide), max(column.minimum, len(column.title)))
        for column, wide in _pairs(columns, content)
    ]
    shown: list[int] = []
    room = available + GAP
    for index in sorted(_visible(columns), key=lambda i: (i != sorts and columns[i].priority, place[i])):
        is_extra = index != sorts and columns[index].priority >= _EXTRA
        if is_extra and not content[index] and any(content):
            continue
        used = sum((wanted if is_extra else least)[each] + GAP for each in shown)
        if shown and used + least[index] + GAP > room:
            break
        shown.append(index)
    widths = {index: min(least[index], available) for index in shown}
    room -= sum(widths.values()) + GAP * len(widths)
    # First everything that is short, so that one long text doesn't cut all names; then by priority; then whatever is left.
    rounds = [
        [(index, min(wanted[index], _SHORT)) for index in shown],
        [(index, wanted[index]) for index in shown],
        [
            (index, columns[index].width or content[index])
            for index in sorted(shown, key=place.__getitem__)[::-1]
        ],
    ]
    for index, width in chain.from_iterable(rounds):
        more = max(0, min(width - widths[index], room))
        widths[index] += more
        room -= more
    return tuple(Slot(index, widths[index]) for index in sorted(shown, key=place.__getitem__))


def wide(
    columns: Sequence[Column], content: Sequence[int], available: int, skip: int, order: Sequence[int] = ()
) -> tuple[Slot, ...]:
    """All columns at their full width, the first one pinned and `skip` of the others scrolled out to the left."""
    slots: list[Slot] = []
    room = available
    place = _places(columns, order)
    pinned, *others = sorted(_visible(columns), key=place.__getitem__)
    for index in (pinned, *others[skip:]):
        if room <= 0:
            break
        width = min(columns[index].width or max(content[index], len(columns[index].title)), room)
        slots.append(Slot(index, width))
        room -= width + GAP
    return tuple(slots)


def _visible(columns: Sequence[Column]) -> list[int]:
    return [index for index, column in enumerate(columns) if not column.hidden]


def _places(columns: Sequence[Column], order: Sequence[int]) -> dict[int, int]:
    """Where each column stands, by its index."""
    return {index: n for n, index in enumerate(order or range(len(columns)))}


def _pairs(columns: Sequence[Column], content: Sequence[int]) -> zip[tuple[Column, int]]:
    return zip(columns, content, strict=True)


def _natural(column: Column, content: int) -> int:
    if column.width:
        return column.width
    return min(max(content, len(column.title), column.minimum), max(column.maximum, len(column.title)))
