"""How long a key takes from the terminal to the painted screen, through a real pty, and what it costs.

`python benchmarks/keys.py [ROWS …]` opens a table of that many rows at 160×50 in a process of its own and presses `j`, one
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
    """The figures of a table of so many rows."""
    terminal = Terminal([sys.executable, __file__, "--table", str(rows)])
    try:
        terminal.read(first_s=30, quiet_s=3)
        moving = [terminal.time(b"j") for _ in range(LINES - 1)]
        scrolling = [terminal.time(b"j") for _ in range(LINES)]
        _, idle = terminal.read(first_s=1, quiet_s=1)
        return Figures(moving, scrolling, idle, terminal.resident_mib())
    finally:
        terminal.close()


def show_table(rows: int) -> None:  # the meter itself must not pay for these imports
    """The measured program: a table as the services view has it, and one key."""
    from textual.app import App, ComposeResult  # noqa: PLC0415
    from textual.events import Key  # noqa: PLC0415, TC002  # Textual reads the annotation

    from tui.listing.column import Column  # noqa: PLC0415
    from tui.listing.listing import Listing  # noqa: PLC0415
    from tui.listing.row import Row, Tone  # noqa: PLC0415
    from tui.widgets.table import Table  # noqa: PLC0415

    titles = (
        "NAME",
        "STATUS",
        "DESIRED",
        "RUNNING",
        "PENDING",
        "HEALTHY",
        "TASK DEF",
        "ROLLOUT",
        "CPU",
        "MEM",
        "AGE",
        "WHY",
    )

    class Bench(App[None]):
        def compose(self) -> ComposeResult:
            yield Table(Listing([Column(title.lower(), title, n) for n, title in enumerate(titles)]))

        def on_mount(self) -> None:
            tones = (Tone.PLAIN, Tone.GOOD, *[Tone.PLAIN] * 9, Tone.WARN)
            cells = (
                "ACTIVE",
                "5",
                "4",
                "1",
                "4",
                "web:12",
                "IN_PROGRESS",
                "12%",
                "300M",
                "3d",
                "placing 1 task",
            )
            self.query_one(Table).apply([Row(f"{n}", (f"web-{n:06}", *cells), tones) for n in range(rows)])

        def on_key(self, event: Key) -> None:
            if event.key == "j":
                self.query_one(Table).move(1)

    Bench().run()


def main() -> None:
    """Print a line for each size of table."""
    if sys.argv[1:2] == ["--table"]:
        show_table(int(sys.argv[2]))
        return
    for rows in [int(word) for word in sys.argv[1:]] or [100, 10_000, 100_000]:
        print(f"{rows:>7} rows: {measure(rows)}")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    main()
