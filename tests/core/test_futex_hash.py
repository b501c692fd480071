"""The kernel's room for threads that wait. In a process of its own: the hash is the whole process's, and stays."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

from core.futex_hash import SLOTS

#: PR_FUTEX_HASH, PR_FUTEX_HASH_GET_SLOTS.
TOLD = (78, 2, 0, 0, 0)
ASKED = f"""
import ctypes, threading
from core.futex_hash import widen_futex_hash
done = threading.Event()
waiting = [threading.Thread(target=done.wait) for _ in range(8)]
widen_futex_hash()
for thread in waiting: thread.start()
print(ctypes.CDLL(None).prctl(*{TOLD}))
done.set()
"""


@pytest.mark.skipif(
    sys.platform != "linux" or ctypes.CDLL(None).prctl(*TOLD) < 0,
    reason="this kernel has no futex hash for each process",
)
def test_the_room_that_was_asked_for_stays_when_threads_come() -> None:
    assert int(subprocess.run([sys.executable, "-c", ASKED], capture_output=True, check=True).stdout) == SLOTS
