"""The engine's lock: who holds it is the one process that may act on this installation and write its state.

flock on a file of its own that is never unlinked: the kernel lets go when the holder dies, however it dies, and the descriptor
doesn't pass to programs the holder starts. What is written inside is for people; the lock never depends on it.
"""

from __future__ import annotations

import fcntl
import os
import socket
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Self

import msgspec

from core.errors import LockHeld, StoreError
from core.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

#: An engine that ends lets go within a second or two; one that starts right after it waits for that.
WAIT_S: Final = 5.0
_TRY_EVERY_S: Final = 0.05
_WORDS_MAX_BYTES: Final = 4096


class Holder(Record):
    """What the holder wrote of itself. `doing` is the command it runs, `version` Dockyard's."""

    pid: int
    host: str
    since: str
    doing: str = ""
    version: str = ""

    def __str__(self) -> str:
        """For a sentence."""
        what = " ".join(part for part in (self.doing, self.version and f"version {self.version}") if part)
        return f"pid {self.pid} on {self.host} since {self.since}" + (f" ({what})" if what else "")


class EngineLock:
    """The lock of one state folder, held from `take` to `release`."""

    def __init__(self, descriptor: int) -> None:
        """Own a descriptor that holds the lock; made by `take`."""
        self._descriptor = descriptor

    @classmethod
    def take(cls, folder: Path, *, doing: str, version: str = "", wait_s: float = WAIT_S) -> Self:
        """Take the lock, waiting for its holder to end; LockHeld says who it is when it doesn't."""
        descriptor = _open(folder)
        if not _flock(descriptor, fcntl.LOCK_EX, wait_s):
            who = _read(descriptor) or "it has not said who it is"
            os.close(descriptor)
            raise LockHeld(f"an engine runs on {folder} already: {who}")
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        try:
            _write(descriptor, Holder(os.getpid(), socket.gethostname(), now, doing, version))
        except OSError as error:
            os.close(descriptor)
            raise StoreError(f"{folder}: can't be written: {error.strerror}") from error
        return cls(descriptor)

    def release(self) -> None:
        """Let go. A second call does nothing."""
        if self._descriptor >= 0:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        """The lock itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go."""
        self.release()


def holder(folder: Path) -> Holder | None:
    """Who holds the lock now; None when nobody does. Pid 0 when it is held by someone who has not said who."""
    with _opened(folder) as descriptor:
        if _flock(descriptor, fcntl.LOCK_SH, wait_s=0):
            return None
        return _read(descriptor) or Holder(0, "", "")


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    descriptor = _open(folder)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _open(folder: Path) -> int:
    path = folder / "engine.lock"
    shared = folder.stat().st_mode & 0o2070 == 0o2070
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if shared and os.fstat(descriptor).st_uid == os.geteuid():
            os.fchmod(descriptor, 0o660)  # the umask would have the group's part of it
    except OSError as error:
        raise StoreError(f"{path}: can't be opened: {error.strerror}") from error
    return descriptor


def _flock(descriptor: int, kind: int, wait_s: float) -> bool:
    deadline = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(_TRY_EVERY_S)
        else:
            return True


def _read(descriptor: int) -> Holder | None:
    try:
        return msgspec.json.decode(os.pread(descriptor, _WORDS_MAX_BYTES, 0), type=Holder)
    except msgspec.DecodeError:
        return None


def _write(descriptor: int, words: Holder) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, msgspec.json.encode(words), 0)
