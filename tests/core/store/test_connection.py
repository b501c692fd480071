"""Connections to one file from several processes: none may take another's locks away."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

from core.store.connection import connect

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
