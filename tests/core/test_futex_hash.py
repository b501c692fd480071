"""The kernel's room for threads that wait. In a process of its own: the hash is the whole process's, and stays."""

from __future__ import annotations

import subprocess
import sys

import pytest

from core.futex_hash import SLOTS, futex_slots

ASKED = """
import threading
from core.futex_hash import futex_slots, widen_futex_hash
done = threading.Event()
waiting = [threading.Thread(target=done.wait) for _ in range(8)]
widen_futex_hash()
for thread in waiting: thread.start()
print(futex_slots())
done.set()
"""


@pytest.mark.skipif(futex_slots() < 0, reason="this kernel has no futex hash for each process")
def test_the_room_that_was_asked_for_stays_when_threads_come() -> None:
    assert int(subprocess.run([sys.executable, "-c", ASKED], capture_output=True, check=True).stdout) == SLOTS
