"""A client's copy of the state, brought up to date by what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.model.state import State

if TYPE_CHECKING:
    from core.store import Feed, Store


class Mirror:
    """The state as of the last refresh, which is another object where everything was read anew. For one thread."""

    def __init__(self, store: Store) -> None:
        """Load everything."""
        self._store = store
        self._load()

    def refresh(self) -> None:
        """Take over what was committed since."""
        more = True
        while more:
            feed = self._store.changes_since(self._seq)
            more = feed.more
            if feed.reload:
                self._load()
            else:
                self._take_over(feed)

    def _load(self) -> None:
        snapshot = self._store.load()
        self._seq, self.state = snapshot.seq, State(snapshot.rows)

    def _take_over(self, feed: Feed) -> None:
        self._seq = feed.seq
        for row in feed.rows:
            self.state.adopt(row)
        for kind, key in feed.deleted:
            gone = getattr(self.state, kind.value).get(key)
            if gone is not None:
                self.state.delete(gone)
        self.state.keep()
