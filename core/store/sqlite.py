"""The store on SQLite: one file, state.db, in write-ahead mode; a reader never holds a writer up."""

from __future__ import annotations

import gc
import random
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from core.commands import Answer, Command, Verdict
from core.errors import StoreError
from core.events import Event, Level, Subject
from core.model.state import Kind, kind_of
from core.store import (
    COMMANDS_KEPT,
    EVENTS_KEPT,
    TOMBSTONES_S,
    Feed,
    Pulse,
    Recorded,
    Snapshot,
    Submitted,
    queries,
    schema,
)
from core.store.codec import codec
from core.store.connection import connect, patiently, told, transaction
from core.store.folder import StateFolder, open_folder
from core.version import VERSION as DOCKYARD_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from pathlib import Path

    from core.model.state import Changes, Row

#: How often what is too old is thrown away.
_PRUNE_EVERY_S: Final = 60.0


def open_store(path: Path, *, holder: bool = False, clock: Callable[[], float] = time.time) -> SqliteStore:
    """Open the state in a folder, and make it where it is missing.

    Whoever holds the engine's lock is the `holder`: it alone brings an older file up to date.
    """
    return SqliteStore(open_folder(path), holder=holder, clock=clock)


class SqliteStore:
    """A Store. Used by one thread at a time."""

    def __init__(self, folder: StateFolder, *, holder: bool, clock: Callable[[], float]) -> None:
        """Open the file; made by `open_store`."""
        self._folder: Final = folder
        self._clock: Final = clock
        self._path: Final = folder.path / "state.db"
        self._pruned_at = clock()
        with told(self._path):
            self._db: Final = connect(self._path, folder.file_mode)
            try:
                self._prepare(holder=holder)
                self._installation: Final = self._about("installation")
            except BaseException:
                self._db.close()
                raise

    def _prepare(self, *, holder: bool) -> None:
        version = schema.version_of(self._db)
        if version == 0:
            schema.create(self._db, DOCKYARD_VERSION)
        elif version > schema.VERSION:
            schema.check_readable(self._db, holder=holder)
        elif version < schema.VERSION and holder:
            schema.migrate(self._db, DOCKYARD_VERSION)
        elif version < schema.VERSION:
            raise StoreError(
                f"{self._path}: is of version {version}, written by Dockyard {self._about('written_by')}; (re)start the "
                f"engine with this Dockyard, {DOCKYARD_VERSION}, which brings it to version {schema.VERSION}"
            )

    @property
    def installation(self) -> str:
        """The id by which containers are known as this installation's."""
        return self._installation

    # -- the engine's ---------------------------------------------------------------------------------------------

    def commit(self, changes: Changes) -> int:
        """Write everything in one transaction."""
        write, write_many = self._db.execute, self._db.executemany
        with self._writing():
            seq = int(self._about("seq")) + 1
            now = self._clock()
            self._set_about("seq", seq)
            for kind, rows in _by_kind(changes.rows).items():
                encode = codec(kind).encode
                write_many(queries.WRITE_ROW[kind], ([row.key, seq, *encode(row)] for row in rows))
            for kind, key in changes.deleted:
                write(queries.DELETE_ROW[kind], (key,))
                write(queries.WRITE_TOMBSTONE, (kind.value, key, seq, now))
            write_many(queries.WRITE_EVENT, map(_event_values, changes.events))
            write_many(queries.WRITE_ANSWER, map(_answer_values, changes.answers))
            self._prune(now)
        return seq

    def pending_commands(self, limit: int) -> list[Command]:
        """Commands without an answer, in the order of their coming."""
        return [Command(*row) for row in self._read(queries.PENDING_COMMANDS, (limit,))]

    def put_pulses(self, pulses: Iterable[Pulse], gone: Collection[str] = ()) -> None:
        """Replace pulses, and take others away. NORMAL leaves them to the next commit's sync: they aren't worth a wait for the disk."""
        with told(self._path):
            self._db.execute("PRAGMA synchronous = NORMAL")
            try:
                with transaction(self._db):
                    values = ((pulse.name, pulse.at, pulse.body) for pulse in pulses)
                    self._db.executemany(queries.WRITE_PULSE, values)
                    self._db.executemany(queries.DELETE_PULSE, ((name,) for name in gone))
            finally:
                self._db.execute("PRAGMA synchronous = FULL")

    # -- everyone's -----------------------------------------------------------------------------------------------

    def load(self, kinds: Collection[Kind] = tuple(Kind)) -> Snapshot:
        """All rows of these kinds, as of one moment."""
        with self._reading(), _without_collector():
            rows: list[Row] = []
            for kind in Kind:
                if kind in kinds:
                    rows.extend(codec(kind).decode(self._db.execute(queries.ALL_ROWS[kind])))
            return Snapshot(int(self._about("seq")), rows)

    def load_page(self, kind: Kind, after: str, limit: int) -> list[Row]:
        """The first rows of a kind whose keys come after one."""
        with self._reading(), _without_collector():
            return list(codec(kind).decode(self._db.execute(queries.PAGE[kind], (after, limit))))

    def changes_since(self, seq: int, limit: int = 10_000) -> Feed:
        """What changed after a seq, in whole commits."""
        ask = self._db.execute
        with self._reading():
            newest = int(self._about("seq"))
            if seq > newest or 0 < seq < int(self._about("horizon")):
                return Feed(newest, reload=True)
            cut = ask(queries.PAGE_END, {"seq": seq, "limit": limit}).fetchone()
            page = {"seq": seq, "end": cut[0] if cut else newest}
            rows: list[Row] = []
            for kind in Kind:
                rows.extend(codec(kind).decode(ask(queries.CHANGED_ROWS[kind], page)))
            gone = [(Kind(kind), key) for kind, key in ask(queries.CHANGED_TOMBSTONES, page)]
        there = {(kind_of(row), row.key) for row in rows}
        deleted = tuple(entry for entry in gone if entry not in there)
        return Feed(page["end"], tuple(rows), deleted, more=page["end"] < newest)

    def submit(self, command: Command) -> None:
        """Put a command into the log, waiting patiently for other writers."""
        values = (command.id, str(command.action), command.input, command.submitted_by, command.submitted_at)

        def attempt() -> None:
            with self._writing():
                self._db.execute(queries.WRITE_COMMAND, values)

        patiently(attempt, random.Random())

    def answer_of(self, command_id: str) -> Answer | None:
        """The engine's answer; None while there is none."""
        return next((_answer(row) for row in self._read(queries.ANSWER, (command_id,))), None)

    def commands(self, *, before: int | None = None, limit: int = 100) -> list[Submitted]:
        """The newest commands, the newest last."""
        found = self._read(queries.COMMANDS, (_highest(before), limit))
        return [
            Submitted(number, Command(*row[:5]), _answer(row[5:]) if row[6] else None)
            for number, *row in reversed(found)
        ]

    def events(
        self,
        *,
        after: int | None = None,
        before: int | None = None,
        limit: int = 100,
        cluster: str = "",
        subject: str = "",
        name: str = "",
    ) -> list[Recorded]:
        """Events in the order of their numbers."""
        about = {"cluster": cluster, "subject": subject, "name": name}
        asked = {column: value for column, value in about.items() if value}
        query = queries.events(tuple(asked), oldest_first=after is not None)
        found = self._read(query, {"after": after or 0, "before": _highest(before), "limit": limit, **asked})
        return [
            Recorded(number, _event(row)) for number, *row in (reversed(found) if after is None else found)
        ]

    def pulse_times(self) -> dict[str, float]:
        """When the latest pulses were written, by name."""
        return dict(self._read(queries.PULSE_TIMES))

    def pulses(self, names: Iterable[str]) -> Iterator[Pulse]:
        """The latest pulses of these names: those of 2,000 hosts are several MB, of which no more than one is held."""
        for name in names:
            for row in self._read(queries.PULSE, (name,)):
                yield Pulse(*row)

    def data_version(self) -> int:
        """Another number when another connection wrote."""
        return int(self._read("PRAGMA data_version")[0][0])

    def reader(self) -> SqliteStore:
        """Another connection to the same state."""
        return SqliteStore(self._folder, holder=False, clock=self._clock)

    def close(self) -> None:
        """Drop the connection."""
        self._db.close()

    # -- the file -------------------------------------------------------------------------------------------------

    def _prune(self, now: float) -> None:
        """Throw away what is too old, now and then, within a commit."""
        if 0 <= now - self._pruned_at < _PRUNE_EVERY_S:
            return
        self._pruned_at = now
        old = self._db.execute(queries.OLD_TOMBSTONES, (now - TOMBSTONES_S,)).fetchone()[0]
        if old is not None:
            self._set_about("horizon", old)
            self._db.execute(queries.DELETE_TOMBSTONES, (old,))
        self._db.execute(queries.DELETE_EVENTS, (EVENTS_KEPT,))
        self._db.execute(queries.DELETE_COMMANDS, (COMMANDS_KEPT,))

    def _about(self, key: str) -> str:
        (value,) = self._db.execute(queries.ABOUT, (key,)).fetchone()
        return str(value)

    def _set_about(self, key: str, value: int) -> None:
        self._db.execute(queries.WRITE_ABOUT, (key, str(value)))

    def _read(self, query: str, values: Any = ()) -> list[Any]:
        with told(self._path):
            return self._db.execute(query, values).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with told(self._path), transaction(self._db):
            yield

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Several queries as of one moment. It must end soon: what is held open here is kept in the write-ahead log."""
        with told(self._path), transaction(self._db, "DEFERRED"):
            yield


@contextmanager
def _without_collector() -> Iterator[None]:
    """The garbage collector looks at every one of 100,000 new values again and again, and none of them is garbage."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _by_kind(rows: Iterable[Row]) -> dict[Kind, list[Row]]:
    found: dict[Kind, list[Row]] = {}
    for row in rows:
        found.setdefault(kind_of(row), []).append(row)
    return found


def _highest(before: int | None) -> int:
    return 2**63 - 1 if before is None else before


def _event_values(event: Event) -> tuple[Any, ...]:
    return (
        event.at,
        event.subject.value,
        event.name,
        event.message,
        event.cluster,
        event.level.value,
        event.event_name,
    )


def _event(row: list[Any]) -> Event:
    at, subject, name, message, cluster, level, event_name = row
    return Event(at, Subject(subject), name, message, cluster, Level(level), event_name)


def _answer_values(answer: Answer) -> tuple[Any, ...]:
    return (
        answer.verdict.value,
        answer.answered_at,
        answer.code,
        answer.message,
        answer.output,
        answer.command_id,
    )


def _answer(row: list[Any]) -> Answer:
    command_id, verdict, answered_at, code, message, output = row
    return Answer(command_id, Verdict(verdict), answered_at, code, message, output)
