"""Tasks that found no place are not tried again with every change: at most once in a while, and never needlessly. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable

#: How long what found no place waits before it is tried again, when something changed meanwhile.
PAUSE_S: Final = 1.0


@dataclass(slots=True)
class Patience:
    """Remembers who found no place, by what was asked: who asks for something else is tried at once."""

    _until: dict[Hashable, float] = field(default_factory=dict)
    _now: float = 0.0
    #: When to look again, because somebody was passed over; None when nobody was.
    wake_at: float | None = None

    def begin(self, asked: Collection[Hashable], now: float) -> None:
        """A look at all that waits begins: what nobody asks for any more is forgotten."""
        self._now = now
        self._until = {each: until for each, until in self._until.items() if each in asked}
        self.wake_at = None

    def tried_at(self, asked: Hashable) -> float:
        """For the order of trying: who was never tried goes before those who were, the longest ago first."""
        return self._until.get(asked, float("-inf"))

    def passes_over(self, asked: Hashable) -> bool:
        """Whether it was tried a moment ago in vain."""
        until = self._until.get(asked)
        if until is None or until <= self._now:
            return False
        self.wake_at = until if self.wake_at is None else min(until, self.wake_at)
        return True

    def in_vain(self, asked: Hashable) -> None:
        """It was tried and found no place."""
        self._until[asked] = self._now + PAUSE_S
