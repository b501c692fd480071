"""What there is, and then what changes, in parts of a few hundred rows: for who keeps a copy of its own and shows it meanwhile."""

from __future__ import annotations

from enum import IntEnum
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
_FIRST: Final = (Kind.CLUSTER, Kind.SERVICE, Kind.DEPLOYMENT)
_SECOND: Final = tuple(kind for kind in Kind if kind not in {*_FIRST, Kind.TASK})


class Extent(IntEnum):
    """How much of everything was told, in the order in which it is read."""

    #: Clusters, services and their deployments: what is looked at first.
    SERVICES = 1
    #: All but tasks.
    HOSTS = 2
    WHOLE = 3


class Part(Record):
    """What was read at once. With `reloaded` everything is told anew from this part on; with `more` another part follows."""

    rows: tuple[Row, ...] = ()
    deleted: tuple[tuple[Kind, str], ...] = ()
    reloaded: bool = False
    more: bool = False
    #: What was told with this part.
    extent: Extent = Extent.WHOLE

    def __bool__(self) -> bool:
        """Whether it tells anything."""
        return bool(self.rows or self.deleted or self.reloaded)


class Following:
    """Reads everything, then what was committed since. For one thread; it keeps no row.

    Everything is read without holding a moment of the store fast: services, then all else but tasks, then tasks page by page, each as
    it is by then, and at last what changed since the first part, by which all of it is as of one moment. A change may be told twice.
    """

    def __init__(self, store: Store) -> None:
        """Nothing is read yet."""
        self._store: Final = store
        self._seq: int | None = None
        self._extent = Extent.WHOLE
        #: The last task that was read.
        self._after = ""

    @property
    def reads_all(self) -> bool:
        """Whether everything is being read, page by page: the next part follows at once."""
        return self._extent is not Extent.WHOLE

    def read(self) -> Part:
        """The next part: of everything at first, and where what changed is no longer known."""
        if self._extent is Extent.SERVICES:
            return self._rest()
        if self._extent is Extent.HOSTS:
            return self._page()
        if self._seq is None:
            return self._begin()
        feed = self._store.changes_since(self._seq, PAGE)
        if feed.reload:
            return self._begin()
        self._seq = feed.seq
        return Part(feed.rows, feed.deleted, more=feed.more)

    def _begin(self) -> Part:
        snapshot = self._store.load(_FIRST)
        self._seq, self._extent = snapshot.seq, Extent.SERVICES
        return Part(tuple(snapshot.rows), reloaded=True, more=True, extent=self._extent)

    def _rest(self) -> Part:
        rows = self._store.load(_SECOND).rows
        self._extent, self._after = Extent.HOSTS, ""
        return Part(tuple(rows), more=True, extent=self._extent)

    def _page(self) -> Part:
        limit = PAGE if self._after else FIRST_PAGE
        rows = self._store.load_page(Kind.TASK, self._after, limit)
        if len(rows) == limit:
            self._after = rows[-1].key
        else:
            # Whole it is with what changed meanwhile, which the next part tells.
            self._extent = Extent.WHOLE
        return Part(tuple(rows), more=True, extent=Extent.HOSTS)
