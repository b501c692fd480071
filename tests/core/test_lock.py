"""The engine's lock: one holder, named to the next; free as soon as the holder is dead, whatever it left behind."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.errors import LockHeld, StoreError
from core.lock import EngineLock, holder

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]

HOLD = """
import subprocess, sys
from pathlib import Path
from core.lock import EngineLock
lock = EngineLock.take(Path(sys.argv[1]), doing="engine", version="1.2.3")
child = subprocess.Popen(["sleep", "600"], close_fds=False, stdout=subprocess.DEVNULL)
print(child.pid, flush=True)
sys.stdin.read()
"""


@contextmanager
def another_holder(folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A process that holds the lock and has a live child, which inherits all it can; the child's pid."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        try:
            yield process, child
        finally:
            process.kill()
            os.kill(child, signal.SIGKILL)


def test_a_holder_killed_with_a_live_child_leaves_the_lock_free(tmp_path: Path) -> None:
    with another_holder(tmp_path) as (process, child):
        assert holder(tmp_path) is not None
        process.kill()
        process.wait(timeout=10)
        os.kill(child, 0)  # it lives
        assert holder(tmp_path) is None
        EngineLock.take(tmp_path, doing="engine", wait_s=0).release()


def test_the_second_engine_is_told_who_holds_the_lock(tmp_path: Path) -> None:
    with another_holder(tmp_path) as (process, _):
        with pytest.raises(
            LockHeld, match=rf"pid {process.pid} on \S+ since .* UTC \(engine version 1\.2\.3\)"
        ):
            EngineLock.take(tmp_path, doing="engine", wait_s=0)
        found = holder(tmp_path)
        assert found is not None
        assert (found.pid, found.doing, found.version) == (process.pid, "engine", "1.2.3")


def test_a_starting_engine_waits_for_the_one_that_ends(tmp_path: Path) -> None:
    first = EngineLock.take(tmp_path, doing="engine")
    timer = threading.Timer(0.1, first.release)
    timer.start()
    second = EngineLock.take(tmp_path, doing="engine", wait_s=30)
    timer.join()
    found = holder(tmp_path)
    assert found is not None
    assert found.pid == os.getpid()
    second.release()
    second.release()
    assert holder(tmp_path) is None


def test_the_file_stays_and_asking_who_holds_it_changes_nothing(tmp_path: Path) -> None:
    with EngineLock.take(tmp_path, doing="engine"):
        inode = (tmp_path / "engine.lock").stat().st_ino
        assert holder(tmp_path) == holder(tmp_path)
        with pytest.raises(LockHeld):
            EngineLock.take(tmp_path, doing="engine", wait_s=0)
    with EngineLock.take(tmp_path, doing="engine", wait_s=0):
        assert (tmp_path / "engine.lock").stat().st_ino == inode


@pytest.mark.parametrize("words", [b"", b"{", b"[]", b'{"pid": 1}', b"\xff"])
def test_what_is_written_inside_is_only_words(tmp_path: Path, words: bytes) -> None:
    with EngineLock.take(tmp_path, doing="engine"):
        (tmp_path / "engine.lock").write_bytes(words)
        found = holder(tmp_path)
        assert found is not None
        assert found.pid == 0
        with pytest.raises(LockHeld, match="has not said who it is"):
            EngineLock.take(tmp_path, doing="engine", wait_s=0)


def test_a_lock_that_cannot_be_opened_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "engine.lock").mkdir()
    with pytest.raises(StoreError, match=r"engine\.lock: can't be opened: Is a directory"):
        EngineLock.take(tmp_path, doing="engine", wait_s=0)


def test_on_a_full_disk_the_lock_is_let_go_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", full)
        with pytest.raises(StoreError, match="can't be written: No space left on device"):
            EngineLock.take(tmp_path, doing="engine", wait_s=0)
    EngineLock.take(tmp_path, doing="engine", wait_s=0).release()
