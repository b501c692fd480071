"""A client's copy of the state, brought up to date by what changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.model.state import State

if TYPE_CHECKING:
    from core.model.state import Kind, Row
    from core.store import Store


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh brought. With `reloaded` everything may have changed, and `state` is another object."""

    rows: tuple[Row, ...] = ()
    deleted: tuple[tuple[Kind, str], ...] = ()
    reloaded: bool = False

    def __bool__(self) -> bool:
        """Whether anything changed."""
        return bool(self.rows or self.deleted or self.reloaded)


class Mirror:
    """The state as of the last refresh. For one thread."""

    def __init__(self, store: Store) -> None:
        """Load everything."""
        self._store = store
        self.state = State()
        self._seq = 0
        self._load()

    def refresh(self) -> Refreshed:
        """Take over what was committed since."""
        rows: list[Row] = []
        deleted: list[tuple[Kind, str]] = []
        more = True
        while more:
            feed = self._store.changes_since(self._seq)
            if feed.reload:
                self._load()
                return Refreshed(reloaded=True)
            for row in feed.rows:
                self.state.adopt(row)
            for kind, key in feed.deleted:
                gone = getattr(self.state, kind.value).get(key)
                if gone is not None:
                    self.state.delete(gone)
            rows.extend(feed.rows)
            deleted.extend(feed.deleted)
            self._seq, more = feed.seq, feed.more
        self.state.keep()
        return Refreshed(tuple(rows), tuple(deleted))

    def _load(self) -> None:
        snapshot = self._store.load()
        self.state = State(snapshot.rows)
        self._seq = snapshot.seq
