"""Reads the store, from its second part on in a thread of its own, and keeps what changed until the UI takes it.

The thread never calls the UI: changes gather by key, and the first of them rings a bell once. However busy the engine is, and
however long the UI doesn't look (a terminal that nobody reads stops it), what waits here is bounded: while many rows wait no
more are read, since the store keeps them as well.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Final

from core.client.following import FIRST_PAGE, PAGE, Extent
from core.errors import DockyardError
from core.model.state import kind_of
from tui.world import KEPT, News

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.api import Dockyard, EngineStatus
    from core.client.following import Following, Part
    from core.model.state import Kind, Row
    from core.store import Recorded, Submitted
    from tui.turns import Turns

#: Pulses, the engine's lock, the config and the log of commands are looked at no more often.
_LOOK_EVERY_S: Final = 1.0
#: Between two reads while the engine is busy.
_GAP_S: Final = 0.05
#: After a read that took long as many times as long, up to so long: the interpreter is the screen's too, however much changes.
_SHARE: Final = 3
_LONGEST_GAP_S: Final = 0.3
#: After the store could not be read.
_RETRY_S: Final = 1.0
_COMMANDS: Final = 200
#: While more rows than this wait to be taken, no others are read: what is taken at once keeps keys waiting, rows that changed longest.
_MOST_WAITING: Final = 2 * PAGE
#: While everything is read. Half as many make that twice as long.
_MOST_AT_FIRST: Final = 8 * PAGE
#: When there is room again is looked at so often.
_ROOM_EVERY_S: Final = 0.02


class Feed:
    """What reads. `listen`, `take` and `look_now` are the UI's side; none of them ever waits for the store."""

    def __init__(self, dockyard: Dockyard, turns: Turns) -> None:
        """`dockyard` is the feed's alone; between two readings keys have their turn."""
        self._dockyard: Final = dockyard
        self._turns: Final = turns
        self._lock: Final = threading.Lock()
        self._ended: Final = threading.Event()
        self._anew: Final = threading.Event()
        self._ring: Callable[[], None] = lambda: None
        self._rung = False
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)
        # What waits to be taken; guarded by the lock.
        self._rows: dict[tuple[Kind, str], Row | None] = {}
        self._reloaded = False
        #: Whether what was read is a part, and the next one follows.
        self._more, self._extent = False, Extent.WHOLE
        self._engine: EngineStatus | None = None
        self._events: deque[Recorded] = deque(maxlen=KEPT)
        self._commands: tuple[Submitted, ...] | None = None
        self._problem = ""
        self._read_at = 0.0
        # Of who reads alone.
        self._following: Following | None = None
        self._last_event: int | None = None
        self._looked_at: float | None = None
        #: What hosts use was never looked at.
        self._is_first = True
        #: Between this reading and the next, where there is nothing more to read at once.
        self._pause_s = 0.0

    def read_first(self) -> None:
        """Read what a first picture shows, here and now: beside a thread that loads modules it takes several times as long."""
        try:
            while not self._rung:
                self._read()
        except DockyardError as error:
            self._failed(error)

    def has_news(self) -> bool:
        """Whether there is something to take."""
        with self._lock:
            return self._rung

    def listen(self, ring: Callable[[], None]) -> None:
        """Go on in a thread, and have `ring` called when there is news, once until the next `take`: it must not block."""
        self._ring = ring
        if self._rung:
            ring()
        self._thread.start()

    def close(self) -> None:
        """Stop watching; does not wait for the thread, which then closes what it reads, as this does where it never ran."""
        self._ended.set()
        if not self._thread.is_alive():
            self._dockyard.close()

    def take(self) -> News:
        """What changed since the last time."""
        with self._lock:
            rows, self._rows = self._rows, {}
            reloaded, self._reloaded = self._reloaded, False
            more, extent = self._more, self._extent
            engine, self._engine = self._engine, None
            commands, self._commands = self._commands, None
            events = tuple(self._events)
            self._events.clear()
            problem, read_at = self._problem, self._read_at
            self._rung = False
        # Outside the lock: there may be 100,000.
        changed = tuple(row for row in rows.values() if row is not None)
        deleted = tuple(key for key, row in rows.items() if row is None)
        return News(changed, deleted, reloaded, engine, events, commands, problem, read_at, more, extent)

    def look_now(self) -> None:
        """Read everything anew, soon."""
        self._anew.set()

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self._wait()
                self._read()
            except DockyardError as error:
                self._failed(error)
                self._ended.wait(_RETRY_S)
        self._dockyard.close()

    def _failed(self, error: DockyardError) -> None:
        with self._lock:
            self._problem = str(error)
        self._following, self._looked_at, self._pause_s = None, None, 0.0
        self._wake()

    def _wait(self) -> None:
        """Wait until the next part is worth reading, and there is room for it."""
        reads_all = self._following is not None and self._following.reads_all
        most = _MOST_AT_FIRST if reads_all else _MOST_WAITING
        while self._waiting() > most and not self._ended.wait(_ROOM_EVERY_S):
            pass
        if self._pause_s:
            self._ended.wait(self._pause_s)
            self._dockyard.watch(_LOOK_EVERY_S)
        self._turns.give_way()

    def _read(self) -> None:
        """Read one part, and tell of it."""
        if self._anew.is_set():
            self._anew.clear()
            self._looked_at = None
            if self._following is not None and not self._following.reads_all:
                self._following = None
        began_at = time.monotonic()
        part, is_news = self._read_part()
        # What is read in no time is told as a whole.
        if part.more and self._waiting() < FIRST_PAGE:
            return
        if self._looked_at is not None:
            if is_news:
                self._wake()
            self._look()
        elif part.more and self._is_first:
            self._hear_engine()
        else:
            # With the first rows, not a moment later.
            self._look()
        took_s = time.monotonic() - began_at
        self._pause_s = 0.0 if part.more else min(max(_GAP_S, _SHARE * took_s), _LONGEST_GAP_S)

    def _read_part(self) -> tuple[Part, bool]:
        """Read rows and events that are new, and keep them to be taken; says whether they are news, or complete what was told."""
        if self._following is None:
            self._following = self._dockyard.following()
        part = self._following.read()
        rows: dict[tuple[Kind, str], Row | None] = {(kind_of(row), row.key): row for row in part.rows}
        events = self._dockyard.events(after=self._last_event, limit=KEPT)
        with self._lock:
            if part.reloaded:
                self._rows, self._reloaded = {}, True
            self._rows.update(rows)
            self._rows.update((key, None) for key in part.deleted)
            self._events += events
            is_news = bool(part or events) or self._more
            self._more, self._extent = part.more, part.extent
        self._last_event = events[-1].number if events else self._last_event or 0
        return part, is_news

    def _waiting(self) -> int:
        with self._lock:
            return len(self._rows)

    def _look(self) -> None:
        """Read, once in a while, what has no seq."""
        now = time.monotonic()
        if self._looked_at is not None and now - self._looked_at < _LOOK_EVERY_S:
            return
        self._looked_at, self._is_first = now, False
        commands = tuple(self._dockyard.commands(limit=_COMMANDS))
        engine = self._dockyard.engine()
        with self._lock:
            self._engine, self._commands, self._problem = engine, commands, ""
            self._read_at = self._dockyard.now()
        self._wake()

    def _hear_engine(self) -> None:
        """Read how the engine is, and not what thousands of hosts use: all of it is looked at once the rows are read."""
        engine = self._dockyard.engine(with_hosts=False)
        with self._lock:
            self._engine, self._problem = engine, ""
            self._read_at = self._dockyard.now()
        self._wake()

    def _wake(self) -> None:
        with self._lock:
            if self._rung:
                return
            self._rung = True
        self._ring()
