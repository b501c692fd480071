"""How long a key takes from the terminal to the painted screen, through a real pty, and what it costs.

`python benchmarks/keys.py [TASKS …]` opens the terminal UI on that many tasks at 160×50 in a process of its own and presses `j`, one
key after the other: first down the screen, then at its end, where each key scrolls. A key is painted when the bytes it caused have come and stopped coming.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import statistics
import struct
import subprocess
import sys
import termios
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from core.model.state import Row
    from core.streams import Streams
    from tui.world import News

LINES = 50
QUIET_S = 0.03


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured: milliseconds to the first byte and bytes, for each key that moves or scrolls; and at rest."""

    moving: list[tuple[float, int]]
    scrolling: list[tuple[float, int]]
    idle_bytes: int
    resident_mib: float

    def __str__(self) -> str:
        parts = [
            f"{name} {_spread(keys)}" for name, keys in (("move", self.moving), ("scroll", self.scrolling))
        ]
        return " · ".join(
            [*parts, f"{self.idle_bytes} bytes in an idle second", f"{self.resident_mib:.0f} MiB"]
        )


def _spread(keys: list[tuple[float, int]]) -> str:
    latency = sorted(ms for ms, _ in keys)
    p95 = latency[int(len(latency) * 0.95)]
    return f"p50 {statistics.median(latency):.1f} p95 {p95:.1f} ms, {statistics.median(n for _, n in keys):.0f} bytes"


class Terminal:
    """A program behind a pty."""

    def __init__(self, command: list[str], columns: int = 160, lines: int = LINES) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
        environment.pop("NO_COLOR", None)
        self._process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environment)
        os.close(slave)

    def read(self, first_s: float, quiet_s: float = QUIET_S) -> tuple[float, int]:
        """Seconds until the first byte, and how many came until it was quiet."""
        start, first, count, wait = time.perf_counter(), 0.0, 0, first_s
        while select.select([self._master], [], [], wait)[0]:
            try:
                data = os.read(self._master, 65_536)
            except OSError:  # the program ended
                break
            first = first or time.perf_counter() - start
            count += len(data)
            wait = quiet_s
        return first, count

    def time(self, key: bytes) -> tuple[float, int]:
        """Press a key: milliseconds to the first byte it caused, and how many there were."""
        os.write(self._master, key)
        first, count = self.read(first_s=2)
        return first * 1000, count

    def resident_mib(self) -> float:
        for line in Path(f"/proc/{self._process.pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0.0

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._master)


def measure(rows: int) -> Figures:
    """The figures for so many tasks."""
    terminal = Terminal([sys.executable, __file__, "--show", str(rows)])
    try:
        terminal.read(first_s=30, quiet_s=3)
        terminal.time(b":tasks\r")
        terminal.read(first_s=30, quiet_s=3)
        moving = [terminal.time(b"j") for _ in range(LINES - 1)]
        scrolling = [terminal.time(b"j") for _ in range(LINES)]
        _, idle = terminal.read(first_s=1, quiet_s=1)
        return Figures(moving, scrolling, idle, terminal.resident_mib())
    finally:
        terminal.close()


def show(tasks: int) -> None:
    """The measured program: the whole terminal UI, on so many tasks of made-up services, without an engine."""
    from core.clock import Clock  # noqa: PLC0415  # the meter itself must not pay for these imports
    from tui.app import run  # noqa: PLC0415
    from tui.glyphs import UNICODE  # noqa: PLC0415
    from tui.keymap import resolve  # noqa: PLC0415
    from tui.session import Session  # noqa: PLC0415
    from tui.world import World  # noqa: PLC0415

    now = Clock()
    source = MadeUp(tasks, now())
    run(Session(World(now), source, source, resolve(), UNICODE, source.open_streams))


class MadeUp:
    """A source of news that has everything at once and nothing afterwards."""

    def __init__(self, tasks: int, now: float) -> None:
        self._tasks = tasks
        self._now = now
        self._is_taken = False

    def start(self, ring: Callable[[], None]) -> None:
        ring()

    def take(self) -> News:
        from tui.world import News  # noqa: PLC0415  # as above

        rows = () if self._is_taken else tuple(self._rows())
        news = News(rows, (), not self._is_taken, read_at=self._now)
        self._is_taken = True
        return news

    def look_now(self) -> None:
        """Nothing is new."""

    def close(self) -> None:
        """Nothing is open."""

    def ask(self, *_asked: object) -> None:
        """Nobody is asked."""

    def open_streams(self) -> Streams:
        raise AssertionError("no logs are read here")

    def _rows(self) -> Iterator[Row]:
        from core.model.cluster import Cluster  # noqa: PLC0415  # as above
        from core.model.instance import Connectivity, ContainerInstance, InstanceStatus  # noqa: PLC0415
        from core.model.service import Service  # noqa: PLC0415
        from core.model.task import Task, TaskStatus  # noqa: PLC0415

        yield Cluster("default", created_at=self._now - 86400.0)
        hosts, services = max(3, self._tasks // 50), max(3, self._tasks // 100)
        for n in range(hosts):
            yield ContainerInstance(
                f"{n:032x}",
                f"edge-{n}",
                "default",
                f"ssh://edge-{n}",
                InstanceStatus.ACTIVE,
                Connectivity.CONNECTED,
            )
        for n in range(services):
            yield Service("default", f"web-{n}", f"web-{n}:1", 100, created_at=self._now - 86400.0)
        for n in range(self._tasks):
            service = f"web-{n % services}"
            yield Task(
                f"{n * 2654435761 % 2**32:08x}{n:024x}", "default", f"{service}:1", f"service:{service}", service=service,
                instance=f"{n % hosts:032x}", last_status=TaskStatus.RUNNING, created_at=self._now - 86400.0 - n,
            )  # fmt: skip


def main() -> None:
    """Print a line for each number of tasks."""
    if sys.argv[1:2] == ["--show"]:
        show(int(sys.argv[2]))
        return
    for rows in [int(word) for word in sys.argv[1:]] or [100, 10_000, 100_000]:
        print(f"{rows:>7} tasks: {measure(rows)}")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    main()
