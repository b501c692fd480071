"""How many joins knock at one sshd at once: it drops unauthenticated connections above a few (MaxStartups)."""

from __future__ import annotations

import contextlib
import random
import threading
from typing import TYPE_CHECKING, Final

from core.errors import HostUnreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIRST_PAUSE_S: Final = 0.25
_LONGEST_PAUSE_S: Final = 30.0


class JoinGate:
    """Lets a few joins through to each endpoint at a time. Endpoints don't wait for one another."""

    def __init__(self, at_once: int = 4, chance: random.Random | None = None) -> None:
        """`chance` makes the jitter; a test passes a seeded one."""
        self._at_once = at_once
        self._chance = chance or random.Random()  # jitter, not a secret
        self._lock = threading.Lock()
        self._doors: dict[str, threading.Semaphore] = {}

    @contextlib.contextmanager
    def entered(self, endpoint: str, timeout_s: float) -> Iterator[None]:
        """Wait for one's turn at an endpoint. Raises HostUnreachable."""
        with self._lock:
            door = self._doors.setdefault(endpoint, threading.Semaphore(self._at_once))
        if not door.acquire(timeout=timeout_s):
            raise HostUnreachable(
                "connect", f"Too many joins wait at {endpoint}; none ended within {timeout_s:g} s"
            )
        try:
            yield
        finally:
            door.release()

    def pause_s(self, attempt: int) -> float:
        """How long to wait after failed attempt number `attempt` (from 0): doubling, half of it by chance."""
        longest = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2.0**attempt)
        return longest * self._chance.uniform(0.5, 1.0)


#: The one gate of this process.
GATE: Final = JoinGate()
