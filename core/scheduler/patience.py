"""Tasks that found no place are not tried again with every change: at most once in a while, and never needlessly. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Hashable

#: How long what found no place waits before it is tried again, when something changed meanwhile.
PAUSE_S: Final = 1.0


@dataclass(slots=True)
class Patience:
    """Remembers who found no place, by what was asked: who asks for something else is tried at once."""

    _until: dict[Hashable, float] = field(default_factory=dict)
    #: When to look again, because somebody was passed over; None when nobody was.
    wake_at: float | None = None

    def begin(self, now: float) -> None:
        """A look at all that waits begins."""
        self._until = {asked: until for asked, until in self._until.items() if until > now}
        self.wake_at = None

    def passes_over(self, asked: Hashable) -> bool:
        """Whether it was tried a moment ago in vain."""
        until = self._until.get(asked)
        if until is not None:
            self.wake_at = until if self.wake_at is None else min(until, self.wake_at)
        return until is not None

    def in_vain(self, asked: Hashable, now: float) -> None:
        """It was tried and found no place."""
        self._until[asked] = now + PAUSE_S
