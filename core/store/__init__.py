"""The seam where engine and clients meet: what a store keeps, and what can be asked of it.

The engine alone commits; clients submit commands and read what changed since the seq they know. Every commit has a seq of its
own, one higher than the last, and every row carries that of the commit which wrote it. All errors are core.errors.StoreError.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, Self

from core.model.state import Kind
from core.record import Record

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from core.commands import Answer, Command
    from core.events import Event
    from core.model.state import Changes, Row

#: How long a deleted row's tombstone stands: a reader that was away for longer loads everything anew.
TOMBSTONES_S: Final = 3600.0
#: How many events, and how many answered commands, are kept.
EVENTS_KEPT: Final = 100_000
COMMANDS_KEPT: Final = 100_000


class Snapshot(Record):
    """Everything as of one seq."""

    seq: int
    rows: list[Row]


class Feed(Record):
    """What changed after the seq that was asked for, up to and with `seq`: whole commits only, so `more` may follow.

    With `reload` the store can't tell any more: the reader must load everything anew.
    """

    seq: int
    rows: tuple[Row, ...] = ()
    deleted: tuple[tuple[Kind, str], ...] = ()
    more: bool = False
    reload: bool = False


class Recorded(Record):
    """An event with its number; numbers rise and are never used again."""

    number: int
    event: Event


class Submitted(Record):
    """A command with its number in the log, and its answer, where there is one."""

    number: int
    command: Command
    answer: Answer | None


class Pulse(Record):
    """What is worth showing and not worth keeping: the engine's beat, a host's utilisation. `body` is JSON text.

    Pulses have no seq, replace each other by name, and may be lost in a crash.
    """

    name: str
    at: float
    body: str = "{}"


class Store(Protocol):
    """One connection to an installation's state. Used by one thread at a time; `reader` makes another for another thread."""

    @property
    def installation(self) -> str:
        """The id by which containers are known as this installation's; made once, with the state."""
        ...

    # -- the engine's ---------------------------------------------------------------------------------------------

    def commit(self, changes: Changes) -> int:
        """Write rows, tombstones, events and answers in one transaction; when it returns they are on disk. Its seq."""
        ...

    def pending_commands(self, limit: int) -> list[Command]:
        """Commands without an answer, in the order of their coming."""
        ...

    def put_pulses(self, pulses: Iterable[Pulse], gone: Collection[str] = ()) -> None:
        """Replace the pulses of these names, and take away those of others; no wait for the disk."""
        ...

    # -- everyone's -----------------------------------------------------------------------------------------------

    def load(self, kinds: Collection[Kind] = tuple(Kind)) -> Snapshot:
        """All rows of these kinds, as of one moment."""
        ...

    def load_page(self, kind: Kind, after: str, limit: int) -> list[Row]:
        """The first rows of a kind whose keys come after one, each as it is now: two pages need not be of one moment."""
        ...

    def changes_since(self, seq: int, limit: int = 10_000) -> Feed:
        """What changed after a seq: about `limit` rows at the most, and never a part of a commit."""
        ...

    def submit(self, command: Command) -> None:
        """Put a command into the log; when it returns the command is on disk. The same id again changes nothing."""
        ...

    def answer_of(self, command_id: str) -> Answer | None:
        """The engine's answer; None while there is none."""
        ...

    def commands(self, *, before: int | None = None, limit: int = 100) -> list[Submitted]:
        """The newest commands (before a number), the newest last."""
        ...

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
        """Events in the order of their numbers: the first ones after a number, or else the newest (before a number)."""
        ...

    def pulse_times(self) -> dict[str, float]:
        """When the latest pulses were written, by name; cheap beside what they say."""
        ...

    def pulses(self, names: Iterable[str]) -> Iterator[Pulse]:
        """The latest pulses of these names, as far as there are any, each read when it is asked for."""
        ...

    def data_version(self) -> int:
        """A number that is another one when someone else wrote since it was last asked for; cheap to ask often."""
        ...

    def reader(self) -> Self:
        """Another connection to the same state."""
        ...

    def close(self) -> None:
        """Drop the connection."""
        ...
