"""The store in memory, for the simulator: the same promises as SQLite's but those about disks and processes. One thread."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final, Self

from core.model.state import Kind, kind_of
from core.store import COMMANDS_KEPT, EVENTS_KEPT, TOMBSTONES_S, Feed, Pulse, Recorded, Snapshot, Submitted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from core.commands import Answer, Command
    from core.events import Event
    from core.model.state import Changes, Row

_KINDS: Final = list(Kind)


class MemoryStore:
    """A Store. What `reader` gives is the store itself."""

    def __init__(self, clock: Callable[[], float], installation: str = "simulated") -> None:
        """Start empty; `clock` dates tombstones."""
        self._clock: Final = clock
        self._installation: Final = installation
        self._seq = 0
        self._horizon = 0
        self._writes = 0
        self._rows: Final[dict[tuple[Kind, str], tuple[int, Row]]] = {}
        self._tombstones: Final[dict[tuple[Kind, str], tuple[int, float]]] = {}
        self._events: Final[list[Recorded]] = []
        self._commands: Final[dict[str, Submitted]] = {}
        #: Ids of commands without an answer, in the order of their coming.
        self._pending: Final[dict[str, None]] = {}
        self._pulses: Final[dict[str, Pulse]] = {}

    @property
    def installation(self) -> str:
        """The id by which containers are known as this installation's."""
        return self._installation

    def commit(self, changes: Changes) -> int:
        """Take the changes over, all at once."""
        self._writes += 1
        self._seq += 1
        now = self._clock()
        for row in changes.rows:
            self._rows[kind_of(row), row.key] = (self._seq, row)
        for entry in changes.deleted:
            self._rows.pop(entry, None)
            self._tombstones[entry] = (self._seq, now)
        for event in changes.events:
            self._record(event)
        for answer in changes.answers:
            self._answer(answer)
        self._prune(now)
        return self._seq

    def pending_commands(self, limit: int) -> list[Command]:
        """Commands without an answer, in the order of their coming."""
        return [
            self._commands[command_id].command
            for command_id, _ in zip(self._pending, range(limit), strict=False)
        ]

    def put_pulses(self, pulses: Iterable[Pulse], gone: Collection[str] = ()) -> None:
        """Replace pulses, and take others away."""
        self._writes += 1
        self._pulses.update((pulse.name, pulse) for pulse in pulses)
        for name in gone:
            self._pulses.pop(name, None)

    def load(self, kinds: Collection[Kind] = tuple(Kind)) -> Snapshot:
        """All rows of these kinds."""
        entries = sorted(self._rows, key=lambda entry: (_KINDS.index(entry[0]), entry[1]))
        rows = [self._rows[entry][1] for entry in entries if entry[0] in kinds]
        return Snapshot(self._seq, rows)

    def load_page(self, kind: Kind, after: str, limit: int) -> list[Row]:
        """The first rows of a kind whose keys come after one."""
        keys = sorted(key for of, key in self._rows if of is kind and key > after)
        return [self._rows[kind, key][1] for key in keys[:limit]]

    def changes_since(self, seq: int, limit: int = 10_000) -> Feed:
        """What changed after a seq, in whole commits."""
        if seq > self._seq or 0 < seq < self._horizon:
            return Feed(self._seq, reload=True)
        seqs = sorted(at for table in (self._rows, self._tombstones) for at, _ in table.values() if at > seq)
        end = seqs[limit - 1] if len(seqs) >= limit else self._seq
        rows = sorted((at, entry) for entry, (at, _) in self._rows.items() if seq < at <= end)
        gone = sorted((at, entry) for entry, (at, _) in self._tombstones.items() if seq < at <= end)
        there = {entry for _, entry in rows}
        return Feed(
            end,
            tuple(self._rows[entry][1] for _, entry in rows),
            tuple(entry for _, entry in gone if entry not in there),
            more=end < self._seq,
        )

    def submit(self, command: Command) -> None:
        """Put a command into the log."""
        if command.id not in self._commands:
            self._writes += 1
            self._commands[command.id] = Submitted(self._next_command(), command, None)
            self._pending[command.id] = None

    def answer_of(self, command_id: str) -> Answer | None:
        """The engine's answer; None while there is none."""
        found = self._commands.get(command_id)
        return found.answer if found else None

    def commands(self, *, before: int | None = None, limit: int = 100) -> list[Submitted]:
        """The newest commands, the newest last."""
        found = [entry for entry in self._commands.values() if before is None or entry.number < before]
        return found[-limit:]

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
        start = bisect_right(self._events, after or 0, key=lambda recorded: recorded.number)
        found = [
            recorded
            for recorded in self._events[start:]
            if (before is None or recorded.number < before)
            and cluster in {"", recorded.event.cluster}
            and subject in {"", recorded.event.subject}
            and name in {"", recorded.event.name}
        ]
        return found[-limit:] if after is None else found[:limit]

    def pulse_times(self) -> dict[str, float]:
        """When the latest pulses were written, by name."""
        return {name: pulse.at for name, pulse in self._pulses.items()}

    def pulses(self, names: Iterable[str]) -> Iterator[Pulse]:
        """The latest pulses of these names."""
        return (self._pulses[name] for name in names if name in self._pulses)

    def data_version(self) -> int:
        """Another number after every write."""
        return self._writes

    def reader(self) -> Self:
        """The store itself."""
        return self

    def close(self) -> None:
        """Keep everything: what is in memory outlives a simulated engine."""

    def _record(self, event: Event) -> None:
        number = self._events[-1].number + 1 if self._events else 1
        self._events.append(Recorded(number, event))
        if len(self._events) > 2 * EVENTS_KEPT:
            del self._events[:-EVENTS_KEPT]

    def _next_command(self) -> int:
        return next(reversed(self._commands.values())).number + 1 if self._commands else 1

    def _answer(self, answer: Answer) -> None:
        if answer.command_id not in self._pending:
            return
        del self._pending[answer.command_id]
        asked = self._commands[answer.command_id]
        self._commands[answer.command_id] = Submitted(asked.number, asked.command, answer)

    def _prune(self, now: float) -> None:
        old = [entry for entry, (_, at) in self._tombstones.items() if at < now - TOMBSTONES_S]
        for entry in old:
            self._horizon = max(self._horizon, self._tombstones.pop(entry)[0])
        while len(self._commands) > COMMANDS_KEPT and next(iter(self._commands)) not in self._pending:
            del self._commands[next(iter(self._commands))]
