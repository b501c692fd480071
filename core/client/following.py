"""What there is, and then what changes, in parts of a few hundred rows: for who keeps a copy of its own and shows it meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.model.state import Kind
from core.record import Record

if TYPE_CHECKING:
    from core.model.state import Row
    from core.store import Store

#: About as many rows are read at once. Of all kinds but tasks there are a hundredth as many.
PAGE: Final = 500
#: The first page of tasks is soon there, and tells whether there are many.
FIRST_PAGE: Final = 200
_ALL_BUT_TASKS: Final = tuple(kind for kind in Kind if kind is not Kind.TASK)


class Part(Record):
    """What was read at once. With `reloaded` everything is told anew from this part on; with `more` another part follows."""

    rows: tuple[Row, ...] = ()
    deleted: tuple[tuple[Kind, str], ...] = ()
    reloaded: bool = False
    more: bool = False

    def __bool__(self) -> bool:
        """Whether it tells anything."""
        return bool(self.rows or self.deleted or self.reloaded)


class Following:
    """Reads everything, then what was committed since. For one thread; it keeps no row.

    Everything is read without holding a moment of the store fast: first all but tasks, then tasks page by page, each as it is by
    then, and at last what changed since the first part, by which all of it is as of one moment. A change may be told twice.
    """

    def __init__(self, store: Store) -> None:
        """Nothing is read yet."""
        self._store: Final = store
        self._seq: int | None = None
        #: The last task that was read, while tasks are.
        self._after: str | None = None

    @property
    def reads_all(self) -> bool:
        """Whether everything is being read, page by page: the next part follows at once."""
        return self._after is not None

    def read(self) -> Part:
        """The next part: of everything at first, and where what changed is no longer known."""
        if self._after is not None:
            return self._page(self._after)
        if self._seq is None:
            return self._begin()
        feed = self._store.changes_since(self._seq, PAGE)
        if feed.reload:
            return self._begin()
        self._seq = feed.seq
        return Part(feed.rows, feed.deleted, more=feed.more)

    def _begin(self) -> Part:
        snapshot = self._store.load(_ALL_BUT_TASKS)
        self._seq, self._after = snapshot.seq, ""
        return Part(tuple(snapshot.rows), reloaded=True, more=True)

    def _page(self, after: str) -> Part:
        limit = PAGE if after else FIRST_PAGE
        rows = self._store.load_page(Kind.TASK, after, limit)
        self._after = rows[-1].key if len(rows) == limit else None
        return Part(tuple(rows), more=True)
