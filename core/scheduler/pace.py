"""How much is asked of all hosts at one time: what one process can still attend to. Pure.

Each host has lanes of its own; a thousand of them together would keep thousands of threads of one interpreter busy, and the
looks at the hosts, and the answers to operators, would wait behind them. What counts is what runs: of a lane's actions as many as
it runs at once, while it is lively. A lane that has not ended anything for a while waits for its host (a stop for its timeout,
a pull for its registry, whatever hangs) and costs nothing meanwhile. So neither a host that hangs nor a long queue holds up others.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from core.actions import Action, Lane, lane_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: So many actions may run at once. A process starts about 500 containers a second through 256 of them.
MOST: Final = 256
#: A lane is lively for so long after something of it was sent or ended. Docker starts a container in a third of a second.
LIVELY_S: Final = 2.0
#: How many of a lane's actions an agent runs at once, where its settings don't say otherwise.
WIDTHS: Final[Mapping[Lane, int]] = MappingProxyType({Lane.START: 4, Lane.PULL: 2, Lane.STOP: 64})

_Key = tuple[str, Lane]


@dataclass(slots=True)
class Pace:
    """What is under way, by instance and lane. `most` may be exceeded by what one host's work brings."""

    most: int = MOST
    widths: Mapping[Lane, int] = field(default_factory=lambda: WIDTHS)
    _targets: dict[_Key, set[str]] = field(default_factory=dict)
    #: When something of a lane was last sent or ended; the longest ago first.
    _lively: dict[_Key, float] = field(default_factory=dict)

    def sent(self, instance: str, action: Action, now: float) -> None:
        """An action leaves."""
        key = (instance, lane_of(action))
        self._targets.setdefault(key, set()).add(action.target)
        self._stir(key, now)

    def ended(self, instance: str, action: Action, now: float) -> None:
        """It has an outcome. The same may be said again: a turn that could not be written is played again."""
        key = (instance, lane_of(action))
        targets = self._targets.get(key)
        if targets is None:
            return
        targets.discard(action.target)
        if targets:
            self._stir(key, now)
        else:
            del self._targets[key]
            self._lively.pop(key, None)

    def room(self, now: float) -> int:
        """How many more may begin now; below zero when there are too many."""
        while (oldest_at := self._oldest_at()) is not None and oldest_at + LIVELY_S <= now:
            del self._lively[next(iter(self._lively))]
        running = sum(min(len(self._targets[key]), self.widths[key[1]]) for key in self._lively)
        return self.most - running

    def weight(self, actions: Iterable[Action]) -> int:
        """How many of one host's actions would run at once."""
        counts = Counter(map(lane_of, actions))
        return sum(min(count, self.widths[lane]) for lane, count in counts.items())

    def wake_at(self, now: float) -> float:
        """When time alone makes room: also that which leaves now is not lively for longer."""
        oldest_at = self._oldest_at()
        return (now if oldest_at is None else min(oldest_at, now)) + LIVELY_S

    def _stir(self, key: _Key, now: float) -> None:
        self._lively.pop(key, None)
        self._lively[key] = now

    def _oldest_at(self) -> float | None:
        return next(iter(self._lively.values()), None)
