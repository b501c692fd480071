"""When inside its flexible time window an occasion is run (EventBridge Scheduler's FlexibleTimeWindow). Pure.

EventBridge runs at whatever moment it likes of the window that begins at the occasion. Here the moment follows from the
schedule's key and the occasion alone: it can be told beforehand, is the same after a restart, and differs from schedule to
schedule, so that a hundred of them at 03:00 spread over the window. The window is a maximum: one ends where the next occasion
begins, and at the endDate. So moments come in the order of their occasions, and a window longer than their distance neither
loses one nor doubles it.
"""

from __future__ import annotations

import hashlib
from itertools import islice
from typing import TYPE_CHECKING

from core.record import Record, replace
from core.schedule_expression import At

if TYPE_CHECKING:
    from core.model.schedule import Schedule
    from core.schedule_expression import Timing


class Occasion(Record):
    """When an occasion is due, and when in its window it is to be run, in seconds since the epoch."""

    at: float
    planned_at: float


def planned(schedule: Schedule, timing: Timing, at: float) -> float:
    """When an occasion is to be run: whole seconds after it, fewer than its window has; at once where the window is OFF."""
    window_s = schedule.window_minutes * 60
    if not window_s:
        return at
    ends = timing.next_after(at)
    if ends is None and not isinstance(timing.expression, At):
        ends = timing.ends_at  # EventBridge: before it the target may be invoked
    room_s = window_s if ends is None else min(window_s, int(ends - at))
    return at + _share(schedule.key, at, room_s)


def last_begun(schedule: Schedule, timing: Timing, now: float) -> Occasion:
    """The latest occasion whose moment has come, where the schedule's next one's has."""
    assert schedule.next_at is not None
    assert schedule.planned_at is not None
    first = Occasion(schedule.next_at, schedule.planned_at)
    last = timing.last_within(first.at, now)
    if last > first.at and planned(schedule, timing, last) > now:
        last = timing.last_within(first.at, last - 1)  # its moment came before the other's window began
    return first if last <= first.at else Occasion(last, planned(schedule, timing, last))


def with_next(schedule: Schedule, timing: Timing, next_at: float | None) -> Schedule:
    """The schedule with that next occasion, and its moment."""
    planned_at = None if next_at is None else planned(schedule, timing, next_at)
    return replace(schedule, next_at=next_at, planned_at=planned_at)


def upcoming(schedule: Schedule, timing: Timing, count: int) -> list[Occasion]:
    """Its next occasions; none of one that is DISABLED, or over."""
    if schedule.next_at is None or schedule.planned_at is None:
        return []
    later = islice(timing.upcoming(schedule.next_at), count - 1)
    return [
        Occasion(schedule.next_at, schedule.planned_at),
        *(Occasion(at, planned(schedule, timing, at)) for at in later),
    ]


def _share(key: str, at: float, room_s: int) -> int:
    """Whole seconds from 0 up to but not including `room_s`, evenly spread over keys and occasions."""
    digest = hashlib.blake2b(f"{key}\0{int(at)}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") * room_s >> 64
