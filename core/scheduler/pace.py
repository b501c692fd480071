"""How much is asked of all hosts at one time: what one process can still attend to. Pure.

Each host has lanes of its own; a thousand of them together would keep thousands of threads of one interpreter busy, and the
looks at the hosts, and the answers to operators, would wait behind them. Only what is young counts: an action that takes
longer waits for its host (a stop for its timeout, a pull for its registry, whatever hangs) and costs nothing meanwhile, so a
host that hangs holds up no other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

#: So many young actions may be under way. A process starts about 500 containers a second through 256 of them.
YOUNG_MOST: Final = 256
#: How long an action is young. Docker starts a container in a third of a second.
YOUNG_S: Final = 2.0


@dataclass(slots=True)
class Pace:
    """The young actions, the oldest first; there are at most `most` of them, or as many as one host's work brings more."""

    most: int = YOUNG_MOST
    _sent_at: dict[tuple[str, str], float] = field(default_factory=dict)

    def sent(self, instance: str, target: str, now: float) -> None:
        """An action on a target of an instance leaves."""
        self._sent_at.pop((instance, target), None)
        self._sent_at[instance, target] = now

    def ended(self, instance: str, target: str) -> None:
        """It has an outcome."""
        self._sent_at.pop((instance, target), None)

    def room(self, now: float) -> int:
        """How many more may leave now."""
        while (oldest_at := self._oldest_at()) is not None and oldest_at + YOUNG_S <= now:
            del self._sent_at[next(iter(self._sent_at))]
        return self.most - len(self._sent_at)

    @property
    def wake_at(self) -> float | None:
        """When time alone makes room."""
        oldest_at = self._oldest_at()
        return None if oldest_at is None else oldest_at + YOUNG_S

    def _oldest_at(self) -> float | None:
        return next(iter(self._sent_at.values()), None)
