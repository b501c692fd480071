"""A real container that writes 20,000 lines a second for a minute, read in the logs of the product over SSH."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Final

from benchmarks.container_logs import container_logs
from benchmarks.figures import load, spread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.tui.pseudo_terminal import PseudoTerminal

LINES_A_SECOND: Final = 20_000
SECONDS: Final = 60
#: Coloured, and with what would clear the screen. Written in blocks, ten a second: the container is to take no core of its own.
SCRIPT: Final = f"""
e=$(printf '\\033')
seq {LINES_A_SECOND // 10} | sed "s|.*|$e[32mGET$e[0m /orders/& $e[2J 200 in 17 ms for somebody at 10.0.0.7|" > /tmp/lines
while :; do cat /tmp/lines; usleep 90000; done
"""
_COUNTED: Final = re.compile(rb"(?:(\d+) dropped, )?(\d+) lines, following")


def measure() -> Iterator[str]:
    """Keys, memory and processor time while it writes."""
    with container_logs("flood", SCRIPT) as (_, terminal):
        yield from _read(terminal)


def _read(terminal: PseudoTerminal) -> Iterator[str]:
    terminal.bytes_in(10.0)  # until as many lines are kept as ever are
    lines, began = _lines(terminal), time.perf_counter()
    before_mib, before_s = terminal.resident_mib(), terminal.cpu_s()
    keys: list[float] = []
    while time.perf_counter() - began < SECONDS:
        # `s` lets go of the end, and follows it again: the title says so.
        keys.append(terminal.time_until(b"s", b" of "))
        keys.append(terminal.time_until(b"s", b"lines, following"))
        terminal.bytes_in(0.3)
    rate = (_lines(terminal) - lines) / (time.perf_counter() - began)
    cpu = (terminal.cpu_s() - before_s) / (time.perf_counter() - began)
    grown = terminal.resident_mib() - before_mib
    yield (
        f"{rate:,.0f} lines a second for {SECONDS} s: key to its picture {spread(keys)} (aim p95 ≤ 40), "
        f"memory {before_mib:.0f} {grown:+.1f} MiB (aim flat), {cpu:.0%} of a core; {load()}"
    )
    searched = terminal.time_until(b"/orders/19..\\s\r", b"Found in")
    yield f"a search through all that is kept, typed and told: {searched:.0f} ms"


def _lines(terminal: PseudoTerminal) -> int:
    """How many lines came so far, as the title counts them."""
    terminal.until(b"lines, following")
    dropped, kept = _COUNTED.findall(terminal.text)[-1]
    return int(dropped or 0) + int(kept)
