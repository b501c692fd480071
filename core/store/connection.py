"""One SQLite connection as every part of the store uses it: its settings, its transactions, its errors as sentences."""

from __future__ import annotations

import os
import random
import sqlite3
import stat
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from core.errors import StoreBusy, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from random import Random

#: How long SQLite itself waits for another writer before it says BUSY.
BUSY_S: Final = 5.0
#: How long a client goes on trying.
PATIENCE_S: Final = 30.0
_JOURNAL_SIZE_BYTES: Final = 16 * 1024 * 1024


def connect(path: Path, file_mode: int) -> sqlite3.Connection:
    """Open the file, or make it. SQLite gives its companions the mode that it finds on it.

    The file must not be opened and closed beside SQLite: POSIX drops all locks that this process has on it then, and
    another process, which takes itself for the last, removes the write-ahead log under our feet.
    """
    db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        found = path.stat()
        if found.st_uid == os.geteuid() and stat.S_IMODE(found.st_mode) != file_mode:
            path.chmod(file_mode)
        _use_wal(db)
        db.execute("PRAGMA synchronous = FULL")
        db.execute(f"PRAGMA journal_size_limit = {_JOURNAL_SIZE_BYTES}")
    except BaseException:
        db.close()
        raise
    return db


def _use_wal(db: sqlite3.Connection) -> None:
    """Switch to write-ahead mode. Of several who do so at once with a new file SQLite tells all but one BUSY, without waiting."""
    deadline = time.monotonic() + BUSY_S
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(random.uniform(0.001, 0.02))
        else:
            return


@contextmanager
def transaction(db: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[None]:
    """All of it or nothing. Writers are IMMEDIATE: one that reads first and writes then can fail at once, time-out or not."""
    db.execute(f"BEGIN {kind}")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        # After a full disk SQLite has rolled back already.
        if db.in_transaction:
            with suppress(sqlite3.Error):
                db.execute("ROLLBACK")
        raise


@contextmanager
def told(path: Path) -> Iterator[None]:
    """SQLite's errors, and the file system's, as ours."""
    try:
        yield
    except sqlite3.Error as error:
        raise _as_ours(path, error) from error
    except OSError as error:
        raise StoreError(f"{path}: can't be opened: {error.strerror}") from error


def _as_ours(path: Path, error: sqlite3.Error) -> StoreError:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    match code:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreBusy(
                f"{path}: another process is writing to it and did not finish within {BUSY_S:.0f} s"
            )
        # Even reading needs room, for the file that SQLite shares among processes; without it that is an I/O error.
        case _ if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _is_full(path)):
            return StoreError(f"{path}: can't be written, the disk is full; free some space on it")
        case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
            return StoreError(
                f"{path}: is damaged ({error}); put a backup in its place, or move it away to begin anew"
            )
        case sqlite3.SQLITE_CANTOPEN:
            return StoreError(f"{path}: can't be opened ({error})")
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return StoreError(f"{path}: can't be written ({error})")
        case _:
            return StoreError(f"{path}: {error}")


def _is_full(path: Path) -> bool:
    with suppress(OSError):
        return os.statvfs(path.parent).f_bavail == 0
    return False


def patiently(attempt: Callable[[], None], chance: Random, patience_s: float = PATIENCE_S) -> None:
    """Try until it is no longer BUSY or patience ends; pauses differ, so that many waiting clients don't meet again."""
    deadline = time.monotonic() + patience_s
    while True:
        try:
            return attempt()
        except StoreBusy:
            pause_s = chance.uniform(0.01, 0.25)
            if time.monotonic() + pause_s >= deadline:
                raise
            time.sleep(pause_s)
