"""What waits for the engine's next turn: agents and clients put in, one thread takes out."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

from core.reports import ActionProgress, HostReport, Unreachable, Utilisation

if TYPE_CHECKING:
    from core.engine import Input


class Inbox:
    """A queue in which newer news of a host takes the place of older, so that a slow turn is never followed by slower ones."""

    def __init__(self) -> None:
        """Start empty."""
        self._lock = threading.Condition()
        self._queue: deque[Input] = deque()
        self._latest: dict[tuple[str, str], Input] = {}
        self._woken = False

    def put(self, item: Input) -> None:
        """Add an input and wake the taker. A report replaces the same host's older one."""
        with self._lock:
            key = _replaceable(item)
            if key is None:
                self._queue.append(item)
            else:
                self._latest[key] = item
            self._lock.notify()

    def wake(self) -> None:
        """Wake the taker without an input."""
        with self._lock:
            self._woken = True
            self._lock.notify()

    def wait(self, timeout_s: float) -> bool:
        """Block until there is something, or it was woken, or the time is over; False for the last."""
        with self._lock:
            self._lock.wait_for(self._ready, timeout_s)
            ready = self._ready()
            self._woken = False
            return ready

    def take(self, limit: int) -> list[Input]:
        """Take at most so many inputs: outcomes in their order, then the newest report of each host, the longest waiting first.

        A flood of outcomes leaves half of the places to reports: a host must not look silent because we are busy.
        """
        with self._lock:
            news = min(len(self._latest), max(limit - len(self._queue), limit // 2))
            taken: list[Input] = [self._queue.popleft() for _ in range(min(limit - news, len(self._queue)))]
            taken.extend(self._latest.pop(key) for key in list(self._latest)[:news])
            return taken

    def _ready(self) -> bool:
        return self._woken or bool(self._queue) or bool(self._latest)


def _replaceable(item: Input) -> tuple[str, str] | None:
    """What an input is the newest word on; None for what must not be left out."""
    match item:
        case HostReport():
            return "report", item.instance
        case Unreachable():
            return "unreachable", item.instance
        case Utilisation():
            return "use", item.instance
        case ActionProgress():
            return f"progress {item.action.target}", item.instance
        case _:
            return None
