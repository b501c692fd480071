"""A program behind a pty: what it writes, how soon after a key, and what it costs, all seen from outside."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from types import TracebackType

COLUMNS: Final = 160
LINES: Final = 50
#: A picture is complete when nothing has come for so long.
QUIET_S: Final = 0.03
PATIENCE_S: Final = 120.0
_SEQUENCE: Final = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[ -/]*[0-Z\\^-~])")
_READ_BYTES: Final = 65_536


class PseudoTerminal:
    """One program on a terminal of its own. What it writes is read only while somebody reads here."""

    def __init__(
        self,
        command: Sequence[str],
        columns: int = COLUMNS,
        lines: int = LINES,
        pass_fds: Sequence[int] = (),
        keeps: bool = False,
    ) -> None:
        """`keeps` has all that it writes kept in `written`."""
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
        environment.pop("NO_COLOR", None)
        self.began_at = time.perf_counter()
        #: What it wrote last, without sequences.
        self.text = b""
        self.written = bytearray()
        self._keeps = keeps
        self._process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            start_new_session=True,
            pass_fds=pass_fds,
        )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._master)

    def read(self, first_s: float, quiet_s: float = QUIET_S) -> tuple[float, int]:
        """Seconds until the first byte, and how many came until it was quiet."""
        began, first, count, wait = time.perf_counter(), 0.0, 0, first_s
        while data := self._some(wait):
            first = first or time.perf_counter() - began
            count += len(data)
            wait = quiet_s
        return first, count

    def bytes_in(self, seconds: float) -> int:
        """How many bytes come in so long."""
        count, until = 0, time.perf_counter() + seconds
        while (left := until - time.perf_counter()) > 0:
            count += len(self._some(left))
        return count

    def press(self, key: bytes) -> None:
        os.write(self._master, key)

    def time(self, key: bytes) -> tuple[float, int]:
        """Press a key where nothing else changes: milliseconds to the first byte, and how many came until it was quiet."""
        self.press(key)
        first, count = self.read(first_s=2)
        return first * 1000, count

    def time_until(self, key: bytes, *words: bytes) -> float:
        """Press a key: milliseconds until one of these words was written, whatever else is."""
        self.press(key)
        return self.until(*words) * 1000

    def until(self, *words: bytes, timeout_s: float = PATIENCE_S) -> float:
        """Seconds until one of these words was written, from now on; all of them with `timeout_s` in vain are an error."""
        return self._until(any, words, timeout_s)

    def until_all(self, *words: bytes, timeout_s: float = PATIENCE_S) -> float:
        """As `until`, for all of these words."""
        return self._until(all, words, timeout_s)

    def _until(
        self, enough: Callable[[Iterable[bool]], bool], words: Sequence[bytes], timeout_s: float
    ) -> float:
        began = time.perf_counter()
        written = b""
        while (left := began + timeout_s - time.perf_counter()) > 0:
            written = written[-4 * _READ_BYTES :] + self._some(left)
            self.text = _SEQUENCE.sub(b"", written)
            if enough(word in self.text for word in words):
                return time.perf_counter() - began
        raise TimeoutError(f"not written within {timeout_s:g} s: {words!r}; {self.text[-2000:]!r}")

    def resident_mib(self) -> float:
        for line in Path(f"/proc/{self._process.pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0.0

    def cpu_s(self) -> float:
        """The processor time that it took so far."""
        fields = (
            Path(f"/proc/{self._process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        )
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _some(self, wait_s: float) -> bytes:
        """What is there, or comes within so long; nothing at the program's end."""
        if not select.select([self._master], [], [], max(0.0, wait_s))[0]:
            return b""
        try:
            data = os.read(self._master, _READ_BYTES)
        except OSError:  # the program ended
            return b""
        if self._keeps:
            self.written += data
        return data
