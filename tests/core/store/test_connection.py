"""Connections to one file from several processes: none may take another's locks away."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from core.errors import StoreError
from core.store.connection import connect, told

if TYPE_CHECKING:
    from pathlib import Path

#: What a client does: it opens the file, reads and goes away.
CLIENT = """
import sys
from pathlib import Path
from core.store.connection import connect
db = connect(Path(sys.argv[1]), 0o600)
print(*db.execute("SELECT max(number) FROM numbers").fetchone())
db.close()
"""


def test_a_client_that_goes_does_not_take_the_log_of_a_process_with_two_connections(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with closing(connect(path, 0o600)) as writer:
        writer.execute("CREATE TABLE numbers (number INTEGER)")
        with closing(connect(path, 0o600)):
            for number in range(3):
                writer.execute("INSERT INTO numbers VALUES (?)", (number,))
                assert client_sees(path) == str(number)
                assert path.with_name("state.db-wal").exists()


def client_sees(path: Path) -> str:
    command = [sys.executable, "-c", CLIENT, str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize(
    ("free", "said"), [(0, "the disk is full; free some space on it"), (9, "disk I/O error")]
)
def test_an_input_output_error_on_a_full_disk_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, said: str
) -> None:
    """Opening needs room for the shared-memory file: SQLite calls the want of it an I/O error."""
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_bavail=free))
    with pytest.raises(StoreError, match=said), told(tmp_path / "state.db"):
        raise error
