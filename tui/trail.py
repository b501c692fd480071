"""The way the operator came: the views Esc leads back through, and the history of `[` and `]`. Every view is kept as left."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.record import replace
from tui.listing.layout import Layout
from tui.listing.listing import Listing
from tui.views import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.place import Place, Thing

_HISTORY = 50
_AS_IT_COMES = Layout()


@dataclass(slots=True)
class Visit:
    """A place and how it was left: its table, or how far its text was read."""

    place: Place
    listing: Listing | None = None
    line: int = 0
    #: Ids of the rows of a tree that the operator folded or unfolded, against how they are at first.
    turned: set[str] = field(default_factory=set)


def visit(place: Place, layout: Layout = _AS_IT_COMES) -> Visit:
    """A first visit to a place, sorted as the operator last sorted that view."""
    view = BY_NAME.get(place.view)
    if view is None:
        return Visit(place)
    # All rows of a view of one cluster, service or task say the same in its column.
    said = {"cluster"} if place.cluster else set()
    said |= (
        {str(place.of.about.value), "group"}
        if place.of is not None and place.of.about.value in {"service", "task"}
        else set()
    )
    columns = [replace(column, hidden=column.id in said) for column in view.columns]
    is_kept = layout.sort in {column.id for column in columns} and view.tree is None
    listing = Listing(
        columns,
        layout.sort if is_kept else view.sort,
        descending=layout.descending if is_kept else view.descending,
        kind_of=_about_of(view.thing) if view.thing is not None else None,
        is_fixed=view.tree is not None,
    )
    return Visit(place, listing)


def _about_of(thing: Callable[[str], Thing]) -> Callable[[str], object]:
    return lambda row_id: thing(row_id).about


@dataclass(slots=True)
class Trail:
    """Visits from the first view down to the present one, and the trails there were before and after it."""

    visits: tuple[Visit, ...]
    #: How the operator wants a view, by its name.
    layout_of: Callable[[str], Layout] = lambda _view: _AS_IT_COMES
    _past: list[tuple[Visit, ...]] = field(default_factory=list)
    _future: list[tuple[Visit, ...]] = field(default_factory=list)

    @property
    def here(self) -> Visit:
        """The present view."""
        return self.visits[-1]

    @property
    def has_past(self) -> bool:
        """Whether there is a trail before this one in time."""
        return bool(self._past)

    def enter(self, place: Place) -> None:
        """Go one step down."""
        if place != self.here.place:
            self._go((*self.visits, self._visit(place)))

    def jump(self, place: Place) -> None:
        """Begin a new trail."""
        if place != self.here.place or len(self.visits) > 1:
            self._go((self._visit(place),))

    def up(self) -> bool:
        """Leave the present view; False at the first one."""
        if len(self.visits) == 1:
            return False
        self._go(self.visits[:-1])
        return True

    def back(self) -> bool:
        """To the trail before this one in time."""
        if not self._past:
            return False
        self._future.append(self.visits)
        self._show(self._past.pop())
        return True

    def forward(self) -> bool:
        """The other way."""
        if not self._future:
            return False
        self._past.append(self.visits)
        self._show(self._future.pop())
        return True

    def _visit(self, place: Place) -> Visit:
        return visit(place, self.layout_of(place.view))

    def _go(self, visits: tuple[Visit, ...]) -> None:
        self._past = [*self._past, self.visits][-_HISTORY:]
        self._future = []
        self._show(visits)

    def _show(self, visits: tuple[Visit, ...]) -> None:
        """Those that are left keep how they were left, but no rows: fifty tables of 100,000 would be gigabytes."""
        for left in self.visits:
            if left.listing is not None and left not in visits:
                left.listing.let_go()
        self.visits = visits
