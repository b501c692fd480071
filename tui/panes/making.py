"""The rows of a table as they are made: all when a view is shown, afterwards those that show something that changed.

Much is made in slices, so that keys are answered in between, and of very many rows the first are shown before the others are made.
"""

from __future__ import annotations

import asyncio
import time
from heapq import nsmallest
from typing import TYPE_CHECKING, Final

from core.record import Record
from tui.slices import Slice
from tui.views.view import without_tasks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from core.model.state import State
    from tui.listing.listing import Listing
    from tui.listing.row import Row
    from tui.panes.branches import Branches
    from tui.session import Session
    from tui.trail import Visit
    from tui.views.view import View
    from tui.widgets.table import Table

#: Of very many rows that changed no more are kept beside those that are shown.
_RENEWED_AT_ONCE: Final = 250
#: More than a terminal has lines: where it is known which rows stand first, so many are shown before the others are made.
_FIRST_ROWS: Final = 100


class Shown(Record):
    """What a table shows: a visit, its view, and of a tree which of its rows. Another one at each showing, also of the same visit."""

    visit: Visit
    view: View
    branches: Branches | None

    @property
    def listing(self) -> Listing:
        """The rows."""
        assert self.visit.listing is not None
        return self.visit.listing


class Making:
    """Makes the rows of what is shown. What was begun for something else comes to nothing."""

    def __init__(self, session: Session, table: Table) -> None:
        """Make rows for this table."""
        self._world: Final = session.world
        self._turns: Final = session.turns
        self._table: Final = table
        self._shown: Shown | None = None
        #: Rows of a large table as they are made; those that change meanwhile are made again.
        self._filling: dict[str, Row] | None = None
        #: Whether only the first of them are shown.
        self._is_partial = False
        #: Ids of rows that show something that changed.
        self._stale: set[str] = set()
        self._is_renewing = False
        #: Whether the rows were made before tasks were read.
        self.is_early = False
        #: What they were made of; None where it was not enough yet.
        self._told: State | None = None
        #: Whether a filter looked for rows of the tree when they were made.
        self.was_searched = False

    @property
    def shown(self) -> Shown:
        """What is shown."""
        assert self._shown is not None
        return self._shown

    @property
    def is_going_on(self) -> bool:
        """Whether rows are to come."""
        return self._filling is not None

    @property
    def keeps_waiting(self) -> bool:
        """Whether rows are to come, and there are not even the first."""
        return self.is_going_on and not self._is_partial

    @property
    def is_unsettled(self) -> bool:
        """Whether rows that were asked for just now are to come: the first, or those that a filter leaves."""
        if self._shown is None:
            return False
        listing = self._shown.listing
        is_working = self.is_going_on or listing.work is not None
        return listing.is_narrowing or (is_working and (self._is_partial or not len(listing)))

    def show(self, shown: Shown) -> None:
        """Make the rows of what is shown from now on."""
        self._shown = shown
        self._stale.clear()
        self._table.show(shown.listing, self.row)
        self.fill()

    def stop(self) -> None:
        """Leave what is not made yet."""
        self._filling = None

    def is_told(self) -> bool:
        """Whether what came while everything is still being read is nothing that these rows tell."""
        return self._told is self._world.state and not self._world.is_whole

    def row(self, row_id: str) -> Row | None:
        """A row as it is now; None where it is not to be shown."""
        shown = self.shown
        if not self._world.is_whole:
            early = shown.view.row(self._world, shown.visit.place, row_id) if self._is_due() else None
            return without_tasks(early, shown.listing.columns) if early is not None else None
        if shown.branches is not None and not shown.branches.shows(row_id):
            return None
        made = shown.view.row(self._world, shown.visit.place, row_id)
        return shown.branches.placed(made) if shown.branches is not None and made is not None else made

    # All of them

    def fill(self) -> None:
        """Make all rows: at once if that is quick, else in slices."""
        self._filling, self._is_partial, self.is_early = {}, False, not self._world.is_whole
        self._told = self._world.state if self._is_due() else None
        work = self._making(self._filling)
        for _ in work:
            self._table.run_worker(self._go_on(work, self._filling), group="fill", exclusive=True)
            return

    def _making(self, filling: dict[str, Row]) -> Iterator[None]:
        ids = list(self._ids())
        if first := self._first(ids):
            yield from self._adding(first, filling)
            if self._filling is not filling:
                return
            self._is_partial = True
            self._table.fill(filling.copy())
            yield
        yield from self._adding(ids, filling)
        if self._filling is not filling:
            return
        self._filling, self._is_partial = None, False
        self._table.fill(filling)

    def _adding(self, ids: Sequence[str], filling: dict[str, Row]) -> Iterator[None]:
        """Make those of these rows that are not made yet, as long as they are wanted."""
        slice_ = Slice(time.perf_counter)
        for row_id in ids:
            if self._filling is not filling:
                return
            if row_id not in filling and (row := self.row(row_id)) is not None:
                filling[row_id] = row
            if slice_.is_over():
                yield
                slice_.begin()

    def _first(self, ids: Sequence[str]) -> Sequence[str]:
        """The rows that stand first, where there is nothing to be seen yet and they are known before they are made."""
        view, listing = self.shown.view, self.shown.listing
        sorts_by, column = view.sorts_by, listing.columns[listing.sort_column]
        if sorts_by is None or column.id != view.sort or listing.descending is not view.descending:
            return ()
        if len(ids) <= _FIRST_ROWS or listing.rows or listing.is_narrowed():
            return ()
        return nsmallest(_FIRST_ROWS, ids, key=lambda row_id: (sorts_by(self._world, row_id), row_id))

    def _is_due(self) -> bool:
        """Whether enough was read for this view's rows."""
        return self._world.extent >= self.shown.view.needs

    def _ids(self) -> Iterable[str]:
        if not self._is_due():
            return ()
        branches = self.shown.branches
        if branches is None:
            return self.shown.view.ids(self._world, self.shown.visit.place)
        self.was_searched = branches.is_searched
        return branches.ids()

    async def _go_on(self, work: Iterator[None], filling: dict[str, Row]) -> None:
        self._table.update_title()
        for _ in work:
            await self._turns.next()
            if self._filling is not filling:
                return

    # Those that changed

    def renew(self, ids: Iterable[str] = ()) -> None:
        """Make these rows anew, and what is left from before: at once if that is quick, else in slices."""
        self._stale.update(ids)
        if self._stale and not self._is_renewing:
            self._renew()

    def _renew(self) -> None:
        work = self._renewing()
        self._is_renewing = False
        for _ in work:
            self._is_renewing = True
            self._table.run_worker(self._go_on_renewing(work), group="renew")
            return

    def _renewing(self) -> Iterator[None]:
        """Make the stale rows, and what becomes stale meanwhile."""
        shown, slice_ = self._shown, Slice(time.perf_counter)
        while self._stale:
            ids, self._stale = list(self._stale), set()
            made: dict[str, Row | None] = {}
            for row_id in ids:
                made[row_id] = self.row(row_id)
                if len(made) == _RENEWED_AT_ONCE:
                    self._take_over(made)
                    made = {}
                if slice_.is_over():
                    yield
                    if self._shown is not shown:
                        return
                    slice_.begin()
            self._take_over(made)

    async def _go_on_renewing(self, work: Iterator[None]) -> None:
        began_at = time.perf_counter()
        for _ in work:
            # Half of the time is left to pictures, however dear the rows are and however often they change.
            await asyncio.sleep(time.perf_counter() - began_at)
            await self._turns.next()
            began_at = time.perf_counter()
        # What became stale in another view than the one it began in.
        self._renew()

    def _take_over(self, made: Mapping[str, Row | None]) -> None:
        changed = [row for row in made.values() if row is not None]
        removed = [row_id for row_id, row in made.items() if row is None]
        if self._filling is not None:
            self._filling.update((row.id, row) for row in changed)
            for row_id in removed:
                self._filling.pop(row_id, None)
        self._table.apply(changed, [row_id for row_id in removed if row_id in self.shown.listing.rows])
