"""Virtual time: what happens when, in one queue. Events of one moment happen in the order in which they were planned."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Timeline:
    """The clock and what is still to come."""

    def __init__(self, now: float) -> None:
        """Nothing is planned yet."""
        self.now = now
        self._heap: list[tuple[float, int, Callable[[], object]]] = []
        self._planned = 0

    def clock(self) -> float:
        """Now, for those who take a clock."""
        return self.now

    def at(self, moment: float, happens: Callable[[], object]) -> None:
        """Plan an event; one in the past happens next."""
        self._planned += 1
        heapq.heappush(self._heap, (max(moment, self.now), self._planned, happens))

    def after(self, seconds: float, happens: Callable[[], object]) -> None:
        """Plan an event for so many seconds from now."""
        self.at(self.now + seconds, happens)

    def run(self, until: float) -> None:
        """Let everything happen that is planned up to a moment, and stand at that moment."""
        while self._heap and self._heap[0][0] <= until:
            self.now, _, happens = heapq.heappop(self._heap)
            happens()
        self.now = max(self.now, until)
