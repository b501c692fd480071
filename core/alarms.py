"""When time alone changes a plan: one moment for each thing, the earliest found fast. Pure."""

from __future__ import annotations

import heapq


class Alarms:
    """One alarm for each key; setting it again moves it."""

    def __init__(self) -> None:
        """Start with none."""
        self._at: dict[str, float] = {}
        self._heap: list[tuple[float, str]] = []

    def set(self, key: str, at: float | None) -> None:
        """Set, move or (None) clear a key's alarm."""
        if at is None:
            self._at.pop(key, None)
        elif self._at.get(key) != at:
            self._at[key] = at
            heapq.heappush(self._heap, (at, key))

    def due(self, now: float) -> list[str]:
        """Take the keys whose moment has come, the earliest first."""
        found: list[str] = []
        while self._heap and self._heap[0][0] <= now:
            at, key = heapq.heappop(self._heap)
            if self._at.get(key) == at:
                del self._at[key]
                found.append(key)
        return found

    @property
    def next_at(self) -> float | None:
        """The earliest moment."""
        while self._heap and self._at.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None
