"""The prober of one instance: it checks the targets that the engine names, beside looks and work, and says when their state turns.

One thread waits for what is due, and each check has one of its own, at most four at once (core.rounds): a container that hangs
costs its time-out and nothing else. Nobody waits for any of them. Without targets, or a connection, there is no thread at all.

A check over ssh takes 1 to 2 ms of the engine's processor time, by exec 3 to 4. Where more is asked for than there is, checks of all
hosts together wait for one another, so that they are late and looks are not.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Final

from core.hosts.probe_check import check
from core.reports import ProbeEnd, ProbeResult, ProbeVerdict
from core.rounds import Rounds

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from core.hosts.base import Reaching
    from core.model.probe import Probes, Target
    from core.rounds import Check

_log = logging.getLogger(__name__)

#: Checks of all hosts that one process makes at once: as many as it carries out actions (core.scheduler.pace).
MOST_AT_ONCE: Final = 256
#: What a check may take beyond its time-out.
_GRACE_S: Final = 1.0
_places: Final = threading.BoundedSemaphore(MOST_AT_ONCE)


def _in_time(host: Reaching, target: Target) -> ProbeResult:
    """Check a target. Silence that lasted longer than was waited for is our own: this process was suspended, or too busy."""
    began = time.monotonic()
    result = check(host, target)
    slept = time.monotonic() - began > target.probe.timeout_s + _GRACE_S
    return ProbeResult(ProbeEnd.CUT) if result.doubtful and slept else result


class Prober:
    """Probes over the connection that its agent has. Thread-safe."""

    def __init__(self, instance: str, post: Callable[[ProbeVerdict], None], chance: Random) -> None:
        """Nothing is probed before there are targets and a connection."""
        self._instance = instance
        self._post = post
        self._changed = threading.Condition()
        self._rounds = Rounds(chance)
        self._host: Reaching | None = None
        self._waiting = False
        self._closed = False

    def take(self, probes: Probes) -> None:
        """Probe these targets from now on."""
        with self._changed:
            self._rounds.take(probes, time.monotonic())
            self._go_on()

    def connect(self, host: Reaching) -> None:
        """Probe over this connection."""
        with self._changed:
            self._host = None if self._closed else host
            self._go_on()

    def cut(self) -> None:
        """The connection is lost: what is under way says nothing about its target."""
        with self._changed:
            self._host = None
            self._rounds.cut(time.monotonic())
            self._changed.notify_all()

    def close(self) -> None:
        """Stop, for good."""
        with self._changed:
            self._closed = True
            self.cut()

    def heard(self, since: float, round_trip_s: float) -> None:
        """The host has answered a look that began at a moment of `time.monotonic`."""
        with self._changed:
            for target, health in self._rounds.heard(since, round_trip_s):
                self._post(ProbeVerdict(self._instance, target, health))

    def missed(self) -> None:
        """The host has not answered a look."""
        with self._changed:
            self._rounds.missed()

    def _go_on(self) -> None:
        if self._host is not None and self._rounds and not self._waiting:
            self._waiting = True
            threading.Thread(target=self._wait, name=f"{self._instance[:8]}-probes", daemon=True).start()
        self._changed.notify_all()

    def _wait(self) -> None:
        """Begin what is due, until there is nothing more to probe."""
        with self._changed:
            while self._host is not None and self._rounds:
                for due in self._rounds.begin(time.monotonic()):
                    name = f"{self._instance[:8]}-probe"
                    threading.Thread(
                        target=self._check, args=(self._host, due), name=name, daemon=True
                    ).start()
                next_at = self._rounds.next_at
                self._changed.wait(None if next_at is None else max(0.0, next_at - time.monotonic()))
            self._waiting = False

    def _check(self, host: Reaching, due: Check) -> None:
        try:
            with _places:
                result = _in_time(host, due.target)
        except Exception as error:  # noqa: BLE001  # a defect of ours is no word about the task
            _log.error("instance %s: an unexpected error in a probe", self._instance, exc_info=error)
            result = ProbeResult(ProbeEnd.CUT)
        with self._changed:
            health = self._rounds.end(due, result, time.monotonic())
            if health is not None:
                self._post(ProbeVerdict(self._instance, due.target, health))
            self._changed.notify_all()
