"""Which targets of one host are probed next, and what their results come to. Pure: threads, clocks and hosts are the prober's.

Each target has its own beat, a little uneven so that those which began together drift apart; few are probed at once, so that
one that hangs costs its host a time-out and nothing else, and the others are late rather than many. A new target is asked every
two seconds until it first answers well, since a rollout waits for that; what it answers meanwhile counts at its own beat.
"""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from core.model.probe import Target, TargetHealth, TargetState
from core.record import Record
from core.reports import ProbeEnd, ProbeResult
from core.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

#: Checks of one host under way at once.
AT_ONCE: Final = 4
#: How soon a new target is probed for the first time, at the latest, how soon again, and how uneven the beat is.
SOON_S: Final = 1.0
EAGER_S: Final = 2.0
UNEVEN: Final = 0.1


class Check(Record):
    """One check under way; `number` tells it from one that was given up."""

    number: int
    target: Target


@dataclass(slots=True)
class _Round:
    """One target's turns."""

    target: Target
    tally: Tally
    due_at: float
    #: As it was last told.
    told: TargetHealth
    #: The number of its check under way; 0 for none.
    checked_by: int = 0
    began_at: float = 0.0
    #: When a failure last counted.
    failed_at: float | None = None
    #: Failures in which nobody answered, and when each ended: more than turn it need not be kept.
    doubts: deque[tuple[float, ProbeResult]] = field(default_factory=deque)

    def count(self, result: ProbeResult, now: float) -> TargetHealth | None:
        """Count a result; what is to be told, where that has changed."""
        if result.end is ProbeEnd.FAILED:
            if self.failed_at is not None and now < self.failed_at + self._interval_s * (1 - UNEVEN):
                return None  # it was asked before its turn
            self.failed_at = now
        if result.doubtful:
            self.doubts.append((now, result))
            while len(self.doubts) > self.target.probe.unhealthy_threshold:
                self.doubts.popleft()
            return None
        if result.end is ProbeEnd.FAILED:
            self._count_doubts(now)  # its host has answered now
        elif result.end is not ProbeEnd.CUT:
            self.doubts.clear()
        self.tally = self.tally.after(result, self.target.probe)
        return self._to_tell()

    @property
    def _interval_s(self) -> int:
        return self.target.probe.interval_s

    @property
    def pause_s(self) -> float:
        """Until it is asked again."""
        eager = self.tally.state is TargetState.INITIAL and not self.tally.no_way
        return min(EAGER_S, self._interval_s) if eager else self._interval_s

    def heard(self, since: float, round_trip_s: float) -> TargetHealth | None:
        """Its host answers: failures that had ended before it was asked are the target's own, unless the host is as slow itself."""
        if round_trip_s >= self.target.probe.timeout_s:
            self.doubts.clear()
        self._count_doubts(since)
        return self._to_tell()

    def _count_doubts(self, until: float) -> None:
        while self.doubts and self.doubts[0][0] <= until:
            _, result = self.doubts.popleft()
            self.tally = self.tally.after(result, self.target.probe)

    def _to_tell(self) -> TargetHealth | None:
        health = self.tally.health
        if health == self.told:
            return None
        self.told = health
        return health


class Rounds:
    """The targets of one host. Times are of one clock, in seconds."""

    def __init__(self, chance: Random) -> None:
        """Nothing is to be probed yet."""
        self._chance = chance
        self._rounds: dict[str, _Round] = {}
        self._due: list[tuple[float, str]] = []
        self._under_way: dict[int, str] = {}
        self._last_number = 0

    def __bool__(self) -> bool:
        """Whether there is anything to probe."""
        return bool(self._rounds)

    def take(self, wanted: Iterable[tuple[Target, TargetHealth]], now: float) -> None:
        """Probe these targets, and no others. What is known of a new one is said beside it."""
        before, self._rounds = self._rounds, {}
        for target, known in wanted:
            same = before.get(target.task)
            if same is not None and same.target == target:
                self._rounds[target.task] = same
                continue
            interval_s = target.probe.interval_s
            # What is known already can wait its turn: of an engine that begins, not all are due at once.
            latest_s = min(SOON_S, interval_s) if known.state is TargetState.INITIAL else interval_s
            fresh = _Round(target, Tally.of(known), now + self._chance.uniform(0.0, latest_s), known)
            self._rounds[target.task] = fresh
            heapq.heappush(self._due, (fresh.due_at, target.task))

    def begin(self, now: float) -> list[Check]:
        """The checks that may begin now."""
        begun: list[Check] = []
        while len(self._under_way) < AT_ONCE and (task := self._next_due(now)) is not None:
            found = self._rounds[task]
            self._last_number += 1
            found.checked_by = self._last_number
            self._under_way[self._last_number] = task
            found.began_at = now
            begun.append(Check(self._last_number, found.target))
        return begun

    def end(self, check: Check, result: ProbeResult, now: float) -> TargetHealth | None:
        """Take a check's result; what is to be told of its target, where that has changed."""
        if self._under_way.pop(check.number, None) is None:
            return None
        found = self._rounds.get(check.target.task)
        if found is None or found.checked_by != check.number:
            return None
        found.checked_by = 0
        told = found.count(result, now)
        # The time that an answer takes doesn't move the next check (ELB).
        found.due_at = found.began_at + found.pause_s * self._chance.uniform(1 - UNEVEN, 1 + UNEVEN)
        heapq.heappush(self._due, (found.due_at, check.target.task))
        return told

    def heard(self, since: float, round_trip_s: float) -> list[tuple[Target, TargetHealth]]:
        """A look that began at `since` was answered. What is to be told of targets that are known to have failed by then."""
        doubted = [found for found in self._rounds.values() if found.doubts]
        told = ((found.target, found.heard(since, round_trip_s)) for found in doubted)
        return [(target, health) for target, health in told if health is not None]

    def missed(self) -> None:
        """A look had no answer: who was silent meanwhile was so with the host."""
        for found in self._rounds.values():
            found.doubts.clear()

    def cut(self, now: float) -> None:
        """The connection is lost: what is under way says nothing any more, and counting starts anew."""
        self._under_way.clear()
        self._due.clear()
        for task, found in self._rounds.items():
            found.checked_by = 0
            found.doubts.clear()
            found.tally = found.tally.anew()
            found.due_at = max(found.due_at, now)
            heapq.heappush(self._due, (found.due_at, task))

    @property
    def next_at(self) -> float | None:
        """When the next check may begin; None while it waits for another one to end."""
        if len(self._under_way) >= AT_ONCE or self._first() is None:
            return None
        return self._due[0][0]

    def _first(self) -> str | None:
        """The task whose turn is next, what is out of date left out."""
        while self._due:
            due_at, task = self._due[0]
            found = self._rounds.get(task)
            if found is not None and not found.checked_by and found.due_at == due_at:
                return task
            heapq.heappop(self._due)
        return None

    def _next_due(self, now: float) -> str | None:
        task = self._first()
        if task is None or self._due[0][0] > now:
            return None
        heapq.heappop(self._due)
        return task
