"""Calls back when a moment has come: one thread for all agents. One for each would wake twice a look, for nothing nearly always."""

from __future__ import annotations

import logging
import threading
import time
from itertools import count
from typing import TYPE_CHECKING, Final

from core.alarms import Alarms

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger(__name__)

_NEVER: Final = float("inf")


class Watch:
    """One caller's moment. It may be set from any thread, also from the call that follows it."""

    def __init__(self, guard: Guard, key: str) -> None:
        """Made by `Guard.watch`."""
        self._guard: Final = guard
        self._key: Final = key

    def set(self, at: float) -> None:
        """Call back at a moment of `time.monotonic`, and at no other."""
        self._guard.set(self._key, at)

    def end(self) -> None:
        """Never call back again; a call that has begun goes on."""
        self._guard.forget(self._key)


class Guard:
    """Keeps the moments of many watches. What it calls must not block: the others wait behind it."""

    def __init__(self) -> None:
        """There is no thread before there is a watch."""
        self._changed: Final = threading.Condition()
        self._alarms: Final = Alarms()
        self._calls: Final[dict[str, Callable[[], None]]] = {}
        self._keys: Final = map(str, count())
        self._wakes_at = _NEVER
        self._closed = False
        self._thread: threading.Thread | None = None

    def watch(self, call: Callable[[], None]) -> Watch:
        """A watch that calls this when its moment has come."""
        with self._changed:
            key = next(self._keys)
            self._calls[key] = call
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="guard", daemon=True)
                self._thread.start()
            return Watch(self, key)

    def set(self, key: str, at: float) -> None:
        """Move a watch's moment."""
        with self._changed:
            if key not in self._calls:
                return
            self._alarms.set(key, at)
            if at < self._wakes_at:
                self._changed.notify()

    def forget(self, key: str) -> None:
        """End a watch."""
        with self._changed:
            self._alarms.set(key, None)
            self._calls.pop(key, None)

    def close(self) -> None:
        """End, without waiting: nothing more is called back."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._closed:
                    return
                now = time.monotonic()
                due = [self._calls[key] for key in self._alarms.due(now)]
                if not due:
                    at = self._alarms.next_at
                    self._wakes_at = _NEVER if at is None else at
                    self._changed.wait(None if at is None else at - now)
                    continue
            for call in due:
                try:
                    call()
                except Exception:  # noqa: BLE001  # a defect of one must not cost the others their deadlines
                    _log.exception("an unexpected error as a deadline was kept")
