"""A client's copy of the state, brought up to date by what changed; and what changed alone, for who keeps a copy of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.model.state import State

if TYPE_CHECKING:
    from core.model.state import Kind, Row
    from core.store import Store


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What was committed since. With `reloaded` everything may have changed, and `rows` are all that there are."""

    rows: tuple[Row, ...] = ()
    deleted: tuple[tuple[Kind, str], ...] = ()
    reloaded: bool = False

    def __bool__(self) -> bool:
        """Whether anything changed."""
        return bool(self.rows or self.deleted or self.reloaded)


class Following:
    """Reads everything, then what was committed since. For one thread; it keeps no row."""

    def __init__(self, store: Store) -> None:
        """Nothing is read yet."""
        self._store = store
        self._seq: int | None = None

    def read(self) -> Refreshed:
        """What was committed since the last time; everything at first, and where what changed is no longer known."""
        rows: list[Row] = []
        deleted: list[tuple[Kind, str]] = []
        seq, more = self._seq, True
        while more:
            feed = self._store.changes_since(seq) if seq is not None else None
            if feed is None or feed.reload:
                snapshot = self._store.load()
                self._seq = snapshot.seq
                return Refreshed(tuple(snapshot.rows), reloaded=True)
            rows.extend(feed.rows)
            deleted.extend(feed.deleted)
            seq, more = feed.seq, feed.more
        self._seq = seq
        return Refreshed(tuple(rows), tuple(deleted))


class Mirror:
    """The state as of the last refresh, which is another object where everything was read anew. For one thread."""

    def __init__(self, store: Store) -> None:
        """Load everything."""
        self._following = Following(store)
        self.state = State()
        self.refresh()

    def refresh(self) -> Refreshed:
        """Take over what was committed since."""
        fresh = self._following.read()
        if fresh.reloaded:
            self.state = State(fresh.rows)
            return fresh
        for row in fresh.rows:
            self.state.adopt(row)
        for kind, key in fresh.deleted:
            gone = getattr(self.state, kind.value).get(key)
            if gone is not None:
                self.state.delete(gone)
        self.state.keep()
        return fresh
