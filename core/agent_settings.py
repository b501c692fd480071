"""How a container agent paces itself: its beat, its lanes, and how soon it tries again to reach its host. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from core.actions import Lane
from core.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from core.errors import HostUnreachable

#: Trying these again quickly locks us out of hosts that count failures (sshd's PerSourcePenalties).
_SLOW_STEPS: Final = frozenset({"login"})
#: The pause has reached its bound long before; a power without a bound would one day be no number any more.
_MOST_DOUBLINGS: Final = 16


class AgentSettings(Record):
    """How an agent paces itself."""

    poll_interval_s: float = 5.0
    #: Shorter than the engine's `disconnect_after`, so that one late answer doesn't disconnect a host.
    observe_deadline_s: float = 10.0
    starts: int = 4
    pulls: int = 2
    stops: int = 64
    #: Looks on a hint are at least so far apart …
    hint_gap_s: float = 0.1
    #: … and take at most this share of the time.
    hint_share: float = 0.2
    reopen_first_s: float = 0.5
    reopen_max_s: float = 10.0
    reopen_slow_max_s: float = 60.0
    #: What a call may take beyond the deadline that it keeps itself, before it is given up.
    grace_s: float = 1.0

    @property
    def widths(self) -> Mapping[Lane, int]:
        """How many actions of each lane run at once."""
        return {Lane.START: self.starts, Lane.PULL: self.pulls, Lane.STOP: self.stops}

    def reopen_after_s(self, failures: int, error: HostUnreachable | None, chance: Random) -> float:
        """How long to wait before the next try to reach the host: exponential back-off with jitter."""
        slow = error is not None and error.step in _SLOW_STEPS
        longest = self.reopen_slow_max_s if slow else self.reopen_max_s
        doubled_s = self.reopen_first_s * 2.0 ** min(failures - 1, _MOST_DOUBLINGS)
        return min(longest, doubled_s) * chance.uniform(0.5, 1.0)
