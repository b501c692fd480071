"""How figures are printed: what was measured, against what, the ratio, and what we aim at."""

from __future__ import annotations

import os
import statistics
import time
from typing import TYPE_CHECKING

from core.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Figure(Record):
    """One line of the report. `ours` and `theirs` in seconds; the ratio is ours / theirs unless `inverse`."""

    what: str
    ours_s: float
    against: str
    theirs_s: float
    aim: str
    inverse: bool = False

    def line(self) -> str:
        ratio = self.theirs_s / self.ours_s if self.inverse else self.ours_s / self.theirs_s
        words = f"{ratio:,.1f} × faster" if self.inverse else f"{ratio:.2f} ×"
        return (
            f"{self.what:<52} {_time(self.ours_s):>9}   {self.against:<40} {_time(self.theirs_s):>9}   "
            f"{words:<16} aim {self.aim}"
        )


def _time(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 0.1 else f"{seconds * 1000:.2f} ms"


def timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def median_of(times: int, act: Callable[[], object]) -> float:
    return statistics.median(timed(act) for _ in range(times))


def spread(milliseconds: Sequence[float]) -> str:
    """`p50 3.1 p95 8.0 ms`."""
    ordered = sorted(milliseconds)
    return f"p50 {statistics.median(ordered):.1f} p95 {ordered[int(len(ordered) * 0.95)]:.1f} ms"


def load() -> str:
    """How busy the machine was: figures of a busy one say little."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
