"""What a whole host uses, by its kernel's own word: Docker's API doesn't tell it, and nothing is installed to tell it.

Where a host can't be asked, or answers something else, it is not known; that is no error and harms nothing.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Final

from core.errors import HostError
from core.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.hosts.link import Link

#: The last one is long on large machines, and what matters stands at its beginning: it may be cut.
FILES: Final = ("/proc/loadavg", "/proc/meminfo", "/proc/stat")

_LOAD: Final = re.compile(r"^(\d+\.\d+) \d+\.\d+ \d+\.\d+ \d+/\d+ \d+$", re.MULTILINE | re.ASCII)
_TOTAL: Final = re.compile(r"^MemTotal: +(\d+) kB$", re.MULTILINE | re.ASCII)
_AVAILABLE: Final = re.compile(r"^MemAvailable: +(\d+) kB$", re.MULTILINE | re.ASCII)
#: user nice system idle iowait irq softirq steal; what guests take is in user and nice already.
_TICKS: Final = re.compile(r"^cpu +((?:\d+ ){7}\d+)", re.MULTILINE | re.ASCII)
_IDLE: Final = slice(3, 5)

#: As long as any other channel may take to open: a connection that opens none within this is given up (SshConnection.open).
_TIMEOUT_S: Final = 10.0
#: A host that can't tell is left in peace for so long: its sshd may log each try, or run a forced command.
_BLIND_S: Final = 300.0
#: Between two samples there is at least this, or their difference says nothing.
_APART_S: Final = 1.0


class Sample(Record):
    """What the kernel says at one moment. Ticks count from its start."""

    busy_ticks: int
    all_ticks: int
    memory_total_kib: int
    memory_available_kib: int
    load: float


class HostUse(Record):
    """What everything on a host uses together; `load` is its load average of one minute."""

    cpu_percent: float
    memory_mib: float
    load: float


def parse(text: str) -> Sample | None:
    """Read FILES, whatever a login shell printed around them; None for anything else."""
    load, total, available = _LOAD.search(text), _TOTAL.search(text), _AVAILABLE.search(text)
    counted = _TICKS.search(text)
    if load is None or total is None or available is None or counted is None:
        return None
    ticks = [int(count) for count in counted[1].split()]
    return Sample(
        busy_ticks=sum(ticks) - sum(ticks[_IDLE]),
        all_ticks=sum(ticks),
        memory_total_kib=int(total[1]),
        memory_available_kib=int(available[1]),
        load=float(load[1]),
    )


def use_between(before: Sample, now: Sample) -> HostUse:
    """What was used from one sample to the next."""
    passed = now.all_ticks - before.all_ticks
    busy = 100.0 * (now.busy_ticks - before.busy_ticks) / passed if passed > 0 else 0.0
    memory_kib = max(0, now.memory_total_kib - now.memory_available_kib)
    return HostUse(min(100.0, max(0.0, busy)), memory_kib / 1024, now.load)


class HostGauge:
    """Asks one host through its link, and keeps the last sample. For one thread at a time."""

    def __init__(self, link: Link, sleep: Callable[[float], None] = time.sleep) -> None:
        """Nothing is asked before `begin`."""
        self._link = link
        self._sleep = sleep
        self._last: Sample | None = None
        self._last_at = 0.0
        self._blind_until = 0.0

    def begin(self) -> None:
        """Take the first sample, unless an earlier measurement left one."""
        if self._last is None:
            self._keep(self._sample())

    def use(self, memory_bytes: int) -> HostUse | None:
        """What is used since the last sample; None when it is not known.

        `memory_bytes` is what Docker says of its machine: where the kernel that answers has another size, Docker is elsewhere, in
        a virtual machine or behind a forwarded socket.
        """
        before = self._last
        if before is None or before.memory_total_kib * 1024 != memory_bytes:
            return None
        self._sleep(max(0.0, self._last_at + _APART_S - time.monotonic()))
        now = self._sample()
        self._keep(now)
        return use_between(before, now) if now is not None else None

    def _keep(self, sample: Sample | None) -> None:
        self._last, self._last_at = sample, time.monotonic()

    def _sample(self) -> Sample | None:
        if time.monotonic() < self._blind_until:
            return None
        try:
            sample = parse(self._link.read_files(FILES, _TIMEOUT_S))
        except (HostError, OSError, EOFError):
            sample = None
        if sample is None:
            self._blind_until = time.monotonic() + _BLIND_S
        return sample
