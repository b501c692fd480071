"""Which rows of a tree are shown: those below what the operator unfolded, or all among which a filter looks. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui.views.view import Fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tui.listing.row import Row
    from tui.trail import Visit
    from tui.views.view import Tree, View
    from tui.world import World


class Branches:
    """The tree of one visit. The topmost rows are unfolded at first, all others folded."""

    def __init__(self, world: World, view: View, tree: Tree, visit: Visit) -> None:
        """What the operator folds is kept in the visit."""
        self._world: Final = world
        self._view: Final = view
        self._tree: Final = tree
        self._visit: Final = visit

    @property
    def is_searched(self) -> bool:
        """Whether a filter looks for rows, folded away or not: what it finds is shown on its own, with its parents' names."""
        return self._visit.listing is not None and self._visit.listing.is_narrowed()

    def ids(self) -> Iterator[str]:
        """The ids of all rows that are shown."""
        return self._walk(self._view.ids(self._world, self._visit.place))

    def shows(self, row_id: str) -> bool:
        """Whether a row is shown."""
        parent = self._tree.parent(self._world, row_id)
        if parent is None:
            return True
        if self.is_searched and self._tree.is_searched(row_id):
            return True
        return self._is_unfolded(parent) and self.shows(parent)

    def placed(self, row: Row) -> Row:
        """A row as it is shown in the tree."""
        return self._tree.placed(self._world, row, self.fold_of(row.id))

    def fold_of(self, row_id: str) -> Fold:
        """How a row is shown."""
        if self.is_searched:
            return Fold.ALONE
        if next(iter(self._tree.children(self._world, row_id)), None) is None:
            return Fold.LEAF
        return Fold.UNFOLDED if self._is_unfolded(row_id) else Fold.FOLDED

    def turn(self, row_id: str) -> set[str]:
        """Fold a row or unfold it; gives the ids of all rows that come or go, and its own."""
        turned = self._visit.turned
        was_unfolded = self._is_unfolded(row_id)
        touched = (
            {row_id, *self._walk(self._tree.children(self._world, row_id))} if was_unfolded else {row_id}
        )
        turned ^= {row_id}
        if not was_unfolded:
            touched.update(self._walk(self._tree.children(self._world, row_id)))
        return touched

    def parent(self, row_id: str) -> str | None:
        """The id of the row that one is below."""
        return self._tree.parent(self._world, row_id)

    def _walk(self, row_ids: Iterable[str]) -> Iterator[str]:
        for row_id in row_ids:
            yield row_id
            unfolded = self._is_unfolded(row_id)
            if unfolded:
                yield from self._walk(self._tree.children(self._world, row_id))
            elif self.is_searched:
                below = self._tree.children(self._world, row_id)
                yield from self._walk(each for each in below if self._tree.is_searched(each))

    def _is_unfolded(self, row_id: str) -> bool:
        is_topmost = self._tree.parent(self._world, row_id) is None
        return (row_id in self._visit.turned) is not is_topmost
