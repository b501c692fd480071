"""A schedule, which runs a task definition on its occasions, and what became of the last of them (EventBridge Scheduler's words)."""

from __future__ import annotations

from enum import StrEnum

from core.model.tags import Tag, stack_of
from core.record import Record


class ScheduleState(StrEnum):
    """EventBridge's states."""

    ENABLED = "ENABLED"
    DISABLED = "DISABLED"


class MissedRuns(StrEnum):
    """What happens when occasions passed while no engine ran: the latest is run, late, or none is."""

    RUN_ONCE = "RUN_ONCE"
    SKIP = "SKIP"


class Overlap(StrEnum):
    """What an occasion does when tasks of an earlier run have not stopped: run beside them, not run, or stop them and run."""

    ALLOW = "ALLOW"
    SKIP = "SKIP"
    REPLACE = "REPLACE"


class WindowMode(StrEnum):
    """Whether an occasion is run at its time, or at some moment of a window that begins then (EventBridge)."""

    OFF = "OFF"
    FLEXIBLE = "FLEXIBLE"


class AfterCompletion(StrEnum):
    """What becomes of a schedule that will never run again: it stays, or goes (EventBridge's ActionAfterCompletion)."""

    NONE = "NONE"
    DELETE = "DELETE"


class RunResult(StrEnum):
    """What became of an occasion."""

    #: Its tasks have not all stopped; they may still wait for a place.
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    #: Somebody stopped its tasks: an operator, or a later run with REPLACE.
    STOPPED = "STOPPED"
    #: Not run, for an earlier run had not ended.
    SKIPPED = "SKIPPED"
    #: Not run, for it was too late.
    MISSED = "MISSED"


class Run(Record):
    """One occasion: when it was due, when it was seen to, and its tasks' ids."""

    scheduled_at: float
    at: float
    result: RunResult
    tasks: tuple[str, ...] = ()
    #: Why it is so, in words; while it is RUNNING what holds its tasks.
    reason: str = ""
    ended_at: float | None = None
    #: RunSchedule: `scheduled_at` is when it was asked for.
    by_hand: bool = False
    #: When in its flexible time window it was to be run; None where that is `scheduled_at`.
    planned_at: float | None = None

    @property
    def late_s(self) -> float:
        """How much later than it was to be run it was seen to, in seconds."""
        return self.at - (self.scheduled_at if self.planned_at is None else self.planned_at)

    @property
    def running(self) -> bool:
        """Whether its tasks have not all stopped."""
        return self.result is RunResult.RUNNING


class Schedule(Record):
    """A schedule as the operator wants it, its next occasion, and its last runs."""

    cluster: str
    name: str
    #: `cron(…)`, `rate(…)` or `at(…)`, in the time zone of that IANA name.
    expression: str
    timezone: str
    #: What the target runs, as it was said: a family (its latest ACTIVE revision then) or `family:revision`.
    definition: str
    #: RunTask's input, as canonical JSON in ECS's shape.
    target: str
    description: str = ""
    state: ScheduleState = ScheduleState.ENABLED
    start_at: float | None = None
    end_at: float | None = None
    missed_runs: MissedRuns = MissedRuns.RUN_ONCE
    overlap: Overlap = Overlap.ALLOW
    #: So late an occasion may be run, and so long its tasks may wait for a place.
    maximum_event_age_s: int = 86_400
    #: How long its flexible time window is at the most; 0 is OFF.
    window_minutes: int = 0
    after_completion: AfterCompletion = AfterCompletion.NONE
    #: The first occasion that nobody has seen to; None of one that is DISABLED, or over.
    next_at: float | None = None
    #: When in its window that one is to be run: from then on it is late. None where `next_at` is.
    planned_at: float | None = None
    #: The latest occasion that was seen to. None comes twice, also when the clock goes back.
    done_at: float = 0.0
    #: The newest first.
    runs: tuple[Run, ...] = ()
    tags: tuple[Tag, ...] = ()
    created_by: str = ""
    created_at: float = 0.0
    updated_at: float = 0.0

    @property
    def key(self) -> str:
        """What identifies this row."""
        return f"{self.cluster}/{self.name}"

    @property
    def stack(self) -> str:
        """The stack that it is of; empty where it is of none."""
        return stack_of(self.tags)

    @property
    def enabled(self) -> bool:
        """Whether its occasions are run."""
        return self.state is ScheduleState.ENABLED

    @property
    def over(self) -> bool:
        """Whether it is ENABLED and no occasion is left."""
        return self.enabled and self.next_at is None
