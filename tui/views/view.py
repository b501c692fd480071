"""What a table is made of. Every row is a function of the world, the place and an id, so that any row can be made anew."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from core.client.following import Extent
from core.record import Record, replace
from core.safe_text import plain
from tui.listing.order import NOTHING
from tui.listing.row import Row, Sortable, SortValue, Tone, packed
from tui.place import About

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from core.model.state import Row as StateRow
    from tui.commands import Scope
    from tui.listing.column import Column
    from tui.place import Place, Thing
    from tui.world import Touched, World


class Cell(NamedTuple):
    """One cell: safe text, what it means, and what it sorts by where that is not its text.

    A tuple, for 100,000 rows are a million of them: a frozen dataclass takes three times as long to be made.
    """

    text: str
    tone: Tone = Tone.PLAIN
    sort: SortValue = None
    #: Sorts as None: after everything that has a value.
    is_blank: bool = False

    def sort_value(self) -> SortValue:
        """What the column sorts by."""
        if self.is_blank:
            return None
        return "" if self.sort is None else self.sort


BLANK = Cell(NOTHING, is_blank=True)
_UNREAD: Final = "…"


class Tree(Record):
    """How the rows of a view hang together; what `View.ids` gives are the topmost."""

    #: The ids of the rows right below one, and of the one that it is below.
    children: Callable[[World, str], Iterable[str]]
    parent: Callable[[World, str], str | None]
    #: The row as it is shown: below its parents, with a sign that says whether it is unfolded, or on its own with their names.
    placed: Callable[[World, Row, Fold], Row]
    #: Whether a row is shown though it is folded away, while a filter looks for rows.
    is_searched: Callable[[str], bool]


class Fold(StrEnum):
    """How a row of a tree is shown."""

    UNFOLDED = "unfolded"
    FOLDED = "folded"
    LEAF = "leaf"
    #: Found by a filter.
    ALONE = "alone"


class View(Record):
    """One kind of table."""

    name: str
    scope: Scope
    #: What its rows stand for; None where `thing` tells it of each.
    about: About | None
    aliases: tuple[str, ...]
    columns: tuple[Column, ...]
    #: The ids of all rows that a place has, and of others where telling them apart is left to `row`.
    ids: Callable[[World, Place], Iterable[str]]
    #: A row of the place; None when there is none of that id (any more).
    row: Callable[[World, Place, str], Row | None]
    #: The ids of the rows that show something of a row of the state.
    touched_by: Callable[[World, StateRow], Iterable[str]]
    enter: Callable[[World, Place, str], Place | None]
    #: What to say when there are no rows: what would be here, and how to get it.
    empty: str
    sort: str
    descending: bool = False
    #: What the row of an id sorts by in that order, where that is known without making it: of very many the first are shown at once.
    sorts_by: Callable[[World, str], Sortable] | None = None
    #: From when on its rows are shown while everything is read for the first time; before tasks are, without the columns that tell of them.
    needs: Extent = Extent.WHOLE
    #: What a row stands for, by its id, where rows are of several kinds.
    thing: Callable[[str], Thing] | None = None
    #: Where rows are not made anew for what was touched: they are all, whenever this is another object. Few rows only.
    follows: Callable[[World], object] | None = None
    #: Where rows stand below one another, in an order of their own.
    tree: Tree | None = None


def ids_touched(view: View, world: World, touched: Touched) -> set[str]:
    """The ids of the rows that may look different."""
    ids = {row_id for row in touched.rows for row_id in view.touched_by(world, row)}
    ids.update(map(str, touched.events) if view.about is About.EVENT else ())
    ids.update(touched.commands if view.about is About.COMMAND else ())
    return ids


@lru_cache(maxsize=1024)
def _once(tones: tuple[Tone, ...]) -> tuple[Tone, ...]:
    """The same for all rows that are meant the same: there may be 100,000."""
    return tones


def row(row_id: str, cells: Iterable[Cell], *, dim: bool = False) -> Row:
    """A row of cells."""
    made = [*cells]
    sort, places = packed([cell.sort_value() for cell in made])
    tones = _once(tuple([cell.tone for cell in made]))
    return Row(row_id, tuple([cell.text for cell in made]), tones, sort, dim, places)


def without_tasks(row: Row, columns: Sequence[Column]) -> Row:
    """A row as it may be shown while tasks are still read."""
    hidden = [column.of_tasks for column in columns]
    return replace(
        row,
        cells=tuple(_UNREAD if hides else text for text, hides in zip(row.cells, hidden, strict=True)),
        tones=tuple(Tone.DIM if hides else tone for tone, hides in zip(row.tones, hidden, strict=True)),
        sort=tuple(None if hides else row.sort_value(column) for column, hides in enumerate(hidden)),
        sort_places=(),
    )


def foreign(text: str, tone: Tone = Tone.PLAIN) -> Cell:
    """A cell of text that someone else wrote."""
    return Cell(plain(text), tone) if text else BLANK


def number(value: int, tone: Tone = Tone.PLAIN) -> Cell:
    """A whole number."""
    return Cell(str(value), tone, value)


def nothing_touched(_world: World, _row: StateRow) -> Iterable[str]:
    """For views that show no rows of the state."""
    return ()
