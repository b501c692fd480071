"""Room for thousands of threads that wait, in the kernel's hash of who waits for which lock.

Since Linux 6.17 each process has such a hash of its own, of four places for each processor and at least 16, however many threads
it has (PR_FUTEX_HASH(2const)). With two threads for each of 2,000 hosts hundreds share a place, and each release of a lock walks
past them: a quarter of a core at rest, measured on 6.18 with two processors.
"""

from __future__ import annotations

import ctypes
import sys
from typing import Final

#: 64 bytes each, in the kernel.
SLOTS: Final = 4096
# From linux/prctl.h.
_PR_FUTEX_HASH: Final = 78
_SET_SLOTS: Final = 1


def widen_futex_hash() -> None:
    """Give this process the room. A kernel that has no such hash needs none: its one for all processes is wide enough."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_FUTEX_HASH, _SET_SLOTS, ctypes.c_ulong(SLOTS), ctypes.c_ulong(0))
