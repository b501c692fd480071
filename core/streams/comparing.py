"""One command in many containers, a few at once, and what it printed compared: equal outputs are one group."""

from __future__ import annotations

import threading
import time
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final

from core.errors import ConfigError, HostError
from core.hosts.http import TimedOut
from core.record import Record, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from core.streams.place import Place
    from core.streams.streams import Streams

#: So much of what a command prints is kept of each container.
MOST_BYTES: Final = 256 * 1024
AT_ONCE: Final = 8
TIMEOUT_S: Final = 30.0


class Ran(Record):
    """What came of the command in one container. `output` is both of its outputs as they came, unsafe."""

    place: Place
    #: None where it was not run, or did not end.
    exit_code: int | None
    output: str = ""
    #: Why it was not run or did not end, empty otherwise.
    problem: str = ""
    took_s: float = 0.0


class Group(Record):
    """Containers in which the same came of it."""

    exit_code: int | None
    output: str
    problem: str
    places: tuple[Place, ...]

    @property
    def outcome(self) -> str:
        """`exit code 0`, or why there is none."""
        return self.problem or f"exit code {self.exit_code}"


def run_in(
    streams: Streams,
    places: Sequence[Place],
    command: Sequence[str],
    *,
    timeout_s: float = TIMEOUT_S,
    at_once: int = AT_ONCE,
) -> Iterator[Ran]:
    """Run a command in each container, in so many at once, and yield what came of it as they end; raises nothing.

    The threads are daemons: whoever stops early leaves those that run to their time limit.
    """
    waiting: SimpleQueue[Place] = SimpleQueue()
    done: SimpleQueue[Ran] = SimpleQueue()
    for place in places:
        waiting.put(place)

    def work() -> None:
        while True:
            try:
                place = waiting.get_nowait()
            except Empty:
                return
            done.put(_run(streams, place, command, timeout_s))

    for _ in range(min(at_once, len(places))):
        threading.Thread(target=work, name="command", daemon=True).start()
    for _ in places:
        yield done.get()


def grouped(results: Iterable[Ran]) -> list[Group]:
    """Equal outcomes together, the most common first. Pure."""
    found: dict[tuple[int | None, str, str], list[Place]] = {}
    for ran in results:
        found.setdefault((ran.exit_code, ran.output, ran.problem), []).append(ran.place)
    groups = [
        Group(code, output, problem, tuple(sorted(places, key=lambda p: (p.container, p.task))))
        for (code, output, problem), places in found.items()
    ]
    return sorted(
        groups, key=lambda g: (-len(g.places), g.exit_code is None, g.exit_code != 0, g.places[0].label)
    )


def differing(group: Group, other: Group) -> list[bool]:
    """For each line that a group printed, whether the other one printed none like it. Pure."""
    known = set(other.output.splitlines())
    return [line not in known for line in group.output.splitlines()]


def _run(streams: Streams, place: Place, command: Sequence[str], timeout_s: float) -> Ran:
    began = time.monotonic()
    ran = Ran(place, None)
    kept = bytearray()
    try:
        session = streams.exec(place, command)
        try:
            session.bound(max(0.001, timeout_s - (time.monotonic() - began)))
            cut_bytes = 0
            for _, data in session.output():
                room = MOST_BYTES - len(kept)
                kept += data[:room]
                cut_bytes += max(0, len(data) - room)
            if cut_bytes:
                kept += f"\n… and {cut_bytes} bytes more\n".encode()
            code = session.exit_code()
            ran = replace(
                ran, exit_code=code, problem="" if code is not None else "it runs on without output"
            )
        finally:
            session.close()
    except TimedOut:
        ran = replace(ran, problem=f"it did not end within {timeout_s:g} s, and may still run")
    except (HostError, ConfigError) as error:
        ran = replace(ran, problem=str(error))
    except Exception as error:  # noqa: BLE001  # one of many: the others' results must not wait for it for ever
        ran = replace(ran, problem=f"{type(error).__name__}: {error}")
    return replace(ran, output=kept.decode(errors="replace"), took_s=time.monotonic() - began)
