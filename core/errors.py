"""Every error Dockyard raises on purpose; the message is a sentence for the operator.

DockyardError
├─ UsageError            the command line: wrong arguments (exit 2)
├─ ConfigError           the operator's file: names file, key and the nearest valid thing
│  └─ ConfigChanged      it is another one than was read (read it again, retry)
├─ Refused               a command was refused: carries ECS's exception name
├─ NoEngine              nothing can be waited for: no engine runs
├─ NotInTime             a wait is over; what was asked for may still happen (exit 3)
├─ StoreError            the state file: wrong owner, newer version, unusable file system, full disk
│  ├─ StoreBusy          another writer held the file for too long (retry)
│  └─ LockHeld           another engine runs on this installation
└─ HostError             the host's doing; names the step that failed
   ├─ HostUnreachable    no answer: resolve, connect, host key, login, socket… (the agent retries)
   ├─ ReplyLost          the request was sent, the answer never came: unknown, probably done (observe, then retry)
   ├─ NoWay              a container's port can't be reached by this connection: says what could be done (don't retry soon)
   ├─ PortRefused        nobody listens at a container's port
   └─ ActionFailed       Docker answered no: carries ECS's error name (CannotPullContainerError, …)
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class DockyardError(Exception):
    """Base of all errors that are shown to people as one sentence, without a traceback."""


class UsageError(DockyardError):
    """The command line is wrong."""


class ConfigError(DockyardError):
    """The operator's config file, or what it names, can't be used."""


class ConfigChanged(ConfigError):
    """The config file was changed after it was read: what was to be written would undo that."""


class Refused(DockyardError):
    """The engine refuses a command.

    `code` is ECS's exception name (`ClientException`, `ServiceNotFoundException`, …); `problems` are what is wrong, one by
    one, where the message tells of several.
    """

    def __init__(self, code: str, message: str, problems: Sequence[str] = ()) -> None:
        """Keep ECS's exception name beside the sentence."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.problems: Final = tuple(problems) or (message,)


class Refusals:
    """Gathers refusals, so that all that is wrong with one request is told at once."""

    def __init__(self) -> None:
        """None yet."""
        self._found: Final[list[Refused]] = []

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep what is refused, and go on after it."""
        try:
            yield
        except Refused as refused:
            self.keep(refused)

    def keep(self, refused: Refused) -> None:
        """Keep one that was raised already."""
        self._found.append(refused)

    def conclude(self) -> None:
        """Raise what was kept: itself where it is one, else all under the first one's name."""
        problems = list(dict.fromkeys(problem for refused in self._found for problem in refused.problems))
        if self._found and len(problems) == len(self._found[0].problems):
            raise self._found[0]
        if problems:
            raise Refused(self._found[0].code, " ".join(problems), problems)


@contextmanager
def about(what: str) -> Iterator[None]:
    """Name what a refusal is about, such as a file, before its sentence."""
    try:
        yield
    except Refused as refused:
        raise Refused(refused.code, f"{what}: {refused.message}") from refused


class NoEngine(DockyardError):
    """Nothing can be waited for: no engine runs."""


class NotInTime(DockyardError):
    """A wait is over without its end; what was asked for may still happen."""


class StoreError(DockyardError):
    """The state can't be read or written."""


class StoreBusy(StoreError):
    """Another writer held the state file for longer than a client waits."""


class LockHeld(StoreError):
    """Another engine holds this installation's lock."""


class HostError(DockyardError):
    """Something went wrong at, or on the way to, a Docker host."""


#: The steps on the way to a host's Docker, in the order in which they can fail.
STEPS: Final = (
    "resolve",
    "connect",
    "host key",
    "login",
    "forward",
    "socket",
    "api version",
    "marker",
    "answer",
)


class HostUnreachable(HostError):
    """No answer from the host. `step` (one of STEPS) says how far it came, `hint` what to do about it."""

    def __init__(self, step: str, message: str, hint: str = "") -> None:
        """Keep the failed step and the hint beside the sentence."""
        super().__init__(message)
        self.step = step
        self.hint = hint


class ReplyLost(HostError):
    """The request was sent and its answer never came: it was probably carried out. Observe, then retry."""


class NoWay(HostError):
    """No way leads to a container's port by the connection that there is. `hint` says what would make one."""

    def __init__(self, message: str, hint: str = "") -> None:
        """Keep the hint beside the sentence."""
        super().__init__(message)
        self.hint = hint


class PortRefused(HostError):
    """A container's port was reached, and nobody listens there."""


class ActionFailed(HostError):
    """Docker refused or failed an action. `name` is ECS's error name for a stopped reason; don't retry as it is."""

    def __init__(self, name: str, message: str) -> None:
        """Keep ECS's error name beside Docker's sentence."""
        super().__init__(message)
        self.name = name
