"""The queues of one host's work: which action may begin, which is overdue. Pure: threads and clocks are the agent's.

Starts, pulls and stops wait apart, so that forty slow stops never stand in front of a start; two actions on one target
never run at once, so that an image is pulled once and a removal follows its stop.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.actions import Action, Lane, StartContainer, lane_of
from core.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping


class Job(Record):
    """An action under way. It is overdue at `ends_by`; `number` tells a late answer from that of a repetition."""

    number: int
    action: Action
    ends_by: float


@dataclass(slots=True)
class Lanes:
    """Waiting and running actions. `widths` says how many of each lane run at once."""

    widths: Mapping[Lane, int]
    #: What an action may take beyond its own deadline, since it keeps that itself where it can.
    grace_s: float
    _waiting: dict[Lane, list[Action]] = field(default_factory=lambda: {lane: [] for lane in Lane})
    _running: dict[int, Job] = field(default_factory=dict)
    _last_number: int = 0

    def add(self, action: Action) -> None:
        """Queue an action; what is created is started before more is created, so that tasks run one by one and not all at last."""
        waiting = self._waiting[lane_of(action)]
        if isinstance(action, StartContainer):
            waiting.insert(sum(isinstance(other, StartContainer) for other in waiting), action)
        else:
            waiting.append(action)

    def begin(self, now: float) -> list[Job]:
        """Take from the queues whatever may begin now."""
        begun: list[Job] = []
        busy = {job.action.target for job in self._running.values()}
        for lane, waiting in self._waiting.items():
            free = self.widths[lane] - sum(lane_of(job.action) is lane for job in self._running.values())
            held: list[Action] = []
            for action in waiting:
                if free <= 0 or action.target in busy:
                    held.append(action)
                    continue
                free -= 1
                busy.add(action.target)
                begun.append(self._start(action, now))
            self._waiting[lane] = held
        return begun

    def end(self, job: Job) -> bool:
        """Give a job's place back. False when it was given up before: its answer comes too late."""
        return self._running.pop(job.number, None) is not None

    def overdue(self, now: float) -> list[Job]:
        """Give up what has run past its time and say what that was."""
        late = [job for job in self._running.values() if job.ends_by <= now]
        for job in late:
            del self._running[job.number]
        return late

    def next_overdue_at(self) -> float | None:
        """When the next job is overdue."""
        return min((job.ends_by for job in self._running.values()), default=None)

    def drop_waiting(self) -> list[Action]:
        """Empty the queues and say what was in them."""
        dropped = [action for waiting in self._waiting.values() for action in waiting]
        for waiting in self._waiting.values():
            waiting.clear()
        return dropped

    def drop_running(self) -> list[Action]:
        """Give up what runs and say what that was: its answers come too late."""
        dropped = [job.action for job in self._running.values()]
        self._running.clear()
        return dropped

    def _start(self, action: Action, now: float) -> Job:
        self._last_number += 1
        job = Job(self._last_number, action, now + action.deadline_s + self.grace_s)
        self._running[job.number] = job
        return job
