"""The engine's clock: seconds since the epoch that never jump.

Wall time is read once; from then on CLOCK_BOOTTIME counts, which goes on while a machine sleeps, so that a suspended engine
sees the gap. A step of the wall clock (NTP, an operator) changes no duration; stamps follow it at the next start.
"""

from __future__ import annotations

import time


class Clock:
    """Call it for the time."""

    def __init__(self) -> None:
        """Take the wall clock's word once."""
        self._offset_s = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)

    def __call__(self) -> float:
        """Now, in seconds since the epoch."""
        return self._offset_s + time.clock_gettime(time.CLOCK_BOOTTIME)
