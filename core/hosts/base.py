"""The host seam: two blocking verbs. The plain values that cross it are in core.actions and core.reports.

`observe` is the truth (a list filtered by our label, then an inspect of what changed); Docker's events only hint that
looking sooner is worth it. `perform` carries out one action and says what is then known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from core.record import Record

if TYPE_CHECKING:
    from core.actions import Action
    from core.hosts.link import ByteStream
    from core.reports import HostReport, Outcome, Utilisation

#: Called with a short text such as "34/120 MiB" while an action makes progress.
Progress = Callable[[str], None]


def silent(text: str) -> None:
    """A progress listener that doesn't listen."""
    del text


class Executed(Record):
    """How a command in a container ended, and the last line that it printed."""

    exit_code: int
    last_line: str = ""


class Reaching(Protocol):
    """What reaches into the containers of one host."""

    def dial(self, name: str, port: int, timeout_s: float) -> ByteStream:
        """Open a stream to a TCP port of a container of ours, from where its host is.

        Raises NoWay, PortRefused, OSError (TimeoutError) when nobody answers, and other HostErrors as calls to Docker do.
        """
        ...

    def execute(self, name: str, command: Sequence[str], timeout_s: float) -> Executed:
        """Run a command in a container of ours and wait for its end. One that did not end in time is waited for by the next call.

        Raises TimeoutError, and HostErrors as calls to Docker do.
        """
        ...


class Host(Reaching, Protocol):
    """One Docker host. Blocking; safe to call from several threads at once. Errors are core.errors.HostError."""

    def observe(self, *, deadline_s: float) -> HostReport:
        """Look at the host. Raises HostUnreachable, naming the step that failed; closes its channel when the deadline passes."""
        ...

    def perform(self, action: Action, progress: Progress = silent) -> Outcome:
        """Carry out one action. Never raises for what the host does or doesn't: the outcome says it."""
        ...

    def hints(self) -> Hints:
        """Open a stream of hints: each is worth looking sooner."""
        ...

    def utilisation(self) -> Utilisation:
        """Measure the host and our containers, on a connection of its own: it may take seconds."""
        ...

    def close(self) -> None:
        """Drop every connection; blocked calls end at once with an error."""
        ...


class Hints(Protocol):
    """A stream of hints from Docker's events."""

    def wait(self) -> bool:
        """Block until something happened; False when the stream has ended."""
        ...

    def close(self) -> None:
        """End the stream; a blocked `wait` returns False at once."""
        ...
