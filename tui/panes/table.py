"""A view as a table that stays true: what its keys mean, what its title says, and which rows are to be made anew (making.py)."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from core.cli.printing import count_of
from core.safe_text import plain
from tui.listing.filter import unknown_column
from tui.listing.row import Tone
from tui.naming import name_of
from tui.panes.branches import Branches
from tui.panes.making import Making, Shown
from tui.place import About, Thing
from tui.sparks import without_sparks
from tui.views import BY_ABOUT, BY_NAME, SCOPES
from tui.views.view import Fold, ids_touched

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.widget import Widget

    from tui.commands import Scope
    from tui.listing.listing import Listing
    from tui.place import Place
    from tui.session import Session
    from tui.trail import Visit
    from tui.views.view import View
    from tui.widgets.lines import Header, Piece
    from tui.widgets.table import Table
    from tui.world import Touched


#: As long as what is typed ahead waits for rows. A large table takes longer, and its keys act at once on what is there.
_TYPE_AHEAD_S: Final = 0.25
GONE: Final = "This row is gone"
#: Without hosts there is something to do first.
_NEEDS_CAPACITY: Final = frozenset({"services", "tasks"})


class TablePane:
    """The table of the visit that is shown."""

    def __init__(self, session: Session, table: Table, header: Header) -> None:
        """Paint into these widgets, as the operator wants each view."""
        self._layouts: Final = session.layouts
        self._world: Final = session.world
        self._turns: Final = session.turns
        self._making: Final = Making(session, table)
        self.table: Final = table
        self._header: Final = header
        self._shown: Shown | None = None
        #: Whether there is more than one, as the columns were last arranged.
        self._has_clusters = False
        #: What the rows of a view were made by that follows something else than single changes.
        self._followed: object = None

    @property
    def visit(self) -> Visit:
        """The visit that is shown."""
        assert self._shown is not None
        return self._shown.visit

    @property
    def view(self) -> View:
        """The view that is shown."""
        assert self._shown is not None
        return self._shown.view

    @property
    def listing(self) -> Listing:
        """The rows that are shown."""
        assert self._shown is not None
        return self._shown.listing

    @property
    def _branches(self) -> Branches | None:
        """Of a tree: which of its rows are shown."""
        return self._shown.branches if self._shown is not None else None

    @property
    def scope(self) -> Scope:
        """That of the view; where rows are of several kinds, of the thing under the cursor."""
        cursor = self.listing.cursor
        if self.view.thing is None or cursor is None or self.listing.is_gone(cursor):
            return self.view.scope
        return SCOPES[self.thing(cursor).about]

    def is_on_gone(self) -> bool:
        """Whether what is under the cursor no longer exists."""
        cursor = self.listing.cursor
        return cursor is not None and self.listing.is_gone(cursor)

    @property
    def widgets(self) -> Sequence[Widget]:
        """The header and the table."""
        return (self._header, self.table)

    @property
    def scroller(self) -> Table:
        """The table."""
        return self.table

    def show(self, visit: Visit) -> None:
        """Show a view as it was left, then as it is."""
        view = BY_NAME[visit.place.view]
        branches = Branches(self._world, view, view.tree, visit) if view.tree is not None else None
        self._shown, self._followed = Shown(visit, view, branches), None
        self._arrange()
        self.table.empty_text = self.empty_text
        self._making.show(self._shown)

    async def made(self) -> None:
        """Wait a moment for the rows of the first view: a picture without them would only keep them waiting."""
        until = time.perf_counter() + _TYPE_AHEAD_S
        while self._making.keeps_waiting and time.perf_counter() < until:
            self._turns.go_on()
            await asyncio.sleep(0)
        self.listing.run()

    async def settled(self) -> None:
        """Wait a moment for the rows of a view or filter that was just asked for: what is typed ahead is meant for them."""
        until = time.perf_counter() + _TYPE_AHEAD_S
        while self._making.is_unsettled and time.perf_counter() < until:
            self._turns.go_on()
            await asyncio.sleep(0)

    def leave(self) -> None:
        """The listing keeps everything."""
        self._making.stop()

    def news(self, touched: Touched) -> None:
        """Make the rows anew that show something that changed."""
        if self._has_clusters != (len(self._world.state.clusters) > 1):
            self.arrange()
        if touched.everything:
            if self._making.is_told():
                return
            if self._making.is_early:
                # What comes to be known has not changed: it gets no colour.
                self.table.show(self.listing, self._making.row)
            self._making.fill()
            return
        self._making.renew({*self._to_follow(), *ids_touched(self.view, self._world, touched)})
        if not len(self.listing):
            # What stands in the rows' place may have changed.
            self.table.apply(())

    def _to_follow(self) -> Iterable[str]:
        """The ids of all rows, where what they follow is another."""
        followed = self.view.follows(self._world) if self.view.follows is not None else None
        if followed is self._followed:
            return ()
        self._followed = followed
        return {*self.listing.rows, *self.view.ids(self._world, self.visit.place)}

    def tick(self) -> None:
        """Ages and use went on."""
        self._making.renew(self._to_follow())
        self.table.tick()

    def arrange(self) -> None:
        """Show the columns as they are wanted now."""
        self._arrange()
        self.table.show(self.listing, self._making.row)

    def _arrange(self) -> None:
        self._has_clusters = len(self._world.state.clusters) > 1
        choices = self._layouts.of(self.view.name).choices
        self.listing.arrange(choices, has_clusters=self._has_clusters)

    # Trees

    def searched(self) -> None:
        """Of a tree: a filter was set or dropped, so other rows are shown."""
        if self._branches is not None and self._branches.is_searched is not self._making.was_searched:
            self._making.fill()

    def fold(self, step: int) -> bool:
        """Of a tree: unfold what is under the cursor (1), fold it or go to what it is below (-1); False elsewhere."""
        cursor = self.listing.cursor
        if self._branches is None:
            return False
        if cursor is None or self.listing.is_gone(cursor):
            return True
        how = self._branches.fold_of(cursor)
        if how is (Fold.FOLDED if step > 0 else Fold.UNFOLDED):
            self._turn(cursor)
        elif how is Fold.UNFOLDED:
            self.table.move(1)
        elif step < 0 and (parent := self._branches.parent(cursor)) in self.listing.rows:
            self.table.move_to_row(parent)
        return True

    def turn(self) -> bool:
        """Of a tree: fold or unfold what is under the cursor; False where there is nothing to fold."""
        cursor = self.listing.cursor
        if self._branches is None or cursor is None or self.listing.is_gone(cursor):
            return False
        if self._branches.fold_of(cursor) not in {Fold.FOLDED, Fold.UNFOLDED}:
            return False
        self._turn(cursor)
        return True

    def _turn(self, row_id: str) -> None:
        assert self._branches is not None
        self._making.renew(self._branches.turn(row_id))

    # What is shown, and what it stands for

    def title(self) -> list[Piece]:
        """`Services(prod)[3/12] </web> 2 marked`."""
        listing = self.listing
        counted = (
            f"{listing.matching}/{len(listing.rows)}" if listing.is_narrowed() else str(len(listing.rows))
        )
        if self._making.is_going_on or not self._world.is_whole:
            counted += ", reading"
        place = self.visit.place
        of = f"/{name_of(self._world, place.of)}" if place.of is not None else ""
        pieces: list[Piece] = [
            (self.view.name.capitalize(), Tone.KEY),
            (f"({place.cluster or 'all'}{of})[{counted}]", Tone.PLAIN),
        ]
        if listing.filter.text:
            pieces.append((f" </{listing.filter.text}>", Tone.WARN))
        if listing.only_faults:
            pieces.append((" only faults", Tone.WARN))
        if listing.marks:
            pieces.append((f" {self._marked()}", Tone.BUSY))
        return pieces

    def _marked(self) -> str:
        """How many rows are marked; where they are of several kinds, of which."""
        count = len(self.listing.marks)
        if self.view.thing is None:
            return f"{count} marked"
        return f"{count_of(count, self.thing(next(iter(self.listing.marks))).about.value)} marked"

    def thing(self, row_id: str) -> Thing:
        """What a row stands for."""
        if self.view.thing is not None:
            return self.view.thing(row_id)
        assert self.view.about is not None
        return Thing(self.view.about, row_id)

    def inside(self, thing: Thing) -> Place | None:
        """Where Enter leads from a thing: as from its own table."""
        return BY_ABOUT[thing.about].enter(self._world, self.visit.place, thing.key)

    def things(self) -> tuple[Thing, ...]:
        """The marked rows, or the one of the cursor; none where that is of another kind than those, and so are the keys."""
        things = tuple(map(self.thing, self.table.targets()))
        if self.view.thing is not None and things and self.scope is not SCOPES[things[0].about]:
            return ()
        return things

    def close_one(self) -> bool:
        """The filter, then the marks."""
        listing = self.listing
        if listing.is_narrowed():
            self.table.clear_filter()
            return True
        if listing.marks:
            self.table.clear_marks()
            return True
        return False

    def copied(self) -> str:
        """What the row of the cursor is called on a command line; an event's words."""
        return "\n".join(map(self._copied, self.things()))

    def _copied(self, thing: Thing) -> str:
        match thing.about:
            case About.SERVICE | About.CONTAINER | About.INSTANCE | About.SCHEDULE | About.STACK:
                return name_of(self._world, thing)
            case About.EVENT if event := self._world.events.get(int(thing.key)):
                return plain(event.message)
            case _:
                return thing.key

    def saved(self) -> Iterable[str]:
        """The table as tab-separated lines."""
        titles = tuple(column.title for column in self.listing.columns)
        rows = self.listing.window(0, len(self.listing))
        return map(without_sparks, map("\t".join, (titles, *(row.cells for row in rows))))

    def empty_text(self) -> str:
        """What to say where rows would be."""
        if self._making.is_going_on or self._world.read_at is None or not self._world.is_whole:
            return "reading …"
        if self.listing.rows:
            told = unknown_column(self.listing.filter.text, self.listing.columns)
            odd = ", ".join(t.pattern.text for t in self.listing.filter.terms if not t.pattern.is_understood)
            as_it_is = f"{odd} is no regular expression, and is looked for as it stands." if odd else ""
            return " ".join(filter(None, ("Nothing matches.", told, as_it_is, "Esc shows everything again.")))
        if self.view.name in _NEEDS_CAPACITY and not self._world.state.instances:
            return BY_NAME["capacity"].empty
        return self.view.empty
