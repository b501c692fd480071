"""Sessions: bytes to and from something that runs on a host, as by a terminal. The seam, and those that Docker holds."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import quote

from core.errors import ReplyLost
from core.hosts.frames import Frames
from core.hosts.http import TimedOut, upgrade
from core.streams.calls import CALL_S, call, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from core.hosts.http import RawStream
    from core.hosts.link import Link

#: After its output's end, how long until Docker must know how it ended.
EXIT_S: Final = 5.0
_EXIT_LOOK_S: Final = 0.02
#: The shell that an image has; bash where it has that too.
SHELL: Final = ("sh", "-c", "command -v bash >/dev/null 2>&1 && exec bash; exec sh")


class Session(Protocol):
    """Read in one thread, written and resized in others."""

    def output(self) -> Iterator[tuple[int, bytes]]:
        """What it prints, as pieces of (STDOUT or STDERR, bytes), until it ends or is closed. Raises ReplyLost."""
        ...

    def write(self, data: bytes) -> None:
        """Its input. Raises ReplyLost."""
        ...

    def close_input(self) -> None:
        """Say that no more input comes."""
        ...

    def resize(self, columns: int, lines: int) -> None:
        """Tell it its terminal's size. Raises HostError."""
        ...

    def exit_code(self, patience_s: float = EXIT_S) -> int | None:
        """How it ended, after its output did; None when it still runs after so long. Raises HostError."""
        ...

    def close(self) -> None:
        """Leave it; a blocked reader or writer ends at once."""
        ...


class DockerSession:
    """A command that runs in a container, or the container's own process."""

    def __init__(
        self, link: Link, raw: RawStream, path: str, ended: Callable[[], int | None], *, tty: bool
    ) -> None:
        """`path` is of what is resized; `ended` tells the exit code, None while it runs."""
        self._link = link
        self._stream = raw
        self._path = path
        self._ended = ended
        self._frames = Frames(raw=tty)

    def bound(self, timeout_s: float) -> None:
        """All of its output comes within so long; else reading raises TimedOut."""
        self._stream.bound(timeout_s)

    def output(self) -> Iterator[tuple[int, bytes]]:
        try:
            while data := self._stream.read1():
                yield from self._frames.feed(data)
        except TimedOut:
            raise
        except ReplyLost as error:  # which request it was matters to nobody here
            raise ReplyLost(str(error.__cause__ or error)) from error

    def write(self, data: bytes) -> None:
        self._stream.write(data)

    def close_input(self) -> None:
        self._stream.close_write()

    def resize(self, columns: int, lines: int) -> None:
        call(self._link, "POST", f"{self._path}/resize?h={lines}&w={columns}")

    def exit_code(self, patience_s: float = EXIT_S) -> int | None:
        deadline = time.monotonic() + patience_s
        while (code := self._ended()) is None and time.monotonic() < deadline:
            time.sleep(_EXIT_LOOK_S)
        return code

    def close(self) -> None:
        """Stop reading. Docker knows no way to end a command itself."""
        self._stream.close()


def start_command(
    link: Link, container: str, command: Sequence[str], *, tty: bool, stdin: bool
) -> DockerSession:
    """Run a command in a container, by its name on the host. Raises HostError."""
    given = {
        "AttachStdin": stdin,
        "AttachStdout": True,
        "AttachStderr": True,
        "Tty": tty,
        "Cmd": list(command),
    }
    made = call(link, "POST", f"/containers/{quote(container)}/exec", given, members=("Id",))
    path = f"/exec/{made['Id']}"
    body = json.dumps({"Detach": False, "Tty": tty}).encode()
    headers = {"Content-Type": "application/json"}
    raw = opened(upgrade(link, "POST", f"{path}/start", headers=headers, body=body, timeout_s=CALL_S))

    def ended() -> int | None:
        found = call(link, "GET", f"{path}/json", members=("Running", "ExitCode"))
        return None if found["Running"] or found["ExitCode"] is None else int(found["ExitCode"])

    return DockerSession(link, raw, path, ended, tty=tty)


def attach(link: Link, container: str, *, tty: bool, stdin: bool) -> DockerSession:
    """Attach to what a container runs, by its name on the host. Raises HostError."""
    path = f"/containers/{quote(container)}"
    wanted = f"stream=1&stdout=1&stderr=1&stdin={int(stdin)}"
    raw = opened(upgrade(link, "POST", f"{path}/attach?{wanted}", timeout_s=CALL_S))

    def ended() -> int | None:
        state = call(link, "GET", f"{path}/json", members=("State",))["State"]
        return None if state.get("Running") else int(state.get("ExitCode") or 0)

    return DockerSession(link, raw, path, ended, tty=tty)
